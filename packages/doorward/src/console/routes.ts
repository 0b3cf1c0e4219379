import { errorUri, OAuthError, wireDescription } from '@doorward/core/oauth/error'
import { readForm } from '@doorward/core/oauth/form'
import { forPerson } from '../authority/authorize/for-person.ts'
import {
  admitsUnsaid,
  askOperator,
  assertMayAnswer,
  deny,
  type Interaction,
  needsOperator,
  needsSignIn,
  sealForUser,
} from '../authority/authorize/interaction.ts'
import { openInteraction, showInteraction } from '../authority/authorize/open-interaction.ts'
import { sealToBrowser } from '../authority/authorize/pending.ts'
import { stepUpOf } from '../authority/authorize/step-up.ts'
import type { AuthorityContext, Visit } from '../authority/context.ts'
import { BROWSER, readCookie } from '../authority/cookies.ts'
import { asRefusal, json, NO_STORE, OPEN, readFormBody } from '../authority/http.ts'
import { accountsBeside } from '../authority/identity/accounts.ts'
import { signedInUser } from '../authority/identity/session.ts'
import { problemOf } from '../authority/problem.ts'
import { refused } from '../authority/refused.ts'
import { showOwnClients, takeOwnClients } from './account-routes.ts'
import { answerAdmin, isAdminPath } from './admin/routes.ts'
import { MOST_FIELDS, takeYes } from './answer-routes.ts'
import { showConnections, takeConnections } from './connections-routes.ts'
import { DEVICE_PATH, deviceRoutes, takesDevices } from './device-routes.ts'
import { errorsRoutes } from './errors-routes.ts'
import { federationRoutes } from './federation-routes.ts'
import { browserOf, ownFormToken } from './form-token.ts'
import { approvalView, consentView } from './interaction-pages.ts'
import { OWN_SIGN_IN_PATH, showOwnSignIn, takeOwnSignIn } from './own-sign-in-routes.ts'
import { PAGES } from './pages/index.ts'
import { showProblem } from './problem-page.ts'
import { formActionFor, seeOther, send } from './send.ts'
import { showSignIn, takeAccount, takePasskey, takeSignIn, takeSignOut } from './sign-in-routes.ts'
import { accountLine, CHOOSE_PATH } from './sign-in-way.ts'
import type { Hint } from './views.ts'
import { wordsFor } from './words/words.ts'

export type Handler = (request: Request, visit: Visit) => Promise<Response>
type Snippets = readonly { readonly client: string; readonly hint: Hint; readonly text: string }[]

/** A page for a person, or an answer that there is none. */
export type Pages = (request: Request, path: string, visit: Visit) => Promise<Response>

/** Every address of a page for people, as `GET /account`; those of operators are `ADMIN_ROUTES`. */
export function personRoutes(ctx: AuthorityContext, snippets: Snippets): Readonly<Record<string, Handler>> {
  const prefix = prefixOf(ctx)
  return {
    [`GET ${prefix}/`]: (request) => home(ctx, request, snippets),
    ...errorsRoutes(ctx, prefix),
    [`GET ${prefix}/account`]: (request, visit) => showConnections(ctx, request, visit),
    [`POST ${prefix}/account`]: (request, visit) => takeConnections(ctx, request, visit),
    [`GET ${prefix}/account/clients`]: (request) => showOwnClients(ctx, request),
    [`POST ${prefix}/account/clients`]: (request, visit) => takeOwnClients(ctx, request, visit),
    [`GET ${prefix}/choose`]: (request, visit) => chooseResource(ctx, request, visit),
    [`GET ${prefix}/sign-in`]: (request, visit) => showSignIn(ctx, request, visit),
    [`POST ${prefix}/sign-in`]: (request, visit) => takeSignIn(ctx, request, visit),
    [`POST ${prefix}${CHOOSE_PATH}`]: (request, visit) => takeAccount(ctx, request, visit),
    [`POST ${prefix}/sign-in/passkey`]: (request, visit) => takePasskey(ctx, request, visit),
    ...federationRoutes(ctx, prefix),
    [`GET ${prefix}${OWN_SIGN_IN_PATH}`]: (request) => showOwnSignIn(ctx, request),
    [`POST ${prefix}${OWN_SIGN_IN_PATH}`]: (request, visit) => takeOwnSignIn(ctx, request, visit),
    [`POST ${prefix}/sign-out`]: (request, visit) => takeSignOut(ctx, request, visit),
    [`GET ${prefix}/consent`]: (request, visit) => showConsent(ctx, request, visit),
    [`GET ${prefix}/consent/approval`]: (request, visit) => tellApproval(ctx, request, visit),
    [`POST ${prefix}/consent`]: (request, visit) => takeConsent(ctx, request, visit),
    ...(takesDevices(ctx) ? deviceRoutes(ctx, prefix) : {}),
  }
}

/** The pages for people. Every path that nobody else serves ends here, as a page or, for programs, as JSON. */
export function consoleRoutes(ctx: AuthorityContext, snippets: Snippets): Pages {
  const prefix = prefixOf(ctx)
  const routes = personRoutes(ctx, snippets)
  return async (request, path, visit) => {
    const method = request.method === 'HEAD' ? 'GET' : request.method
    const handler = routes[`${method} ${path}`]
    const isAdmin = isAdminPath(prefix, path)
    if (handler === undefined && !isAdmin) return nothingHere(ctx, request, visit)
    try {
      const answer = isAdmin ? await answerAdmin(ctx, request, visit) : await handler?.(request, visit)
      return answer ?? (await nothingHere(ctx, request, visit))
    } catch (thrown) {
      return await problem(ctx, request, visit, asRefusal(ctx, thrown, visit))
    }
  }
}

function prefixOf({ issuer }: AuthorityContext): string {
  return new URL(issuer).pathname.replace(/\/$/, '')
}

async function home(ctx: AuthorityContext, request: Request, snippets: Snippets): Promise<Response> {
  const { browser, cookies } = browserOf(ctx, request)
  const found = await signedInUser(ctx, request)
  return send(
    PAGES.home(
      {
        issuer: ctx.issuer,
        resources: ctx.resources.map(({ uri, name }) => ({ uri, name })),
        snippets,
        signIn: `${ctx.issuer}/sign-in`,
        ownClients: `${ctx.issuer}/account/clients`,
        ...(takesDevices(ctx) ? { device: `${ctx.issuer}${DEVICE_PATH}` } : {}),
        ...(found === undefined
          ? {}
          : {
              ...(found.user.operator ? { admin: `${ctx.issuer}/admin` } : {}),
              email: found.user.email,
              signOut: { action: `${ctx.issuer}/sign-out`, request: ownFormToken(ctx, browser, found.user) },
            }),
      },
      wordsFor(request),
    ),
    { cookies },
  )
}

/** The request named no resource and several are served: the person says which; the link repeats the request with it. */
async function chooseResource(ctx: AuthorityContext, request: Request, visit: Visit): Promise<Response> {
  const query = new URL(request.url).searchParams
  readForm(query)
  const choices = ctx.resources.map(({ uri, name }) => {
    const again = new URLSearchParams(query)
    again.set('resource', uri)
    return { href: `${ctx.issuer}/authorize?${again}`, resource: { uri, name } }
  })
  return send(
    PAGES.resourceChoice(
      { action: `${ctx.issuer}/authorize`, choices, correlation: visit.correlation },
      wordsFor(request),
    ),
  )
}

async function showConsent(ctx: AuthorityContext, request: Request, visit: Visit): Promise<Response> {
  const sealed = new URL(request.url).searchParams.get('request') ?? ''
  return drawConsent(ctx, request, visit, await showInteraction(ctx, visit, readCookie(ctx, request, BROWSER), sealed))
}

/** The same for a request that has just come in and was found good, by a browser that has our cookie. */
export async function askPerson(
  ctx: AuthorityContext,
  request: Request,
  visit: Visit,
  asked: Interaction,
): Promise<Response> {
  try {
    return await drawConsent(ctx, request, visit, asked)
  } catch (thrown) {
    return problem(ctx, request, visit, asRefusal(ctx, thrown, visit))
  }
}

/** @param isEmpty a yes came before that agreed to nothing */
async function drawConsent(
  ctx: AuthorityContext,
  request: Request,
  visit: Visit,
  opened: Interaction,
  isEmpty = false,
): Promise<Response> {
  const browser = readCookie(ctx, request, BROWSER) as string
  const found = await signedInUser(ctx, request)
  const { pending, destination } = opened
  if (found === undefined || needsSignIn(pending, found.session.authentication)) {
    const sealed = sealToBrowser(ctx.keys.pending, browser, pending.until, pending, ctx.random(12))
    return seeOther(`${ctx.issuer}/sign-in?request=${sealed}`, [])
  }
  assertMayAnswer(ctx, opened, found.user)
  const interaction = forPerson(ctx, opened, found.user)
  const more = await stepUpOf(ctx, interaction, found.user)
  const shown = interaction === opened ? undefined : interaction.scopes
  const admits = found.user.operator && opened.decision.verdict === 'ask' ? opened.client : undefined
  const page = {
    email: found.user.email,
    request: sealForUser(ctx, browser, pending, found.user.id, { kept: more?.kept, shown, admits }),
    others: (await accountsBeside(ctx, request, found.user)).map(accountLine),
    choose: `${ctx.issuer}${CHOOSE_PATH}`,
    correlation: pending.correlation ?? visit.correlation,
    network: visit.network,
  }
  if (needsOperator(interaction, found.user)) {
    return send(PAGES.approval(approvalView(ctx, interaction, page), wordsFor(request)), {
      formAction: formActionFor(destination),
      asksBack: true,
    })
  }
  const words = wordsFor(request)
  const view = consentView(ctx, interaction, { ...page, more, isEmpty, admits: admits !== undefined }, words)
  return send(PAGES.consent(view, words), { formAction: formActionFor(destination) })
}

/** Asked by the page of a person who waits: has an operator answered? */
async function tellApproval(ctx: AuthorityContext, request: Request, visit: Visit): Promise<Response> {
  const sealed = new URL(request.url).searchParams.get('request') ?? ''
  const interaction = await openInteraction(ctx, visit, readCookie(ctx, request, BROWSER), sealed)
  const found = await signedInUser(ctx, request)
  const waits = found !== undefined && needsOperator(interaction, found.user)
  return new Response(waits ? 'waiting\n' : 'decided\n', {
    headers: { 'content-type': 'text/plain', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' },
  })
}

async function takeConsent(ctx: AuthorityContext, request: Request, visit: Visit): Promise<Response> {
  const form = await readFormBody(request, MOST_FIELDS)
  const browser = readCookie(ctx, request, BROWSER)
  const interaction = await openInteraction(ctx, visit, browser, form.require('request'))
  // Looked at last: until here the document of the client may have taken seconds, as long as its own server likes.
  const found = await signedInUser(ctx, request)
  // Nobody is signed in any more: whoever signs in is asked anew, as on every other page of a person.
  if (found === undefined) return seeOther(`${ctx.issuer}/sign-in?request=${form.require('request')}`, [])
  // The answer counts only from the account that the page was shown to.
  if (found.user.id !== interaction.pending.userId) {
    const description = 'You are signed in as somebody else than when this page was shown'
    const error = new OAuthError('access_denied', description, 'consent_of_another_account', { status: 403 })
    // The question waits as before: whoever is signed in now may look at it, too.
    return problem(ctx, request, visit, error, `${ctx.issuer}/consent?request=${form.require('request')}`)
  }
  switch (form.require('decision')) {
    case 'approve':
    case 'show':
      // The page was shown after a sign-in that was enough; the yes may come after another one.
      if (needsSignIn(interaction.pending, found.session.authentication))
        return seeOther(`${ctx.issuer}/sign-in?request=${form.require('request')}`, [])
      // It was admitted when the page was drawn, or was another one: whoever may admit it is told so first.
      if (found.user.operator && admitsUnsaid(interaction))
        return seeOther(`${ctx.issuer}/consent?request=${form.require('request')}`, [])
      try {
        return await takeYes(ctx, request, visit, interaction, found, form)
      } catch (thrown) {
        if (!(thrown instanceof OAuthError)) throw thrown
        // It may have been admitted when the page was drawn: the question is now whether to ask an operator.
        if (thrown.reason === 'approval_missing')
          return problem(ctx, request, visit, thrown, `${ctx.issuer}/consent?request=${form.require('request')}`)
        if (thrown.reason !== 'nothing_chosen') throw thrown
        ctx.audit({ ...refused('request.refused', thrown), ...visit })
        const asked = await showInteraction(ctx, visit, browser, form.require('request'))
        return drawConsent(ctx, request, visit, asked, true)
      }
    case 'ask': {
      // Nobody has to be asked (any more): the question itself is next.
      if (!needsOperator(interaction, found.user))
        return seeOther(`${ctx.issuer}/consent?request=${form.require('request')}`, [])
      const waiting = await askOperator(ctx, visit, browser as string, interaction, found.user)
      return seeOther(`${ctx.issuer}/consent?request=${waiting}`, [])
    }
    case 'deny':
      return deny(ctx, visit, interaction, found.user)
    default:
      throw new OAuthError('invalid_request', 'decision has to be approve or deny', 'decision_unknown')
  }
}

function problem(ctx: AuthorityContext, request: Request, visit: Visit, error: OAuthError, again?: string) {
  ctx.audit({ ...refused('request.refused', error), ...visit })
  const next = again === undefined ? {} : { next: { href: again } }
  return showProblem(ctx, { ...problemOf(ctx, error, visit, 'page'), ...next }, request)
}

/** Never a page with status 200 where a client looks for metadata (quirk Q19): a plain 404, JSON for programs. */
async function nothingHere(ctx: AuthorityContext, request: Request, visit: Visit): Promise<Response> {
  ctx.audit({
    type: 'request.refused',
    outcome: 'refused',
    reason: 'nothing_here',
    ...visit,
    detail: { path: new URL(request.url).pathname },
  })
  const accept = request.headers.get('accept') ?? ''
  const isWellKnown = new URL(request.url).pathname.includes('/.well-known/')
  if (accept.includes('text/html') && !isWellKnown) {
    const words = wordsFor(request).problem
    return showProblem(
      ctx,
      {
        status: 404,
        situation: 'nothingHere',
        cause: words.nothingHere,
        mend: words.startPage(`${ctx.issuer}/`),
        code: 'not_found',
        reason: 'nothing_here',
        help: errorUri(ctx.issuer, 'nothing_here'),
        correlation: visit.correlation,
      },
      request,
    )
  }
  const body = {
    error: 'not_found',
    error_description: wireDescription('Nothing is served here', 'nothing_here', visit.correlation),
    error_uri: errorUri(ctx.issuer, 'nothing_here'),
  }
  // A browser client that looks for metadata at one address after the other has to see that there is none (quirk Q23).
  return json(404, body, isWellKnown ? OPEN : NO_STORE)
}
