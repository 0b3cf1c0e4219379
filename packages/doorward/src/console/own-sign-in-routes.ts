import { OAuthError } from '@doorward/core/oauth/error'
import type { Form } from '@doorward/core/oauth/form'
import type { AuthorityContext, Visit } from '../authority/context.ts'
import { SESSION, writeCookie } from '../authority/cookies.ts'
import { providerOf } from '../authority/identity/federation.ts'
import {
  changePassword,
  endOtherSessions,
  endSession,
  removePasskey,
  renamePasskey,
  unlink,
  waysOf,
} from '../authority/identity/own-sign-in.ts'
import { addPasskey, askForNewPasskey } from '../authority/identity/passkeys.ts'
import { isFresh, signedInUser } from '../authority/identity/session.ts'
import { refused } from '../authority/refused.ts'
import { goTo } from './federation-routes.ts'
import { browserOf, formToken, ownFormToken } from './form-token.ts'
import { takeOwnForm } from './own-form.ts'
import { PAGES } from './pages/index.ts'
import { portionOf } from './portion.ts'
import { seeOther, send } from './send.ts'
import type { Way } from './sign-in-way.ts'
import type { OwnSignInView } from './views.ts'
import { wordsFor } from './words/words.ts'

export const OWN_SIGN_IN_PATH = '/account/sign-in'

type Found = NonNullable<Awaited<ReturnType<typeof signedInUser>>>

/** `GET /account/sign-in`: a person's ways in, and where they are signed in. */
export async function showOwnSignIn(ctx: AuthorityContext, request: Request): Promise<Response> {
  const { browser, cookies } = browserOf(ctx, request)
  const found = await signedInUser(ctx, request)
  if (found === undefined) return seeOther(signInAgain(ctx, browser), cookies)
  return draw(ctx, request, browser, found, cookies)
}

interface Doing {
  readonly ctx: AuthorityContext
  readonly request: Request
  readonly visit: Visit
  readonly browser: string
  readonly form: Form
  readonly found: Found
}

interface Action {
  /** Changes how somebody signs in, and so wants a sign-in that is not older. */
  readonly needsFresh: boolean
  /** Another answer than the page itself. */
  readonly act: (doing: Doing) => Promise<Response | undefined>
}

const ACTIONS: Readonly<Record<string, Action>> = {
  'add-passkey': {
    needsFresh: true,
    act: async ({ ctx, visit, browser, form, found }) => {
      const answer = { browser, sealed: form.require('passkey'), response: form.require('response') }
      await addPasskey(ctx, visit, found.user, { ...answer, name: form.get('name') ?? '' })
      return undefined
    },
  },
  'rename-passkey': {
    needsFresh: true,
    act: async ({ ctx, form, found }) => {
      await renamePasskey(ctx, found, form.require('id'), form.require('name'))
      return undefined
    },
  },
  'remove-passkey': {
    needsFresh: true,
    act: async ({ ctx, visit, form, found }) => {
      await removePasskey(ctx, visit, found, form.require('id'))
      return undefined
    },
  },
  'change-password': {
    needsFresh: true,
    act: async ({ ctx, request, visit, browser, form, found }) => {
      await changePassword(ctx, visit, found, { old: form.require('old'), next: form.require('new') })
      return draw(ctx, request, browser, found, [], { done: 'password' })
    },
  },
  link: {
    needsFresh: true,
    act: async ({ ctx, request, visit, browser, form, found }) => {
      const provider = providerOf(ctx, form.require('provider'))
      if (provider === undefined) return undefined
      const way: Way = {
        request: formToken(ctx, browser, OWN_SIGN_IN_PATH),
        interaction: undefined,
        next: OWN_SIGN_IN_PATH,
        isFresh: false,
      }
      return goTo(ctx, request, visit, browser, provider, way, { linkTo: found.user.id })
    },
  },
  unlink: {
    needsFresh: true,
    act: async ({ ctx, visit, form, found }) => {
      await unlink(ctx, visit, found, form.require('provider'), form.require('subject'))
      return undefined
    },
  },
  'end-session': {
    needsFresh: false,
    act: async ({ ctx, visit, form, found }) => {
      await endSession(ctx, visit, found, form.require('session'))
      if (form.require('session') !== found.session.digest) return undefined
      return seeOther(`${ctx.issuer}/`, [writeCookie(ctx, SESSION, '', 0)])
    },
  },
  'end-others': {
    needsFresh: false,
    act: async ({ ctx, visit, found }) => {
      await endOtherSessions(ctx, visit, found)
      return undefined
    },
  },
}

/** `POST /account/sign-in` */
export async function takeOwnSignIn(ctx: AuthorityContext, request: Request, visit: Visit): Promise<Response> {
  const { form, browser, found } = await takeOwnForm(ctx, request)
  if (found === undefined) return seeOther(signInAgain(ctx, browser), [])
  const name = form.require('action')
  const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined
  if (action === undefined) throw new OAuthError('invalid_request', 'This form has no such action', 'decision_unknown')
  if (action.needsFresh && !isFresh(ctx, found.session.authentication)) {
    return seeOther(signInAgain(ctx, browser), [])
  }
  try {
    const answer = await action.act({ ctx, request, visit, browser, form, found })
    return answer ?? seeOther(`${ctx.issuer}${OWN_SIGN_IN_PATH}`, [])
  } catch (error) {
    const problems: Readonly<Record<string, string>> = wordsFor(request).ways.problems
    if (!(error instanceof OAuthError) || problems[error.reason] === undefined) throw error
    ctx.audit({ ...refused('request.refused', error), ...visit, actor: found.user.id })
    return draw(ctx, request, browser, found, [], {
      problem: problems[error.reason] as string,
      isOfPassword: name === 'change-password',
      status: error.status,
    })
  }
}

function signInAgain(ctx: AuthorityContext, browser: string): string {
  return `${ctx.issuer}/sign-in?request=${formToken(ctx, browser, OWN_SIGN_IN_PATH)}`
}

async function draw(
  ctx: AuthorityContext,
  request: Request,
  browser: string,
  found: Found,
  cookies: readonly string[],
  more: Partial<OwnSignInView> = {},
): Promise<Response> {
  const { user, session } = found
  const { passkeys, identities, sessions } = await waysOf(ctx, found)
  const isThis = ({ digest }: { readonly digest: string }) => digest === session.digest
  // The browser that asks stands first, whichever was used last.
  const { shown, portion } = portionOf(
    [...sessions].sort((a, b) => Number(isThis(b)) - Number(isThis(a))),
    request,
    `${ctx.issuer}${OWN_SIGN_IN_PATH}`,
  )
  const nameOf = (id: string) => providerOf(ctx, id)?.name ?? id
  const fresh = isFresh(ctx, session.authentication)
  const question = fresh ? await askForNewPasskey(ctx, browser, user) : undefined
  const view: OwnSignInView = {
    issuer: ctx.issuer,
    action: `${ctx.issuer}${OWN_SIGN_IN_PATH}`,
    request: ownFormToken(ctx, browser, user),
    email: user.email,
    isFresh: fresh,
    signInAgain: signInAgain(ctx, browser),
    ...(question === undefined ? {} : { newPasskey: { action: `${ctx.issuer}${OWN_SIGN_IN_PATH}`, ...question } }),
    hasPassword: ctx.signIn.password && user.password !== '',
    passkeys: passkeys.map(({ id, name, createdAt, usedAt }) => ({ id, name, createdAt, usedAt })),
    identities: identities.map((identity) => ({ ...identity, name: nameOf(identity.provider) })),
    providers: ctx.signIn.providers
      .filter(({ id }) => !identities.some(({ provider }) => provider === id))
      .map(({ id, name }) => ({ id, name })),
    portion,
    sessions: shown.map(({ digest, browser: agent, network, authentication, createdAt, usedAt }) => ({
      digest,
      isThis: isThis({ digest }),
      browser: agent,
      network,
      method: nameOf(authentication.method),
      at: authentication.at === 0 ? createdAt : authentication.at,
      usedAt,
    })),
    ...more,
  }
  return send(PAGES.ownSignIn(view, wordsFor(request)), { cookies })
}
