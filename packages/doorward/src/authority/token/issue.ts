import { signAccessToken } from '@doorward/core/token/access-token'
import type { AuthorityContext } from '../context.ts'
import { json } from '../http.ts'
import type { Authorization } from './grants/grant.ts'
import { deriveRefreshToken } from './refresh-token.ts'

/** The one mint: an RFC 9068 access token for one audience, and the refresh token that follows from the grant, if any does. */
export function issue(
  ctx: AuthorityContext,
  now: number,
  authorization: Authorization,
  headers: Readonly<Record<string, string>>,
): Response {
  const {
    grantId,
    userId,
    clientId,
    resource,
    scope,
    authorizationDetails,
    generation,
    sender,
    actor,
    signIn,
    issuedTokenType,
  } = authorization
  // A token that cannot be replayed may live longer: that is what a client gains from a key.
  const longest = sender === undefined ? ctx.lifetimes.accessToken : ctx.lifetimes.boundAccessToken
  const lifetime = Math.min(longest, (authorization.notAfter ?? Number.POSITIVE_INFINITY) - now)
  // What is undefined, JSON leaves out.
  const accessToken = signAccessToken(ctx.keyring.signing, {
    iss: ctx.issuer,
    sub: userId,
    aud: resource,
    client_id: clientId,
    scope,
    // A grant that was narrowed a moment ago voids what was issued in the same second.
    iat: Math.max(now, authorization.notBefore ?? 0),
    exp: now + lifetime,
    jti: Buffer.from(ctx.random(16)).toString('base64url'),
    grant_id: grantId,
    authorization_details: authorizationDetails,
    ...signIn,
    cnf: sender?.confirmation,
    act: actor,
  })
  const body = {
    access_token: accessToken,
    issued_token_type: issuedTokenType,
    token_type: sender?.tokenType ?? 'Bearer',
    expires_in: lifetime,
    refresh_token:
      generation === undefined ? undefined : deriveRefreshToken(ctx.keys.refreshToken, { grantId, generation }),
    scope,
    // RFC 9396 §7, §9.1: what was granted in detail, for the client and for the resource alike.
    authorization_details: authorizationDetails,
  }
  return json(200, body, headers)
}
