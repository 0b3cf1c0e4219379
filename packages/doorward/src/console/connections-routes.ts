import { OAuthError } from '@doorward/core/oauth/error'
import { parseScope } from '@doorward/core/oauth/scope'
import {
  type Connection,
  connectionsOf,
  disconnect,
  disconnectAll,
  endConnectionAt,
  lastUse,
  narrowConnection,
} from '../authority/connections.ts'
import { type AuthorityContext, OFFLINE_ACCESS, type StoredUser, type Visit } from '../authority/context.ts'
import { signedInUser } from '../authority/identity/session.ts'
import { toSignIn } from './account-routes.ts'
import { bindingOf } from './client-words.ts'
import { CONNECTION_CHANGES, type ConnectionChange, type ConnectionView } from './connections-view.ts'
import { browserOf, ownFormToken } from './form-token.ts'
import { clientView, scopeView } from './interaction-pages.ts'
import { dayOf, endOfDay } from './moment.ts'
import { takeOwnForm } from './own-form.ts'
import { PAGES } from './pages/index.ts'
import { portionOf } from './portion.ts'
import { seeOther, send } from './send.ts'
import { type Words, wordsFor } from './words/words.ts'

const PATH = '/account'
const KEEP = 'keep '

/** `GET /account`: everything that may act for this person. */
export async function showConnections(ctx: AuthorityContext, request: Request, visit: Visit): Promise<Response> {
  const { browser, cookies } = browserOf(ctx, request)
  const found = await signedInUser(ctx, request)
  if (found === undefined) return toSignIn(ctx, browser, cookies, PATH)
  const told = new URL(request.url).searchParams.get('done')
  const done = CONNECTION_CHANGES.find((change) => change === told)
  return draw(ctx, request, visit, browser, found.user, cookies, done)
}

/** `POST /account`: less for one of them, an end for one, none of one, or none at all. */
export async function takeConnections(ctx: AuthorityContext, request: Request, visit: Visit): Promise<Response> {
  const { form, browser, found } = await takeOwnForm(ctx, request)
  if (found === undefined) return toSignIn(ctx, browser, [], PATH)
  const decision = CONNECTION_CHANGES.find((change) => change === form.require('decision'))
  switch (decision) {
    case 'narrow':
      await narrowConnection(ctx, visit, found.user, form.require('id'), (scope) => form.get(KEEP + scope) === 'yes')
      break
    case 'end':
      await endConnectionAt(ctx, visit, found.user, form.require('id'), readEnd(form.get('ends')))
      break
    case 'disconnect':
      await disconnect(ctx, visit, found.user, form.require('id'))
      break
    case 'disconnect-all':
      await disconnectAll(ctx, visit, found.user)
      break
    case undefined:
      throw new OAuthError('invalid_request', 'decision is none of this page', 'decision_unknown')
    default:
      decision satisfies never
  }
  return seeOther(`${ctx.issuer}${PATH}?done=${decision}`, [])
}

/** Left empty, there is to be no end. */
function readEnd(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const end = endOfDay(text)
  if (end === undefined) throw new OAuthError('invalid_request', 'That is not a day like 2030-12-31', 'connection_wish')
  return end
}

async function draw(
  ctx: AuthorityContext,
  request: Request,
  visit: Visit,
  browser: string,
  { email, ...user }: StoredUser,
  cookies: readonly string[],
  done: ConnectionChange | undefined,
): Promise<Response> {
  const connections = await connectionsOf(ctx, { email, ...user })
  const { shown, portion } = portionOf(connections, request, `${ctx.issuer}${PATH}`)
  const words = wordsFor(request)
  const view = {
    issuer: ctx.issuer,
    action: `${ctx.issuer}${PATH}`,
    request: ownFormToken(ctx, browser, user),
    email,
    today: dayOf(ctx.now()),
    idleDays: Math.round(ctx.lifetimes.grantIdle / 86_400),
    done,
    portion,
    connections: shown.map((connection) => viewOf(ctx, visit, connection, words)),
  }
  return send(PAGES.connections(view, words), { cookies })
}

function viewOf(ctx: AuthorityContext, visit: Visit, { grant, client }: Connection, words: Words): ConnectionView {
  const resource = [...ctx.resources, ctx.admin].find(({ uri }) => uri === grant.resource) ?? {
    uri: grant.resource,
    name: grant.resource,
    scopes: {},
    defaultScopes: [],
  }
  const place = (network: string | undefined) =>
    network === undefined ? undefined : { network, isHere: network === visit.network }
  const { senderKey, endsAt } = grant
  return {
    id: grant.id,
    client: clientView(ctx, { client }),
    resource: { uri: resource.uri, name: resource.name },
    scopes: parseScope(grant.scope)
      .filter((scope) => scope !== OFFLINE_ACCESS)
      .map((scope) => ({ ...scopeView(scope, resource, words), field: KEEP + scope })),
    openedAt: grant.openedAt,
    from: place(grant.network),
    usedAt: lastUse(grant),
    usedFrom: place(grant.usedNetwork),
    boundTo: senderKey === undefined ? undefined : bindingOf(senderKey),
    ...(endsAt === undefined ? {} : { endsAt, endsOn: dayOf(endsAt - 1) }),
  }
}
