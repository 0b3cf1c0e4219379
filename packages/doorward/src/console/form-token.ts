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
 * @param correlation of the story that `next` is a part of, if it is
 */
export function formToken(ctx: AuthorityContext, browser: string, next: Next = '/', correlation?: string): string {
  return sealForm(ctx, browser, [next, correlation ?? null])
}

/**
 * The same for a form that acts for whoever is signed in. It counts for the account alone that its page was shown to: who planted the
 * name of this browser before can make tokens for it, and none for an account of somebody else.
 */
export function ownFormToken(ctx: AuthorityContext, browser: string, { id }: Pick<StoredUser, 'id'>): string {
  return sealForm(ctx, browser, ['/', null, id])
}

function sealForm(ctx: AuthorityContext, browser: string, rest: readonly unknown[]): string {
  return sealToBrowser(ctx.keys.pending, browser, ctx.now() + SECONDS, ['form', ...rest], ctx.random(12))
}

export function isFormToken(ctx: AuthorityContext, browser: string | undefined, sealed: string): boolean {
  return openFormToken(ctx, browser, sealed) !== undefined
}

/** Where to go on, in which story, and for whose account, as far as it says so; undefined where this is no token of a form. */
export function openFormToken(
  ctx: AuthorityContext,
  browser: string | undefined,
  sealed: string,
): { readonly next: Next; readonly correlation: string | undefined; readonly userId: unknown } | undefined {
  const opened = openFromBrowser<unknown>(ctx.keys.pending, browser, sealed, ctx.now())
  if (opened.verdict !== 'good' || !Array.isArray(opened.value)) return undefined
  const [kind, next, correlation, userId] = opened.value as unknown[]
  if (kind !== 'form' || !isBelow(ctx, next)) return undefined
  return { next, correlation: typeof correlation === 'string' ? correlation : undefined, userId }
}

/** Whatever was sealed: nobody is sent on to anything but this server, by the reading that a browser makes of an address. */
function isBelow({ issuer }: AuthorityContext, next: unknown): next is Next {
  if (typeof next !== 'string' || !/^\/[\x21-\x7e]*$/.test(next)) return false
  return URL.parse(`${issuer}${next}`)?.href.startsWith(`${issuer}/`) === true
}
