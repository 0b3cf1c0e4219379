import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { makeWorld, type World } from '../testing/world.ts'

let world: World
beforeEach(async () => {
  world = await makeWorld()
})
afterEach(() => world.close())

const json = async (response: Response) => (await response.json()) as Record<string, unknown>

test('metadata is one document at every address that a revision tries [q19, q21, rfc8414-3-well-known, mcp-2026-07-28-as5, mcp-2026-07-28-as7, mcp-2025-06-18-rfc8414, rfc8414-2-required, rfc8414-3.2-ok, rfc8414-3.2-no-empty, rfc8414-3.3-same-issuer]', async () => {
  for (const path of ['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration']) {
    const response = await world.send('GET', path)
    assert.equal(response.status, 200)
    assert.equal(response.headers.get('content-type'), 'application/json')
    assert.equal(response.headers.get('access-control-allow-origin'), '*')
    const body = await json(response)
    assert.equal(body.issuer, world.ctx.issuer)
    assert.deepEqual(body.code_challenge_methods_supported, ['S256'])
    assert.equal(body.authorization_response_iss_parameter_supported, true)
    assert.deepEqual(body.response_types_supported, ['code'])
    assert.deepEqual(body.grant_types_supported, [
      'authorization_code',
      'refresh_token',
      'client_credentials',
      'urn:ietf:params:oauth:grant-type:token-exchange',
      'urn:ietf:params:oauth:grant-type:device_code',
    ])
    assert.deepEqual(body.token_endpoint_auth_methods_supported, [
      'none',
      'private_key_jwt',
      'client_secret_basic',
      'client_secret_post',
    ])
    assert.deepEqual(body.scopes_supported, ['notes:read', 'notes:write', 'offline_access'])
    for (const [name, value] of Object.entries(body)) assert.notDeepEqual(value, [], `${name} is empty`)
  }
})

test('metadata is JSON whatever somebody wants to see instead, never a page and never 406 [q19]', async () => {
  const paths = [
    '/.well-known/oauth-authorization-server',
    '/.well-known/openid-configuration',
    '/.well-known/oauth-protected-resource/admin/api',
    '/jwks',
  ]
  for (const path of paths) {
    for (const accept of ['text/html', 'application/xml', 'image/avif;q=1, */*;q=0', 'text/event-stream', '']) {
      const response = await world.send('GET', path, { headers: { accept } })
      assert.equal(response.status, 200, `${path} for ${accept}`)
      assert.match(response.headers.get('content-type') ?? '', /^application\/(jwk-set\+)?json$/)
      await json(response)
    }
  }
})

test('an issuer with a path has all four shapes and the root [q19]', async () => {
  const own = await makeWorld({ issuer: 'https://door.example/tenant' })
  for (const path of [
    '/.well-known/oauth-authorization-server/tenant',
    '/.well-known/openid-configuration/tenant',
    '/tenant/.well-known/openid-configuration',
    '/tenant/.well-known/oauth-authorization-server',
    '/.well-known/oauth-authorization-server',
  ]) {
    const response = await own.send('GET', path)
    assert.equal(response.status, 200, path)
    assert.equal((await json(response)).issuer, 'https://door.example/tenant')
  }
  await own.close()
})

test('the OpenID document has what its schema requires [q20]', async () => {
  const body = await json(await world.send('GET', '/.well-known/openid-configuration'))
  for (const name of ['issuer', 'authorization_endpoint', 'token_endpoint', 'jwks_uri'])
    assert.equal(typeof body[name], 'string')
  for (const name of ['response_types_supported', 'subject_types_supported', 'id_token_signing_alg_values_supported']) {
    assert.ok(Array.isArray(body[name]) && body[name].length > 0, name)
  }
})

test('the key set holds public keys only [rfc8414-2-jwks]', async () => {
  const { keys } = (await json(await world.send('GET', '/jwks'))) as { keys: Record<string, unknown>[] }
  assert.equal(keys.length, 1)
  assert.equal(keys[0]?.d, undefined)
  assert.deepEqual([keys[0]?.kty, keys[0]?.crv, keys[0]?.alg, keys[0]?.use], ['EC', 'P-256', 'ES256', 'sig'])
})

test('browsers may call every endpoint but the authorization endpoint [q23, oauth21-3.1-no-cors]', async () => {
  for (const path of ['/token', '/register', '/revoke']) {
    const response = await world.send('OPTIONS', path, { headers: { origin: 'http://localhost:6274' } })
    assert.equal(response.status, 204)
    assert.equal(response.headers.get('access-control-allow-origin'), '*')
    assert.match(response.headers.get('access-control-allow-headers') ?? '', /Content-Type/)
  }
  const authorize = await world.send('OPTIONS', '/authorize', { headers: { origin: 'http://localhost:6274' } })
  assert.equal(authorize.status, 405)
  assert.equal(authorize.headers.get('access-control-allow-origin'), null)
})

const WRONG: readonly [
  string,
  string,
  string,
  RequestInit & { headers?: Record<string, string>; body?: string },
  number,
  string,
][] = [
  ['GET at the token endpoint [rfc6749-3.2-post]', 'GET', '/token', {}, 405, 'invalid_request'],
  ['PUT at registration', 'PUT', '/register', {}, 405, 'invalid_request'],
  [
    'JSON at the token endpoint',
    'POST',
    '/token',
    { headers: { 'content-type': 'application/json' }, body: '{}' },
    400,
    'invalid_request',
  ],
  ['no content type', 'POST', '/token', { body: 'a=b', headers: { 'content-type': '' } }, 400, 'invalid_request'],
  [
    'a form at registration [rfc7591-3.1-json]',
    'POST',
    '/register',
    { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'a=b' },
    400,
    'invalid_client_metadata',
  ],
  [
    'broken JSON',
    'POST',
    '/register',
    { headers: { 'content-type': 'application/json' }, body: '{' },
    400,
    'invalid_client_metadata',
  ],
  [
    'deep JSON',
    'POST',
    '/register',
    { headers: { 'content-type': 'application/json' }, body: '['.repeat(5000) + ']'.repeat(5000) },
    400,
    'invalid_client_metadata',
  ],
  [
    'JSON that is not UTF-8',
    'POST',
    '/register',
    { headers: { 'content-type': 'application/json' }, body: '{"client_name":"�"}' },
    400,
    'invalid_client_metadata',
  ],
  [
    'a body beyond measure',
    'POST',
    '/register',
    {
      headers: { 'content-type': 'application/json', 'content-length': '99999' },
      body: `{"a":"${'x'.repeat(99_990)}"}`,
    },
    413,
    'invalid_client_metadata',
  ],
  [
    'a parameter twice',
    'POST',
    '/token',
    { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'a=1&a=2' },
    400,
    'invalid_request',
  ],
  [
    'bytes that are not UTF-8',
    'POST',
    '/token',
    { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'a=%ff' },
    400,
    'invalid_request',
  ],
]
for (const [title, method, path, init, status, error] of WRONG) {
  test(`${title} is answered ${status} in JSON with a reference, and leaves nothing [q11, rfc6749-5.2-errors, doorward-errors-explained]`, async () => {
    const response = await world.send(method, path, init)
    assert.equal(response.status, status)
    assert.equal(response.headers.get('content-type'), 'application/json')
    assert.equal(response.headers.get('cache-control'), 'no-store')
    const body = await json(response)
    assert.equal(body.error, error)
    assert.match(String(body.error_description), /^[\x20-\x21\x23-\x5b\x5d-\x7e]+ \[[a-z0-9_]+\] \(ref TESTTEST00\)$/)
    const reason = world.events.at(-1)?.reason ?? ''
    assert.ok(String(body.error_description).includes(` [${reason}] `))
    assert.equal(body.error_uri, `${world.ctx.issuer}/errors/${reason}`)
    if (status === 405) assert.match(response.headers.get('allow') ?? '', /POST/)
    assert.equal((await world.ctx.store.clients.list()).length, 0)
    assert.ok(world.events.some((event) => event.outcome === 'refused'))
  })
}

test('registration answers 201 with everything in force, and again with the same id and no new row [rfc7591-3.2.1-response, q08, q10, rfc7591-2-unknown, rfc7591-3.2.1-no-store, rfc7591-3.2.1-secret-expiry]', async () => {
  const body = {
    redirect_uris: ['http://127.0.0.1:4711/cb'],
    client_name: 'App',
    scope: 'notes:read claudeai',
    unknown: 1,
  }
  const register = (metadata: object) =>
    world.send('POST', '/register', { headers: { 'content-type': 'application/json' }, body: JSON.stringify(metadata) })
  const first = await register(body)
  assert.equal(first.status, 201)
  assert.equal(first.headers.get('cache-control'), 'no-store')
  const a = await json(first)
  const b = await json(await register({ ...body, redirect_uris: ['http://127.0.0.1:5000/cb'] }))
  assert.equal(a.client_id, b.client_id)
  assert.deepEqual(b.redirect_uris, ['http://127.0.0.1:5000/cb'])
  assert.deepEqual([a.scope, a.token_endpoint_auth_method, a.client_name], ['notes:read', 'client_secret_basic', 'App'])
  assert.equal(a.unknown, undefined)
  assert.equal(typeof a.client_secret, 'string')
  assert.notEqual(a.client_secret, b.client_secret)
  assert.equal(a.client_secret_expires_at, world.ctx.now() + world.ctx.lifetimes.clientSecret)
  assert.equal((await world.ctx.store.clients.list()).length, 1)
  assert.ok(!JSON.stringify(await world.ctx.store.clients.list()).includes(String(a.client_secret)))
})

test('a client asking for client_secret_post gets a secret for it [q04]', async () => {
  const client = await world.register({ client_name: 'Claude', token_endpoint_auth_method: 'client_secret_post' })
  assert.equal(client.token_endpoint_auth_method, 'client_secret_post')
  assert.match(client.client_secret, /^dws_/)
})

test('a blocked application that registers again is still blocked', async () => {
  const { client_id } = await world.register()
  await world.ctx.store.clients.block(client_id, world.ctx.now())
  assert.equal((await world.register()).client_id, client_id)
  const response = await world.ask(client_id)
  assert.equal(response.status, 403)
  assert.equal(response.headers.get('location'), null)
})

test('whoever tries the Authorization header and is refused with 401 is told its scheme, known here or not [rfc6749-5.2-www-authenticate]', async () => {
  const { client_id, client_secret } = await world.register({ token_endpoint_auth_method: 'client_secret_basic' })
  const basic = (id: string, secret: string) => ({
    authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
  })
  const form = { token: 't', grant_type: 'refresh_token', refresh_token: 't' }
  for (const path of ['/token', '/introspect', '/revoke', '/par', '/device_authorization']) {
    const response = await world.post(path, form, basic('nobody', 'secret'))
    assert.deepEqual([response.status, response.headers.get('www-authenticate')], [401, 'Basic realm="doorward"'], path)
    assert.equal((await world.post(path, { ...form, client_id: 'nobody' })).headers.get('www-authenticate'), null)
  }
  const unproven = await world.post('/introspect', form, basic(client_id, client_secret))
  assert.deepEqual([unproven.status, unproven.headers.get('www-authenticate')], [401, 'Basic realm="doorward"'])
})
