import { readStrictJson } from '@doorward/core/kernel/json'
import { ASSERTION_ALGORITHMS } from '@doorward/core/oauth/client-keys'
import { OAuthError, quoted } from '@doorward/core/oauth/error'
import { type Form, readForm } from '@doorward/core/oauth/form'
import type { Reason } from '@doorward/core/oauth/reasons'
import type { JWTPayload, JWTVerifyGetKey } from 'jose'
import * as errors from 'jose/errors'
import { jwtVerify } from 'jose/jwt/verify'
import type { StoredClient } from '../../store/store.ts'
import type { AuthorityContext, Visit } from '../context.ts'
import { deniedBy, notAdmitted } from '../registration/decide.ts'
import { policyNow } from '../registration/policy-now.ts'
import { signaturesOf } from '../registration/signatures.ts'
import { isRequestObject } from '../token/client-assertion.ts'
import { isFromTheFuture, isNotYet } from '../token/from-the-future.ts'
import { KeysUnavailable, withKeys } from '../token/key-sets.ts'

const SKEW_SECONDS = 30
/** FAPI 2.0 Message Signing §5.3.1: an hour since `nbf`, and an hour from there to `exp`. */
const HOUR = 3600
const DEEPEST_JSON = 8

/** What a JWT says of itself (RFC 7519 §4.1); everything else in a request object is a parameter. */
const OF_THE_JWT = new Set(['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti'])

type Shape = (value: unknown) => boolean
const isArray: Shape = (value) => Array.isArray(value)
/** Parameters that are no strings by their own definition: RFC 8707 §2, RFC 9396 §2, OpenID Connect Core §3.1.2.1 and §5.5. */
const OTHER_SHAPES: Readonly<Record<string, Shape>> = {
  resource: (value) => Array.isArray(value) && value.every((entry) => typeof entry === 'string'),
  authorization_details: isArray,
  claims: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  max_age: (value) => typeof value === 'number',
}

/**
 * The request that a client signed (RFC 9101), where it came so: its parameters alone, and nothing of what stands beside
 * them (§6.3). Otherwise the request as it came.
 * @throws OAuthError `invalid_request_object`. Nothing of such a request is believed, so no destination of it either.
 */
export async function openRequestObject(
  ctx: AuthorityContext,
  visit: Visit,
  client: StoredClient,
  form: Form,
): Promise<Form> {
  const object = form.get('request')
  if (object === undefined) {
    if (client.metadata.require_signed_request_object !== true) return form
    throw new OAuthError(
      'invalid_request',
      'This client registered to sign its requests (RFC 9101), and this one is not signed',
      'request_object_missing',
    )
  }
  // RFC 9101 §5: the two exclude each other.
  if (form.get('request_uri') !== undefined) {
    throw new OAuthError('invalid_request', 'request and request_uri exclude each other', 'request_object_twice')
  }
  const claims = await verify(ctx, visit, client, object)
  checkClaims(claims, ctx.now())
  // §5: whoever was named outside, or authenticated at the push, has to be named inside too.
  if (claims.client_id !== client.id)
    refuse('client_id is not the same inside and outside of the request object', 'request_object_client_id')
  // §10.8: with this subject it would be a client assertion as well.
  if (claims.sub === client.id) refuse('The sub of a request object cannot be the client', 'request_object_subject')
  return readForm(new URLSearchParams(parametersOf(claims)))
}

/** Verifies who signed it, for whom, and reads it in the one way in which it can be read. */
async function verify(ctx: AuthorityContext, visit: Visit, client: StoredClient, object: string): Promise<JWTPayload> {
  const { jwks, jwks_uri: uri, request_object_signing_alg: named } = client.metadata
  if (object.split('.').length === 5)
    refuse('Encrypted request objects are not offered here', 'request_object_encrypted')
  // §10.8: told apart from everything else that a client signs by its type, and by nothing that could be mistaken.
  if (!isRequestObject(object))
    refuse('The typ of a request object has to be oauth-authz-req+jwt', 'request_object_type')
  if (jwks === undefined && uri === undefined)
    refuse('This client has registered no keys to sign requests with', 'request_object_no_keys')
  // Where the client is denied, nothing is fetched for it.
  const denied = deniedBy(await policyNow(ctx), client)
  if (denied !== undefined) throw notAdmitted(denied)
  const allowed = signaturesOf(ctx.policy, ASSERTION_ALGORITHMS)
  const check = (keys: JWTVerifyGetKey) =>
    jwtVerify(object, keys, {
      algorithms: allowed.filter((algorithm) => typeof named !== 'string' || algorithm === named),
      issuer: client.id,
      audience: ctx.issuer,
      requiredClaims: ['exp', 'nbf'],
      clockTolerance: SKEW_SECONDS,
      currentDate: ctx.dateOf(ctx.now()),
    })
  try {
    await withKeys(ctx, visit, client.metadata, check)
  } catch (error) {
    refuseFor(error)
  }
  const text = Buffer.from(object.split('.')[1] ?? '', 'base64url').toString('utf8')
  const read = readStrictJson(text, DEEPEST_JSON)
  if (read.verdict !== 'good')
    refuse(
      `The JSON of the request object is not acceptable: ${read.verdict.replaceAll('_', ' ')}`,
      `request_object_${read.verdict}`,
    )
  return read.value as JWTPayload
}

function checkClaims(claims: JWTPayload, now: number): void {
  const [start, end] = [claims.nbf as number, claims.exp as number]
  if (isFromTheFuture(claims, now)) refuseEarly()
  if (start < now - HOUR - SKEW_SECONDS) refuse('The request object is older than an hour', 'request_object_too_old')
  if (end - start > HOUR) refuse('The request object lives longer than an hour', 'request_object_too_long_lived')
  for (const name of ['request', 'request_uri']) {
    // §4: neither may stand in a request object.
    if (Object.hasOwn(claims, name)) refuse(`${name} has no place in a request object`, 'request_object_nested')
  }
}

/** §4: parameters are strings, but for those that are something else by definition. */
function parametersOf(claims: JWTPayload): [string, string][] {
  return Object.entries(claims).flatMap(([name, value]): [string, string][] => {
    if (OF_THE_JWT.has(name)) return []
    if (typeof value === 'string') return [[name, value]]
    if (!Object.hasOwn(OTHER_SHAPES, name) || OTHER_SHAPES[name]?.(value) !== true)
      refuse(`${quoted(name)} in the request object is no string`, 'request_object_member')
    if (name === 'resource') return (value as string[]).map((resource) => [name, resource])
    return [[name, JSON.stringify(value)]]
  })
}

function refuseFor(error: unknown): never {
  if (error instanceof errors.JWTExpired) return refuse('The request object has expired', 'request_object_expired')
  if (isNotYet(error)) return refuseEarly()
  if (error instanceof errors.JWTClaimValidationFailed)
    return refuse(`The claim ${quoted(error.claim)} of the request object is missing or wrong`, 'request_object_claim')
  if (error instanceof errors.JOSEAlgNotAllowed)
    return refuse('The request object is signed with an algorithm that is not taken', 'request_object_algorithm')
  if (
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys
  )
    return refuse('The request object is not signed by a key of this client', 'request_object_signature')
  if (error instanceof errors.JOSEError) return refuse('The request object is malformed', 'request_object_malformed')
  if (!(error instanceof KeysUnavailable)) throw error
  return refuse('The keys of this client cannot be fetched or read now', 'request_object_keys_unavailable')
}

function refuseEarly(): never {
  refuse('The nbf or iat of the request object is in the future; check the clock', 'request_object_from_the_future')
}

function refuse(description: string, reason: Reason): never {
  throw new OAuthError('invalid_request_object', description, reason)
}
