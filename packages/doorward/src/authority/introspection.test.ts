import assert from 'node:assert/strict'
import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { afterEach, beforeEach, test } from 'node:test'
import { createLocalJWKSet, decodeJwt, exportJWK, type JSONWebKeySet, jwtVerify, SignJWT } from 'jose'
import { CALLBACK, ISSUER, MCP, makeWorld, VERIFIER, type World } from '../testing/world.ts'

let world: World
let app: { client_id: string; client_secret: string }
let server: { client_id: string; client_secret: string }
beforeEach(async () => {
  world = await makeWorld({ resource: { servers: ['dwo_notes'] }, second: true })
  app = await world.operatorsClient({ redirect_uris: [CALLBACK] }, 'dwo_app')
  server = await world.operatorsClient({ grant_types: ['client_credentials'], redirect_uris: undefined }, 'dwo_notes')
})
afterEach(() => world.close())

type Tokens = { access_token: string; refresh_token: string }
async function tokens(headers = {}, resource = MCP): Promise<Tokens> {
  const code = await world.agree('dwo_app', { resource })
  const form = { grant_type: 'authorization_code', code, code_verifier: VERIFIER, ...app }
  return (await (await world.post('/token', form, headers)).json()) as Tokens
}
async function look(token: string, caller: Record<string, string>): Promise<Record<string, unknown>> {
  const response = await world.post('/introspect', { token, ...caller })
  assert.deepEqual([response.status, response.headers.get('cache-control')], [200, 'no-store'])
  return (await response.json()) as Record<string, unknown>
}
const INACTIVE = { active: false }
const why = () => world.events.at(-1)?.reason

test('the client of a token and the server that it is for are told what it is [rfc7662-2.2-active]', async () => {
  const { access_token } = await tokens()
  const { iat = 0, exp, jti } = decodeJwt(access_token)
  for (const caller of [app, server]) {
    assert.deepEqual(await look(access_token, caller), {
      active: true,
      token_type: 'Bearer',
      iss: ISSUER,
      sub: world.user.id,
      aud: MCP,
      client_id: 'dwo_app',
      scope: 'notes:read',
      exp,
      iat,
      jti,
    })
  }
})

test('a refresh token is told of to its own client alone, and only while it is the one in force [rfc7662-2.2-active, rfc7662-4-caller]', async () => {
  const first = await tokens()
  const found = await look(first.refresh_token, app)
  assert.deepEqual(
    [found.active, found.sub, found.scope, found.client_id],
    [true, world.user.id, 'notes:read', 'dwo_app'],
  )
  assert.deepEqual(await look(first.refresh_token, server), INACTIVE)
  await world.post('/token', { grant_type: 'refresh_token', refresh_token: first.refresh_token, ...app })
  assert.deepEqual(await look(first.refresh_token, app), INACTIVE)
})

test('a token that is bound to a key is told with its key [rfc9449-6.2]', async () => {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const dpop = await new SignJWT({ htm: 'POST', htu: `${ISSUER}/token`, jti: randomUUID(), iat: world.ctx.now() })
    .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk: await exportJWK(pair.publicKey) })
    .sign(pair.privateKey)
  const { access_token } = await tokens({ dpop })
  const { token_type, cnf } = await look(access_token, server)
  assert.deepEqual([token_type, cnf], ['DPoP', decodeJwt(access_token).cnf])
})

type Make = (found: Tokens) => string | Promise<string>
const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const OTHERS: readonly (readonly [string, Make])[] = [
  ['nonsense [rfc7662-2.2-inactive]', () => 'x'],
  [
    'a JWT that somebody else signed [rfc7662-4-checks]',
    async ({ access_token }) => forged(access_token, { alg: 'ES256', typ: 'at+jwt' }),
  ],
  [
    'a JWT under our kid that somebody else signed [rfc7662-4-checks]',
    async ({ access_token }) =>
      forged(access_token, { alg: 'ES256', typ: 'at+jwt', kid: world.ctx.keyring.signing.kid }),
  ],
  [
    'a token without a signature [rfc7662-4-checks]',
    ({ access_token }) => `${access_token.split('.').slice(0, 2).join('.')}.`,
  ],
  ['a token for another server [rfc7662-4-caller]', async () => (await tokens({}, `${ISSUER}/other`)).access_token],
  [
    'a token that has ended [rfc7662-4-checks]',
    async ({ access_token }) => {
      world.wait(601)
      return access_token
    },
  ],
  [
    'a token that was taken back [rfc7662-4-checks]',
    async ({ access_token }) => {
      await world.post('/revoke', { token: access_token, ...app })
      return access_token
    },
  ],
  [
    'a token of a person who is gone [rfc7662-4-checks]',
    async ({ access_token }) => {
      await world.ctx.store.users.disable(world.user.id, world.ctx.now())
      return access_token
    },
  ],
  [
    'a token of a client that is blocked [rfc7662-4-checks]',
    async ({ access_token }) => {
      await world.ctx.store.clients.block('dwo_app', world.ctx.now())
      return access_token
    },
  ],
]
function forged(access_token: string, header: { alg: string; typ: string; kid?: string }): Promise<string> {
  return new SignJWT(decodeJwt(access_token)).setProtectedHeader(header).sign(stranger.privateKey)
}
for (const [title, make] of OTHERS) {
  test(`of ${title} nothing is told but that it is not active`, async () => {
    const token = await make(await tokens())
    assert.deepEqual(await look(token, server), INACTIVE)
  })
}

test('another client, of the operator too, is told nothing of a token [rfc7662-4-caller]', async () => {
  const other = await world.operatorsClient({ redirect_uris: [CALLBACK] }, 'dwo_other')
  const { access_token, refresh_token } = await tokens()
  for (const token of [access_token, refresh_token]) assert.deepEqual(await look(token, other), INACTIVE)
})

const CALLERS: readonly (readonly [
  string,
  () => Promise<Record<string, string>> | Record<string, string>,
  number,
  string,
])[] = [
  ['nobody', () => ({}), 401, 'client_missing'],
  ['a wrong secret', () => ({ ...server, client_secret: 'dws_x' }), 401, 'client_secret_wrong'],
  [
    'a client that is only named',
    async () => ({ client_id: (await world.register()).client_id }),
    401,
    'introspection_unproven',
  ],
  [
    'a secret that anybody gets',
    async () => {
      const { client_id, client_secret } = await world.register({ token_endpoint_auth_method: 'client_secret_post' })
      return { client_id, client_secret }
    },
    401,
    'introspection_unproven',
  ],
]
for (const [title, make, status, reason] of CALLERS) {
  test(`to ${title} the endpoint tells nothing of any token [rfc7662-2.1-authorized, doorward-proven]`, async () => {
    const { access_token } = await tokens()
    const response = await world.post('/introspect', { token: access_token, ...(await make()) })
    assert.deepEqual([response.status, why()], [status, reason])
    assert.equal((await response.text()).includes('active'), false)
  })
}

test('who says who it is and cannot show it is named in the event, also in a header', async () => {
  const authorization = `Basic ${Buffer.from('dwo_notes:wrong').toString('base64')}`
  await world.operatorsClient(
    { token_endpoint_auth_method: 'client_secret_basic', redirect_uris: [CALLBACK] },
    'dwo_basic',
  )
  for (const path of ['/introspect', '/token', '/par']) {
    const basic = `Basic ${Buffer.from('dwo_basic:wrong').toString('base64')}`
    await world.post(path, { token: 'x', grant_type: 'client_credentials' }, { authorization: basic })
    assert.deepEqual([why(), world.events.at(-1)?.client], ['client_secret_wrong', 'dwo_basic'], path)
  }
  await world.post('/introspect', { token: 'x' }, { authorization })
  assert.equal(world.events.at(-1)?.client, 'dwo_notes')
})

test('a request without a token is refused, and other pages cannot ask', async () => {
  assert.equal((await world.post('/introspect', server)).status, 400)
  assert.equal((await world.send('GET', '/introspect')).status, 405)
  assert.equal((await world.send('OPTIONS', '/introspect')).headers.get('access-control-allow-origin'), null)
})

test('who asks for a signed answer has one, for itself alone, that no one takes for an access token [rfc9701-4-accept, rfc9701-5-claims, rfc9701-5-inactive, rfc9701-8.1-no-token]', async () => {
  const keys = createLocalJWKSet((await (await world.send('GET', '/jwks')).json()) as JSONWebKeySet)
  const { access_token } = await tokens()
  const signed = async (token: string) => {
    const accept = 'application/token-introspection+jwt'
    const response = await world.post(
      '/introspect',
      { token, ...server },
      { accept: `${accept}, application/json;q=0.5` },
    )
    assert.equal(response.headers.get('content-type'), accept)
    return response.text()
  }
  const options = { issuer: ISSUER, audience: 'dwo_notes', currentDate: new Date(world.ctx.now() * 1000) }
  const { payload } = await jwtVerify(await signed(access_token), keys, { ...options, typ: 'token-introspection+jwt' })
  assert.deepEqual(payload.token_introspection, await look(access_token, server))
  assert.deepEqual([payload.iat, payload.sub, payload.exp], [world.ctx.now(), undefined, undefined])
  const inactive = decodeJwt(await signed('x'))
  assert.deepEqual(inactive.token_introspection, INACTIVE)
  // Sent as a token, it is none.
  assert.deepEqual(await look(await signed(access_token), server), INACTIVE)
})

test('the metadata says where, how and with what it is signed [rfc9701-7]', async () => {
  const metadata = (await (await world.send('GET', '/.well-known/oauth-authorization-server')).json()) as Record<
    string,
    unknown
  >
  assert.equal(metadata.introspection_endpoint, `${ISSUER}/introspect`)
  assert.equal((metadata.introspection_endpoint_auth_methods_supported as string[]).includes('none'), false)
  assert.deepEqual(metadata.introspection_signing_alg_values_supported, ['ES256'])
})
