import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import fc from 'fast-check'
import { CALLBACK, ISSUER, MCP, makeWorld, VISIT, type World } from '../../testing/world.ts'
import { BROWSER, cookieName } from '../cookies.ts'
import { deny } from './interaction.ts'
import { openInteraction } from './open-interaction.ts'

let world: World
let clientId: string
beforeEach(async () => {
  world = await makeWorld()
  clientId = (await world.register()).client_id
})
afterEach(() => world.close())

const location = (response: Response) => new URL(response.headers.get('location') ?? 'none:')

test('a good request goes on to consent in a cookie of its own and writes nothing [mcp-2026-07-28-gw4, doorward-no-write-before-consent, rfc6749-3.1-get, rfc6749-3.1-unknown]', async () => {
  const response = await world.ask(clientId, { utm_source: 'unknown parameters are ignored' })
  assert.equal(response.status, 303)
  assert.equal(location(response).origin + location(response).pathname, `${ISSUER}/consent`)
  assert.match(
    response.headers.get('set-cookie') ?? '',
    /^__Host-doorward-browser=[\w-]{32}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax; Secure$/,
  )
  assert.equal((await world.ctx.store.grants.list()).length, 0)
})

const NEVER_REDIRECTED: readonly [string, Record<string, string | undefined>, string][] = [
  ['no client', { client_id: undefined }, 'parameter_missing'],
  ['a client that is not registered', { client_id: 'dwc_nobody' }, 'client_unknown'],
  ['another redirect URI', { redirect_uri: 'https://evil.example/' }, 'redirect_uri_not_registered'],
  ['a redirect URI with a query added', { redirect_uri: `${CALLBACK}?server_id=1` }, 'redirect_uri_not_registered'],
  [
    'a redirect URI in another case',
    { redirect_uri: CALLBACK.replace('client', 'Client') },
    'redirect_uri_not_registered',
  ],
  ['a request object that is none', { request: 'x.y.z' }, 'request_object_type'],
  ['a script as redirect URI', { redirect_uri: 'javascript:alert(1)' }, 'redirect_uri_not_registered'],
]
for (const [title, changes, reason] of NEVER_REDIRECTED) {
  test(`${title} is told to the person and never redirected [rfc6749-4.1.2.1-no-redirect, mcp-2026-07-28-as24, mcp-2026-07-28-as25, q29]`, async () => {
    const response = await world.ask(clientId, changes)
    assert.equal(response.headers.get('location'), null)
    assert.ok(response.status >= 400 && response.status < 500)
    assert.equal(world.events.at(-1)?.reason, reason)
    const text = await response.text()
    assert.ok(text.includes(VISIT.correlation))
    assert.ok(text.includes(`/errors/${reason}`), 'the page leads to what the reason means')
  })
}

const REDIRECTED: readonly [string, Record<string, string | undefined>, string, string][] = [
  ['no response_type', { response_type: undefined }, 'invalid_request', 'parameter_missing'],
  [
    'the implicit flow [rfc6749-3.1.1-response-type, rfc6749-4.1.2-state]',
    { response_type: 'token' },
    'unsupported_response_type',
    'response_type',
  ],
  ['another response_mode', { response_mode: 'fragment' }, 'invalid_request', 'response_mode'],
  ['no PKCE', { code_challenge: undefined }, 'invalid_request', 'pkce_missing'],
  ['plain PKCE [rfc7636-4.4.1-method]', { code_challenge_method: 'plain' }, 'invalid_request', 'pkce_method'],
  ['PKCE without a method', { code_challenge_method: undefined }, 'invalid_request', 'pkce_method'],
  ['a challenge that is no digest', { code_challenge: 'x'.repeat(44) }, 'invalid_request', 'pkce_malformed'],
  ['an unknown resource', { resource: 'https://other.example/mcp' }, 'invalid_target', 'resource_unknown'],
  ['a resource with a fragment', { resource: `${MCP}#x` }, 'invalid_target', 'resource_unknown'],
  ['a malformed scope', { scope: 'a"b' }, 'invalid_scope', 'scope_malformed'],
  ['prompt=none', { prompt: 'none' }, 'access_denied', 'prompt_none'],
  ['an unknown prompt', { prompt: 'please' }, 'invalid_request', 'prompt_unknown'],
  ['a request_uri', { request_uri: 'urn:x' }, 'invalid_request', 'request_object'],
]
async function operatorsClient(): Promise<string> {
  const metadata = { redirect_uris: [CALLBACK], token_endpoint_auth_method: 'none', scope: '' }
  const client = { id: 'dwo_own', assurance: 'operator', metadata, createdAt: 0, secretsNotBefore: 0 } as const
  await world.ctx.store.clients.put(client)
  return client.id
}

for (const [title, changes, error, reason] of REDIRECTED) {
  test(`${title} goes back to the client as ${error}, with state and iss [rfc9207-2-iss, rfc7636-4.4.1-required, rfc8707-2-invalid-target]`, async () => {
    const response = await world.ask(await operatorsClient(), changes)
    assert.equal(response.status, 303)
    const url = location(response)
    assert.equal(url.origin + url.pathname, CALLBACK)
    assert.deepEqual(
      [url.searchParams.get('error'), url.searchParams.get('state'), url.searchParams.get('iss')],
      [error, 's', ISSUER],
    )
    assert.match(url.searchParams.get('error_description') ?? '', /\[[a-z0-9_]+\] \(ref TESTTEST00\)$/)
    assert.equal(url.searchParams.get('error_uri'), `${world.ctx.issuer}/errors/${world.events.at(-1)?.reason}`)
    assert.equal(world.events.at(-1)?.reason, reason)
  })
}

test('who registers itself makes no open redirector of us: an error leads there by a link alone [rfc9700-4.11.2-untrusted]', async () => {
  const response = await world.ask(clientId, { scope: 'a"b' })
  assert.equal(response.status, 400)
  assert.equal(response.headers.get('location'), null)
  const { next } = (await response.json()) as { next: { href: string; place: string } }
  assert.equal(next.place, 'https://client.example')
  const back = new URL(next.href)
  assert.deepEqual([back.searchParams.get('error'), back.searchParams.get('iss')], ['invalid_scope', ISSUER])
  const local = await world.register({ redirect_uris: ['http://127.0.0.1/cb'] })
  const home = await world.ask(local.client_id, { scope: 'a"b', redirect_uri: 'http://127.0.0.1:9/cb' })
  assert.equal(location(home).origin, 'http://127.0.0.1:9', 'this computer is nobody else')
})

test('a form that another site posts does not take the place of the cookie that open pages are sealed to', async () => {
  const form = {
    response_type: 'code',
    client_id: clientId,
    redirect_uri: CALLBACK,
    code_challenge: 'c'.repeat(43),
    code_challenge_method: 'S256',
  }
  const response = await world.post('/authorize', form)
  assert.equal(response.status, 303)
  assert.equal(response.headers.get('set-cookie'), null)
  assert.equal(location(response).pathname, '/authorize')
  assert.equal(location(response).searchParams.get('client_id'), clientId)
})

test('scopes that an operator allowed are the most that a client gets; what it named itself binds nobody [doorward-operator-scope]', async () => {
  const metadata = { redirect_uris: [CALLBACK], token_endpoint_auth_method: 'none', scope: 'notes:read' }
  const id = 'dwo_reader'
  await world.ctx.store.clients.put({ id, assurance: 'operator', metadata, createdAt: 0, secretsNotBefore: 0 })
  assert.deepEqual((await pendingOfClient(id, { scope: 'notes:read notes:write' })).scopes, ['notes:read'])
  const refused = await world.ask(id, { scope: 'notes:write' })
  assert.equal(location(refused).searchParams.get('error'), 'invalid_scope')
  const own = await world.register({ scope: 'notes:read' })
  assert.deepEqual((await pendingOfClient(own.client_id, { scope: 'notes:write' })).scopes, ['notes:write'])
})

test('a scope opens what it contains, so a kind of client that never gets the one does not get the other [doorward-policy]', async () => {
  const own = await makeWorld({ policy: { neverScopes: { claimed: ['notes:read'] } } })
  const { client_id } = await own.register()
  assert.equal((await own.ask(client_id, { scope: 'notes:write' })).headers.get('location'), null)
  assert.equal(own.events.at(-1)?.reason, 'scope_not_allowed')
  await own.close()
})

test('a loopback redirect cannot be left out: its port is known to the asking process alone', async () => {
  const own = await world.register({ redirect_uris: ['http://127.0.0.1:9999/cb'] })
  const response = await world.ask(own.client_id, { redirect_uri: undefined })
  assert.equal(response.headers.get('location'), null)
  assert.equal(world.events.at(-1)?.reason, 'redirect_uri_missing')
})

const pendingOf = (changes: Record<string, string | undefined>) => pendingOfClient(clientId, changes)

async function pendingOfClient(id: string, changes: Record<string, string | undefined>) {
  const browser = 'b'.repeat(32)
  const response = await world.ask(id, changes, { cookie: `${cookieName(world.ctx, BROWSER)}=${browser}` })
  return openInteraction(world.ctx, VISIT, browser, location(response).searchParams.get('request') ?? '')
}

const SCOPES: readonly [string, string | undefined, string[]][] = [
  ['none', undefined, ['notes:read']],
  ['an unknown one', 'claudeai', ['notes:read']],
  ['known among unknown, with surplus spaces', ' notes:write  openid ', ['notes:write']],
  ['only offline_access', ' offline_access', ['notes:read', 'offline_access']],
  ['the whole catalogue', 'notes:read notes:write offline_access', ['notes:read', 'notes:write', 'offline_access']],
]
for (const [title, scope, expected] of SCOPES) {
  test(`asked for scopes: ${title}, the person is asked for ${expected.join(' ')} [q28, rfc6749-3.3-default]`, async () => {
    assert.deepEqual((await pendingOf({ scope, prompt: 'consent' })).scopes, expected)
  })
}

test('the resource is the registered string, whatever spelling came; without one the only one is meant [q25]', async () => {
  for (const resource of [undefined, MCP, MCP.replace('door', 'DOOR')]) {
    assert.equal((await pendingOf({ resource })).resource.uri, MCP)
  }
})

test('a resource that is not known is refused with both strings, and two at once with a word that says so [q25]', async () => {
  const own = await makeWorld({ second: true })
  const metadata = { redirect_uris: [CALLBACK], token_endpoint_auth_method: 'none', scope: '' }
  await own.ctx.store.clients.put({ id: 'dwo_own', assurance: 'operator', metadata, createdAt: 0, secretsNotBefore: 0 })
  const unknown = location(await own.ask('dwo_own', { resource: `${ISSUER}/mpc` })).searchParams
  assert.equal(own.events.at(-1)?.reason, 'resource_unknown')
  const told = unknown.get('error_description') ?? ''
  for (const uri of [`${ISSUER}/mpc`, MCP, `${ISSUER}/other`]) assert.ok(told.includes(`'${uri}'`), told)
  const question = {
    response_type: 'code',
    client_id: 'dwo_own',
    redirect_uri: CALLBACK,
    code_challenge: 'c'.repeat(43),
    code_challenge_method: 'S256',
  }
  const asked = async (...resources: string[]) => {
    const query = new URLSearchParams(question)
    for (const resource of resources) query.append('resource', resource)
    return location(await own.send('GET', `/authorize?${query}`))
  }
  const several = (await asked(MCP, `${ISSUER}/other`)).searchParams
  assert.deepEqual([several.get('error'), own.events.at(-1)?.reason], ['invalid_target', 'resource_several'])
  assert.match(several.get('error_description') ?? '', /^A token is for one resource/)
  assert.equal(
    (await asked(MCP, MCP.replace('door', 'DOOR'))).pathname,
    '/consent',
    'the same one in two spellings is one',
  )
  await own.close()
})

test('a parameter that is given twice, even the same, is told to the person by its name and never redirected [q28]', async () => {
  for (const [name, value] of [
    ['state', 's'],
    ['redirect_uri', CALLBACK],
    ['client_id', clientId],
    ['prompt', 'consent'],
  ] as const) {
    const query = new URLSearchParams({ response_type: 'code', client_id: clientId, redirect_uri: CALLBACK })
    if (!query.has(name)) query.set(name, value)
    query.append(name, value)
    const response = await world.send('GET', `/authorize?${query}`, { headers: { accept: 'application/json' } })
    assert.deepEqual([response.status, response.headers.get('location')], [400, null])
    assert.equal(world.events.at(-1)?.reason, 'parameter_repeated')
    const { error, error_description } = (await response.json()) as Record<string, string>
    assert.equal(error, 'invalid_request')
    assert.ok(error_description?.startsWith(`Parameter '${name}' is given more than once [parameter_repeated]`))
  }
})

test('without a resource and with several to choose from, the person chooses [q25]', async () => {
  const own = await makeWorld({ second: true })
  const { client_id } = await own.register()
  const response = await own.ask(client_id)
  assert.equal(location(response).pathname, '/choose')
  assert.equal(location(response).searchParams.get('client_id'), client_id)
  assert.equal(location(await own.ask(client_id, { resource: `${ISSUER}/other` })).pathname, '/consent')
  await own.close()
})

test('a loopback redirect answers at the port that asks [oauth21-2.3-loopback, mcp-2026-07-28-g10]', async () => {
  const own = await world.register({ redirect_uris: ['http://127.0.0.1/cb', 'http://localhost/cb', 'http://[::1]/cb'] })
  clientId = own.client_id
  for (const host of ['127.0.0.1', 'localhost', '[::1]']) {
    const { destination } = await pendingOf({ redirect_uri: `http://${host}:54321/cb` })
    assert.deepEqual(
      [destination?.uri, destination?.shown, destination?.kind],
      [`http://${host}:54321/cb`, `http://${host}:54321`, 'loopback'],
    )
    for (const other of ['/cb2', '/cb/', '/cb?x=y', '/CB', '.evil.example/cb', '@evil.example/cb'])
      assert.equal(
        (await world.ask(clientId, { redirect_uri: `http://${host}${other}` })).headers.get('location'),
        null,
      )
    const secure = await world.ask(clientId, { redirect_uri: `https://${host}:54321/cb` })
    assert.deepEqual([secure.status, secure.headers.get('location')], [400, null])
  }
})

test('a program that asks for JSON is told in JSON that it has to register again [q09]', async () => {
  const response = await world.ask('stale', {}, { accept: 'application/json' })
  assert.equal(response.status, 400)
  assert.equal(response.headers.get('access-control-allow-origin'), null)
  const body = (await response.json()) as Record<string, string>
  assert.equal(body.error, 'invalid_client')
  assert.match(body.error_description ?? '', /^Client ID 'stale' is not registered/)
  assert.equal(body.registration_endpoint, `${ISSUER}/register`)
})

test('what was sealed opens in the same browser only, and for ten minutes [doorward-pending-bound, rfc6749-10.12-csrf]', async () => {
  const browser = 'b'.repeat(32)
  const response = await world.ask(clientId, {}, { cookie: `${cookieName(world.ctx, BROWSER)}=${browser}` })
  const sealed = location(response).searchParams.get('request') ?? ''
  await assert.rejects(openInteraction(world.ctx, VISIT, 'c'.repeat(32), sealed), /not started in this browser/)
  await assert.rejects(openInteraction(world.ctx, VISIT, undefined, sealed), /not started in this browser/)
  await openInteraction(world.ctx, VISIT, browser, sealed)
  world.wait(600)
  await assert.rejects(openInteraction(world.ctx, VISIT, browser, sealed), /waited too long/)
})

test('no bytes but ours open as a pending request [rfc6749-10.10-guessing]', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary' }), async (text) => {
      await assert.rejects(openInteraction(world.ctx, VISIT, 'b'.repeat(32), text))
    }),
  )
})

test('a client that was blocked while the person read gets no answer', async () => {
  const browser = 'b'.repeat(32)
  const response = await world.ask(clientId, {}, { cookie: `${cookieName(world.ctx, BROWSER)}=${browser}` })
  await world.ctx.store.clients.block(clientId, world.ctx.now())
  await assert.rejects(
    openInteraction(world.ctx, VISIT, browser, location(response).searchParams.get('request') ?? ''),
    /blocked/,
  )
})

test('denying goes back with access_denied and leaves no grant [rfc6749-4.1.2.1-denied]', async () => {
  const answer = await deny(world.ctx, VISIT, await pendingOf({}), world.user)
  const url = location(answer)
  assert.deepEqual(
    [url.searchParams.get('error'), url.searchParams.get('state'), url.searchParams.get('iss')],
    ['access_denied', 's', ISSUER],
  )
  assert.equal((await world.ctx.store.grants.list()).length, 0)
})

test('a flood of requests costs no storage [doorward-no-write-before-consent]', async () => {
  for (let i = 0; i < 50; i++) await world.ask(clientId, { state: String(i) })
  assert.equal((await world.ctx.store.grants.list()).length, 0)
  assert.equal((await world.ctx.store.clients.list()).length, 1)
})
