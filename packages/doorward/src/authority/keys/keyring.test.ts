import assert from 'node:assert/strict'
import { createSecretKey, randomBytes } from 'node:crypto'
import { afterEach, beforeEach, test } from 'node:test'
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose'
import { openStore } from '../../store/index.ts'
import type { Store } from '../../store/store.ts'
import { ISSUER, MCP, makeWorld, VERIFIER, VISIT, type World } from '../../testing/world.ts'
import { jwksEndpoint } from '../discovery.ts'
import { openKeyring } from './keyring.ts'
import type { KeySettings } from './schedule.ts'

const HOUR = 3600
const SETTINGS: KeySettings = { algorithm: 'ES256', rotateSeconds: 90 * 86_400, lingerSeconds: 2400 }

let world: World
let store: Store
beforeEach(async () => {
  world = await makeWorld()
  store = openStore(':memory:', () => 0)
})
afterEach(async () => {
  await store.close()
  await world.close()
})

const publishedBy = async (from: World) => (await (await from.send('GET', '/jwks')).json()) as JSONWebKeySet
async function tokenOf(from: World): Promise<string> {
  const { client_id } = await from.register()
  const form = {
    grant_type: 'authorization_code',
    code: await from.agree(client_id),
    code_verifier: VERIFIER,
    client_id,
  }
  return ((await (await from.post('/token', form)).json()) as { access_token: string }).access_token
}
const verify = async (from: World, token: string) =>
  jwtVerify(token, createLocalJWKSet(await publishedBy(from)), {
    issuer: ISSUER,
    audience: MCP,
    typ: 'at+jwt',
    currentDate: new Date(from.ctx.now() * 1000),
  })

for (const algorithm of ['ES256', 'EdDSA', 'RS256'] as const) {
  test(`tokens are signed with ${algorithm} where that is chosen, and jose verifies them by what is published [rfc9068-2.1-rs256]`, async () => {
    const own = await makeWorld({ keys: { algorithm } })
    const token = await tokenOf(own)
    assert.equal((await verify(own, token)).protectedHeader.alg, algorithm)
    assert.equal((await publishedBy(own)).keys[0]?.alg, algorithm)
    await own.close()
  })
}

test('a rotation while serving loses no token: each verifies by what is published, from its first second to its last [doorward-key-rotation]', async () => {
  const kids = new Set<string>()
  world.wait(90 * 86_400 - HOUR)
  for (let minute = 0; minute < 180; minute += 10) {
    await world.ctx.keyring.tend()
    const before = await publishedBy(world)
    const token = await tokenOf(world)
    kids.add(String(decodeProtectedHeader(token).kid))
    world.wait(599)
    await world.ctx.keyring.tend()
    await verify(world, token)
    await jwtVerify(token, createLocalJWKSet(before), { currentDate: new Date(world.ctx.now() * 1000) })
    world.wait(1)
  }
  assert.equal(kids.size, 2)
  assert.equal((await publishedBy(world)).keys.length, 1)
  assert.deepEqual(
    (await world.ctx.store.events.list({ limit: 500 }))
      .filter(({ type }) => type.startsWith('key.'))
      .map(({ reason }) => reason),
    ['due', 'due', 'retired'],
  )
})

test('who asks a process for its keys that may not have heard of the others is shown none that was removed [doorward-key-rotation]', async () => {
  const secret = createSecretKey(randomBytes(32))
  let isAway = false
  const list = async () => (isAway ? assert.fail('the database is away') : store.keys.list())
  const open = () =>
    openKeyring({ keys: { ...store.keys, list } }, secret, { now: () => 0, random: randomBytes }, SETTINGS)
  const [here, elsewhere] = [await open(), await open()]
  let isComplete = true
  const ctx = { ...world.ctx, keyring: here, news: { ...world.ctx.news, isComplete: () => isComplete } }
  const published = async () => {
    const response = await jwksEndpoint(ctx, new Request(`${ISSUER}/jwks`), VISIT)
    return ((await response.json()) as JSONWebKeySet).keys.map(({ kid }) => kid)
  }
  const old = here.signing.kid
  await elsewhere.rotate({ now: true, by: VISIT })
  assert.deepEqual(await published(), [old], 'nothing says that there is anything to be heard')
  isComplete = false
  isAway = true
  assert.deepEqual(await published(), [old], 'a database that is away keeps the keys from nobody')
  isAway = false
  assert.deepEqual(await published(), [elsewhere.signing.kid])
})

test('what another process did is taken up; two that are due at once make one key [doorward-key-rotation]', async () => {
  let now = 0
  const secret = createSecretKey(randomBytes(32))
  const open = () => openKeyring(store, secret, { now: () => now, random: randomBytes }, SETTINGS)
  const [one, other] = await Promise.all([open(), open()])
  assert.equal(one.signing.kid, other.signing.kid)
  now = 90 * 86_400
  await Promise.all([one.tend(), other.tend()])
  assert.equal((await store.keys.list()).length, 2)
  await Promise.all([one.tend(), other.tend()])
  now += HOUR
  await Promise.all([one.tend(), other.tend()])
  assert.equal(one.signing.kid, other.signing.kid)
  assert.deepEqual(one.jwks, other.jwks)
  const before = one.signing
  await one.tend()
  assert.equal(one.signing, before, 'nothing changed, nothing is opened again')
})

test('private keys lie sealed, and another secret does not open them [doorward-no-stored-secret]', async () => {
  await openKeyring(store, createSecretKey(randomBytes(32)), { now: () => 0, random: randomBytes }, SETTINGS)
  const [stored] = await store.keys.list()
  assert.doesNotMatch(JSON.stringify(stored), /PRIVATE|"d"/)
  await assert.rejects(
    openKeyring(store, createSecretKey(randomBytes(32)), { now: () => 0, random: randomBytes }, SETTINGS),
    /another server secret/,
  )
})

test('a look that began before a key was removed does not bring it back', async () => {
  const held = Promise.withResolvers<void>()
  let isHeld = false
  const slow = {
    keys: {
      ...store.keys,
      list: async () => {
        const found = await store.keys.list()
        if (isHeld) {
          isHeld = false
          await held.promise
        }
        return found
      },
    },
  }
  const clock = { now: () => 1_800_000_000, random: randomBytes }
  const keyring = await openKeyring(slow, createSecretKey(randomBytes(32)), clock, SETTINGS)
  const leaked = keyring.signing.kid
  isHeld = true
  const looking = keyring.look()
  const rotating = keyring.rotate({ now: true, by: {} })
  held.resolve()
  await Promise.all([looking, rotating])
  assert.notEqual(keyring.signing.kid, leaked)
  assert.equal(keyring.publicKey(leaked), undefined)
})

test('however often keys are asked for while the store is slow, they are read once more', async () => {
  let reads = 0
  let held = Promise.resolve()
  const slow = {
    keys: {
      ...store.keys,
      list: async () => {
        reads++
        await held
        return store.keys.list()
      },
    },
  }
  const clock = { now: () => 1_800_000_000, random: randomBytes }
  const keyring = await openKeyring(slow, createSecretKey(randomBytes(32)), clock, SETTINGS)
  reads = 0
  const { promise, resolve } = Promise.withResolvers<void>()
  held = promise
  const first = keyring.tend()
  await Promise.resolve()
  const rest = Array.from({ length: 50 }, () => keyring.tend())
  resolve()
  await Promise.all([first, ...rest])
  assert.ok(reads <= 2, `${reads} reads`)
})
