import type { DatabaseError } from 'pg'
import { StoreUnavailable } from './unavailable.ts'

/** serialization_failure, deadlock_detected: two were in each other's way, and nothing was changed. */
const CROSSED = new Set(['40001', '40P01'])
/** lock_not_available, query_canceled, and class 58, the disk: who comes next fares no better. */
const BARRED = /^(55P03|57014|58)/
const UNIQUE_VIOLATION = '23505'
/** invalid_sql_statement_name, duplicate_prepared_statement: another server process answers than the one that was told the name. */
const NAMES_LOST = new Set(['26000', '42P05'])
/** feature_not_supported: a table is another than when the statement was planned, since a newer version migrated it. */
const PLAN_STALE = '0A000'
/**
 * idle_in_transaction_session_timeout, read_only_sql_transaction (a writer that became a reader), statement_completion_unknown.
 */
const ENDED = new Set(['25P03', '25006', '40003'])
/**
 * Of classes: 08 the connection, 53 room and connections, 57P the server shuts down, crashed, or ended this connection.
 */
const UNABLE = /^(08|53|57P)/

/** Whether the connection is gone or of no use, and not just a statement refused. */
export function isLost(error: unknown): boolean {
  if (!isOfDatabase(error)) return error instanceof StoreUnavailable || isOfConnection(error)
  const code = error.code ?? ''
  return ENDED.has(code) || UNABLE.test(code) || error.severity === 'FATAL'
}

/** in_failed_sql_transaction: something before it failed, which says why. */
export function isAftermath(error: unknown): boolean {
  return isOfDatabase(error) && error.code === '25P02'
}

export function isCrossed(error: unknown): boolean {
  return isOfDatabase(error) && CROSSED.has(error.code ?? '')
}

/** Whether nothing was changed and judging again is right. */
export function isToJudgeAgain(error: unknown): boolean {
  return isCrossed(error) || (isOfDatabase(error) && error.code === UNIQUE_VIOLATION)
}

/** Whether a pooler is between that forgets names. */
export function isOfLostNames(error: unknown): boolean {
  return isOfDatabase(error) && NAMES_LOST.has(error.code ?? '')
}

/** Whether a statement was planned for a table that a newer version has changed since; named anew, it is planned anew. */
export function isPlanStale(error: unknown): boolean {
  return isOfDatabase(error) && error.code === PLAN_STALE
}

/** What the server itself answered. */
function isOfDatabase(error: unknown): error is DatabaseError {
  return error instanceof Error && 'severity' in error
}

function isOfConnection(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return (
    /^E[A-Z]+$/.test(String((error as NodeJS.ErrnoException).code)) ||
    /connection|timeout|not queryable/i.test(error.message)
  )
}

/** Whether it was refused for the state of the server, and not for what was asked. */
export function isBarred(error: unknown): boolean {
  return isOfDatabase(error) && BARRED.test(error.code ?? '')
}

/** too_many_connections: the server is there. */
export function isFull(error: unknown): boolean {
  const cause = error instanceof StoreUnavailable ? error.cause : error
  return isOfDatabase(cause) && cause.code === '53300'
}

/** insufficient_privilege: the user may not do it. */
export function isForbidden(error: unknown): boolean {
  const cause = error instanceof StoreUnavailable ? error.cause : error
  return isOfDatabase(cause) && cause.code === '42501'
}

/** undefined_function: something that speaks PostgreSQL and is another. */
export function isUnknownFunction(error: unknown): boolean {
  return isOfDatabase(error) && error.code === '42883'
}

/** unique_violation, duplicate_object, duplicate_table: `IF NOT EXISTS` looks, and another makes it before this one does. */
export function isMadeMeanwhile(error: unknown): boolean {
  return isOfDatabase(error) && /^(23505|42710|42P07)$/.test(error.code ?? '')
}

/** The error as the store tells it. */
export function told(error: unknown): unknown {
  const isAway = isLost(error) || isOfLostNames(error)
  const isRefused = isBarred(error) || isCrossed(error) || isPlanStale(error) || isForbidden(error)
  return isAway || isRefused ? unavailable(error) : error
}

export function unavailable(error: unknown): StoreUnavailable {
  if (error instanceof StoreUnavailable) return error
  return new StoreUnavailable(`The database cannot be asked (${(error as Error).message})`, { cause: error })
}
