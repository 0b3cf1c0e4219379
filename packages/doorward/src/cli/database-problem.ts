import { StoreUnavailable } from '../store/unavailable.ts'
import { isPostgres, shownDatabase } from './database-address.ts'
import { SERVER_SETTING } from './database-file.ts'
import { FailedError } from './problem.ts'

/** What a database says of itself where it cannot be worked with, in a sentence with its address and the mend. */
export function databaseProblem(error: unknown, database: string): unknown {
  // Without a cause it is the gate that speaks, which says the mend itself.
  const isAway = error instanceof StoreUnavailable && error.cause !== undefined
  if (!isAway && !isOfSqlite(error)) return error
  const { message } = error as Error
  return new FailedError(
    isPostgres(database)
      ? `${message}; see that ${shownDatabase(database)} runs, is reached from here and lets this user in, or name another with ${SERVER_SETTING}.`
      : `The database '${database}' cannot be used (${message.replace(/^The database cannot be used \((.*)\)$/, '$1')}); see that its disk has room and is well and that nothing else holds it, or bring it back from a backup ('doorward restore').`,
  )
}

/** SQLite numbers what it says. */
function isOfSqlite(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error
}
