import { OAuthError } from '@doorward/core/oauth/error'
import type { AuthorityContext, Visit } from '../context.ts'
import { type Endpoint, json, NO_STORE } from '../http.ts'
import { refused } from '../refused.ts'
import { act, type InputOf } from './act.ts'
import type { Action } from './actions/action.ts'
import { ACTIONS, type ActionName } from './actions/index.ts'
import { authorizeOperator, withChallenge } from './authorize.ts'
import { readInput } from './input.ts'
import { ADMIN_SCOPE, type Operator } from './permissions.ts'

interface Match {
  readonly name: ActionName
  readonly action: Action
  /** What stands in the path, not decoded yet. */
  readonly parameters: Readonly<Record<string, string>>
}

/** The admin API. Nothing is read or answered before an operator's token was seen. */
export const adminEndpoint: Endpoint = async (ctx, request, visit) => {
  const path = new URL(request.url).pathname.slice(new URL(ctx.admin.uri).pathname.length)
  const match = matchAction(request.method, path)
  const needed = match?.action.permission ?? ADMIN_SCOPE
  const operator = await authorizeOperator(ctx, request, needed).catch((error: unknown) => {
    throw told(ctx, visit, error)
  })
  if (match === undefined) {
    const description = `There is no ${request.method} ${path.slice(0, 100)} here`
    throw told(
      ctx,
      visit,
      new OAuthError('invalid_request', description, 'admin_nothing_here', { status: 404 }),
      operator,
    )
  }
  const input = await readInput(request, match.action, match.parameters).catch((error: unknown) => {
    throw told(ctx, visit, error, operator)
  })
  try {
    const value = await act(ctx, visit, operator, match.name, input as InputOf<typeof match.name>)
    const status = match.action.status ?? 200
    return status === 204 ? new Response(null, { status, headers: NO_STORE }) : json(status, value)
  } catch (error) {
    throw error instanceof OAuthError ? withChallenge(ctx, request, error) : error
  }
}

/** The action at a method and path below the API, if there is one. */
export function matchAction(method: string, path: string): Match | undefined {
  const segments = path.split('/')
  for (const [name, action] of Object.entries(ACTIONS) as [ActionName, Action][]) {
    const pattern = action.path.split('/')
    if (action.method !== method || pattern.length !== segments.length) continue
    const parameters: Record<string, string> = {}
    const fits = pattern.every((part, i) => {
      const segment = segments[i] ?? ''
      if (!part.startsWith('{')) return part === segment
      parameters[part.slice(1, -1)] = segment
      return segment !== ''
    })
    if (fits) return { name, action, parameters }
  }
  return undefined
}

function told(ctx: AuthorityContext, visit: Visit, error: unknown, operator?: Operator): unknown {
  if (error instanceof OAuthError) ctx.audit({ ...refused('request.refused', error), ...visit, actor: operator?.id })
  return error
}
