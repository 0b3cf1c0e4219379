import { invalidRequest, noCredentials } from './refusal.ts'

const LONGEST_HEADER_BYTES = 16_384
// RFC 9110 §11.4 with the token68 of RFC 6750 §2.1; the scheme in any case (RFC 9110 §11.1).
const CREDENTIALS = /^(?:bearer|dpop) +([A-Za-z0-9\-._~+/]+=*)$/i
const SCHEME = /^(?:bearer|dpop)(?:[\s,]|$)/i
const SECOND = /,[ \t]*(?:bearer|dpop)(?:[\s,]|$)/i

const MALFORMED = 'The Authorization header must be Bearer or DPoP, a space and one token.'

/** A token, and how it was shown: by whoever holds it, or with a proof of the key that it is bound to (RFC 9449 §7.1). */
export interface Credentials {
  readonly scheme: 'Bearer' | 'DPoP'
  readonly token: string
}

/**
 * The token of an Authorization header. Only there is one looked for: never in the query, never in the body
 * (OAuth 2.1 §5.1.1). Throws a `Refusal` for everything else.
 */
export function readCredentials(header: string | null | undefined): Credentials {
  const text = trimSpaces(header ?? '')
  if (text === '') throw noCredentials()
  if (text.length > LONGEST_HEADER_BYTES)
    throw invalidRequest('The Authorization header is too long.', 'header_too_long')
  if (!SCHEME.test(text)) {
    if (SECOND.test(text)) throw invalidRequest('Send one Authorization header only.', 'several_credentials')
    throw noCredentials('other_scheme')
  }
  const scheme = /^dpop/i.test(text) ? 'DPoP' : 'Bearer'
  const [, token] = CREDENTIALS.exec(text) ?? []
  if (token === undefined) {
    throw text.includes(',')
      ? invalidRequest('Send one Authorization header only.', 'several_credentials', 400, scheme)
      : invalidRequest(MALFORMED, 'malformed_header', 400, scheme)
  }
  return { scheme, token }
}

/** Optional whitespace of RFC 9110 §5.6.3 only, so that no other character is forgiven. */
function trimSpaces(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isSpace(text.charCodeAt(start))) start++
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09
}
