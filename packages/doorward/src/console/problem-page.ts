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
  return send(PAGES.problem({ ...problem, trace }, wordsFor(request)), { retryAfter: problem.retryAfter })
}
