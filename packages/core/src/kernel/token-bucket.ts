/** How often something may happen: so many at once, then so many each second. */
export interface Rate {
  readonly burst: number
  readonly perSecond: number
}

export interface TokenBucket {
  readonly left: number
  /** Seconds since 1970, when so much was left. */
  readonly at: number
}

/** What is there by `now`: what was left, and what has come since. A clock that is put back gives nothing. */
export function refilled({ left, at }: TokenBucket, now: number, { burst, perSecond }: Rate): number {
  return Math.min(burst, left + Math.max(0, now - at) * perSecond)
}
