import { OAuthError } from '@doorward/core/oauth/error'
import type { StoredClient } from '../../store/store.ts'
import type { AuthorityContext } from '../context.ts'
import { isConstrained, wantsCertificate } from './constrained.ts'
import type { Sender, Shown } from './constraints/constraint.ts'
import { CONSTRAINTS } from './constraints/index.ts'

/**
 * The key that the sender of a token request holds, if it shows one. What it binds is settled where it is known what for; a
 * certificate is required here already, where the client said so when it registered (RFC 8705 §3.4).
 */
export async function proveSender(
  ctx: AuthorityContext,
  request: Request,
  client: StoredClient,
): Promise<Shown | undefined> {
  const byCertificate = client.metadata.tls_client_certificate_bound_access_tokens === true
  for (const constraint of CONSTRAINTS) {
    const shown = await constraint.prove(ctx, request, client)
    if (shown === undefined) continue
    // RFC 8705 §3.4: another key is not the one that the resources of this client will look for.
    if (byCertificate && shown.sender.tokenType === 'DPoP') break
    return shown
  }
  if (byCertificate) {
    throw new OAuthError(
      'invalid_request',
      'This client registered for certificate-bound tokens; connect with a client certificate, and without DPoP',
      'certificate_missing',
    )
  }
  return undefined
}

/**
 * The key that tokens for a resource are bound to, of what the request shows.
 * @param boundTo the key that what is presented is bound to already: whoever holds it goes on with it (RFC 8705 §4)
 */
export function senderFor(shown: Shown | undefined, resource: string, boundTo?: string): Sender | undefined {
  return shown?.binds(resource) || shown?.sender.key === boundTo ? shown?.sender : undefined
}

/**
 * A key is required where the client said so when it registered (RFC 9449 §5.2), or where the policy does: for everybody, for
 * clients that are known in this way, or for this resource.
 */
export function requireConstraint(
  ctx: AuthorityContext,
  client: StoredClient,
  { resource, sender }: { readonly resource: string; readonly sender: Sender | undefined },
): void {
  if (wantsCertificate(ctx, resource) && sender?.tokenType !== 'Bearer') {
    throw new OAuthError(
      'invalid_request',
      'Tokens for this resource are bound to a client certificate; connect with one, and without DPoP',
      'certificate_missing',
    )
  }
  if (sender !== undefined) return
  const bySelf = client.metadata.dpop_bound_access_tokens === true
  if (!bySelf && !isConstrained(ctx, client, resource)) return
  throw new OAuthError(
    'invalid_dpop_proof',
    bySelf
      ? 'This client registered for sender-constrained tokens, and the request has no DPoP proof'
      : 'These tokens are bound to a key here, and the request shows none, by DPoP proof or client certificate',
    'sender_constraint_missing',
  )
}
