import type { Reason } from './reasons/index.ts'

/** Error codes of RFC 6749 §4.1.2.1 and §5.2, RFC 6750 §3.1, RFC 7009 §2.2.1, RFC 7591 §3.2.2, RFC 8628 §3.5, RFC 9470 §5, RFC 8707 §2, RFC 9101 §7, RFC 9396 §5. */
export type OAuthErrorCode =
  | 'access_denied'
  | 'authorization_pending'
  | 'expired_token'
  | 'insufficient_scope'
  | 'invalid_authorization_details'
  | 'invalid_client'
  | 'invalid_client_metadata'
  | 'invalid_dpop_proof'
  | 'invalid_grant'
  | 'invalid_redirect_uri'
  | 'invalid_request'
  | 'invalid_request_object'
  | 'invalid_scope'
  | 'invalid_software_statement'
  | 'invalid_target'
  | 'invalid_token'
  | 'server_error'
  | 'slow_down'
  | 'temporarily_unavailable'
  | 'unapproved_software_statement'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'unsupported_response_type'
  | 'unsupported_token_type'
  | 'unmet_authentication_requirements'
  | 'use_dpop_nonce'

/**
 * A refusal: the code of the RFC, with our reason beside it. `description` and `reason` go on the wire and are safe for strangers;
 * `reasons/` says of each reason where it comes from and what helps.
 * Anything thrown that is not an `OAuthError` is our own bug.
 */
export class OAuthError extends Error {
  override readonly name = 'OAuthError'
  readonly code: OAuthErrorCode
  readonly description: string
  readonly reason: Reason
  readonly status: number
  readonly detail: Readonly<Record<string, string>> | undefined

  constructor(
    code: OAuthErrorCode,
    description: string,
    reason: Reason,
    options: { status?: number; detail?: Readonly<Record<string, string>> } = {},
  ) {
    super(`${code}: ${description}`)
    this.code = code
    this.description = description
    this.reason = reason
    this.status = options.status ?? STATUS[code] ?? 400
    this.detail = options.detail
  }
}

const STATUS: Partial<Record<OAuthErrorCode, number>> = {
  invalid_client: 401,
  invalid_token: 401,
  insufficient_scope: 403,
  server_error: 500,
  temporarily_unavailable: 503,
}

// RFC 6749 §5.2: error_description MUST NOT include characters outside %x20-21 / %x23-5B / %x5D-7E.
const FORBIDDEN = /[^\x20-\x21\x23-\x5b\x5d-\x7e]/g
const LONGEST_QUOTE = 200

/** Text from outside, made safe and short enough to stand in an error_description. */
export function quoted(text: string): string {
  const safe = text.replace(FORBIDDEN, '?')
  return `'${safe.length > LONGEST_QUOTE ? `${safe.slice(0, LONGEST_QUOTE)}...` : safe}'`
}

/** A whole error_description, made safe for the wire. */
export function wireSafe(text: string): string {
  return text.replace(FORBIDDEN, '?')
}

/** Where a Doorward explains a reason: the `error_uri` of RFC 6749 §5.2. */
export function errorUri(issuer: string, reason: Reason): string {
  return `${issuer}/errors/${reason}`
}

/** The `error_description` of a refusal: what is wrong, the name under which it is explained, and the reference. */
export function wireDescription(description: string, reason: Reason, correlation: string): string {
  return wireSafe(`${description} [${reason}] (ref ${correlation})`)
}
