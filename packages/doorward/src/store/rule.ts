import type { Seconds } from '@doorward/core/kernel/seconds'
import type { StoredClient } from './records.ts'
import type { Describe } from './store.ts'

/** A line that an operator added to what the config file says. */
export interface StoredRule {
  /** Time-ordered. */
  readonly id: string
  readonly effect: 'allow' | 'deny'
  /** What it goes by, and which. The store does not look inside. */
  readonly kind: string
  readonly value: string
  readonly note: string
  readonly createdAt: Seconds
  readonly createdBy: string
}

/** `known` where the same is said already; `full` where there are as many as there may be. Nothing is written then. */
export type RuleAdded = { readonly verdict: 'added'; readonly ended: number } | { readonly verdict: 'known' | 'full' }

export interface RuleVerbs {
  /** The oldest first. */
  list(): Promise<readonly StoredRule[]>
  /** Also ends every grant of the clients that are meant; they are judged in the same step, so that none slips by. */
  add(
    rule: StoredRule,
    ends: { readonly now: Seconds; readonly most: number; readonly isMeant: (client: StoredClient) => boolean },
    describe?: Describe<RuleAdded>,
  ): Promise<RuleAdded>
  remove(id: string, describe?: Describe<StoredRule | undefined>): Promise<StoredRule | undefined>
}
