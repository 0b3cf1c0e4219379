import { isClientIdUrl } from '@doorward/core/oauth/client-id-url'
import { OAuthError } from '@doorward/core/oauth/error'
import * as v from 'valibot'
import type { StoredClient } from '../../../store/store.ts'
import { digestOfClient } from '../../registration/digest-of-client.ts'
import { action, type Call } from './action.ts'
import { done, Id, MaybeText, MaybeTime, Nothing, PAGE, Time, unknown } from './rules.ts'

export const ASSURANCES = ['operator', 'user', 'statement', 'domain', 'invited', 'claimed'] as const
export const CLIENT_STATES = ['open', 'waiting', 'admitted', 'blocked', 'gone'] as const

export const ClientView = v.object({
  id: v.string(),
  assurance: v.picklist(ASSURANCES),
  metadata: v.record(v.string(), v.unknown()),
  createdAt: Time,
  usedAt: MaybeTime,
  secretsNotBefore: Time,
  blockedAt: MaybeTime,
  owner: MaybeText,
  vouchedBy: MaybeText,
  askedAt: MaybeTime,
  askedBy: MaybeText,
  approvedAt: MaybeTime,
  approvedBy: MaybeText,
  fetchedAt: MaybeTime,
  freshUntil: MaybeTime,
  goneAt: MaybeTime,
  /** Another one as soon as the application says something else of itself. */
  digest: v.string(),
})

const One = v.strictObject({ id: Id })

const withDigest = (client: StoredClient) => ({ ...client, digest: digestOfClient(client) })

function changedSince(): OAuthError {
  return new OAuthError(
    'invalid_request',
    'The application has said something else of itself since; look at it again',
    'admin_client_changed',
    { status: 409 },
  )
}

export const CLIENTS = {
  'clients.list': action({
    method: 'GET',
    path: '/clients',
    permission: 'doorward:admin.read',
    describe: 'Applications, the newest first; `state=waiting` for those that wait for an operator.',
    input: v.strictObject({
      state: v.optional(v.picklist(CLIENT_STATES)),
      assurance: v.optional(v.picklist(ASSURANCES)),
      /** Part of an id, a name or an address. */
      text: v.optional(v.pipe(v.string(), v.maxLength(200))),
      ...PAGE,
    }),
    output: v.object({ clients: v.array(ClientView), next: v.optional(v.string()) }),
    run: async ({ ctx }, filter) => {
      const { items, next } = await ctx.store.governing.clients(filter)
      return { clients: items.map(withDigest), next }
    },
  }),
  'clients.show': action({
    method: 'GET',
    path: '/clients/{id}',
    permission: 'doorward:admin.read',
    describe: 'Everything known of one application.',
    input: One,
    output: ClientView,
    run: async ({ ctx }, { id }) => withDigest((await ctx.store.clients.find(id)) ?? unknown('application', id)),
  }),
  'clients.approve': action({
    method: 'POST',
    path: '/clients/{id}/approve',
    permission: 'doorward:admin.clients',
    describe:
      'Admit an application; whoever waits for that goes on in the same tab. With `digest`, only as it was looked at.',
    input: v.strictObject({ id: Id, digest: v.optional(v.string()) }),
    output: v.object({ id: v.string(), approved: v.boolean() }),
    run: async (call, { id, digest }) => {
      const { ctx, operator } = call
      const isSeen =
        digest === undefined ? undefined : (client: Pick<StoredClient, 'metadata'>) => digestOfClient(client) === digest
      const at = { now: ctx.now(), by: operator.id, isSeen }
      const verdict = await ctx.store.clients.approve(id, at, () => done(call, 'client.approved', { client: id }))
      if (verdict === 'unknown') unknown('application', id)
      if (verdict === 'changed') throw changedSince()
      return { id, approved: true }
    },
  }),
  'clients.block': action({
    method: 'POST',
    path: '/clients/{id}/block',
    permission: 'doorward:admin.clients',
    describe: 'Refuse an application from now on, also when it registers again; its grants end.',
    input: One,
    output: v.object({ id: v.string(), blocked: v.boolean() }),
    run: (call, { id }) => block(call, id, call.ctx.now()),
  }),
  'clients.unblock': action({
    method: 'POST',
    path: '/clients/{id}/unblock',
    permission: 'doorward:admin.clients',
    describe: 'Let an application ask people again; ended grants stay ended.',
    input: One,
    output: v.object({ id: v.string(), blocked: v.boolean() }),
    run: (call, { id }) => block(call, id, undefined),
  }),
  'clients.remove': action({
    method: 'DELETE',
    path: '/clients/{id}',
    permission: 'doorward:admin.clients',
    needsFresh: true,
    describe: 'Forget an application; its grants end. A blocked one stays remembered.',
    status: 204,
    input: One,
    output: Nothing,
    run: async (call, { id }) => {
      const { ctx } = call
      const verdict = await ctx.store.clients.remove(id, ctx.now(), () => done(call, 'client.removed', { client: id }))
      if (verdict === 'blocked') throw stillBlocked()
      if (verdict === 'unknown') unknown('application', id)
      return {}
    },
  }),
}

async function block(call: Call, id: string, at: number | undefined) {
  const { ctx } = call
  // A document that nobody came with yet can be blocked all the same: it is refused before anything is fetched.
  if (at !== undefined && isClientIdUrl(id)) {
    const metadata = { redirect_uris: [] }
    await ctx.store.clients.put({ id, assurance: 'domain', metadata, createdAt: at, secretsNotBefore: 0 })
  }
  const type = at === undefined ? 'client.unblocked' : 'client.blocked'
  const verdict = await ctx.store.clients.block(id, at, (outcome) =>
    outcome === 'done' ? done(call, type, { client: id }) : undefined,
  )
  if (verdict === 'unknown') unknown('application', id)
  return { id, blocked: at !== undefined }
}

function stillBlocked(): OAuthError {
  return new OAuthError(
    'invalid_request',
    'A blocked application has to stay remembered; unblock it first',
    'admin_client_blocked',
    { status: 409 },
  )
}
