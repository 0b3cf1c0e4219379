import type { AuditEvent } from '@doorward/core/kernel/audit'
import type { Seconds } from '@doorward/core/kernel/seconds'
import type { StoredGrant } from './records.ts'

export type Narrowing = 'narrowed' | 'same' | 'wider' | 'ended' | 'unknown'

export interface NarrowTo {
  readonly now: Seconds
  /** Whose grant it has to be. */
  readonly of?: string | undefined
  /** Some of what it holds; left out, all of it. */
  readonly scope?: string | undefined
  /** Left out, as it is; `null` for none. */
  readonly endsAt?: Seconds | null | undefined
  readonly voidsTokens: boolean
}

/** How the grants of a person follow the groups that the person is in. */
export interface Govern {
  readonly now: Seconds
  /** Why grants end, where they do. */
  readonly reason: string
  /** What a grant may hold on; undefined where it ends. Asked within a transaction, so it may not wait for anything. */
  readonly scopeOf: (grant: StoredGrant, groups: readonly string[]) => string | undefined
  readonly describe?: (grant: StoredGrant, scope: string | undefined) => AuditEvent | undefined
}
