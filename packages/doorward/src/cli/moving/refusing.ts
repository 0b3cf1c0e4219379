import { TransferRefused } from '../../store/transfer/side.ts'
import { StoreUnavailable } from '../../store/unavailable.ts'
import { FailedError } from '../problem.ts'

/** Does it, and says in a sentence what stood against it. */
export async function refusing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof TransferRefused) throw new FailedError(error.message)
    if (error instanceof StoreUnavailable || isOfEngine(error))
      throw new FailedError(`${(error as Error).message}; once the cause is mended, the same command goes on.`)
    throw error
  }
}

/** SQLite and PostgreSQL number what they say; so does the system, of files and connections. */
function isOfEngine(error: unknown): boolean {
  return error instanceof Error && ('errcode' in error || 'code' in error)
}
