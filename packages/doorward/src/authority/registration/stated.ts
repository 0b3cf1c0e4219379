import type { AuditEvent } from '@doorward/core/kernel/audit'
import { sha256 } from '@doorward/core/kernel/digest'
import { ASSERTION_ALGORITHMS } from '@doorward/core/oauth/client-keys'
import { type ClientMetadata, readClientMetadata } from '@doorward/core/oauth/client-metadata'
import { OAuthError, quoted } from '@doorward/core/oauth/error'
import type { Reason } from '@doorward/core/oauth/reasons'
import { hostOrScheme } from '@doorward/core/oauth/redirect-uri'
import type { JSONWebKeySet, JWTPayload } from 'jose'
import * as errors from 'jose/errors'
import { decodeJwt } from 'jose/jwt/decode'
import { jwtVerify } from 'jose/jwt/verify'
import type { StoredClient } from '../../store/store.ts'
import type { AuthorityContext, Visit } from '../context.ts'
import { metadataRules } from '../context.ts'
import { limitNew } from '../limits.ts'
import { KeysUnavailable, withKeys } from '../token/key-sets.ts'
import { deniedBy, isAt, movesAway, notAdmitted } from './decide.ts'
import { policyNow } from './policy-now.ts'
import { registrationResponse } from './response.ts'
import { tellOfResemblance } from './suspicion.ts'

/** Somebody whose signature on a software statement is believed. */
export interface StatementIssuer {
  /** The `iss` of its statements; or a domain, whose every https issuer is believed. */
  readonly issuer?: string
  /** `vendor.example`, or `*.vendor.example` for every name below. The keys are at `/.well-known/jwks.json` of the issuer. */
  readonly domain?: string
  readonly jwksUri?: string
  readonly jwks?: JSONWebKeySet
  readonly algorithms?: readonly string[]
  readonly softwareIds?: readonly string[]
  readonly redirectHosts?: readonly string[]
  /** Whether a statement registers one client only; otherwise every copy of the software may present the same one. */
  readonly singleUse?: boolean
}

type KnownIssuer = StatementIssuer & { readonly issuer: string }

const LONGEST = 16_384
const SKEW_SECONDS = 30
const MARK_SECONDS = 365 * 86_400
/** What a request may say beside the statement. */
const OF_THE_COPY = ['scope', 'software_version', 'contacts']
/** Claims that speak of the statement and not of the client (RFC 7519 §4.1). */
const OF_THE_STATEMENT = new Set(['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti'])

/**
 * Registers with a software statement (RFC 7591 §2.3, §3.1.1): what its issuer signed stands above what the request says,
 * and one software of one issuer is one client, however often it asks.
 * @throws OAuthError `unapproved_software_statement` where nobody here trusts the issuer, `invalid_software_statement` for
 * everything else that is wrong with it.
 */
export async function registerStated(ctx: AuthorityContext, visit: Visit, body: unknown): Promise<Response> {
  const fields = body as Record<string, unknown>
  const statement = fields.software_statement
  if (typeof statement !== 'string' || statement.length > LONGEST) invalid('It has to be a JWT', 'statement_malformed')
  const { issuer, claims } = await verified(ctx, visit, statement)
  const signed = Object.fromEntries(Object.entries(claims).filter(([name]) => !OF_THE_STATEMENT.has(name)))
  // Any other JWT of the same issuer, an ID token for instance, says nothing of software.
  if (typeof signed.software_id !== 'string' || signed.software_id === '')
    invalid('It names no software_id', 'statement_no_software')
  if (signed.redirect_uris === undefined) invalid('It names no redirect_uris', 'statement_no_redirects')
  // §2.3: "the values conveyed in the software statement MUST take precedence over those conveyed using plain JSON elements".
  // What makes the client what it is has to be signed; a copy of the software may add what concerns the copy.
  const own = Object.fromEntries(
    OF_THE_COPY.flatMap((name) => (fields[name] === undefined ? [] : [[name, fields[name]]])),
  )
  // Who is trusted with some hosts is not trusted with any device.
  const rules =
    issuer.redirectHosts === undefined ? metadataRules(ctx) : { ...metadataRules(ctx), deviceAuthorization: false }
  const vouched = { token_endpoint_auth_method: 'none', ...signed }
  const metadata = readClientMetadata({ ...own, ...vouched }, rules)
  checkBounds(issuer, metadata)
  // All copies share what is kept, and the statement may be public: what one of them says of itself binds no other. Scopes that nobody signed
  // bound nobody.
  const unsigned = signed.scope === undefined ? { scope: '' } : {}
  const shared = { ...readClientMetadata(vouched, rules), ...unsigned }
  const identity = JSON.stringify([issuer.issuer, metadata.software_id])
  const client: StoredClient = {
    id: `dwv_${sha256(identity).slice(0, 22)}`,
    assurance: 'statement',
    metadata: shared,
    createdAt: ctx.now(),
    secretsNotBefore: 0,
    vouchedBy: issuer.issuer,
    fetchedAt: claims.iat === undefined ? undefined : Math.floor(claims.iat),
  }
  const denied = deniedBy(await policyNow(ctx), client)
  if (denied !== undefined) throw notAdmitted(denied)
  const known = await ctx.store.clients.find(client.id)
  if (known === undefined) limitNew(ctx, visit, ctx.now())
  await claimOnce(ctx, issuer, claims, statement)
  if (known?.blockedAt !== undefined) {
    throw new OAuthError('unauthorized_client', 'This application is blocked by the operator', 'client_blocked', {
      status: 403,
    })
  }
  await keep(ctx, visit, client, known)
  tellOfResemblance(ctx, visit, client)
  return registrationResponse(ctx, known ?? client, metadata, { statement })
}

async function verified(
  ctx: AuthorityContext,
  visit: Visit,
  statement: string,
): Promise<{ issuer: KnownIssuer; claims: JWTPayload }> {
  let named: string | undefined
  try {
    named = decodeJwt(statement).iss
  } catch {
    invalid('It is not a JWT', 'statement_malformed')
  }
  const trusted = ctx.registration.statementIssuers.find((candidate) => isTrusted(candidate, named))
  if (trusted === undefined || named === undefined) {
    throw new OAuthError(
      'unapproved_software_statement',
      named === undefined
        ? 'The software statement names no issuer'
        : `Software statements of ${quoted(named)} are not trusted here`,
      'statement_issuer_unknown',
    )
  }
  const now = ctx.now()
  const issuer = { ...trusted, issuer: named }
  try {
    const jwks_uri = issuer.jwksUri ?? `${new URL(named).origin}/.well-known/jwks.json`
    const { payload } = await withKeys(ctx, visit, { jwks: issuer.jwks, jwks_uri }, (keys) =>
      jwtVerify(statement, keys, {
        issuer: issuer.issuer,
        algorithms: [...(issuer.algorithms ?? ASSERTION_ALGORITHMS)],
        clockTolerance: SKEW_SECONDS,
        currentDate: ctx.dateOf(now),
      }),
    )
    if (payload.iat !== undefined && payload.iat > now + SKEW_SECONDS)
      invalid('It was issued in the future', 'statement_from_the_future')
    return { issuer, claims: payload }
  } catch (error) {
    if (error instanceof OAuthError) throw error
    if (error instanceof errors.JWTExpired) invalid('It has expired', 'statement_expired')
    if (error instanceof errors.JOSEAlgNotAllowed)
      invalid('It is signed with an algorithm that is not allowed', 'statement_algorithm')
    if (error instanceof errors.JWTClaimValidationFailed)
      invalid(`Its claim ${error.claim} is not good`, 'statement_claim')
    if (error instanceof errors.JOSEError) invalid('Its signature is not the one of its issuer', 'statement_signature')
    if (!(error instanceof KeysUnavailable)) throw error
    throw new OAuthError(
      'temporarily_unavailable',
      'The keys of the issuer of the software statement cannot be fetched',
      'statement_keys_unavailable',
    )
  }
}

/** A domain speaks for its own https issuers, and its keys are fetched from it through the guarded door. */
function isTrusted({ issuer, domain }: StatementIssuer, named: string | undefined): boolean {
  if (named === undefined) return false
  if (domain === undefined) return issuer === named
  const url = URL.parse(named)
  if (url === null || url.protocol !== 'https:' || url.origin !== named.slice(0, url.origin.length)) return false
  return isAt(domain, url.hostname)
}

function checkBounds(issuer: KnownIssuer, metadata: ClientMetadata): void {
  if (issuer.softwareIds !== undefined && !issuer.softwareIds.includes(metadata.software_id ?? '')) {
    throw new OAuthError(
      'unapproved_software_statement',
      `${issuer.issuer} is not trusted to vouch for software ${quoted(metadata.software_id ?? '(none)')}`,
      'statement_software_id',
    )
  }
  const stray = metadata.redirect_uris.find((uri) => issuer.redirectHosts?.includes(hostOrScheme(uri)) === false)
  if (stray !== undefined) {
    throw new OAuthError(
      'invalid_redirect_uri',
      `${issuer.issuer} is not trusted to vouch for redirect URI ${quoted(stray)}`,
      'statement_redirect_host',
    )
  }
}

/** A `jti` stands for one statement. Seen with another it is a forgery or a mistake; seen again, it is a copy. */
async function claimOnce(
  ctx: AuthorityContext,
  issuer: KnownIssuer,
  claims: JWTPayload,
  statement: string,
): Promise<void> {
  if (claims.jti === undefined) {
    if (issuer.singleUse === true)
      invalid('It has no jti, and its issuer makes each for one use', 'statement_jti_missing')
    return
  }
  const until = (claims.exp ?? ctx.now() + MARK_SECONDS) + SKEW_SECONDS
  const verdict = await ctx.store.claims.claim(
    `statement ${sha256(JSON.stringify([issuer.issuer, claims.jti]))}`,
    until,
    sha256(statement),
  )
  if (verdict === 'other' || (verdict === 'again' && issuer.singleUse === true))
    invalid('It was used before', 'statement_replayed')
}

/**
 * A newer statement of the same software changes its client; the same one again changes nothing, and neither does an older one: each copy
 * of an old release shows it for as long as it is used.
 */
async function keep(
  ctx: AuthorityContext,
  visit: Visit,
  client: StoredClient,
  known: StoredClient | undefined,
): Promise<void> {
  if (known === undefined) {
    await ctx.store.clients.put(client, () => ({
      type: 'client.registered',
      outcome: 'allowed',
      reason: 'software_statement',
      client: client.id,
      ...visit,
      detail: { issuer: client.vouchedBy ?? '' },
    }))
    return
  }
  const { metadata, fetchedAt } = client
  const isSame = JSON.stringify(known.metadata) === JSON.stringify(metadata)
  if (isSame && known.fetchedAt === fetchedAt) return
  // One that does not say when it was made is newer than none that does.
  if (fetchedAt === undefined && known.fetchedAt !== undefined) return
  const withdrawApproval = movesAway(known, client.metadata)
  const times = fetchedAt === undefined ? {} : { fetchedAt }
  const changed: AuditEvent = {
    type: 'client.changed',
    outcome: 'allowed',
    reason: 'software_statement',
    client: client.id,
    ...visit,
  }
  await ctx.store.clients.change(client.id, { metadata, withdrawApproval, ...times }, () =>
    isSame ? undefined : changed,
  )
}

function invalid(words: string, reason: Reason): never {
  throw new OAuthError('invalid_software_statement', `The software statement is not good. ${words}`, reason)
}
