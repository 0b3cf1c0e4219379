import type { SigningAlgorithm } from '@doorward/core/token/access-token'
import type { StoredKey } from '../../store/store.ts'

export interface KeySettings {
  readonly algorithm: SigningAlgorithm
  readonly rotateSeconds: number
  /** How long a key is still published that signs no more: as long as the longest token lives, and clocks differ. */
  readonly lingerSeconds: number
}

export interface KeyVerdict {
  /** The key that signs now; undefined where there is none yet. */
  readonly signing: string | undefined
  /** A new key has to be made. */
  readonly isDue: boolean
  /** Keys that nothing can have been signed with that is still good. */
  readonly retired: readonly string[]
}

/** For so long a new key is published before it signs, so that whoever remembers our keys has it by then. */
export const AHEAD_SECONDS = 3600

/**
 * The newest that has been published for long enough; where none has, the first.
 * @param keys the oldest first
 */
export function signingOf<Key extends Pick<StoredKey, 'createdAt'>>(
  keys: readonly Key[],
  now: number,
): Key | undefined {
  return keys.findLast(({ createdAt }) => createdAt + AHEAD_SECONDS <= now) ?? keys[0]
}

/** When the one that comes after the newest is due, in seconds. */
export function nextKeyAt(
  { createdAt }: Pick<StoredKey, 'createdAt'>,
  { rotateSeconds }: Pick<KeySettings, 'rotateSeconds'>,
): number {
  return createdAt + rotateSeconds - AHEAD_SECONDS
}

/**
 * What to do with the keys at a time. Pure, and read off their ages alone: every process on one database comes to the same.
 * @param keys the oldest first
 */
export function judgeKeys(
  keys: readonly Pick<StoredKey, 'kid' | 'alg' | 'createdAt'>[],
  now: number,
  settings: KeySettings,
): KeyVerdict {
  const newest = keys.at(-1)
  if (newest === undefined) return { signing: undefined, isDue: true, retired: [] }
  const signing = signingOf(keys, now) ?? newest
  // One that does not sign yet is not followed by another: two configs on one database must not race each other.
  const isReady = newest === signing
  const isOld = nextKeyAt(newest, settings) <= now
  const isSettled = signing.createdAt + AHEAD_SECONDS + settings.lingerSeconds <= now
  return {
    signing: signing.kid,
    isDue: isReady && (isOld || newest.alg !== settings.algorithm),
    retired: isSettled ? keys.slice(0, keys.indexOf(signing)).map(({ kid }) => kid) : [],
  }
}
