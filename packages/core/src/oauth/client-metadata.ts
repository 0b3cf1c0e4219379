import { sha256 } from '../kernel/digest.ts'
import { type ClientCertificates, readClientCertificates } from './client-certificate.ts'
import { type ClientKeys, readClientKeys } from './client-keys.ts'
import { OAuthError, quoted } from './error.ts'
import type { Reason } from './reasons/index.ts'
import { KNOWN_SCHEMES, parseRedirectUri, type RedirectUri, withoutPort } from './redirect-uri.ts'
import { formatScope, isScopeToken, parseScope } from './scope.ts'

export const AUTHENTICATION_METHODS = [
  'none',
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt',
  'tls_client_auth',
  'self_signed_tls_client_auth',
] as const
export type AuthenticationMethod = (typeof AUTHENTICATION_METHODS)[number]
/** Whether a client that is registered for this proves itself by a secret. */
export const hasSecretMethod = (method: unknown) => method === 'client_secret_basic' || method === 'client_secret_post'

/** Methods in which a client shows a private key and no secret is shared (FAPI 2.0 §5.3.2.1). */
export const KEY_METHODS: readonly AuthenticationMethod[] = [
  'private_key_jwt',
  'tls_client_auth',
  'self_signed_tls_client_auth',
]
/** Those whose key is among the client's `jwks`. */
const JWKS_METHODS: readonly AuthenticationMethod[] = ['private_key_jwt', 'self_signed_tls_client_auth']
/** RFC 8628 §3.4. */
export const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code'

/** Client metadata of RFC 7591 §2 after validation, with the values that are in force. */
export interface ClientMetadata extends ClientKeys, ClientCertificates {
  readonly redirect_uris: readonly string[]
  readonly token_endpoint_auth_method: AuthenticationMethod
  readonly grant_types: readonly string[]
  readonly response_types: readonly string[]
  readonly scope: string
  readonly client_name?: string
  readonly client_uri?: string
  readonly logo_uri?: string
  readonly tos_uri?: string
  readonly policy_uri?: string
  readonly contacts?: readonly string[]
  readonly software_id?: string
  readonly software_version?: string
  readonly application_type: 'native' | 'web'
  /** RFC 9449 §5.2: every token request comes with a proof. */
  readonly dpop_bound_access_tokens?: boolean
  /** RFC 9126 §6. */
  readonly require_pushed_authorization_requests?: boolean
  /** RFC 9396 §10: what it asks for in detail is of these types. */
  readonly authorization_details_types?: readonly string[]
}

export interface MetadataRules {
  /** Every scope that this server knows; what else a client asks for is left out (quirk Q03). */
  readonly scopes: readonly string[]
  /** What a client gets that asks for no known scope. */
  readonly defaultScopes: readonly string[]
  /** Further private-use redirect schemes. */
  readonly redirectSchemes?: readonly string[]
  /** Whether it may be registered to ask for itself (RFC 6749 §4.4): an operator's word alone gives that. */
  readonly clientCredentials?: boolean
  /** Whether it may be registered for devices (RFC 8628): its answers then go to whoever shows a person a code. */
  readonly deviceAuthorization?: boolean
  /** The ways of authentication that are taken; all of them where left out. */
  readonly authentication?: readonly AuthenticationMethod[]
}

/** The fields that a refusal can name, since each has its reason. */
type Field = FieldOf<Reason>
type FieldOf<Name> = Name extends `metadata_${infer Field}` ? Field : never

const MOST_REDIRECT_URIS = 20
const MOST_CONTACTS = 10
const MOST_DETAILS_TYPES = 20
const LONGEST_TEXT = 512
const LONGEST_NAME = 120
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]/u

/**
 * Validates what a client says of itself. JSON `null` and empty arrays count as omitted; unknown members are
 * ignored (RFC 7591 §2).
 * @throws OAuthError `invalid_redirect_uri` or `invalid_client_metadata`, naming the field.
 */
export function readClientMetadata(body: unknown, rules: MetadataRules): ClientMetadata {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    refuse('The registration request has to be a JSON object', 'metadata_not_an_object')
  }
  const fields = body as Record<string, unknown>
  const method = authenticationMethod(fields.token_endpoint_auth_method, rules)
  const optional = {
    client_name: name(fields.client_name),
    client_uri: webUri(fields, 'client_uri'),
    logo_uri: webUri(fields, 'logo_uri'),
    tos_uri: webUri(fields, 'tos_uri'),
    policy_uri: webUri(fields, 'policy_uri'),
    contacts: shortTexts(fields, 'contacts', MOST_CONTACTS),
    software_id: text(fields, 'software_id'),
    software_version: text(fields, 'software_version'),
    dpop_bound_access_tokens: flag(fields, 'dpop_bound_access_tokens'),
    require_pushed_authorization_requests: flag(fields, 'require_pushed_authorization_requests'),
    authorization_details_types: shortTexts(fields, 'authorization_details_types', MOST_DETAILS_TYPES),
    ...readClientKeys(fields),
    ...readClientCertificates(fields, method),
  }
  const grants = grantTypes(fields.grant_types, rules)
  const hasRedirects = grants.includes('authorization_code')
  const redirects = hasRedirects ? redirectUris(fields.redirect_uris, rules) : []
  if (method === 'none' && grants.includes('client_credentials')) {
    refuse('A client that asks for itself has to prove who it is', 'metadata_public_client_credentials')
  }
  const scope = effectiveScope(fields.scope, rules)
  if (scope === '' && grants.includes('client_credentials')) {
    refuse('A client that asks for itself needs scope: all that it may ever have', 'metadata_scope_missing')
  }
  if (JWKS_METHODS.includes(method) && optional.jwks === undefined && optional.jwks_uri === undefined) {
    refuse(`${method} needs jwks or jwks_uri`, 'metadata_keys_missing')
  }
  return {
    redirect_uris: redirects.map(({ uri }) => uri),
    application_type: applicationType(fields.application_type, redirects),
    token_endpoint_auth_method: method,
    grant_types: grants,
    response_types: hasRedirects ? responseTypes(fields.response_types) : [],
    scope,
    ...(Object.fromEntries(
      Object.entries(optional).filter(([, value]) => value !== undefined),
    ) as Partial<ClientMetadata>),
  }
}

/**
 * The form that identifies the software: arrays sorted, loopback ports dropped, members in one order. The same
 * software asking from any machine yields the same text.
 */
export function canonicalMetadata(metadata: ClientMetadata): ClientMetadata {
  const sorted = Object.entries(metadata).map(([key, value]) => {
    if (key === 'redirect_uris') return [key, [...new Set((value as string[]).map(withoutPort))].sort()]
    if (key === 'scope')
      return [
        key,
        parseScope(value as string)
          .sort()
          .join(' '),
      ]
    return [key, Array.isArray(value) ? [...new Set(value)].sort() : value]
  })
  return Object.fromEntries(sorted.sort(([a], [b]) => ((a as string) < (b as string) ? -1 : 1))) as ClientMetadata
}

/** The content-addressed `client_id` of an open registration: 128 bits of the digest of its canonical metadata. */
export function contentAddressedId(canonical: ClientMetadata): string {
  return `dwc_${sha256(JSON.stringify(canonical)).slice(0, 22)}`
}

function redirectUris(value: unknown, rules: MetadataRules): RedirectUri[] {
  if (!present(value)) throw new OAuthError('invalid_redirect_uri', 'redirect_uris is missing', 'redirect_uris_missing')
  if (!Array.isArray(value))
    throw new OAuthError('invalid_redirect_uri', 'redirect_uris has to be an array', 'redirect_uris_not_an_array')
  if (value.length > MOST_REDIRECT_URIS) {
    throw new OAuthError(
      'invalid_redirect_uri',
      `redirect_uris has more than ${MOST_REDIRECT_URIS} entries`,
      'redirect_uris_too_many',
    )
  }
  const schemes = [...KNOWN_SCHEMES, ...(rules.redirectSchemes ?? [])]
  return [...new Set(value as unknown[])].map((uri) => parseRedirectUri(uri, schemes))
}

function authenticationMethod(
  value: unknown,
  { authentication: taken = AUTHENTICATION_METHODS }: MetadataRules,
): AuthenticationMethod {
  const asked = present(value) ? value : 'client_secret_basic' // RFC 7591 §2, the default
  const method = taken.find((known) => known === asked)
  return method ?? refuse(`token_endpoint_auth_method has to be one of ${taken.join(', ')}`, 'metadata_auth_method')
}

// Quirks Q06, Q07: unknown types are dropped, and a client that forgot refresh_token still refreshes; both are echoed.
function grantTypes(
  value: unknown,
  { clientCredentials = false, deviceAuthorization = false }: MetadataRules,
): string[] {
  const asked = present(value) ? strings(value, 'grant_types') : ['authorization_code'] // RFC 7591 §2, the default
  const forDevices = deviceAuthorization && asked.includes(DEVICE_GRANT)
  const granted = [
    ...(asked.includes('authorization_code') ? ['authorization_code'] : []),
    ...(asked.includes('authorization_code') || forDevices ? ['refresh_token'] : []),
    ...(forDevices ? [DEVICE_GRANT] : []),
    ...(clientCredentials && asked.includes('client_credentials') ? ['client_credentials'] : []),
  ]
  if (granted.length === 0) refuse('grant_types has to include authorization_code', 'metadata_grant_types')
  return granted
}

function responseTypes(value: unknown): string[] {
  if (present(value) && !strings(value, 'response_types').includes('code')) {
    refuse('response_types has to include code', 'metadata_response_types')
  }
  return ['code']
}

function effectiveScope(value: unknown, rules: MetadataRules): string {
  if (!present(value)) return formatScope(rules.defaultScopes)
  if (typeof value !== 'string') refuse('scope has to be a string', 'metadata_scope')
  const asked = parseScope(value)
  const wrong = asked.find((token) => !isScopeToken(token))
  if (wrong !== undefined) refuse(`scope has a malformed token ${quoted(wrong)}`, 'metadata_scope')
  const known = asked.filter((token) => rules.scopes.includes(token))
  return formatScope(known.length === 0 ? rules.defaultScopes : known)
}

/**
 * OpenID Connect Registration §2, MCP SEP-837: an application on the web takes its answers there. What is left out follows
 * from where the answers go, since most clients leave it out.
 */
function applicationType(value: unknown, redirects: readonly RedirectUri[]): 'native' | 'web' {
  const local = redirects.find(({ kind }) => kind !== 'https')
  if (!present(value)) return local === undefined ? 'web' : 'native'
  if (value === 'native') return 'native'
  if (value !== 'web') refuse("application_type has to be 'native' or 'web'", 'metadata_application_type')
  if (local !== undefined) {
    throw new OAuthError(
      'invalid_redirect_uri',
      `application_type is 'web', and redirect URI ${quoted(local.uri)} is not on the web; register as 'native'`,
      'redirect_uri_not_web',
    )
  }
  return 'web'
}

function name(value: unknown): string | undefined {
  if (!present(value)) return undefined
  if (typeof value !== 'string') refuse('client_name has to be a string', 'metadata_client_name')
  const trimmed = value.trim()
  if (trimmed.length > LONGEST_NAME)
    refuse(`client_name is longer than ${LONGEST_NAME} characters`, 'metadata_client_name')
  if (CONTROL.test(trimmed)) refuse('client_name has control characters', 'metadata_client_name')
  return trimmed === '' ? undefined : trimmed
}

function text(fields: Record<string, unknown>, field: Field): string | undefined {
  const value = fields[field]
  if (!present(value) || value === '') return undefined
  if (typeof value !== 'string') refuse(`${field} has to be a string`, `metadata_${field}`)
  if (value.length > LONGEST_TEXT || CONTROL.test(value))
    refuse(`${field} is too long or has control characters`, `metadata_${field}`)
  return value
}

function flag(fields: Record<string, unknown>, field: Field): boolean | undefined {
  const value = fields[field]
  if (!present(value)) return undefined
  return typeof value === 'boolean' ? value : refuse(`${field} has to be true or false`, `metadata_${field}`)
}

function webUri(fields: Record<string, unknown>, field: Field): string | undefined {
  const value = text(fields, field)
  if (value === undefined) return undefined
  const url = URL.parse(value)
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:') || url.username !== '') {
    refuse(`${field} has to be a web address`, `metadata_${field}`)
  }
  return value
}

function shortTexts(fields: Record<string, unknown>, field: Field, most: number): string[] | undefined {
  const value = fields[field]
  if (!present(value)) return undefined
  const list = strings(value, field)
  if (list.length > most || list.some((entry) => entry.length > LONGEST_TEXT || CONTROL.test(entry))) {
    refuse(`${field} has more than ${most} entries or one that is too long`, `metadata_${field}`)
  }
  return list
}

function strings(value: unknown, field: Field): string[] {
  if (!Array.isArray(value) || value.some((entry) => typeof entry !== 'string')) {
    refuse(`${field} has to be an array of strings`, `metadata_${field}`)
  }
  if (value.length > 50) refuse(`${field} has too many entries`, `metadata_${field}`)
  return value as string[]
}

function present(value: unknown): boolean {
  return value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0)
}

function refuse(description: string, reason: Reason): never {
  throw new OAuthError('invalid_client_metadata', description, reason)
}
