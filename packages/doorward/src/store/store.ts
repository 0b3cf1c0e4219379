import type { AuditEvent } from '@doorward/core/kernel/audit'
import type { Seconds } from '@doorward/core/kernel/brand'

export interface StoredClient {
  readonly id: string
  readonly assurance: 'operator' | 'claimed'
  /** RFC 7591 metadata, canonical. The store does not look inside. */
  readonly metadata: Readonly<Record<string, unknown>>
  readonly createdAt: Seconds
  /** Last time somebody agreed to a grant for it. */
  readonly usedAt?: Seconds
  /** Derived secrets issued before this moment are no longer good. */
  readonly secretsNotBefore: Seconds
  readonly blockedAt?: Seconds
}

export interface StoredGrant {
  /** 32 hexadecimal digits, time-ordered (UUIDv7 without dashes). */
  readonly id: string
  readonly userId: string
  readonly clientId: string
  readonly resource: string
  readonly scope: string
  /** 0 until the code is redeemed, then the number of the refresh token in force. */
  readonly generation: number
  readonly openedAt: Seconds
  readonly codeExpiresAt: Seconds
  readonly rotatedAt?: Seconds
  /** The end of the grant unless it is used before. */
  readonly expiresAt: Seconds
  readonly revokedAt?: Seconds
  readonly revokedReason?: string
}

/** A grant together with what else decides whether it is still good. One read for the hot path. */
export interface GrantEvidence extends StoredGrant {
  readonly userDisabled: boolean
  readonly clientBlocked: boolean
}

export interface StoredUser {
  readonly id: string
  readonly email: string
  /** PHC string. */
  readonly password: string
  readonly operator: boolean
  readonly createdAt: Seconds
  readonly disabledAt?: Seconds
}

export interface StoredSession {
  readonly digest: string
  readonly userId: string
  readonly createdAt: Seconds
  readonly expiresAt: Seconds
}

export interface StoredKey {
  readonly kid: string
  readonly alg: string
  /** Sealed under a key that is not in the store. */
  readonly sealedPrivateKey: string
  readonly publicJwk: Readonly<Record<string, unknown>>
  readonly createdAt: Seconds
}

export interface StoredEvent extends AuditEvent {
  readonly id: number
  /** Milliseconds since 1970. */
  readonly at: number
}

export type Redemption = 'redeemed' | 'reused' | 'revoked' | 'expired' | 'unknown'
export type Rotation = 'rotated' | 'repeated' | 'reused' | 'revoked' | 'expired' | 'unknown'
export type Attempt = { readonly verdict: 'proceed' } | { readonly verdict: 'wait'; readonly until: Seconds }

/** Says what a verdict means as an event, which then commits in the same transaction as the change. */
export type Describe<Verdict> = (verdict: Verdict) => AuditEvent | undefined

/** Seconds to wait before the next try, after so many failures in a row. */
export type BackOff = (failures: number) => Seconds

export interface Store {
  readonly clients: {
    /** `known` writes nothing. */
    put(client: StoredClient, describe?: Describe<'new' | 'known'>): Promise<'new' | 'known'>
    find(id: string): Promise<StoredClient | undefined>
    list(): Promise<StoredClient[]>
    block(id: string, at: Seconds | undefined, describe?: Describe<'done' | 'unknown'>): Promise<'done' | 'unknown'>
    remove(id: string, describe?: Describe<'done' | 'unknown'>): Promise<'done' | 'unknown'>
  }
  readonly grants: {
    /** `exists` where the same consent was sent twice; nothing is written then. */
    open(
      grant: Pick<StoredGrant, 'id' | 'userId' | 'clientId' | 'resource' | 'scope' | 'openedAt' | 'codeExpiresAt'>,
      describe?: Describe<'opened' | 'exists'>,
    ): Promise<'opened' | 'exists'>
    find(id: string): Promise<GrantEvidence | undefined>
    list(filter?: { userId?: string; live?: boolean; now?: Seconds }): Promise<StoredGrant[]>
    /** Uses the code up. The second redemption revokes the grant. */
    redeem(id: string, at: { now: Seconds; expiresAt: Seconds }, describe?: Describe<Redemption>): Promise<Redemption>
    /**
     * Moves to the next refresh token. The immediate predecessor within `windowSeconds` is `repeated` and gets the
     * same successor; anything older is `reused` and revokes the grant.
     */
    rotate(
      id: string,
      presented: number,
      at: { now: Seconds; windowSeconds: Seconds; expiresAt: Seconds },
      describe?: Describe<Rotation>,
    ): Promise<Rotation>
    revoke(
      id: string,
      at: { now: Seconds; reason: string },
      describe?: Describe<'revoked' | 'already' | 'unknown'>,
    ): Promise<'revoked' | 'already' | 'unknown'>
  }
  readonly users: {
    add(user: StoredUser, describe?: Describe<'added' | 'taken'>): Promise<'added' | 'taken'>
    byEmail(email: string): Promise<StoredUser | undefined>
    byId(id: string): Promise<StoredUser | undefined>
    list(): Promise<StoredUser[]>
    /** Also ends the person's sessions and revokes the person's grants. */
    disable(id: string, now: Seconds, describe?: Describe<'done' | 'unknown'>): Promise<'done' | 'unknown'>
    /** Counts a sign-in attempt before the password is looked at, so that parallel guesses cannot slip through. */
    attempt(id: string, now: Seconds, backOff: BackOff): Promise<Attempt>
    /** The attempt was good: forget the failures, keep the session. */
    signedIn(session: StoredSession, describe?: Describe<'opened'>): Promise<'opened'>
  }
  readonly sessions: {
    find(digest: string, now: Seconds): Promise<{ session: StoredSession; user: StoredUser } | undefined>
    close(digest: string, describe?: Describe<'closed' | 'unknown'>): Promise<'closed' | 'unknown'>
  }
  readonly keys: {
    list(): Promise<StoredKey[]>
    /** `exists` where another process was first; the caller reads the list again. */
    add(key: StoredKey, onlyIfNone: boolean): Promise<'added' | 'exists'>
  }
  readonly events: {
    append(events: readonly AuditEvent[]): Promise<void>
    /** Oldest first, after the event with id `after`. */
    list(query: { after?: number; limit: number; correlation?: string }): Promise<StoredEvent[]>
    lastId(): Promise<number>
  }
  /** Forgets what has ended: unredeemed and expired grants, sessions, unused registrations, the oldest events. */
  sweep(limits: SweepLimits): Promise<number>
  close(): Promise<void>
}

export interface SweepLimits {
  readonly now: Seconds
  /** Open registrations that nobody ever agreed to. */
  readonly unusedClientSeconds: Seconds
  /** Open registrations that were used, without a live grant since. */
  readonly usedClientSeconds: Seconds
  readonly mostEvents: number
}
