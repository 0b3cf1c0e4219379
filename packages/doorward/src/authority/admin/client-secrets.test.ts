import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { CALLBACK, MCP, makeWorld, VISIT, type World } from '../../testing/world.ts'
import { registerOwnClient } from '../registration/own-clients.ts'
import { act, type InputOf } from './act.ts'
import type { ActionName } from './actions/index.ts'
import { ADMIN_SCOPE } from './permissions.ts'

let world: World
let first: string
beforeEach(async () => {
  world = await makeWorld()
  first = (await world.operatorsClient({ grant_types: ['client_credentials'], redirect_uris: undefined })).client_secret
})
afterEach(() => world.close())

const boss = { id: 'dwu_ada', permissions: [ADMIN_SCOPE] }
const clerk = { id: 'dwu_eve', permissions: ['doorward:admin.clients'] }
const run = <Name extends ActionName>(name: Name, input: InputOf<Name>, by = boss) =>
  act(world.ctx, VISIT, by, name, input)
const refusedFor = (reason: string) => (error: unknown) => (error as { reason?: string }).reason === reason
const toldOfSecrets = async () =>
  (await world.ctx.store.events.list({ limit: 100 })).filter(({ type }) => type.startsWith('client.secret'))
const ask = async (client_secret: string, client_id = 'dwo_robot') => {
  const form = { grant_type: 'client_credentials', client_id, client_secret, resource: MCP }
  const { status } = await world.post('/token', form)
  return status === 200 ? 'good' : world.events.at(-1)?.reason
}

test('another secret ends all of before, within the same second too, and no grant [doorward-secret-renewed]', async () => {
  const before = (await world.post('/token', {
    grant_type: 'client_credentials',
    client_id: 'dwo_robot',
    client_secret: first,
  })) as Response
  const { access_token } = (await before.json()) as { access_token: string }
  const second = await run('clients.renewSecret', { id: 'dwo_robot' }, clerk)
  assert.deepEqual([await ask(first), await ask(second.client_secret)], ['client_secret_revoked', 'good'])
  const third = await run('clients.renewSecret', { id: 'dwo_robot' })
  const said = [await ask(first), await ask(second.client_secret), await ask(third.client_secret)]
  assert.deepEqual(said, ['client_secret_revoked', 'client_secret_revoked', 'good'])
  const grants = await world.ctx.store.grants.list({ live: true, now: world.ctx.now() })
  assert.equal(grants.length, 1)
  const form = { token: access_token, client_id: 'dwo_robot', client_secret: third.client_secret }
  assert.equal(((await (await world.post('/introspect', form)).json()) as { active: boolean }).active, true)
})

test('of many who renew a secret at once, one has the one that is good, and the others are told so when they use theirs [doorward-secret-renewed]', async () => {
  const made = await Promise.all(Array.from({ length: 6 }, () => run('clients.renewSecret', { id: 'dwo_robot' })))
  const said = []
  for (const { client_secret } of made) said.push(await ask(client_secret))
  assert.equal(said.filter((verdict) => verdict === 'good').length, 1)
  assert.equal(said.filter((verdict) => verdict === 'client_secret_revoked').length, 5)
})

test('a secret is changed without a pause: both are good until those of before are ended [doorward-secret-renewed]', async () => {
  world.wait(60)
  const second = await run('clients.renewSecret', { id: 'dwo_robot', keepOlder: true })
  assert.deepEqual([await ask(first), await ask(second.client_secret)], ['good', 'good'])
  await run('clients.endSecrets', { id: 'dwo_robot', before: second.client_secret_issued_at })
  assert.deepEqual([await ask(first), await ask(second.client_secret)], ['client_secret_revoked', 'good'])
  // What was void does not come back.
  const { secretsNotBefore } = await run('clients.endSecrets', { id: 'dwo_robot', before: 0 })
  assert.equal(secretsNotBefore, second.client_secret_issued_at)
  assert.equal(await ask(first), 'client_secret_revoked')
  const told = await toldOfSecrets()
  assert.deepEqual(
    told.map(({ type, actor, client, detail }) => [type, actor, client, detail]),
    [
      ['client.secret.added', boss.id, 'dwo_robot', { older: 'kept' }],
      ['client.secrets.ended', boss.id, 'dwo_robot', { before: second.client_secret_issued_at }],
      ['client.secrets.ended', boss.id, 'dwo_robot', { before: 0 }],
    ],
  )
})

test('an application that a person registered for themselves gets another secret, too [doorward-secret-renewed]', async () => {
  const wish = { name: 'Mine', redirectUris: [CALLBACK], withSecret: true }
  const { client, secret = '' } = await registerOwnClient(world.ctx, VISIT, world.user, wish)
  const { client_secret } = await run('clients.renewSecret', { id: client.id })
  assert.equal(await ask(secret, client.id), 'client_secret_revoked')
  assert.notEqual(await ask(client_secret, client.id), 'client_secret_revoked')
})

const REFUSED: readonly (readonly [string, () => Promise<string>, string])[] = [
  ['that is not there', async () => 'dwo_nobody', 'admin_unknown'],
  [
    'without a secret',
    async () =>
      (await world.operatorsClient({ token_endpoint_auth_method: 'none', redirect_uris: [CALLBACK] }, 'dwo_app'))
        .client_id,
    'admin_client_no_secret',
  ],
  [
    'that registered itself',
    async () => (await world.register({ token_endpoint_auth_method: 'client_secret_post' })).client_id,
    'admin_client_no_secret',
  ],
]
for (const [title, make, reason] of REFUSED) {
  test(`nobody gets the secret of an application ${title}: ${reason} [doorward-secret-renewed]`, async () => {
    const id = await make()
    await assert.rejects(run('clients.renewSecret', { id }), refusedFor(reason))
    await assert.rejects(run('clients.endSecrets', { id, before: 5 }), refusedFor(reason))
    assert.equal(
      world.events.some(({ type }) => type.startsWith('client.secret')),
      false,
    )
  })
}

for (const before of [1.5, -1.5, Number.MAX_SAFE_INTEGER]) {
  test(`no time ends all secrets that are still to come, nor part of a second: ${before} [doorward-secret-renewed]`, async () => {
    await assert.rejects(run('clients.endSecrets', { id: 'dwo_robot', before }), refusedFor('admin_input'))
    assert.equal(await ask(first), 'good')
  })
}

for (const [title, metadata] of [
  ['may ask for the administration', { scope: 'doorward:admin.read' }],
  ['is bound by no scope', { scope: undefined }],
] as const) {
  test(`who may not register one that ${title} cannot take its secret either [doorward-admin-permissions]`, async () => {
    const { ctx } = world
    const [read, createdAt] = [{ token_endpoint_auth_method: 'client_secret_post', ...metadata }, ctx.now()]
    await ctx.store.clients.put({ id: 'dwo_op', assurance: 'operator', metadata: read, createdAt, secretsNotBefore: 0 })
    await assert.rejects(run('clients.renewSecret', { id: 'dwo_op' }, clerk), refusedFor('admin_permission'))
    assert.equal((await ctx.store.clients.find('dwo_op'))?.secretsNotBefore, 0)
    assert.match((await run('clients.renewSecret', { id: 'dwo_op' })).client_secret, /^dws_/)
  })
}
