import type { KeyObject } from 'node:crypto'
import { hmacSha256, sameSecret } from '@doorward/core/kernel/digest'

const PREFIX = 'dwm_'

interface Managed {
  readonly id: string
  readonly createdAt: number
}

/** RFC 7592: the registration access token, derived from the client, so that nothing of it is stored. It ends with its client. */
export function managementToken(key: KeyObject, client: Managed): string {
  return PREFIX + hmacSha256(key, JSON.stringify([client.id, client.createdAt])).toString('base64url')
}

export function isManagementToken(key: KeyObject, client: Managed, presented: string): boolean {
  return sameSecret(Buffer.from(presented), Buffer.from(managementToken(key, client)))
}
