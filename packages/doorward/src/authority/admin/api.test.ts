import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { CALLBACK, ISSUER, makeWorld, VERIFIER, type World } from '../../testing/world.ts'
import type { Action } from './actions/action.ts'
import { ACTIONS } from './actions/index.ts'
import { ADMIN_SCOPE, PERMISSIONS } from './permissions.ts'

let world: World
let token: string
beforeEach(async () => {
  world = await makeWorld()
  token = await tokenFor(`${ISSUER}/admin/api`)
})
afterEach(() => world.close())

async function tokenFor(resource: string): Promise<string> {
  const client_id = 'dwo_console'
  const metadata = { redirect_uris: [CALLBACK], token_endpoint_auth_method: 'none', scope: '' }
  await world.ctx.store.clients.put({
    id: client_id,
    assurance: 'operator',
    metadata,
    createdAt: 0,
    secretsNotBefore: 0,
  })
  const code = await world.agree(client_id, { resource })
  const form = { grant_type: 'authorization_code', code, code_verifier: VERIFIER, client_id }
  return ((await (await world.post('/token', form)).json()) as { access_token: string }).access_token
}

async function call(method: string, path: string, body?: unknown, bearer: string | undefined = token) {
  const response = await world.send(method, `/admin/api${path}`, {
    headers: {
      ...(bearer === '' ? {} : { authorization: `Bearer ${bearer}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return {
    status: response.status,
    headers: response.headers,
    body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>,
  }
}

for (const [name, { method, path, permission }] of Object.entries(ACTIONS) as [string, Action][]) {
  test(`${name}: nobody without an operator's token, and nothing happens before [doorward-admin-default-deny]`, async () => {
    const target = path.replace(/\{\w+\}/, 'x')
    const none = await call(method, target, undefined, '')
    assert.equal(none.status, 401)
    assert.match(
      none.headers.get('www-authenticate') ?? '',
      new RegExp(
        `resource_metadata="https://door\\.example/\\.well-known/oauth-protected-resource/admin/api", scope="${permission}"$`,
      ),
    )
    assert.equal((await call(method, target, undefined, 'nonsense')).status, 401)
    assert.equal(
      (await call(method, target, undefined, await tokenFor(`${ISSUER}/mcp`))).status,
      401,
      'a token for an MCP server',
    )
    assert.equal(world.events.at(-1)?.type, 'request.refused')
  })
}

test('the administration is found like any resource, and stands in no list of servers', async () => {
  const metadata = await (await world.send('GET', '/.well-known/oauth-protected-resource/admin/api')).json()
  assert.deepEqual((metadata as Record<string, unknown>).scopes_supported, Object.keys(PERMISSIONS))
  const server = (await (await world.send('GET', '/.well-known/oauth-authorization-server')).json()) as Record<
    string,
    string[]
  >
  assert.ok(!server.scopes_supported?.includes(ADMIN_SCOPE))
  assert.deepEqual(server.protected_resources, [`${ISSUER}/mcp`])
})

test('a person who is no operator gives no access to it, and one who was loses it at once [doorward-admin-default-deny]', async () => {
  const person = { ...world.user, id: 'dwu_bob', email: 'bob@example.com', operator: false }
  await world.ctx.store.users.add(person)
  Object.assign(world.user, { operator: false })
  await assert.rejects(world.agree('dwo_console', { resource: `${ISSUER}/admin/api` }), /Only operators/)
  Object.assign(world.user, { operator: true })
  await world.ctx.store.users.disable(world.user.id, world.ctx.now())
  assert.equal((await call('GET', '/clients')).status, 401)
})

test('nobody talks an operator into it: a client that registered itself cannot even ask [doorward-admin-default-deny]', async () => {
  const { client_id } = await world.register({ client_name: 'Doorward health check' })
  const response = await world.ask(client_id, { resource: `${ISSUER}/admin/api` })
  assert.equal(response.headers.get('location'), null)
  assert.equal(world.events.at(-1)?.reason, 'admin_client_assurance')
})

test('a scope that nothing knows is no way to have no bound', async () => {
  const { status, body } = await call('POST', '/clients', { redirect_uris: [CALLBACK], scope: 'notes.read' })
  assert.equal(status, 400)
  assert.match(String(body.error_description), /names 'notes\.read', which nothing here knows/)
})

test('no operator registers a program whose tokens would be taken for a person’s [rfc9068-5-sub]', async () => {
  const robot = { grant_types: ['client_credentials'], token_endpoint_auth_method: 'client_secret_post' }
  for (const client_id of [world.user.id, 'dwx_aaaaaaaaaaaaaaaaaaaaaa', 'workload:deploy']) {
    const { status } = await call('POST', '/clients', { ...robot, client_id, scope: 'notes:read' })
    assert.deepEqual([status, world.events.at(-1)?.reason], [400, 'admin_client_id'])
  }
})

test('operators register, admit, block and remove applications', async () => {
  const made = await call('POST', '/clients', {
    client_id: 'my-app',
    client_name: 'Mine',
    redirect_uris: ['myapp:/cb', CALLBACK],
    token_endpoint_auth_method: 'client_secret_post',
  })
  assert.equal(made.status, 201)
  assert.match(String(made.body.client_secret), /^dws_/)
  assert.equal((await world.ctx.store.clients.find('my-app'))?.assurance, 'operator')
  assert.equal((await call('POST', '/clients', { client_id: 'my-app', redirect_uris: [CALLBACK] })).status, 409)
  assert.equal((await call('POST', '/clients/my-app/approve')).status, 200)
  assert.equal((await call('POST', '/clients/my-app/block')).status, 200)
  assert.equal((await call('DELETE', '/clients/my-app')).status, 409)
  assert.equal((await call('POST', '/clients/my-app/unblock')).status, 200)
  assert.equal(((await call('GET', '/clients/my-app')).body as { id: string }).id, 'my-app')
  assert.equal((await call('DELETE', '/clients/my-app')).status, 204)
  assert.equal((await call('GET', '/clients/my-app')).status, 404)
  const events = await world.ctx.store.events.list({ limit: 100 })
  const told = events
    .filter(({ actor, client }) => actor === world.user.id && client === 'my-app')
    .map(({ type }) => type)
  assert.deepEqual(told, ['client.added', 'client.approved', 'client.blocked', 'client.unblocked', 'client.removed'])
})

test('operators hand out invites and take them back', async () => {
  const made = await call('POST', '/invites', {
    uses: 2,
    days: 1,
    redirect_hosts: ['client.example'],
    scopes: ['notes:read'],
    note: 'for Ada',
  })
  assert.equal(made.status, 201)
  const headers = { authorization: `Bearer ${made.body.token}`, 'content-type': 'application/json' }
  const body = JSON.stringify({ redirect_uris: [CALLBACK], token_endpoint_auth_method: 'none' })
  assert.equal((await world.send('POST', '/register', { headers, body })).status, 201)
  assert.equal((await call('DELETE', `/invites/${made.body.id}`)).status, 204)
  assert.equal((await world.send('POST', '/register', { headers, body })).status, 401)
  const { invites } = (await call('GET', '/invites')).body as { invites: { uses: number }[] }
  assert.equal(invites[0]?.uses, 1)
  assert.ok(!JSON.stringify(invites).includes('dwi_'), 'the token itself is nowhere to read')
})

const BAD: readonly (readonly [string, string, string, unknown, number])[] = [
  ['an unknown path', 'GET', '/secrets', undefined, 404],
  ['a path too deep', 'POST', '/clients/x/approve/now', {}, 404],
  ['a method that is not there', 'DELETE', '/clients', undefined, 404],
  ['a list as body', 'POST', '/invites', [], 400],
  ['a number out of bounds', 'POST', '/invites', { uses: 0 }, 400],
  ['a host that is no text', 'POST', '/invites', { redirect_hosts: [1] }, 400],
  ['metadata that will not do', 'POST', '/clients', { redirect_uris: ['javascript:x'] }, 400],
  ['an id that is broken', 'GET', '/clients/%E0%A4%A', undefined, 400],
]
for (const [title, method, path, body, status] of BAD) {
  test(`${title} is answered ${status} in JSON`, async () => {
    const response = await call(method, path, body)
    assert.equal(response.status, status)
    assert.equal(typeof response.body.error, 'string')
  })
}
