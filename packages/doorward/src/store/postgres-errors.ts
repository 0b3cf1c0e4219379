import type { DatabaseError } from 'pg'
import { StoreUnavailable } from './unavailable.ts'

/** Asking again does not help. */
export class SchemaTooNew extends Error {}

/** Whether the connection is gone, and not just a statement refused. */
export function isLost(error: unknown): boolean {
  if (!isOfDatabase(error)) return error instanceof StoreUnavailable || isOfConnection(error)
  // Class 57P: the server shuts down, crashed, or ended this connection; 25P03: it waited too long in a transaction.
  return error.code === '25P03' || (error.code?.startsWith('57P') ?? false)
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
  return new StoreUnavailable(`The database cannot be asked (${(error as Error).message})`, { cause: error })
}
