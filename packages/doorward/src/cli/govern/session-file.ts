import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { sha256 } from '@doorward/core/kernel/digest'
import { FailedError, UsageError } from '../problem.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** What a sign-in at a server leaves behind. */
export interface SavedSession {
  readonly issuer: string
  readonly accessToken: string
  readonly refreshToken: string
  /** Seconds since 1970. */
  readonly expiresAt: number
  /** The private key that both tokens are bound to. */
  readonly key: JsonWebKey
}

const LOCK_MILLISECONDS = 50
const LOCK_TRIES = 300
const STALE_MILLISECONDS = 30_000

/** The folder of the XDG Base Directory Specification that is for the user's own settings. */
function folder(env: Environment): string {
  const base = env.XDG_CONFIG_HOME
  return join(base?.startsWith('/') ? base : join(env.HOME ?? homedir(), '.config'), 'doorward', 'sessions')
}

function pathOf(issuer: string, env: Environment): string {
  return join(folder(env), `${sha256(issuer).slice(0, 32)}.json`)
}

/** @throws UsageError where others on this computer could have read it. */
export function readSession(issuer: string, env: Environment): SavedSession | undefined {
  const path = pathOf(issuer, env)
  let text: string
  try {
    if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0)
      throw new UsageError(`Others can read '${path}'; remove it and sign in again with 'doorward login ${issuer}'.`)
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  try {
    return JSON.parse(text) as SavedSession
  } catch {
    throw new UsageError(`'${path}' is damaged; sign in again with 'doorward login ${issuer}'.`)
  }
}

/** Written aside and moved, so that nobody ever reads half of it. */
export function writeSession(session: SavedSession, env: Environment): void {
  mkdirSync(folder(env), { recursive: true, mode: 0o700 })
  const path = pathOf(session.issuer, env)
  const aside = `${path}.${process.pid}`
  // Made anew: what lies there already, or leads elsewhere, would keep its own mode.
  rmSync(aside, { force: true })
  writeFileSync(aside, JSON.stringify(session), { mode: 0o600, flag: 'wx' })
  renameSync(aside, path)
}

export function removeSession(issuer: string, env: Environment): void {
  rmSync(pathOf(issuer, env), { force: true })
}

/** Every server where somebody signed in from here. */
export function savedIssuers(env: Environment): string[] {
  let names: string[]
  try {
    names = readdirSync(folder(env))
  } catch {
    return []
  }
  return names.filter((name) => name.endsWith('.json')).flatMap((name) => issuerIn(join(folder(env), name)))
}

/** None where the file is damaged: it is nobody's sign-in. */
function issuerIn(path: string): string[] {
  try {
    return [(JSON.parse(readFileSync(path, 'utf8')) as SavedSession).issuer]
  } catch {
    return []
  }
}

/** One command at a time renews a token: where a server allows no repeats, the second would end the sign-in. */
export async function withLock<T>(issuer: string, env: Environment, work: () => Promise<T>): Promise<T> {
  const path = `${pathOf(issuer, env)}.lock`
  for (let tries = 0; ; tries++) {
    try {
      closeSync(openSync(path, 'wx', 0o600))
      break
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      if (tries === LOCK_TRIES) throw new FailedError(`Another command holds '${path}'; remove it if none is running.`)
      const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now())
      // Whoever made it did not live to remove it.
      if (age > STALE_MILLISECONDS) rmSync(path, { force: true })
      else await new Promise((resolve) => setTimeout(resolve, LOCK_MILLISECONDS))
    }
  }
  try {
    return await work()
  } finally {
    rmSync(path, { force: true })
  }
}
