import type { KeyObject } from 'node:crypto'
import { hmacSha256, sameSecret } from '@doorward/core/kernel/digest'

const PREFIX = 'dwi_'

/** An initial access token (RFC 7591 §3), derived from the id of the invite, so that a stolen database invites nobody. */
export function inviteToken(key: KeyObject, id: string): string {
  return `${PREFIX}${id}_${hmacSha256(key, id).toString('base64url')}`
}

/** The id of the invite, or undefined where the token is none of ours. */
export function readInviteToken(key: KeyObject, token: string): string | undefined {
  const id = /^dwi_([0-9a-f]{32})_[A-Za-z0-9_-]{43}$/.exec(token)?.[1]
  if (id === undefined) return undefined
  return sameSecret(Buffer.from(token), Buffer.from(inviteToken(key, id))) ? id : undefined
}
