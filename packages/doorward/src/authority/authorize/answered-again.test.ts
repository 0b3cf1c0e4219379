import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { CALLBACK, MCP, makeWorld, VERIFIER, VISIT, type World } from '../../testing/world.ts'
import { BROWSER, cookieName } from '../cookies.ts'
import { type Choice, NO_CHOICE } from './choice.ts'
import { approve, deny, sealForUser } from './interaction.ts'
import { openInteraction } from './open-interaction.ts'

const SCOPES = {
  'notes:read': { description: 'Read', access: 'read' },
  'notes:write': { description: 'Write', access: 'write', includes: ['notes:read'] },
  'notes:share': { description: 'Share', access: 'write' },
} as const
const NAME = 'b'.repeat(32)
const BOTH = ['notes:read', 'notes:share']

let world: World
let client_id: string
let sealed: string
beforeEach(async () => {
  world = await makeWorld({ resource: { scopes: SCOPES } })
  ;({ client_id } = await world.register())
  const cookie = `${cookieName(world.ctx, BROWSER)}=${NAME}`
  const asked = await world.ask(client_id, { scope: Object.keys(SCOPES).join(' '), resource: MCP }, { cookie })
  const waiting = new URL(asked.headers.get('location') ?? '').searchParams.get('request') ?? ''
  const { pending, client } = await openInteraction(world.ctx, VISIT, NAME, waiting)
  sealed = sealForUser(world.ctx, NAME, pending, world.user.id, { admits: client })
})
afterEach(() => world.close())

/** The page that somebody comes back to: it takes an answer as often as one is sent. */
const opened = () => openInteraction(world.ctx, VISIT, NAME, sealed)
async function answer(choice: Partial<Choice>): Promise<string> {
  const response = await approve(world.ctx, VISIT, await opened(), world.user, { ...NO_CHOICE, ...choice })
  return new URL(response.headers.get('location') ?? '').searchParams.get('code') ?? ''
}
async function redeem(code: string) {
  const form = { grant_type: 'authorization_code', code, client_id, code_verifier: VERIFIER, redirect_uri: CALLBACK }
  const response = await world.post('/token', form)
  const { scope, refresh_token = '' } = (await response.json()) as { scope?: string; refresh_token?: string }
  const refresh = () => world.post('/token', { grant_type: 'refresh_token', client_id, refresh_token })
  return { status: response.status, scope, refresh }
}
const onlyGrant = async () => (await world.ctx.store.grants.list())[0] ?? assert.fail('there is none')
async function told() {
  const events = await world.ctx.store.events.list({ limit: 100 })
  return events.filter(({ type }) => type.startsWith('grant.')).map(({ type, reason }) => [type, reason])
}

test('who goes back, unticks something and agrees again gives that no more, by either code [doorward-narrowed]', async () => {
  const first = await answer({ ticked: BOTH })
  await answer({ ticked: ['notes:read'] })
  assert.equal((await redeem(first)).scope, 'notes:read')
  assert.deepEqual(await told(), [['grant.narrowed', 'person_asked']])
})

test('who goes back and chooses an end is not connected beyond it; a later one moves nothing [doorward-narrowed, doorward-grant-end]', async () => {
  await answer({ ticked: BOTH })
  const end = world.ctx.now() + 86_400
  const code = await answer({ ticked: BOTH, days: 1 })
  await answer({ ticked: BOTH, days: 30 })
  await answer({ ticked: BOTH })
  assert.equal((await onlyGrant()).endsAt, end)
  const { status, refresh } = await redeem(code)
  assert.equal(status, 200)
  world.wait(86_400)
  assert.equal((await refresh()).status, 400)
})

test('it holds for what was redeemed already: its tokens of before are void [doorward-narrowed]', async () => {
  const { refresh } = await redeem(await answer({ ticked: BOTH }))
  await answer({ ticked: ['notes:read'] })
  assert.ok((await onlyGrant()).narrowedAt !== undefined)
  assert.equal(((await (await refresh()).json()) as { scope: string }).scope, 'notes:read')
})

test('the same answer again changes nothing and says nothing [q27]', async () => {
  const first = await answer({ ticked: BOTH, days: 7 })
  const before = await onlyGrant()
  world.wait(5)
  await answer({ ticked: BOTH, days: 7 })
  assert.deepEqual([await onlyGrant(), await told()], [before, []])
  assert.equal((await redeem(first)).status, 200)
})

test('of two answers that have nothing in common nothing is given [doorward-narrowed]', async () => {
  const first = await answer({ ticked: ['notes:read'] })
  const second = await answer({ ticked: ['notes:share'] })
  for (const code of [first, second]) assert.equal((await redeem(code)).status, 400)
})

for (const [when, isRedeemed] of [
  ['before the application had its tokens', false],
  ['after that', true],
] as const) {
  test(`a no after a yes to the same request, ${when}, takes the yes back [doorward-narrowed]`, async () => {
    const code = await answer({ ticked: BOTH })
    const before = isRedeemed ? await redeem(code) : undefined
    const response = await deny(world.ctx, VISIT, await opened(), world.user)
    assert.match(response.headers.get('location') ?? '', /error=access_denied/)
    assert.equal((await (before?.refresh() ?? redeem(code))).status, 400)
    assert.deepEqual(await told(), [['grant.revoked', 'person_disconnected']])
  })
}

test('a no takes back nothing that somebody else allowed [doorward-narrowed]', async () => {
  const code = await answer({ ticked: BOTH })
  await deny(world.ctx, VISIT, await opened(), { ...world.user, id: 'dwu_bob' })
  assert.equal((await redeem(code)).status, 200)
})
