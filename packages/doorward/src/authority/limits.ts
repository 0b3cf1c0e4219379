import { keepNewest } from '@doorward/core/kernel/bounded'
import { type Rate, refilled, type TokenBucket } from '@doorward/core/kernel/token-bucket'
import { OAuthError } from '@doorward/core/oauth/error'
import type { Reason } from '@doorward/core/oauth/reasons'
import type { AuthorityContext, Visit } from './context.ts'

/** What is left of each rate, by whom it concerns. Bounded: the oldest is forgotten first. */
export type Buckets = Map<string, TokenBucket>

const MOST_BUCKETS = 20_000

/** Takes one token. Returns 0, or in how many seconds there will be one again. */
export function takeToken(buckets: Buckets, key: string, now: number, rate: Rate): number {
  const filled = refilled(buckets.get(key) ?? { left: rate.burst, at: now }, now, rate)
  const taken = filled >= 1
  keepNewest(buckets, key, { left: taken ? filled - 1 : filled, at: now }, MOST_BUCKETS)
  return taken ? 0 : Math.max(1, Math.ceil((1 - filled) / rate.perSecond))
}

/** Gives one back that was taken for nothing. What has come since stays counted from when it was: it may be long ago that it was taken. */
function giveToken(buckets: Buckets, key: string, { burst }: Rate): void {
  const bucket = buckets.get(key)
  if (bucket !== undefined)
    keepNewest(buckets, key, { ...bucket, left: Math.min(burst, bucket.left + 1) }, MOST_BUCKETS)
}

/** Repeats are free; what is scarce is applications that nobody has seen before, from one place and in all. */
export function limitNew(ctx: AuthorityContext, visit: Visit, now: number): void {
  const wait = takeNew(ctx, visit, now)
  if (wait > 0) refuseNew(wait)
}

/** Counts a new application. Returns 0, or in how many seconds there may be one again. */
export function takeNew(ctx: AuthorityContext, visit: Visit, now: number): number {
  const { newPerHour, newPerHourAndNetwork } = ctx.registration
  return takeOfBoth(ctx, 'register', visit, now, { network: hourly(newPerHourAndNetwork), all: hourly(newPerHour) })
}

/** What was counted as new was none. */
export function giveBackNew(ctx: AuthorityContext, visit: Visit): void {
  const { newPerHour, newPerHourAndNetwork } = ctx.registration
  giveToken(ctx.buckets, `register ${visit.network}`, hourly(newPerHourAndNetwork))
  giveToken(ctx.totals, 'register', hourly(newPerHour))
}

/**
 * Takes one of what a network may have and of what all may have together, or of neither. What all may have is kept apart: whoever has many
 * networks would else push it out of the memory.
 */
export function takeOfBoth(
  ctx: Pick<AuthorityContext, 'buckets' | 'totals'>,
  what: string,
  visit: Visit,
  now: number,
  rates: { readonly network: Rate; readonly all: Rate },
): number {
  const key = `${what} ${visit.network}`
  const wait = takeToken(ctx.buckets, key, now, rates.network)
  if (wait > 0) return wait
  const waitOfAll = takeToken(ctx.totals, what, now, rates.all)
  if (waitOfAll > 0) giveToken(ctx.buckets, key, rates.network)
  return waitOfAll
}

export function refuseNew(wait: number): never {
  refuse('Too many new applications are being registered', 'registration_limit', wait)
}

/** A device that asks costs a row for ten minutes. */
export function limitDevices(ctx: AuthorityContext, visit: Visit, now: number): void {
  const wait = takeOfBoth(ctx, 'device', visit, now, RATES_OF_DEVICES)
  if (wait > 0) refuse('Too many devices are asking', 'device_limit', wait)
}

function refuse(words: string, reason: Reason, wait: number): never {
  const options = { status: 429, detail: { retry_after: String(wait) } }
  throw new OAuthError('temporarily_unavailable', `${words}; try again in ${wait} seconds`, reason, options)
}

const RATES_OF_DEVICES = { network: { burst: 30, perSecond: 0.05 }, all: { burst: 1000, perSecond: 2 } }

const hourly = (count: number) => ({ burst: count, perSecond: count / 3600 })
