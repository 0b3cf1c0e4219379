import { createSecretKey } from 'node:crypto'
import { dpopNonce, isGoodNonce } from '@doorward/core/dpop/nonce'
import { hmacSha256 } from '@doorward/core/kernel/digest'

/** RFC 9449 §9: the nonce for the next proof, and whether one is good. */
export interface Nonces {
  readonly current: () => string
  readonly isGood: (nonce: string) => boolean
}

const FEWEST_SECRET_BYTES = 32

/**
 * Nonces that nobody stores: each says under the secret in which five minutes it was made, and is good for those and the next. Whoever
 * has the same secret makes and takes the same ones.
 * @throws TypeError for a secret of less than 32 bytes.
 */
export function rotatingNonces(secret: string | Uint8Array, now: () => number): Nonces {
  const bytes = Buffer.from(secret as Uint8Array)
  if (bytes.length < FEWEST_SECRET_BYTES)
    throw new TypeError(
      `dpopNonces: the secret has ${bytes.length} bytes; give at least ${FEWEST_SECRET_BYTES}, random ones.`,
    )
  // A key of its own, whatever else the secret is used for.
  const key = createSecretKey(hmacSha256(createSecretKey(bytes), 'nonces of a protected resource'))
  return {
    current: () => dpopNonce(key, now()),
    isGood: (nonce) => isGoodNonce(key, nonce, now()),
  }
}
