// What stands in the head of every answer, by one table of all addresses: what caches keep, what pages of other origins read.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { routesOf } from '../packages/doorward/src/authority/authority.ts'
import { ADMIN_ROUTES } from '../packages/doorward/src/console/admin/routes.ts'
import { personRoutes } from '../packages/doorward/src/console/routes.ts'
import { CALLBACK, CHALLENGE, makeWorld, VERIFIER } from '../packages/doorward/src/testing/world.ts'
import { type Doorward, runDoorward, startDoorward } from './doorward.ts'
import { CALL_HEADERS, initialize } from './first-call.ts'
import { decide, PlainBrowser } from './person.ts'

/** Where browser clients of other origins call (quirk Q23); at every other address nothing may be read by them. */
const OPEN = [
  /^\/\.well-known\//,
  /^\/token$/,
  /^\/register(\/|$)/,
  /^\/par$/,
  /^\/revoke$/,
  /^\/device_authorization$/,
  /^\/jwks$/,
  /^\/mcp\/?$/,
]

interface Answer {
  readonly title: string
  readonly path: string
  readonly status: number
  readonly headers: Headers
}

let door: Doorward
/** Every answer of the server to anything that is asked in this file. */
const answers: Answer[] = []
const plainFetch = globalThis.fetch
before(async () => {
  door = await startDoorward(['dev'])
  globalThis.fetch = async (input, init) => {
    const response = await plainFetch(input, { redirect: 'manual', ...init })
    const { pathname } = new URL(String(input))
    const { status, headers } = response
    answers.push({ title: `${init?.method ?? 'GET'} ${pathname}: ${status}`, path: pathname, status, headers })
    return response
  }
})
after(async () => {
  globalThis.fetch = plainFetch
  await door?.stop()
})

const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
const ORIGIN = { origin: 'https://elsewhere.example' }

/** Holds all answers since the last call to the rules, and returns them. */
function judge(): readonly Answer[] {
  const judged = answers.splice(0)
  const problems = judged.flatMap(({ title, path, status, headers }) => {
    const isOpen = OPEN.some((pattern) => pattern.test(path))
    const type = headers.get('content-type') ?? ''
    const isPage = type.startsWith('text/html')
    const isUnkept = headers.get('cache-control') === 'no-store' && headers.get('referrer-policy') === 'no-referrer'
    const policy = headers.get('content-security-policy') ?? ''
    const rules: readonly (readonly [boolean, string])[] = [
      [headers.has('cache-control'), 'says nothing to caches'],
      [headers.get('x-content-type-options') === 'nosniff', 'lets its type be guessed'],
      [headers.get('access-control-allow-origin') === (isOpen ? '*' : null), 'is open to the wrong origins'],
      [isOpen || ![...headers.keys()].some((name) => name.startsWith('access-control-')), 'speaks to other origins'],
      [!headers.has('access-control-allow-credentials'), 'takes cookies from other origins'],
      [!headers.has('strict-transport-security'), 'speaks of TLS where there is none (RFC 6797 §7.2)'],
      [isUnkept || !(isPage || status === 303), 'is kept, or tells where somebody came from'],
      [status !== 303 || headers.get('content-length') === '0', 'leads elsewhere and does not say that it is empty'],
      [policy.startsWith("default-src 'none'") || !isPage, 'has no policy'],
      [policy.includes("frame-ancestors 'none'") || !isPage, 'can be framed'],
      [headers.get('x-frame-options') === 'DENY' || !isPage, 'can be framed by an old browser'],
    ]
    return rules.filter(([holds]) => !holds).map(([, problem]) => `${title} ${problem}`)
  })
  assert.deepEqual(problems, [])
  return judged
}

/** Every address, as the registries have them, and what stands in none. */
async function everyPath(): Promise<readonly string[]> {
  const world = await makeWorld({ issuer: door.issuer })
  const { paths, families } = routesOf(world.ctx)
  await world.close()
  return [
    ...paths.keys(),
    ...families.map(([start]) => `${start}x`),
    ...Object.keys(personRoutes(world.ctx, [])).map((route) => route.slice(route.indexOf(' ') + 1)),
    ...ADMIN_ROUTES.map(({ path }) => `/admin${path.replace(/\*$/, 'x')}`),
    '/mcp',
    '/mcp/',
    '/.well-known/oauth-protected-resource',
    '/.well-known/oauth-protected-resource/mcp',
    '/.well-known/nothing',
    '/healthz',
    '/readyz',
    '/nothing/here',
  ]
}

test('every answer says what caches keep and that its type is meant, no page can be framed, and other origins read what is for them [q23, oauth21-3.1-no-cors]', {
  timeout: 600_000,
}, async () => {
  const paths = [...new Set(await everyPath())]
  assert.ok(paths.length > 100)
  for (const path of paths) {
    const url = `${door.issuer}${path}`
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH']) {
      const body = method === 'POST' || method === 'PUT' ? 'a=b' : undefined
      for (const accept of ['text/html', 'application/json']) {
        const headers = { ...ORIGIN, accept, ...(body === undefined ? {} : FORM) }
        await fetch(url, { method, headers, ...(body === undefined ? {} : { body }) })
      }
    }
    const preflight = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' }
    await fetch(url, { method: 'OPTIONS', headers: { ...ORIGIN, ...preflight } })
    await fetch(url, { method: 'OPTIONS', headers: ORIGIN })
  }
  const statuses = new Set(judge().map(({ status }) => status))
  for (const status of [200, 204, 303, 400, 401, 404, 405]) assert.ok(statuses.has(status), `${status} was not seen`)
})

test('the same holds for what is answered to those who are let in: tokens, pages, the administration, the MCP server [q23]', {
  timeout: 600_000,
}, async () => {
  const json = async (path: string, init: RequestInit) => {
    const response = await fetch(`${door.issuer}${path}`, init)
    return (response.status === 204 ? {} : await response.json()) as Record<string, string>
  }
  const form = (fields: Record<string, string>) => ({
    method: 'POST',
    headers: { ...FORM, ...ORIGIN },
    body: new URLSearchParams(fields),
  })
  const registered = (metadata: object) =>
    json('/register', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ redirect_uris: [CALLBACK], ...metadata }),
    })
  const { client_id = '', client_secret = '' } = await registered({
    token_endpoint_auth_method: 'client_secret_post',
    grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
  })
  await registered({ token_endpoint_auth_method: 'none' })
  await registered({ token_endpoint_auth_method: 'none' })
  const credentials = { client_id, client_secret }

  const browser = new PlainBrowser()
  const question = (id: string, resource: string) => ({
    response_type: 'code',
    client_id: id,
    redirect_uri: CALLBACK,
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
    resource,
  })
  const tokens = async (id: string, resource: string, more: Record<string, string>) => {
    const url = `${door.issuer}/authorize?${new URLSearchParams(question(id, resource))}`
    const { code } = await decide(url, door.operator, 'approve', browser)
    return json(
      '/token',
      form({
        grant_type: 'authorization_code',
        code: code ?? '',
        code_verifier: VERIFIER,
        client_id: id,
        redirect_uri: CALLBACK,
        ...more,
      }),
    )
  }
  const { access_token = '', refresh_token = '' } = await tokens(client_id, door.mcp, credentials)
  await json('/token', form({ grant_type: 'refresh_token', refresh_token, ...credentials }))
  const added = (await runDoorward(['client', 'add', '--redirect', CALLBACK, '--json'], { folder: door.folder })).out
  const own = (JSON.parse(added) as { client_id: string }).client_id
  const admin = (await tokens(own, `${door.issuer}/admin/api`, {})).access_token

  const robot = (
    await runDoorward(['client', 'add', '--redirect', CALLBACK, '--auth', 'client_secret_post', '--json'], {
      folder: door.folder,
    })
  ).out
  const proven = (token: string) => {
    const { client_id, client_secret } = JSON.parse(robot) as Record<'client_id' | 'client_secret', string>
    return form({ token, client_id, client_secret })
  }

  const seen = async (path: string, init: RequestInit, expected: number) => {
    const response = await fetch(`${door.issuer}${path}`, init)
    const text = await response.text()
    assert.equal(response.status, expected, `${path}: ${text}`)
    return response
  }
  await seen('/par', form({ ...question(client_id, door.mcp), ...credentials }), 201)
  await seen('/device_authorization', form({ ...credentials, resource: door.mcp }), 200)
  await seen('/introspect', proven(access_token), 200)
  const jwt = { ...FORM, accept: 'application/token-introspection+jwt' }
  await seen('/introspect', { ...proven(access_token), headers: jwt }, 200)
  const bearer = (token: string | undefined) => ({ authorization: `Bearer ${token}`, ...ORIGIN })
  await seen('/admin/api/clients', { headers: bearer(admin) }, 200)
  await seen('/admin/api/nothing', { headers: bearer(admin) }, 404)
  await seen('/admin/api/clients', { headers: bearer(access_token) }, 401)
  const call = { method: 'POST', headers: { ...bearer(access_token), ...CALL_HEADERS } }
  await seen('/mcp', { ...call, body: initialize('2025-11-25') }, 200)
  await seen('/mcp', { ...call, body: '{' }, 400)
  await seen('/mcp', { ...call, method: 'PUT' }, 405)
  await seen('/mcp', { ...call, headers: { ...call.headers, 'content-type': 'text/plain' }, body: 'x' }, 415)
  const etag = (await seen('/revoked-grants', {}, 200)).headers.get('etag') ?? ''
  await seen('/revoked-grants', { headers: { 'if-none-match': etag } }, 304)
  const pages = ['/', '/account', '/account/clients', '/account/sign-in', '/device', '/admin', '/admin/clients']
  for (const path of pages) assert.equal((await browser.visit(`${door.issuer}${path}`)).status, 200, path)
  await seen('/revoke', form({ token: refresh_token, ...credentials }), 200)
  assert.ok(judge().length > 30)
})
