import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AHEAD_SECONDS } from '../authority/keys/schedule.ts'
import { CALLBACK, makeWorld, VERIFIER } from '../testing/world.ts'
import type { HouseSettings } from './compose.ts'
import { keySettings } from './key-settings.ts'

const DAY = 86_400
const HOUSE: HouseSettings = {
  issuer: 'https://door.example',
  database: ':memory:',
  secret: new Uint8Array(32),
  resources: [],
}

const SETTINGS: readonly (readonly [string, Partial<HouseSettings>, ReturnType<typeof keySettings>])[] = [
  ['nothing', {}, { algorithm: 'ES256', rotateSeconds: 90 * DAY, lingerSeconds: 2400 }],
  [
    'another algorithm and rhythm',
    { signingKeys: { algorithm: 'EdDSA', rotateDays: 7 } },
    { algorithm: 'EdDSA', rotateSeconds: 7 * DAY, lingerSeconds: 2400 },
  ],
  [
    'tokens that live for two hours',
    { lifetimes: { accessToken: 7200 } },
    { algorithm: 'ES256', rotateSeconds: 90 * DAY, lingerSeconds: 7800 },
  ],
  [
    'bound tokens that live for three',
    { lifetimes: { accessToken: 7200, boundAccessToken: 10_800 } },
    { algorithm: 'ES256', rotateSeconds: 90 * DAY, lingerSeconds: 11_400 },
  ],
]
for (const [what, changes, settings] of SETTINGS) {
  test(`a server that is told ${what} keeps its keys accordingly [doorward-key-rotation]`, () => {
    assert.deepEqual(keySettings({ ...HOUSE, ...changes }), settings)
  })
}

test('a key signs for as many days as configured, and is published until its last token has ended everywhere [doorward-key-rotation]', async () => {
  const house: HouseSettings = { ...HOUSE, signingKeys: { rotateDays: 2 }, lifetimes: { accessToken: 7200 } }
  const world = await makeWorld({ keys: keySettings(house), lifetimes: house.lifetimes ?? {} })
  const { keyring } = world.ctx
  const first = keyring.signing.kid
  const published = async () => {
    await keyring.tend()
    return keyring.jwks.keys.map(({ kid }) => kid)
  }
  world.wait(2 * DAY - AHEAD_SECONDS - 1)
  assert.deepEqual(await published(), [first])
  world.wait(1)
  assert.equal((await published()).length, 2)
  world.wait(AHEAD_SECONDS - 1)
  await published()
  assert.equal(keyring.signing.kid, first)
  const { client_id } = await world.register({ redirect_uris: [CALLBACK] })
  const code = await world.agree(client_id)
  const form = { grant_type: 'authorization_code', code, code_verifier: VERIFIER, client_id }
  const { expires_in } = (await (await world.post('/token', form)).json()) as { expires_in: number }
  assert.equal(expires_in, 7200)
  world.wait(1)
  await published()
  assert.notEqual(keyring.signing.kid, first)
  // Ten minutes longer than the token, by whichever clock.
  world.wait(expires_in + 599)
  assert.equal((await published()).includes(first), true)
  world.wait(1)
  assert.equal((await published()).includes(first), false)
  await world.close()
})
