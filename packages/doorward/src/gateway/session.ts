import { hmacSha256, sameSecret } from '@doorward/core/kernel/digest'

const LONGEST_ID = 512
const VISIBLE = /^[\x21-\x7e]+$/

/**
 * Sessions of MCP up to 2025-11-25 are bound to the person who opened them (SBP, session hijacking), without a table:
 * what the client holds is the upstream's id and an authentication of id and person together.
 */
export function sealSession(key: Uint8Array, subject: string, upstreamId: string): string | undefined {
  if (upstreamId.length > LONGEST_ID || !VISIBLE.test(upstreamId)) return undefined
  return `${upstreamId}.${mac(key, subject, upstreamId)}`
}

/** The upstream's id, or undefined where this session is not this person's. */
export function openSession(key: Uint8Array, subject: string, id: string): string | undefined {
  const dot = id.lastIndexOf('.')
  if (dot < 1 || id.length > LONGEST_ID + 64) return undefined
  const upstreamId = id.slice(0, dot)
  return sameSecret(id.slice(dot + 1), mac(key, subject, upstreamId)) ? upstreamId : undefined
}

function mac(key: Uint8Array, subject: string, upstreamId: string): string {
  return hmacSha256(key, `${subject.length}:${subject}${upstreamId}`).toString('base64url').slice(0, 32)
}
