import type { Constraint } from './constraint.ts'

/**
 * Mutual TLS (RFC 8705 §3): tokens are bound to the certificate of the connection. Only where the client registered for it
 * (§3.4) or the policy wants some constraint: a certificate may be there for reasons of the network alone, and whoever did not
 * ask for bound tokens may want to use them where there is none.
 */
export const certificate: Constraint = {
  name: 'certificate',
  prove: async (ctx, request, _form, client) => {
    const { tls_client_certificate_bound_access_tokens: bySelf, dpop_bound_access_tokens: byDpop } = client.metadata
    const isWanted = bySelf === true || (ctx.policy.senderConstraint === 'required' && byDpop !== true)
    const shown = isWanted ? ctx.certificateOf(request) : undefined
    return shown === undefined
      ? undefined
      : { confirmation: { 'x5t#S256': shown.thumbprint }, key: certificateKey(shown.thumbprint), tokenType: 'Bearer' }
  },
}

/**
 * A certificate as the sender key of a grant. The keys of DPoP stand in the same column as the 43 characters of base64url that
 * they are; `#` and `:` are none of those, so that neither kind can ever be taken for the other.
 */
export function certificateKey(thumbprint: string): string {
  return `x5t#S256:${thumbprint}`
}
