import * as v from 'valibot'
import { timeOrderedId } from '../../ids.ts'
import { inviteToken } from '../../registration/invite-token.ts'
import { action } from './action.ts'
import { done, GivenWords, Id, MaybeTime, Nothing, Time, unknown, Words, wholeNumber } from './rules.ts'

const DAY = 86_400

const INVITE = {
  id: v.string(),
  note: v.string(),
  mostUses: v.number(),
  redirectHosts: Words,
  scopes: Words,
  createdAt: Time,
  expiresAt: Time,
}

export const INVITES = {
  'invites.list': action({
    method: 'GET',
    path: '/invites',
    permission: 'doorward:admin.read',
    describe: 'Every invite and how often it was used; never the token itself.',
    input: v.strictObject({}),
    output: v.object({ invites: v.array(v.object({ ...INVITE, uses: v.number(), revokedAt: MaybeTime })) }),
    run: async ({ ctx }) => ({ invites: await ctx.store.invites.list() }),
  }),
  'invites.create': action({
    method: 'POST',
    path: '/invites',
    permission: 'doorward:admin.invites',
    needsFresh: true,
    describe: 'Make an initial access token to hand out. It is shown this once.',
    status: 201,
    input: v.strictObject({
      uses: v.optional(wholeNumber(1, 100_000), 1),
      days: v.optional(wholeNumber(1, 3650), 7),
      redirect_hosts: v.optional(GivenWords, []),
      scopes: v.optional(GivenWords, []),
      note: v.optional(v.pipe(v.string(), v.maxLength(200)), ''),
    }),
    output: v.object({ token: v.string(), ...INVITE }),
    run: async (call, { uses, days, redirect_hosts: redirectHosts, scopes, note }) => {
      const { ctx } = call
      const now = ctx.now()
      const id = timeOrderedId(now * 1000, ctx.random)
      const invite = { id, note, mostUses: uses, redirectHosts, scopes, createdAt: now, expiresAt: now + days * DAY }
      await ctx.store.invites.add(invite, () => done(call, 'invite.created', { detail: { invite: id, uses } }))
      return { token: inviteToken(ctx.keys.invite, id), ...invite }
    },
  }),
  'invites.revoke': action({
    method: 'DELETE',
    path: '/invites/{id}',
    permission: 'doorward:admin.invites',
    describe: 'An invite registers nothing more; what it registered stays.',
    status: 204,
    input: v.strictObject({ id: Id }),
    output: Nothing,
    run: async (call, { id }) => {
      const verdict = await call.ctx.store.invites.revoke(id, call.ctx.now(), (outcome) =>
        outcome === 'done' ? done(call, 'invite.revoked', { detail: { invite: id } }) : undefined,
      )
      if (verdict === 'unknown') unknown('open invite', id)
      return {}
    },
  }),
}
