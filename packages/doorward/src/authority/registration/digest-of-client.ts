import { sha256 } from '@doorward/core/kernel/digest'
import type { StoredClient } from '../../store/store.ts'

/** What an application says of itself: all that a page shows of it follows from this. Another digest is another application. */
export function digestOfClient({ metadata }: Pick<StoredClient, 'metadata'>): string {
  return sha256(JSON.stringify(metadata))
}
