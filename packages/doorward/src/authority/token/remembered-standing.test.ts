import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { MCP, makeWorld, type World } from '../../testing/world.ts'
import { rememberedStanding } from './remembered-standing.ts'

let world: World
let reads: number
let standing: (id: string, issuedAt?: number) => Promise<string>
let isComplete = true
/** Stands between a read and its answer. */
let wait: Promise<void> | undefined

beforeEach(async () => {
  world = await makeWorld()
  reads = 0
  isComplete = true
  wait = undefined
  const { ctx } = world
  const find = async (id: string) => {
    reads++
    const found = await ctx.store.grants.find(id)
    await wait
    return found
  }
  const remembered = rememberedStanding({
    ...ctx,
    store: { ...ctx.store, grants: { ...ctx.store.grants, find } },
    news: { ...ctx.news, isComplete: () => isComplete },
  })
  standing = (id, issuedAt = ctx.now()) => remembered(id, issuedAt)
})
afterEach(() => world.close())

async function open(id: string, more = {}): Promise<string> {
  const { ctx, user } = world
  const openedAt = ctx.now()
  const times = { openedAt, codeExpiresAt: openedAt + 60 }
  const grant = { id, userId: user.id, clientId: 'dwc', resource: MCP, scope: 'notes:read notes:write', ...times }
  await ctx.store.clients.put({ id: 'dwc', assurance: 'claimed', metadata: {}, createdAt: 0, secretsNotBefore: 0 })
  await ctx.store.grants.open({ ...grant, ...more })
  return id
}

const ENDS: readonly [string, string, (id: string) => Promise<unknown>][] = [
  ['revoked', 'revoked', (id) => world.ctx.store.grants.revoke(id, { now: world.ctx.now(), reason: 'x' })],
  [
    'revoked with all of a person',
    'revoked',
    () => world.ctx.store.grants.revokeAll('dwu_ada', { now: 1, reason: 'x' }),
  ],
  [
    'narrowed',
    'outdated',
    (id) => world.ctx.store.grants.narrow(id, { now: world.ctx.now(), scope: 'notes:read', voidsTokens: true }),
  ],
  [
    'given an end',
    'revoked',
    (id) => world.ctx.store.grants.narrow(id, { now: 1, endsAt: world.ctx.now(), voidsTokens: false }),
  ],
  ['that of a person who is disabled', 'revoked', () => world.ctx.store.users.disable('dwu_ada', 1)],
  ['that of an application that is blocked', 'revoked', () => world.ctx.store.clients.block('dwc', 1)],
  ['that of an application that is removed', 'revoked', () => world.ctx.store.clients.remove('dwc', 1)],
  [
    'that of an application that a rule denies',
    'revoked',
    () =>
      world.ctx.store.rules.add(
        { id: 'r', effect: 'deny', kind: 'clientId', value: 'dwc', note: '', createdAt: 0, createdBy: '' },
        { now: 1, most: 9, isMeant: () => true },
      ),
  ],
  [
    'that of a server whose address is another',
    'revoked',
    async () => {
      await world.ctx.store.upstreams.bind(MCP, 'a', 1)
      await world.ctx.store.upstreams.bind(MCP, 'b', 1)
    },
  ],
  [
    'that of a person whose groups give it no more',
    'revoked',
    () =>
      world.ctx.store.users.setGroups('dwu_ada', undefined, ['none'], undefined, {
        now: 1,
        reason: 'x',
        scopeOf: () => undefined,
      }),
  ],
]
for (const [what, verdict, end] of ENDS) {
  test(`a grant that is ${what} is known as such at the very next call, which read nothing until then [doorward-nodes]`, async () => {
    const id = await open('a'.repeat(32))
    for (let i = 0; i < 10; i++) assert.equal(await standing(id), 'live')
    assert.equal(reads, 1)
    await end(id)
    assert.equal(await standing(id), verdict)
  })
}

test('what was exchanged for a grant ends with it, also where it is remembered [doorward-nodes]', async () => {
  const parent = await open('a'.repeat(32))
  const { ctx, user } = world
  const child = {
    ...{ id: 'b'.repeat(32), userId: user.id, clientId: 'dwc', resource: MCP, scope: 'notes:read', parent },
    ...{ openedAt: ctx.now(), expiresAt: ctx.now() + 600, kind: 'exchange' as const, isRegistered: false },
  }
  assert.deepEqual(await ctx.store.grants.stand(child), { id: child.id })
  assert.equal(await standing(child.id), 'live')
  await ctx.store.grants.revoke(parent, { now: ctx.now(), reason: 'x' })
  assert.equal(await standing(child.id), 'revoked')
})

test('where nothing can be heard, each call reads; what was remembered counts again when everything was [doorward-nodes]', async () => {
  const id = await open('a'.repeat(32))
  await standing(id)
  isComplete = false
  for (let i = 0; i < 3; i++) assert.equal(await standing(id), 'live')
  assert.equal(reads, 4)
  isComplete = true
  await standing(id)
  assert.equal(reads, 4)
})

test('a grant that ends while it is being read is not remembered as it was before [doorward-nodes]', async () => {
  const id = await open('a'.repeat(32))
  const go = Promise.withResolvers<void>()
  wait = go.promise
  const early = standing(id)
  await new Promise((resolve) => setImmediate(resolve))
  await world.ctx.store.grants.revoke(id, { now: world.ctx.now(), reason: 'x' })
  go.resolve()
  assert.equal(await early, 'live')
  assert.equal(await standing(id), 'revoked')
})

test('an end that a grant had from the start counts without a read', async () => {
  const id = await open('a'.repeat(32), { endsAt: world.ctx.now() + 10 })
  assert.equal(await standing(id), 'live')
  world.wait(10)
  assert.equal(await standing(id), 'revoked')
  assert.equal(reads, 1)
})

test('what nobody told of, such as a change by hand, is known after half a minute', async () => {
  const id = await open('a'.repeat(32))
  for (let second = 0; second <= 30; second++) {
    await standing(id)
    world.wait(1)
  }
  assert.equal(reads, 2)
})

test('a grant that is not there is asked for each time: it may come to be', async () => {
  assert.equal(await standing('b'.repeat(32)), 'revoked')
  await open('b'.repeat(32))
  assert.equal(await standing('b'.repeat(32)), 'live')
})
