import { OAuthError } from '@doorward/core/oauth/error'
import { readForm } from '@doorward/core/oauth/form'
import { approve, deny, type Interaction, openInteraction, sealForUser } from '../authority/authorize/interaction.ts'
import { openFromBrowser, sealToBrowser } from '../authority/authorize/pending.ts'
import type { AuthorityContext, Visit } from '../authority/context.ts'
import { BROWSER, KNOWN, KNOWN_SECONDS, readCookie, SESSION, writeCookie } from '../authority/cookies.ts'
import { asRefusal, readFormBody } from '../authority/http.ts'
import { signedInUser, signIn, signOut } from '../authority/identity/sign-in.ts'
import { clientView, consentView } from './interaction-pages.ts'
import { PAGES } from './pages/index.ts'
import { formActionFor, problemResponse, send } from './send.ts'

type Handler = (request: Request, visit: Visit) => Promise<Response>
type Snippets = readonly { readonly client: string; readonly hint: string; readonly text: string }[]

/** The pages for people. Every path that nobody else serves ends here, as a page or, for programs, as JSON. */
export function consoleRoutes(ctx: AuthorityContext, snippets: Snippets) {
  const prefix = new URL(ctx.issuer).pathname.replace(/\/$/, '')
  const routes: Readonly<Record<string, Handler>> = {
    [`GET ${prefix}/`]: (request) => home(ctx, request, snippets),
    [`GET ${prefix}/choose`]: (request, visit) => chooseResource(ctx, request, visit),
    [`GET ${prefix}/sign-in`]: (request, visit) => showSignIn(ctx, request, visit),
    [`POST ${prefix}/sign-in`]: (request, visit) => takeSignIn(ctx, request, visit),
    [`POST ${prefix}/sign-out`]: (request, visit) => takeSignOut(ctx, request, visit),
    [`GET ${prefix}/consent`]: (request, visit) => showConsent(ctx, request, visit),
    [`POST ${prefix}/consent`]: (request, visit) => takeConsent(ctx, request, visit),
    'GET /healthz': async () =>
      new Response('ok\n', { headers: { 'content-type': 'text/plain', 'cache-control': 'no-store' } }),
    'GET /readyz': () => ready(ctx),
  }
  return async (request: Request, path: string, visit: Visit): Promise<Response> => {
    const method = request.method === 'HEAD' ? 'GET' : request.method
    const handler = routes[`${method} ${path}`]
    if (handler === undefined) return nothingHere(ctx, request, visit)
    try {
      return await handler(request, visit)
    } catch (thrown) {
      return problem(ctx, visit, asRefusal(ctx, thrown, visit))
    }
  }
}

async function home(ctx: AuthorityContext, request: Request, snippets: Snippets): Promise<Response> {
  const { browser, cookies } = browserOf(ctx, request)
  const found = await signedInUser(ctx, request)
  return send(
    PAGES.home({
      issuer: ctx.issuer,
      resources: ctx.resources.map(({ uri, name }) => ({ uri, name })),
      snippets,
      signIn: `${ctx.issuer}/sign-in`,
      ...(found === undefined
        ? {}
        : { email: found.user.email, signOut: { action: `${ctx.issuer}/sign-out`, request: formToken(ctx, browser) } }),
    }),
    { cookies },
  )
}

async function ready(ctx: AuthorityContext): Promise<Response> {
  await ctx.store.keys.list()
  return new Response('ready\n', { headers: { 'content-type': 'text/plain', 'cache-control': 'no-store' } })
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
  return send(PAGES.resourceChoice({ action: `${ctx.issuer}/authorize`, choices, correlation: visit.correlation }))
}

async function showSignIn(ctx: AuthorityContext, request: Request, visit: Visit): Promise<Response> {
  const { browser, cookies } = browserOf(ctx, request)
  const sealed = new URL(request.url).searchParams.get('request')
  const interaction = sealed === null ? undefined : await openInteraction(ctx, browser, sealed)
  return signInPage(ctx, visit, { request: sealed ?? formToken(ctx, browser), interaction, cookies })
}

async function takeSignIn(ctx: AuthorityContext, request: Request, visit: Visit): Promise<Response> {
  const form = await readFormBody(request)
  const browser = readCookie(ctx, request, BROWSER)
  const sealed = form.require('request')
  // The sealed value only opens in the browser that the page was made for: no other site can post this form.
  const interaction = isFormToken(ctx, browser, sealed) ? undefined : await openInteraction(ctx, browser, sealed)
  const story = interaction === undefined ? visit : { ...visit, correlation: interaction.pending.correlation }
  const email = form.get('email') ?? ''
  const outcome = await signIn(
    ctx,
    story,
    email.slice(0, 320),
    (form.get('password') ?? '').slice(0, 1024),
    readCookie(ctx, request, KNOWN),
  )
  const again = (status: number, problem: string) =>
    signInPage(ctx, story, { request: sealed, interaction, cookies: [], email, problem, status })
  switch (outcome.verdict) {
    case 'wrong':
      return again(401, 'That e-mail address and password do not belong together. Check both and try again.')
    case 'wait':
      return again(429, `Too many tries. Wait ${outcome.seconds} seconds, then try again.`)
    case 'busy':
      return again(503, 'Too many people are signing in right now. Wait a moment, then try again.')
    case 'signed-in':
      // The session is new at every sign-in: one that somebody planted before is worth nothing.
      return seeOther(interaction === undefined ? `${ctx.issuer}/` : `${ctx.issuer}/consent?request=${sealed}`, [
        writeCookie(ctx, SESSION, outcome.session, ctx.lifetimes.session),
        writeCookie(ctx, KNOWN, outcome.known, KNOWN_SECONDS),
      ])
    default:
      return outcome satisfies never
  }
}

function signInPage(
  ctx: AuthorityContext,
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
  const drawn = PAGES.signIn({
    action: `${ctx.issuer}/sign-in`,
    request: page.request,
    correlation: visit.correlation,
    ...(page.email === undefined ? {} : { email: page.email }),
    ...(page.problem === undefined ? {} : { problem: page.problem }),
    ...(interaction === undefined
      ? {}
      : {
          client: clientView(interaction),
          resource: { uri: interaction.resource.uri, name: interaction.resource.name },
        }),
  })
  return send({ ...drawn, status: page.status ?? drawn.status }, { cookies: page.cookies })
}

async function takeSignOut(ctx: AuthorityContext, request: Request, visit: Visit): Promise<Response> {
  const form = await readFormBody(request)
  const browser = readCookie(ctx, request, BROWSER)
  if (!isFormToken(ctx, browser, form.require('request'))) {
    throw new OAuthError('invalid_request', 'This form was not made for this browser', 'form_foreign')
  }
  await signOut(ctx, request, visit)
  return seeOther(`${ctx.issuer}/`, [writeCookie(ctx, SESSION, '', 0)])
}

async function showConsent(ctx: AuthorityContext, request: Request, visit: Visit): Promise<Response> {
  const sealed = new URL(request.url).searchParams.get('request') ?? ''
  const browser = readCookie(ctx, request, BROWSER)
  const interaction = await openInteraction(ctx, browser, sealed)
  const found = await signedInUser(ctx, request)
  const { pending, destination } = interaction
  const signInUrl = `${ctx.issuer}/sign-in?request=${sealed}`
  // prompt=login: the sign-in has to be younger than the request.
  if (found === undefined || (pending.freshSignIn && found.session.createdAt < pending.startedAt))
    return seeOther(signInUrl, [])
  return send(
    PAGES.consent(
      consentView(ctx, interaction, {
        email: found.user.email,
        request: sealForUser(ctx, browser as string, pending, found.user.id),
        switchAccount: signInUrl,
        correlation: pending.correlation ?? visit.correlation,
      }),
    ),
    { formAction: formActionFor(destination) },
  )
}

async function takeConsent(ctx: AuthorityContext, request: Request, visit: Visit): Promise<Response> {
  const form = await readFormBody(request)
  const browser = readCookie(ctx, request, BROWSER)
  const interaction = await openInteraction(ctx, browser, form.require('request'))
  const found = await signedInUser(ctx, request)
  // The answer counts only from the account that the page was shown to.
  if (found === undefined || found.user.id !== interaction.pending.userId) {
    throw new OAuthError(
      'access_denied',
      'You are signed in as somebody else than when this page was shown',
      'consent_of_another_account',
      {
        status: 403,
      },
    )
  }
  switch (form.require('decision')) {
    case 'approve':
      return approve(ctx, visit, interaction, found.user)
    case 'deny':
      return deny(ctx, visit, interaction, found.user)
    default:
      throw new OAuthError('invalid_request', 'decision has to be approve or deny', 'decision_unknown')
  }
}

/** The name of this browser, given to it now where it has none. */
function browserOf(ctx: AuthorityContext, request: Request): { browser: string; cookies: string[] } {
  const known = readCookie(ctx, request, BROWSER)
  if (known !== undefined) return { browser: known, cookies: [] }
  const browser = Buffer.from(ctx.random(24)).toString('base64url')
  return { browser, cookies: [writeCookie(ctx, BROWSER, browser, ctx.lifetimes.session)] }
}

/** Proves that a form came from our own page in this browser (CSRF), where there is no pending request to do so. */
function formToken(ctx: AuthorityContext, browser: string): string {
  return sealToBrowser(ctx.keys.pending, browser, ctx.now() + 3600, 'form', ctx.random(12))
}

function isFormToken(ctx: AuthorityContext, browser: string | undefined, sealed: string): boolean {
  const opened = openFromBrowser<unknown>(ctx.keys.pending, browser, sealed, ctx.now())
  return opened.verdict === 'good' && opened.value === 'form'
}

function seeOther(location: string, cookies: readonly string[]): Response {
  const headers = new Headers({ location, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
  for (const cookie of cookies) headers.append('set-cookie', cookie)
  return new Response(null, { status: 303, headers })
}

const MEND: Readonly<Record<string, string>> = {
  pending_expired: 'Go back to your application and connect again; then answer within ten minutes.',
  pending_foreign:
    'Open the link in the browser in which you started, with cookies allowed, or connect again from your application.',
  consent_of_another_account: 'Go back to your application and connect again with the account that you want to use.',
  client_blocked: 'Ask the operator of this server why the application is blocked.',
}

function problem(ctx: AuthorityContext, visit: Visit, error: OAuthError): Response {
  ctx.audit({ type: 'request.refused', outcome: 'refused', reason: error.reason, ...visit })
  return problemResponse({
    status: error.status === 401 ? 400 : error.status,
    title: 'This did not work',
    cause: `${error.description}.`,
    mend:
      MEND[error.reason] ??
      'Connect again from your application. If it keeps happening, pass the reference on to whoever runs this server.',
    code: error.code,
    correlation: visit.correlation,
  })
}

/** Never a page with status 200 where a client looks for metadata (quirk Q19): a plain 404, JSON for programs. */
function nothingHere(ctx: AuthorityContext, request: Request, visit: Visit): Response {
  ctx.audit({ type: 'request.refused', outcome: 'refused', reason: 'nothing_here', ...visit })
  const accept = request.headers.get('accept') ?? ''
  if (accept.includes('text/html') && !request.url.includes('/.well-known/')) {
    return problemResponse({
      status: 404,
      title: 'Nothing is here',
      cause: 'This address is not served.',
      mend: `The start page at ${ctx.issuer}/ says what is.`,
      code: 'not_found',
      correlation: visit.correlation,
    })
  }
  return new Response(
    JSON.stringify({ error: 'not_found', error_description: `Nothing is served here (ref ${visit.correlation})` }),
    {
      status: 404,
      headers: {
        'content-type': 'application/json',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'access-control-allow-origin': '*',
      },
    },
  )
}
