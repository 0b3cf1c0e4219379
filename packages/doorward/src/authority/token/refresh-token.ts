import type { KeyObject } from 'node:crypto'
import { hmacSha256, sameSecret } from '@doorward/core/kernel/digest'

const PREFIX = 'dwr_'
const HEAD_BYTES = 20
const MAC_BYTES = 32

export interface RefreshToken {
  /** 32 hexadecimal digits. */
  readonly grantId: string
  readonly generation: number
}

/** The refresh token of one generation of one grant, derived under a server key: there is no table of them. */
export function deriveRefreshToken(key: KeyObject, { grantId, generation }: RefreshToken): string {
  const token = Buffer.alloc(HEAD_BYTES + MAC_BYTES)
  token.write(grantId, 0, 16, 'hex')
  token.writeUInt32BE(generation, 16)
  token.set(hmacSha256(key, token.subarray(0, HEAD_BYTES)), HEAD_BYTES)
  return PREFIX + token.toString('base64url')
}

/** What a token says, or undefined where this key did not make it. */
export function readRefreshToken(key: KeyObject, token: string): RefreshToken | undefined {
  if (!token.startsWith(PREFIX)) return undefined
  const bytes = Buffer.from(token.slice(PREFIX.length), 'base64url')
  if (bytes.length !== HEAD_BYTES + MAC_BYTES) return undefined
  const head = bytes.subarray(0, HEAD_BYTES)
  if (!sameSecret(bytes.subarray(HEAD_BYTES), hmacSha256(key, head))) return undefined
  return { grantId: head.toString('hex', 0, 16), generation: head.readUInt32BE(16) }
}
