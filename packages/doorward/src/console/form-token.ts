import { openFromBrowser, sealToBrowser } from '../authority/authorize/pending.ts'
import type { AuthorityContext, StoredUser } from '../authority/context.ts'
import { BROWSER, readCookie, writeCookie } from '../authority/cookies.ts'

/** The name of this browser, given to it now where it has none. */
export function browserOf(ctx: AuthorityContext, request: Request): { browser: string; cookies: string[] } {
  const known = readCookie(ctx, request, BROWSER)
  if (known !== undefined) return { browser: known, cookies: [] }
  const browser = Buffer.from(ctx.random(24)).toString('base64url')
  return { browser, cookies: [writeCookie(ctx, BROWSER, browser, ctx.lifetimes.session)] }
}

const SECONDS = 3600

/** An address of ours, below the issuer. */
export type Next = `/${string}`

/**
 * Proves that a form came from our own page in this browser (CSRF), where there is no pending request to do so. `next` is
 * where the person goes on to after signing in; sealed, so that nobody else chooses it.
 */
export function formToken(ctx: AuthorityContext, browser: string, next: Next = '/'): string {
  return sealToBrowser(ctx.keys.pending, browser, ctx.now() + SECONDS, ['form', next], ctx.random(12))
}

/**
 * The same for a form that acts for whoever is signed in. It counts for the account alone that its page was shown to: who planted the
 * name of this browser before can make tokens for it, and none for an account of somebody else.
 */
export function ownFormToken(ctx: AuthorityContext, browser: string, { id }: Pick<StoredUser, 'id'>): string {
  return sealToBrowser(ctx.keys.pending, browser, ctx.now() + SECONDS, ['form', '/', id], ctx.random(12))
}

export function isFormToken(ctx: AuthorityContext, browser: string | undefined, sealed: string): boolean {
  return nextOf(ctx, browser, sealed) !== undefined
}

/** Where to go on, or undefined where this is no token of a form. */
export function nextOf(ctx: AuthorityContext, browser: string | undefined, sealed: string): Next | undefined {
  return open(ctx, browser, sealed)?.next
}

/** Whether it is one that a page gave to this account. */
export function isOwnFormToken(
  ctx: AuthorityContext,
  browser: string | undefined,
  sealed: string,
  { id }: Pick<StoredUser, 'id'>,
): boolean {
  return open(ctx, browser, sealed)?.userId === id
}

function open(
  ctx: AuthorityContext,
  browser: string | undefined,
  sealed: string,
): { readonly next: Next; readonly userId: unknown } | undefined {
  const opened = openFromBrowser<unknown>(ctx.keys.pending, browser, sealed, ctx.now())
  if (opened.verdict !== 'good' || !Array.isArray(opened.value)) return undefined
  const [kind, next, userId] = opened.value as unknown[]
  return kind === 'form' && isBelow(ctx, next) ? { next, userId } : undefined
}

/** Whatever was sealed: nobody is sent on to anything but this server, by the reading that a browser makes of an address. */
function isBelow({ issuer }: AuthorityContext, next: unknown): next is Next {
  if (typeof next !== 'string' || !/^\/[\x21-\x7e]*$/.test(next)) return false
  return URL.parse(`${issuer}${next}`)?.href.startsWith(`${issuer}/`) === true
}
