import { isConstrained } from '../constrained.ts'
import { type Constraint, senderOf } from './constraint.ts'

/**
 * Mutual TLS (RFC 8705 §3): tokens are bound to the certificate of the connection. Only where the client registered for it
 * (§3.4) or the policy wants some constraint: a certificate may be there for reasons of the network alone, and whoever did not
 * ask for bound tokens may want to use them where there is none.
 */
export const certificate: Constraint = {
  name: 'certificate',
  prove: async (ctx, request, client) => {
    const { tls_client_certificate_bound_access_tokens: bySelf, dpop_bound_access_tokens: byDpop } = client.metadata
    const shown = bySelf !== true && byDpop === true ? undefined : ctx.certificateOf(request)
    if (shown === undefined) return undefined
    const sender = senderOf({ 'x5t#S256': shown.thumbprint }, 'Bearer')
    return { sender, binds: (resource) => bySelf === true || isConstrained(ctx, client, resource) }
  },
}
