import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { CALLBACK, makeWorld, VISIT, type World } from '../../testing/world.ts'
import { judgeClientSecret } from '../token/client-secret.ts'
import { ownClients, registerOwnClient, removeOwnClient, renewOwnSecret } from './own-clients.ts'

let world: World
beforeEach(async () => {
  world = await makeWorld()
})
afterEach(() => world.close())

const wish = (changes = {}) => ({ name: 'My script', redirectUris: [CALLBACK], withSecret: false, ...changes })
const bob = () => ({ ...world.user, id: 'dwu_bob', email: 'bob@example.com', operator: false })

test('what a person registers serves that person and nobody else, operators included [doorward-own-clients]', async () => {
  const { client, secret } = await registerOwnClient(world.ctx, VISIT, world.user, wish())
  assert.equal(secret, undefined)
  assert.equal((await world.agree(client.id)).startsWith('dwa_'), true)
  const foreign = await registerOwnClient(world.ctx, VISIT, bob(), wish())
  await assert.rejects(world.agree(foreign.client.id), /for their own use/)
  assert.equal((await world.ctx.store.grants.list()).length, 1)
})

test('a person sees and removes their own, which ends what it was granted', async () => {
  const { client, secret } = await registerOwnClient(world.ctx, VISIT, world.user, wish({ withSecret: true }))
  assert.match(secret ?? '', /^dws_/)
  await world.agree(client.id)
  assert.deepEqual(
    (await ownClients(world.ctx, world.user)).map(({ id }) => id),
    [client.id],
  )
  assert.deepEqual(await ownClients(world.ctx, bob()), [])
  await assert.rejects(removeOwnClient(world.ctx, VISIT, bob(), client.id), /not yours/)
  await removeOwnClient(world.ctx, VISIT, world.user, client.id)
  assert.equal((await world.ctx.store.grants.list())[0]?.revokedReason, 'client_removed')
})

test('a person keeps so many and not more, and the rules for redirects are the same for everybody', async () => {
  for (const redirectUris of [['javascript:x'], ['http://app.example/cb'], [], ['evil:x']]) {
    await assert.rejects(registerOwnClient(world.ctx, VISIT, world.user, wish({ redirectUris })))
  }
  for (let i = 0; i < 20; i++) await registerOwnClient(world.ctx, VISIT, world.user, wish())
  await assert.rejects(registerOwnClient(world.ctx, VISIT, world.user, wish()), /remove one first/)
})

test('one that the operator blocked stays, whoever asks to remove it, and no event says otherwise', async () => {
  const { client } = await registerOwnClient(world.ctx, VISIT, world.user, wish())
  await world.ctx.store.clients.block(client.id, world.ctx.now())
  await assert.rejects(removeOwnClient(world.ctx, VISIT, world.user, client.id), { reason: 'client_blocked' })
  assert.notEqual((await world.ctx.store.clients.find(client.id))?.blockedAt, undefined)
  const told = (await world.ctx.store.events.list({ limit: 99 })).map(({ type }) => type)
  assert.equal(told.includes('client.removed'), false)
})

const YEARS = 20 * 365 * 86_400

test('a person gives their own another secret, which never ends by itself; the one of before is void at once, and what was allowed stays [doorward-secret-renewed]', async () => {
  const { client, secret } = await registerOwnClient(world.ctx, VISIT, world.user, wish({ withSecret: true }))
  await world.agree(client.id)
  const { now, store, keys } = world.ctx
  const secrets = [secret]
  for (let i = 0; i < 2; i++) secrets.push((await renewOwnSecret(world.ctx, VISIT, world.user, client.id)).secret)
  const stored = (await store.clients.find(client.id)) ?? assert.fail('there is no client')
  const verdicts = secrets.map((each) => judgeClientSecret(keys.clientSecret, each ?? '', stored, now() + YEARS))
  assert.deepEqual(
    verdicts.map((verdict) => verdict === 'good'),
    [false, false, true],
  )
  assert.equal((await store.grants.list())[0]?.revokedReason, undefined)
  const told = (await store.events.list({ limit: 99 })).findLast(({ type }) => type === 'client.secret.added')
  assert.deepEqual([told?.actor, told?.client, told?.reason], [world.user.id, client.id, 'person_asked'])
})

const UNRENEWED: readonly (readonly [string, () => Promise<string>, string])[] = [
  [
    'that is not theirs',
    async () => (await registerOwnClient(world.ctx, VISIT, bob(), wish({ withSecret: true }))).client.id,
    'client_of_another_person',
  ],
  [
    'of an operator',
    async () => (await world.operatorsClient({ redirect_uris: [CALLBACK] })).client_id,
    'client_of_another_person',
  ],
  ['that is not there', async () => 'dwp_none', 'client_of_another_person'],
  [
    'without a secret',
    async () => (await registerOwnClient(world.ctx, VISIT, world.user, wish())).client.id,
    'decision_unknown',
  ],
  [
    'that is blocked',
    async () => {
      const { client } = await registerOwnClient(world.ctx, VISIT, world.user, wish({ withSecret: true }))
      await world.ctx.store.clients.block(client.id, world.ctx.now())
      return client.id
    },
    'client_blocked',
  ],
]
for (const [title, make, reason] of UNRENEWED) {
  test(`nobody gets the secret of an application ${title}: ${reason} [doorward-secret-renewed]`, async () => {
    const id = await make()
    const before = await world.ctx.store.clients.find(id)
    await assert.rejects(renewOwnSecret(world.ctx, VISIT, world.user, id), { reason })
    assert.deepEqual(await world.ctx.store.clients.find(id), before)
  })
}
