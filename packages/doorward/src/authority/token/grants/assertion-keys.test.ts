import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto'
import { afterEach, beforeEach, test } from 'node:test'
import { exportJWK, SignJWT } from 'jose'
import { makePublisher } from '../../../testing/publisher.ts'
import { ISSUER, MCP, makeWorld, type World } from '../../../testing/world.ts'
import { type AssertionIssuer, JWT_BEARER_GRANT } from '../assertion-issuer.ts'

interface Key {
  readonly kid: string
  readonly alg: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}
const made = (kid: string, alg = 'ES256', namedCurve = 'P-256'): Key => ({
  kid,
  alg,
  ...generateKeyPairSync('ec', { namedCurve }),
})
const [old, next, wide] = [made('old'), made('next'), made('wide', 'ES384', 'P-384')]
/** Of the kind and name of the first, and not published by anybody. */
const forged = made('old')
const FRESH_SECONDS = 300

let publisher: Awaited<ReturnType<typeof makePublisher>>
let world: World
let secret: string
async function open(changes: Partial<AssertionIssuer> = {}, policy = {}): Promise<void> {
  const keys = { jwksUri: `${publisher.origin}/keys` }
  const deploy = { name: 'deploy', claims: { sub: 'ci' }, resource: MCP, scopes: ['notes:read'] }
  const issuer = { issuer: publisher.origin, ...keys, people: {}, workloads: [deploy], ...changes }
  world = await makeWorld({ development: true, assertionIssuers: [issuer], policy })
  secret = (await world.operatorsClient({ redirect_uris: ['https://c.example/cb'] })).client_secret
}
beforeEach(async () => {
  publisher = await makePublisher()
  await publishKeys(old)
  await open()
})
afterEach(async () => {
  publisher.close()
  await world.close()
})

async function publishKeys(...keys: Key[]): Promise<void> {
  const jwks = await Promise.all(
    keys.map(async ({ kid, alg, publicKey }) => ({ ...(await exportJWK(publicKey)), kid, alg })),
  )
  publisher.publish('/keys', { body: { keys: jwks }, headers: { 'cache-control': `max-age=${FRESH_SECONDS}` } })
}

function signed(key: Key, kind: 'person' | 'program'): Promise<string> {
  const now = world.ctx.now()
  const claims = { iss: publisher.origin, aud: ISSUER, jti: randomUUID(), iat: now, exp: now + 60 }
  const more =
    kind === 'person' ? { sub: 'ada', client_id: 'dwo_robot', resource: MCP, scope: 'notes:read' } : { sub: 'ci' }
  const typ = kind === 'person' ? 'oauth-id-jag+jwt' : 'JWT'
  return new SignJWT({ ...claims, ...more })
    .setProtectedHeader({ alg: key.alg, kid: key.kid, typ })
    .sign(key.privateKey)
}

/** `200`, or the status and the reason. */
async function ask(key: Key, kind: 'person' | 'program' = 'person'): Promise<string> {
  return present(await signed(key, kind), kind)
}
async function present(assertion: string, kind: 'person' | 'program'): Promise<string> {
  const client: Record<string, string> = kind === 'person' ? { client_id: 'dwo_robot', client_secret: secret } : {}
  const { status } = await world.post('/token', { grant_type: JWT_BEARER_GRANT, assertion, ...client })
  return status === 200 ? '200' : `${status} ${world.events.at(-1)?.reason}`
}

for (const kind of ['person', 'program'] as const) {
  test(`the keys of an issuer are fetched for what it says of a ${kind}, once for as long as they are fresh [rfc7523-3.1-grant]`, async () => {
    for (let i = 0; i < 3; i++) assert.equal(await ask(old, kind), '200')
    assert.deepEqual(publisher.asked, ['/keys'])
    world.wait(FRESH_SECONDS)
    assert.equal(await ask(old, kind), '200')
    assert.deepEqual(publisher.asked, ['/keys', '/keys'])
  })

  test(`where an issuer that speaks of a ${kind} has a new key, what it signs is taken at once, and what the old one signs no longer when it is gone [rfc7523-3.1-grant]`, async () => {
    assert.equal(await ask(old, kind), '200')
    assert.equal(await ask(next, kind), '400 grant_assertion_signature')
    await publishKeys(old, next)
    world.wait(30)
    assert.deepEqual([await ask(next, kind), await ask(old, kind)], ['200', '200'])
    await publishKeys(next)
    world.wait(FRESH_SECONDS)
    assert.deepEqual([await ask(next, kind), await ask(old, kind)], ['200', '400 grant_assertion_signature'])
    assert.equal(await ask(forged, kind), '400 grant_assertion_signature')
  })

  test(`while the keys for a ${kind} cannot be had, known ones serve until they end; then the answer is to come again, and nothing is used up [rfc7523-3.1-grant]`, async () => {
    assert.equal(await ask(old, kind), '200')
    publisher.publish('/keys', { status: 503 })
    world.wait(FRESH_SECONDS - 1)
    assert.equal(await ask(old, kind), '200')
    world.wait(1)
    const same = await signed(old, kind)
    assert.equal(await present(same, kind), '503 grant_assertion_keys_unavailable')
    await publishKeys(old)
    world.wait(30)
    assert.deepEqual([await present(same, kind), await present(same, kind)], ['200', '400 grant_assertion_replayed'])
  })
}

const UNREADABLE: readonly (readonly [string, Parameters<typeof publisher.publish>[1]])[] = [
  ['are not there', { status: 404 }],
  ['are somewhere else', { status: 302, headers: { location: '/other' } }],
  ['are no JSON', { body: 'keys' }],
  ['are no key set', { body: { keys: 'none' } }],
  ['are too many to be read', { body: { keys: [], padding: 'x'.repeat(70_000) } }],
]
for (const [what, published] of UNREADABLE) {
  test(`an issuer whose keys ${what} brings nobody in: grant_assertion_keys_unavailable`, async () => {
    publisher.publish('/keys', published)
    publisher.publish('/other', { body: { keys: [] } })
    for (const kind of ['person', 'program'] as const) {
      assert.equal(await ask(old, kind), '503 grant_assertion_keys_unavailable')
      world.wait(30)
    }
    assert.equal(publisher.asked.includes('/other'), false)
    assert.equal((await world.ctx.store.grants.list()).length, 0)
  })
}

test('keys of a kind that is not known here are passed over, one that should not be published is not [rfc7523-3.1-grant]', async () => {
  const jwk = { ...(await exportJWK(old.publicKey)), kid: old.kid }
  const strange = Array.from({ length: 30 }, (_, i) => ({ kty: 'AKP', alg: 'ML-DSA-44', kid: `pq${i}`, pub: 'AAAA' }))
  const headers = { 'cache-control': `max-age=${FRESH_SECONDS}` }
  publisher.publish('/keys', { body: { keys: [...strange, jwk] }, headers })
  assert.equal(await ask(old), '200')
  for (const leaked of [
    { kty: 'oct', k: 'AAAA' },
    { kty: 'AKP', priv: 'AAAA' },
  ]) {
    world.wait(FRESH_SECONDS)
    publisher.publish('/keys', { body: { keys: [leaked, jwk] }, headers })
    assert.equal(await ask(old), '503 grant_assertion_keys_unavailable')
  }
})

test('of an issuer that was given algorithms, no other counts, whatever keys it publishes [rfc7523-3.1-grant]', async () => {
  await publishKeys(old, wide)
  assert.deepEqual([await ask(old), await ask(wide)], ['200', '200'])
  for (const [algorithms, narrow, broad] of [
    [['ES384'], '400 grant_assertion_algorithm', '200'],
    [['ES256'], '200', '400 grant_assertion_algorithm'],
  ] as const) {
    await world.close()
    await open({ algorithms })
    for (const kind of ['person', 'program'] as const)
      assert.deepEqual([await ask(old, kind), await ask(wide, kind)], [narrow, broad])
  }
})

test('where signatures are strict, an issuer that was given no algorithms has those of the profile [doorward-fapi2]', async () => {
  await publishKeys(old, wide)
  await world.close()
  await open({}, { signatures: 'strict' })
  assert.deepEqual([await ask(old), await ask(wide)], ['200', '400 grant_assertion_algorithm'])
})
