import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { isPostgres } from './database-address.ts'
import { systemWords, UsageError } from './problem.ts'

/** Where a server is told which database it has. */
export const SERVER_SETTING = 'DOORWARD_DATABASE (or "database" in the config file)'

/** What every SQLite database begins with. */
const BEGINNING = Buffer.from('SQLite format 3\0')

/**
 * Makes the folder of a database that is a file, where there is none, and looks whether the file can be one, before anything is
 * made beside it.
 * @param setting what named it
 * @throws UsageError naming the path, what is wrong with it and the mend.
 */
export function prepareDatabaseFile(path: string, setting: string): void {
  if (path === ':memory:' || isPostgres(path)) return
  const folder = dirname(path)
  const isNew = !existsSync(folder)
  const cause = failure(() => mkdirSync(folder, { recursive: true, mode: 0o700 }))
  if (cause !== undefined)
    refuse(
      `The folder '${folder}' of the database '${path}' cannot be made (${cause})`,
      'make it, for the user that runs Doorward',
      setting,
    )
  checkDatabaseFile(path, setting)
  // The secret comes to lie there, beside the database, and the folder may well be in somebody's repository.
  if (isNew) writeFileSync(join(folder, '.gitignore'), '*\n')
}

/** The same for one that is meant to be there: nothing is made. */
export function checkDatabaseFile(path: string, setting: string): void {
  if (path === ':memory:' || isPostgres(path)) return
  checkFolder(path, setting)
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined) return
  if (found.isDirectory())
    refuse(
      `The database '${path}' is a folder`,
      `name a file in it, such as '${join(path, 'doorward.sqlite')}'`,
      setting,
    )
  const cause = failure(() => accessSync(path, constants.R_OK | constants.W_OK))
  if (cause !== undefined)
    refuse(
      `The database '${path}' cannot be read and written (${cause})`,
      'give it to the user that runs Doorward, or be that user',
      setting,
    )
  // One that is empty becomes a database.
  if (!found.isFile() || (found.size > 0 && !isSqlite(path)))
    refuse(`The file '${path}' is no SQLite database`, 'check the path', setting)
}

/** SQLite has files of its own beside the database. Where they are there, whoever may write to them need not write to the folder. */
function checkFolder(path: string, setting: string): void {
  const folder = dirname(path)
  const cause = failure(() => accessSync(folder, constants.W_OK | constants.X_OK))
  if (cause === undefined || existsSync(`${path}-wal`)) return
  refuse(
    `The folder '${folder}' of the database '${path}' cannot be written to (${cause}), and SQLite needs files beside the database`,
    'let the user that runs Doorward write there, or be that user',
    setting,
  )
}

function isSqlite(path: string): boolean {
  const file = openSync(path, 'r')
  try {
    const read = Buffer.alloc(BEGINNING.length)
    readSync(file, read, 0, read.length, 0)
    return read.equals(BEGINNING)
  } finally {
    closeSync(file)
  }
}

/** What the system has against it, if anything. */
function failure(work: () => unknown): string | undefined {
  try {
    work()
    return undefined
  } catch (error) {
    return systemWords(error)
  }
}

function refuse(problem: string, mend: string, setting: string): never {
  throw new UsageError(`${problem}; ${mend}, or name another file with ${setting}.`)
}
