import type { EventType } from '@doorward/core/kernel/audit'
import type { StoredEvent } from './records.ts'

/** Which events a story is looked for in. */
export interface StoryQuery {
  readonly types: readonly EventType[]
  /** Milliseconds since 1970; `until` is past the end. */
  readonly since: number
  readonly until: number
  /** Left out: all. Otherwise those that name one of these at least. */
  readonly about?: {
    readonly references?: readonly string[]
    readonly grants?: readonly string[]
    readonly clients?: readonly string[]
    readonly networks?: readonly string[]
  }
  readonly limit: number
}

/** What the memory of decisions tells when it is read across. Nothing here writes. */
export interface StoryVerbs {
  /** The newest first. A flow is also what an event says in its detail that it belongs to. */
  events(query: StoryQuery): Promise<StoredEvent[]>
  /** Of each of these grants the first call that came through. */
  firstCalls(grants: readonly string[]): Promise<StoredEvent[]>
  /** Why each of these grants has ended, of those that have. */
  endings(grants: readonly string[]): Promise<ReadonlyMap<string, string>>
}
