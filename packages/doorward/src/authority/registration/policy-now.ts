import type { StoredRule } from '../../store/store.ts'
import type { AuthorityContext } from '../context.ts'
import type { Policy, Rule } from './policies/policy.ts'

/**
 * The policy of the config file with what operators added since. It is read for each decision, so that a rule counts from the
 * next one on in every process.
 */
export async function policyNow({ policy, store }: Pick<AuthorityContext, 'policy' | 'store'>): Promise<Policy> {
  const added = await store.rules.list()
  return added.length === 0 ? policy : withRules(policy, added)
}

export function withRules(policy: Policy, added: readonly Pick<StoredRule, 'effect' | 'kind' | 'value'>[]): Policy {
  const of = (effect: StoredRule['effect']) => added.filter((rule) => rule.effect === effect).map(ruleOf)
  return { ...policy, allow: [...policy.allow, ...of('allow')], deny: [...policy.deny, ...of('deny')] }
}

/** A row holds what the schema of rules let in. */
function ruleOf({ kind, value }: Pick<StoredRule, 'kind' | 'value'>): Rule {
  return { [kind]: value } as unknown as Rule
}
