import type { AuditEvent } from '@doorward/core/kernel/audit'
import type { Seconds } from '@doorward/core/kernel/seconds'
import type { ChangeVerbs } from './change.ts'
import type { ClientVerbs } from './client.ts'
import type { DeviceVerbs } from './device.ts'
import type { GoverningVerbs } from './governing.ts'
import type { IdentityVerbs, JourneyVerbs, PasskeyVerbs } from './identity.ts'
import type { Govern, Narrowing, NarrowTo } from './narrowing.ts'
import type {
  EventPlace,
  FoundGrant,
  GrantEvidence,
  NewGrant,
  NewStanding,
  StoredEvent,
  StoredGrant,
  StoredInvite,
  StoredKey,
  StoredUser,
  VoidedGrant,
} from './records.ts'
import type { RuleVerbs } from './rule.ts'
import type { SchemaVerdict } from './schema.ts'
import type { SessionVerbs, SigningIn } from './signing-in.ts'
import type { StoryVerbs } from './story.ts'

export type * from './change.ts'
export type * from './governing.ts'
export type * from './narrowing.ts'
export type * from './records.ts'
export type * from './rule.ts'
export type * from './story.ts'

/** Something that is good once, such as a proof of possession. It is used up in the step that it is for. */
export interface Once {
  readonly key: string
  /** Until when it has to be remembered. */
  readonly until: Seconds
}

/**
 * What somebody says who was shown a grant: no, or what it holds from now on where that is less than before, and the key of who
 * comes, to which it is bound where its code is redeemed and it was bound to none.
 */
export type Judgement = 'refused' | { readonly scope?: string | undefined; readonly senderKey?: string | undefined }

/** Somebody comes for a token of a grant. */
export interface Coming {
  readonly now: Seconds
  /** Until when the grant lives where nobody comes again. */
  readonly expiresAt: Seconds
  /** Is shown the grant as it is and stays until this has ended, and touches nothing. Left out, it agrees. */
  readonly judge?: ((grant: GrantEvidence) => Judgement) | undefined
  readonly once?: Once | undefined
  readonly network?: string | undefined
}

/**
 * `refused`: by the judge; nothing happened. `replayed`: what came with it and is good once had come before; nothing else happened.
 */
export type Redemption = 'redeemed' | 'refused' | 'replayed' | 'reused' | 'revoked' | 'expired' | 'unknown'
/** `ahead`: the token is newer than the database, which has lost what came after; the grant is revoked. */
export type Rotation =
  | 'rotated'
  | 'refused'
  | 'replayed'
  | 'repeated'
  | 'reused'
  | 'ahead'
  | 'revoked'
  | 'expired'
  | 'unknown'
export type Stood = { readonly id: string } | 'ended' | 'too_often'
export type Opening = 'opened' | 'exists' | 'taken'
export type Use = 'used' | 'refused' | 'replayed' | 'reused' | 'ahead' | 'revoked' | 'expired' | 'unknown'
export type Invitation = 'invited' | 'unknown' | 'revoked' | 'expired' | 'exhausted'
export type Attempt = { readonly verdict: 'proceed' } | { readonly verdict: 'wait'; readonly until: Seconds }

/** What a verdict means as an event, committed with the change. It is asked of those alone that its type names. */
export type Describe<Verdict> = (verdict: Verdict) => AuditEvent | undefined

/** So many at once, then one each so many whole seconds. */
export interface SharedRate {
  readonly burst: number
  readonly everySeconds: Seconds
}

/** Seconds to wait before the next try, after so many failures in a row. */
export type BackOff = (failures: number) => Seconds

export type GroupsVerdict = 'changed' | 'same' | 'stale' | 'unknown'

export interface Store {
  readonly clients: ClientVerbs
  readonly grants: {
    /** `exists` where the same consent was sent twice, `taken` where somebody else's was first; nothing is written then. */
    open(grant: NewGrant, describe?: Describe<Opening>): Promise<Opening>
    find(id: string): Promise<FoundGrant | undefined>
    list(filter?: { userId?: string; live?: boolean; now?: Seconds }): Promise<StoredGrant[]>
    /**
     * The scopes that a person agreed to for this client and resource until they say otherwise, in live grants but one, each set once: of
     * the `newest` hundred that the person has for anybody, or of a `few`, whichever are found first, among however many there are.
     */
    held(of: {
      userId: string
      clientId: string
      resource: string
      except: string
      now: Seconds
      grants: 'few' | 'newest'
    }): Promise<readonly string[]>
    /** Uses the code up. The second redemption revokes the grant. */
    redeem(id: string, at: Coming, describe?: Describe<Redemption>): Promise<Redemption>
    /**
     * Moves to the next refresh token. The immediate predecessor within `windowSeconds` is `repeated` and gets the
     * same successor; anything older is `reused` and revokes the grant. Where it holds less from now on, older access tokens are void.
     */
    rotate(
      id: string,
      presented: number,
      at: Coming & { windowSeconds: Seconds },
      describe?: Describe<Rotation>,
    ): Promise<Rotation>
    /** Looks at a refresh token that stays as it is, and keeps its grant alive. One that was rotated away is `reused`. */
    use(id: string, presented: number, at: Coming, describe?: Describe<Use>): Promise<Use>
    /**
     * The grant of an application that asks without a person: the one that there is for this subject, resource and parent, or
     * the new one. Writes nothing where the one that there is covers the scope and is far from its end.
     * `ended` where its parent is revoked or was narrowed since, or its client was blocked or removed; `too_often` where the same was ended and opened
     * many times within the hour.
     */
    stand(grant: NewStanding, describe?: Describe<'opened' | 'extended'>): Promise<Stood>
    /**
     * Takes scopes or time from a grant, in force at once: with `voidsTokens` its access tokens until now are void, and what was
     * exchanged for it ends. `wider` where it does not hold all of `scope`; `unknown` where it is not a grant of `of`.
     */
    narrow(id: string, to: NarrowTo, describe?: Describe<Narrowing>): Promise<Narrowing>
    /** Ends what was exchanged for it too. `unknown` where it is not a grant of `of`. */
    revoke(
      id: string,
      at: { now: Seconds; reason: string; of?: string | undefined },
      describe?: Describe<'revoked'>,
    ): Promise<'revoked' | 'already' | 'unknown'>
    /** Everything that a person agreed to. Returns how many ended. */
    revokeAll(
      userId: string,
      at: { now: Seconds; reason: string },
      describe?: (grant: StoredGrant) => AuditEvent | undefined,
    ): Promise<number>
    /** Those that were revoked or narrowed at `since` or later, for every reason: the latest first, `most` of them at most. */
    voidedSince(since: Seconds, most: number): Promise<VoidedGrant[]>
  }
  readonly devices: DeviceVerbs
  readonly governing: GoverningVerbs
  readonly rules: RuleVerbs
  readonly users: {
    add(user: StoredUser, describe?: Describe<'added' | 'taken'>): Promise<'added' | 'taken'>
    byEmail(email: string): Promise<StoredUser | undefined>
    byId(id: string): Promise<StoredUser | undefined>
    list(): Promise<StoredUser[]>
    /**
     * Replaces what this provider says of a person's groups, or where it is undefined what an operator said. With `govern`, the
     * person's grants follow in the same step. With `before`, only where that is what was said so far: `stale` otherwise.
     */
    setGroups(
      id: string,
      provider: string | undefined,
      names: readonly string[],
      describe?: Describe<GroupsVerdict>,
      govern?: Govern,
      before?: readonly string[],
    ): Promise<GroupsVerdict>
    /** Also ends the person's sessions and revokes the person's grants. */
    disable(id: string, now: Seconds, describe?: Describe<'done'>): Promise<'done' | 'unknown'>
  } & SigningIn
  readonly attempts: {
    /** Counts a try before the secret is looked at, so that parallel guesses cannot slip through. */
    begin(key: string, now: Seconds, backOff: BackOff): Promise<Attempt>
    /** Takes one back that was never looked at. */
    forgive(key: string): Promise<void>
    /** Takes one of a rate that all processes share. Returns 0, or in how many seconds there will be one again. */
    take(key: string, now: Seconds, rate: SharedRate): Promise<Seconds>
  }
  readonly invites: {
    add(invite: Omit<StoredInvite, 'uses'>, describe?: Describe<'added'>): Promise<'added'>
    find(id: string): Promise<StoredInvite | undefined>
    list(): Promise<StoredInvite[]>
    revoke(id: string, now: Seconds, describe?: Describe<'done'>): Promise<'done' | 'unknown'>
  }
  readonly claims: {
    /** However many callers race, exactly one is told it came first. `again` where the mark is the one of the first. */
    claim(key: string, until: Seconds, mark?: string): Promise<'first' | 'again' | 'other'>
  }
  readonly upstreams: {
    /** Which server stands behind a resource. Where it changes, the grants for the one before are revoked. */
    bind(
      resource: string,
      address: string,
      now: Seconds,
      describe?: Describe<'new' | 'changed'>,
    ): Promise<'new' | 'same' | 'changed'>
  }
  readonly sessions: SessionVerbs
  readonly identities: IdentityVerbs
  readonly passkeys: PasskeyVerbs
  readonly journeys: JourneyVerbs
  readonly keys: {
    /** The oldest first. */
    list(): Promise<StoredKey[]>
    /** Only while `newest` is the newest key, or there is none where it is undefined; else another process was first. */
    add(key: StoredKey, newest: string | undefined, event: AuditEvent): Promise<'added' | 'late'>
    remove(kids: readonly string[], event: AuditEvent): Promise<void>
  }
  readonly events: {
    /** `at`, in milliseconds since 1970, where it is not now. */
    append(events: readonly (AuditEvent & { readonly at?: number })[]): Promise<void>
    /** Oldest first, after the event with id `after`. */
    list(query: { after?: number; limit: number; correlation?: string }): Promise<StoredEvent[]>
    /** Where the events end now, for `since`. */
    place(now: Seconds): Promise<EventPlace>
    /**
     * Those after a place, each once whatever order their transactions commit in, and the place after them. One that commits late comes late, and
     * one that took longer than a minute not at all.
     */
    since(
      place: EventPlace,
      how: { readonly limit: number; readonly now: Seconds },
    ): Promise<{ readonly events: StoredEvent[]; readonly place: EventPlace }>
  }
  readonly stories: StoryVerbs
  /**
   * By how many milliseconds the clock of the database is ahead of the one here. Who adds it judges times as every other process on the
   * database does: what is good for a minute, or was used half a minute ago, is so for all of them.
   */
  clockAhead(): number
  readonly changes: ChangeVerbs
  /**
   * Reads what the database says of itself. Once it is `outgrown`, every other verb of this process is refused.
   * @throws StoreUnavailable where it does not answer, or is not where it was opened any more
   */
  schema(): Promise<SchemaVerdict>
  /** Forgets what has ended: unredeemed and expired grants, devices, sessions, unused registrations, the oldest events. */
  sweep(limits: SweepLimits): Promise<number>
  /** How much waits for the database at this moment. */
  waiting(): number
  close(): Promise<void>
}

export interface SweepLimits {
  readonly now: Seconds
  /** Open registrations that nobody ever agreed to. */
  readonly unusedClientSeconds: Seconds
  /** Open registrations that were used, without a live grant since. */
  readonly usedClientSeconds: Seconds
  /** Of each kind: those that last, and those that strangers can cause. */
  readonly mostEvents: number
}
