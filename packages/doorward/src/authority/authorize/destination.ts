import { OAuthError, quoted } from '@doorward/core/oauth/error'
import type { Form } from '@doorward/core/oauth/form'
import { isLoopback, parseRedirectUri, type RedirectKind, sameRedirectUri } from '@doorward/core/oauth/redirect-uri'
import type { StoredClient } from '../../store/store.ts'

declare const checked: unique symbol

/**
 * Where an answer may go. Only `verifyDestination` makes one, and only who holds one can redirect: RFC 6749 §4.1.2.1
 * (never redirect to an address that was not checked) is a type.
 */
export interface Destination {
  readonly [checked]: true
  readonly uri: string
  readonly kind: RedirectKind
  /** What a person should see of it. */
  readonly shown: string
  readonly state: string | undefined
}

/**
 * @throws OAuthError `invalid_request`, to be shown to the person and never redirected.
 */
export function verifyDestination(form: Form, client: StoredClient, schemes: readonly string[]): Destination {
  const registered = client.metadata.redirect_uris as readonly string[]
  const only = registered.length === 1 ? registered[0] : undefined
  // The port of a loopback redirect is known to the asking process alone, so it cannot be left out.
  const requested = form.get('redirect_uri') ?? (only !== undefined && isLoopback(only) ? undefined : only)
  if (requested === undefined) {
    throw new OAuthError(
      'invalid_request',
      'redirect_uri is missing, and what this client has registered leaves a choice',
      'redirect_uri_missing',
    )
  }
  if (!registered.some((uri) => sameRedirectUri(uri, requested))) {
    // Quirk Q29: name both strings, relax nothing.
    throw new OAuthError(
      'invalid_request',
      `redirect_uri ${quoted(requested)} is not registered for this client; registered: ${registered.map(shownRegistered).join(', ')}`,
      'redirect_uri_not_registered',
    )
  }
  const { uri, kind, shown } = parseRedirectUri(requested, [...schemes, ...registered.map(schemeOf)])
  return { uri, kind, shown, state: form.get('state') } as Destination
}

/**
 * RFC 9700 §4.11.2: whether a browser may be sent there before a person has looked. Whoever registers itself could make an
 * open redirector of us by asking wrongly on purpose; this computer is the one place where that leads nobody astray.
 */
export function isTrusted(destination: Destination, client: Pick<StoredClient, 'assurance'>): boolean {
  return destination.kind === 'loopback' || client.assurance === 'operator' || client.assurance === 'statement'
}

/** What every redirect carries: nobody keeps it, nobody learns where somebody came from, and there is nothing to wait for. */
export const REDIRECTED: Readonly<Record<string, string>> = {
  'content-length': '0',
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

/**
 * The answer of the authorization endpoint: `iss` always (RFC 9207 §2), `state` as it came, 303 so that a form post is
 * never repeated at the client (RFC 9700 §4.12).
 */
export function redirectTo(
  destination: Destination,
  issuer: string,
  answer: Readonly<Record<string, string>>,
): Response {
  const query = new URLSearchParams(answer)
  if (destination.state !== undefined) query.set('state', destination.state)
  query.set('iss', issuer)
  const location = `${destination.uri}${destination.uri.includes('?') ? '&' : '?'}${query}`
  return new Response(null, {
    status: 303,
    headers: { location, ...REDIRECTED },
  })
}

/** As it was registered; a port of this computer is none of it (RFC 8252 §7.3). */
function shownRegistered(uri: string): string {
  return `${quoted(uri)}${isLoopback(uri) ? ' (any port)' : ''}`
}

function schemeOf(uri: string): string {
  return uri.slice(0, uri.indexOf(':')).toLowerCase()
}
