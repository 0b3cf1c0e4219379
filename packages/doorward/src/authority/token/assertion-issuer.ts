import { sha256 } from '@doorward/core/kernel/digest'
import { ASSERTION_ALGORITHMS } from '@doorward/core/oauth/client-keys'
import { OAuthError, quoted } from '@doorward/core/oauth/error'
import type { Reason } from '@doorward/core/oauth/reasons'
import type { JSONWebKeySet, JWTPayload, JWTVerifyGetKey } from 'jose'
import * as errors from 'jose/errors'
import { decodeJwt } from 'jose/jwt/decode'
import { jwtVerify } from 'jose/jwt/verify'
import type { AuthorityContext, Visit } from '../context.ts'
import { signaturesOf } from '../registration/signatures.ts'
import { KeysUnavailable, withKeys } from './key-sets.ts'

/** Somebody outside whose signed word is taken at the token endpoint (RFC 7523 §2.1). */
export interface AssertionIssuer {
  /** The `iss` of its assertions, byte for byte. */
  readonly issuer: string
  readonly jwksUri?: string
  readonly jwks?: JSONWebKeySet
  readonly algorithms?: readonly string[]
  /** The company's identity provider: it says which person an application may act for (ID-JAG). */
  readonly people?: { readonly scopes?: readonly string[] }
  /** A platform that says which program is asking. */
  readonly workloads?: readonly Workload[]
  /** Whether one assertion of a workload may be presented again until it ends. Left out, each is good once; of people, always. */
  readonly mayRepeat?: boolean
  /** What workloads of this platform name as audience, besides the issuer of this server. */
  readonly audience?: string
}

/** One program, told by what its platform says of it. */
export interface Workload {
  readonly name: string
  /** Every one has to be there with that value; a value may end in `*`. */
  readonly claims: Readonly<Record<string, string>>
  readonly resource: string
  /** All that it may have. */
  readonly scopes: readonly string[]
}

export interface Assertion {
  readonly issuer: AssertionIssuer
  /** It is good until it ends, and not once. */
  readonly mayRepeat: boolean
  readonly claims: JWTPayload & { readonly iss: string; readonly sub: string; readonly exp: number }
}

export const JWT_BEARER_GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

const SKEW_SECONDS = 30
const LONGEST_LIFE_SECONDS = 3600
const LONGEST_REPEATED_LIFE_SECONDS = 86_400
const LONGEST_NAME = 512

/** The issuer that an assertion names, if it is trusted here; before anything of the assertion is believed. */
export function issuerOf(ctx: AuthorityContext, assertion: string): AssertionIssuer | undefined {
  try {
    const { iss } = decodeJwt(assertion)
    return ctx.assertionIssuers.find(({ issuer }) => issuer === iss)
  } catch {
    return undefined
  }
}

/**
 * Verifies an assertion of a trusted issuer: its signature, its time and its one audience (RFC 7523 §3).
 * @param options.audiences who it may be for: this server, by the names that it goes by for such assertions
 * @throws OAuthError `invalid_grant`, or `temporarily_unavailable` where the keys of the issuer cannot be had.
 */
export async function verifyAssertion(
  ctx: AuthorityContext,
  visit: Visit,
  issuer: AssertionIssuer,
  assertion: string,
  {
    typ,
    audiences,
    mayRepeat = false,
  }: { readonly typ?: string; readonly audiences: readonly string[]; readonly mayRepeat?: boolean },
): Promise<Assertion> {
  const now = ctx.now()
  const source = { jwks: issuer.jwks, jwks_uri: issuer.jwksUri }
  const verified = await withKeys(ctx, visit, source, (keys: JWTVerifyGetKey) =>
    jwtVerify(assertion, keys, {
      issuer: issuer.issuer,
      algorithms: [...(issuer.algorithms ?? signaturesOf(ctx.policy, ASSERTION_ALGORITHMS))],
      requiredClaims: ['sub', 'aud', 'exp', 'iat'],
      clockTolerance: SKEW_SECONDS,
      currentDate: ctx.dateOf(now),
      ...(typ === undefined ? {} : { typ }),
    }),
  ).catch((error: unknown) => refuseFor(error))
  // RFC 8725 §3.11: what is said of a person is not said of a program, also where one issuer speaks of both.
  if (typ === undefined && /^(application\/)?oauth-id-jag\+jwt$/i.test(verified.protectedHeader.typ ?? ''))
    refuse('The claim typ of the assertion is not good', 'grant_assertion_claim')
  const claims = verified.payload as Assertion['claims']
  const audience = [claims.aud].flat()
  // One that is good elsewhere too could be carried here from there.
  if (audience.length !== 1 || !audiences.includes(audience[0] as string)) {
    const said = typeof claims.aud === 'string' ? claims.aud : JSON.stringify(claims.aud)
    refuse(`The assertion is for ${quoted(said)} and has to be for ${audiences[0]} alone`, 'grant_assertion_audience')
  }
  if ((claims.iat as number) > now + SKEW_SECONDS)
    refuse('The assertion was issued in the future', 'grant_assertion_from_the_future')
  const longest = mayRepeat ? LONGEST_REPEATED_LIFE_SECONDS : LONGEST_LIFE_SECONDS
  if (claims.exp > now + longest + SKEW_SECONDS)
    refuse(`The assertion lives longer than ${longest} seconds`, 'grant_assertion_too_long_lived')
  if (typeof claims.sub !== 'string' || claims.sub === '' || claims.sub.length > LONGEST_NAME) {
    refuse('The assertion names no subject', 'grant_assertion_subject')
  }
  return { issuer, claims, mayRepeat }
}

/**
 * RFC 7523 §3: used up by the first who presents it.
 * @throws OAuthError `invalid_grant`
 */
export async function useOnce(ctx: AuthorityContext, { claims, mayRepeat }: Assertion): Promise<void> {
  if (mayRepeat) return
  if (typeof claims.jti !== 'string' || claims.jti === '') refuse('The assertion has no jti', 'grant_assertion_jti')
  const key = sha256(JSON.stringify([claims.iss, claims.jti]))
  const claimed = await ctx.store.claims.claim(`grant assertion ${key}`, claims.exp + 2 * SKEW_SECONDS)
  if (claimed !== 'first') refuse('The assertion was used before; get a new one', 'grant_assertion_replayed')
}

function refuseFor(error: unknown): never {
  if (error instanceof errors.JWTExpired) refuse('The assertion has expired', 'grant_assertion_expired')
  if (error instanceof errors.JWTClaimValidationFailed)
    refuse(`The claim ${error.claim} of the assertion is not good`, 'grant_assertion_claim')
  if (error instanceof errors.JOSEAlgNotAllowed)
    refuse('The assertion is signed with an algorithm that is not taken', 'grant_assertion_algorithm')
  if (error instanceof errors.JOSEError)
    refuse('The assertion is not signed by its issuer', 'grant_assertion_signature')
  if (!(error instanceof KeysUnavailable)) throw error
  throw new OAuthError(
    'temporarily_unavailable',
    'The keys of the issuer of the assertion cannot be fetched',
    'grant_assertion_keys_unavailable',
  )
}

function refuse(description: string, reason: Reason): never {
  throw new OAuthError('invalid_grant', description, reason)
}
