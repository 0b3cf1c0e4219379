import { SITUATIONS } from '@doorward/core/oauth/reasons'
import type { AuthorityContext } from '../authority/context.ts'
import { PAGES } from './pages/index.ts'
import type { ReasonView } from './problem-views.ts'
import type { Handler } from './routes.ts'
import { send } from './send.ts'
import { wordsFor } from './words/words.ts'

const PATH = '/errors'

/** `GET /errors`, and one address below it for each reason: where `error_uri` leads. */
export function errorsRoutes({ issuer }: Pick<AuthorityContext, 'issuer'>, prefix: string): Record<string, Handler> {
  const action = `${issuer}${PATH}`
  const names = SITUATIONS.flatMap(({ reasons }) => Object.keys(reasons))
  return {
    [`GET ${prefix}${PATH}`]: async (request) =>
      send(PAGES.errors({ action, situations: SITUATIONS }, wordsFor(request))),
    ...Object.fromEntries(
      names.map((name): [string, Handler] => [
        `GET ${prefix}${PATH}/${name}`,
        async (request) => send(PAGES.reason(reasonView(action, name) as ReasonView, wordsFor(request))),
      ]),
    ),
  }
}

/** Undefined where there is no such reason. */
export function reasonView(action: string, name: string): ReasonView | undefined {
  const situation = SITUATIONS.find(({ reasons }) => Object.hasOwn(reasons, name))
  const known = situation?.reasons[name]
  if (situation === undefined || known === undefined) return undefined
  return { action, name: name as ReasonView['name'], ...known, situation }
}
