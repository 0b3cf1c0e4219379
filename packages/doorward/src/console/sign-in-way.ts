import { type Interaction, needsSignIn } from '../authority/authorize/interaction.ts'
import { openInteraction } from '../authority/authorize/open-interaction.ts'
import { openFromBrowser, type Pending, sealForChosen } from '../authority/authorize/pending.ts'
import type { AuthorityContext, Visit } from '../authority/context.ts'
import { BROWSER, readCookie } from '../authority/cookies.ts'
import { type Account, accountsOf, signedInBeside } from '../authority/identity/accounts.ts'
import { askForPasskey } from '../authority/identity/passkeys.ts'
import { formToken, lookAtFormToken, type Next, requireFormToken } from './form-token.ts'
import { clientView } from './interaction-pages.ts'
import { PAGES } from './pages/index.ts'
import { seeOther, send } from './send.ts'
import type { AccountLine, SignInView } from './views.ts'
import { wordsFor } from './words/words.ts'

/** Where a person says which of the accounts of this browser it is. */
export const CHOOSE_PATH = '/sign-in/account'

/** Pages that change how somebody signs in, and forms of operators that were kept for it: who comes from there signs in anew, also at their identity provider. */
const FRESH_PAGES = /^\/(account\/(sign-in|link)|admin\/again)\b/

/** What somebody who signs in is on the way to. */
export interface Way {
  /** The sealed value that has to come back with each form. */
  readonly request: string
  readonly interaction: Interaction | undefined
  /** Below the issuer; where there is no interaction. */
  readonly next: Next
  /** The reference of the story that `next` is a part of, if it is. */
  readonly correlation?: string | undefined
  readonly isFresh: boolean
}

/**
 * The sealed value only opens in the browser that its page was made for: no other site can post a form of ours.
 * @throws OAuthError
 */
export async function wayOf(
  ctx: AuthorityContext,
  visit: Visit,
  browser: string | undefined,
  request: string,
): Promise<Way> {
  if (lookAtFormToken(ctx, browser, request) !== undefined) {
    const form = requireFormToken(ctx, browser, request)
    return { request, interaction: undefined, ...form, isFresh: FRESH_PAGES.test(form.next) }
  }
  const interaction = await openInteraction(ctx, visit, browser, request)
  const { freshSignIn, selectAccount = false } = interaction.pending
  return { request, interaction, next: '/', isFresh: freshSignIn || selectAccount }
}

/** The way of somebody who came by themselves. */
export function plainWay(ctx: AuthorityContext, browser: string): Way {
  return { request: formToken(ctx, browser), interaction: undefined, next: '/', isFresh: false }
}

/** Signed in, beside whoever else is in this browser: on with it. */
export async function onward(
  ctx: AuthorityContext,
  visit: Visit,
  request: Request,
  way: Way,
  session: string,
  cookies: readonly string[] = [],
): Promise<Response> {
  return goOn(ctx, request, way, [...(await signedInBeside(ctx, visit, request, session)), ...cookies])
}

/** On to what somebody came for, who has just said which account. */
export function goOn(
  ctx: AuthorityContext,
  request: Request,
  { interaction, next }: Way,
  cookies: readonly string[],
): Response {
  if (interaction === undefined) return seeOther(`${ctx.issuer}${next}`, cookies)
  const sealed = sealForChosen(ctx, readCookie(ctx, request, BROWSER) ?? '', interaction.pending)
  return seeOther(`${ctx.issuer}/consent?request=${sealed}`, cookies)
}

/** Of who is signed in in this browser those whose sign-in is enough for what comes next. */
function choosable(accounts: readonly Account[], { interaction, next }: Way): readonly Account[] {
  if (interaction === undefined && FRESH_PAGES.test(next)) return []
  if (interaction === undefined) return accounts
  const pending = { ...interaction.pending, selectAccount: false }
  return accounts.filter(({ session }) => !needsSignIn(pending, session.authentication))
}

/** An account as a page shows it, by a value that opens nothing. */
export function accountLine({ user, session, isCurrent }: Account): AccountLine {
  return { email: user.email, account: session.digest, isCurrent }
}

/** The story of a way is the one of the request that began it. */
export function storyOf(visit: Visit, { interaction, correlation = visit.correlation }: Way): Visit {
  return { ...visit, correlation: interaction?.pending.correlation ?? correlation }
}

/** The same of something that is on its way and sealed. Where it is over, the visit's own. */
export function storyBehind(ctx: AuthorityContext, visit: Visit, browser: string | undefined, sealed: string): Visit {
  const opened = openFromBrowser<Partial<Pending>>(ctx.keys.pending, browser, sealed, ctx.now())
  const correlation = opened.verdict === 'good' ? opened.value.correlation : undefined
  return { ...visit, correlation: correlation ?? visit.correlation }
}

export function isEmailFirst({ signIn }: AuthorityContext): boolean {
  return signIn.providers.some(({ domains }) => domains.length > 0)
}

export async function signInPage(
  ctx: AuthorityContext,
  request: Request,
  visit: Visit,
  browser: string,
  way: Way,
  shown: Pick<SignInView, 'email' | 'problem' | 'step'> & {
    readonly status?: number
    readonly cookies?: readonly string[]
    /** Seconds after which to come again. */
    readonly retryAfter?: string
  } = {},
): Promise<Response> {
  const { interaction } = way
  const { status, cookies = [], retryAfter, step, ...rest } = shown
  const wantsPasskey = interaction?.pending.acr === 'phr'
  const { options, sealed } = askForPasskey(ctx, browser)
  const all = await accountsOf(ctx, request)
  const accounts = choosable(all, way)
  const drawn = PAGES.signIn(
    {
      action: `${ctx.issuer}/sign-in`,
      request: way.request,
      correlation: visit.correlation,
      ...rest,
      step: wantsPasskey ? 'none' : (step ?? firstStep(ctx)),
      accounts: accounts.map(accountLine),
      choose: `${ctx.issuer}${CHOOSE_PATH}`,
      passkey: { action: `${ctx.issuer}/sign-in/passkey`, options, sealed },
      providers: wantsPasskey
        ? []
        : ctx.signIn.providers.map(({ id, name }) => ({ action: `${ctx.issuer}/sign-in/${id}/start`, name })),
      ...(wantsPasskey ? { addPasskey: `${ctx.issuer}/account/sign-in` } : {}),
      why: wantsPasskey
        ? 'passkey'
        : interaction?.pending.selectAccount === true
          ? 'select'
          : whyOf(way, all.length > 0 && accounts.length === 0),
      ...(interaction === undefined
        ? {}
        : {
            client: clientView(ctx, interaction),
            resource: { uri: interaction.resource.uri, name: interaction.resource.name },
          }),
    },
    wordsFor(request),
  )
  return send({ ...drawn, status: status ?? drawn.status }, { cookies, retryAfter })
}

function firstStep(ctx: AuthorityContext): NonNullable<SignInView['step']> {
  if (isEmailFirst(ctx)) return 'email'
  return ctx.signIn.password ? 'both' : 'none'
}

/** @param isTooOld somebody is signed in here, and nobody in a way that is enough for what comes next */
function whyOf({ interaction, next }: Way, isTooOld: boolean): SignInView['why'] {
  if (next.startsWith('/account/link')) return 'link'
  if (interaction !== undefined && isTooOld) return 'again'
  return FRESH_PAGES.test(next) ? 'again' : undefined
}
