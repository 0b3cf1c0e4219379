import type { StoredRule } from '../../store/store.ts'
import type { AuthorityContext } from '../context.ts'
import type { Policy, Rule } from './policies/policy.ts'

/** What the rules of operators made of the policy, and in which second they were read. */
export interface RuleMemory {
  known?: { readonly policy: Policy; readonly readAt: number }
  /** Each change here begins another; what was read before is not kept for after. */
  changes?: number
}

/** A rule was added or taken back here, and counts from the next decision on. */
export function forgetRules(memory: RuleMemory): void {
  delete memory.known
  memory.changes = (memory.changes ?? 0) + 1
}

/**
 * The policy of the config file with what operators added since. A rule counts here from the next decision on, and from the next
 * second on in every other process: the token endpoint asks at each request. What a new deny ends, it ends at once, in the store.
 */
export function policyNow(ctx: RuleContext): Promise<Policy> {
  const { known } = ctx.ruleMemory
  return known?.readAt === ctx.now() ? Promise.resolve(known.policy) : freshPolicy(ctx)
}

/**
 * Read now, whatever was read a moment ago: where somebody agrees. What a deny in another process ends it ended before, so a grant that is
 * opened after it by what was known before would live on.
 */
export async function freshPolicy({ policy, store, now, ruleMemory }: RuleContext): Promise<Policy> {
  const readAt = now()
  const { changes } = ruleMemory
  const added = await store.rules.list()
  const read = added.length === 0 ? policy : withRules(policy, added)
  if (ruleMemory.changes === changes) ruleMemory.known = { readAt, policy: read }
  return read
}

type RuleContext = Pick<AuthorityContext, 'policy' | 'store' | 'now' | 'ruleMemory'>

export function withRules(policy: Policy, added: readonly Pick<StoredRule, 'effect' | 'kind' | 'value'>[]): Policy {
  const of = (effect: StoredRule['effect']) => added.filter((rule) => rule.effect === effect).map(ruleOf)
  return { ...policy, allow: [...policy.allow, ...of('allow')], deny: [...policy.deny, ...of('deny')] }
}

/** A row holds what the schema of rules let in. */
function ruleOf({ kind, value }: Pick<StoredRule, 'kind' | 'value'>): Rule {
  return { [kind]: value } as unknown as Rule
}
