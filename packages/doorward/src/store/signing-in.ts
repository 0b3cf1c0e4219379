import type { AuditEvent } from '@doorward/core/kernel/audit'
import type { Seconds } from '@doorward/core/kernel/seconds'
import type { StoredSession, StoredUser } from './records.ts'
import type { Describe } from './store.ts'

/** What signing in and its settings change in a person. */
export interface SigningIn {
  /**
   * Somebody showed who they are: forget the failures under `attempt`, keep the session, end those that it `replaces`, as far as
   * they are the same person's.
   * `refused` where the person was disabled meanwhile, or their `password` is another than the one that was compared; nothing is written
   * then.
   */
  signedIn(
    session: StoredSession,
    also: {
      readonly attempt?: string | undefined
      readonly replaces?: readonly string[] | undefined
      readonly password?: string | undefined
    },
    describe?: Describe<'opened' | 'refused'>,
  ): Promise<'opened' | 'refused'>
  /** Only from the password that was `expected`; ends every other session of the person. */
  setPassword(
    id: string,
    change: { readonly expected: string; readonly password: string; readonly keep: string },
    describe?: Describe<'changed'>,
  ): Promise<'changed' | 'unknown'>
  /** What a provider says of this person's being an operator. It takes back only what it gave itself. */
  setOperatorBy(
    id: string,
    provider: string,
    isOperator: boolean,
    describe?: Describe<'changed'>,
  ): Promise<'changed' | 'same' | 'unknown'>
  /** Whom another provider than these made an operator, is none any more: nobody is left to take that back. */
  endRolesOfOthers(
    providers: readonly string[],
    describe?: (user: StoredUser, provider: string) => AuditEvent,
  ): Promise<readonly StoredUser[]>
}

export interface SessionVerbs {
  find(digest: string, now: Seconds): Promise<{ session: StoredSession; user: StoredUser } | undefined>
  /** The latest used first. */
  ofUser(userId: string, now: Seconds): Promise<StoredSession[]>
  /** Remembers that it was used. */
  touch(digest: string, now: Seconds): Promise<void>
  /** With `userId`, only where it is that person's. */
  close(digest: string, userId?: string, describe?: Describe<'closed'>): Promise<'closed' | 'unknown'>
  /** Ends all of a person's sessions but one. */
  closeOthers(userId: string, keep: string, describe?: Describe<'closed'>): Promise<'closed' | 'none'>
}
