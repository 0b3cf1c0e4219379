import type { KeyObject } from 'node:crypto'
import { keepNewest } from '../kernel/bounded.ts'
import { hmacSha256, sameSecret } from '../kernel/digest.ts'

const PERIOD_SECONDS = 300

/** A nonce (RFC 9449 §8) that nobody has to store: it says under a server key in which five minutes it was made. */
export function dpopNonce(key: KeyObject, now: number): string {
  return nonceOf(key, Math.floor(now / PERIOD_SECONDS))
}

/** Good for the five minutes in which it was made and the next. */
export function isGoodNonce(key: KeyObject, nonce: string, now: number): boolean {
  const period = Math.floor(now / PERIOD_SECONDS)
  const isNow = sameSecret(Buffer.from(nonce), Buffer.from(nonceOf(key, period)))
  const isBefore = sameSecret(Buffer.from(nonce), Buffer.from(nonceOf(key, period - 1)))
  return isNow || isBefore
}

/** The two that are good at a time; asked for with every proof. */
const made = new WeakMap<KeyObject, Map<number, string>>()
const MOST_MADE = 2

function nonceOf(key: KeyObject, period: number): string {
  const ofKey = made.get(key) ?? new Map<number, string>()
  made.set(key, ofKey)
  const known = ofKey.get(period)
  if (known !== undefined) return known
  const nonce = hmacSha256(key, `dpop nonce ${period}`).toString('base64url').slice(0, 32)
  keepNewest(ofKey, period, nonce, MOST_MADE)
  return nonce
}
