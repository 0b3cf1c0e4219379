import { OAuthError } from '@doorward/core/oauth/error'
import type { AuthorityContext } from './context.ts'
import { type Endpoint, OPEN, readFormBody } from './http.ts'
import { refused } from './refused.ts'
import { authenticateClient, claimedClient } from './token/authenticate-client.ts'
import { readAccessToken } from './token/own-access-token.ts'
import { readRefreshToken } from './token/refresh-token.ts'

/**
 * `POST /revoke` (RFC 7009 §2). Either token of a grant ends the whole grant. A token that is unknown, foreign or
 * malformed is answered with 200 as well: it is not good here, which is what the client wanted.
 */
export const revocationEndpoint: Endpoint = async (ctx, request, visit) => {
  let clientId: string | undefined
  try {
    const form = await readFormBody(request)
    clientId = claimedClient(request, form)
    const token = form.require('token')
    const client = await authenticateClient(ctx, request, visit, form)
    const grantId = await grantOf(ctx, token)
    const grant = grantId === undefined ? undefined : await ctx.store.grants.find(grantId)
    if (grant === undefined) return new Response(null, { status: 200, headers: OPEN })
    // RFC 7009 §2.1: "verifies whether the token was issued to the client making the revocation request".
    if (grant.clientId !== client.id) {
      throw new OAuthError('invalid_grant', 'The token was issued to another client', 'token_of_another_client')
    }
    await ctx.store.grants.revoke(grant.id, { now: ctx.now(), reason: 'client_revoked' }, () => ({
      type: 'grant.revoked',
      outcome: 'allowed',
      reason: 'client_revoked',
      ...visit,
      actor: grant.userId,
      client: client.id,
      resource: grant.resource,
      grant: grant.id,
    }))
    return new Response(null, { status: 200, headers: OPEN })
  } catch (error) {
    if (error instanceof OAuthError) {
      ctx.audit({ ...refused('revocation.refused', error), ...visit, client: clientId })
    }
    throw error
  }
}

async function grantOf(ctx: AuthorityContext, token: string): Promise<string | undefined> {
  const refresh = readRefreshToken(ctx.keys.refreshToken, token)
  if (refresh !== undefined) return refresh.grantId
  // An expired token still names its grant, and the client still wants it gone.
  return (await readAccessToken(ctx, token, 0))?.grant_id
}
