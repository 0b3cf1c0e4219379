import { type AuthorizationDetail, isDetail } from '@doorward/core/oauth/authorization-details'
import { quoted } from '@doorward/core/oauth/error'
import type { Reason } from '@doorward/core/oauth/reasons'
import { sameResource } from '@doorward/core/oauth/resource-uri'
import { expandScopes, parseScope } from '@doorward/core/oauth/scope'
import type { JWTHeaderParameters, JWTPayload, JWTVerifyGetKey } from 'jose'
import type { Credentials } from './authorization.ts'
import type { ProofRules } from './proof-keeping.ts'
import { invalidToken } from './refusal.ts'
import { checkSender, type Presentation } from './sender.ts'
import type { Settings } from './settings.ts'
import { readToken, verifySigned } from './signed-token.ts'
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
  /** How the token was shown, so that a later refusal speaks to the same client (RFC 9449 §7.1). */
  readonly scheme: Credentials['scheme']
  readonly claims: Readonly<Record<string, unknown>>
}

export interface Verifier {
  readonly settings: Settings
  readonly keys: (issuer: string) => JWTVerifyGetKey
  /** Seconds since 1970. */
  readonly now: () => number
  readonly proofs: ProofRules
  readonly seen: VerifiedTokens
}

/** Validates an access token (RFC 9068 §4) and reads it. Throws a `Refusal`; what it says of the token is for the log. */
export async function verifyToken(
  credentials: Credentials,
  verifier: Verifier,
  presentation?: Presentation,
): Promise<Access> {
  const { token } = credentials
  const { settings, now, proofs, seen } = verifier
  const { issuer, payload } = (await seen.recall(token, now())) ?? (await verified(token, verifier))
  checkAudience(payload, settings)
  // Each time anew: that a token was seen before says nothing of who shows it now.
  await checkSender(credentials, payload.cnf, presentation, {
    url: settings.resource,
    now: now(),
    proofs,
    senderConstraint: settings.senderConstraint,
  })
  return access(credentials, issuer, payload, settings)
}

/** Checks issuer, type, signature and times from the start, and remembers a token that is good. */
async function verified(token: string, { settings, keys, now, seen }: Verifier): Promise<Verified> {
  const unsigned = readToken(token)
  const issuer = trustedIssuer(unsigned.payload, settings)
  checkType(unsigned.header, settings)
  const { header, payload, key } = await verifySigned(unsigned, keys(issuer), settings.algorithms)
  checkClaims(payload, now(), settings.clockToleranceSeconds)
  // Nested more deeply than anybody can walk is malformed, too.
  const good = { issuer, header, payload: readOrRefuse(() => frozen(payload)), key }
  // Where several keys had to be tried there is none to hold it to.
  if (key !== undefined) seen.remember(token, good)
  return good
}

function access({ scheme, token }: Credentials, issuer: string, payload: JWTPayload, settings: Settings): Access {
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
    scheme,
    claims: payload,
  }
}

const UNKNOWN = 'The access token is not valid here.'

function trustedIssuer({ iss: issuer }: JWTPayload, { authorizationServers }: Settings): string {
  // RFC 9068 §4: exactly the issuer identifier. Nothing is fetched for anybody else.
  const known = authorizationServers.find((one) => one === issuer)
  if (known !== undefined) return known
  return refuse(
    UNKNOWN,
    'foreign_issuer',
    `It is of ${told(issuer)}, and authorizationServers has ${told(authorizationServers)}`,
  )
}

/** RFC 9068 §4: "at+jwt" or "application/at+jwt", so that no ID token opens the door. */
function checkType({ typ }: JWTHeaderParameters, { acceptPlainJwt }: Settings): void {
  const type = typeof typ === 'string' ? typ.toLowerCase().replace(/^application\//, '') : typ
  if (type === 'at+jwt') return
  if (acceptPlainJwt && (type === undefined || type === 'jwt')) return
  const hint =
    type === undefined || type === 'jwt' ? '; where the authorization server marks all so, set acceptPlainJwt' : ''
  refuse('The token is not an access token (RFC 9068).', 'wrong_type', `Its typ is ${told(typ)}${hint}`)
}

/** RFC 9068 §4, RFC 7519 §4.1: what has to be there is there, each of its kind, and it counts now. */
function checkClaims({ sub, aud, exp, iat, nbf }: JWTPayload, now: number, toleranceSeconds: number): void {
  if (sub === undefined) refuse(UNKNOWN, 'claim_sub_missing')
  if (aud === undefined) refuse(UNKNOWN, 'claim_aud_missing')
  if (exp === undefined) refuse(UNKNOWN, 'claim_exp_missing')
  if (iat !== undefined && typeof iat !== 'number') refuse(UNKNOWN, 'claim_iat_invalid')
  if (nbf !== undefined && typeof nbf !== 'number') refuse(UNKNOWN, 'claim_nbf_invalid')
  // So that a clock that says nothing opens nothing.
  // By how much, here and below, since a clock that is wrong by a quarter of an hour looks like this.
  if (nbf !== undefined && !(nbf <= now + toleranceSeconds))
    refuse(
      `The access token is not good for another ${Math.round(nbf - now)} seconds, by the clock here.`,
      'claim_nbf_check_failed',
    )
  if (typeof exp !== 'number') refuse(UNKNOWN, 'claim_exp_invalid')
  if (!(exp > now - toleranceSeconds))
    refuse(`The access token has expired ${Math.round(now - exp)} seconds ago, by the clock here.`, 'expired')
}

/** RS13: the token names this resource, in either spelling of a bare host (G12). */
function checkAudience({ aud }: JWTPayload, { resource }: Settings): void {
  const audiences: readonly unknown[] = Array.isArray(aud) ? aud : [aud]
  if (audiences.some((audience) => typeof audience === 'string' && sameResource(audience, resource))) return
  refuse(
    'The access token was issued for another resource.',
    'foreign_audience',
    `It is for ${told(aud)}, and this is ${told(resource)}`,
  )
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

/** What the token says, for the log of whoever compares it with their settings: it is a stranger's word, so short and in one line. */
function told(claim: unknown): string {
  const words: unknown[] = Array.isArray(claim) ? claim.slice(0, MOST_TOLD) : [claim]
  if (words.length === 0 || claim === undefined) return 'nothing'
  return words.map((word) => (typeof word === 'string' ? quoted(word) : `no text (${typeof word})`)).join(', ')
}

const MOST_TOLD = 5

function refuse(description: string, reason: Reason, cause?: string): never {
  throw invalidToken(description, reason, cause)
}
