import { signAccessToken } from '@doorward/core/token/access-token'
import type { AuthorityContext } from '../context.ts'
import { json } from '../http.ts'
import type { Authorization } from './grants/grant.ts'
import { deriveRefreshToken } from './refresh-token.ts'

/** The one mint: an RFC 9068 access token for one audience, and the refresh token that follows from the grant. */
export function issue(ctx: AuthorityContext, now: number, authorization: Authorization): Response {
  const { grantId, userId, clientId, resource, scope, generation } = authorization
  const accessToken = signAccessToken(ctx.keyring.signing, {
    iss: ctx.issuer,
    sub: userId,
    aud: resource,
    client_id: clientId,
    scope,
    iat: now,
    exp: now + ctx.lifetimes.accessToken,
    jti: Buffer.from(ctx.random(16)).toString('base64url'),
    grant_id: grantId,
  })
  return json(200, {
    access_token: accessToken,
    token_type: 'Bearer',
    expires_in: ctx.lifetimes.accessToken,
    refresh_token: deriveRefreshToken(ctx.keys.refreshToken, { grantId, generation }),
    scope,
  })
}
