import { OAuthError } from '@doorward/core/oauth/error'
import type { AuthorityContext, Visit } from '../authority/context.ts'
import { BROWSER, KNOWN, KNOWN_SECONDS, readCookie, writeCookie } from '../authority/cookies.ts'
import { readFormBody } from '../authority/http.ts'
import { chooseAccount, signOutAccount } from '../authority/identity/accounts.ts'
import { signInWithPasskey } from '../authority/identity/passkeys.ts'
import { arriving } from '../authority/identity/session.ts'
import { providerFor } from '../authority/identity/settings.ts'
import { signIn } from '../authority/identity/sign-in.ts'
import { normalEmail } from '../authority/identity/users.ts'
import { refused } from '../authority/refused.ts'
import { goTo } from './federation-routes.ts'
import { browserOf, formToken, lookAtFormToken } from './form-token.ts'
import { takeOwnForm } from './own-form.ts'
import { seeOther } from './send.ts'
import { goOn, isEmailFirst, onward, plainWay, signInPage, storyOf, type Way, wayOf } from './sign-in-way.ts'
import { wordsFor } from './words/words.ts'

const LONGEST_EMAIL = 320
/** Hashes that wait before this one are done by then. */
const BUSY_SECONDS = 5

export async function showSignIn(ctx: AuthorityContext, request: Request, visit: Visit): Promise<Response> {
  const { browser, cookies } = browserOf(ctx, request)
  const sealed = new URL(request.url).searchParams.get('request')
  const looked = lookAtFormToken(ctx, browser, sealed ?? '')
  // A page that is loaded again after an hour leads to the same as before.
  const asked = looked?.isOver === true ? formToken(ctx, browser, looked.next, looked.correlation) : sealed
  const way = asked === null ? plainWay(ctx, browser) : await wayOf(ctx, visit, browser, asked)
  return signInPage(ctx, request, visit, browser, way, { cookies })
}

export async function takeSignIn(ctx: AuthorityContext, request: Request, visit: Visit): Promise<Response> {
  const form = await readFormBody(request)
  const browser = readCookie(ctx, request, BROWSER)
  const way = await wayOf(ctx, visit, browser, form.require('request'))
  const email = (form.get('email') ?? '').slice(0, LONGEST_EMAIL)
  const password = form.get('password')
  if (password === undefined && isEmailFirst(ctx)) return afterEmail(ctx, request, visit, browser as string, way, email)
  if (!ctx.signIn.password) {
    throw new OAuthError('access_denied', 'Nobody signs in here with a password', 'password_not_offered', {
      status: 403,
    })
  }
  const story = storyOf(visit, way)
  const outcome = await signIn(
    ctx,
    story,
    email,
    (password ?? '').slice(0, 1024),
    readCookie(ctx, request, KNOWN),
    arriving(ctx, request),
  )
  const words = wordsFor(request).signIn
  const again = (status: number, problem: string, wait?: number) =>
    signInPage(ctx, request, story, browser as string, way, {
      email,
      problem,
      status,
      step: 'both',
      ...(wait === undefined ? {} : { retryAfter: String(wait) }),
    })
  switch (outcome.verdict) {
    case 'wrong':
      return again(401, words.wrong)
    case 'wait':
      return again(429, words.wait(outcome.seconds), outcome.seconds)
    case 'busy':
      return again(503, words.busy, BUSY_SECONDS)
    case 'signed-in':
      return onward(ctx, story, request, way, outcome.session, [writeCookie(ctx, KNOWN, outcome.known, KNOWN_SECONDS)])
    default:
      return outcome satisfies never
  }
}

/** The domain alone decides, and everybody may know who has which: whether there is such a person is not looked at. */
async function afterEmail(
  ctx: AuthorityContext,
  request: Request,
  visit: Visit,
  browser: string,
  way: Way,
  email: string,
): Promise<Response> {
  const provider = providerFor(ctx.signIn, normalEmail(email))
  if (provider !== undefined) return goTo(ctx, request, visit, browser, provider, way, normalEmail(email))
  if (ctx.signIn.password) return signInPage(ctx, request, visit, browser, way, { email, step: 'password' })
  return signInPage(ctx, request, visit, browser, way, {
    email,
    step: 'email',
    problem: wordsFor(request).signIn.noWay,
    status: 400,
  })
}

/** `POST /sign-in/passkey` */
export async function takePasskey(ctx: AuthorityContext, request: Request, visit: Visit): Promise<Response> {
  const form = await readFormBody(request)
  const browser = readCookie(ctx, request, BROWSER)
  const way = await wayOf(ctx, visit, browser, form.require('request'))
  const story = storyOf(visit, way)
  try {
    const answer = { browser, sealed: form.require('passkey'), response: form.require('response') }
    const { session } = await signInWithPasskey(ctx, story, answer, arriving(ctx, request))
    return await onward(ctx, story, request, way, session)
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error
    ctx.audit({ ...refused('sign-in.refused', error), ...story })
    const words = wordsFor(request).signIn
    const problem = way.interaction?.pending.acr === 'phr' ? words.passkeyAgain : words.passkeyFailed
    return signInPage(ctx, request, story, browser as string, way, { problem, status: 401 })
  }
}

export async function takeSignOut(ctx: AuthorityContext, request: Request, visit: Visit): Promise<Response> {
  await takeOwnForm(ctx, request)
  const { cookies, left } = await signOutAccount(ctx, visit, request, undefined)
  // Who is still signed in here is shown, and not left for the next person at this computer to find.
  return seeOther(left === 0 ? `${ctx.issuer}/` : `${ctx.issuer}/sign-in`, cookies)
}

/** `POST /sign-in/account`: one of the accounts of this browser, or one less. */
export async function takeAccount(ctx: AuthorityContext, request: Request, visit: Visit): Promise<Response> {
  const form = await readFormBody(request)
  const browser = readCookie(ctx, request, BROWSER)
  const way = await wayOf(ctx, visit, browser, form.require('request'))
  const story = storyOf(visit, way)
  const account = form.require('account')
  switch (form.require('decision')) {
    case 'choose': {
      const cookies = await chooseAccount(ctx, story, request, account)
      // Its session has ended meanwhile, so they sign in.
      return cookies === undefined ? toSignInOf(ctx, way, []) : goOn(ctx, request, way, cookies)
    }
    case 'sign-out':
      return toSignInOf(ctx, way, (await signOutAccount(ctx, story, request, account)).cookies)
    default:
      throw new OAuthError('invalid_request', 'decision has to be choose or sign-out', 'decision_unknown')
  }
}

function toSignInOf(ctx: AuthorityContext, { request }: Way, cookies: readonly string[]): Response {
  return seeOther(`${ctx.issuer}/sign-in?request=${request}`, cookies)
}
