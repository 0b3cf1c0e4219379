import type { Seconds } from '@doorward/core/kernel/seconds'
import type { Govern } from './narrowing.ts'
import type { StoredIdentity, StoredPasskey, StoredUser } from './records.ts'
import type { Describe, GroupsVerdict } from './store.ts'

/** `last`: it is the only way in that the person has, and stays. */
export type Removal = 'removed' | 'last' | 'unknown'

export interface IdentityVerbs {
  find(provider: string, subject: string): Promise<{ identity: StoredIdentity; user: StoredUser } | undefined>
  ofUser(userId: string): Promise<StoredIdentity[]>
  /** With a person, adds them with it, both or neither. `taken`: it is somebody's; `email_taken`: the address is. */
  add(
    identity: StoredIdentity,
    user: StoredUser | undefined,
    describe?: Describe<'added' | 'taken' | 'email_taken'>,
  ): Promise<'added' | 'taken' | 'email_taken'>
  /**
   * For somebody who is here and has no way in yet: no password, no passkey, no account at one of the `providers`. Of two that race,
   * the second finds a way. `held`: there is one, and who it belongs to is to be asked.
   */
  adopt(
    identity: StoredIdentity,
    providers: readonly string[],
    describe?: Describe<'added' | 'taken' | 'held'>,
  ): Promise<'added' | 'taken' | 'held'>
  use(provider: string, subject: string, now: Seconds): Promise<void>
  /** @param leaving how the groups and the role go that this provider gave, unless another account there still speaks for the person */
  remove(
    provider: string,
    subject: string,
    userId: string,
    ways: WaysIn,
    describe?: Describe<'removed'>,
    leaving?: Leaving,
  ): Promise<Removal>
}

/** What the config lets people in by, besides passkeys: a way that is not offered any more is none that is left. */
export interface WaysIn {
  readonly password: boolean
  /** Ids of identity providers. */
  readonly providers: readonly string[]
}

export interface Leaving {
  readonly groups: Describe<GroupsVerdict>
  readonly govern: Govern
  readonly role: Describe<'changed'>
}

export interface PasskeyVerbs {
  find(id: string): Promise<{ passkey: StoredPasskey; user: StoredUser } | undefined>
  ofUser(userId: string): Promise<StoredPasskey[]>
  add(
    passkey: StoredPasskey,
    most: number,
    describe?: Describe<'added' | 'taken' | 'too_many'>,
  ): Promise<'added' | 'taken' | 'too_many'>
  /** WebAuthn §7.2, step 22: a count that does not grow is the mark of a copy. Where none is kept on either side, none has to grow. */
  use(
    id: string,
    counter: number,
    now: Seconds,
    describe?: Describe<'used' | 'cloned' | 'unknown'>,
  ): Promise<'used' | 'cloned' | 'unknown'>
  rename(id: string, userId: string, name: string): Promise<'done' | 'unknown'>
  remove(id: string, userId: string, ways: WaysIn, describe?: Describe<'removed'>): Promise<Removal>
}

export interface JourneyVerbs {
  begin(key: string, sealed: string, expiresAt: Seconds): Promise<void>
  look(key: string, now: Seconds): Promise<string | undefined>
  /** However many race, one gets it. */
  take(key: string, now: Seconds): Promise<string | undefined>
}
