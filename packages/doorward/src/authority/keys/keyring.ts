import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { seal, unseal } from '@doorward/core/kernel/seal'
import type { SigningKey } from '@doorward/core/token/access-token'
import { calculateJwkThumbprint, type JWK } from 'jose'
import type { Store, StoredKey } from '../../store/store.ts'

/** The keys that tokens are signed and verified with, imported once. */
export interface Keyring {
  readonly signing: SigningKey
  /** RFC 7517 §5, ready to send. */
  readonly jwks: { readonly keys: readonly JWK[] }
  readonly publicKey: (kid: string) => KeyObject | undefined
}

/**
 * Opens the keyring, making the first key where there is none. Private keys lie in the store sealed under `sealingKey`,
 * which does not.
 * @throws Error where a stored key does not open: the server secret is not the one that it was sealed with.
 */
export async function openKeyring(
  store: Pick<Store, 'keys'>,
  sealingKey: Uint8Array,
  world: { now: () => number; random: (bytes: number) => Uint8Array },
): Promise<Keyring> {
  let stored = await store.keys.list()
  if (stored.length === 0) {
    await store.keys.add(await newKey(sealingKey, world), true)
    stored = await store.keys.list()
  }
  const newest = stored.at(-1) as StoredKey
  const pem = unseal(sealingKey, newest.sealedPrivateKey)
  if (pem === undefined) {
    throw new Error(
      'The signing key in the database was sealed with another server secret; set DOORWARD_SECRET (or the .key file beside the database) to the one it was made with.',
    )
  }
  const publicKeys = new Map(
    stored.map((key) => [key.kid, createPublicKey({ key: key.publicJwk as JsonWebKey, format: 'jwk' })]),
  )
  return {
    signing: { kid: newest.kid, alg: 'ES256', privateKey: createPrivateKey(pem) },
    jwks: { keys: stored.map((key) => key.publicJwk as JWK) },
    publicKey: (kid) => publicKeys.get(kid),
  }
}

async function newKey(
  sealingKey: Uint8Array,
  world: { now: () => number; random: (bytes: number) => Uint8Array },
): Promise<StoredKey> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = publicKey.export({ format: 'jwk' }) as JWK
  const kid = await calculateJwkThumbprint(jwk) // RFC 7638
  const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }) as string
  return {
    kid,
    alg: 'ES256',
    sealedPrivateKey: seal(sealingKey, Buffer.from(pem), world.random(12)),
    publicJwk: { ...jwk, kid, alg: 'ES256', use: 'sig' },
    createdAt: world.now(),
  }
}
