import { sha256 } from '@doorward/core/kernel/digest'
import { ASSERTION_ALGORITHMS } from '@doorward/core/oauth/client-keys'
import type { JWTVerifyGetKey } from 'jose'
import { decodeProtectedHeader } from 'jose/decode/protected_header'
import * as errors from 'jose/errors'
import { decodeJwt } from 'jose/jwt/decode'
import { jwtVerify } from 'jose/jwt/verify'
import type { StoredClient } from '../../store/store.ts'
import type { AuthorityContext, Visit } from '../context.ts'
import { signaturesOf } from '../registration/signatures.ts'
import { isFromTheFuture, isNotYet } from './from-the-future.ts'
import { KeysUnavailable, withKeys } from './key-sets.ts'

export const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

const LONGEST_LIFE_SECONDS = 600
const SKEW_SECONDS = 30
const LONGEST_JTI = 256

export type AssertionVerdict =
  | 'good'
  | 'malformed'
  | 'not_signed_by_client'
  | 'for_somebody_else'
  | 'too_long_lived'
  | 'replayed'
  | 'expired'
  | 'from_the_future'
  | 'keys_unavailable'

/** Whom an assertion says it is from, before anything of it is believed. */
export function subjectOf(assertion: string): string | undefined {
  try {
    return decodeJwt(assertion).sub
  } catch {
    return undefined
  }
}

/**
 * Judges a JWT that a client signed to say who it is (RFC 7523 §3). Its audience is this server and nobody else: the issuer
 * or, where the policy takes that too, the token endpoint, which deployed clients still send (decision 0010). Each is good once.
 */
export async function judgeAssertion(
  ctx: AuthorityContext,
  visit: Visit,
  client: StoredClient,
  assertion: string,
): Promise<AssertionVerdict> {
  if (isRequestObject(assertion)) return 'malformed'
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
    if (!isForUs(ctx, payload.aud)) return 'for_somebody_else'
    if (isFromTheFuture(payload, now)) return 'from_the_future'
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

/** FAPI 2.0 §5.3.2.1: the issuer "as a string". Otherwise a list of one is what RFC 7519 §4.1.3 says that it is, and one of more never is. */
function isForUs({ issuer, policy }: AuthorityContext, audience: unknown): boolean {
  if (policy.assertionAudience === 'issuer') return audience === issuer
  const [only, second] = [audience].flat()
  return second === undefined && (only === issuer || only === `${issuer}/token`)
}

function verdictOf(error: unknown): AssertionVerdict {
  if (error instanceof errors.JWTExpired) return 'expired'
  if (isNotYet(error)) return 'from_the_future'
  if (error instanceof errors.JWTClaimValidationFailed) return 'for_somebody_else'
  if (error instanceof errors.JWSSignatureVerificationFailed || error instanceof errors.JWKSNoMatchingKey)
    return 'not_signed_by_client'
  if (error instanceof errors.JWKSMultipleMatchingKeys) return 'not_signed_by_client'
  if (error instanceof errors.JOSEError) return 'malformed'
  if (error instanceof KeysUnavailable) return 'keys_unavailable'
  throw error
}

/** RFC 9101 §10.8: what a client signed to ask for something does not say who is asking now, whoever shows it. */
export function isRequestObject(jwt: string): boolean {
  try {
    return /^(application\/)?oauth-authz-req\+jwt$/i.test(String(decodeProtectedHeader(jwt).typ))
  } catch {
    return false
  }
}
