/** How often something may happen: so many at once, then so many each second. */
export interface Rate {
  readonly burst: number
  readonly perSecond: number
}

interface Bucket {
  readonly left: number
  readonly at: number
}

/** What is left of each rate, by whom it concerns. Bounded: the oldest is forgotten first. */
export type Buckets = Map<string, Bucket>

const MOST_BUCKETS = 20_000

/** Takes one token. Returns 0, or in how many seconds there will be one again. */
export function takeToken(buckets: Buckets, key: string, now: number, { burst, perSecond }: Rate): number {
  const { left, at } = buckets.get(key) ?? { left: burst, at: now }
  const filled = Math.min(burst, left + Math.max(0, now - at) * perSecond)
  const taken = filled >= 1
  buckets.delete(key)
  buckets.set(key, { left: taken ? filled - 1 : filled, at: now })
  if (buckets.size > MOST_BUCKETS) buckets.delete(buckets.keys().next().value as string)
  return taken ? 0 : Math.max(1, Math.ceil((1 - filled) / perSecond))
}
