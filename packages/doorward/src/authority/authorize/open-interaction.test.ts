import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { CHANGED_ELSEWHERE, unaware } from '../../testing/unaware.ts'
import { makeWorld, VISIT, type World } from '../../testing/world.ts'
import { BROWSER, cookieName } from '../cookies.ts'
import { approve, sealForUser } from './interaction.ts'
import { openInteraction, showInteraction } from './open-interaction.ts'

const NAME = 'b'.repeat(32)

let world: World
beforeEach(async () => {
  world = await makeWorld()
})
afterEach(() => world.close())

for (const [title, change, refusal] of CHANGED_ELSEWHERE) {
  test(`a process that has not heard that an application was ${title} draws its page and opens nothing for its answer [doorward-answer-anew]`, async () => {
    const { client_id } = await world.register()
    const ctx = await unaware(world.ctx, client_id)
    const asked = await world.ask(client_id, {}, { cookie: `${cookieName(ctx, BROWSER)}=${NAME}` })
    const sealed = new URL(asked.headers.get('location') ?? '').searchParams.get('request') ?? ''
    await change(world.ctx, client_id)
    assert.equal((await showInteraction(ctx, VISIT, NAME, sealed)).client.id, client_id)
    await assert.rejects(openInteraction(ctx, VISIT, NAME, sealed), refusal)
  })
}

const SAID: readonly [string, (metadata: Record<string, unknown>) => Record<string, unknown> | undefined][] = [
  ['did not say that it admits the application', () => undefined],
  ['said so of another one', (metadata) => ({ ...metadata, client_name: 'Another' })],
]
for (const [title, said] of SAID) {
  test(`the yes of an operator whose page ${title} admits nothing [doorward-approval]`, async () => {
    const { client_id } = await world.register()
    const asked = await world.ask(client_id, {}, { cookie: `${cookieName(world.ctx, BROWSER)}=${NAME}` })
    const sealed = new URL(asked.headers.get('location') ?? '').searchParams.get('request') ?? ''
    const { pending, client } = await openInteraction(world.ctx, VISIT, NAME, sealed)
    const metadata = said(client.metadata)
    const admits = metadata === undefined ? undefined : { ...client, metadata }
    const form = sealForUser(world.ctx, NAME, pending, world.user.id, { admits })
    const answered = await openInteraction(world.ctx, VISIT, NAME, form)
    await assert.rejects(approve(world.ctx, VISIT, answered, world.user), { reason: 'approval_missing' })
    assert.deepEqual(await world.ctx.store.grants.list(), [])
  })
}

for (const [title, change] of [
  [
    'became another one',
    (id: string) => world.ctx.store.clients.change(id, { metadata: { client_name: 'Another', redirect_uris: [] } }),
  ],
  ['was removed', (id: string) => world.ctx.store.clients.remove(id, world.ctx.now())],
] as const) {
  test(`an application that ${title} between its last look and the yes of an operator is not admitted [doorward-approval]`, async () => {
    const { client_id } = await world.register()
    const asked = await world.ask(client_id, {}, { cookie: `${cookieName(world.ctx, BROWSER)}=${NAME}` })
    const sealed = new URL(asked.headers.get('location') ?? '').searchParams.get('request') ?? ''
    const { pending, client } = await openInteraction(world.ctx, VISIT, NAME, sealed)
    const form = sealForUser(world.ctx, NAME, pending, world.user.id, { admits: client })
    const answered = await openInteraction(world.ctx, VISIT, NAME, form)
    const { clients } = world.ctx.store
    const inBetween: typeof clients = {
      ...clients,
      approve: async (...words) => {
        await change(client_id)
        return clients.approve(...words)
      },
    }
    const ctx = { ...world.ctx, store: { ...world.ctx.store, clients: inBetween } }
    await assert.rejects(approve(ctx, VISIT, answered, world.user), { reason: 'approval_missing' })
    assert.equal((await clients.find(client_id))?.approvedAt, undefined)
    assert.deepEqual(await world.ctx.store.grants.list(), [])
    const told = (await world.ctx.store.events.list({ limit: 99 })).map(({ type }) => type)
    assert.equal(told.includes('client.approved'), false)
  })
}
