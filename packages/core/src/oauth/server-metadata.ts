/** Authorization server metadata (RFC 8414 §2, RFC 9207 §3), as far as Doorward publishes and reads it. */
export interface ServerMetadata {
  readonly issuer: string
  readonly authorization_endpoint?: string
  readonly token_endpoint?: string
  readonly jwks_uri?: string
  readonly registration_endpoint?: string
  /** RFC 8628 §4. */
  readonly device_authorization_endpoint?: string
  readonly revocation_endpoint?: string
  readonly scopes_supported?: readonly string[]
  readonly response_types_supported?: readonly string[]
  readonly grant_types_supported?: readonly string[]
  readonly token_endpoint_auth_methods_supported?: readonly string[]
  readonly code_challenge_methods_supported?: readonly string[]
  readonly authorization_response_iss_parameter_supported?: boolean
  readonly client_id_metadata_document_supported?: boolean
}

/** Protected resource metadata (RFC 9728 §2). */
export interface ResourceMetadata {
  readonly resource: string
  readonly authorization_servers: readonly string[]
  readonly scopes_supported?: readonly string[]
  readonly bearer_methods_supported?: readonly string[]
  /** RFC 9449 §7.1, RFC 9728 §2. */
  readonly dpop_signing_alg_values_supported?: readonly string[]
  readonly dpop_bound_access_tokens_required?: boolean
  /** RFC 9396 §10, RFC 9728 §2. */
  readonly authorization_details_types_supported?: readonly string[]
  /** RFC 9728 §2. */
  readonly tls_client_certificate_bound_access_tokens?: boolean
  readonly resource_name?: string
  readonly resource_documentation?: string
}

/**
 * Every address at which a client of any MCP revision looks for the metadata of `issuer`, in the order of
 * MCP 2026-07-28 (RFC 8414 insert, OpenID insert, OpenID append), then the appended RFC 8414 shape that some try.
 */
export function serverMetadataUrls(issuer: string): string[] {
  const { origin, pathname } = new URL(issuer)
  const path = pathname.replace(/\/+$/, '')
  if (path === '')
    return [`${origin}/.well-known/oauth-authorization-server`, `${origin}/.well-known/openid-configuration`]
  return [
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}/.well-known/openid-configuration${path}`,
    `${origin}${path}/.well-known/openid-configuration`,
    `${origin}${path}/.well-known/oauth-authorization-server`,
  ]
}

/** RFC 9728 §3.1: the well-known path goes between host and path. */
export function resourceMetadataUrl(resource: string): string {
  const { origin, pathname, search } = new URL(resource)
  return `${origin}/.well-known/oauth-protected-resource${pathname === '/' ? '' : pathname}${search}`
}
