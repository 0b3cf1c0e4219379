import type { StoredRule } from '../../store/store.ts'
import type { AuthorityContext } from '../context.ts'
import type { Policy, Rule } from './policies/policy.ts'

/** What the rules of operators made of the policy, in which second they were read, and after how many changes. */
export interface RuleMemory {
  known?: { readonly policy: Policy; readonly readAt: number; readonly changes: number }
}

/** What somebody changed with SQL of their own is told to nobody. */
const MOST_SECONDS = 30

/**
 * The policy of the config file with what operators added since. A rule counts here from the next decision on, and in every other
 * process as soon as it is heard of, or where nothing can be heard from the next second on: the token endpoint asks at each request.
 * What a new deny ends, it ends at once, in the store.
 */
export function policyNow(ctx: RuleContext): Promise<Policy> {
  const { known } = ctx.ruleMemory
  if (known === undefined) return freshPolicy(ctx)
  const age = Math.abs(ctx.now() - known.readAt)
  const isKept = ctx.news.isComplete() ? age < MOST_SECONDS : age === 0
  return isKept && known.changes === ctx.news.count('rules') ? Promise.resolve(known.policy) : freshPolicy(ctx)
}

/**
 * Read now, whatever was read a moment ago: where somebody agrees. What a deny in another process ends it ended before, so a grant that is
 * opened after it by what was known before would live on.
 */
export async function freshPolicy({ policy, store, now, news, ruleMemory }: RuleContext): Promise<Policy> {
  const readAt = now()
  const changes = news.count('rules')
  const added = await store.rules.list()
  const read = added.length === 0 ? policy : withRules(policy, added)
  // What was read before a change is not kept for after it.
  if (news.count('rules') === changes) ruleMemory.known = { readAt, policy: read, changes }
  return read
}

type RuleContext = Pick<AuthorityContext, 'policy' | 'store' | 'now' | 'news' | 'ruleMemory'>

export function withRules(policy: Policy, added: readonly Pick<StoredRule, 'effect' | 'kind' | 'value'>[]): Policy {
  const of = (effect: StoredRule['effect']) => added.filter((rule) => rule.effect === effect).map(ruleOf)
  return { ...policy, allow: [...policy.allow, ...of('allow')], deny: [...policy.deny, ...of('deny')] }
}

/** A row holds what the schema of rules let in. */
function ruleOf({ kind, value }: Pick<StoredRule, 'kind' | 'value'>): Rule {
  return { [kind]: value } as unknown as Rule
}
