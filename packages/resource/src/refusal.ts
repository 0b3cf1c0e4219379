import type { Reason } from '@doorward/core/oauth/reasons'

/** Error codes on the wire: RFC 6750 §3.1, RFC 9449 §7.1 and §9, and the 503 of a resource server that cannot reach the keys. */
export type RefusalCode =
  | 'invalid_request'
  | 'invalid_token'
  | 'insufficient_scope'
  | 'temporarily_unavailable'
  | 'invalid_dpop_proof'
  | 'use_dpop_nonce'

export interface RefusalDetails {
  /** The scopes to ask for, all of them in one challenge (RS20). */
  readonly scopes?: readonly string[]
  readonly retryAfterSeconds?: number
  /** The challenge is for the scheme that was tried. */
  readonly scheme?: 'Bearer' | 'DPoP'
  /** For the next proof (RFC 9449 §9). */
  readonly nonce?: string
  /** Under which whoever runs the server finds what happened. */
  readonly reference?: string
  /** Where the reason is explained: the `error_uri` of RFC 6750 §3. */
  readonly errorUri?: string
  readonly cause?: unknown
}

/**
 * A request that is not let in. `description` and `reason` go on the wire and are safe for strangers; `cause` is for your own log
 * (`onRefusal`).
 * `code` is absent when no credentials were sent: RFC 6750 §3.1 wants no error then.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: number
  readonly code: RefusalCode | undefined
  readonly description: string
  readonly reason: Reason
  readonly scopes: readonly string[]
  readonly retryAfterSeconds: number | undefined
  readonly scheme: 'Bearer' | 'DPoP'
  readonly nonce: string | undefined
  readonly reference: string | undefined
  readonly errorUri: string | undefined

  constructor(
    status: number,
    code: RefusalCode | undefined,
    description: string,
    reason: Reason,
    details: RefusalDetails = {},
  ) {
    super(description, details.cause === undefined ? undefined : { cause: details.cause })
    this.status = status
    this.code = code
    this.description = description
    this.reason = reason
    this.scopes = details.scopes ?? []
    this.retryAfterSeconds = details.retryAfterSeconds
    this.scheme = details.scheme ?? 'Bearer'
    this.nonce = details.nonce
    this.reference = details.reference
    this.errorUri = details.errorUri
  }
}

/** The same refusal, for the scheme that was tried; one that is for DPoP already stays so. */
export function inScheme(refusal: Refusal, scheme: Refusal['scheme']): Refusal {
  if (scheme === refusal.scheme || scheme === 'Bearer') return refusal
  const { status, code, description, reason, scopes, retryAfterSeconds, nonce, reference, errorUri, cause } = refusal
  return new Refusal(status, code, description, reason, {
    scopes,
    scheme,
    cause,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    ...(nonce === undefined ? {} : { nonce }),
    ...(reference === undefined ? {} : { reference }),
    ...(errorUri === undefined ? {} : { errorUri }),
  })
}

/** RFC 6750 §3.1: nothing, or an unsupported method, was presented. A plain invitation, no error (P18). */
export function noCredentials(reason: Reason = 'no_credentials'): Refusal {
  return new Refusal(401, undefined, 'An access token is needed.', reason)
}

export function invalidRequest(
  description: string,
  reason: Reason,
  status = 400,
  scheme: Refusal['scheme'] = 'Bearer',
): Refusal {
  return new Refusal(status, 'invalid_request', description, reason, { scheme })
}

export function invalidToken(description: string, reason: Reason, cause?: unknown): Refusal {
  return new Refusal(401, 'invalid_token', description, reason, { cause })
}

export function unavailable(
  description: string,
  reason: Reason,
  retryAfterSeconds: number,
  { cause }: Pick<RefusalDetails, 'cause'> = {},
): Refusal {
  return new Refusal(503, 'temporarily_unavailable', description, reason, { retryAfterSeconds, cause })
}

/** RFC 9449 §7.1: the answer to a proof that is not good, or to a bound token that came without one. */
export function invalidProof(description: string, reason: Reason): Refusal {
  return new Refusal(401, 'invalid_dpop_proof', description, reason, { scheme: 'DPoP' })
}
