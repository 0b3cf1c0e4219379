import type { ClientMetadata } from '@doorward/core/oauth/client-metadata'
import type { StoredClient } from '../../store/store.ts'
import type { AuthorityContext } from '../context.ts'
import { jsonText, OPEN } from '../http.ts'
import { deriveClientSecret } from '../token/client-secret.ts'
import { managementToken } from './management-token.ts'

/**
 * RFC 7591 §3.2.1: all that is registered, with the values in force, and a secret where the client needs one. A client that
 * can be managed gets its token and address for that (RFC 7592 §3).
 */
export function registrationResponse(
  ctx: AuthorityContext,
  client: StoredClient,
  metadata: ClientMetadata,
  options: { readonly status?: number; readonly statement?: string } = {},
): Response {
  return jsonText(options.status ?? 201, registrationText(ctx, client, metadata, options), OPEN)
}

export function registrationText(
  ctx: AuthorityContext,
  client: StoredClient,
  metadata: ClientMetadata,
  options: { readonly statement?: string } = {},
): string {
  const method = metadata.token_endpoint_auth_method
  const hasSecret = method === 'client_secret_basic' || method === 'client_secret_post'
  return JSON.stringify({
    ...registrationMembers(ctx, client, hasSecret ? { secretExpiresAt: ctx.now() + ctx.lifetimes.clientSecret } : {}),
    ...(isManaged(client)
      ? {
          registration_client_uri: `${ctx.issuer}/register/${client.id}`,
          registration_access_token: managementToken(ctx.keys.management, client),
        }
      : {}),
    ...(options.statement === undefined ? {} : { software_statement: options.statement }),
    ...metadata,
  })
}

/** The id, and the secret of a client that needs one; 0 where that never ends. */
export function registrationMembers(
  ctx: Pick<AuthorityContext, 'now' | 'random'> & { readonly keys: Pick<AuthorityContext['keys'], 'clientSecret'> },
  client: StoredClient,
  { secretExpiresAt }: { readonly secretExpiresAt?: number },
) {
  const id = { client_id: client.id, client_id_issued_at: client.createdAt }
  if (secretExpiresAt === undefined) return id
  const secret = { clientId: client.id, nonce: ctx.random(12), issuedAt: ctx.now(), expiresAt: secretExpiresAt }
  const client_secret = deriveClientSecret(ctx.keys.clientSecret, secret)
  return { ...id, client_secret, client_secret_expires_at: secretExpiresAt }
}

/**
 * Open registrations cannot be changed: who asks with other words is another client. One that a statement vouches for is shared
 * by every copy of the software, so none of them may change or remove it (decision 0014).
 */
export function isManaged({ assurance }: Pick<StoredClient, 'assurance'>): boolean {
  return assurance === 'invited'
}
