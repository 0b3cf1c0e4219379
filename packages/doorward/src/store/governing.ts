import type { Seconds } from '@doorward/core/kernel/seconds'
import type { Assurance, StoredClient, StoredEvent, StoredGrant, StoredUser } from './records.ts'
import type { Describe } from './store.ts'

/** What a client is to an operator. Blocked before gone, gone before admitted, admitted before waiting. */
export type ClientState = 'open' | 'waiting' | 'admitted' | 'blocked' | 'gone'

/** Part of a list, and where it goes on; nothing there at the end. */
export interface Page<Item> {
  readonly items: readonly Item[]
  readonly next: string | undefined
}

export interface PageQuery {
  readonly limit: number
  /** What `next` of the page before said. */
  readonly after?: string | undefined
}

export interface ClientFilter extends PageQuery {
  readonly state?: ClientState | undefined
  readonly assurance?: Assurance | undefined
  /** Part of the id or of what is registered, in lower or upper case. */
  readonly text?: string | undefined
}

export interface PeopleFilter extends PageQuery {
  /** Part of the address. */
  readonly text?: string | undefined
  readonly operator?: boolean | undefined
  readonly disabled?: boolean | undefined
}

export interface GrantFilter extends PageQuery {
  readonly userId?: string | undefined
  readonly clientId?: string | undefined
  readonly resource?: string | undefined
  /** At this time. */
  readonly liveAt?: Seconds | undefined
}

export interface EventFilter {
  readonly types?: readonly string[] | undefined
  readonly outcome?: 'allowed' | 'refused' | undefined
  readonly reason?: string | undefined
  readonly client?: string | undefined
  /** Who acted, or whom an operator acted upon. */
  readonly person?: string | undefined
  readonly resource?: string | undefined
  readonly grant?: string | undefined
  readonly correlation?: string | undefined
  /** Milliseconds since 1970. */
  readonly from?: number | undefined
  readonly to?: number | undefined
}

export interface EventPage {
  /** The newest first. */
  readonly events: readonly StoredEvent[]
  /** Older ones are looked for before this id; undefined where there are none. */
  readonly before: number | undefined
}

/** Of what to count events over time, and what sets them apart. */
export interface Count {
  /** The beginning of an hour or day, in milliseconds since 1970. */
  readonly at: number
  readonly key: string
  readonly count: number
}

/** How often a client came to ask people for something. */
export interface Attempts {
  readonly client: string
  readonly count: number
  readonly refused: number
  /** Milliseconds since 1970. */
  readonly lastAt: number
}

/** What operators look at and do, besides what the rest of the server does too. Each looks at a bounded number of rows. */
export interface GoverningVerbs {
  /** The newest first. */
  clients(filter: ClientFilter): Promise<Page<StoredClient>>
  /** In the order of their addresses. */
  people(filter: PeopleFilter): Promise<Page<StoredUser>>
  /** The newest first. */
  grants(filter: GrantFilter): Promise<Page<StoredGrant>>
  /** Looks through so many events at a time; where none of them fits, `before` still leads on. */
  events(filter: EventFilter, at: { limit: number; before?: number | undefined }): Promise<EventPage>
  /** Of one kind, or with one outcome, grouped by reason or taken together, in steps of so many milliseconds. */
  counts(of: {
    types?: readonly string[] | undefined
    outcome?: 'allowed' | 'refused' | undefined
    by: 'reason' | 'type'
    step: number
    from: number
    to: number
  }): Promise<readonly Count[]>
  /** Those who came most, first. `since` in milliseconds since 1970. */
  attempts(since: number, most: number): Promise<readonly Attempts[]>
  /** How many live grants each client has; of so many clients at most. */
  liveGrants(now: Seconds, most: number): Promise<ReadonlyMap<string, number>>
  /** Lets a person in again who was shut out; sessions and grants stay ended. */
  enable(userId: string, describe?: Describe<'done'>): Promise<'done' | 'already' | 'unknown'>
  /** Another password, hashed, or with '' none, whatever it was before. Ends every session of the person. */
  resetPassword(userId: string, password: string, describe?: Describe<'done'>): Promise<'done' | 'unknown'>
  /** How many there were; undefined where there is no such person. */
  endSessions(userId: string, describe?: Describe<number | undefined>): Promise<number | undefined>
}
