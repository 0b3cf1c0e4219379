import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { CALLBACK, MCP, makeWorld, VERIFIER, VISIT, type World } from '../../testing/world.ts'
import { BROWSER, cookieName } from '../cookies.ts'
import { approve, sealForUser } from './interaction.ts'
import { openInteraction } from './open-interaction.ts'
import { stepUp, stepUpOf } from './step-up.ts'

const HIERARCHY = { write: ['read'], all: ['write', 'share'] }

const ASKED: readonly [string, string[], string[], ReturnType<typeof stepUp>][] = [
  ['nothing is held', ['read'], [], undefined],
  ['nothing new is asked', ['read'], ['read', 'share'], undefined],
  ['what is asked is contained in what is held', ['read', 'share'], ['all'], undefined],
  ['to stay connected is all that is new', ['read', 'offline_access'], ['read'], undefined],
  ['the new scope alone is asked', ['write'], ['read', 'share'], { added: ['write'], kept: ['read', 'share'] }],
  ['old and new are asked', ['read', 'write'], ['read'], { added: ['write'], kept: ['read'] }],
  [
    'a part of what is held is repeated by another name',
    ['share', 'read', 'web'],
    ['all'],
    { added: ['web'], kept: ['all', 'share', 'read'] },
  ],
]
for (const [title, asked, held, expected] of ASKED) {
  test(`tells new from held where ${title}`, () => assert.deepEqual(stepUp(asked, held, HIERARCHY), expected))
}

let world: World
let clientId: string
beforeEach(async () => {
  world = await makeWorld()
  clientId = (await world.register()).client_id
})
afterEach(() => world.close())

async function redeem(code: string, id = clientId) {
  const form = {
    grant_type: 'authorization_code',
    code,
    client_id: id,
    code_verifier: VERIFIER,
    redirect_uri: CALLBACK,
  }
  return (await (await world.post('/token', form)).json()) as { scope: string; refresh_token: string }
}

const connect = async (scope: string, resource = MCP) => redeem(await world.agree(clientId, { scope, resource }))

/** What a page would show, and the form in it. */
async function shown(scope: string, user = world.user, id = clientId) {
  const browser = 'b'.repeat(32)
  const answer = await world.ask(
    id,
    { scope, resource: MCP },
    { cookie: `${cookieName(world.ctx, BROWSER)}=${browser}` },
  )
  const sealed = new URL(answer.headers.get('location') ?? '').searchParams.get('request') ?? ''
  const interaction = await openInteraction(world.ctx, VISIT, browser, sealed)
  const more = await stepUpOf(world.ctx, interaction, user)
  const form = sealForUser(world.ctx, browser, interaction.pending, user.id, {
    kept: more?.kept,
    admits: interaction.client,
  })
  const press = async () =>
    new URL(
      (await approve(world.ctx, VISIT, await openInteraction(world.ctx, VISIT, browser, form), user)).headers.get(
        'location',
      ) ?? '',
    ).searchParams.get('code') ?? ''
  return { more, press, again: () => stepUpOf(world.ctx, interaction, user) }
}

const scopesOf = ({ scope }: { scope: string }) => new Set(scope.split(' '))
const refresh = (token: string) =>
  world.post('/token', { grant_type: 'refresh_token', refresh_token: token, client_id: clientId })

test('who asks for the new scope alone keeps the old ones, and an installation with the earlier grant goes on [doorward-step-up-kept]', async () => {
  const before = await connect('notes:read')
  const { more, press } = await shown('notes:write')
  assert.deepEqual(more, { added: ['notes:write'], kept: ['notes:read'] })
  const after = await redeem(await press())
  assert.deepEqual(scopesOf(after), new Set(['notes:read', 'notes:write']))
  assert.equal((await refresh(before.refresh_token)).status, 200)
  assert.equal((await world.ctx.store.grants.list({ live: true, now: world.ctx.now() })).length, 2)
  const events = await world.ctx.store.events.list({ limit: 100 })
  const { detail } = events.filter(({ type }) => type === 'consent.given').at(-1) ?? {}
  assert.deepEqual([detail?.scope, detail?.asked], ['notes:write notes:read', 'notes:write'])
})

test('who asks for less, or for the same, gets what it asked for and nothing besides [doorward-step-up-kept]', async () => {
  await connect('notes:read notes:write')
  assert.equal((await shown('notes:read')).more, undefined)
  assert.deepEqual(scopesOf(await connect('notes:read')), new Set(['notes:read']))
})

test('nothing is kept that the page did not name: what is allowed while it stands open stays apart [doorward-step-up-kept]', async () => {
  const { more, press } = await shown('notes:write')
  assert.equal(more, undefined)
  await connect('notes:read')
  assert.deepEqual(scopesOf(await redeem(await press())), new Set(['notes:write']))
})

test('what was allowed once is held, however many grants of less came before it and after [doorward-step-up-kept]', async () => {
  const less = async () => {
    for (let many = 0; many < 11; many++) {
      world.wait(1)
      await connect('notes:read')
    }
  }
  await less()
  await connect('notes:write')
  await less()
  assert.equal((await shown('notes:write')).more, undefined)
})

const NOT_HELD: readonly [string, (grantId: string) => Promise<unknown>][] = [
  ['was revoked', (id) => world.ctx.store.grants.revoke(id, { now: world.ctx.now(), reason: 'test' })],
  ['has expired', async () => world.wait(31 * 86_400)],
]
for (const [title, end] of NOT_HELD) {
  test(`a grant that ${title} lends nothing to the next [doorward-step-up-kept]`, async () => {
    await connect('notes:read')
    const [grant] = await world.ctx.store.grants.list()
    await end(grant?.id ?? '')
    assert.equal((await shown('notes:write')).more, undefined)
  })
}

test('what is revoked between the page and the answer does not come back with it [doorward-step-up-kept]', async () => {
  await connect('notes:read')
  const { more, press } = await shown('notes:write')
  assert.deepEqual(more?.kept, ['notes:read'])
  const [grant] = await world.ctx.store.grants.list()
  await world.ctx.store.grants.revoke(grant?.id ?? '', { now: world.ctx.now(), reason: 'test' })
  assert.deepEqual(scopesOf(await redeem(await press())), new Set(['notes:write']))
})

test('the grants of others count for nothing: another person, another client, another MCP server [doorward-step-up-kept]', async () => {
  const own = await makeWorld({ second: true })
  await world.close()
  world = own
  clientId = (await world.register()).client_id
  await connect('notes:read', `${MCP.replace('/mcp', '/other')}`)
  assert.equal((await shown('notes:write')).more, undefined)
  await connect('notes:read')
  assert.deepEqual((await shown('notes:write')).more?.kept, ['notes:read'])
  const grace = { ...world.user, id: 'dwu_grace', email: 'grace@example.com' }
  await world.ctx.store.users.add(grace)
  assert.equal((await shown('notes:write', grace)).more, undefined)
  const other = await world.register({ client_name: 'Another' })
  assert.equal((await shown('notes:write', world.user, other.client_id)).more, undefined)
})

test('a scope that is offered no more, or that the policy has taken from such clients since, is not kept [doorward-step-up-kept]', async () => {
  await connect('notes:read')
  const browser = 'b'.repeat(32)
  const answer = await world.ask(
    clientId,
    { scope: 'notes:write', resource: MCP },
    { cookie: `${cookieName(world.ctx, BROWSER)}=${browser}` },
  )
  const sealed = new URL(answer.headers.get('location') ?? '').searchParams.get('request') ?? ''
  const interaction = await openInteraction(world.ctx, VISIT, browser, sealed)
  const { 'notes:read': _, ...scopes } = interaction.resource.scopes
  const without = { ...interaction, resource: { ...interaction.resource, scopes } }
  assert.equal(await stepUpOf(world.ctx, without, world.user), undefined)
  const never = { ...world.ctx, policy: { ...world.ctx.policy, neverScopes: { claimed: ['notes:read'] } } }
  assert.equal(await stepUpOf(never, interaction, world.user), undefined)
  assert.deepEqual((await stepUpOf(world.ctx, interaction, world.user))?.kept, ['notes:read'])
})

test('the form sent twice opens one grant with the same scopes, and the page shown again says the same [q27]', async () => {
  await connect('notes:read')
  const { more, press, again } = await shown('notes:write')
  const first = await press()
  assert.deepEqual(scopesOf(await redeem(first)), new Set(['notes:write', 'notes:read']))
  await press()
  const grants = await world.ctx.store.grants.list({ live: true, now: world.ctx.now() })
  assert.equal(grants.length, 2)
  assert.deepEqual(await again(), more)
})
