import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto'
import { afterEach, beforeEach, test } from 'node:test'
import { exportJWK, exportSPKI, SignJWT } from 'jose'
import type { Store } from '../../store/store.ts'
import { makePublisher } from '../../testing/publisher.ts'
import { CALLBACK, ISSUER, MCP, makeWorld, VERIFIER, type World } from '../../testing/world.ts'
import { JWT_BEARER } from './client-assertion.ts'

const MARK = 'from-a-stranger'
const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const own = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const SIGNER = 'dwo_signer'

let world: World
let publisher: Awaited<ReturnType<typeof makePublisher>>
/** What the store was asked, as text. */
let asked: string[]
beforeEach(async () => {
  world = await makeWorld({ development: true })
  publisher = await makePublisher()
  publisher.publish('/keys', { body: { keys: [{ ...(await exportJWK(own.publicKey)), kid: 'k1', alg: 'ES256' }] } })
  publisher.publish('/evil', {
    body: { keys: [{ ...(await exportJWK(stranger.publicKey)), kid: 'k1', alg: 'ES256' }] },
  })
  asked = []
  Object.assign(world.ctx, { store: listening(world.ctx.store, asked) })
  const keys = { token_endpoint_auth_method: 'private_key_jwt', jwks_uri: `${publisher.origin}/keys` }
  await put(SIGNER, keys)
  await put('dwo_console', { token_endpoint_auth_method: 'none', scope: '' })
})
afterEach(async () => {
  publisher.close()
  await world.close()
})

/** The real store, with an ear at its door. */
function listening<T extends object>(real: T, heard: string[]): T {
  return new Proxy(real, {
    get: (target, name) => {
      const value = Reflect.get(target, name) as unknown
      if (typeof value === 'object' && value !== null) return listening(value, heard)
      if (typeof value !== 'function') return value
      return (...given: unknown[]) => {
        heard.push(JSON.stringify([name, ...given]))
        return (value as (...given: unknown[]) => unknown).apply(target, given)
      }
    },
  })
}

function put(id: string, metadata: object): ReturnType<Store['clients']['put']> {
  const described = { redirect_uris: [CALLBACK], ...metadata }
  return world.ctx.store.clients.put({
    id,
    assurance: 'operator',
    metadata: described,
    createdAt: 0,
    secretsNotBefore: 0,
  })
}

interface Shape {
  readonly header: Record<string, unknown>
  readonly claims: Record<string, unknown>
  readonly publicKey: KeyObject
}
type Forgery = readonly [string, (good: Shape) => string | Promise<string>]

const encoded = (text: string) => Buffer.from(text).toString('base64url')
const raw = (header: unknown, claims: unknown, signature = 'AA') =>
  `${encoded(JSON.stringify(header))}.${encoded(JSON.stringify(claims))}.${signature}`
const signed = ({ header, claims }: Pick<Shape, 'header' | 'claims'>) =>
  new SignJWT(claims).setProtectedHeader(header as { alg: string }).sign(stranger.privateKey)
const hmac = ({ header, claims }: Shape, secret: string) =>
  new SignJWT(claims).setProtectedHeader({ ...header, alg: 'HS256' }).sign(new TextEncoder().encode(secret))
const withHeader =
  (make: () => Record<string, unknown>) =>
  ({ header, claims }: Shape) =>
    signed({ header: { ...header, ...make() }, claims })

/** What a stranger can make of the looks of a good token, without its key. */
const FORGERIES: readonly Forgery[] = [
  ['alg none', ({ header, claims }) => raw({ ...header, alg: 'none' }, claims, '')],
  ['alg nOnE and a signature', ({ header, claims }) => raw({ ...header, alg: 'nOnE' }, claims)],
  ['HS256 with the public key in PEM', async (good) => hmac(good, await exportSPKI(good.publicKey as never))],
  ['HS256 with the public JWK', async (good) => hmac(good, JSON.stringify(await exportJWK(good.publicKey)))],
  ['a signature of zeros (r = s = 0)', ({ header, claims }) => raw(header, claims, encoded('\0'.repeat(64)))],
  ['the key of a stranger', (good) => signed(good)],
  ['a kid that is a path', withHeader(() => ({ kid: `../../${MARK}` }))],
  ['a kid that is SQL', withHeader(() => ({ kid: `' OR '${MARK}' LIKE '%` }))],
  ['a kid that is an address', withHeader(() => ({ kid: `${publisher.origin}/evil?${MARK}` }))],
  ['a kid of three thousand characters', withHeader(() => ({ kid: MARK.repeat(200) }))],
  ['a kid that is no string', ({ header, claims }) => raw({ ...header, kid: { [MARK]: 1 } }, claims)],
  ['a kid of every object', withHeader(() => ({ kid: '__proto__' }))],
  ['its own keys as jku', withHeader(() => ({ jku: `${publisher.origin}/evil?${MARK}` }))],
  ['its own certificate as x5u', withHeader(() => ({ x5u: `${publisher.origin}/evil?${MARK}` }))],
  ['an unknown extension', ({ header, claims }) => raw({ ...header, crit: [MARK], [MARK]: 1 }, claims)],
  [
    'kid twice',
    ({ header, claims }) =>
      `${encoded(`{"kid":"${MARK}",${JSON.stringify(header).slice(1)}`)}.${encoded(JSON.stringify(claims))}.AA`,
  ],
  ['a header that is a list', ({ claims }) => raw([MARK], claims)],
  ['three dots', () => `...${MARK}`],
]

/** Nothing that only a forged header says comes as far as the database, and no address in it is visited. */
function assertUnsteered(): void {
  assert.deepEqual(
    asked.filter((call) => call.includes(MARK)),
    [],
  )
  assert.deepEqual(
    publisher.asked.filter((path) => path.startsWith('/evil')),
    [],
  )
}

async function accessToken(resource: string): Promise<{ token: string; grantId: string; shape: Shape }> {
  const code = await world.agree('dwo_console', { resource })
  const form = { grant_type: 'authorization_code', code, code_verifier: VERIFIER, client_id: 'dwo_console' }
  const { access_token: token } = (await (await world.post('/token', form)).json()) as { access_token: string }
  const [header, claims] = token
    .split('.')
    .slice(0, 2)
    .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as unknown)
  const kid = world.ctx.keyring.signing.kid
  const publicKey = world.ctx.keyring.publicKey(kid) as KeyObject
  const shape = { header, claims, publicKey } as unknown as Shape
  return { token, grantId: String(shape.claims.grant_id), shape }
}

/** What the server of the resource is told of a token, once it has said who it is. */
async function introspected(token: string): Promise<{ active?: boolean }> {
  const now = world.ctx.now()
  const claims = { iss: SIGNER, sub: SIGNER, aud: ISSUER, exp: now + 60, iat: now, jti: randomUUID() }
  const signer = new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: 'k1' })
  const client = { client_assertion: await signer.sign(own.privateKey), client_assertion_type: JWT_BEARER }
  return (await (await world.post('/introspect', { token, ...client })).json()) as { active?: boolean }
}

for (const [title, forge] of FORGERIES) {
  test(`an access token with ${title} ends no grant and steers nothing at the revocation endpoint`, async () => {
    const { grantId, shape } = await accessToken(MCP)
    asked.length = 0
    const forged = await forge(shape)
    const response = await world.post('/revoke', { token: forged, client_id: 'dwo_console' })
    assert.equal(response.status, 200)
    assert.equal((await world.ctx.store.grants.find(grantId))?.revokedAt, undefined)
    assertUnsteered()
  })

  test(`an access token with ${title} is not active, and steers nothing at the introspection endpoint [rfc7662-2.2-inactive]`, async () => {
    Object.assign(world.ctx.resources[0] ?? {}, { servers: [SIGNER] })
    const { token, shape } = await accessToken(MCP)
    asked.length = 0
    assert.deepEqual(await introspected(await forge(shape)), { active: false })
    assertUnsteered()
    assert.equal((await introspected(token)).active, true, 'what is good is, for the same caller')
  })

  test(`an access token with ${title} opens nothing of the administration [doorward-admin-default-deny]`, async () => {
    const { shape } = await accessToken(`${ISSUER}/admin/api`)
    asked.length = 0
    const authorization = `Bearer ${await forge(shape)}`
    const response = await world.send('GET', '/admin/api/clients', { headers: { authorization } })
    assert.equal(response.status, 401)
    assert.deepEqual(asked, [], 'the store is asked nothing on behalf of a token that is not ours')
    assertUnsteered()
  })

  test(`a client assertion with ${title} is refused, spends no jti and fetches nothing but the registered keys [rfc7523-3]`, async () => {
    const now = world.ctx.now()
    const claims = { iss: SIGNER, sub: SIGNER, aud: ISSUER, exp: now + 60, iat: now, jti: 'j' }
    const good: Shape = { header: { alg: 'ES256', kid: 'k1' }, claims, publicKey: own.publicKey }
    const form = { grant_type: 'refresh_token', refresh_token: 'x', client_assertion_type: JWT_BEARER }
    for (let i = 0; i < 3; i++) {
      const response = await world.post('/token', { ...form, client_assertion: await forge(good) })
      const { error } = (await response.json()) as { error: string }
      assert.ok(error === 'invalid_client' || error === 'invalid_request', error)
    }
    assert.deepEqual(
      asked.filter((call) => call.startsWith('["claim"')),
      [],
    )
    assert.ok(publisher.asked.length <= 1, publisher.asked.join(' '))
    assert.ok(publisher.asked.every((path) => path === '/keys'))
    assertUnsteered()
    // What is good still is: the refusals before remembered nothing.
    const { privateKey } = own
    const client_assertion = await new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: 'k1' }).sign(privateKey)
    const response = await world.post('/token', { ...form, client_assertion })
    assert.equal(((await response.json()) as { error: string }).error, 'invalid_grant')
  })

  test(`a DPoP proof with ${title} is refused, spends no jti and fetches nothing [rfc9449-4.3]`, async () => {
    const claims = { jti: 'j', htm: 'POST', htu: `${ISSUER}/token`, iat: world.ctx.now() }
    const jwk = await exportJWK(own.publicKey)
    const shape: Shape = { header: { typ: 'dpop+jwt', alg: 'ES256', jwk }, claims, publicKey: own.publicKey }
    const form = { grant_type: 'refresh_token', refresh_token: 'x', client_id: 'dwo_console' }
    const response = await world.post('/token', form, { dpop: await forge(shape) })
    assert.equal(response.status, 400)
    assert.equal(((await response.json()) as { error: string }).error, 'invalid_dpop_proof')
    assert.deepEqual(
      asked.filter((call) => call.startsWith('["claim"')),
      [],
    )
    assert.deepEqual(publisher.asked, [])
    assertUnsteered()
  })
}

test('one kind of JWT is never taken for another, whoever signed it', async () => {
  const { token } = await accessToken(MCP)
  const now = world.ctx.now()
  const form = { grant_type: 'refresh_token', refresh_token: 'x' }
  const assertion = { ...form, client_assertion_type: JWT_BEARER }
  const jwk = await exportJWK(own.publicKey)
  const proof = await new SignJWT({ jti: 'j', htm: 'POST', htu: `${ISSUER}/token`, iat: now, sub: SIGNER })
    .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', kid: 'k1', jwk })
    .sign(own.privateKey)
  const errors = [
    await world.post('/token', { ...assertion, client_assertion: token }),
    await world.post('/token', { ...assertion, client_assertion: proof }),
    await world.post('/token', { ...form, client_id: 'dwo_console' }, { dpop: token }),
    await world.send('GET', '/admin/api/clients', { headers: { authorization: `Bearer ${proof}` } }),
  ].map(async (response) => ((await response.json()) as { error: string }).error)
  assert.deepEqual(await Promise.all(errors), [
    'invalid_client',
    'invalid_client',
    'invalid_dpop_proof',
    'invalid_token',
  ])
})
