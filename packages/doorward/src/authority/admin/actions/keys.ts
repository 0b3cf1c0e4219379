import { OAuthError } from '@doorward/core/oauth/error'
import * as v from 'valibot'
import { signingOf } from '../../keys/schedule.ts'
import { action } from './action.ts'
import { Time } from './rules.ts'

export const KEYS = {
  'keys.list': action({
    method: 'GET',
    path: '/keys',
    permission: 'doorward:admin.read',
    describe: 'What access tokens are signed and verified with, the newest last; never the keys themselves.',
    input: v.strictObject({}),
    output: v.object({
      keys: v.array(
        v.object({
          kid: v.string(),
          alg: v.string(),
          createdAt: Time,
          /** `next` is published and signs later, `verifies` signed before. */
          use: v.picklist(['signs', 'next', 'verifies']),
        }),
      ),
    }),
    run: async ({ ctx }) => {
      const keys = await ctx.store.keys.list()
      const signing = signingOf(keys, ctx.now())
      const place = signing === undefined ? 0 : keys.indexOf(signing)
      return {
        keys: keys.map(({ kid, alg, createdAt }, i) => ({
          kid,
          alg,
          createdAt,
          use: i === place ? ('signs' as const) : i > place ? ('next' as const) : ('verifies' as const),
        })),
      }
    },
  }),
  'keys.rotate': action({
    method: 'POST',
    path: '/keys/rotate',
    permission: 'doorward:admin.keys',
    needsFresh: true,
    describe:
      'Make a new key, which is published now and signs in an hour; with `now`, because the others have leaked, in their place at once.',
    input: v.strictObject({ now: v.optional(v.boolean(), false) }),
    output: v.object({ kid: v.string(), algorithm: v.string(), removed: v.array(v.string()) }),
    run: async ({ ctx, visit, operator }, { now }) => {
      const rotated = await ctx.keyring.rotate({ now, by: { ...visit, actor: operator.id } })
      if (rotated.verdict === 'late') {
        throw new OAuthError('invalid_request', 'Another process made a key just now', 'admin_key_late', {
          status: 409,
        })
      }
      return { kid: rotated.kid, algorithm: rotated.alg, removed: rotated.removed }
    },
  }),
}
