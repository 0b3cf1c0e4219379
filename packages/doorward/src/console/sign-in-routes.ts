import { OAuthError } from '@doorward/core/oauth/error'
import { type Interaction, openInteraction } from '../authority/authorize/interaction.ts'
import type { AuthorityContext, Visit } from '../authority/context.ts'
import { BROWSER, KNOWN, KNOWN_SECONDS, readCookie, SESSION, writeCookie } from '../authority/cookies.ts'
import { readFormBody } from '../authority/http.ts'
import { signOut } from '../authority/identity/session.ts'
import { signIn } from '../authority/identity/sign-in.ts'
import { browserOf, formToken, isFormToken, nextOf } from './form-token.ts'
import { clientView } from './interaction-pages.ts'
import { PAGES } from './pages/index.ts'
import { seeOther, send } from './send.ts'
import { wordsFor } from './words/words.ts'

export async function showSignIn(ctx: AuthorityContext, request: Request, visit: Visit): Promise<Response> {
  const { browser, cookies } = browserOf(ctx, request)
  const sealed = new URL(request.url).searchParams.get('request')
  const interaction =
    sealed === null || isFormToken(ctx, browser, sealed)
      ? undefined
      : await openInteraction(ctx, visit, browser, sealed)
  return signInPage(ctx, request, visit, { request: sealed ?? formToken(ctx, browser), interaction, cookies })
}

export async function takeSignIn(ctx: AuthorityContext, request: Request, visit: Visit): Promise<Response> {
  const form = await readFormBody(request)
  const browser = readCookie(ctx, request, BROWSER)
  const sealed = form.require('request')
  // The sealed value only opens in the browser that the page was made for: no other site can post this form.
  const interaction = isFormToken(ctx, browser, sealed) ? undefined : await openInteraction(ctx, visit, browser, sealed)
  const story = interaction === undefined ? visit : { ...visit, correlation: interaction.pending.correlation }
  const email = form.get('email') ?? ''
  const outcome = await signIn(
    ctx,
    story,
    email.slice(0, 320),
    (form.get('password') ?? '').slice(0, 1024),
    readCookie(ctx, request, KNOWN),
  )
  const words = wordsFor(request).signIn
  const again = (status: number, problem: string) =>
    signInPage(ctx, request, story, { request: sealed, interaction, cookies: [], email, problem, status })
  switch (outcome.verdict) {
    case 'wrong':
      return again(401, words.wrong)
    case 'wait':
      return again(429, words.wait(outcome.seconds))
    case 'busy':
      return again(503, words.busy)
    case 'signed-in':
      // The session is new at every sign-in: one that somebody planted before is worth nothing.
      return seeOther(
        interaction === undefined
          ? `${ctx.issuer}${nextOf(ctx, browser, sealed) ?? '/'}`
          : `${ctx.issuer}/consent?request=${sealed}`,
        [
          writeCookie(ctx, SESSION, outcome.session, ctx.lifetimes.session),
          writeCookie(ctx, KNOWN, outcome.known, KNOWN_SECONDS),
        ],
      )
    default:
      return outcome satisfies never
  }
}

function signInPage(
  ctx: AuthorityContext,
  request: Request,
  visit: Visit,
  page: {
    request: string
    interaction: Interaction | undefined
    cookies: readonly string[]
    email?: string
    problem?: string
    status?: number
  },
): Response {
  const { interaction } = page
  const drawn = PAGES.signIn(
    {
      action: `${ctx.issuer}/sign-in`,
      request: page.request,
      correlation: visit.correlation,
      ...(page.email === undefined ? {} : { email: page.email }),
      ...(page.problem === undefined ? {} : { problem: page.problem }),
      ...(interaction === undefined
        ? {}
        : {
            client: clientView(ctx, interaction),
            resource: { uri: interaction.resource.uri, name: interaction.resource.name },
          }),
    },
    wordsFor(request),
  )
  return send({ ...drawn, status: page.status ?? drawn.status }, { cookies: page.cookies })
}

export async function takeSignOut(ctx: AuthorityContext, request: Request, visit: Visit): Promise<Response> {
  const form = await readFormBody(request)
  const browser = readCookie(ctx, request, BROWSER)
  if (!isFormToken(ctx, browser, form.require('request'))) {
    throw new OAuthError('invalid_request', 'This form was not made for this browser', 'form_foreign')
  }
  await signOut(ctx, request, visit)
  return seeOther(`${ctx.issuer}/`, [writeCookie(ctx, SESSION, '', 0)])
}
