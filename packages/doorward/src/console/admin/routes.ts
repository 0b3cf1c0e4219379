import { OAuthError } from '@doorward/core/oauth/error'
import { operatorOf, type Permission, requirePermission } from '../../authority/admin/permissions.ts'
import type { AuthorityContext, Visit } from '../../authority/context.ts'
import { isFresh, signedInUser } from '../../authority/identity/session.ts'
import { tellSighting } from '../../authority/trace/sightings.ts'
import { browserOf, formToken, type Next } from '../form-token.ts'
import { takeOwnForm } from '../own-form.ts'
import { seeOther } from '../send.ts'
import { wordsFor } from '../words/words.ts'
import type { AdminCall, AdminPost } from './call.ts'
import { FORMS } from './forms.ts'
import { KEPT_PATH, showKept, signedOut, signInFirst } from './kept-form.ts'
import { takeForm } from './take-form.ts'
import { VIEWS } from './views.ts'

/** One thing at one address of the console, and what an operator needs for it. */
export interface AdminRoute {
  readonly method: 'GET' | 'POST'
  /** Below `/admin`; a `*` at its end stands for one segment. */
  readonly path: string
  readonly permission: Permission
  /** Wants a sign-in that is not older, as its action says. */
  readonly needsFresh?: boolean
}

type Served =
  | (AdminRoute & { readonly method: 'GET'; readonly run: (call: AdminCall) => Promise<Response> })
  | (AdminRoute & { readonly method: 'POST'; readonly run: (call: AdminPost) => Promise<Response> })

const SERVED: readonly Served[] = [
  ...VIEWS.map((view): Served => ({ method: 'GET', path: view.path, permission: view.permission, run: view.show })),
  ...FORMS.map(
    (form): Served => ({
      method: 'POST',
      path: form.path,
      permission: form.permission,
      needsFresh: form.needsFresh,
      run: (call) =>
        form.needsFresh && !isFresh(call.ctx, call.authentication)
          ? signInFirst(call, form)
          : takeForm(call, form, VIEWS),
    }),
  ),
  { method: 'GET', path: KEPT_PATH, permission: 'doorward:admin.read', run: (call) => showKept(call, FORMS, VIEWS) },
]

/** Every address of the console. No other is served below `/admin`. */
export const ADMIN_ROUTES: readonly AdminRoute[] = SERVED

const PATH = '/admin'
const LONGEST_NEXT = 600

/** Whether the console answers there, or refuses to. */
export function isAdminPath(prefix: string, path: string): boolean {
  return path === `${prefix}${PATH}` || path.startsWith(`${prefix}${PATH}/`)
}

/**
 * The operator console. Who is no operator gets the same answer at every address, whether something is there or not: a stranger
 * is asked to sign in, and a person is refused.
 * @throws OAuthError to be shown to the person.
 */
export async function answerAdmin(
  ctx: AuthorityContext,
  request: Request,
  visit: Visit,
): Promise<Response | undefined> {
  const url = new URL(request.url)
  const below = url.pathname.slice(new URL(ctx.issuer).pathname.replace(/\/$/, '').length + PATH.length)
  const { browser, cookies } = browserOf(ctx, request)
  const isPost = request.method === 'POST'
  const found = await signedInUser(ctx, request)
  if (found === undefined) {
    if (isPost) {
      const again = await signedOut(
        ctx,
        request,
        visit,
        FORMS.find(({ path }) => path === below),
      )
      if (again !== undefined) return again
      throw notForYou()
    }
    // Nothing was decided of anybody: a storm of it is no more to remember than a few.
    tellSighting(ctx, visit, { type: 'request.refused', outcome: 'refused', reason: 'admin_not_signed_in' })
    const next: Next = `${PATH}${below}${url.search}`
    const sealed = formToken(ctx, browser, next.length > LONGEST_NEXT ? PATH : next)
    return seeOther(`${ctx.issuer}/sign-in?request=${sealed}`, cookies)
  }
  const operator = operatorOf(found.user)
  const method = request.method === 'HEAD' ? 'GET' : request.method
  const route = SERVED.find((served) => served.method === method && matches(served.path, below))
  if (route === undefined) return undefined
  requirePermission(operator, route.permission)
  const call: AdminCall = {
    ctx,
    visit,
    operator,
    user: found.user,
    authentication: found.session.authentication,
    browser,
    query: withSegment(url.searchParams, route.path, below),
    words: wordsFor(request),
  }
  if (route.method === 'GET') return withCookies(await route.run(call), cookies)
  const { form } = await takeOwnForm(ctx, request)
  return route.run({ ...call, form })
}

function notForYou(): OAuthError {
  return new OAuthError('access_denied', 'This is for operators', 'admin_not_an_operator', { status: 403 })
}

function matches(pattern: string, path: string): boolean {
  if (!pattern.endsWith('/*')) return path === pattern
  const start = pattern.slice(0, -1)
  return path.startsWith(start) && path.length > start.length && !path.slice(start.length).includes('/')
}

/** What a path ends in is one more thing that is asked for; it stands before what the query says of it. */
function withSegment(query: URLSearchParams, pattern: string, path: string): URLSearchParams {
  if (!pattern.endsWith('/*')) return query
  const all = new URLSearchParams(query)
  all.set('segment', path.slice(pattern.length - 1))
  return all
}

function withCookies(response: Response, cookies: readonly string[]): Response {
  for (const cookie of cookies) response.headers.append('set-cookie', cookie)
  return response
}
