import { OAuthError } from '@doorward/core/oauth/error'
import * as v from 'valibot'
import type { Visit } from '../context.ts'
import { refused } from '../refused.ts'
import type { Action, GoverningContext } from './actions/action.ts'
import { ACTIONS, type ActionName } from './actions/index.ts'
import { type Operator, requirePermission } from './permissions.ts'

export type InputOf<Name extends ActionName> = v.InferInput<(typeof ACTIONS)[Name]['input']>
export type OutputOf<Name extends ActionName> = v.InferOutput<(typeof ACTIONS)[Name]['output']>

/**
 * The one way to govern, for the API, the pages and the command line: first the permission, then the input, then the act.
 * @throws OAuthError where it is refused; its event is told here.
 */
export async function act<Name extends ActionName>(
  ctx: GoverningContext,
  visit: Visit | undefined,
  operator: Operator,
  name: Name,
  input: InputOf<Name>,
): Promise<OutputOf<Name>> {
  const action: Action = ACTIONS[name]
  try {
    requirePermission(operator, action.permission)
    const parsed = v.safeParse(action.input, input, { abortEarly: true })
    if (!parsed.success) throw wrongInput(parsed.issues[0])
    const also = action.also?.(parsed.output)
    if (also !== undefined) requirePermission(operator, also)
    const value = await action.run({ ctx, visit, operator }, parsed.output)
    return v.parse(action.output, value) as OutputOf<Name>
  } catch (error) {
    if (error instanceof OAuthError) ctx.audit({ ...refused('request.refused', error), ...visit, actor: operator.id })
    throw error
  }
}

function wrongInput(issue: v.BaseIssue<unknown>): OAuthError {
  const at = v.getDotPath(issue)?.slice(0, 100)
  // What was sent is not said back, and not remembered: it may be a password in the wrong place.
  const said =
    issue.received === 'undefined' ? issue.message : issue.message.replace(` but received ${issue.received}`, '')
  const description = at == null ? said : `${at}: ${said}`
  return new OAuthError('invalid_request', description.slice(0, 300), 'admin_input', {
    ...(at == null ? {} : { detail: { input: at } }),
  })
}
