import { type ClientMetadata, hasSecretMethod } from '@doorward/core/oauth/client-metadata'
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
  const hasSecret = hasSecretMethod(metadata.token_endpoint_auth_method)
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

/** What a secret is made of. */
export type Drawing = Pick<AuthorityContext, 'now' | 'random'> & {
  readonly keys: Pick<AuthorityContext['keys'], 'clientSecret'>
}

/** The id, and the secret of a client that needs one; 0 where that never ends. */
export function registrationMembers(
  ctx: Drawing,
  client: StoredClient,
  { secretExpiresAt }: { readonly secretExpiresAt?: number },
) {
  const id = { client_id: client.id, client_id_issued_at: client.createdAt }
  if (secretExpiresAt === undefined) return id
  const { secret } = drawSecret(ctx, client, secretExpiresAt)
  return { ...id, client_secret: secret, client_secret_expires_at: secretExpiresAt }
}

/** @param expiresAt seconds; 0 where it never ends */
export function drawSecret(
  ctx: Drawing,
  { id, secretsNotBefore }: Pick<StoredClient, 'id' | 'secretsNotBefore'>,
  expiresAt: number,
): { readonly secret: string; readonly issuedAt: number } {
  // Where all of before were ended within this second, it is one of those after it.
  const issuedAt = Math.max(ctx.now(), secretsNotBefore)
  const secret = deriveClientSecret(ctx.keys.clientSecret, { clientId: id, nonce: ctx.random(12), issuedAt, expiresAt })
  return { secret, issuedAt }
}

/**
 * Open registrations cannot be changed: who asks with other words is another client. One that a statement vouches for is shared
 * by every copy of the software, so none of them may change or remove it (decision 0014).
 */
export function isManaged({ assurance }: Pick<StoredClient, 'assurance'>): boolean {
  return assurance === 'invited'
}
