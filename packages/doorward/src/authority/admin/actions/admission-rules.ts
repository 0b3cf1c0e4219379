import { OAuthError } from '@doorward/core/oauth/error'
import * as v from 'valibot'
import type { StoredRule } from '../../../store/store.ts'
import { timeOrderedId } from '../../ids.ts'
import { deniedBy } from '../../registration/decide.ts'
import type { Rule } from '../../registration/policies/policy.ts'
import { RuleSchema } from '../../registration/rule-schema.ts'
import { previewRule } from '../preview.ts'
import { action } from './action.ts'
import { ASSURANCES } from './clients.ts'
import { done, Id, MaybeText, MaybeTime, Nothing, unknown } from './rules.ts'

const MOST_RULES = 1000
const LONGEST_VALUE = 2048

const Effect = v.picklist(['allow', 'deny'])
/** A rule with anything longer in it would be read with every decision. */
const Given = v.pipe(
  RuleSchema,
  v.check(
    (rule) => String(Object.values(rule)[0]).length <= LONGEST_VALUE,
    `A rule has at most ${LONGEST_VALUE} characters`,
  ),
)

const Decided = v.object({ verdict: v.picklist(['allow', 'ask', 'refuse']), rule: v.string() })

export const ADMISSION_RULES = {
  'rules.list': action({
    method: 'GET',
    path: '/rules',
    permission: 'doorward:admin.read',
    describe:
      'Which applications are always admitted or always refused: what operators added, and what the config file says.',
    input: v.strictObject({}),
    output: v.object({
      rules: v.array(
        v.object({
          /** Those of the config file have none; they are changed there. */
          id: v.optional(v.string()),
          effect: Effect,
          rule: RuleSchema,
          note: v.string(),
          createdAt: MaybeTime,
          createdBy: MaybeText,
        }),
      ),
    }),
    run: async ({ ctx }) => {
      const configured = (['deny', 'allow'] as const).flatMap((effect) =>
        ctx.policy[effect].map((rule) => ({ effect, rule, note: '' })),
      )
      const added = (await ctx.store.rules.list()).map(({ kind, value, ...rest }) => ({
        ...rest,
        rule: { [kind]: value } as unknown as Rule,
      }))
      return { rules: [...configured, ...added] }
    },
  }),
  'rules.add': action({
    method: 'POST',
    path: '/rules',
    permission: 'doorward:admin.rules',
    describe:
      'Always admit or always refuse, from the next decision on (from the next second on in other processes). Deny beats allow, and ends the live grants of whom it means.',
    status: 201,
    input: v.strictObject({ effect: Effect, rule: Given, note: v.optional(v.pipe(v.string(), v.maxLength(200)), '') }),
    output: v.object({ id: v.string(), effect: Effect, rule: RuleSchema, note: v.string(), ended: v.number() }),
    run: async (call, { effect, rule, note }) => {
      const { ctx, operator } = call
      const now = ctx.now()
      const [kind = '', value = ''] = Object.entries(rule)[0] ?? []
      const id = timeOrderedId(now * 1000, ctx.random)
      const stored: StoredRule = { id, effect, kind, value, note, createdAt: now, createdBy: operator.id }
      const alone = { ...ctx.policy, deny: [rule] }
      const added = await ctx.store.rules.add(
        stored,
        {
          now,
          most: MOST_RULES,
          isMeant: (client) => effect === 'deny' && deniedBy(alone, client) !== undefined,
        },
        (outcome) =>
          outcome.verdict === 'added'
            ? done(call, 'rule.added', { detail: { rule: `${effect} ${kind} ${value}`, ended: outcome.ended } })
            : undefined,
      )
      if (added.verdict !== 'added') {
        throw added.verdict === 'known'
          ? new OAuthError('invalid_request', 'There is such a rule already', 'admin_rule_known', { status: 409 })
          : new OAuthError('invalid_request', `There are ${MOST_RULES} rules already`, 'admin_rules_full', {
              status: 409,
            })
      }
      return { id, effect, rule, note, ended: added.ended }
    },
  }),
  'rules.remove': action({
    method: 'DELETE',
    path: '/rules/{id}',
    permission: 'doorward:admin.rules',
    describe: 'Take a rule back that an operator added; what it ended stays ended.',
    status: 204,
    input: v.strictObject({ id: Id }),
    output: Nothing,
    run: async (call, { id }) => {
      const removed = await call.ctx.store.rules.remove(id, (rule) =>
        rule === undefined
          ? undefined
          : done(call, 'rule.removed', { detail: { rule: `${rule.effect} ${rule.kind} ${rule.value}` } }),
      )
      if (removed === undefined) unknown('rule', id)
      return {}
    },
  }),
  'rules.preview': action({
    method: 'POST',
    path: '/rules/preview',
    permission: 'doorward:admin.read',
    describe:
      'What a rule would change: for the applications that are known, and for those that came in the last seven days. Nothing is written.',
    input: v.strictObject({ effect: Effect, rule: Given }),
    output: v.object({
      /** Milliseconds since 1970. */
      since: v.number(),
      /** How many were looked at. */
      clients: v.number(),
      attempts: v.number(),
      /** Those that would be decided otherwise, who came most first. */
      changes: v.array(
        v.object({
          client: v.string(),
          name: MaybeText,
          assurance: v.picklist(ASSURANCES),
          before: Decided,
          after: Decided,
          attempts: v.number(),
          grants: v.number(),
        }),
      ),
      /** In all, also of those that are not named. */
      changedClients: v.number(),
      changedAttempts: v.number(),
      endedGrants: v.number(),
    }),
    run: ({ ctx }, { effect, rule }) => previewRule(ctx, effect, rule),
  }),
}
