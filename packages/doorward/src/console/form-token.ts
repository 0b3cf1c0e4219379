import { openFromBrowser, sealToBrowser } from '../authority/authorize/pending.ts'
import type { AuthorityContext } from '../authority/context.ts'
import { BROWSER, readCookie, writeCookie } from '../authority/cookies.ts'

/** The name of this browser, given to it now where it has none. */
export function browserOf(ctx: AuthorityContext, request: Request): { browser: string; cookies: string[] } {
  const known = readCookie(ctx, request, BROWSER)
  if (known !== undefined) return { browser: known, cookies: [] }
  const browser = Buffer.from(ctx.random(24)).toString('base64url')
  return { browser, cookies: [writeCookie(ctx, BROWSER, browser, ctx.lifetimes.session)] }
}

/**
 * Proves that a form came from our own page in this browser (CSRF), where there is no pending request to do so. `next` is
 * where the person goes on to after signing in; sealed, so that nobody else chooses it.
 * @param correlation of the story that `next` is a part of, if it is
 */
export function formToken(ctx: AuthorityContext, browser: string, next = '/', correlation?: string): string {
  return sealToBrowser(ctx.keys.pending, browser, ctx.now() + 3600, ['form', next, correlation], ctx.random(12))
}

export function isFormToken(ctx: AuthorityContext, browser: string | undefined, sealed: string): boolean {
  return openFormToken(ctx, browser, sealed) !== undefined
}

/** Where to go on, and in which story; undefined where this is no token of a form. */
export function openFormToken(
  ctx: AuthorityContext,
  browser: string | undefined,
  sealed: string,
): { readonly next: string; readonly correlation: string | undefined } | undefined {
  const opened = openFromBrowser<unknown>(ctx.keys.pending, browser, sealed, ctx.now())
  if (opened.verdict !== 'good' || !Array.isArray(opened.value)) return undefined
  const [kind, next, correlation] = opened.value as [string, string, string | null | undefined]
  return kind === 'form' ? { next, correlation: correlation ?? undefined } : undefined
}
