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
  readonly cause?: unknown
}

/**
 * A request that is not let in. `description` goes on the wire and is safe for strangers; `reason` is for your own log.
 * `code` is absent when no credentials were sent: RFC 6750 §3.1 wants no error then.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: number
  readonly code: RefusalCode | undefined
  readonly description: string
  readonly reason: string
  readonly scopes: readonly string[]
  readonly retryAfterSeconds: number | undefined
  readonly scheme: 'Bearer' | 'DPoP'
  readonly nonce: string | undefined

  constructor(
    status: number,
    code: RefusalCode | undefined,
    description: string,
    reason: string,
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
  }
}

/** RFC 6750 §3.1: nothing, or an unsupported method, was presented. A plain invitation, no error (P18). */
export function noCredentials(reason = 'no_credentials'): Refusal {
  return new Refusal(401, undefined, 'An access token is needed.', reason)
}

export function invalidRequest(description: string, reason: string, status = 400): Refusal {
  return new Refusal(status, 'invalid_request', description, reason)
}

export function invalidToken(description: string, reason: string, cause?: unknown): Refusal {
  return new Refusal(401, 'invalid_token', description, reason, { cause })
}

export function unavailable(description: string, reason: string, retryAfterSeconds: number): Refusal {
  return new Refusal(503, 'temporarily_unavailable', description, reason, { retryAfterSeconds })
}

/** RFC 9449 §7.1: the answer to a proof that is not good, or to a bound token that came without one. */
export function invalidProof(description: string, reason: string): Refusal {
  return new Refusal(401, 'invalid_dpop_proof', description, reason, { scheme: 'DPoP' })
}
