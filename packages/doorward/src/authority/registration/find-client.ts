import { isClientIdUrl } from '@doorward/core/oauth/client-id-url'
import type { StoredClient } from '../../store/store.ts'
import type { AuthorityContext, Visit } from '../context.ts'
import { findDocumentClient } from './documents.ts'

/**
 * The client behind an id, whatever door it came through; undefined where nobody is registered under it.
 * @throws OAuthError where the id is the address of a document that cannot be used.
 */
export async function findClient(ctx: AuthorityContext, visit: Visit, id: string): Promise<StoredClient | undefined> {
  return isClientIdUrl(id) ? findDocumentClient(ctx, visit, id) : ctx.store.clients.find(id)
}

/** The same by what is remembered of a registered client, where nothing is given by it yet. */
export async function recallClient(ctx: AuthorityContext, visit: Visit, id: string): Promise<StoredClient | undefined> {
  return isClientIdUrl(id) ? findDocumentClient(ctx, visit, id) : ctx.knownClient(id)
}
