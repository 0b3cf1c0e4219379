import { readClientMetadata } from '@doorward/core/oauth/client-metadata'
import { OAuthError } from '@doorward/core/oauth/error'
import type { Reason } from '@doorward/core/oauth/reasons'
import type { StoredClient } from '../../store/store.ts'
import type { AuthorityContext, Visit } from '../context.ts'
import { type Endpoint, OPEN, readJsonBody } from '../http.ts'
import { refused } from '../refused.ts'
import { judgeClientSecret } from '../token/client-secret.ts'
import { movesAway } from './decide.ts'
import { boundedBy, inviteRules, readBearer } from './invited.ts'
import { isManagementToken } from './management-token.ts'
import { isManaged, registrationResponse } from './response.ts'

/** `GET`, `PUT` and `DELETE /register/<id>` (RFC 7592 §2), for clients that were invited or vouched for. */
export const managementEndpoint: Endpoint = async (ctx, request, visit) => {
  try {
    return await manage(ctx, request, visit)
  } catch (error) {
    if (error instanceof OAuthError) ctx.audit({ ...refused('client.refused', error), ...visit })
    throw error
  }
}

async function manage(ctx: AuthorityContext, request: Request, visit: Visit): Promise<Response> {
  const client = await authorized(ctx, request)
  const metadata = client.metadata as unknown as ReturnType<typeof readClientMetadata>
  switch (request.method) {
    case 'GET':
      return registrationResponse(ctx, client, metadata, { status: 200 })
    case 'PUT': {
      const replaced = await replacement(ctx, client, await readJsonBody(request))
      const withdrawApproval = movesAway(client, { ...replaced })
      const verdict = await ctx.store.clients.change(
        client.id,
        { metadata: { ...replaced }, withdrawApproval },
        () => ({ ...visit, type: 'client.changed', outcome: 'allowed', reason: 'client_asked', client: client.id }),
      )
      if (verdict === 'unknown') throw notOfThisClient('Bearer error="invalid_token"')
      return registrationResponse(ctx, { ...client, metadata: { ...replaced } }, replaced, { status: 200 })
    }
    default: {
      const verdict = await ctx.store.clients.remove(client.id, ctx.now(), () => ({
        ...visit,
        type: 'client.removed',
        outcome: 'allowed',
        reason: 'client_asked',
        client: client.id,
      }))
      if (verdict === 'blocked') throw blocked()
      return new Response(null, { status: 204, headers: OPEN })
    }
  }
}

/** RFC 7592 §2: a client that does not exist is answered like a wrong token, so that asking tells nothing. */
async function authorized(ctx: AuthorityContext, request: Request): Promise<StoredClient> {
  // Ids of invited clients need no escapes.
  const id = new URL(request.url).pathname.split('/').at(-1) ?? ''
  const token = readBearer(request)
  const client = token === undefined ? undefined : await ctx.store.clients.find(id)
  if (
    client === undefined ||
    token === undefined ||
    !isManaged(client) ||
    !isManagementToken(ctx.keys.management, client, token)
  ) {
    throw notOfThisClient(token === undefined ? 'Bearer' : 'Bearer error="invalid_token"')
  }
  if (client.blockedAt !== undefined) throw blocked()
  return client
}

function notOfThisClient(challenge: string): OAuthError {
  const description = 'The registration access token is not the one of this client'
  return new OAuthError('invalid_token', description, 'management_token', { detail: { challenge } })
}

function blocked(): OAuthError {
  return new OAuthError('unauthorized_client', 'This application is blocked by the operator', 'client_blocked', {
    status: 403,
  })
}

// RFC 7592 §2.2: what the server gave is not the client's to set.
const NOT_TO_SET = [
  'registration_access_token',
  'registration_client_uri',
  'client_secret_expires_at',
  'client_id_issued_at',
]

async function replacement(ctx: AuthorityContext, client: StoredClient, body: unknown) {
  const fields = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>
  if (fields.client_id !== client.id) refuse('client_id has to be the one of this client', 'management_client_id')
  const wrong = NOT_TO_SET.find((name) => fields[name] !== undefined)
  if (wrong !== undefined) refuse(`${wrong} must not be in the request`, 'management_not_to_set')
  const secret = fields.client_secret
  if (secret !== undefined) {
    const isOwn =
      typeof secret === 'string' && judgeClientSecret(ctx.keys.clientSecret, secret, client, ctx.now()) === 'good'
    if (!isOwn) refuse('client_secret has to be the one in force; a client cannot choose its own', 'management_secret')
  }
  const invite = client.vouchedBy === undefined ? undefined : await ctx.store.invites.find(client.vouchedBy)
  if (invite === undefined) {
    throw new OAuthError(
      'unauthorized_client',
      'The invite of this client is forgotten, and its bounds with it',
      'management_invite_forgotten',
      {
        status: 403,
      },
    )
  }
  return boundedBy(invite, readClientMetadata(fields, inviteRules(ctx, invite)))
}

function refuse(description: string, reason: Reason): never {
  throw new OAuthError('invalid_client_metadata', description, reason)
}
