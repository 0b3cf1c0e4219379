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
 */
export function formToken(ctx: AuthorityContext, browser: string, next = '/'): string {
  return sealToBrowser(ctx.keys.pending, browser, ctx.now() + 3600, ['form', next], ctx.random(12))
}

export function isFormToken(ctx: AuthorityContext, browser: string | undefined, sealed: string): boolean {
  return nextOf(ctx, browser, sealed) !== undefined
}

/** Where to go on, or undefined where this is no token of a form. */
export function nextOf(ctx: AuthorityContext, browser: string | undefined, sealed: string): string | undefined {
  const opened = openFromBrowser<unknown>(ctx.keys.pending, browser, sealed, ctx.now())
  return opened.verdict === 'good' && Array.isArray(opened.value) && opened.value[0] === 'form'
    ? String(opened.value[1])
    : undefined
}
