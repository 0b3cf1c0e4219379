import { formatScope } from '@doorward/core/oauth/scope'
import { formatChallenge } from '@doorward/core/oauth/www-authenticate'
import type { Refusal } from './refusal.ts'

/** What every challenge of one guard says besides the refusal. */
export interface Invitation {
  readonly metadataUrl: string
  /** The scopes that a first visit asks for (RS4). */
  readonly scopes: readonly string[]
  /** The scheme for who came with nothing. */
  readonly scheme: Refusal['scheme']
  /** What proofs may be signed with. */
  readonly proofAlgorithms: readonly string[]
}

/** P13: a browser client must be able to read these of an answer from another origin. */
export const EXPOSED_HEADERS = 'WWW-Authenticate, Mcp-Session-Id, Mcp-Protocol-Version, Retry-After, DPoP-Nonce'

/** Writes a refusal as the HTTP response of RFC 6750 §3 and RFC 9728 §5.1. */
export function challengeResponse(refusal: Refusal, invitation: Invitation): Response {
  const headers = new Headers({
    'content-type': 'application/json',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'access-control-allow-origin': '*',
    'access-control-expose-headers': EXPOSED_HEADERS,
  })
  if (refusal.nonce !== undefined) headers.set('dpop-nonce', refusal.nonce)
  if (refusal.retryAfterSeconds !== undefined) headers.set('retry-after', String(refusal.retryAfterSeconds))
  if (refusal.status < 500 && refusal.status !== 413) {
    headers.set('www-authenticate', challengeOf(refusal, invitation))
  }
  const body = {
    ...(refusal.code === undefined ? {} : { error: refusal.code }),
    error_description: descriptionOf(refusal),
    ...(refusal.errorUri === undefined ? {} : { error_uri: refusal.errorUri }),
    resource_metadata: invitation.metadataUrl,
  }
  return new Response(JSON.stringify(body), { status: refusal.status, headers })
}

/**
 * RS18: error, scope and where to learn more, in one challenge. For a missing scope it is the same each time, without a reference: the
 * SDK v1 asks for the same again and again until it reads a challenge that it has read before (typescript-sdk#1582).
 */
export function challengeOf(refusal: Refusal, invitation: Invitation): string {
  const words = descriptionOf(refusal.code === 'insufficient_scope' ? { ...refusal, reference: undefined } : refusal)
  const scopes = refusal.scopes.length > 0 ? refusal.scopes : invitation.scopes
  const scheme = refusal.code === undefined ? invitation.scheme : refusal.scheme
  return formatChallenge(scheme, {
    error: refusal.code,
    error_description: refusal.code === undefined ? undefined : words,
    error_uri: refusal.code === undefined ? undefined : refusal.errorUri,
    scope: scopes.length === 0 ? undefined : formatScope(scopes),
    resource_metadata: invitation.metadataUrl,
    // RFC 9449 §7.1.
    algs: scheme === 'DPoP' ? invitation.proofAlgorithms.join(' ') : undefined,
  })
}

/** What is wrong, the name under which `docs/errors.md` explains it, and the reference where there is one. */
function descriptionOf({
  description,
  reason,
  reference,
}: Pick<Refusal, 'description' | 'reason' | 'reference'>): string {
  return `${description} [${reason}]${reference === undefined ? '' : ` (ref ${reference})`}`
}
