import { canonicalMetadata, contentAddressedId, readClientMetadata } from '@doorward/core/oauth/client-metadata'
import { OAuthError } from '@doorward/core/oauth/error'
import { allScopes } from '../context.ts'
import { type Endpoint, json, readJsonBody } from '../http.ts'
import { deriveClientSecret } from '../token/client-secret.ts'

/**
 * Open registration (RFC 7591 §3). The id is a digest of what is registered, so the same software asking again, from
 * any machine, receives the same id and adds no row.
 */
export const registrationEndpoint: Endpoint = async (ctx, request, visit) => {
  const now = ctx.now()
  try {
    const metadata = readClientMetadata(await readJsonBody(request), {
      scopes: allScopes(ctx.resources),
      defaultScopes: [...new Set(ctx.resources.flatMap((resource) => resource.defaultScopes))],
      redirectSchemes: ctx.redirectSchemes,
    })
    const canonical = canonicalMetadata(metadata)
    const id = contentAddressedId(canonical)
    await ctx.store.clients.put(
      { id, assurance: 'claimed', metadata: { ...canonical }, createdAt: now, secretsNotBefore: 0 },
      (verdict) =>
        verdict === 'new'
          ? { type: 'client.registered', outcome: 'allowed', reason: 'open_registration', client: id, ...visit }
          : undefined,
    )
    return json(201, {
      client_id: id,
      client_id_issued_at: now,
      ...secretFor(metadata.token_endpoint_auth_method),
      // RFC 7591 §3.2.1: all registered metadata, with the values that are in force.
      ...metadata,
    })

    function secretFor(method: string) {
      if (method === 'none') return {}
      const expiresAt = now + ctx.lifetimes.clientSecret
      const nonce = ctx.random(12)
      return {
        client_secret: deriveClientSecret(ctx.keys.clientSecret, { clientId: id, nonce, issuedAt: now, expiresAt }),
        client_secret_expires_at: expiresAt,
      }
    }
  } catch (error) {
    if (error instanceof OAuthError) {
      ctx.audit({ type: 'client.refused', outcome: 'refused', reason: error.reason, ...visit })
      // RFC 7591 §3.2.2 has its own word for a request that cannot be read.
      if (error.code === 'invalid_request') {
        const { description, reason, status } = error
        throw new OAuthError('invalid_client_metadata', description, reason, { status })
      }
    }
    throw error
  }
}
