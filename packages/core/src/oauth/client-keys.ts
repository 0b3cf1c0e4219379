import { showsPrivateKey } from '../kernel/private-key.ts'
import { OAuthError } from './error.ts'
import type { Reason } from './reasons/index.ts'
import { isLoopbackHost } from './redirect-uri.ts'

/** What a client may sign its assertions with (RFC 7518 §3.1, RFC 8037); nothing symmetric. */
export const ASSERTION_ALGORITHMS = [
  'ES256',
  'ES384',
  'ES512',
  'PS256',
  'PS384',
  'PS512',
  'RS256',
  'EdDSA',
  'Ed25519',
] as const

const MOST_KEYS = 20
const KEY_TYPES = new Set(['EC', 'RSA', 'OKP'])

export interface ClientKeys {
  readonly jwks?: { readonly keys: readonly Readonly<Record<string, unknown>>[] }
  readonly jwks_uri?: string
  readonly token_endpoint_auth_signing_alg?: string
  /** RFC 9101 §10.5: this client asks by signed request objects only, and with which algorithm. */
  readonly require_signed_request_object?: boolean
  readonly request_object_signing_alg?: string
}

/**
 * Reads where a client's public keys are (RFC 7591 §2). Private keys and shared ones are refused: whoever published them
 * has none any more.
 * @throws OAuthError `invalid_client_metadata`, naming the field.
 */
export function readClientKeys(fields: Readonly<Record<string, unknown>>): ClientKeys {
  const { jwks, jwks_uri: uri, require_signed_request_object: signsRequests } = fields
  // RFC 7591 §2: "The "jwks_uri" and "jwks" parameters MUST NOT both be present".
  if (isGiven(jwks) && isGiven(uri)) refuse('jwks and jwks_uri exclude each other', 'metadata_two_key_sources')
  const isGivenAlgorithm = (name: string) => isGiven(fields[name])
  const algorithms = ['token_endpoint_auth_signing_alg', 'request_object_signing_alg'].filter(isGivenAlgorithm)
  const foreign = algorithms.find((name) => !ASSERTION_ALGORITHMS.some((known) => known === fields[name]))
  if (foreign !== undefined) {
    refuse(`${foreign} has to be one of ${ASSERTION_ALGORITHMS.join(', ')}`, 'metadata_signing_alg')
  }
  if (isGiven(signsRequests) && typeof signsRequests !== 'boolean') {
    refuse('require_signed_request_object has to be true or false', 'metadata_require_signed_request_object')
  }
  if (signsRequests === true && !isGiven(jwks) && !isGiven(uri)) {
    refuse('require_signed_request_object needs jwks or jwks_uri', 'metadata_keys_missing')
  }
  return {
    ...(isGiven(jwks) ? { jwks: { keys: readKeySet(jwks) } } : {}),
    ...(isGiven(uri) ? { jwks_uri: keysUri(uri) } : {}),
    ...Object.fromEntries(algorithms.map((name) => [name, fields[name]])),
    ...(isGiven(signsRequests) ? { require_signed_request_object: signsRequests as boolean } : {}),
  }
}

/**
 * The public keys of a JWK Set (RFC 7517 §5).
 * @throws OAuthError `invalid_client_metadata`
 */
export function readKeySet(jwks: unknown): Readonly<Record<string, unknown>>[] {
  return readKeys(keysOf(jwks))
}

/**
 * What somebody publishes at an address: as `readKeySet`, but keys of a kind that is not known here are passed over, for they are meant for
 * others (RFC 7517 §5).
 */
export function readPublishedKeySet(jwks: unknown): Readonly<Record<string, unknown>>[] {
  const keys = keysOf(jwks)
  return readKeys(Array.isArray(keys) ? keys.filter((key) => !isOfAnotherKind(key)) : keys)
}

function keysOf(jwks: unknown): unknown {
  return typeof jwks === 'object' && jwks !== null ? (jwks as { keys?: unknown }).keys : undefined
}

function readKeys(keys: unknown): Readonly<Record<string, unknown>>[] {
  if (!Array.isArray(keys) || keys.length === 0 || keys.length > MOST_KEYS) {
    refuse(`jwks has to be a JWK Set with 1 to ${MOST_KEYS} keys`, 'metadata_jwks')
  }
  for (const key of keys as unknown[]) {
    if (typeof key !== 'object' || key === null) refuse('jwks has an entry that is no key', 'metadata_jwks')
    if (showsPrivateKey(key)) {
      refuse('jwks holds a private or shared key; publish the public part alone, of a new key', 'metadata_private_key')
    }
    if (!KEY_TYPES.has(String((key as { kty?: unknown }).kty)))
      refuse('jwks has a key of an unknown type', 'metadata_jwks')
  }
  return keys as Record<string, unknown>[]
}

function isOfAnotherKind(key: unknown): boolean {
  if (typeof key !== 'object' || key === null) return false
  const { kty } = key as { kty?: unknown }
  // A key that is shared or private is no other kind: it should not be there.
  return typeof kty === 'string' && !KEY_TYPES.has(kty) && !showsPrivateKey(key)
}

function keysUri(value: unknown): string {
  const url = typeof value === 'string' && value.length <= 1024 ? URL.parse(value) : null
  if (url === null || url.username !== '' || !/^https?:$/.test(url.protocol)) {
    refuse('jwks_uri has to be an https address', 'metadata_jwks_uri')
  }
  if (url.protocol === 'http:' && !isLoopbackHost(url.hostname)) {
    refuse('jwks_uri has to be an https address', 'metadata_jwks_uri')
  }
  return value as string
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== ''
}

function refuse(description: string, reason: Reason): never {
  throw new OAuthError('invalid_client_metadata', description, reason)
}
