import type { KeyObject } from 'node:crypto'
import { hmacSha256, sameSecret } from '@doorward/core/kernel/digest'

const PREFIX = 'dws_'
const HEAD_BYTES = 20
const MAC_BYTES = 32

interface ClientSecret {
  readonly clientId: string
  /** 12 random bytes. */
  readonly nonce: Uint8Array
  /** Seconds; `expiresAt` 0 means never. */
  readonly issuedAt: number
  readonly expiresAt: number
}

/** A secret that nobody has to store: it authenticates its own client, nonce and dates under a server key. */
export function deriveClientSecret(key: KeyObject, secret: ClientSecret): string {
  const head = Buffer.alloc(HEAD_BYTES)
  head.set(secret.nonce.subarray(0, 12))
  head.writeUInt32BE(secret.issuedAt, 12)
  head.writeUInt32BE(secret.expiresAt, 16)
  return PREFIX + Buffer.concat([head, macOf(key, secret.clientId, head)]).toString('base64url')
}

export type SecretVerdict = 'good' | 'wrong' | 'expired' | 'revoked'

/** Judges a presented secret. The comparison takes the same time wherever it differs. */
export function judgeClientSecret(
  key: KeyObject,
  presented: string,
  client: { readonly id: string; readonly secretsNotBefore: number },
  now: number,
): SecretVerdict {
  const bytes = Buffer.from(presented.startsWith(PREFIX) ? presented.slice(PREFIX.length) : '', 'base64url')
  const head = Buffer.alloc(HEAD_BYTES)
  bytes.copy(head, 0, 0, HEAD_BYTES)
  const good = sameSecret(bytes.subarray(HEAD_BYTES), macOf(key, client.id, head))
  if (!good || bytes.length !== HEAD_BYTES + MAC_BYTES) return 'wrong'
  if (head.readUInt32BE(12) < client.secretsNotBefore) return 'revoked'
  const expiresAt = head.readUInt32BE(16)
  return expiresAt !== 0 && expiresAt <= now ? 'expired' : 'good'
}

function macOf(key: KeyObject, clientId: string, head: Uint8Array): Buffer {
  return hmacSha256(key, Buffer.concat([head, Buffer.from(clientId)]))
}
