import { judgeProof, PROOF_ALGORITHMS } from '@doorward/core/dpop/proof'
import { OAuthError } from '@doorward/core/oauth/error'
import { parseScope } from '@doorward/core/oauth/scope'
import type { AuthorityContext } from '../context.ts'
import { signaturesOf } from '../registration/signatures.ts'
import { requireNonce } from '../token/constraints/dpop.ts'
import { type OwnClaims, readAccessToken } from '../token/own-access-token.ts'
import { tokenStanding } from '../token/token-standing.ts'
import type { Operator, Permission } from './permissions.ts'

/**
 * The operator behind a request. The grant and the person are looked up each time: who is no operator any more, or took the
 * grant back, is refused at once.
 * @param needed what the challenge tells a client to ask for
 * @throws OAuthError `invalid_token` (401) or `insufficient_scope` (403), with the challenge of RFC 9728 §5.1.
 */
export async function authorizeOperator(
  ctx: AuthorityContext,
  request: Request,
  needed: Permission,
): Promise<Operator> {
  const challenge = (rest: string) => ({ detail: { challenge: challengeOf(ctx, request, rest, needed) } })
  const presented = /^(bearer|dpop) +([A-Za-z0-9._~+/-]+=*) *$/i.exec(request.headers.get('authorization') ?? '')
  if (presented === null) {
    throw new OAuthError(
      'invalid_token',
      'An access token for this API is missing',
      'admin_token_missing',
      challenge(''),
    )
  }
  const bad = new OAuthError(
    'invalid_token',
    'The access token is not good for this API',
    'admin_token',
    challenge('error="invalid_token", '),
  )
  const [, scheme = '', token = ''] = presented
  const claims = await readAccessToken(ctx, token, ctx.now())
  if (claims?.aud !== ctx.admin.uri) throw bad
  const nonceNeeded = () => challenge('error="use_dpop_nonce", ').detail
  if (!(await isFromItsSender(ctx, request, scheme.toLowerCase(), token, claims, nonceNeeded))) throw bad
  const grant = await ctx.store.grants.find(claims.grant_id)
  const user = grant === undefined ? undefined : await ctx.store.users.byId(grant.userId)
  const isGood = tokenStanding(grant, claims.iat, ctx.now()) === 'live' && user?.disabledAt === undefined
  if (!isGood || user === undefined) throw bad
  if (!user.operator) {
    throw new OAuthError(
      'insufficient_scope',
      'This API is for operators',
      'admin_not_an_operator',
      challenge('error="insufficient_scope", '),
    )
  }
  return { id: user.id, permissions: parseScope(claims.scope) }
}

/** A refusal for want of a permission tells what to ask for (RFC 6750 §3.1); others stay as they are. */
export function withChallenge(ctx: AuthorityContext, request: Request, error: OAuthError): OAuthError {
  const needed = error.detail?.scope
  if (error.reason !== 'admin_permission' || needed === undefined) return error
  const challenge = challengeOf(ctx, request, 'error="insufficient_scope", ', needed)
  return new OAuthError(error.code, error.description, error.reason, { detail: { ...error.detail, challenge } })
}

/** For the scheme that was tried, as at any resource (RFC 9449 §7.1). */
function challengeOf(ctx: AuthorityContext, request: Request, rest: string, needed: string): string {
  const metadata = `${new URL(ctx.issuer).origin}/.well-known/oauth-protected-resource${new URL(ctx.admin.uri).pathname}`
  const about = `${rest}resource_metadata="${metadata}", scope="${needed}"`
  const isDpop = /^dpop(?: |$)/i.test(request.headers.get('authorization') ?? '')
  return isDpop ? `DPoP ${about}, algs="${signaturesOf(ctx.policy, PROOF_ALGORITHMS).join(' ')}"` : `Bearer ${about}`
}

/**
 * RFC 9449 §7.2: a token that is bound to a key is good with a fresh proof of that key, and never as a bearer token. RFC 8705 §3:
 * one that is bound to a certificate is good on a connection with it.
 */
async function isFromItsSender(
  ctx: AuthorityContext,
  request: Request,
  scheme: string,
  accessToken: string,
  { cnf }: OwnClaims,
  nonceNeeded: () => Readonly<Record<string, string>>,
): Promise<boolean> {
  if (cnf === undefined) return scheme === 'bearer'
  const x5t = cnf['x5t#S256']
  if (x5t !== undefined) return scheme === 'bearer' && ctx.certificateOf(request)?.thumbprint === x5t
  if (scheme !== 'dpop' || cnf.jkt === undefined) return false
  const now = ctx.now()
  const url = `${new URL(ctx.issuer).origin}${new URL(request.url).pathname}`
  const judged = judgeProof(request.headers.get('dpop') ?? '', {
    method: request.method,
    url,
    now,
    algorithms: signaturesOf(ctx.policy, PROOF_ALGORITHMS),
    accessToken,
    thumbprint: cnf.jkt,
  })
  if (judged.verdict === 'bad') return false
  // §9: a proof that somebody made ahead of time, with a key that they had for a moment, is none where nonces are asked for.
  requireNonce(ctx, judged.proof.nonce, now, { status: 401, detail: nonceNeeded() })
  return (await ctx.store.claims.claim(`dpop ${judged.proof.replayKey}`, judged.proof.until)) === 'first'
}
