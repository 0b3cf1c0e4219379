import { REDIRECTED } from '../authority/authorize/destination.ts'
import type { Page } from './views.ts'

/** Where the forms of a page may lead: `'self'` always, and the client's redirect where the page answers to one. */
export interface Sending {
  readonly formAction?: string
  readonly cookies?: readonly string[]
  /** Seconds after which to come again. */
  readonly retryAfter?: string | undefined
  /** The script of the page asks this server how things stand. */
  readonly asksBack?: boolean
}

/** Sends a page with everything a browser can be told to forbid. */
export function send(
  page: Page,
  { formAction = "'self'", cookies = [], retryAfter, asksBack = false }: Sending = {},
): Response {
  const headers: Record<string, string> = {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': [
      "default-src 'none'",
      `style-src ${sources(page.styleHashes)}`,
      `script-src ${sources(page.scriptHashes)}`,
      "img-src 'self' data:",
      ...(asksBack ? ["connect-src 'self'"] : []),
      `form-action ${formAction}`,
      "frame-ancestors 'none'",
      "base-uri 'none'",
    ].join('; '),
    'x-frame-options': 'DENY',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'permissions-policy': 'camera=(), geolocation=(), microphone=()',
    ...(retryAfter === undefined ? {} : { 'retry-after': retryAfter }),
  }
  return new Response(page.bytes, { status: page.status, headers: withCookies(headers, cookies) })
}

/**
 * Browsers apply `form-action` to every redirect after a form was sent (quirk Q26), also to those that the client's own
 * callback makes. So the client's origin or scheme has to be on the list, and any https page that it goes on to.
 */
export function formActionFor(destination: { readonly kind: string; readonly uri: string } | undefined): string {
  if (destination === undefined) return "'self'"
  if (destination.kind === 'private-use')
    return `'self' ${destination.uri.slice(0, destination.uri.indexOf(':')).toLowerCase()}:`
  return `'self' https: ${new URL(destination.uri).origin}`
}

function sources(hashes: readonly string[]): string {
  return hashes.length === 0 ? "'none'" : hashes.join(' ')
}

export function seeOther(location: string, cookies: readonly string[]): Response {
  return new Response(null, { status: 303, headers: withCookies({ location, ...REDIRECTED }, cookies) })
}

/** An answer with plain headers costs less; they have room for one cookie. */
function withCookies(plain: Record<string, string>, [first, ...more]: readonly string[]): HeadersInit {
  if (first === undefined) return plain
  const one = { ...plain, 'set-cookie': first }
  if (more.length === 0) return one
  const headers = new Headers(one)
  for (const cookie of more) headers.append('set-cookie', cookie)
  return headers
}
