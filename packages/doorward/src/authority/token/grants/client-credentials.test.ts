import assert from 'node:assert/strict'
import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { afterEach, beforeEach, test } from 'node:test'
import { LASTING_EVENTS } from '@doorward/core/kernel/audit'
import type { FetchStranger } from '@doorward/core/kernel/outbound'
import { decodeJwt, exportJWK, SignJWT } from 'jose'
import { ISSUER, MCP, makeWorld, type World } from '../../../testing/world.ts'
import { JWT_BEARER } from '../client-assertion.ts'

let world: World
let secret: string
const ROBOT = { grant_types: ['client_credentials'], redirect_uris: undefined }
beforeEach(async () => {
  world = await makeWorld()
  secret = (await world.operatorsClient(ROBOT)).client_secret
})
afterEach(() => world.close())

type Body = { access_token: string; scope: string; token_type: string; error?: string }
async function ask(changes: Record<string, string> = {}): Promise<{ status: number; body: Body }> {
  const form = { grant_type: 'client_credentials', client_id: 'dwo_robot', client_secret: secret, ...changes }
  const response = await world.post('/token', form)
  return { status: response.status, body: (await response.json()) as Body }
}
const why = () => world.events.at(-1)?.reason

test('a program that an operator registered has tokens for itself, without a refresh token [rfc6749-4.4.3-no-refresh, mcp-2026-07-28-x1]', async () => {
  const { status, body } = await ask({ scope: 'notes:read', resource: MCP })
  assert.equal(status, 200)
  assert.equal('refresh_token' in body, false)
  const claims = decodeJwt(body.access_token)
  assert.deepEqual(
    [claims.sub, claims.client_id, claims.aud, claims.scope],
    ['dwo_robot', 'dwo_robot', MCP, 'notes:read'],
  )
  const event = world.events.at(-1)
  assert.deepEqual([event?.type, event?.reason, event?.grant], ['token.issued', 'client_credentials', claims.grant_id])
})

test('the first token for a server that verifies it itself says that nothing will be heard of its calls [doorward-trace]', async () => {
  await ask()
  assert.equal(world.events.at(-1)?.detail, undefined)
  await world.close()
  world = await makeWorld({ resource: { verifiesItself: true } })
  secret = (await world.operatorsClient(ROBOT)).client_secret
  await ask()
  assert.deepEqual(world.events.at(-1)?.detail, { calls: 'elsewhere' })
})

test('however often it asks it is one grant, and taking that back ends its tokens and not its right to ask [doorward-standing]', async () => {
  const grants = new Set<unknown>()
  for (const { body } of await Promise.all(Array.from({ length: 20 }, () => ask())))
    grants.add(decodeJwt(body.access_token).grant_id)
  assert.equal(grants.size, 1)
  assert.equal((await world.ctx.store.grants.list()).length, 1)
  const { body } = await ask()
  const revoked = await world.post('/revoke', {
    token: body.access_token,
    client_id: 'dwo_robot',
    client_secret: secret,
  })
  assert.equal(revoked.status, 200)
  const after = decodeJwt((await ask()).body.access_token).grant_id
  assert.equal(grants.has(after), false)
})

test('a program that asks all day washes no decision of a person or operator out of the events', async () => {
  for (let i = 0; i < 3; i++) assert.equal((await ask()).status, 200)
  const types = world.events.map(({ type }) => type)
  assert.deepEqual(types, ['token.issued', 'token.refreshed', 'token.refreshed'])
  assert.ok(LASTING_EVENTS.includes('token.issued') && !LASTING_EVENTS.includes('token.refreshed'))
})

test('asked for nothing, it is all that was registered, and never more [rfc6749-3.3-default]', async () => {
  assert.equal((await ask()).body.scope, 'notes:read notes:write')
  const { client_secret } = await world.operatorsClient({ ...ROBOT, scope: 'notes:read' }, 'dwo_reader')
  const reader = { client_id: 'dwo_reader', client_secret }
  assert.equal((await ask(reader)).body.scope, 'notes:read')
  assert.deepEqual(
    [(await ask({ ...reader, scope: 'notes:write' })).body.error, why()],
    ['invalid_scope', 'scope_not_allowed'],
  )
})

test('a scope that is not known is told from one that is not allowed, and what there is instead is said', async () => {
  const said = async (client_id: string, client_secret: string, scope: string) => {
    const { body } = await ask({ client_id, client_secret, scope })
    return (body as unknown as { error_description: string }).error_description.replace(/ \[.*/, '')
  }
  const own = await world.operatorsClient({ ...ROBOT, scope: 'notes:read' }, 'dwo_reader')
  const none = await world.operatorsClient({ ...ROBOT, scope: 'offline_access' }, 'dwo_none')
  assert.deepEqual(
    [
      await said('dwo_reader', own.client_secret, 'notes:write'),
      await said('dwo_reader', own.client_secret, 'notes:rite'),
      await said('dwo_none', none.client_secret, 'mistyped'),
    ],
    [
      "Scope 'notes:write' is not allowed for this client here; allowed: notes:read",
      "Scope 'notes:rite' is not known here; allowed: notes:read",
      "Scope 'mistyped' is not known here; nothing of this resource is allowed for it",
    ],
  )
})

test('a scope that such clients never get is not had by way of one that contains it', async () => {
  await world.close()
  world = await makeWorld({ policy: { neverScopes: { operator: ['notes:read'] } } })
  secret = (await world.operatorsClient(ROBOT)).client_secret
  for (const scope of ['notes:read', 'notes:write', ''])
    assert.deepEqual([(await ask({ scope })).body.error, why()], ['invalid_scope', 'scope_not_allowed'])
})

const REFUSALS: readonly (readonly [string, Record<string, string>, string, string])[] = [
  ['a wrong secret', { client_secret: 'dws_wrong' }, 'invalid_client', 'client_secret_wrong'],
  ['no secret', { client_secret: '' }, 'invalid_client', 'client_authentication_method'],
  [
    'a resource that is not served',
    { resource: 'https://elsewhere.example/mcp' },
    'invalid_target',
    'resource_unknown',
  ],
  ['the administration', { resource: 'https://door.example/admin/api' }, 'invalid_target', 'resource_unknown'],
  ['a scope that nobody knows', { scope: 'everything' }, 'invalid_scope', 'scope_not_allowed'],
]
for (const [title, changes, code, reason] of REFUSALS) {
  test(`client credentials with ${title} are refused with ${code}: ${reason} [rfc6749-4.4-confidential]`, async () => {
    const { status, body } = await ask(changes)
    assert.deepEqual([status, body.error, why()], [code === 'invalid_client' ? 401 : 400, code, reason])
    assert.equal((await world.ctx.store.grants.list()).length, 0)
  })
}

test('nobody registers for it without an operator: what is asked for is left out, and the token endpoint refuses [rfc6749-4.4-confidential]', async () => {
  const open = await world.register({
    grant_types: ['authorization_code', 'client_credentials'],
    token_endpoint_auth_method: 'client_secret_post',
  })
  assert.deepEqual(open.grant_types, ['authorization_code', 'refresh_token'])
  const own = { client_id: open.client_id, client_secret: open.client_secret }
  assert.deepEqual([(await ask(own)).body.error, why()], ['unauthorized_client', 'client_credentials_not_registered'])
  const forPeople = await world.operatorsClient({ redirect_uris: ['https://c.example/cb'] }, 'dwo_people')
  assert.deepEqual(
    [(await ask(forPeople)).body.error, why()],
    ['unauthorized_client', 'client_credentials_not_registered'],
  )
})

const BAD: readonly (readonly [string, Record<string, unknown>])[] = [
  ['that would prove nothing', { token_endpoint_auth_method: 'none' }],
  ['without a scope', { scope: '' }],
]
for (const [title, metadata] of BAD) {
  test(`an operator cannot register a program ${title} [rfc6749-4.4-confidential]`, async () => {
    await assert.rejects(world.operatorsClient({ ...ROBOT, ...metadata }, 'dwo_bad'), /asks for itself/)
  })
}

test('a blocked program gets nothing more', async () => {
  const { body } = await ask()
  await world.ctx.store.clients.block('dwo_robot', world.ctx.now())
  assert.deepEqual([(await ask()).status, why()], [401, 'client_blocked'])
  const grant = await world.ctx.store.grants.find(String(decodeJwt(body.access_token).grant_id))
  assert.equal(grant?.clientBlocked, true)
})

test('a program that is blocked or removed while its keys are fetched gets nothing more [doorward-standing]', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = await exportJWK(publicKey)
  const { clients, grants } = world.ctx.store
  for (const end of [clients.block, clients.remove]) {
    const id = `dwo_${randomUUID()}`
    const jwks_uri = `https://robot.example/${id}`
    await world.operatorsClient({ ...ROBOT, token_endpoint_auth_method: 'private_key_jwt', jwks_uri }, id)
    const fetchStranger: FetchStranger = async () => {
      assert.equal(await end(id, world.ctx.now()), 'done')
      const body = Buffer.from(JSON.stringify({ keys: [jwk] }))
      return { status: 200, type: 'application/json', header: () => undefined, body }
    }
    Object.assign(world.ctx, { fetchStranger })
    const now = world.ctx.now()
    const client_assertion = await new SignJWT({ iss: id, sub: id, aud: ISSUER, jti: randomUUID(), exp: now + 60 })
      .setProtectedHeader({ alg: 'ES256' })
      .sign(privateKey)
    const form = { grant_type: 'client_credentials', client_assertion_type: JWT_BEARER, client_assertion }
    assert.deepEqual([(await world.post('/token', form)).status, why()], [400, 'grant_revoked'])
    assert.deepEqual(await grants.list(), [])
  }
})

test('a program that a rule denies while its keys are fetched gets nothing more, and no grant that lives [doorward-standing, doorward-runtime-rules]', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = await exportJWK(publicKey)
  const { rules, grants } = world.ctx.store
  const id = 'dwo_denied'
  const metadata = { token_endpoint_auth_method: 'private_key_jwt', jwks_uri: 'https://robot.example/keys' }
  await world.operatorsClient({ ...ROBOT, ...metadata }, id)
  const deny = {
    id: 'r',
    effect: 'deny',
    kind: 'clientId',
    value: id,
    note: '',
    createdAt: 0,
    createdBy: 'ada',
  } as const
  const fetchStranger: FetchStranger = async () => {
    await rules.add(deny, { now: world.ctx.now(), most: 10, isMeant: (client) => client.id === id })
    const body = Buffer.from(JSON.stringify({ keys: [jwk] }))
    return { status: 200, type: 'application/json', header: () => undefined, body }
  }
  Object.assign(world.ctx, { fetchStranger })
  const exp = world.ctx.now() + 60
  const client_assertion = await new SignJWT({ iss: id, sub: id, aud: ISSUER, jti: randomUUID(), exp })
    .setProtectedHeader({ alg: 'ES256' })
    .sign(privateKey)
  const form = { grant_type: 'client_credentials', client_assertion_type: JWT_BEARER, client_assertion }
  assert.deepEqual([(await world.post('/token', form)).status, why()], [403, 'policy_refused'])
  assert.deepEqual(
    (await grants.list()).map(({ revokedReason }) => revokedReason),
    ['rule_denies'],
  )
})

for (const [title, changes] of [
  ['for its resource', { resource: { senderConstraint: 'required' } }],
  ['for clients of its kind', { policy: { senderConstraintFor: ['operator'] } }],
  ['for everybody', { policy: { senderConstraint: 'required' } }],
] as const) {
  test(`where a key is required ${title}, there is no token without one, and no grant [doorward-constraint-policy]`, async () => {
    await world.close()
    world = await makeWorld(changes)
    secret = (await world.operatorsClient(ROBOT)).client_secret
    const { status, body } = await ask()
    assert.deepEqual([status, body.error, why()], [400, 'invalid_dpop_proof', 'sender_constraint_missing'])
    assert.equal((await world.ctx.store.grants.list()).length, 0)
  })
}

test('where a key is required for others, there are tokens without one [doorward-constraint-policy]', async () => {
  await world.close()
  world = await makeWorld({ policy: { senderConstraintFor: ['claimed', 'domain'] } })
  secret = (await world.operatorsClient(ROBOT)).client_secret
  assert.equal((await ask()).status, 200)
})
