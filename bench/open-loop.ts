import { quantile } from './load.ts'

export interface Latencies {
  readonly perSecond: number
  readonly p50Milliseconds: number
  readonly p99Milliseconds: number
  readonly p999Milliseconds: number
}

/**
 * Requests that come when they come, whether those before were answered or not (Poisson), so that a server that stands still is not
 * spared what would have come meanwhile. A latency counts from when its request was due, and not from when a caller was free.
 * @param operation of one of `callers`, each of which asks for one thing at a time
 */
export async function openLoop(
  operation: (caller: number) => Promise<void>,
  { perSecond, seconds, callers }: { perSecond: number; seconds: number; callers: number },
): Promise<Latencies> {
  const due = arrivals(perSecond, seconds)
  const latencies: number[] = []
  const free = Array.from({ length: callers }, (_, caller) => caller)
  const begun = performance.now()
  let next = 0
  let left = due.length
  await new Promise<void>((resolve, reject) => {
    function start(caller: number, at: number): void {
      operation(caller).then(() => {
        latencies.push(performance.now() - begun - at)
        free.push(caller)
        if (--left === 0) resolve()
      }, reject)
    }
    function tick(): void {
      const now = performance.now() - begun
      while (next < due.length && (due[next] as number) <= now && free.length > 0)
        start(free.shift() as number, due[next++] as number)
      if (next < due.length) setTimeout(tick, 1)
    }
    tick()
  })
  latencies.sort((a, b) => a - b)
  return {
    perSecond,
    p50Milliseconds: quantile(latencies, 0.5),
    p99Milliseconds: quantile(latencies, 0.99),
    p999Milliseconds: quantile(latencies, 0.999),
  }
}

/** Moments in milliseconds; the same ones each time. */
export function arrivals(perSecond: number, seconds: number): number[] {
  const random = sequence(1)
  const moments: number[] = []
  for (let at = 0; ; ) {
    at += (-Math.log(1 - random()) / perSecond) * 1000
    if (at > seconds * 1000) return moments
    moments.push(at)
  }
}

/** Numbers from 0 to 1 that look like chance and are the same each time (mulberry32). */
export function sequence(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}
