import { keepNewest } from '@doorward/core/kernel/bounded'

interface Poll {
  readonly at: number
  readonly intervalSeconds: number
}

/** When each device asked last, and how long it has to wait. Bounded, and all of it can be lost; each process has its own. */
export type PollMemory = Map<string, Poll>

/** RFC 8628 §3.2, the default. */
export const INTERVAL_SECONDS = 5
/** §3.5: for each poll that comes too early. */
const LONGER_SECONDS = 5
/** A device that never learns still gets its answer. */
const LONGEST_INTERVAL_SECONDS = 60
/** One request takes longer on its way than the next. */
const SLACK_SECONDS = 1
const MOST_POLLS = 20_000

/**
 * Counts a poll. Returns 0 where it came in time, or the seconds that its device has to leave between polls from now on
 * (RFC 8628 §3.5). One that came too early does not start the wait anew.
 */
export function countPoll(polls: PollMemory, key: string, now: number): number {
  const { at, intervalSeconds } = polls.get(key) ?? { at: Number.NEGATIVE_INFINITY, intervalSeconds: INTERVAL_SECONDS }
  const inTime = now - at >= intervalSeconds - SLACK_SECONDS
  const next = inTime ? intervalSeconds : Math.min(LONGEST_INTERVAL_SECONDS, intervalSeconds + LONGER_SECONDS)
  keepNewest(polls, key, { at: inTime ? now : at, intervalSeconds: next }, MOST_POLLS)
  return inTime ? 0 : next
}
