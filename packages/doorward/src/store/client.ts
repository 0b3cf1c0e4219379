import type { Seconds } from '@doorward/core/kernel/seconds'
import type { Describe, Invitation, StoredClient } from './store.ts'

/** Applications and programs, by whatever way they became known. */
export interface ClientVerbs {
  /** `known` writes nothing. */
  put(client: StoredClient, describe?: Describe<'new'>): Promise<'new' | 'known'>
  /** What a person keeps for themselves, so many and no more. */
  putOwned(
    client: StoredClient & { readonly owner: string },
    most: number,
    describe?: Describe<'new'>,
  ): Promise<'new' | 'known' | 'too_many'>
  /** Spends one use of the invite and adds the client, or does neither. */
  putInvited(client: StoredClient, invite: string, now: Seconds, describe?: Describe<Invitation>): Promise<Invitation>
  find(id: string): Promise<StoredClient | undefined>
  /** When it was registered; undefined where it is not. */
  knownSince(id: string): Promise<Seconds | undefined>
  list(filter?: { owner?: string }): Promise<StoredClient[]>
  /**
   * What is left out stays, but for `goneAt`, which is then taken back. With a `fetchedAt` before that of what is known, nothing is
   * changed (`unknown`): what somebody said earlier takes nothing back that they said since.
   */
  change(
    id: string,
    change: Partial<Pick<StoredClient, 'metadata' | 'fetchedAt' | 'freshUntil' | 'goneAt'>> & {
      /** What an operator may have admitted is no longer what it is; one that still waits for that goes on waiting. */
      readonly withdrawApproval?: boolean
    },
    describe?: Describe<'done'>,
  ): Promise<'done' | 'unknown'>
  /** Somebody wants an operator to look at it. One that was known by its document alone becomes a row. */
  ask(
    client: StoredClient,
    at: { now: Seconds; by: string },
    describe?: Describe<'asked'>,
  ): Promise<'asked' | 'already'>
  /** @param at.isSeen whether what it says of itself is still what somebody looked at; `changed` where it is not. */
  approve(
    id: string,
    at: { now: Seconds; by: string; isSeen?: ((client: Pick<StoredClient, 'metadata'>) => boolean) | undefined },
    describe?: Describe<'done'>,
  ): Promise<'done' | 'unknown' | 'changed'>
  block(id: string, at: Seconds | undefined, describe?: Describe<'done'>): Promise<'done' | 'unknown'>
  /**
   * Secrets that were issued before are void (`secretsNotBefore`); never is one good again that was void.
   * @param notBefore takes what it was, and gives what it is to be. The answer is what it is then.
   */
  endSecrets(
    id: string,
    notBefore: (was: Seconds) => Seconds,
    describe?: Describe<'done'>,
  ): Promise<Seconds | 'unknown'>
  /** Its grants stay, revoked. One that is blocked stays remembered. */
  remove(id: string, now: Seconds, describe?: Describe<'done'>): Promise<'done' | 'blocked' | 'unknown'>
}
