import type { ChangeVerbs, Remembered } from '../store/store.ts'

/** What is known here of the changes that every process on the database makes to what is remembered. */
export interface News {
  /**
   * Whether all of them were heard of, but for those of the last `MOST_SILENT_MILLISECONDS`. Only then is anything that was read
   * before worth more than its age.
   */
  readonly isComplete: () => boolean
  /** How many of this kind were heard of. What was read before one is not kept for after it. */
  readonly count: (of: Remembered) => number
  /** Learns what is to be learned until now. Rejects where that cannot be. */
  readonly catchUp: (signal: AbortSignal) => Promise<void>
}

/** A network that falls silent tells nobody: without a proof for so long, nothing is answered from memory. */
export const MOST_SILENT_MILLISECONDS = 2000

/** A look at a file serves for so long at most. */
const LOOK_MILLISECONDS = 1

/** @param milliseconds a clock that never goes back */
export function newsOf({ follow, notices }: ChangeVerbs, milliseconds: () => number): News {
  const counts = { clients: 0, grants: 0, keys: 0, rules: 0 }
  let completeUntil = Number.NEGATIVE_INFINITY
  follow(({ of }) => {
    if (of !== 'everything') counts[of]++
    else {
      for (const each of Object.keys(counts) as Remembered[]) counts[each]++
      completeUntil = Number.NEGATIVE_INFINITY
    }
  })
  const count = (of: Remembered) => counts[of]
  switch (notices.by) {
    case 'looking': {
      // One look serves all that a turn of the loop takes up in so long. By the turn alone it could serve the next one too, whose
      // requests came after it.
      let hasLooked = false
      let lookedAt = Number.NEGATIVE_INFINITY
      return {
        count,
        isComplete: () => {
          if (hasLooked && milliseconds() - lookedAt < LOOK_MILLISECONDS) return true
          try {
            lookedAt = milliseconds()
            notices.look()
            if (!hasLooked) {
              setImmediate(() => {
                hasLooked = false
              })
            }
            hasLooked = true
            return true
          } catch {
            // Who reads instead is told what is wrong with the file.
            hasLooked = false
            return false
          }
        },
        catchUp: async () => notices.look(),
      }
    }
    case 'listening':
      return {
        count,
        isComplete: () => milliseconds() - completeUntil <= MOST_SILENT_MILLISECONDS,
        catchUp: async (signal) => {
          const begun = milliseconds()
          await notices.prove(signal)
          completeUntil = begun
        },
      }
    default:
      return notices satisfies never
  }
}
