import { refilled, type TokenBucket } from '@doorward/core/kernel/token-bucket'
import { StoreUnavailable } from './unavailable.ts'

/** More than a process can check signatures for, and a bound all the same. */
const RATE = { burst: 30_000, perSecond: 3000 }

/** Takes a place for something that is to be remembered because it is good once. What it returns says that there is none. */
export type ClaimRoom = () => StoreUnavailable | undefined

/**
 * What is good once is remembered until it is good no more, within the hour for a proof (RFC 9449 §11.1). Of so many a second that is a
 * table with an end; beyond, nothing is forgotten to make room: whoever comes is told to come again.
 */
export function claimRoom(nowMilliseconds: () => number): ClaimRoom {
  let bucket: TokenBucket = { left: RATE.burst, at: nowMilliseconds() / 1000 }
  return () => {
    const at = nowMilliseconds() / 1000
    const left = refilled(bucket, at, RATE)
    const isFull = left < 1
    bucket = { left: isFull ? left : left - 1, at }
    return isFull ? new StoreUnavailable('More proofs and assertions come than can be remembered') : undefined
  }
}
