import type { Certificate } from '@doorward/core/mtls/certificate'
import { AUTHENTICATION_METHODS, type AuthenticationMethod } from '@doorward/core/oauth/client-metadata'
import type { AuthorityContext } from './context.ts'

/** Mutual TLS (RFC 8705), where the operator has set it up. */
export interface MtlsSettings {
  /** The origin at which client certificates are asked for, where it is another than the issuer's (§5). */
  readonly origin: string | undefined
  /** Who issues the certificates of clients that authenticate by `tls_client_auth`. */
  readonly authorities: readonly Certificate[]
}

/** What clients call, and not browsers, by the name that it has in metadata. */
const ENDPOINTS = {
  token_endpoint: '/token',
  revocation_endpoint: '/revoke',
  introspection_endpoint: '/introspect',
  pushed_authorization_request_endpoint: '/par',
} as const

/**
 * RFC 8705 §5: the same endpoints at the origin that asks for certificates, so that no browser is ever asked for one.
 * Undefined where there is no such origin.
 */
export function mtlsAliases({ issuer, mtls, policy }: Pick<AuthorityContext, 'issuer' | 'mtls' | 'policy'>) {
  const { origin } = mtls ?? {}
  if (origin === undefined) return undefined
  const path = new URL(issuer).pathname.replace(/\/$/, '')
  const devices =
    policy.deviceAuthorization === 'allow' ? { device_authorization_endpoint: '/device_authorization' } : {}
  return Object.fromEntries(
    Object.entries({ ...ENDPOINTS, ...devices }).map(([name, end]) => [name, `${origin}${path}${end}`]),
  )
}

/** Every address of one endpoint: with the issuer's, and at the origin that asks for certificates. */
export function addressesOf(ctx: Pick<AuthorityContext, 'issuer' | 'mtls' | 'policy'>, end: string): string[] {
  const alias = Object.values(mtlsAliases(ctx) ?? {}).filter((address) => address.endsWith(end))
  return [`${ctx.issuer}${end}`, ...alias]
}

/** In what ways clients may authenticate here: what the policy takes, of what is set up. */
export function authenticationMethods({
  policy,
  mtls,
}: Pick<AuthorityContext, 'policy' | 'mtls'>): readonly AuthenticationMethod[] {
  return AUTHENTICATION_METHODS.filter((method) => {
    if (policy.clientAuthentication !== 'any' && !policy.clientAuthentication.includes(method)) return false
    if (method === 'tls_client_auth') return mtls !== undefined && mtls.authorities.length > 0
    return method !== 'self_signed_tls_client_auth' || mtls !== undefined
  })
}
