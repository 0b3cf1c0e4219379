import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { makePublisher } from '../../testing/publisher.ts'
import { MCP, makeWorld, VERIFIER, VISIT, type World } from '../../testing/world.ts'
import { findTrace, recentAttempts } from './find-trace.ts'
import { tellMetadataRead } from './sightings.ts'

let world: World
beforeEach(async () => {
  world = await makeWorld()
})
afterEach(() => world.close())

/** What waited to be written. */
async function written(): Promise<void> {
  await world.ctx.store.events.append(world.events.splice(0).map((event) => ({ at: world.ctx.now() * 1000, ...event })))
}

test('a code that has expired stops the attempt at the token, under the reference of either request [doorward-trace]', async () => {
  const { client_id } = await world.register()
  const code = await world.agree(client_id)
  await written()
  world.wait(61)
  const form = { grant_type: 'authorization_code', code, code_verifier: VERIFIER, client_id }
  assert.equal((await world.post('/token', form)).status, 400)
  assert.deepEqual(world.events.at(-1)?.detail?.flow, VISIT.correlation)
  assert.ok(!JSON.stringify(world.events).includes(code), 'no event carries the code')
  await written()
  const { attempt } = await findTrace(world.ctx, VISIT.correlation)
  assert.deepEqual([attempt?.outcome, attempt?.stoppedAt, attempt?.reason], ['refused', 'token', 'code_expired'])
  assert.equal(attempt?.client, client_id)
})

test('a client with a metadata document has registered with it, and stops there where it cannot be had [doorward-trace]', async () => {
  await world.close()
  world = await makeWorld({ development: true })
  const publisher = await makePublisher()
  const told = async (id: string, status: number) => {
    assert.equal((await world.ask(id)).status, status)
    await written()
    const [attempt] = await recentAttempts(world.ctx, { since: 0, client: id, limit: 1 })
    const registration = attempt?.steps.find(({ step }) => step === 'registration')
    return [registration?.state, attempt?.outcome, attempt?.stoppedAt, attempt?.reason]
  }
  const good = publisher.document()
  assert.deepEqual(await told(good, 303), ['done', 'running', 'authorize', undefined])
  // So that nothing but its client tells one from the other.
  world.wait(3600)
  publisher.publish('/walled.json', { status: 403 })
  const walled = await told(`${publisher.origin}/walled.json`, 503)
  assert.deepEqual(walled, ['refused', 'refused', 'registration', 'document_status'])
  publisher.close()
})

test('what was allowed ends in a first call, however many calls there were since', async () => {
  const { client_id } = await world.register()
  const code = await world.agree(client_id)
  await world.post('/token', { grant_type: 'authorization_code', code, code_verifier: VERIFIER, client_id })
  await written()
  const [grant] = await world.ctx.store.grants.list()
  const call = { type: 'access.allowed', outcome: 'allowed', reason: 'token_good' } as const
  const calls = Array.from({ length: 50 }, () => ({ ...call, client: client_id, grant: grant?.id, resource: MCP }))
  await world.ctx.store.events.append(calls)
  const [attempt] = await recentAttempts(world.ctx, { since: 0, limit: 10 })
  assert.equal(attempt?.outcome, 'connected')
  assert.equal(attempt?.steps.at(-1)?.events.length, 1)
})

/** What ends a grant: a code or a refresh token that comes again, or a verb. */
const ENDS: readonly (readonly [string, string, (grant: string, client: string) => Promise<unknown>])[] = [
  [
    'the person',
    'person_disconnected',
    (grant) => world.ctx.store.grants.revoke(grant, { now: world.ctx.now(), reason: 'person_disconnected' }),
  ],
  [
    'a client that was blocked and is not any more',
    'client_blocked',
    async (_, client) => {
      await world.ctx.store.clients.block(client, world.ctx.now())
      await world.ctx.store.clients.block(client, undefined)
    },
  ],
  ['a code that was used twice', 'code_reused', () => redeem()],
  [
    'a refresh token that was used twice',
    'refresh_token_reused',
    async (_, client) => {
      const form = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token, client_id: client }
      assert.equal((await world.post('/token', form)).status, 200)
      world.wait(600)
      assert.equal((await world.post('/token', form)).status, 400)
    },
  ],
]
let redeem: () => Promise<Response>
let tokens: { refresh_token: string }
for (const [title, ended, end] of ENDS) {
  test(`a call that is refused since the grant has ended leads to what ended it: ${title} [doorward-trace]`, async () => {
    const { client_id } = await world.register()
    const code = await world.agree(client_id, { scope: 'notes:read offline_access' })
    redeem = () => world.post('/token', { grant_type: 'authorization_code', code, code_verifier: VERIFIER, client_id })
    tokens = (await (await redeem()).json()) as typeof tokens
    const [grant] = await world.ctx.store.grants.list()
    await end(grant?.id ?? '', client_id)
    const call = { type: 'access.refused', outcome: 'refused', reason: 'grant_revoked', correlation: 'CALL' } as const
    world.events.push({ ...call, client: client_id, grant: grant?.id ?? '', resource: MCP })
    await written()
    const [listed] = await recentAttempts(world.ctx, { since: 0, limit: 1 })
    const { attempt: found } = await findTrace(world.ctx, 'CALL')
    for (const attempt of [listed, found]) {
      assert.deepEqual([attempt?.outcome, attempt?.stoppedAt, attempt?.reason], ['refused', 'call', 'grant_revoked'])
      assert.equal(attempt?.ended, ended)
    }
  })
}

test('failures stand first', async () => {
  const { client_id } = await world.register()
  await world.agree(client_id)
  world.events.push({ type: 'client.refused', outcome: 'refused', reason: 'metadata_x', network: '198.51.100.0/24' })
  await written()
  world.wait(30)
  const attempts = await recentAttempts(world.ctx, { since: 0, limit: 10 })
  assert.deepEqual(
    attempts.map(({ outcome }) => outcome),
    ['refused', 'running'],
  )
})

test('a storm of strangers does not push what people did out of the list', async () => {
  const { client_id } = await world.register()
  await world.agree(client_id)
  await written()
  const storm = { type: 'access.refused', outcome: 'refused', reason: 'no_credentials' } as const
  await world.ctx.store.events.append(
    Array.from({ length: 4000 }, (_, i) => ({ ...storm, network: `10.0.${i & 255}.0/24` })),
  )
  const attempts = await recentAttempts(world.ctx, { since: 0, limit: 10_000 })
  assert.ok(attempts.some((attempt) => attempt.client === client_id))
})

test('a storm of requests that nobody signs in for takes half of the list at most, and hides no beginning', async () => {
  const client_id = 'dwc_real'
  const storm = { type: 'authorization.requested', outcome: 'allowed', reason: 'checks_passed' } as const
  for (let i = 0; i < 20; i++) {
    const flow = { client: client_id, correlation: `REAL${i}`, grant: `grant-${i}`, network: '203.0.113.0/24' }
    const consent = { ...flow, type: 'consent.given', outcome: 'allowed', reason: 'person_agreed' } as const
    await world.ctx.store.events.append([{ ...flow, ...storm }, consent])
  }
  await world.ctx.store.events.append(
    Array.from({ length: 4000 }, (_, i) => ({
      ...storm,
      client: `dwc_${i}`,
      correlation: `STORM${String(i).padStart(5, '0')}`,
      network: `10.0.${i & 255}.0/24`,
    })),
  )
  // By then the storm has failed, as everything that nobody answers.
  world.wait(3600)
  const attempts = await recentAttempts(world.ctx, { since: 0, limit: 30 })
  const real = attempts.filter(({ client }) => client === client_id)
  assert.deepEqual([attempts.length, real.length], [30, 15])
  for (const { steps } of real) {
    const state = (name: string) => steps.find(({ step }) => step === name)?.state
    assert.deepEqual([state('authorize'), state('consent')], ['done', 'done'])
  }
  // Where people need the room less, strangers have it.
  const more = await recentAttempts(world.ctx, { since: 0, limit: 60 })
  assert.equal(more.filter(({ client }) => client !== client_id).length, 40)
})

test('a reference that belongs to nothing leads to nothing', async () => {
  assert.deepEqual(await findTrace(world.ctx, 'NOTHING000'), { attempt: undefined, events: [] })
  assert.deepEqual(await findTrace(world.ctx, '%'), { attempt: undefined, events: [] })
})

test('who reads metadata all day leaves few events, and many networks together leave only so many [doorward-sightings]', () => {
  const reads = () => world.events.filter(({ type }) => type === 'metadata.read').length
  for (let i = 0; i < 1000; i++) tellMetadataRead(world.ctx, VISIT, 'server')
  assert.equal(reads(), 5)
  world.wait(60)
  tellMetadataRead(world.ctx, VISIT, 'server')
  assert.equal(reads(), 6)
  world.wait(3600)
  const before = reads()
  for (let i = 0; i < 10_000; i++) {
    tellMetadataRead(world.ctx, { ...VISIT, network: `10.${i >> 8}.${i & 255}.0/24` }, 'server')
  }
  assert.equal(reads() - before, 200)
})

test('a client that registers the same again leaves an event and no row [doorward-sightings]', async () => {
  const { client_id } = await world.register()
  await world.register()
  const told = world.events.filter(({ type }) => type === 'client.recognised')
  assert.deepEqual(
    told.map(({ client }) => client),
    [client_id],
  )
})
