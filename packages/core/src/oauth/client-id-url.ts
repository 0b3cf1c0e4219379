import { OAuthError, quoted } from './error.ts'
import type { Reason } from './reasons/index.ts'
import { isLoopbackHost } from './redirect-uri.ts'

const LONGEST = 1024

/** Whether an id is meant as the address of a metadata document. Our own ids never begin like this. */
export function isClientIdUrl(id: string): boolean {
  return /^https?:\/\//i.test(id)
}

/**
 * Checks a Client Identifier URL (draft-ietf-oauth-client-id-metadata-document, "Client Identifier URL"). It is compared by
 * simple string, so it has to be written the one way in which a URL parser would write it.
 * @param allowLoopback in development, `http` and `https` at this computer
 * @throws OAuthError `invalid_client` with the rule that refused.
 */
export function checkClientIdUrl(id: string, allowLoopback: boolean): URL {
  if (id.length > LONGEST) refuse(`The client id is longer than ${LONGEST} characters`, 'client_url_too_long')
  const url = URL.parse(id)
  if (url === null || !/^[\x21-\x7e]+$/.test(id)) refuse(`Client id ${quoted(id)} is not a URL`, 'client_url_malformed')
  const isLocal = isLoopbackHost(url.hostname)
  if (url.protocol !== 'https:' && !(isLocal && allowLoopback)) {
    refuse(`Client id ${quoted(id)} has to be an https URL`, 'client_url_not_https')
  }
  if (url.username !== '' || url.password !== '')
    refuse(`Client id ${quoted(id)} has credentials`, 'client_url_credentials')
  if (id.includes('#')) refuse(`Client id ${quoted(id)} has a fragment`, 'client_url_fragment')
  // Dot segments, upper case, a missing path, a default port, backslashes and tabs all show here.
  if (url.href !== id)
    refuse(`Client id ${quoted(id)} has to be written as ${quoted(url.href)}`, 'client_url_not_normal')
  if (isLocal ? !allowLoopback : !/^[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z][a-z0-9-]*$/.test(url.hostname)) {
    refuse(`Client id ${quoted(id)} is not at a public domain name`, 'client_url_host')
  }
  return url
}

function refuse(description: string, reason: Reason): never {
  throw new OAuthError('invalid_client', description, reason, { status: 400 })
}
