import type { KeyObject } from 'node:crypto'
import { hmacSha256, sameSecret } from '@doorward/core/kernel/digest'

export interface SessionOwner {
  readonly subject: string
  readonly clientId: string
  readonly resource: string
}

const LONGEST_ID = 512
const VISIBLE = /^[\x21-\x7e]+$/

/**
 * Sessions of MCP up to 2025-11-25 are bound to who opened them (SBP, session hijacking), the person with the
 * application at this server, without a table: what the client holds is the upstream's id and an authentication of both.
 */
export function sealSession(key: KeyObject, owner: SessionOwner, upstreamId: string): string | undefined {
  if (upstreamId.length > LONGEST_ID || !VISIBLE.test(upstreamId)) return undefined
  return `${upstreamId}.${mac(key, owner, upstreamId)}`
}

/** The upstream's id, or undefined where this session is not theirs. */
export function openSession(key: KeyObject, owner: SessionOwner, id: string): string | undefined {
  const dot = id.lastIndexOf('.')
  if (dot < 1 || id.length > LONGEST_ID + 64) return undefined
  const upstreamId = id.slice(0, dot)
  return sameSecret(id.slice(dot + 1), mac(key, owner, upstreamId)) ? upstreamId : undefined
}

function mac(key: KeyObject, { subject, clientId, resource }: SessionOwner, upstreamId: string): string {
  return hmacSha256(key, JSON.stringify([subject, clientId, resource, upstreamId]))
    .toString('base64url')
    .slice(0, 32)
}
