import type { Reason } from '@doorward/core/oauth/reasons'
import type { AuthorityContext, Problem } from '../authority/context.ts'
import { signedInUser } from '../authority/identity/session.ts'
import { PAGES } from './pages/index.ts'
import { send } from './send.ts'
import { wordsFor } from './words/words.ts'

/** A refusal as a page. A signed-in operator goes on from there to the story behind its reference. */
export async function showProblem(ctx: AuthorityContext, problem: Problem, request: Request): Promise<Response> {
  // Where the database does not answer, that is what has to be told, to whoever it is.
  const found = await signedInUser(ctx, request).catch(() => undefined)
  const trace = found?.user.operator === true ? `${ctx.issuer}/admin/trace/${problem.correlation}` : undefined
  return send(PAGES.problem({ ...problem, page: pageOf(ctx, problem, request), trace }, wordsFor(request)), {
    retryAfter: problem.retryAfter,
  })
}

/** What is mended by opening the page anew, from which it was sent. */
const MENDED_ANEW: ReadonlySet<Reason> = new Set<Reason>([
  'admin_client_blocked',
  'admin_client_changed',
  'admin_grant_ended',
  'admin_grant_wider',
  'admin_unknown',
  'connection_unknown',
  'connection_wish',
  'form_expired',
  'form_foreign',
  'form_of_another_account',
  'form_repeated',
])
const WITH_FORMS = ['/account/clients', '/account/sign-in', '/account', '/device', '/sign-in'].concat(
  ['clients', 'grants', 'people', 'invites', 'rules'].map((list) => `/admin/${list}`),
  '/admin',
)

function pageOf({ issuer }: AuthorityContext, { reason }: Problem, request: Request): string | undefined {
  if (request.method !== 'POST' || !MENDED_ANEW.has(reason)) return undefined
  const { pathname } = new URL(request.url)
  const below = pathname.slice(new URL(issuer).pathname.replace(/\/$/, '').length)
  return `${issuer}${WITH_FORMS.find((page) => below === page || below.startsWith(`${page}/`)) ?? '/'}`
}
