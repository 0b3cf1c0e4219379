import { OAuthError } from '@doorward/core/oauth/error'
import type { Form } from '@doorward/core/oauth/form'
import { type Choice, DAYS } from '../authority/authorize/choice.ts'
import { approve, type Interaction } from '../authority/authorize/interaction.ts'
import type { AuthorityContext, Visit } from '../authority/context.ts'
import type { SignedIn } from '../authority/identity/session.ts'
import { PAGES } from './pages/index.ts'
import { boxOf } from './scope-words.ts'
import { send } from './send.ts'
import { wordsFor } from './words/words.ts'

/** More boxes than this are on no page: a request is 8192 characters long at most. */
export const MOST_FIELDS = 1000

/** The person says yes: the answer goes to the application, or is shown to be carried there. */
export async function takeYes(
  ctx: AuthorityContext,
  request: Request,
  visit: Visit,
  interaction: Interaction,
  { user, session }: SignedIn,
  form: Form,
): Promise<Response> {
  const byHand = form.get('decision') === 'show'
  const answer = await approve(
    ctx,
    visit,
    interaction,
    user,
    choiceOf(interaction, form, byHand),
    session.authentication,
  )
  const url = byHand ? answer.headers.get('location') : null
  if (url === null) return answer
  const view = { url, seconds: ctx.lifetimes.carriedCode, correlation: interaction.pending.correlation }
  return send(PAGES.answer(view, wordsFor(request)))
}

function choiceOf({ scopes }: Interaction, form: Form, byHand: boolean): Choice {
  const days = form.get('days')
  const end = DAYS.find((count) => String(count) === days)
  if (days !== undefined && end === undefined) {
    throw new OAuthError('invalid_request', `days has to be one of ${DAYS.join(', ')}`, 'decision_unknown')
  }
  return { ticked: scopes.filter((scope) => form.get(boxOf(scope)) === 'yes'), days: end, byHand }
}
