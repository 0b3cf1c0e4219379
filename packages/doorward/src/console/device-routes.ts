import { type Entry, enterUserCode } from '../authority/authorize/device-entry.ts'
import type { AuthorityContext, StoredUser, Visit } from '../authority/context.ts'
import { signedInUser } from '../authority/identity/session.ts'
import { readUserCode } from '../authority/token/device-code.ts'
import { browserOf, formToken, type Next, ownFormToken } from './form-token.ts'
import { takeOwnForm } from './own-form.ts'
import { PAGES } from './pages/index.ts'
import type { Handler } from './routes.ts'
import { type Sending, seeOther, send } from './send.ts'
import type { DevicePageView } from './views.ts'
import { type Words, wordsFor } from './words/words.ts'

export const DEVICE_PATH = '/device'

export function takesDevices({ policy }: Pick<AuthorityContext, 'policy'>): boolean {
  return policy.deviceAuthorization === 'allow'
}

/** RFC 8628 §3.3: from the code to the consent page, which is the one of every other request. */
export function deviceRoutes(ctx: AuthorityContext, prefix: string): Readonly<Record<string, Handler>> {
  return {
    [`GET ${prefix}${DEVICE_PATH}`]: (request, visit) => showDevice(ctx, request, visit),
    [`POST ${prefix}${DEVICE_PATH}`]: (request, visit) => takeDevice(ctx, request, visit),
    [`GET ${prefix}${DEVICE_PATH}/approved`]: async (request) =>
      send(PAGES.deviceAnswered('approved', wordsFor(request))),
    [`GET ${prefix}${DEVICE_PATH}/denied`]: async (request) => send(PAGES.deviceAnswered('denied', wordsFor(request))),
  }
}

async function showDevice(ctx: AuthorityContext, request: Request, visit: Visit): Promise<Response> {
  const { browser, cookies } = browserOf(ctx, request)
  const userCode = readUserCode(new URL(request.url).searchParams.get('user_code') ?? '')
  const found = await signedInUser(ctx, request)
  if (found === undefined) return seeOther(signInFor(ctx, browser, userCode), cookies)
  return draw(
    ctx,
    request,
    visit,
    browser,
    found.user,
    { ...(userCode === undefined ? {} : { userCode }) },
    { cookies },
  )
}

async function takeDevice(ctx: AuthorityContext, request: Request, visit: Visit): Promise<Response> {
  const { form, browser, found } = await takeOwnForm(ctx, request)
  const typed = form.get('user_code') ?? ''
  if (found === undefined) return seeOther(signInFor(ctx, browser, readUserCode(typed)), [])
  const entry = await enterUserCode(ctx, visit, browser, found.user, typed)
  if (entry.verdict === 'found') return seeOther(`${ctx.issuer}/consent?request=${entry.sealed}`, [])
  const [status, sending] =
    entry.verdict === 'wait' ? ([429, { retryAfter: String(entry.seconds) }] as const) : ([400, {}] as const)
  const more = { problem: problemWords(entry, wordsFor(request)), status, userCode: typed.slice(0, 24) }
  return draw(ctx, request, visit, browser, found.user, more, sending)
}

function problemWords(entry: Exclude<Entry, { verdict: 'found' }>, { device }: Words): string {
  switch (entry.verdict) {
    case 'malformed':
      return device.malformed
    case 'unknown':
      return device.unknown
    case 'answered':
      return device.answered
    case 'wait':
      return device.wait(entry.seconds)
    default:
      return entry satisfies never
  }
}

/** Back here afterwards, with the code that a link brought. */
function signInFor(ctx: AuthorityContext, browser: string, userCode: string | undefined): string {
  const next: Next = userCode === undefined ? DEVICE_PATH : `${DEVICE_PATH}?user_code=${userCode}`
  return `${ctx.issuer}/sign-in?request=${formToken(ctx, browser, next)}`
}

function draw(
  ctx: AuthorityContext,
  request: Request,
  visit: Visit,
  browser: string,
  user: StoredUser,
  more: Pick<DevicePageView, 'userCode' | 'problem' | 'status'>,
  { cookies = [], retryAfter }: Pick<Sending, 'cookies' | 'retryAfter'> = {},
): Response {
  const view: DevicePageView = {
    action: `${ctx.issuer}${DEVICE_PATH}`,
    request: ownFormToken(ctx, browser, user),
    email: user.email,
    switchAccount: signInFor(ctx, browser, readUserCode(more.userCode ?? '')),
    correlation: visit.correlation,
    ...more,
  }
  return send(PAGES.device(view, wordsFor(request)), { cookies, retryAfter })
}
