import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { OAuthError } from '@doorward/core/oauth/error'
import { CALLBACK, MCP, makeWorld, VERIFIER, VISIT, type World } from '../../testing/world.ts'
import { BROWSER, cookieName } from '../cookies.ts'
import { type Choice, NO_CHOICE } from './choice.ts'
import { forPerson } from './for-person.ts'
import { approve, sealForUser } from './interaction.ts'
import { openInteraction } from './open-interaction.ts'
import { stepUpOf } from './step-up.ts'

const SCOPES = {
  'notes:read': { description: 'Read', access: 'read' },
  'notes:write': { description: 'Write', access: 'write', includes: ['notes:read'] },
  'notes:share': { description: 'Share', access: 'write' },
  plain: { description: 'Neither' },
} as const
const LOOPBACK = 'http://127.0.0.1:33418/cb'

let world: World
beforeEach(async () => {
  world = await makeWorld({ resource: { scopes: SCOPES } })
})
afterEach(() => world.close())

/** What a page asks, and the answers that its form takes. */
async function shown(id: string, scope: string, redirect_uri = CALLBACK) {
  const browser = 'b'.repeat(32)
  const cookie = `${cookieName(world.ctx, BROWSER)}=${browser}`
  const answer = await world.ask(id, { scope, resource: MCP, redirect_uri }, { cookie })
  const sealed = new URL(answer.headers.get('location') ?? '').searchParams.get('request') ?? ''
  const asked = await openInteraction(world.ctx, VISIT, browser, sealed)
  const { pending, scopes } = forPerson(world.ctx, asked, world.user)
  const more = await stepUpOf(world.ctx, asked, world.user)
  const form = sealForUser(world.ctx, browser, pending, world.user.id, {
    kept: more?.kept,
    shown: scopes,
    admits: asked.client,
  })
  return async (choice: Partial<Choice>) => {
    const opened = await openInteraction(world.ctx, VISIT, browser, form)
    const response = await approve(world.ctx, VISIT, opened, world.user, { ...NO_CHOICE, ...choice })
    return new URL(response.headers.get('location') ?? '').searchParams.get('code') ?? ''
  }
}

async function scopeOf(client_id: string, code: string, redirect_uri = CALLBACK): Promise<string> {
  const form = { grant_type: 'authorization_code', code, client_id, code_verifier: VERIFIER, redirect_uri }
  return ((await (await world.post('/token', form)).json()) as { scope: string }).scope
}

const CHOICES: readonly [string, string, string[], string][] = [
  ['what reads is ticked', 'notes:read notes:write', ['notes:read'], 'notes:read'],
  ['both are ticked', 'notes:read notes:write', ['notes:read', 'notes:write'], 'notes:read notes:write'],
  ['what writes alone is ticked', 'notes:read notes:share', ['notes:share'], 'notes:share'],
  ['more is ticked than was asked for', 'notes:read plain', ['notes:read', 'notes:share'], 'notes:read plain'],
  ['nothing is ticked beside what has no mark', 'plain notes:write', [], 'plain'],
  ['one thing is asked, and the button says it', 'notes:write', [], 'notes:write'],
  ['one thing is asked, and to stay connected', 'notes:write offline_access', [], 'notes:write offline_access'],
]
for (const [title, asked, ticked, granted] of CHOICES) {
  test(`where ${title}, that is granted and the token says so [doorward-narrowed]`, async () => {
    const { client_id } = await world.register()
    const answer = await shown(client_id, asked)
    assert.equal(await scopeOf(client_id, await answer({ ticked })), granted)
  })
}

test('a yes to nothing is none: no grant, no code [doorward-narrowed]', async () => {
  const { client_id } = await world.register()
  const answer = await shown(client_id, 'notes:read notes:write offline_access')
  await assert.rejects(answer({}), (error) => error instanceof OAuthError && error.reason === 'nothing_chosen')
  assert.equal(await scopeOf(client_id, await answer({ ticked: ['notes:read'] })), 'notes:read offline_access')
})

test('sent again with more ticks, the first answer stands [doorward-narrowed, q27]', async () => {
  const { client_id } = await world.register()
  const answer = await shown(client_id, 'notes:read notes:write')
  await answer({ ticked: ['notes:read'] })
  const code = await answer({ ticked: ['notes:read', 'notes:write'] })
  assert.equal(await scopeOf(client_id, code), 'notes:read')
})

test('what was left out is asked for later by itself, and comes beside what was given [doorward-narrowed, doorward-step-up-kept]', async () => {
  const { client_id } = await world.register()
  const first = await shown(client_id, 'notes:read notes:write')
  await scopeOf(client_id, await first({ ticked: ['notes:read'] }))
  const later = await shown(client_id, 'notes:write')
  const scope = await scopeOf(client_id, await later({}))
  assert.deepEqual(new Set(scope.split(' ')), new Set(['notes:read', 'notes:write']))
})

test('of a request for more, what was given before needs no tick [doorward-narrowed, doorward-step-up-kept]', async () => {
  const { client_id } = await world.register()
  const first = await shown(client_id, 'notes:read')
  await scopeOf(client_id, await first({}))
  const later = await shown(client_id, 'notes:read notes:write notes:share')
  await assert.rejects(later({}), (error) => error instanceof OAuthError && error.reason === 'nothing_chosen')
  const scope = await scopeOf(client_id, await later({ ticked: ['notes:share'] }))
  assert.deepEqual(new Set(scope.split(' ')), new Set(['notes:read', 'notes:share']))
})

test('what was given until a day is not kept beyond it by a request for something else [doorward-narrowed]', async () => {
  const { client_id } = await world.register()
  const first = await shown(client_id, 'notes:share')
  await scopeOf(client_id, await first({ days: 1 }))
  const second = await shown(client_id, 'notes:read')
  assert.equal(await scopeOf(client_id, await second({})), 'notes:read')
})

test('what groups leave a person is all there is to pick from: one thing needs no tick [doorward-narrowed]', async () => {
  await world.close()
  const groupRules = new Map([[MCP, [{ group: '*', scopes: ['notes:read'] }]]])
  world = await makeWorld({ resource: { scopes: SCOPES }, groupRules })
  const { client_id } = await world.register()
  const answer = await shown(client_id, 'notes:read notes:share')
  assert.equal(await scopeOf(client_id, await answer({ ticked: ['notes:share'] })), 'notes:read')
})

test('the end that a person chose is the end of the grant, and no use moves it', async () => {
  const { client_id } = await world.register()
  const answer = await shown(client_id, 'notes:read')
  const form = { grant_type: 'authorization_code', client_id, code_verifier: VERIFIER, redirect_uri: CALLBACK }
  const first = await world.post('/token', { ...form, code: await answer({ days: 7 }) })
  let { refresh_token } = (await first.json()) as { refresh_token: string }
  const refresh = () => world.post('/token', { grant_type: 'refresh_token', client_id, refresh_token })
  world.wait(6 * 86_400)
  const used = await refresh()
  assert.equal(used.status, 200)
  ;({ refresh_token } = (await used.json()) as { refresh_token: string })
  world.wait(86_400)
  assert.equal((await refresh()).status, 400)
})

test('an answer to carry is good for five minutes, once, and for whoever began alone [doorward-answer-by-hand]', async () => {
  const { client_id } = await world.register({ redirect_uris: [LOOPBACK] })
  const answer = await shown(client_id, 'notes:read', LOOPBACK)
  const code = await answer({ byHand: true })
  world.wait(240)
  const foreign = {
    grant_type: 'authorization_code',
    code,
    client_id,
    code_verifier: 'z'.repeat(64),
    redirect_uri: LOOPBACK,
  }
  assert.equal((await world.post('/token', foreign)).status, 400)
  assert.equal(await scopeOf(client_id, code, LOOPBACK), 'notes:read')
  assert.equal(await scopeOf(client_id, code, LOOPBACK), undefined)
})

const NEVER: readonly [string, string, 'allow' | 'refuse'][] = [
  ['to an https address', CALLBACK, 'allow'],
  ['under a policy that refuses it', LOOPBACK, 'refuse'],
]
for (const [title, redirect, answersByHand] of NEVER) {
  test(`an answer ${title} is shown to nobody, whatever a form says [doorward-answer-by-hand]`, async () => {
    await world.close()
    world = await makeWorld({ resource: { scopes: SCOPES }, policy: { answersByHand } })
    const { client_id } = await world.register({ redirect_uris: [redirect] })
    const answer = await shown(client_id, 'notes:read', redirect)
    await assert.rejects(
      answer({ byHand: true }),
      (error) => error instanceof OAuthError && error.reason === 'answer_not_by_hand',
    )
  })
}
