import { setTimeout } from 'node:timers/promises'
import { PROOF_ALGORITHMS } from '@doorward/core/dpop/proof'
import { ASSERTION_ALGORITHMS } from '@doorward/core/oauth/client-keys'
import type { ServerMetadata } from '@doorward/core/oauth/server-metadata'
import { REVOKED_GRANTS_URI } from '@doorward/core/token/revoked-grants'
import { type AuthorityContext, allScopes } from './context.ts'
import { CORS, type Endpoint, json, jsonText } from './http.ts'
import { ACR_VALUES } from './identity/session.ts'
import { authenticationMethods, mtlsAliases } from './mtls.ts'
import { signaturesOf } from './registration/signatures.ts'
import { CLIENT_AUTHENTICATIONS } from './token/client-authentication/index.ts'
import { offeredGrants } from './token/grants/index.ts'
import { tellMetadataRead } from './trace/sightings.ts'

const PUBLIC = {
  'content-type': 'application/json',
  'cache-control': 'public, max-age=300',
  'x-content-type-options': 'nosniff',
  ...CORS,
}

/** Of the pages for people, which are read later than this: held to their words by `words.test.ts`. */
export const UI_LOCALES: readonly string[] = ['en', 'de', 'fr']

/** RFC 8414 metadata. What is supported is read off the registries, so it cannot say what is not so. */
export function serverMetadata(ctx: AuthorityContext): ServerMetadata & Record<string, unknown> {
  const offered = authenticationMethods(ctx)
  const methods = CLIENT_AUTHENTICATIONS.map(({ method }) => method).filter((method) => offered.includes(method))
  const aliases = mtlsAliases(ctx)
  return {
    issuer: ctx.issuer,
    authorization_endpoint: `${ctx.issuer}/authorize`,
    token_endpoint: `${ctx.issuer}/token`,
    jwks_uri: `${ctx.issuer}/jwks`,
    registration_endpoint: `${ctx.issuer}/register`,
    revocation_endpoint: `${ctx.issuer}/revoke`,
    scopes_supported: allScopes(ctx.resources),
    ...detailsTypes(ctx),
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: offeredGrants(ctx).map((grant) => grant.type),
    // The ID-JAG draft, §7.2: whose assertions are taken is nobody's business.
    ...(ctx.assertionIssuers.some(({ people }) => people !== undefined)
      ? { authorization_grant_profiles_supported: ['urn:ietf:params:oauth:grant-profile:id-jag'] }
      : {}),
    token_endpoint_auth_methods_supported: methods,
    revocation_endpoint_auth_methods_supported: methods,
    // RFC 7662, RFC 9701 §7.
    introspection_endpoint: `${ctx.issuer}/introspect`,
    introspection_endpoint_auth_methods_supported: methods.filter((method) => method !== 'none'),
    introspection_endpoint_auth_signing_alg_values_supported: signaturesOf(ctx.policy, ASSERTION_ALGORITHMS),
    introspection_signing_alg_values_supported: ctx.keyring.algorithms,
    // MCP 2026-07-28, SEC: clients refuse a server that does not list S256.
    code_challenge_methods_supported: ['S256'],
    // RFC 9207 §3; without it ChatGPT does not use its one stable redirect.
    authorization_response_iss_parameter_supported: true,
    // The draft: MUST be published by a server that takes metadata documents; Claude and others look for it (quirk Q12).
    client_id_metadata_document_supported: true,
    token_endpoint_auth_signing_alg_values_supported: signaturesOf(ctx.policy, ASSERTION_ALGORITHMS),
    revocation_endpoint_auth_signing_alg_values_supported: signaturesOf(ctx.policy, ASSERTION_ALGORITHMS),
    // RFC 9126 §5.
    pushed_authorization_request_endpoint: `${ctx.issuer}/par`,
    require_pushed_authorization_requests: ctx.policy.pushedRequests === 'required',
    // RFC 9101 §10.5: signed, by value. Nothing of a stranger's is fetched for it, and nothing encrypted is read.
    request_parameter_supported: true,
    request_uri_parameter_supported: false,
    require_signed_request_object: false,
    request_object_signing_alg_values_supported: signaturesOf(ctx.policy, ASSERTION_ALGORITHMS),
    // RFC 9449 §5.1.
    dpop_signing_alg_values_supported: signaturesOf(ctx.policy, PROOF_ALGORITHMS),
    // RFC 8628 §4.
    ...(ctx.policy.deviceAuthorization === 'allow'
      ? { device_authorization_endpoint: `${ctx.issuer}/device_authorization` }
      : {}),
    // RFC 8705 §3.3, §5.
    ...(ctx.mtls === undefined ? {} : { tls_client_certificate_bound_access_tokens: true }),
    ...(aliases === undefined ? {} : { mtls_endpoint_aliases: aliases }),
    protected_resources: ctx.resources.map((resource) => resource.uri),
    // Our own (RFC 8414 §2 allows it); decision 0015.
    ...(ctx.publishRevokedGrants ? { [REVOKED_GRANTS_URI]: `${ctx.issuer}/revoked-grants` } : {}),
    // RFC 9470 §7.
    acr_values_supported: ACR_VALUES,
    ui_locales_supported: UI_LOCALES,
  }
}

/** RFC 9396 §10; nothing where no resource has any. */
function detailsTypes({ resources }: AuthorityContext): { authorization_details_types_supported?: string[] } {
  const types = resources.flatMap(({ authorizationDetailsTypes = {} }) => Object.keys(authorizationDetailsTypes))
  return types.length === 0 ? {} : { authorization_details_types_supported: [...new Set(types)] }
}

type Write = (ctx: AuthorityContext) => unknown

/** Documents follow from the settings, which stay, and from the keys, which are others in some weeks: each is written once for both. */
function written(document: Write): (ctx: AuthorityContext) => string {
  const known = new WeakMap<AuthorityContext, { readonly jwks: object; readonly text: string }>()
  return (ctx) => {
    const { jwks } = ctx.keyring
    const before = known.get(ctx)
    if (before?.jwks === jwks) return before.text
    const text = JSON.stringify(document(ctx))
    known.set(ctx, { jwks, text })
    return text
  }
}

const metadataText = written(serverMetadata)

export const metadataEndpoint: Endpoint = async (ctx, _request, visit) => {
  tellMetadataRead(ctx, visit, 'server')
  return jsonText(200, metadataText(ctx), PUBLIC)
}

/** The same facts with the members that OpenID Connect Discovery 1.0 §3 requires (quirk Q20). */
const openidText = written((ctx) => ({
  ...serverMetadata(ctx),
  subject_types_supported: ['public'],
  id_token_signing_alg_values_supported: ctx.keyring.algorithms,
  claims_supported: ['sub'],
}))

export const openidEndpoint: Endpoint = async (ctx, _request, visit) => {
  tellMetadataRead(ctx, visit, 'server')
  return jsonText(200, openidText(ctx), PUBLIC)
}

const JWK_SET = { ...PUBLIC, 'content-type': 'application/jwk-set+json' }
const jwksText = written((ctx) => ctx.keyring.jwks)

/** A database that is away for longer keeps the keys from nobody: what is known of them is shown. */
const PATIENCE_MILLISECONDS = 1000

/**
 * A process that slept, or is cut off, has not heard that a key was removed. Whoever asked it would take that key for as long as they keep
 * what they got, so that it looks first.
 */
export const jwksEndpoint: Endpoint = async (ctx) => {
  if (!ctx.news.isComplete()) void ctx.keyring.tend().catch(() => undefined)
  const settling = ctx.keyring.settling()
  if (settling !== undefined)
    await Promise.race([settling, setTimeout(PATIENCE_MILLISECONDS, undefined, { ref: false })])
  return jsonText(200, jwksText(ctx), JWK_SET)
}

/** RFC 9728 §2, of our own administration. */
export const adminMetadataEndpoint: Endpoint = async (ctx) =>
  json(
    200,
    {
      resource: ctx.admin.uri,
      resource_name: ctx.admin.name,
      authorization_servers: [ctx.issuer],
      scopes_supported: Object.keys(ctx.admin.scopes),
      bearer_methods_supported: ['header'],
    },
    PUBLIC,
  )
