import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { makeWorld, type World } from '../../testing/world.ts'
import { knownClient } from './known-client.ts'

let world: World
let reads: number
let isComplete: boolean
let find: (id: string) => Promise<unknown>

const CLIENT = { id: 'dwc', assurance: 'claimed', metadata: {}, createdAt: 0, secretsNotBefore: 0 } as const

beforeEach(async () => {
  world = await makeWorld()
  reads = 0
  isComplete = true
  const { ctx } = world
  const read = (id: string) => {
    reads++
    return ctx.store.clients.find(id)
  }
  find = knownClient({
    ...ctx,
    store: { ...ctx.store, clients: { ...ctx.store.clients, find: read } },
    news: { ...ctx.news, isComplete: () => isComplete },
  })
  await ctx.store.clients.put(CLIENT)
})
afterEach(() => world.close())

const CHANGES: readonly (readonly [string, () => Promise<unknown>])[] = [
  ['blocked', () => world.ctx.store.clients.block('dwc', 1)],
  ['removed', () => world.ctx.store.clients.remove('dwc', 1)],
  ['let in', () => world.ctx.store.clients.approve('dwc', { now: 1, by: 'ada' })],
  ['described anew', () => world.ctx.store.clients.change('dwc', { metadata: { client_name: 'New' } })],
  ['asked for', () => world.ctx.store.clients.ask(CLIENT, { now: 1, by: 'ada' })],
]

for (const [what, change] of CHANGES) {
  test(`a client that is ${what} is another from the next request on [doorward-nodes]`, async () => {
    const before = await find('dwc')
    assert.equal(await find('dwc'), before)
    assert.equal(reads, 1)
    await change()
    assert.deepEqual(await find('dwc'), await world.ctx.store.clients.find('dwc'))
    assert.notDeepEqual(await find('dwc'), before)
  })
}

test('a client that an older version beside this one blocks, and tells only that it ended grants, is read anew [doorward-nodes]', async () => {
  await find('dwc')
  await world.ctx.store.users.disable(world.user.id, 1)
  await find('dwc')
  assert.equal(reads, 2)
})

test('a client that is unknown is looked for each time, and found as soon as it is there', async () => {
  assert.equal(await find('other'), undefined)
  await world.ctx.store.clients.put({ ...CLIENT, id: 'other' })
  assert.notEqual(await find('other'), undefined)
})

test('where changes cannot be heard, and after half a minute, a client is read [doorward-nodes]', async () => {
  isComplete = false
  await find('dwc')
  await find('dwc')
  assert.equal(reads, 2)
  isComplete = true
  await find('dwc')
  world.wait(29)
  await find('dwc')
  assert.equal(reads, 3)
  world.wait(1)
  await find('dwc')
  assert.equal(reads, 4)
})
