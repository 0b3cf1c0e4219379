import { StoreClosed, StoreUnavailable } from '../store/unavailable.ts'
import { isPostgres, shownDatabase } from './database-address.ts'
import { SERVER_SETTING } from './database-file.ts'
import { AwayError, FailedError } from './problem.ts'

/** What a database says of itself where it cannot be worked with, in a sentence with its address and the mend. */
export function databaseProblem(error: unknown, database: string): unknown {
  const isAway = error instanceof StoreUnavailable && !(error instanceof StoreClosed)
  if (!isAway && !isOfSqlite(error)) return error
  const { message } = error as Error
  const Problem = isAway ? AwayError : FailedError
  return new Problem(
    isPostgres(database)
      ? `${message}; see that ${shownDatabase(database)} runs, is reached from here and lets this user in, or name another with ${SERVER_SETTING}.`
      : `The database '${database}' cannot be used (${message.replace(/^The database cannot be used \((.*)\)$/, '$1')}); see that its disk has room and is well and that nothing else holds it, or bring it back from a backup ('doorward restore').`,
  )
}

/** SQLite numbers what it says. */
function isOfSqlite(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error
}
