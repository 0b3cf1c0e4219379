import { type AuthorizationDetail, isDetail } from '@doorward/core/oauth/authorization-details'
import type { Reason } from '@doorward/core/oauth/reasons'
import { sameResource } from '@doorward/core/oauth/resource-uri'
import { expandScopes, parseScope } from '@doorward/core/oauth/scope'
import type { JWSAlgorithm, JWTHeaderParameters, JWTPayload, JWTVerifyGetKey, JWTVerifyOptions } from 'jose'
import { decodeProtectedHeader } from 'jose/decode/protected_header'
import * as errors from 'jose/errors'
import { decodeJwt } from 'jose/jwt/decode'
import { jwtVerify } from 'jose/jwt/verify'
import type { Credentials } from './authorization.ts'
import { invalidToken, Refusal } from './refusal.ts'
import { checkSender, type Presentation, type ProofKeeping } from './sender.ts'
import type { Settings } from './settings.ts'
import { frozen, type Verified, type VerifiedTokens } from './verified-tokens.ts'

/** Who came in, with which rights, until when. */
export interface Access {
  readonly subject: string
  readonly clientId: string
  /** What was granted, with everything that those scopes contain. */
  readonly scopes: readonly string[]
  /** What was granted in detail (RFC 9396 §9.1); empty where nothing was. */
  readonly authorizationDetails: readonly AuthorizationDetail[]
  readonly issuer: string
  /** The grant that the token comes from, where the authorization server says so. */
  readonly grantId?: string
  /** Seconds since 1970. */
  readonly expiresAt: number
  readonly token: string
  readonly claims: Readonly<Record<string, unknown>>
}

export interface Verifier {
  readonly settings: Settings
  readonly keys: (issuer: string) => JWTVerifyGetKey
  /** Seconds since 1970. */
  readonly now: () => number
  readonly keeping: ProofKeeping
  readonly seen: VerifiedTokens
}

/** How many keys are tried for a token that names none. */
const MOST_TRIES = 4

/** Validates an access token (RFC 9068 §4) and reads it. Throws a `Refusal`; what it says of the token is for the log. */
export async function verifyToken(
  credentials: Credentials,
  verifier: Verifier,
  presentation?: Presentation,
): Promise<Access> {
  const { token } = credentials
  const { settings, now, keeping, seen } = verifier
  const { issuer, payload } = (await seen.recall(token, now())) ?? (await verified(token, verifier))
  checkAudience(payload, settings)
  // Each time anew: that a token was seen before says nothing of who shows it now.
  await checkSender(credentials, payload.cnf, presentation, {
    url: settings.resource,
    now: now(),
    keeping,
    senderConstraint: settings.senderConstraint,
  })
  return access(token, issuer, payload, settings)
}

/** Checks issuer, type, signature and times from the start, and remembers a token that is good. */
async function verified(token: string, { settings, keys, now, seen }: Verifier): Promise<Verified> {
  const issuer = trustedIssuer(token, settings)
  const header = readOrRefuse(() => decodeProtectedHeader(token)) as JWTHeaderParameters
  checkType(header, settings)
  let key: unknown
  const find: JWTVerifyGetKey = async (...asked) => {
    const found = await keys(issuer)(...asked)
    key = found
    return found
  }
  const payload = await checkSignature(token, find, {
    issuer,
    algorithms: [...settings.algorithms] as JWSAlgorithm[],
    requiredClaims: ['exp', 'aud', 'sub'],
    clockTolerance: settings.clockToleranceSeconds,
    currentDate: new Date(now() * 1000),
  })
  const good = { issuer, header, payload: frozen(payload), key }
  // Where several keys had to be tried there is none to hold it to.
  if (key !== undefined) seen.remember(token, good)
  return good
}

function access(token: string, issuer: string, payload: JWTPayload, settings: Settings): Access {
  const { sub: subject, exp: expiresAt, grant_id: grantId } = payload
  const clientId = clientOf(payload)
  const granted = scopesOf(payload)
  if (typeof subject !== 'string' || subject === '') refuse(UNKNOWN, 'no_subject')
  if (typeof expiresAt !== 'number' || !Number.isFinite(expiresAt)) refuse(UNKNOWN, 'no_expiry')
  if (clientId === undefined) refuse(UNKNOWN, 'no_client')
  return {
    subject,
    clientId,
    scopes: [...new Set([...granted, ...expandScopes(granted, settings.hierarchy)])],
    authorizationDetails: detailsOf(payload),
    issuer,
    ...(typeof grantId === 'string' ? { grantId } : {}),
    expiresAt,
    token,
    claims: payload,
  }
}

const UNKNOWN = 'The access token is not valid here.'

function trustedIssuer(token: string, { authorizationServers }: Settings): string {
  const issuer = readOrRefuse(() => decodeJwt(token).iss)
  // RFC 9068 §4: exactly the issuer identifier. Nothing is fetched for anybody else.
  return authorizationServers.find((known) => known === issuer) ?? refuse(UNKNOWN, 'foreign_issuer')
}

/** RFC 9068 §4: "at+jwt" or "application/at+jwt", so that no ID token opens the door. */
function checkType({ typ }: JWTHeaderParameters, { acceptPlainJwt }: Settings): void {
  const type = typeof typ === 'string' ? typ.toLowerCase().replace(/^application\//, '') : typ
  if (type === 'at+jwt') return
  if (acceptPlainJwt && (type === undefined || type === 'jwt')) return
  refuse('The token is not an access token (RFC 9068).', 'wrong_type')
}

async function checkSignature(token: string, key: JWTVerifyGetKey, options: JWTVerifyOptions): Promise<JWTPayload> {
  try {
    return (await jwtVerify(token, key, options)).payload
  } catch (error) {
    if (error instanceof errors.JWKSMultipleMatchingKeys) return await tryKeys(token, error, options)
    throw refusalFor(error)
  }
}

/** A token without `kid`, several keys: RFC 9068 allows it. */
async function tryKeys(
  token: string,
  candidates: errors.JWKSMultipleMatchingKeys,
  options: JWTVerifyOptions,
): Promise<JWTPayload> {
  let tries = 0
  for await (const key of candidates) {
    if (++tries > MOST_TRIES) break
    try {
      return (await jwtVerify(token, key, options)).payload
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw refusalFor(error)
    }
  }
  return refuse(UNKNOWN, 'wrong_signature')
}

function refusalFor(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  if (error instanceof errors.JWTExpired) return invalidToken('The access token has expired.', 'expired', error)
  if (error instanceof errors.JWTClaimValidationFailed) {
    const problem = `claim_${error.claim}_${error.reason}`
    return invalidToken(UNKNOWN, CLAIM_PROBLEMS.find((known) => known === problem) ?? 'malformed', error)
  }
  if (error instanceof errors.JOSEError) return invalidToken(UNKNOWN, REASONS[error.code] ?? 'malformed', error)
  // A key source of someone else's, or a key that no library takes: in doubt the door stays shut.
  return invalidToken(UNKNOWN, 'no_usable_key', error)
}

/** What can be wrong with a claim; whoever issued the token is looked at before, and whom it is for after. */
const CLAIM_PROBLEMS: readonly Reason[] = [
  'claim_aud_missing',
  'claim_exp_missing',
  'claim_exp_invalid',
  'claim_iat_invalid',
  'claim_nbf_check_failed',
  'claim_nbf_invalid',
  'claim_sub_missing',
]

const REASONS: Readonly<Record<string, Reason>> = {
  ERR_JOSE_ALG_NOT_ALLOWED: 'algorithm_not_allowed',
  ERR_JOSE_NOT_SUPPORTED: 'not_supported',
  ERR_JWKS_NO_MATCHING_KEY: 'unknown_key',
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: 'wrong_signature',
}

/** RS13: the token names this resource, in either spelling of a bare host (G12). */
function checkAudience({ aud }: JWTPayload, { resource }: Settings): void {
  const audiences: readonly unknown[] = Array.isArray(aud) ? aud : [aud]
  if (audiences.some((audience) => typeof audience === 'string' && sameResource(audience, resource))) return
  refuse('The access token was issued for another resource.', 'foreign_audience')
}

/** `client_id` of RFC 9068; `azp`, `appid` and `cid` of servers which predate it. */
function clientOf(payload: JWTPayload): string | undefined {
  const names = [payload.client_id, payload.azp, payload.appid, payload.cid]
  return names.find((name): name is string => typeof name === 'string' && name !== '')
}

/** `scope` of RFC 9068 §2.2.3, a string; `scp` of others, a string or an array. */
function scopesOf({ scope, scp }: JWTPayload): string[] {
  const claim = scope ?? scp
  if (typeof claim === 'string') return parseScope(claim)
  return Array.isArray(claim) ? claim.filter((name): name is string => typeof name === 'string') : []
}

/** Half understood they could mean anything, so a claim of another shape shuts the door. */
function detailsOf({ authorization_details: claim = [] }: JWTPayload): AuthorizationDetail[] {
  if (Array.isArray(claim) && claim.every(isDetail)) return claim
  return refuse(UNKNOWN, 'authorization_details_malformed')
}

function readOrRefuse<Value>(read: () => Value): Value {
  try {
    return read()
  } catch (error) {
    throw invalidToken(UNKNOWN, 'malformed', error)
  }
}

function refuse(description: string, reason: Reason): never {
  throw invalidToken(description, reason)
}
