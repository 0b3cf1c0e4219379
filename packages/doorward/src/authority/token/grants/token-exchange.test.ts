import assert from 'node:assert/strict'
import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { afterEach, beforeEach, test } from 'node:test'
import { calculateJwkThumbprint, decodeJwt, exportJWK, type JWTPayload, SignJWT } from 'jose'
import { CALLBACK, ISSUER, MCP, makeWorld, VERIFIER, type World } from '../../../testing/world.ts'

const TYPE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const ACCESS = 'urn:ietf:params:oauth:token-type:access_token'
const FILES = `${ISSUER}/other`

let world: World
let appSecret: string
let serverSecret: string
async function open(changes: Parameters<typeof makeWorld>[0] = {}): Promise<void> {
  // Whoever may read notes may read files, through the notes server; writing there is not to be had.
  const exchanges = [{ to: FILES, scopes: { 'notes:read': ['notes:read'] } }]
  world = await makeWorld({ second: true, resource: { servers: ['dwo_notes'], exchanges }, ...changes })
  appSecret = (await world.operatorsClient({ redirect_uris: [CALLBACK] }, 'dwo_app')).client_secret
  const server = { grant_types: ['client_credentials'], redirect_uris: undefined }
  serverSecret = (await world.operatorsClient(server, 'dwo_notes')).client_secret
}
beforeEach(() => open())
afterEach(() => world.close())

type Body = {
  access_token: string
  refresh_token?: string
  scope: string
  token_type: string
  issued_token_type?: string
  expires_in: number
  error?: string
}
async function token(form: Record<string, string>, headers = {}): Promise<{ status: number; body: Body }> {
  const response = await world.post('/token', form, headers)
  return { status: response.status, body: (await response.json()) as Body }
}
const asApp = () => ({ client_id: 'dwo_app', client_secret: appSecret })
const asServer = () => ({ client_id: 'dwo_notes', client_secret: serverSecret })
const why = () => world.events.at(-1)?.reason

/** What the application has after a person agreed. */
async function person(scope = 'notes:write', headers = {}): Promise<Body> {
  const code = await world.agree('dwo_app', { scope, resource: MCP })
  const answer = await token({ grant_type: 'authorization_code', code, code_verifier: VERIFIER, ...asApp() }, headers)
  assert.equal(answer.status, 200)
  return answer.body
}
const exchange = (subject_token: string, form: Record<string, string> = {}, headers = {}) =>
  token({ grant_type: TYPE, subject_token, subject_token_type: ACCESS, ...form }, headers)

const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
async function proof(key = pair): Promise<{ dpop: string }> {
  const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: await exportJWK(key.publicKey) }
  const claims = { htm: 'POST', htu: `${ISSUER}/token`, jti: randomUUID(), iat: world.ctx.now() }
  return { dpop: await new SignJWT(claims).setProtectedHeader(header).sign(key.privateKey) }
}

test('a client has a token for less of what it has, for no longer [rfc8693-2.2.1, rfc8693-5-least]', async () => {
  const { access_token } = await person('notes:write')
  world.wait(400)
  const { status, body } = await exchange(access_token, { ...asApp(), scope: 'notes:read' })
  assert.deepEqual([status, body.issued_token_type, body.scope, body.expires_in], [200, ACCESS, 'notes:read', 200])
  assert.equal(body.refresh_token, undefined)
  const claims = decodeJwt(body.access_token)
  assert.deepEqual([claims.sub, claims.aud, claims.client_id, claims.act], [world.user.id, MCP, 'dwo_app', undefined])
  assert.equal(claims.grant_id, decodeJwt(access_token).grant_id)
  assert.equal((await world.ctx.store.grants.list()).length, 1)
})

test('a token that was exchanged says how the person had signed in, as the one before it did; who introspects is told', async () => {
  const at = world.ctx.now() - 60
  const authentication = { at, method: 'passkey', amr: ['hwk', 'user'] }
  const code = await world.agree('dwo_app', { scope: 'notes:read', resource: MCP }, authentication)
  const form = { grant_type: 'authorization_code', code, code_verifier: VERIFIER, ...asApp() }
  const { access_token } = (await token(form)).body
  for (const form of [asApp(), { ...asServer(), resource: FILES }]) {
    const exchanged = (await exchange(access_token, form)).body.access_token
    const told = (await (await world.post('/introspect', { token: exchanged, ...form })).json()) as JWTPayload
    for (const claims of [decodeJwt(exchanged), told])
      assert.deepEqual([claims.auth_time, claims.acr, claims.amr], [at, 'phr', ['hwk', 'user']])
  }
})

test('a server has a token for another server, in the person’s name and with its own beside it, as far as was written down [rfc8693-4.1-act, rfc8693-5-least]', async () => {
  const { access_token } = await person('notes:read notes:write')
  const { status, body } = await exchange(access_token, { ...asServer(), resource: FILES })
  assert.deepEqual([status, body.scope], [200, 'notes:read'])
  const claims = decodeJwt(body.access_token)
  assert.deepEqual([claims.sub, claims.aud, claims.client_id], [world.user.id, FILES, 'dwo_notes'])
  assert.deepEqual(claims.act, { sub: 'dwo_notes' })
  assert.equal((await exchange(access_token, { ...asServer(), audience: FILES })).body.scope, 'notes:read')
})

test('who acted before stands inside of who acts, and the chain has an end [rfc8693-4.1-act]', async () => {
  await world.close()
  await open({ resource: { servers: ['dwo_one', 'dwo_two'] } })
  const callers = []
  for (const id of ['dwo_one', 'dwo_two'])
    callers.push(await world.operatorsClient({ grant_types: ['client_credentials'], redirect_uris: undefined }, id))
  let { access_token } = await person('notes:read')
  let depth = 0
  for (; depth < 10; depth++) {
    const { status, body } = await exchange(access_token, callers[depth % 2])
    if (status !== 200) break
    access_token = body.access_token
  }
  assert.deepEqual([depth, why()], [4, 'exchange_chain'])
  assert.deepEqual(decodeJwt(access_token).act, {
    sub: 'dwo_two',
    act: { sub: 'dwo_one', act: { sub: 'dwo_two', act: { sub: 'dwo_one' } } },
  })
  assert.equal((await world.ctx.store.grants.list()).length, 5)
})

test('what was exchanged ends with what it was exchanged for, and can be taken back alone [doorward-standing]', async () => {
  const { access_token } = await person()
  const first = (await exchange(access_token, { ...asServer(), resource: FILES })).body.access_token
  const grantOf = (text: string) => world.ctx.store.grants.find(String(decodeJwt(text).grant_id))
  assert.equal((await grantOf(first))?.kind, 'exchange')
  assert.equal((await world.post('/revoke', { token: first, ...asServer() })).status, 200)
  assert.equal((await grantOf(access_token))?.revokedAt, undefined)
  const second = (await exchange(access_token, { ...asServer(), resource: FILES })).body.access_token
  assert.equal((await world.post('/revoke', { token: access_token, ...asApp() })).status, 200)
  assert.equal((await grantOf(second))?.revokedReason, 'parent_revoked')
  assert.deepEqual([(await exchange(access_token, asServer())).body.error, why()], ['invalid_request', 'grant_revoked'])
})

test('a bound token is exchanged for a bound one only: its own client shows the same key, a server one of its own [rfc8693-5-least]', async () => {
  const { access_token } = await person('notes:write', await proof())
  assert.deepEqual([(await exchange(access_token, asApp())).body.error, why()], ['invalid_request', 'exchange_unbound'])
  assert.deepEqual(
    [(await exchange(access_token, asServer())).body.error, why()],
    ['invalid_request', 'exchange_unbound'],
  )
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const wrong = await exchange(access_token, asApp(), await proof(other))
  assert.deepEqual([wrong.body.error, why()], ['invalid_request', 'exchange_sender_key'])
  const jkt = await calculateJwkThumbprint(await exportJWK(other.publicKey))
  const served = await exchange(access_token, { ...asServer(), resource: FILES }, await proof(other))
  assert.deepEqual([served.status, served.body.token_type], [200, 'DPoP'])
  assert.deepEqual(decodeJwt(served.body.access_token).cnf, { jkt })
  assert.equal((await exchange(access_token, asApp(), await proof())).status, 200)
})

type Make = (access: string, refresh: string) => Record<string, string> | Promise<Record<string, string>>
const REFUSALS: readonly (readonly [string, Make, string, string])[] = [
  [
    'a scope that the token has not [rfc8693-5-least]',
    () => ({ ...asApp(), scope: 'notes:write' }),
    'invalid_scope',
    'scope_not_allowed',
  ],
  [
    'a scope that is worth nothing there [rfc8693-5-least]',
    () => ({ ...asServer(), resource: FILES, scope: 'notes:write' }),
    'invalid_scope',
    'scope_not_allowed',
  ],
  [
    'another server, by the application [rfc8693-2.1-target]',
    () => ({ ...asApp(), resource: FILES }),
    'invalid_target',
    'exchange_not_allowed',
  ],
  [
    'a server that is not served [rfc8693-2.1-target]',
    () => ({ ...asServer(), resource: 'https://elsewhere.example' }),
    'invalid_target',
    'resource_unknown',
  ],
  [
    'the administration [rfc8693-2.1-target]',
    () => ({ ...asServer(), resource: `${ISSUER}/admin/api` }),
    'invalid_target',
    'resource_unknown',
  ],
  [
    'two servers [rfc8693-2.1-target]',
    () => ({ ...asServer(), resource: FILES, audience: MCP }),
    'invalid_target',
    'resource_missing',
  ],
  [
    'a refresh token as subject [rfc8693-2.1-subject]',
    (_, refresh) => ({ ...asApp(), subject_token: refresh }),
    'invalid_request',
    'subject_token',
  ],
  [
    'nonsense as subject [rfc8693-2.1-subject]',
    () => ({ ...asApp(), subject_token: 'a.b.c' }),
    'invalid_request',
    'subject_token',
  ],
  [
    'no type [rfc8693-2.1-subject]',
    () => ({ ...asApp(), subject_token_type: '' }),
    'invalid_request',
    'parameter_missing',
  ],
  [
    'an ID token’s type [rfc8693-2.1-subject]',
    () => ({ ...asApp(), subject_token_type: 'urn:ietf:params:oauth:token-type:id_token' }),
    'invalid_request',
    'exchange_subject_type',
  ],
  [
    'a refresh token wanted [rfc8693-2.1-parameters]',
    () => ({ ...asApp(), requested_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' }),
    'invalid_request',
    'exchange_requested_type',
  ],
  [
    'an actor_token [rfc8693-2.1-parameters]',
    (access) => ({ ...asApp(), actor_token: access, actor_token_type: ACCESS }),
    'invalid_request',
    'exchange_actor_token',
  ],
]
for (const [title, make, code, reason] of REFUSALS) {
  test(`an exchange with ${title} is refused with ${code}: ${reason}`, async () => {
    const { access_token, refresh_token = '' } = await person('notes:read offline_access')
    const form = await make(access_token, refresh_token)
    const { status, body } = await exchange(access_token, form)
    assert.deepEqual([status, body.error, why()], [400, code, reason])
  })
}

test('strangers exchange nothing: another client, one that proves nothing, and the other server [rfc8693-2.1-subject, rfc8693-2.2.2-error, doorward-proven]', async () => {
  const { access_token } = await person()
  const other = await world.operatorsClient({ redirect_uris: [CALLBACK] }, 'dwo_other')
  assert.deepEqual([(await exchange(access_token, other)).body.error, why()], ['invalid_request', 'exchange_stranger'])
  const open = await world.register({ token_endpoint_auth_method: 'client_secret_post', client_name: 'Open' })
  const claimed = { client_id: open.client_id, client_secret: open.client_secret }
  assert.deepEqual(
    [(await exchange(access_token, claimed)).body.error, why()],
    ['unauthorized_client', 'exchange_client_unproven'],
  )
})

test('a token that has ended, or whose person is gone, is exchanged for nothing [rfc8693-2.1-subject, rfc8693-2.2.2-error]', async () => {
  const { access_token } = await person()
  await world.ctx.store.users.disable(world.user.id, world.ctx.now())
  assert.deepEqual([(await exchange(access_token, asServer())).body.error, why()], ['invalid_request', 'grant_revoked'])
  world.wait(601)
  assert.deepEqual([(await exchange(access_token, asServer())).body.error, why()], ['invalid_request', 'subject_token'])
})
