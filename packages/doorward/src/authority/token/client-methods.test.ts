import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { exportJWK, SignJWT } from 'jose'
import { StoreUnavailable } from '../../store/unavailable.ts'
import { CALLBACK, ISSUER, makeWorld, VISIT, type World } from '../../testing/world.ts'
import { JWT_BEARER, judgeAssertion } from './client-assertion.ts'
import { deriveClientSecret } from './client-secret.ts'

const METHODS = ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'] as const
type Method = (typeof METHODS)[number]
interface Key {
  readonly alg: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}
const narrow: Key = { alg: 'ES256', ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) }
const wide: Key = { alg: 'ES384', ...generateKeyPairSync('ec', { namedCurve: 'P-384' }) }

let world: World
before(async () => {
  world = await makeWorld()
  for (const method of METHODS) await put(`dwo_${method}`, { token_endpoint_auth_method: method })
})
after(() => world.close())

/** Each has keys, and a secret that is good: what it registered alone decides by which it may come. */
async function put(id: string, more: Record<string, unknown>): Promise<string> {
  const keys = [narrow, wide].map(async ({ alg, publicKey }) => ({ ...(await exportJWK(publicKey)), kid: alg }))
  const metadata = { redirect_uris: [CALLBACK], scope: 'notes:read', jwks: { keys: await Promise.all(keys) }, ...more }
  const client = { id, metadata, createdAt: world.ctx.now(), secretsNotBefore: 0 }
  await world.ctx.store.clients.put({ ...client, assurance: 'operator' })
  return id
}
const secretOf = (clientId: string) =>
  deriveClientSecret(world.ctx.keys.clientSecret, {
    clientId,
    nonce: new Uint8Array(12),
    issuedAt: world.ctx.now(),
    expiresAt: 0,
  })

type Form = Record<string, string>
type Presented = { form: Form; headers?: Form }
const basic = (id: string, form: Form = {}) => ({
  form,
  headers: { authorization: `Basic ${btoa(`${id}:${secretOf(id)}`)}` },
})
const post = (id: string): Presented => ({ form: { client_id: id, client_secret: secretOf(id) } })
async function signed(id: string, key = narrow): Promise<Form> {
  const claims = { iss: id, sub: id, aud: ISSUER, jti: randomUUID(), exp: world.ctx.now() + 60 }
  const client_assertion = await new SignJWT(claims)
    .setProtectedHeader({ alg: key.alg, kid: key.alg })
    .sign(key.privateKey)
  return { client_assertion, client_assertion_type: JWT_BEARER }
}

/** `200`, or the status, the code and the reason. */
async function knock(path: string, { form, headers = {} }: Presented): Promise<string> {
  const response = await world.post(path, { token: 'x', ...form }, headers)
  if (response.status === 200) return '200'
  const { error } = (await response.json()) as { error: string }
  return `${response.status} ${error} ${world.events.at(-1)?.reason}`
}

const OTHER = '401 invalid_client client_authentication_method'
const TWICE = '400 invalid_request client_authentication_twice'
/** What is presented, and by which method a client has to be registered for it; or what everybody hears. */
const WAYS: readonly (readonly [string, Method | string, (id: string) => Promise<Presented>])[] = [
  ['its name alone', 'none', async (id) => ({ form: { client_id: id } })],
  ['a secret in the header', 'client_secret_basic', async (id) => basic(id)],
  ['a secret in the header, and its name again', 'client_secret_basic', async (id) => basic(id, { client_id: id })],
  ['a secret in the body', 'client_secret_post', async (id) => post(id)],
  ['an assertion', 'private_key_jwt', async (id) => ({ form: await signed(id) })],
  ['an assertion, and its name', 'private_key_jwt', async (id) => ({ form: { ...(await signed(id)), client_id: id } })],
  ['a secret twice', TWICE, async (id) => basic(id, post(id).form)],
  [
    'an assertion and a secret in the body',
    TWICE,
    async (id) => ({ form: { ...(await signed(id)), ...post(id).form } }),
  ],
  ['an assertion and a secret in the header', TWICE, async (id) => basic(id, await signed(id))],
  [
    'an assertion that is none, and a good secret',
    '400 invalid_request assertion_malformed',
    async (id) => ({ form: { ...post(id).form, client_assertion: 'x', client_assertion_type: JWT_BEARER } }),
  ],
  [
    'a secret in the header, and another name in the body',
    '400 invalid_request client_id_twice',
    async (id) => basic(id, { client_id: 'dwo_other' }),
  ],
  [
    'an assertion, and another name beside it',
    '400 invalid_request client_id_twice',
    async (id) => ({ form: { ...(await signed(id)), client_id: 'dwo_other' } }),
  ],
  [
    'an assertion of no type',
    '400 invalid_request assertion_type',
    async (id) => ({ form: { client_assertion: (await signed(id)).client_assertion ?? '', client_id: id } }),
  ],
  [
    'an assertion of another type',
    '400 invalid_request assertion_type',
    async (id) => ({
      form: {
        ...(await signed(id)),
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer',
      },
    }),
  ],
]
for (const [what, takes, present] of WAYS) {
  test(`who presents ${what} is let in by the one method it registered, or refused [rfc6749-2.3-one-method]`, async () => {
    for (const method of METHODS) {
      const expected = takes === method ? '200' : takes.includes(' ') ? takes : OTHER
      assert.equal(await knock('/revoke', await present(`dwo_${method}`)), expected, `registered for ${method}`)
    }
  })
}

test('each endpoint that clients come to asks for the same of them [rfc6749-2.3-one-method]', async () => {
  const id = 'dwo_private_key_jwt'
  for (const path of ['/token', '/par', '/device_authorization', '/introspect', '/revoke']) {
    assert.equal(await knock(path, { form: { ...(await signed(id)), ...post(id).form, grant_type: 'x' } }), TWICE, path)
    assert.equal(await knock(path, { form: { ...post(id).form, grant_type: 'x' } }), OTHER, path)
  }
})

test('a client that said what it signs with is held to it, and one that did not may use each of its keys [rfc7523-3]', async () => {
  const by = 'private_key_jwt'
  const ways = [
    [await put('dwo_any', { token_endpoint_auth_method: by }), '200', '200'],
    [await put('dwo_narrow', { token_endpoint_auth_method: by, token_endpoint_auth_signing_alg: 'ES256' }), '200', ''],
    [await put('dwo_wide', { token_endpoint_auth_method: by, token_endpoint_auth_signing_alg: 'ES384' }), '', '200'],
  ] as const
  for (const [id, withNarrow, withWide] of ways) {
    const refused = '401 invalid_client assertion_malformed'
    assert.equal(await knock('/revoke', { form: await signed(id, narrow) }), withNarrow || refused, id)
    assert.equal(await knock('/revoke', { form: await signed(id, wide) }), withWide || refused, id)
  }
})

test('where the database is away while an assertion is used up, that is what is said, and nothing of keys [doorward-honest-outage]', async () => {
  const { client_assertion = '' } = await signed('dwo_private_key_jwt')
  const client = (await world.ctx.store.clients.find('dwo_private_key_jwt')) ?? assert.fail()
  const away = new StoreUnavailable('the database is away')
  const claims = { ...world.ctx.store.claims, claim: () => Promise.reject(away) }
  const ctx = { ...world.ctx, store: { ...world.ctx.store, claims } }
  await assert.rejects(judgeAssertion(ctx, VISIT, client, client_assertion), away)
  assert.equal(await judgeAssertion(world.ctx, VISIT, client, client_assertion), 'good')
})
