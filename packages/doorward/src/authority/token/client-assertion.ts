import { sha256 } from '@doorward/core/kernel/digest'
import { ASSERTION_ALGORITHMS, readKeySet } from '@doorward/core/oauth/client-keys'
import {
  createLocalJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  errors,
  type JSONWebKeySet,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose'
import type { StoredClient } from '../../store/store.ts'
import type { AuthorityContext, Visit } from '../context.ts'
import { takeToken } from '../limits.ts'
import { freshSeconds } from '../registration/freshness.ts'
import { signaturesOf } from '../registration/signatures.ts'

export interface KeySet {
  readonly keys: JWTVerifyGetKey
  /** The same, as they were published. */
  readonly jwks: readonly Readonly<Record<string, unknown>>[]
  readonly fetchedAt: number
  readonly freshUntil: number
}

/** Keys that clients publish, by address. Bounded, and all of it can be lost. */
export type KeySetMemory = Map<string, KeySet>

export const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

const LONGEST = 8192
const LONGEST_LIFE_SECONDS = 600
const SKEW_SECONDS = 30
const MOST_KEY_BYTES = 64 * 1024
const MOST_KEY_SETS = 500
/** A key that is not there makes us look again, but not at every stranger's wish. */
const PAUSE_SECONDS = 30
const RATE_OF_ADDRESS = { burst: 3, perSecond: 0.1 }
const RATE_OF_NETWORK = { burst: 20, perSecond: 0.2 }
const LONGEST_JTI = 256

export type AssertionVerdict =
  | 'good'
  | 'malformed'
  | 'not_signed_by_client'
  | 'for_somebody_else'
  | 'too_long_lived'
  | 'replayed'
  | 'expired'
  | 'keys_unavailable'

/** Whom an assertion says it is from, before anything of it is believed. */
export function subjectOf(assertion: string): string | undefined {
  if (assertion.length > LONGEST) return undefined
  try {
    return decodeJwt(assertion).sub
  } catch {
    return undefined
  }
}

/**
 * Judges a JWT that a client signed to say who it is (RFC 7523 §3). Its audience is this server and nobody else: the
 * issuer, or the token endpoint as RFC 7523 has it and deployed clients still send (decision 0010). Each is good once.
 */
export async function judgeAssertion(
  ctx: AuthorityContext,
  visit: Visit,
  client: StoredClient,
  assertion: string,
): Promise<AssertionVerdict> {
  if (assertion.length > LONGEST || isRequestObject(assertion)) return 'malformed'
  const now = ctx.now()
  const named = client.metadata.token_endpoint_auth_signing_alg
  const allowed = signaturesOf(ctx.policy, ASSERTION_ALGORITHMS)
  const verify = async (keys: JWTVerifyGetKey) =>
    (
      await jwtVerify(assertion, keys, {
        algorithms: allowed.filter((algorithm) => typeof named !== 'string' || algorithm === named),
        issuer: client.id,
        subject: client.id,
        requiredClaims: ['exp', 'jti', 'aud'],
        clockTolerance: SKEW_SECONDS,
        currentDate: ctx.dateOf(now),
      })
    ).payload
  try {
    const payload = await withKeys(ctx, visit, client.metadata, verify)
    const audience = [payload.aud].flat()
    const ours = ctx.policy.signatures === 'strict' ? [''] : ['', '/token', '/par']
    if (audience.length !== 1 || !ours.some((path) => `${ctx.issuer}${path}` === audience[0]))
      return 'for_somebody_else'
    const end = payload.exp as number
    if (end > now + LONGEST_LIFE_SECONDS + SKEW_SECONDS) return 'too_long_lived'
    if (typeof payload.jti !== 'string' || payload.jti.length > LONGEST_JTI) return 'malformed'
    // What is remembered has one size, whatever a client makes of its id.
    const key = sha256(JSON.stringify([client.id, payload.jti]))
    const claimed = await ctx.store.claims.claim(`assertion ${key}`, end + 2 * SKEW_SECONDS)
    return claimed === 'first' ? 'good' : 'replayed'
  } catch (error) {
    return verdictOf(error)
  }
}

function verdictOf(error: unknown): AssertionVerdict {
  if (error instanceof errors.JWTExpired) return 'expired'
  if (error instanceof errors.JWTClaimValidationFailed) return 'for_somebody_else'
  if (error instanceof errors.JWSSignatureVerificationFailed || error instanceof errors.JWKSNoMatchingKey)
    return 'not_signed_by_client'
  if (error instanceof errors.JWKSMultipleMatchingKeys) return 'not_signed_by_client'
  if (error instanceof errors.JOSEError) return 'malformed'
  return 'keys_unavailable'
}

/** RFC 9101 §10.8: what a client signed to ask for something does not say who is asking now, whoever shows it. */
export function isRequestObject(jwt: string): boolean {
  try {
    return /^(application\/)?oauth-authz-req\+jwt$/i.test(String(decodeProtectedHeader(jwt).typ))
  } catch {
    return false
  }
}

/**
 * Verifies with the public keys that somebody published, in place or at an address.
 * @throws what `verify` throws, or an `Error` that is none of jose's where the keys cannot be had.
 */
export async function withKeys<T>(
  ctx: AuthorityContext,
  visit: Visit,
  { jwks, jwks_uri: uri }: { readonly jwks?: unknown; readonly jwks_uri?: unknown },
  verify: (keys: JWTVerifyGetKey) => Promise<T>,
): Promise<T> {
  if (jwks !== undefined) return verify(createLocalJWKSet(jwks as JSONWebKeySet))
  const set = await keySetAt(ctx, visit, String(uri))
  try {
    return await verify(set.keys)
  } catch (error) {
    // The client may have a new key since we looked.
    const renewed =
      error instanceof errors.JWKSNoMatchingKey ? await renewKeySet(ctx, visit, String(uri), set) : undefined
    if (renewed === undefined) throw error
    return verify(renewed.keys)
  }
}

/** The public keys at an address, through the guarded door. */
export async function keySetAt(ctx: AuthorityContext, visit: Visit, uri: string): Promise<KeySet> {
  const known = ctx.keySets.get(uri)
  return known !== undefined && known.freshUntil > ctx.now() ? known : fetchKeySet(ctx, visit, uri)
}

/** The same again, where the last look is long enough ago; otherwise undefined. */
export async function renewKeySet(
  ctx: AuthorityContext,
  visit: Visit,
  uri: string,
  known: KeySet,
): Promise<KeySet | undefined> {
  return known.fetchedAt + PAUSE_SECONDS <= ctx.now() ? fetchKeySet(ctx, visit, uri) : undefined
}

async function fetchKeySet(ctx: AuthorityContext, visit: Visit, uri: string): Promise<KeySet> {
  const now = ctx.now()
  // Whoever registers can point at anybody: an address is asked seldom, and a network asks for few.
  // The network first: who has used up its own would else use up what others have at this address, with nothing fetched for it.
  const wait =
    takeToken(ctx.buckets, `keys for ${visit.network}`, now, RATE_OF_NETWORK) ||
    takeToken(ctx.buckets, `keys at ${uri}`, now, RATE_OF_ADDRESS)
  if (wait > 0) throw new Error(`too many keys are being fetched; in ${wait} seconds again`)
  const fetched = await ctx.fetchStranger({
    url: uri,
    accept: 'application/jwk-set+json, application/json',
    mostBytes: MOST_KEY_BYTES,
    onBehalfOf: visit.network,
  })
  if (fetched.status !== 200) throw new Error(`the keys answered ${fetched.status}`)
  const keys = readKeySet(JSON.parse(Buffer.from(fetched.body).toString('utf8')))
  const set = {
    keys: createLocalJWKSet({ keys: keys as JSONWebKeySet['keys'] }),
    jwks: keys,
    fetchedAt: now,
    freshUntil: now + freshSeconds(fetched),
  }
  ctx.keySets.delete(uri)
  ctx.keySets.set(uri, set)
  if (ctx.keySets.size > MOST_KEY_SETS) ctx.keySets.delete(ctx.keySets.keys().next().value as string)
  return set
}
