import { authorizePath, expect, FORM, JSON_TYPE, REDIRECT, type Tokens, VERIFIER } from './flows.ts'
import type { Send } from './load.ts'

/** What a peer's program says once it is ready. */
export interface PeerReady {
  readonly origin: string
  readonly resource: string
  readonly robot?: { readonly id: string; readonly secret: string }
  /** Of somebody who is signed in. */
  readonly cookie?: string
}

/** A browser of somebody who is signed in; what it is told to keep, it keeps. */
export interface Browser {
  cookie: string
}

/** How to talk to a server of a kind: paths, and what a browser does between the request and the code. */
export interface Dialect {
  readonly metadata: string
  readonly register: string
  readonly token: string
  readonly introspect: string
  signIn(send: Send, client: string, ready: PeerReady): Promise<Browser>
  /** From the request to the code, with the person's yes in between. */
  authorize(send: Send, client: string, ready: PeerReady, browser: Browser): Promise<string>
}

const codeIn = (location: string | undefined): string => {
  const code = new URL(location ?? 'none:').searchParams.get('code')
  if (code === null) throw new Error(`There is no code in ${location}`)
  return code
}

const pathOf = (location: string | undefined): string => {
  const url = new URL(location ?? '', 'http://here')
  return url.pathname + url.search
}

const requestIn = (page: string): string =>
  (/name="?request"? value="([^"]+)"/.exec(page)?.[1] ?? '').replaceAll('&#38;', '&')

const asked = (client: string, { resource }: PeerReady): string =>
  `${authorizePath(client).slice(authorizePath(client).indexOf('?'))}&scope=mcp+offline_access&resource=${encodeURIComponent(resource)}`

const jar = (before: string, set: readonly string[]): string => {
  const cookies = new Map(before.split('; ').map((pair) => [pair.slice(0, pair.indexOf('=')), pair]))
  for (const line of set) {
    const [pair = ''] = line.split(';')
    cookies.set(pair.slice(0, pair.indexOf('=')), pair)
  }
  return [...cookies.values()].filter((pair) => pair !== '' && !pair.endsWith('=')).join('; ')
}

export const OIDC_PROVIDER: Dialect = {
  metadata: '/.well-known/oauth-authorization-server',
  register: '/reg',
  token: '/token',
  introspect: '/token/introspection',
  signIn: async (send, client, ready) => {
    const begun = await send('GET', `/auth${asked(client, ready)}`)
    const cookie = jar('', begun.cookies)
    const told = await send('POST', pathOf(begun.location), '', { ...FORM, cookie })
    const back = await send('GET', pathOf(told.location), undefined, { cookie: jar(cookie, told.cookies) })
    return { cookie: session('', back.cookies) }
  },
  authorize: async (send, client, ready, browser) => {
    const begun = await send('GET', `/auth${asked(client, ready)}&prompt=consent`, undefined, {
      cookie: browser.cookie,
    })
    const cookie = jar(browser.cookie, begun.cookies)
    const page = await send('GET', pathOf(begun.location), undefined, { cookie })
    expect(page)
    const agreed = await send('POST', pathOf(begun.location), `request=${requestIn(page.body)}`, { ...FORM, cookie })
    const back = await send('GET', pathOf(agreed.location), undefined, { cookie: jar(cookie, agreed.cookies) })
    browser.cookie = session(browser.cookie, back.cookies)
    return codeIn(back.location)
  },
}

/** Each interaction has cookies of its own, which end with it. */
function session(before: string, set: readonly string[]): string {
  return jar(
    before,
    set.filter((line) => line.startsWith('_session')),
  )
}

export const BETTER_AUTH: Dialect = {
  metadata: '/.well-known/oauth-authorization-server',
  register: '/api/auth/oauth2/register',
  token: '/api/auth/oauth2/token',
  introspect: '/api/auth/oauth2/introspect',
  signIn: async (_send, _client, { cookie = '' }) => ({ cookie }),
  authorize: async (send, client, ready, { cookie }) => {
    const query = `${asked(client, ready)}&prompt=consent`
    const begun = await send('GET', `/api/auth/oauth2/authorize${query}`, undefined, { cookie, accept: 'text/html' })
    const page = await send('GET', pathOf(begun.location), undefined, { cookie })
    expect(page)
    const body = JSON.stringify({ accept: true, oauth_query: requestIn(page.body) })
    const headers = { ...JSON_TYPE, cookie, origin: ready.origin, accept: 'application/json' }
    const agreed = await send('POST', '/api/auth/oauth2/consent', body, headers)
    if (agreed.location !== undefined) return codeIn(agreed.location)
    expect(agreed)
    const said = JSON.parse(agreed.body) as { url?: string; redirect_uri?: string }
    return codeIn(said.url ?? said.redirect_uri)
  },
}

export const SDK_ROUTER: Dialect = {
  metadata: '/.well-known/oauth-authorization-server',
  register: '/register',
  token: '/token',
  introspect: '',
  signIn: async () => ({ cookie: '' }),
  authorize: async (send, client, ready) => {
    const begun = await send('GET', `/authorize${asked(client, ready)}`)
    const page = await send('GET', pathOf(begun.location))
    expect(page)
    return codeIn((await send('POST', '/consent', `request=${requestIn(page.body)}`, FORM)).location)
  },
}

export function peerRegistration(name: string): string {
  return JSON.stringify({
    redirect_uris: [REDIRECT],
    client_name: name,
    token_endpoint_auth_method: 'none',
    application_type: 'native',
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
  })
}

/** The whole flow of somebody who is signed in, up to the tokens. */
export async function peerFlow(
  dialect: Dialect,
  send: Send,
  client: string,
  ready: PeerReady,
  browser: Browser,
): Promise<Tokens> {
  const code = await dialect.authorize(send, client, ready, browser)
  const form = new URLSearchParams({
    grant_type: 'authorization_code',
    client_id: client,
    code,
    code_verifier: VERIFIER,
    redirect_uri: REDIRECT,
    resource: ready.resource,
  })
  const answer = await send('POST', dialect.token, form.toString(), FORM)
  expect(answer)
  return JSON.parse(answer.body) as Tokens
}
