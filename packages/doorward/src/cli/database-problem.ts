import { isForbidden } from '../store/postgres-errors.ts'
import { StoreClosed, StoreReadOnly, StoreUnavailable } from '../store/unavailable.ts'
import { isPostgres, shownDatabase } from './database-address.ts'
import { SERVER_SETTING } from './database-file.ts'
import { AwayError, FailedError, systemWords } from './problem.ts'

/** What a database says of itself where it cannot be worked with, in a sentence with its address and the mend. */
export function databaseProblem(error: unknown, database: string): unknown {
  if (isPostgres(database)) return postgresProblem(error, database)
  if (!isAway(error) && !isOfSqlite(error)) return error
  const { message } = error as Error
  const Problem = isAway(error) ? AwayError : FailedError
  return new Problem(
    `The database '${database}' cannot be used (${message.replace(/^The database cannot be used \((.*)\)$/, '$1')}); see that its disk has room and is well and that nothing else holds it, or bring it back from a backup ('doorward restore').`,
  )
}

function postgresProblem(error: unknown, database: string): unknown {
  const shown = shownDatabase(database)
  const path = fileOf(error, database)
  if (path !== undefined)
    return new FailedError(
      `The file '${path}', which the address of the database names, cannot be read (${systemWords(error)}); put it there, for the user that runs Doorward, or name another.`,
    )
  const { message } = error as Error
  if (isForbidden(error))
    return new FailedError(
      `${message}; let the user in ${shown} make, change and use the tables there, which the owner of the database may.`,
    )
  if (!isAway(error)) return error
  if (error instanceof StoreReadOnly) return new AwayError(`${message}.`)
  return new AwayError(`${message}; ${toReach(shown)}, or name another with ${SERVER_SETTING}.`)
}

/** What helps where a database does not answer. */
export function toReach(shown: string): string {
  return `see that ${shown} runs, is reached from here and lets this user in`
}

/** Whether it could not be asked. One that is kept shut says itself what to do. */
export function isAway(error: unknown): boolean {
  return error instanceof StoreUnavailable && !(error instanceof StoreClosed)
}

/** Of a certificate or key, which the driver reads. */
function fileOf(error: unknown, database: string): string | undefined {
  const { path, syscall } = (error ?? {}) as NodeJS.ErrnoException
  return syscall !== undefined && path !== undefined && namesFile(database, path) ? path : undefined
}

function namesFile(database: string, path: string): boolean {
  return [...new URLSearchParams(database.split('?')[1]).values()].includes(path)
}

/** SQLite numbers what it says. */
function isOfSqlite(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error
}
