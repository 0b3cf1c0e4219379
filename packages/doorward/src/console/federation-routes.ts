import { OAuthError } from '@doorward/core/oauth/error'
import type { AuthorityContext, Visit } from '../authority/context.ts'
import { BROWSER, readCookie } from '../authority/cookies.ts'
import { readFormBody } from '../authority/http.ts'
import { comeBack, leaveFor, providerOf, underway } from '../authority/identity/federation.ts'
import { acceptLink, lookAtLink, provesBoth } from '../authority/identity/linking.ts'
import { arriving, signedInUser } from '../authority/identity/session.ts'
import type { Provider } from '../authority/identity/settings.ts'
import { problemOf } from '../authority/problem.ts'
import { refused } from '../authority/refused.ts'
import { formToken, requireFormToken } from './form-token.ts'
import { PAGES } from './pages/index.ts'
import { showProblem } from './problem-page.ts'
import type { Handler } from './routes.ts'
import { seeOther, send } from './send.ts'
import { onward, storyBehind, storyOf, type Way, wayOf } from './sign-in-way.ts'
import { wordsFor } from './words/words.ts'

const LINK_PATH = '/account/link'

/** To each identity provider and back, and the question that may follow. */
export function federationRoutes(ctx: AuthorityContext, prefix: string): Readonly<Record<string, Handler>> {
  const routes = ctx.signIn.providers.flatMap((provider): [string, Handler][] => [
    [`POST ${prefix}/sign-in/${provider.id}/start`, (request, visit) => start(ctx, request, visit, provider)],
    [`GET ${prefix}/sign-in/${provider.id}/callback`, (request, visit) => finish(ctx, request, visit, provider)],
  ])
  return {
    ...Object.fromEntries(routes),
    [`GET ${prefix}${LINK_PATH}`]: (request, visit) => showLink(ctx, request, visit),
    [`POST ${prefix}${LINK_PATH}`]: (request, visit) => takeLink(ctx, request, visit),
  }
}

/**
 * Only from a page of ours, after a person chose it: an application that sends somebody here cannot make them pass an identity provider
 * unseen (the confused deputy of the specification's security page).
 */
async function start(ctx: AuthorityContext, request: Request, visit: Visit, provider: Provider): Promise<Response> {
  const form = await readFormBody(request)
  const browser = readCookie(ctx, request, BROWSER)
  const way = await wayOf(ctx, visit, browser, form.require('request'))
  return goTo(ctx, request, visit, browser as string, provider, way)
}

export async function goTo(
  ctx: AuthorityContext,
  request: Request,
  visit: Visit,
  browser: string,
  provider: Provider,
  way: Way,
  also: string | { readonly linkTo: string } | undefined = undefined,
): Promise<Response> {
  const story = storyOf(visit, way)
  try {
    const url = await leaveFor(ctx, story, provider, {
      browser,
      request: way.request,
      isFresh: way.isFresh,
      maxAge: way.interaction?.pending.maxAge,
      ...(typeof also === 'string' ? { hint: also } : also),
    })
    const page = PAGES.goingOn(
      { href: url.href, name: provider.name, correlation: story.correlation },
      wordsFor(request),
    )
    const response = send(page)
    // Goes on by itself; the link is for who has that switched off.
    response.headers.set('refresh', `0; url=${url.href}`)
    return response
  } catch (error) {
    return tell(ctx, request, story, provider, error, way)
  }
}

async function finish(ctx: AuthorityContext, request: Request, visit: Visit, provider: Provider): Promise<Response> {
  const browser = readCookie(ctx, request, BROWSER)
  const parameters = new URL(request.url).searchParams
  let story = visit
  let way: Way | undefined
  try {
    const found = await underway(ctx, visit, provider, parameters, browser)
    story = found.story
    // First of all: who could not go on from here is not signed in either.
    way = await wayOf(ctx, story, browser, found.request)
    const returned = await comeBack(ctx, story, provider, parameters, browser, arriving(ctx, request))
    switch (returned.verdict) {
      case 'signed-in':
        return await onward(ctx, story, request, way, returned.session)
      case 'proposed':
        return seeOther(`${ctx.issuer}${LINK_PATH}?link=${returned.link}`, [])
      case 'linked':
        return seeOther(`${ctx.issuer}/account/sign-in`, [])
      default:
        return returned satisfies never
    }
  } catch (error) {
    return tell(ctx, request, story, provider, error, way)
  }
}

/** A problem page that leads back to the sign-in page, on the way to the same. */
function tell(
  ctx: AuthorityContext,
  request: Request,
  story: Visit,
  { id }: Provider,
  error: unknown,
  way: Way | undefined,
): Promise<Response> {
  if (!(error instanceof OAuthError)) throw error
  const event = refused('sign-in.refused', error)
  ctx.audit({ ...event, ...story, detail: { ...event.detail, provider: id, ...error.detail } })
  const href = `${ctx.issuer}/sign-in${way === undefined ? '' : `?request=${way.request}`}`
  return showProblem(ctx, { ...problemOf(ctx, error, story, 'signIn'), next: { href } }, request)
}

async function showLink(ctx: AuthorityContext, request: Request, visit: Visit): Promise<Response> {
  const browser = readCookie(ctx, request, BROWSER)
  const link = new URL(request.url).searchParams.get('link') ?? ''
  const proposal = await lookAtLink(ctx, browser, link)
  const { correlation } = storyBehind(ctx, visit, browser, proposal.request)
  const found = await signedInUser(ctx, request)
  if (found === undefined || !provesBoth(proposal, found)) {
    const next = formToken(ctx, browser as string, `${LINK_PATH}?link=${link}`, correlation)
    return seeOther(`${ctx.issuer}/sign-in?request=${next}`, [])
  }
  const { provider, label } = proposal.identity
  return send(
    PAGES.linkAccount(
      {
        action: `${ctx.issuer}${LINK_PATH}`,
        request: formToken(ctx, browser as string),
        link,
        email: found.user.email,
        provider: providerOf(ctx, provider)?.name ?? provider,
        label,
        correlation,
      },
      wordsFor(request),
    ),
  )
}

async function takeLink(ctx: AuthorityContext, request: Request, visit: Visit): Promise<Response> {
  const form = await readFormBody(request)
  const browser = readCookie(ctx, request, BROWSER)
  requireFormToken(ctx, browser, form.require('request'))
  const link = form.require('link')
  const found = await signedInUser(ctx, request)
  if (found === undefined) return seeOther(`${ctx.issuer}${LINK_PATH}?link=${encodeURIComponent(link)}`, [])
  const { request: before } = await lookAtLink(ctx, browser, link)
  const story = storyBehind(ctx, visit, browser, before)
  if (form.require('decision') === 'link') await acceptLink(ctx, story, browser, link, found)
  const { interaction, next } = await wayOf(ctx, story, browser, before)
  const to = interaction === undefined ? next : `/consent?request=${before}`
  return seeOther(`${ctx.issuer}${to}`, [])
}
