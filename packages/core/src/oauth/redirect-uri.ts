import { OAuthError, quoted } from './error.ts'
import type { Reason } from './reasons/index.ts'

const LONGEST_URI = 2048
const LOOPBACK_HOSTS = new Set(['127.0.0.1', '[::1]', 'localhost'])

/** Whether a host, as `URL` gives it, is this computer (RFC 8252 §7.3, and `localhost`, which is deployed). */
export function isLoopbackHost(host: string): boolean {
  return LOOPBACK_HOSTS.has(host)
}

// Schemes that run code, read files or stay inside the browser; no policy can allow them.
const SCRIPT_SCHEMES = new Set([
  'about',
  'blob',
  'chrome',
  'chrome-extension',
  'data',
  'file',
  'filesystem',
  'ftp',
  'intent',
  'jar',
  'javascript',
  'mailto',
  'moz-extension',
  'ms-appinstaller',
  'ms-msdt',
  'resource',
  'search-ms',
  'tel',
  'vbscript',
  'view-source',
  'ws',
  'wss',
])

/** Whether a server can allow a scheme to applications of a computer; `http` and `https` are judged by their hosts. */
export function canBeAllowed(scheme: string): boolean {
  return !SCRIPT_SCHEMES.has(scheme) && scheme !== 'http' && scheme !== 'https'
}

/** Private-use schemes of well-known MCP clients, dated 2026-11. A scheme with a dot (RFC 8252 §7.1) is allowed as well. */
export const KNOWN_SCHEMES: readonly string[] = [
  'claude',
  'cursor',
  'goose',
  'jetbrains',
  'kiro',
  'raycast',
  'vscode',
  'vscode-insiders',
  'vscodium',
  'warp',
  'windsurf',
  'zed',
]

export type RedirectKind = 'https' | 'loopback' | 'private-use'

export interface RedirectUri {
  readonly uri: string
  readonly kind: RedirectKind
  /** What a person should see: `https://claude.ai`, `cursor://anysphere.cursor-mcp`, `http://localhost:8787`. */
  readonly shown: string
}

/**
 * Checks one redirect URI before it is registered (RFC 7591 §5, RFC 8252 §7, OAuth 2.1 §2.3).
 * @throws OAuthError `invalid_redirect_uri` with the rule that refused.
 */
export function parseRedirectUri(text: unknown, allowedSchemes: readonly string[] = KNOWN_SCHEMES): RedirectUri {
  if (typeof text !== 'string' || text === '') refuse('A redirect URI has to be a string', 'redirect_uri_not_a_string')
  if (text.length > LONGEST_URI)
    refuse(`A redirect URI is longer than ${LONGEST_URI} characters`, 'redirect_uri_too_long')
  if (!/^[\x21-\x7e]+$/.test(text))
    refuse(`Redirect URI ${quoted(text)} has characters that are not printable ASCII`, 'redirect_uri_characters')
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1]?.toLowerCase()
  const url = URL.parse(text)
  if (scheme === undefined || url === null)
    refuse(`Redirect URI ${quoted(text)} is not an absolute URI`, 'redirect_uri_not_absolute')
  if (SCRIPT_SCHEMES.has(scheme))
    refuse(`Redirect URI ${quoted(text)} uses a scheme that is never allowed`, 'redirect_uri_script_scheme')
  if (text.includes('#')) refuse(`Redirect URI ${quoted(text)} has a fragment`, 'redirect_uri_fragment')
  if (url.username !== '' || url.password !== '')
    refuse(`Redirect URI ${quoted(text)} has credentials`, 'redirect_uri_credentials')
  if (/\\|\/\.{1,2}(\/|$|\?)|%2e/i.test(text))
    refuse(`Redirect URI ${quoted(text)} has dot segments or backslashes`, 'redirect_uri_path')
  // A host of other characters could end a directive of the content security policy that names it.
  if (!/^[a-z0-9._:[\]*-]*$/i.test(url.host))
    refuse(`Redirect URI ${quoted(text)} has no plain host`, 'redirect_uri_host')
  if (scheme === 'https') {
    if (!/^https:\/\/[^/?#]/i.test(text) || url.hostname.includes('*') || url.hostname.endsWith('.'))
      refuse(`Redirect URI ${quoted(text)} has no plain host`, 'redirect_uri_host')
    return { uri: text, kind: 'https', shown: url.origin }
  }
  if (scheme === 'http') {
    if (!isLoopback(text))
      refuse(`Redirect URI ${quoted(text)} uses http and is not on this computer; use https`, 'redirect_uri_http')
    return { uri: text, kind: 'loopback', shown: url.origin }
  }
  // RFC 8252 §7.1: a domain name in reverse is its owner's; a system's own scheme with a dot in it is not.
  if (!/^[a-z]{2,}(\.[a-z0-9+-]+)+$/.test(scheme) && !allowedSchemes.includes(scheme)) {
    refuse(
      `Redirect URI ${quoted(text)} uses the scheme '${scheme}', which is not on this server's list`,
      'redirect_uri_scheme_not_listed',
    )
  }
  return { uri: text, kind: 'private-use', shown: `${scheme}:${url.host === '' ? '' : `//${url.host}`}` }
}

/**
 * RFC 9700 §2.1: exact string match. Sole exception RFC 8252 §7.3: a loopback redirect matches on any port
 * (`localhost` too, since deployed clients register it).
 */
export function sameRedirectUri(registered: string, requested: string): boolean {
  if (registered === requested) return true
  return isLoopback(registered) && isLoopback(requested) && withoutPort(registered) === withoutPort(requested)
}

/** Whether the URI is `http` on this computer, judged on the text itself so that no parser can be talked round. */
export function isLoopback(uri: string): boolean {
  const authority = /^http:\/\/(\[::1\]|[^/?#:@\\[\]]+)(?::\d{1,5})?(?:[/?].*)?$/.exec(uri)
  return authority !== null && isLoopbackHost(authority[1] as string)
}

/** Where an answer goes, for rules: `claude.ai`, `localhost`, or `cursor:` for a scheme of its own; empty for what is no URI. */
export function hostOrScheme(uri: string): string {
  const url = URL.parse(uri)
  if (url === null) return ''
  return url.protocol === 'https:' || url.protocol === 'http:' ? url.hostname.replace(/\.$/, '') : url.protocol
}

/** A loopback URI without its port; every other URI as it is. */
export function withoutPort(uri: string): string {
  return isLoopback(uri) ? uri.replace(/^(http:\/\/(?:\[::1\]|[^/?#:]+)):\d{1,5}/, '$1') : uri
}

function refuse(description: string, reason: Reason): never {
  throw new OAuthError('invalid_redirect_uri', description, reason)
}
