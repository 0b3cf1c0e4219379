import { hasSecretMethod, readClientMetadata } from '@doorward/core/oauth/client-metadata'
import { OAuthError } from '@doorward/core/oauth/error'
import type { StoredClient, StoredUser } from '../../store/store.ts'
import type { AuthorityContext, Visit } from '../context.ts'
import { renewSecret } from './renewed-secret.ts'
import { drawSecret } from './response.ts'

const MOST_OF_ONE_PERSON = 20

export interface OwnClient {
  readonly client: StoredClient
  /** Shown once. */
  readonly secret: string | undefined
}

/**
 * A person registers an application that can only take a pasted client id. They vouch for it, so it serves them alone: nobody
 * else can connect with it.
 * @throws OAuthError naming the field.
 */
export async function registerOwnClient(
  ctx: AuthorityContext,
  visit: Visit,
  user: StoredUser,
  wish: { readonly name: string; readonly redirectUris: readonly string[]; readonly withSecret: boolean },
): Promise<OwnClient> {
  const now = ctx.now()
  const fields = {
    client_name: wish.name,
    redirect_uris: wish.redirectUris,
    token_endpoint_auth_method: wish.withSecret ? 'client_secret_post' : 'none',
  }
  const metadata = readClientMetadata(fields, { scopes: [], defaultScopes: [], redirectSchemes: ctx.redirectSchemes })
  const id = `dwp_${Buffer.from(ctx.random(12)).toString('base64url')}`
  const client = {
    id,
    assurance: 'user' as const,
    metadata: { ...metadata },
    createdAt: now,
    secretsNotBefore: 0,
    owner: user.id,
  }
  const verdict = await ctx.store.clients.putOwned(client, MOST_OF_ONE_PERSON, () => ({
    type: 'client.added',
    outcome: 'allowed',
    reason: 'person_asked',
    ...visit,
    actor: user.id,
    client: id,
  }))
  if (verdict === 'too_many') {
    throw new OAuthError(
      'invalid_request',
      `You have ${MOST_OF_ONE_PERSON} applications; remove one first`,
      'own_clients_too_many',
    )
  }
  return { client, secret: wish.withSecret ? drawSecret(ctx, client, 0).secret : undefined }
}

export async function ownClients(ctx: AuthorityContext, user: StoredUser): Promise<StoredClient[]> {
  return ctx.store.clients.list({ owner: user.id })
}

/**
 * Another secret for an application of a person's own; those of before are void at once.
 * @throws OAuthError where it is not this person's, is blocked, or has no secret.
 */
export async function renewOwnSecret(
  ctx: AuthorityContext,
  visit: Visit,
  user: StoredUser,
  id: string,
): Promise<OwnClient> {
  const client = await requireOwn(ctx, user, id)
  if (client.blockedAt !== undefined) throw blocked()
  if (!hasSecretMethod(client.metadata.token_endpoint_auth_method))
    throw new OAuthError('invalid_request', 'That application has no secret', 'decision_unknown')
  const renewed = await renewSecret(ctx, id, false, () => ({
    type: 'client.secret.added',
    outcome: 'allowed',
    reason: 'person_asked',
    ...visit,
    actor: user.id,
    client: id,
    detail: { older: 'void' },
  }))
  if (renewed === 'unknown') throw notYours()
  return { client, secret: renewed.secret }
}

/** @throws OAuthError where it is not this person's, or blocked: forgotten, it could come back as if it had never been. */
export async function removeOwnClient(
  ctx: AuthorityContext,
  visit: Visit,
  user: StoredUser,
  id: string,
): Promise<void> {
  await requireOwn(ctx, user, id)
  const verdict = await ctx.store.clients.remove(id, ctx.now(), () => ({
    type: 'client.removed',
    outcome: 'allowed',
    reason: 'person_asked',
    ...visit,
    actor: user.id,
    client: id,
  }))
  if (verdict === 'blocked') throw blocked()
}

async function requireOwn(ctx: AuthorityContext, user: StoredUser, id: string): Promise<StoredClient> {
  const client = await ctx.store.clients.find(id)
  if (client?.owner !== user.id) throw notYours()
  return client
}

function notYours(): OAuthError {
  return new OAuthError('invalid_request', 'That application is not yours', 'client_of_another_person', { status: 403 })
}

function blocked(): OAuthError {
  const description = 'The operator of this server has blocked this application'
  return new OAuthError('unauthorized_client', description, 'client_blocked', { status: 403 })
}
