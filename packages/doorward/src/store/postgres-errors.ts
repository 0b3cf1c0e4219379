import type { DatabaseError } from 'pg'
import { StoreUnavailable } from './unavailable.ts'

/** Whether the connection is gone, and not just a statement refused. */
export function isLost(error: unknown): boolean {
  if (!isOfDatabase(error)) return error instanceof StoreUnavailable || isOfConnection(error)
  // Class 57P: the server shuts down, crashed, or ended this connection; 25P03: it waited too long in a transaction;
  // 25006: it is a standby by now.
  return error.code === '25P03' || error.code === '25006' || (error.code?.startsWith('57P') ?? false)
}

/**
 * Whether what was refused was refused for the state of the server, and not for what was asked: classes 53 (no room, no memory),
 * 57 (cancelled, for it took too long) and 58 (the disk fails). Asking again at once is of no use.
 */
export function isOfServer(error: unknown): boolean {
  return isOfDatabase(error) && /^5[378]/.test(error.code ?? '')
}

/** lock_not_available: somebody else holds the row for longer than anybody waits. */
export function isLocked(error: unknown): boolean {
  return isOfDatabase(error) && error.code === '55P03'
}

/** The error as the store tells it. */
export function told(error: unknown): unknown {
  return isLost(error) || isOfServer(error) || isLocked(error) ? unavailable(error) : error
}

/** too_many_connections: the server is there. */
export function isFull(error: unknown): boolean {
  const cause = error instanceof StoreUnavailable ? error.cause : error
  return isOfDatabase(cause) && cause.code === '53300'
}

/** What the server itself answered. */
export function isOfDatabase(error: unknown): error is DatabaseError {
  return error instanceof Error && 'severity' in error
}

function isOfConnection(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return (
    /^E[A-Z]+$/.test(String((error as NodeJS.ErrnoException).code)) ||
    /connection|timeout|not queryable/i.test(error.message)
  )
}

export function unavailable(error: unknown): StoreUnavailable {
  if (error instanceof StoreUnavailable) return error
  return new StoreUnavailable(`The database cannot be asked (${(error as Error).message})`, { cause: error })
}
