import { OAuthError } from '@doorward/core/oauth/error'
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

/** How long a page may be open until its form is sent. */
export const FORM_SECONDS = 3600

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
  return sealToBrowser(ctx.keys.pending, browser, ctx.now() + FORM_SECONDS, ['form', ...rest], ctx.random(12))
}

/** Where a token of a form leads, in which story, and for whose account, as far as it says so. */
export interface FormToken {
  readonly next: Next
  readonly correlation: string | undefined
  readonly userId: unknown
}

/** @throws OAuthError where this is no token of a form of this browser, or not any more. */
export function requireFormToken(ctx: AuthorityContext, browser: string | undefined, sealed: string): FormToken {
  const looked = lookAtFormToken(ctx, browser, sealed)
  if (looked === undefined)
    throw new OAuthError('invalid_request', 'This form was not made for this browser', 'form_foreign')
  if (looked.isOver) throw new OAuthError('invalid_request', 'This page was open for too long', 'form_expired')
  return looked
}

/** The same, of one that is over too: that says where it came from, and is good for nothing. Undefined where it is none. */
export function lookAtFormToken(
  ctx: AuthorityContext,
  browser: string | undefined,
  sealed: string,
): (FormToken & { readonly isOver: boolean }) | undefined {
  const opened = openFromBrowser<unknown>(ctx.keys.pending, browser, sealed, ctx.now())
  if (opened.verdict === 'foreign') return undefined
  const isOver = opened.verdict === 'expired'
  const value = isOver ? opened.was : opened.value
  if (!Array.isArray(value)) return undefined
  const [kind, next, correlation, userId] = value as unknown[]
  if (kind !== 'form' || !isBelow(ctx, next)) return undefined
  return { next, correlation: typeof correlation === 'string' ? correlation : undefined, userId, isOver }
}

/** Whatever was sealed: nobody is sent on to anything but this server, by the reading that a browser makes of an address. */
function isBelow({ issuer }: AuthorityContext, next: unknown): next is Next {
  if (typeof next !== 'string' || !/^\/[\x21-\x7e]*$/.test(next)) return false
  return URL.parse(`${issuer}${next}`)?.href.startsWith(`${issuer}/`) === true
}
