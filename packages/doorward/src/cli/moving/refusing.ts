import type { Place } from '../../store/transfer/places.ts'
import { TransferRefused } from '../../store/transfer/side.ts'
import { StoreReadOnly, StoreUnavailable } from '../../store/unavailable.ts'
import { isPostgres } from '../database-address.ts'
import { isAway, toReach } from '../database-problem.ts'
import { FailedError } from '../problem.ts'

/**
 * Does it, and says in a sentence what stood against it.
 * @param places the databases that are asked
 */
export async function refusing<T>(work: () => Promise<T>, ...places: readonly Place[]): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof TransferRefused) throw new FailedError(error.message)
    if (error instanceof StoreUnavailable || isOfEngine(error))
      throw new FailedError(`${(error as Error).message}; ${mendOf(error, places)} the same command goes on.`)
    throw error
  }
}

function mendOf(error: unknown, places: readonly Place[]): string {
  if (error instanceof StoreReadOnly) return 'then'
  const [one, other] = places.filter(({ location }) => isPostgres(location)).map(({ shown }) => shown)
  if (one === undefined || !isAway(error)) return 'once the cause is mended,'
  return `${toReach(other === undefined ? one : `each of ${one} and ${other}`)}; then`
}

/** SQLite and PostgreSQL number what they say; so does the system, of files and connections. */
function isOfEngine(error: unknown): boolean {
  return error instanceof Error && ('errcode' in error || 'code' in error)
}
