import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'

const NONCE_BYTES = 12
const TAG_BYTES = 16

/** A key of its own for one purpose, so that nothing made for one place opens in another (RFC 5869). It does not print. */
export function deriveKey(secret: Uint8Array, purpose: string): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', secret, 'doorward', purpose, 32)))
}

/** AES-256-GCM: only the holder of the key can read or make it. `nonce` must be 12 fresh random bytes. */
export function seal(key: KeyObject, plain: Uint8Array, nonce: Uint8Array): string {
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]).toString('base64url')
}

/** What was sealed, or undefined where it was not sealed with this key. */
export function unseal(key: KeyObject, sealed: string): Buffer | undefined {
  const bytes = Buffer.from(sealed, 'base64url')
  // A decoder that passes over what it does not know, or over the spare bits at the end, would open one seal in many spellings.
  if (bytes.toString('base64url') !== sealed) return undefined
  if (bytes.length < NONCE_BYTES + TAG_BYTES) return undefined
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES))
  decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES))
  try {
    return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, bytes.length - TAG_BYTES)), decipher.final()])
  } catch {
    return undefined
  }
}
