import { type Interaction, openInteraction } from '../authority/authorize/interaction.ts'
import type { AuthorityContext, Visit } from '../authority/context.ts'
import { SESSION, writeCookie } from '../authority/cookies.ts'
import { askForPasskey } from '../authority/identity/passkeys.ts'
import { formToken, nextOf } from './form-token.ts'
import { clientView } from './interaction-pages.ts'
import { PAGES } from './pages/index.ts'
import { seeOther, send } from './send.ts'
import type { SignInView } from './views.ts'
import { wordsFor } from './words/words.ts'

/** Pages that change how somebody signs in: who comes from there signs in anew, also at their identity provider. */
const FRESH_PAGES = /^\/account\/(sign-in|link)\b/

/** What somebody who signs in is on the way to. */
export interface Way {
  /** The sealed value that has to come back with each form. */
  readonly request: string
  readonly interaction: Interaction | undefined
  /** Below the issuer; where there is no interaction. */
  readonly next: string
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
  const next = nextOf(ctx, browser, request)
  if (next !== undefined) return { request, interaction: undefined, next, isFresh: FRESH_PAGES.test(next) }
  const interaction = await openInteraction(ctx, visit, browser, request)
  return { request, interaction, next: '/', isFresh: interaction.pending.freshSignIn }
}

/** The way of somebody who came by themselves. */
export function plainWay(ctx: AuthorityContext, browser: string): Way {
  return { request: formToken(ctx, browser), interaction: undefined, next: '/', isFresh: false }
}

/** Signed in: on with it. */
export function onward(
  ctx: AuthorityContext,
  { interaction, request, next }: Way,
  session: string,
  cookies: readonly string[] = [],
): Response {
  const to = interaction === undefined ? `${ctx.issuer}${next}` : `${ctx.issuer}/consent?request=${request}`
  return seeOther(to, [writeCookie(ctx, SESSION, session, ctx.lifetimes.session), ...cookies])
}

/** The story of a way is the one of the request that began it. */
export function storyOf(visit: Visit, { interaction }: Way): Visit {
  return interaction === undefined ? visit : { ...visit, correlation: interaction.pending.correlation }
}

export function isEmailFirst({ signIn }: AuthorityContext): boolean {
  return signIn.providers.some(({ domains }) => domains.length > 0)
}

export function signInPage(
  ctx: AuthorityContext,
  request: Request,
  visit: Visit,
  browser: string,
  way: Way,
  shown: Pick<SignInView, 'email' | 'problem' | 'step'> & {
    readonly status?: number
    readonly cookies?: readonly string[]
  } = {},
): Response {
  const { interaction } = way
  const { status, cookies = [], step, ...rest } = shown
  const wantsPasskey = interaction?.pending.acr === 'phr'
  const { options, sealed } = askForPasskey(ctx, browser)
  const drawn = PAGES.signIn(
    {
      action: `${ctx.issuer}/sign-in`,
      request: way.request,
      correlation: visit.correlation,
      ...rest,
      step: wantsPasskey ? 'none' : (step ?? firstStep(ctx)),
      passkey: { action: `${ctx.issuer}/sign-in/passkey`, options, sealed },
      providers: wantsPasskey
        ? []
        : ctx.signIn.providers.map(({ id, name }) => ({ action: `${ctx.issuer}/sign-in/${id}/start`, name })),
      why: wantsPasskey ? 'passkey' : whyOf(way),
      ...(interaction === undefined
        ? {}
        : {
            client: clientView(ctx, interaction),
            resource: { uri: interaction.resource.uri, name: interaction.resource.name },
          }),
    },
    wordsFor(request),
  )
  return send({ ...drawn, status: status ?? drawn.status }, { cookies })
}

function firstStep(ctx: AuthorityContext): NonNullable<SignInView['step']> {
  if (isEmailFirst(ctx)) return 'email'
  return ctx.signIn.password ? 'both' : 'none'
}

function whyOf({ next }: Way): SignInView['why'] {
  if (next.startsWith('/account/link')) return 'link'
  return next.startsWith('/account/sign-in') ? 'again' : undefined
}
