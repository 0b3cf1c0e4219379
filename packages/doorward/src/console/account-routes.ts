import { hasSecretMethod } from '@doorward/core/oauth/client-metadata'
import { OAuthError } from '@doorward/core/oauth/error'
import type { Form } from '@doorward/core/oauth/form'
import type { AuthorityContext, StoredUser, Visit } from '../authority/context.ts'
import { requireFirstSending } from '../authority/first-sending.ts'
import { signedInUser } from '../authority/identity/session.ts'
import {
  ownClients,
  registerOwnClient,
  removeOwnClient,
  renewOwnSecret,
} from '../authority/registration/own-clients.ts'
import { browserOf, FORM_SECONDS, formToken, type Next, ownFormToken } from './form-token.ts'
import { takeOwnForm } from './own-form.ts'
import { PAGES } from './pages/index.ts'
import { seeOther, send } from './send.ts'
import type { OwnClientsView } from './views.ts'
import { wordsFor } from './words/words.ts'

const PATH = '/account/clients'

/** `GET /account/clients`: a person's own applications. */
export async function showOwnClients(ctx: AuthorityContext, request: Request): Promise<Response> {
  const { browser, cookies } = browserOf(ctx, request)
  const found = await signedInUser(ctx, request)
  if (found === undefined) return toSignIn(ctx, browser, cookies)
  return draw(ctx, request, browser, found.user, cookies)
}

/** `POST /account/clients`: register one, give one another secret, or remove one. */
export async function takeOwnClients(ctx: AuthorityContext, request: Request, visit: Visit): Promise<Response> {
  const { form, browser, found } = await takeOwnForm(ctx, request)
  if (found === undefined) return toSignIn(ctx, browser, [])
  const drawn = (more: Partial<OwnClientsView>) => draw(ctx, request, browser, found.user, [], more)
  switch (form.require('decision')) {
    case 'remove':
      await removeOwnClient(ctx, visit, found.user, form.require('id'))
      return seeOther(`${ctx.issuer}${PATH}`, [])
    case 'secret': {
      await requireFirstSending(ctx, form, FORM_SECONDS)
      const { client, secret } = await renewOwnSecret(ctx, visit, found.user, form.require('id'))
      return drawn({ made: { id: client.id, secret, isRenewed: true } })
    }
    case 'add':
      return add(ctx, visit, found.user, form, drawn)
    default:
      throw new OAuthError('invalid_request', 'decision has to be add, secret or remove', 'decision_unknown')
  }
}

async function add(
  ctx: AuthorityContext,
  visit: Visit,
  user: StoredUser,
  form: Form,
  drawn: (more: Partial<OwnClientsView>) => Promise<Response>,
): Promise<Response> {
  const lines = form.get('redirect_uris') ?? ''
  const wish = {
    name: form.get('name') ?? '',
    redirectUris: lines.split(/\s+/).filter((line) => line !== ''),
    withSecret: form.get('secret') === 'yes',
  }
  try {
    await requireFirstSending(ctx, form, FORM_SECONDS)
    const { client, secret } = await registerOwnClient(ctx, visit, user, wish)
    return drawn({ made: { id: client.id, secret } })
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error
    ctx.audit({ type: 'client.refused', outcome: 'refused', reason: error.reason, ...visit, actor: user.id })
    return drawn({
      problem: { reason: error.reason, description: `${error.description}.` },
      name: wish.name,
      redirectUris: lines,
      wantsSecret: wish.withSecret,
    })
  }
}

/** @param next where the person goes on to */
export function toSignIn(
  ctx: AuthorityContext,
  browser: string,
  cookies: readonly string[],
  next: Next = PATH,
): Response {
  return seeOther(`${ctx.issuer}/sign-in?request=${formToken(ctx, browser, next)}`, cookies)
}

async function draw(
  ctx: AuthorityContext,
  request: Request,
  browser: string,
  user: StoredUser,
  cookies: readonly string[],
  more: Partial<OwnClientsView> = {},
): Promise<Response> {
  const clients = (await ownClients(ctx, user)).map(({ id, metadata, blockedAt }) => ({
    id,
    name: metadata.client_name as string | undefined,
    redirectUris: metadata.redirect_uris as readonly string[],
    hasSecret: blockedAt === undefined && hasSecretMethod(metadata.token_endpoint_auth_method),
  }))
  const view = {
    issuer: ctx.issuer,
    action: `${ctx.issuer}${PATH}`,
    request: ownFormToken(ctx, browser, user),
    clients,
    ...more,
  }
  return send(PAGES.ownClients(view, wordsFor(request)), { cookies })
}
