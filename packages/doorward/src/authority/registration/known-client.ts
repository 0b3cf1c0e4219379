import type { StoredClient } from '../../store/store.ts'
import type { AuthorityContext } from '../context.ts'
import { remembered } from '../remembered.ts'

/** Few applications ask for millions of people. */
const MOST_CLIENTS = 2000

/**
 * Finds a registered client by what is remembered of it: for programs, which authenticate at every request, and for pages. When it was
 * last used is not part of that. Where a person answers, it is read.
 */
export function knownClient(
  ctx: Pick<AuthorityContext, 'store' | 'news' | 'now'>,
): (id: string) => Promise<StoredClient | undefined> {
  return remembered(ctx, {
    // A process of an older version tells of one that is blocked or removed only that it ended grants.
    forgets: ({ of, id }) => (of === 'clients' ? { id } : of === 'grants' && id === undefined ? {} : undefined),
    read: ctx.store.clients.find,
    most: MOST_CLIENTS,
  })
}
