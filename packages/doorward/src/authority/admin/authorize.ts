import { OAuthError } from '@doorward/core/oauth/error'
import { decodeProtectedHeader, jwtVerify } from 'jose'
import type { AuthorityContext, ResourceSettings } from '../context.ts'
import { readBearer } from '../registration/invited.ts'

export const ADMIN_SCOPE = 'doorward:admin'

/** The admin API as a resource that tokens can be issued for. It is served to operators only and listed nowhere. */
export function adminResource(issuer: string): ResourceSettings {
  return {
    uri: `${issuer}/admin/api`,
    name: 'The administration of this server',
    scopes: {
      [ADMIN_SCOPE]: { description: 'Admit, register, block and invite applications, as an operator of this server' },
    },
    defaultScopes: [ADMIN_SCOPE],
  }
}

/**
 * The operator behind a request. The grant and the person are looked up each time: who is no operator any more, or took the
 * grant back, is refused at once.
 * @throws OAuthError `invalid_token` (401) or `insufficient_scope` (403), with the challenge of RFC 9728 §5.1.
 */
export async function authorizeOperator(ctx: AuthorityContext, request: Request): Promise<string> {
  const metadata = `${new URL(ctx.issuer).origin}/.well-known/oauth-protected-resource${new URL(ctx.admin.uri).pathname}`
  const challenge = (rest: string) => ({
    detail: { challenge: `Bearer ${rest}resource_metadata="${metadata}", scope="${ADMIN_SCOPE}"` },
  })
  const token = readBearer(request)
  if (token === undefined) {
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
  let claims: Record<string, unknown>
  try {
    const key = ctx.keyring.publicKey(String(decodeProtectedHeader(token).kid))
    if (key === undefined) throw bad
    const options = { issuer: ctx.issuer, audience: ctx.admin.uri, typ: 'at+jwt', currentDate: ctx.dateOf(ctx.now()) }
    claims = (await jwtVerify(token, key, { ...options, algorithms: [...ctx.keyring.algorithms] })).payload
  } catch {
    throw bad
  }
  const grant = await ctx.store.grants.find(String(claims.grant_id))
  const user = grant === undefined ? undefined : await ctx.store.users.byId(grant.userId)
  const isGood = grant?.revokedAt === undefined && grant?.clientBlocked === false && user?.disabledAt === undefined
  if (!isGood || user === undefined) throw bad
  if (!user.operator || !String(claims.scope).split(' ').includes(ADMIN_SCOPE)) {
    throw new OAuthError(
      'insufficient_scope',
      'This API is for operators',
      'admin_not_an_operator',
      challenge('error="insufficient_scope", '),
    )
  }
  return user.id
}
