import { createHmac, hash, type KeyObject, timingSafeEqual } from 'node:crypto'

/** SHA-256 as base64url without padding. */
export function sha256(text: string | Uint8Array): string {
  return hash('sha256', text, 'base64url')
}

export function hmacSha256(key: KeyObject | Uint8Array, data: string | Uint8Array): Buffer {
  return createHmac('sha256', key).update(data).digest()
}

/** Compares two secrets in a time that tells nothing but whether they are of one length. */
export function sameSecret(a: string | Uint8Array, b: string | Uint8Array): boolean {
  const [x, y] = [bytesOf(a), bytesOf(b)]
  return x.length === y.length && timingSafeEqual(x, y)
}

function bytesOf(secret: string | Uint8Array): Uint8Array {
  return typeof secret === 'string' ? Buffer.from(secret) : secret
}
