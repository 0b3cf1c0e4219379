import { isClientIdUrl } from '@doorward/core/oauth/client-id-url'
import { readClientMetadata } from '@doorward/core/oauth/client-metadata'
import { OAuthError } from '@doorward/core/oauth/error'
import type { Reason } from '@doorward/core/oauth/reasons'
import type { StoredClient } from '../../store/store.ts'
import type { AuthorityContext, Visit } from '../context.ts'
import { metadataRules } from '../context.ts'
import { type Endpoint, json, NO_STORE, readJsonBody } from '../http.ts'
import { isKeptForSubjects, timeOrderedId } from '../ids.ts'
import { refused } from '../refused.ts'
import { inviteToken } from '../registration/invite-token.ts'
import { registrationResponse } from '../registration/response.ts'
import { ADMIN_SCOPE, authorizeOperator } from './authorize.ts'

interface Call {
  readonly ctx: AuthorityContext
  readonly visit: Visit
  /** The operator. */
  readonly by: string
  /** What stands in the path, decoded. */
  readonly id: string
  readonly body: () => Promise<Record<string, unknown>>
}

type Action = (call: Call) => Promise<Response>

/** Everything that can be done, by method and path below `/admin/api`; `*` stands for one id. */
export const ADMIN_ACTIONS: Readonly<Record<string, Action>> = {
  'GET /clients': async ({ ctx }) => json(200, { clients: await ctx.store.clients.list() }),
  'POST /clients': addClient,
  'GET /clients/*': async ({ ctx, id }) => json(200, (await ctx.store.clients.find(id)) ?? unknown('application', id)),
  'DELETE /clients/*': removeClient,
  'POST /clients/*/approve': approveClient,
  'POST /clients/*/block': (call) => blockClient(call, call.ctx.now()),
  'POST /clients/*/unblock': (call) => blockClient(call, undefined),
  'GET /invites': async ({ ctx }) => json(200, { invites: await ctx.store.invites.list() }),
  'POST /invites': addInvite,
  'DELETE /invites/*': revokeInvite,
}

const DAY = 86_400

/** The admin API. No action runs before an operator's token was seen. */
export const adminEndpoint: Endpoint = async (ctx, request, visit) => {
  try {
    const by = await authorizeOperator(ctx, request)
    const path = new URL(request.url).pathname.slice(new URL(ctx.admin.uri).pathname.length)
    const [, kind = '', id, verb] = path.split('/')
    const pattern = [`/${kind}`, ...(id === undefined ? [] : ['*']), ...(verb === undefined ? [] : [verb])].join('/')
    const action = ADMIN_ACTIONS[`${request.method} ${pattern}`]
    if (action === undefined || path.split('/').length > 4) {
      throw new OAuthError('invalid_request', `There is no ${request.method} ${pattern} here`, 'admin_nothing_here', {
        status: 404,
      })
    }
    return await action({ ctx, visit, by, id: decoded(id), body: async () => objectOf(await readJsonBody(request)) })
  } catch (error) {
    if (error instanceof OAuthError) ctx.audit({ ...refused('request.refused', error), ...visit })
    throw error
  }
}

async function addClient({ ctx, visit, by, body }: Call): Promise<Response> {
  const { client_id, ...fields } = await body()
  const uris = Array.isArray(fields.redirect_uris) ? (fields.redirect_uris as unknown[]) : []
  const schemes = uris.map((uri) => String(uri).split(':')[0]?.toLowerCase() ?? '')
  const rules = {
    ...metadataRules(ctx),
    scopes: [...metadataRules(ctx).scopes, ADMIN_SCOPE],
    defaultScopes: [],
    redirectSchemes: schemes,
    clientCredentials: true,
  }
  const asked = typeof fields.scope === 'string' ? fields.scope.split(' ').filter((scope) => scope !== '') : []
  const strange = asked.find((scope) => !rules.scopes.includes(scope) && scope !== ADMIN_SCOPE)
  // Left out, it would be no bound at all.
  if (strange !== undefined)
    refuse(`scope names '${strange.slice(0, 80)}', which nothing here knows`, 'admin_scope_unknown')
  const metadata = readClientMetadata({ token_endpoint_auth_method: 'none', ...fields }, rules)
  const id = client_id === undefined ? `dwo_${Buffer.from(ctx.random(12)).toString('base64url')}` : client_id
  if (typeof id !== 'string' || !/^[\x21-\x7e]{1,200}$/.test(id))
    refuse('client_id has to be printable and without spaces', 'admin_client_id')
  if (isKeptForSubjects(id)) refuse('client_id begins like the id of a person or workload', 'admin_client_id')
  const client: StoredClient = {
    id,
    assurance: 'operator',
    metadata: { ...metadata },
    createdAt: ctx.now(),
    secretsNotBefore: 0,
  }
  const verdict = await ctx.store.clients.put(client, (outcome) =>
    outcome === 'new'
      ? { type: 'client.added', outcome: 'allowed', reason: 'operator_asked', ...visit, actor: by, client: id }
      : undefined,
  )
  if (verdict === 'known') {
    throw new OAuthError('invalid_request', `There is a client '${id}' already`, 'admin_client_taken', { status: 409 })
  }
  return registrationResponse(ctx, client, metadata)
}

async function removeClient({ ctx, visit, by, id }: Call): Promise<Response> {
  const found = (await ctx.store.clients.find(id)) ?? unknown('application', id)
  if (found.blockedAt !== undefined) {
    throw new OAuthError(
      'invalid_request',
      'A blocked application has to stay remembered; unblock it first',
      'admin_client_blocked',
      { status: 409 },
    )
  }
  await ctx.store.clients.remove(id, ctx.now(), () => ({
    type: 'client.removed',
    outcome: 'allowed',
    reason: 'operator_asked',
    ...visit,
    actor: by,
    client: id,
  }))
  return new Response(null, { status: 204, headers: NO_STORE })
}

async function approveClient({ ctx, visit, by, id }: Call): Promise<Response> {
  const verdict = await ctx.store.clients.approve(id, { now: ctx.now(), by }, (outcome) =>
    outcome === 'done'
      ? { type: 'client.approved', outcome: 'allowed', reason: 'operator_asked', ...visit, actor: by, client: id }
      : undefined,
  )
  if (verdict === 'unknown') unknown('application', id)
  return json(200, { id, approved: true })
}

async function blockClient({ ctx, visit, by, id }: Call, at: number | undefined): Promise<Response> {
  const type = at === undefined ? 'client.unblocked' : 'client.blocked'
  // A document that nobody came with yet can be blocked all the same.
  if (at !== undefined && isClientIdUrl(id)) {
    await ctx.store.clients.put({
      id,
      assurance: 'domain',
      metadata: { redirect_uris: [] },
      createdAt: at,
      secretsNotBefore: 0,
    })
  }
  const verdict = await ctx.store.clients.block(id, at, (outcome) =>
    outcome === 'done'
      ? { type, outcome: 'allowed', reason: 'operator_asked', ...visit, actor: by, client: id }
      : undefined,
  )
  if (verdict === 'unknown') unknown('application', id)
  return json(200, { id, blocked: at !== undefined })
}

async function addInvite({ ctx, visit, by, body }: Call): Promise<Response> {
  const fields = await body()
  const now = ctx.now()
  const id = timeOrderedId(now * 1000, ctx.random)
  const invite = {
    id,
    note: typeof fields.note === 'string' ? fields.note.slice(0, 200) : '',
    mostUses: whole(fields, 'uses', 1, 100_000),
    redirectHosts: words(fields, 'redirect_hosts'),
    scopes: words(fields, 'scopes'),
    createdAt: now,
    expiresAt: now + whole(fields, 'days', 7, 3650) * DAY,
  }
  await ctx.store.invites.add(invite, () => ({
    type: 'invite.created',
    outcome: 'allowed',
    reason: 'operator_asked',
    ...visit,
    actor: by,
    detail: { invite: id, uses: invite.mostUses },
  }))
  return json(201, { token: inviteToken(ctx.keys.invite, id), ...invite })
}

async function revokeInvite({ ctx, visit, by, id }: Call): Promise<Response> {
  const verdict = await ctx.store.invites.revoke(id, ctx.now(), (outcome) =>
    outcome === 'done'
      ? {
          type: 'invite.revoked',
          outcome: 'allowed',
          reason: 'operator_asked',
          ...visit,
          actor: by,
          detail: { invite: id },
        }
      : undefined,
  )
  if (verdict === 'unknown') unknown('open invite', id)
  return new Response(null, { status: 204, headers: NO_STORE })
}

function objectOf(value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  return refuse('The body has to be a JSON object', 'admin_body')
}

function whole(fields: Record<string, unknown>, name: string, otherwise: number, most: number): number {
  const value = fields[name] ?? otherwise
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most) return value
  return refuse(`${name} has to be a whole number from 1 to ${most}`, 'admin_number')
}

function words(fields: Record<string, unknown>, name: string): string[] {
  const value = fields[name] ?? []
  if (
    Array.isArray(value) &&
    value.length <= 50 &&
    value.every((entry) => typeof entry === 'string' && entry.length <= 200)
  )
    return value
  return refuse(`${name} has to be a list of at most 50 strings`, 'admin_list')
}

function decoded(id: string | undefined): string {
  try {
    return decodeURIComponent(id ?? '')
  } catch {
    return refuse('The id in the path is not percent-encoded', 'admin_id')
  }
}

function unknown(what: string, id: string): never {
  throw new OAuthError('invalid_request', `There is no ${what} '${id.slice(0, 200)}'`, 'admin_unknown', { status: 404 })
}

function refuse(description: string, reason: Reason): never {
  throw new OAuthError('invalid_request', description, reason)
}
