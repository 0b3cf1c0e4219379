import type { KeyObject } from 'node:crypto'
import { generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import { seal } from '@doorward/core/kernel/seal'
import type { SigningAlgorithm } from '@doorward/core/token/access-token'
import type { JWK } from 'jose'
import { calculateJwkThumbprint } from 'jose/jwk/thumbprint'
import type { StoredKey } from '../../store/store.ts'

/** Away from the event loop: an RSA key takes a good part of a second. */
const generate = promisify(generateKeyPair)

/** RFC 7518 §3.1, RFC 8037 §3.1. RSA of 3072 bits lasts beyond 2030 (NIST SP 800-57, part 1, table 2). */
const MAKERS = {
  ES256: () => generate('ec', { namedCurve: 'P-256' }),
  EdDSA: () => generate('ed25519'),
  RS256: () => generate('rsa', { modulusLength: 3072 }),
} as const satisfies Record<SigningAlgorithm, unknown>

/** A new key, its private half sealed. */
export async function makeKey(
  alg: SigningAlgorithm,
  sealingKey: KeyObject,
  { createdAt, nonce }: { readonly createdAt: number; readonly nonce: Uint8Array },
): Promise<StoredKey> {
  const { privateKey, publicKey } = await MAKERS[alg]()
  const jwk = publicKey.export({ format: 'jwk' }) as JWK
  const kid = await calculateJwkThumbprint(jwk) // RFC 7638
  const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }) as string
  return {
    kid,
    alg,
    sealedPrivateKey: seal(sealingKey, Buffer.from(pem), nonce),
    publicJwk: { ...jwk, kid, alg, use: 'sig' },
    createdAt,
  }
}
