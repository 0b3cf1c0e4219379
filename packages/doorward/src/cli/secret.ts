import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { holdsSealedKeys } from '../store/sealed.ts'
import { isPostgres } from './database-address.ts'
import { databaseProblem } from './database-problem.ts'
import { FailedError, systemWords, UsageError } from './problem.ts'

type Environment = Readonly<Record<string, string | undefined>>

const SECRET_BYTES = 32
const COMMAND_MILLISECONDS = 30_000

/**
 * The one secret that everything else is derived from: from the environment, a file or a command, or else from the file beside
 * the database, made on first use and readable by its owner only. It never enters the database.
 * @throws UsageError naming the source and what is wrong with it.
 */
export function serverSecret(database: string, env: Environment): Buffer {
  const known = knownSecret(database, env)
  if (known !== undefined) return known.secret
  if (database === ':memory:') return randomBytes(SECRET_BYTES)
  if (isPostgres(database)) {
    throw new UsageError(
      'With PostgreSQL every node needs the same secret. One that was served, moved or restored has it already: give the one of before; for a new one make it with "openssl rand -base64 32". Give it as DOORWARD_SECRET, DOORWARD_SECRET_FILE or DOORWARD_SECRET_COMMAND.',
    )
  }
  const path = `${database}.key`
  if (isUsed(database)) return read(path) ?? lost(database, path)
  makeKeyFile(path)
  return read(path) as Buffer
}

/** Whether a server has worked on it. One that was made empty, or by a command that needs no secret, has no secret to lose. */
function isUsed(database: string): boolean {
  if (!existsSync(database)) return false
  try {
    return holdsSealedKeys(database)
  } catch (error) {
    throw databaseProblem(error, database)
  }
}

/** Another one would open nothing of what lies in the database, and would look like the one that was lost. */
function lost(database: string, path: string): never {
  throw new UsageError(
    `${database} is there, and its secret ${path} is not: nothing that was handed out works without it. Put your copy of that file back, or give the secret as DOORWARD_SECRET, DOORWARD_SECRET_FILE or DOORWARD_SECRET_COMMAND; where it is lost for good, move ${database} away to begin with a new one.`,
  )
}

/**
 * Written whole beside its place and then put there, where nothing may be yet: a start that is cut off leaves no half of a
 * secret, and of two that come at once one is first.
 */
function makeKeyFile(path: string): void {
  const aside = `${path}.${randomBytes(6).toString('hex')}.new`
  try {
    const file = openSync(aside, 'wx', 0o600)
    writeSync(file, `${randomBytes(SECRET_BYTES).toString('base64url')}\n`)
    fsyncSync(file)
    closeSync(file)
    place(aside, path)
    keep(dirname(path))
  } catch (error) {
    // Another process was first; its secret is the one.
    if (!isThere(error))
      throw new FailedError(
        `The secret cannot be kept at '${path}' (${systemWords(error)}); let the user that runs Doorward write there, or give a secret as DOORWARD_SECRET, DOORWARD_SECRET_FILE or DOORWARD_SECRET_COMMAND.`,
      )
  } finally {
    rmSync(aside, { force: true })
  }
}

const isThere = (error: unknown) => (error as NodeJS.ErrnoException).code === 'EEXIST'

/** @throws where something is there, and for what the disk refuses */
function place(aside: string, path: string): void {
  try {
    linkSync(aside, path)
  } catch (error) {
    if (isThere(error)) throw error
    // A file system without links, such as that of a memory card.
    copyFileSync(aside, path, constants.COPYFILE_EXCL)
  }
}

/** The name of a new file is on the disk when its folder is. Windows has no such call. */
function keep(folder: string): void {
  if (process.platform === 'win32') return
  const opened = openSync(folder, 'r')
  fsyncSync(opened)
  closeSync(opened)
}

/** A secret, and where it came from: a variable's name, or a path. */
export interface KnownSecret {
  readonly secret: Buffer
  readonly source: string
}

/**
 * The same, where there is one already; none is made.
 * @throws UsageError naming the source and what is wrong with it.
 */
export function knownSecret(database: string, env: Environment): KnownSecret | undefined {
  const given = SOURCES.flatMap(({ name, read }) => {
    const value = env[name]
    return value === undefined ? [] : [{ name, read: () => read(value, name) }]
  })
  if (given.length > 1) {
    throw new UsageError(`Both ${given.map(({ name }) => name).join(' and ')} are set; keep the one that is meant.`)
  }
  const [source] = given
  if (source !== undefined) return { secret: decode(source.read(), source.name), source: source.name }
  if (database === ':memory:' || isPostgres(database)) return undefined
  const path = `${database}.key`
  const secret = read(path)
  return secret && { secret, source: path }
}

interface Source {
  readonly name: string
  readonly read: (value: string, name: string) => string
}

const SOURCES: readonly Source[] = [
  { name: 'DOORWARD_SECRET', read: (text) => text.trim() },
  {
    name: 'DOORWARD_SECRET_FILE',
    read: (path, name) => {
      try {
        return readFileSync(path, 'utf8').trim()
      } catch {
        throw new UsageError(`${name} names '${path}', which cannot be read; check the path and who may read it.`)
      }
    },
  },
  {
    name: 'DOORWARD_SECRET_COMMAND',
    read: (command, name) => {
      const { status, stdout } = spawnSync('/bin/sh', ['-c', command], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'inherit'],
        timeout: COMMAND_MILLISECONDS,
      })
      if (status === 0) return stdout.trim()
      throw new UsageError(
        `${name} did not end well (${status === null ? 'it was stopped' : `status ${status}`}); run it by hand to see why.`,
      )
    },
  },
]

/** @throws UsageError where it is there and holds no secret. */
function read(path: string): Buffer | undefined {
  try {
    const text = readFileSync(path, 'utf8').trim()
    if (text !== '') return decode(text, path)
    throw new UsageError(
      `${path} is empty: it was cut off while it was made, or its disk was full. Put your copy of the secret there; where nobody has used this database yet, remove the file and the database and start again.`,
    )
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    if (error instanceof UsageError) throw error
    throw new UsageError(
      `${path} cannot be read (${systemWords(error)}); give it to the user that runs Doorward, or be that user.`,
    )
  }
}

function decode(text: string, where: string): Buffer {
  // The decoder passes over what it does not know: a page of a vault that says no would do as a secret that everybody knows.
  if (!/^[\w+/-]*={0,2}$/.test(text))
    throw new UsageError(`${where} is no secret; it has to be base64url and nothing else.`)
  const bytes = Buffer.from(text, 'base64url')
  if (bytes.length < SECRET_BYTES) {
    throw new UsageError(
      `${where} is too short; it has to be at least ${SECRET_BYTES} random bytes in base64url (openssl rand -base64 32).`,
    )
  }
  return bytes
}
