import type { KeyObject } from 'node:crypto'
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

function nonceOf(key: KeyObject, period: number): string {
  return hmacSha256(key, `dpop nonce ${period}`).toString('base64url').slice(0, 32)
}
