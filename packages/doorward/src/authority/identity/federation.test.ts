import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { afterEach, beforeEach, test } from 'node:test'
import { OAuthError } from '@doorward/core/oauth/error'
import { freePort } from '../../testing/free-port.ts'
import { makeWorld, VISIT, type World } from '../../testing/world.ts'
import { comeBack, leaveFor, underway } from './federation.ts'
import type { Provider } from './settings.ts'

const BROWSER = 'b'.repeat(32)
const FROM = { browser: 'Firefox, Linux', replaces: undefined }
const BACK = { ...VISIT, correlation: 'CAMEBACK00' }

let world: World
let provider: Provider
let other: Provider
beforeEach(async () => {
  provider = {
    id: 'github',
    name: 'GitHub',
    kind: 'github',
    // Nobody listens: whose state is good is told that, and nobody else.
    issuer: `http://localhost:${await freePort()}`,
    clientId: 'app',
    clientSecret: createSecretKey(Buffer.from('a secret')),
    authentication: 'client_secret_post',
    scopes: [],
    domains: [],
    newPeople: 'everybody',
  }
  other = { ...provider, id: 'other' }
  world = await makeWorld({ development: true, signIn: { providers: [provider, other] } })
})
afterEach(() => world.close())

async function leave(): Promise<URLSearchParams> {
  const url = await leaveFor(world.ctx, VISIT, provider, { browser: BROWSER, request: 'sealed' })
  return new URLSearchParams({ state: url.searchParams.get('state') ?? '', code: 'a code' })
}

async function reasonOf(attempt: Promise<unknown>): Promise<string> {
  const error = await attempt.catch((thrown: unknown) => thrown)
  return error instanceof OAuthError ? error.reason : JSON.stringify(error)
}

const arrive = (parameters: URLSearchParams, at = provider, browser: string | undefined = BROWSER) =>
  reasonOf(comeBack(world.ctx, BACK, at, parameters, browser, FROM))

const GOOD = 'provider_unreachable'
const STATES: readonly (readonly [string, () => Promise<string>, string])[] = [
  ['at once', async () => arrive(await leave()), GOOD],
  ['before ten minutes are over', async () => later(599), GOOD],
  ['after ten minutes', async () => later(601), 'sign_in_state'],
  ['of another provider', async () => arrive(await leave(), other), 'sign_in_state'],
  ['in another browser', async () => arrive(await leave(), provider, 'c'.repeat(32)), 'sign_in_state'],
  [
    'in a browser without a name',
    async () => reasonOf(comeBack(world.ctx, BACK, provider, await leave(), undefined, FROM)),
    'sign_in_state',
  ],
  ['that nobody made', async () => arrive(new URLSearchParams({ state: 'x', code: 'a code' })), 'sign_in_state'],
  ['without a state', async () => arrive(new URLSearchParams({ code: 'a code' })), 'sign_in_state'],
]
for (const [when, come, outcome] of STATES) {
  test(`an answer ${when} is ${outcome === GOOD ? 'taken' : 'refused'} [doorward-provider-state, mcp-2026-07-28-gw6]`, async () => {
    assert.equal(await come(), outcome)
  })
}

async function later(seconds: number): Promise<string> {
  const parameters = await leave()
  world.wait(seconds)
  return arrive(parameters)
}

test('of many answers at once with one state, one is taken [doorward-provider-state, mcp-2026-07-28-gw6]', async () => {
  const parameters = await leave()
  const outcomes = await Promise.all(Array.from({ length: 5 }, () => arrive(parameters)))
  assert.deepEqual(outcomes.sort(), [GOOD, ...Array<string>(4).fill('sign_in_state')])
})

test('a state is 256 random bits of which the database has a digest [mcp-2026-07-28-gw6]', async () => {
  const states = await Promise.all(Array.from({ length: 20 }, async () => (await leave()).get('state') ?? ''))
  assert.equal(new Set(states).size, 20)
  for (const state of states) {
    assert.equal(Buffer.from(state, 'base64url').length, 32)
    assert.equal(await world.ctx.store.journeys.look(state, world.ctx.now()), undefined)
  }
})

test('who comes back goes on in the story that they left in, and a look at it uses nothing up [doorward-trace]', async () => {
  const parameters = await leave()
  for (let look = 0; look < 2; look++) {
    assert.deepEqual(await underway(world.ctx, BACK, provider, parameters, BROWSER), {
      request: 'sealed',
      story: VISIT,
    })
  }
  for (const [at, browser] of [
    [other, BROWSER],
    [provider, 'c'.repeat(32)],
  ] as const) {
    assert.equal(await reasonOf(underway(world.ctx, BACK, at, parameters, browser)), 'sign_in_state')
  }
  assert.equal(await arrive(parameters), GOOD)
  assert.equal(await reasonOf(underway(world.ctx, BACK, provider, parameters, BROWSER)), 'sign_in_state')
})
