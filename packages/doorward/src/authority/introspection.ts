import { OAuthError } from '@doorward/core/oauth/error'
import { signJwt } from '@doorward/core/token/sign-jwt'
import type { StoredClient } from '../store/store.ts'
import type { AuthorityContext } from './context.ts'
import { type Endpoint, json, NO_STORE, readFormBody } from './http.ts'
import { refused } from './refused.ts'
import { authenticateClient, challengeFor, claimedClient } from './token/authenticate-client.ts'
import { detailsLeft } from './token/grants/rules.ts'
import { readAccessToken } from './token/own-access-token.ts'
import { isProven } from './token/proven.ts'
import { readRefreshToken } from './token/refresh-token.ts'
import { tokenStanding } from './token/token-standing.ts'

type Answer = { readonly active: false } | ({ readonly active: true } & Readonly<Record<string, unknown>>)

const JWT_ANSWER = 'application/token-introspection+jwt'
const INACTIVE: Answer = { active: false }

/**
 * `POST /introspect` (RFC 7662 §2). A caller is told of its own tokens and, where it is an MCP server, of those that are for it. Of
 * every other token it is told what it is told of nonsense: that it is not active (§4).
 */
export const introspectionEndpoint: Endpoint = async (ctx, request, visit) => {
  let clientId: string | undefined
  try {
    const form = await readFormBody(request)
    clientId = claimedClient(request, form)
    const token = form.require('token')
    // An operator names a server by its id, which may be the address of its document; nobody else makes us fetch one here.
    const documents = ctx.resources.some(({ servers }) => servers?.includes(clientId ?? '') === true)
    const client = await authenticateClient(ctx, request, visit, form, { documents })
    clientId = client.id
    // §2.1: "the endpoint MUST also require some form of authorization", and a name alone is none.
    if (!isProven(client)) {
      throw new OAuthError(
        'invalid_client',
        'Introspection is for clients that prove who they are',
        'introspection_unproven',
        { detail: challengeFor(request.headers.get('authorization')) },
      )
    }
    const answer = await describe(ctx, client, token)
    return wantsJwt(request) ? signed(ctx, client, answer) : json(200, answer)
  } catch (error) {
    if (error instanceof OAuthError)
      ctx.audit({ ...refused('introspection.refused', error), ...visit, client: clientId })
    throw error
  }
}

async function describe(ctx: AuthorityContext, client: StoredClient, token: string): Promise<Answer> {
  const now = ctx.now()
  const refresh = readRefreshToken(ctx.keys.refreshToken, token)
  const claims = refresh === undefined ? await readAccessToken(ctx, token, now) : undefined
  const grantId = refresh?.grantId ?? claims?.grant_id
  const grant = grantId === undefined ? undefined : await ctx.store.grants.find(grantId)
  // A refresh token is never outdated: it is what a client gets a newer access token by.
  if (grant === undefined || tokenStanding(grant, claims?.iat ?? Number.POSITIVE_INFINITY, now) !== 'live')
    return INACTIVE
  if (refresh !== undefined) {
    const isCurrent = refresh.generation === grant.generation && grant.expiresAt > now
    if (!isCurrent || grant.clientId !== client.id) return INACTIVE
    return {
      active: true,
      iss: ctx.issuer,
      sub: grant.userId,
      client_id: grant.clientId,
      scope: grant.scope,
      authorization_details: detailsLeft(ctx, grant),
      exp: grant.expiresAt,
      iat: grant.rotatedAt ?? grant.openedAt,
    }
  }
  if (claims === undefined) return INACTIVE
  const isServer = ctx.resources.some(({ uri, servers }) => uri === claims.aud && servers?.includes(client.id) === true)
  if (claims.client_id !== client.id && !isServer) return INACTIVE
  const {
    iss,
    sub,
    aud,
    client_id,
    scope,
    authorization_details: details,
    exp,
    iat,
    jti,
    cnf,
    act,
    auth_time,
    acr,
    amr,
  } = { iss: ctx.issuer, ...claims }
  return {
    active: true,
    token_type: cnf?.jkt === undefined ? 'Bearer' : 'DPoP',
    // What is undefined, JSON leaves out.
    ...{ iss, sub, aud, client_id, scope, exp, iat, jti },
    // RFC 9396 §9.2.
    authorization_details: details,
    // RFC 9470 §6.2, for servers that ask who they serve to sign in anew.
    ...{ auth_time, acr, amr },
    ...{ cnf, act },
  }
}

function wantsJwt(request: Request): boolean {
  return (request.headers.get('accept') ?? '').split(',').some((type) => type.split(';')[0]?.trim() === JWT_ANSWER)
}

/** RFC 9701 §5: for the caller and nobody else, in a place where it cannot be taken for an access token. */
function signed(ctx: AuthorityContext, client: StoredClient, answer: Answer): Response {
  const claims = { iss: ctx.issuer, aud: client.id, iat: ctx.now(), token_introspection: answer }
  return new Response(signJwt(ctx.keyring.signing, 'token-introspection+jwt', claims), {
    headers: { ...NO_STORE, 'content-type': JWT_ANSWER },
  })
}
