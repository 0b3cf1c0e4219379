import { OAuthError } from '@doorward/core/oauth/error'
import * as v from 'valibot'
import { action } from './action.ts'
import { done, Id, MaybeText, MaybeTime, PAGE, Time, unknown } from './rules.ts'

const ScopeName = v.pipe(
  v.string(),
  v.regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,200}$/, 'a scope is one word of printable ASCII'),
)

const GrantView = v.object({
  id: v.string(),
  userId: v.string(),
  clientId: v.string(),
  resource: v.string(),
  scope: v.string(),
  generation: v.number(),
  openedAt: Time,
  codeExpiresAt: Time,
  rotatedAt: MaybeTime,
  expiresAt: Time,
  endsAt: MaybeTime,
  usedAt: MaybeTime,
  network: MaybeText,
  usedNetwork: MaybeText,
  revokedAt: MaybeTime,
  revokedReason: MaybeText,
  senderKey: MaybeText,
  authorizationDetails: v.optional(v.array(v.looseObject({ type: v.string() }))),
  kind: v.optional(v.picklist(['client', 'assertion', 'exchange'])),
  parent: MaybeText,
  /** In words, where they are known. */
  person: MaybeText,
  application: MaybeText,
})

type Names = { readonly person?: string | undefined; readonly application?: string | undefined }

export const GRANTS = {
  'grants.list': action({
    method: 'GET',
    path: '/grants',
    permission: 'doorward:admin.read',
    describe: 'Who allowed which application what, the newest first; live ones, or with `all` ended ones too.',
    input: v.strictObject({
      person: v.optional(Id),
      client: v.optional(Id),
      resource: v.optional(Id),
      all: v.optional(v.boolean(), false),
      ...PAGE,
    }),
    output: v.object({ grants: v.array(GrantView), next: v.optional(v.string()) }),
    run: async ({ ctx }, { person, client, resource, all, limit, after }) => {
      const { items, next } = await ctx.store.governing.grants({
        userId: person,
        clientId: client,
        resource,
        liveAt: all ? undefined : ctx.now(),
        limit,
        after,
      })
      const people = new Map<string, string | undefined>()
      const applications = new Map<string, string | undefined>()
      const grants = []
      for (const grant of items) {
        if (!people.has(grant.userId)) people.set(grant.userId, (await ctx.store.users.byId(grant.userId))?.email)
        if (!applications.has(grant.clientId)) {
          const name = (await ctx.store.clients.find(grant.clientId))?.metadata.client_name
          applications.set(grant.clientId, typeof name === 'string' ? name : undefined)
        }
        const names: Names = { person: people.get(grant.userId), application: applications.get(grant.clientId) }
        grants.push({ ...grant, ...names })
      }
      return { grants, next }
    },
  }),
  'grants.show': action({
    method: 'GET',
    path: '/grants/{id}',
    permission: 'doorward:admin.read',
    describe: 'Everything known of one grant.',
    input: v.strictObject({ id: Id }),
    output: GrantView,
    run: async ({ ctx }, { id }) => (await ctx.store.grants.find(id)) ?? unknown('grant', id),
  }),
  'grants.narrow': action({
    method: 'POST',
    path: '/grants/{id}/narrow',
    permission: 'doorward:admin.grants',
    describe:
      'Leave a grant less than it holds: its access tokens of before end like those of a revoked one, and the client refreshes.',
    input: v.strictObject({ id: Id, scopes: v.pipe(v.array(ScopeName), v.minLength(1), v.maxLength(200)) }),
    output: v.object({ id: v.string(), verdict: v.picklist(['narrowed', 'same']), scope: v.string() }),
    run: async (call, { id, scopes }) => {
      const { ctx } = call
      const grant = (await ctx.store.grants.find(id)) ?? unknown('grant', id)
      const scope = scopes.join(' ')
      const verdict = await ctx.store.grants.narrow(id, { now: ctx.now(), scope, voidsTokens: true }, (outcome) =>
        outcome === 'narrowed'
          ? done(call, 'grant.narrowed', {
              grant: id,
              client: grant.clientId,
              resource: grant.resource,
              detail: { person: grant.userId, from: grant.scope, to: scope },
            })
          : undefined,
      )
      switch (verdict) {
        case 'unknown':
          return unknown('grant', id)
        case 'ended':
          throw new OAuthError('invalid_request', `The grant ${id} has ended`, 'admin_grant_ended', { status: 409 })
        case 'wider':
          throw new OAuthError('invalid_request', `The grant ${id} does not hold '${scope}'`, 'admin_grant_wider', {
            status: 409,
          })
        default:
          return { id, verdict, scope }
      }
    },
  }),
  'grants.revoke': action({
    method: 'POST',
    path: '/grants/{id}/revoke',
    permission: 'doorward:admin.grants',
    describe:
      'End a grant: no refreshing; access tokens end at the gateway with the next call, at followers within two seconds.',
    input: v.strictObject({ id: Id }),
    output: v.object({ id: v.string(), verdict: v.picklist(['revoked', 'already']) }),
    run: async (call, { id }) => {
      const { ctx } = call
      const grant = (await ctx.store.grants.find(id)) ?? unknown('grant', id)
      const verdict = await ctx.store.grants.revoke(id, { now: ctx.now(), reason: 'operator_revoked' }, (outcome) =>
        outcome === 'revoked'
          ? done(call, 'grant.revoked', {
              reason: 'operator_revoked',
              grant: id,
              client: grant.clientId,
              resource: grant.resource,
              detail: { person: grant.userId },
            })
          : undefined,
      )
      return { id, verdict: verdict === 'unknown' ? unknown('grant', id) : verdict }
    },
  }),
}
