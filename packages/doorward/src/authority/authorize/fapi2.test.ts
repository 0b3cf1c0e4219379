import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { afterEach, beforeEach, test } from 'node:test'
import { calculateJwkThumbprint, decodeJwt, exportJWK, SignJWT } from 'jose'
import { CALLBACK, CHALLENGE, ISSUER, MCP, makeWorld, VERIFIER, VISIT, type World } from '../../testing/world.ts'
import { BROWSER, cookieName } from '../cookies.ts'
import { fapi2 } from '../registration/policies/fapi2.ts'
import { deriveClientSecret } from '../token/client-secret.ts'
import { approve, sealForUser } from './interaction.ts'
import { openInteraction } from './open-interaction.ts'

let world: World
let clientId: string
beforeEach(() => withFapi2())
afterEach(() => world.close())

const REQUEST = {
  response_type: 'code',
  redirect_uri: CALLBACK,
  state: 'pushed state',
  code_challenge: CHALLENGE,
  code_challenge_method: 'S256',
}
type Form = Record<string, string | undefined>
type Answer = { status: number; body: { request_uri: string; expires_in: number; error?: string } }
const given = (form: Form) => Object.entries(form).filter((pair): pair is [string, string] => pair[1] !== undefined)

async function push(changes: Form = {}, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await world.post('/par', given({ client_id: clientId, ...REQUEST, ...changes }), headers)
  return { status: response.status, body: (await response.json()) as Answer['body'] }
}
const come = (form: Form, headers: Record<string, string> = {}) =>
  world.send('GET', `/authorize?${new URLSearchParams(given({ client_id: clientId, ...form }))}`, { headers })
const why = () => world.events.at(-1)?.reason

/** A person, in a browser of their own, agrees to what a browser brings. */
async function agree(request_uri: string, user = world.user, browser = 'b'.repeat(32)): Promise<URL> {
  const answer = await come({ request_uri }, { cookie: `${cookieName(world.ctx, BROWSER)}=${browser}` })
  const sealed = new URL(answer.headers.get('location') ?? '').searchParams.get('request') ?? ''
  const shown = await openInteraction(world.ctx, VISIT, browser, sealed)
  const answered = await openInteraction(
    world.ctx,
    VISIT,
    browser,
    sealForUser(world.ctx, browser, shown.pending, user.id, { admits: shown.client }),
  )
  const redirect = await approve(world.ctx, VISIT, answered, user)
  return new URL(redirect.headers.get('location') ?? '')
}
const redeem = (code: string | null, extra: Record<string, string> = {}, headers: Record<string, string> = {}) =>
  world.post(
    '/token',
    { client_id: clientId, grant_type: 'authorization_code', code: code ?? '', code_verifier: VERIFIER, ...extra },
    headers,
  )

let serial = 0
type Pair = { privateKey: KeyObject; publicKey: KeyObject }
const own: Pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const wide: Pair = generateKeyPairSync('ec', { namedCurve: 'P-384' })
const thief: Pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const rsa: Pair = generateKeyPairSync('rsa', { modulusLength: 2048 })
const kids = new Map([
  [own, 'own'],
  [wide, 'wide'],
  [rsa, 'rsa'],
])
async function proof(path: string, pair = own, alg = 'ES256', more: object = {}): Promise<{ dpop: string }> {
  const claims = { jti: `j${++serial}`, htm: 'POST', htu: `${ISSUER}${path}`, iat: world.ctx.now(), ...more }
  const header = { typ: 'dpop+jwt', alg, jwk: await exportJWK(pair.publicKey) }
  return { dpop: await new SignJWT(claims).setProtectedHeader(header).sign(pair.privateKey) }
}

const TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
async function assertion(claims: object = {}, pair = own, alg = 'ES256'): Promise<Record<string, string>> {
  const now = world.ctx.now()
  const all = { iss: clientId, sub: clientId, aud: ISSUER, jti: `a${++serial}`, exp: now + 60, ...claims }
  const client_assertion = await new SignJWT(all)
    .setProtectedHeader({ alg, kid: kids.get(pair) ?? 'other' })
    .sign(pair.privateKey)
  return { client_assertion, client_assertion_type: TYPE }
}
/** An assertion that says of itself that nobody signed it. */
async function unsigned(): Promise<Record<string, string>> {
  const { client_assertion = '' } = await assertion()
  const header = Buffer.from('{"alg":"none"}').toString('base64url')
  return { client_assertion: `${header}.${client_assertion.split('.')[1]}.`, client_assertion_type: TYPE }
}

/** The request of this client as it signs it (RFC 9101), pushed. */
async function pushSigned(claims: object): Promise<Answer> {
  const now = world.ctx.now()
  const all = { ...REQUEST, client_id: clientId, iss: clientId, aud: ISSUER, nbf: now, exp: now + 60, ...claims }
  const request = await new SignJWT(all)
    .setProtectedHeader({ alg: 'ES256', kid: 'own', typ: 'oauth-authz-req+jwt' })
    .sign(own.privateKey)
  const form = { client_id: clientId, request, ...(await assertion()) }
  const response = await world.post('/par', form)
  return { status: response.status, body: (await response.json()) as Answer['body'] }
}

/** A client that the operator registered, with three keys, where the preset `fapi2` is on. */
async function withFapi2(redirects: readonly string[] = []): Promise<void> {
  world = await makeWorld({ policy: fapi2, lifetimes: { refreshRepeat: fapi2.refreshRepeatSeconds } })
  clientId = 'dwo_bank'
  await world.ctx.store.clients.put({
    id: clientId,
    assurance: 'operator',
    metadata: {
      redirect_uris: [CALLBACK, ...redirects],
      token_endpoint_auth_method: 'private_key_jwt',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      scope: 'notes:read',
      jwks: {
        keys: await Promise.all(
          [...kids].map(async ([{ publicKey }, kid]) => ({ ...(await exportJWK(publicKey)), kid })),
        ),
      },
    },
    createdAt: world.ctx.now(),
    secretsNotBefore: 0,
  })
}

test('under fapi2 the whole way: pushed, signed, bound, and the refresh token stays what it is [doorward-fapi2]', async () => {
  const { status, body } = await push(await assertion())
  assert.equal(status, 201)
  const back = await agree(body.request_uri)
  const answer = await redeem(back.searchParams.get('code'), await assertion(), await proof('/token'))
  const tokens = (await answer.json()) as { access_token: string; refresh_token: string }
  const jkt = await calculateJwkThumbprint(await exportJWK(own.publicKey))
  assert.deepEqual(decodeJwt(tokens.access_token).cnf, { jkt })
  for (const _ of [1, 2]) {
    const form = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token, client_id: clientId }
    const again = await world.post('/token', { ...form, ...(await assertion()) }, await proof('/token'))
    assert.equal(((await again.json()) as typeof tokens).refresh_token, tokens.refresh_token)
  }
  assert.equal((await world.ctx.store.grants.list())[0]?.generation, 1)
})

const coded = async () => (await agree((await push(await assertion())).body.request_uri)).searchParams.get('code')

test('under fapi2 assertions, signed requests and proofs of ten seconds from now are taken: clocks differ [doorward-fapi2]', async () => {
  const soon = { iat: world.ctx.now() + 10, nbf: world.ctx.now() + 10 }
  assert.equal((await push(await assertion(soon))).status, 201)
  assert.equal((await pushSigned(soon)).status, 201)
  assert.equal((await push(await assertion(), await proof('/par', own, 'ES256', soon))).status, 201)
})

test('under fapi2 a client changes its key at a refresh, for which it proves itself, and the new token is bound to that one [doorward-fapi2]', async () => {
  const answer = await redeem(await coded(), await assertion(), await proof('/token'))
  const { refresh_token } = (await answer.json()) as { refresh_token: string }
  const next: Pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const form = { grant_type: 'refresh_token', refresh_token, client_id: clientId }
  const again = await world.post('/token', { ...form, ...(await assertion()) }, await proof('/token', next))
  const { access_token } = (await again.json()) as { access_token: string }
  assert.deepEqual(decodeJwt(access_token).cnf, { jkt: await calculateJwkThumbprint(await exportJWK(next.publicKey)) })
})

test('under fapi2 the answer goes back by 303, with iss, for a code that lives a minute [doorward-fapi2]', async () => {
  const { body } = await push(await assertion())
  assert.ok(body.expires_in < 600)
  assert.equal((await come({ request_uri: body.request_uri })).status, 303)
  assert.equal((await agree(body.request_uri)).searchParams.get('iss'), ISSUER)
})

test('fapi2 refuses a code twice, and what came of it ends [doorward-fapi2]', async () => {
  const code = await coded()
  for (const status of [200, 400])
    assert.equal((await redeem(code, await assertion(), await proof('/token'))).status, status)
  assert.equal((await world.ctx.store.grants.list())[0]?.revokedReason, 'code_reused')
})

const VIOLATIONS: readonly (readonly [string, () => Promise<unknown>, string])[] = [
  ['a request that was not pushed', () => come(REQUEST), 'pushed_request_missing'],
  [
    'a push without redirect_uri',
    async () => push({ redirect_uri: undefined, ...(await assertion()) }),
    'parameter_missing',
  ],
  ['a client that proves nothing', () => push(), 'client_authentication_method'],
  [
    'an assertion for the token endpoint',
    async () => push(await assertion({ aud: `${ISSUER}/token` })),
    'assertion_for_somebody_else',
  ],
  [
    'an assertion for the pushing endpoint',
    async () => push(await assertion({ aud: `${ISSUER}/par` })),
    'assertion_for_somebody_else',
  ],
  [
    'an assertion for two servers',
    async () => push(await assertion({ aud: [ISSUER, MCP] })),
    'assertion_for_somebody_else',
  ],
  [
    'an assertion for a list, also where the issuer alone is in it',
    async () => push(await assertion({ aud: [ISSUER] })),
    'assertion_for_somebody_else',
  ],
  ['an assertion that nobody signed', async () => push(await unsigned()), 'assertion_malformed'],
  ['an assertion signed with RS256', async () => push(await assertion({}, rsa, 'RS256')), 'assertion_malformed'],
  ['an assertion signed with ES384', async () => push(await assertion({}, wide, 'ES384')), 'assertion_malformed'],
  [
    'a proof signed with ES384',
    async () => push(await assertion(), await proof('/par', wide, 'ES384')),
    'dpop_algorithm',
  ],
  [
    'a token without a key',
    async () =>
      redeem(
        (await agree((await push(await assertion())).body.request_uri)).searchParams.get('code'),
        await assertion(),
      ),
    'sender_constraint_missing',
  ],
  [
    'the registration of a public client',
    () => world.register({ token_endpoint_auth_method: 'none' }),
    'metadata_auth_method',
  ],
  [
    'the registration of a client with a secret',
    () => world.register({ token_endpoint_auth_method: 'client_secret_basic' }),
    'metadata_auth_method',
  ],
  // RFC 6749 §4.3 and §4.2 are not there at all (FAPI 2.0 §5.3.2.1, §5.3.2.2).
  [
    'a password',
    async () => world.post('/token', { grant_type: 'password', username: 'a', password: 'b', ...(await assertion()) }),
    'grant_type_unknown',
  ],
  ['a token in the front', async () => push({ response_type: 'token', ...(await assertion()) }), 'response_type'],
  ['no PKCE', async () => push({ code_challenge: undefined, ...(await assertion()) }), 'pkce_missing'],
  ['PKCE by plain', async () => push({ code_challenge_method: 'plain', ...(await assertion()) }), 'pkce_method'],
  [
    'an assertion of a minute from now',
    async () => push(await assertion({ nbf: world.ctx.now() + 61 })),
    'assertion_from_the_future',
  ],
  [
    'an assertion that was issued more than a minute from now',
    async () => push(await assertion({ iat: world.ctx.now() + 61 })),
    'assertion_from_the_future',
  ],
  [
    'a signed request of more than a minute from now',
    () => pushSigned({ nbf: world.ctx.now() + 61, exp: world.ctx.now() + 90 }),
    'request_object_from_the_future',
  ],
  [
    'a signed request that was issued more than a minute from now',
    () => pushSigned({ iat: world.ctx.now() + 61 }),
    'request_object_from_the_future',
  ],
  [
    'a proof at the push that was issued more than a minute from now',
    async () => push(await assertion(), await proof('/par', own, 'ES256', { iat: world.ctx.now() + 61 })),
    'dpop_time',
  ],
  [
    'a proof for a token that was issued more than a minute from now',
    async () =>
      redeem(await coded(), await assertion(), await proof('/token', own, 'ES256', { iat: world.ctx.now() + 61 })),
    'dpop_time',
  ],
  [
    'the registration of a redirect without TLS',
    async () =>
      world.register({
        redirect_uris: ['http://bank.example/cb'],
        token_endpoint_auth_method: 'private_key_jwt',
        jwks: { keys: [await exportJWK(own.publicKey)] },
      }),
    'redirect_uri_http',
  ],
  [
    'a redirect without TLS, also where it stands in what was registered',
    async () => {
      await world.close()
      await withFapi2(['http://bank.example/cb'])
      await push({ redirect_uri: 'http://bank.example/cb', ...(await assertion()) })
    },
    'redirect_uri_http',
  ],
  [
    'an assertion that is used twice',
    async () => {
      const same = await assertion()
      await push(same)
      await push(same)
    },
    'assertion_replayed',
  ],
  [
    'a request_uri after ten minutes',
    async () => {
      const { body } = await push(await assertion())
      world.wait(600)
      await come({ request_uri: body.request_uri })
    },
    'pushed_expired',
  ],
  [
    'a request_uri of another client',
    async () => {
      const { body } = await push(await assertion())
      await come({ request_uri: body.request_uri, client_id: 'dwo_other' })
    },
    'pushed_by_another',
  ],
  [
    'a code after a minute',
    async () => {
      const code = await coded()
      world.wait(60)
      await redeem(code, await assertion(), await proof('/token'))
    },
    'code_expired',
  ],
  // FAPI 2.0 §5.3.2.1(12): authorization codes are bound to the key of the client, whether it names it or proves it.
  [
    'a code with another key than that of the push',
    async () => {
      const { body } = await push(await assertion(), await proof('/par'))
      const code = (await agree(body.request_uri)).searchParams.get('code')
      await redeem(code, await assertion(), await proof('/token', thief))
    },
    'sender_key_differs',
  ],
  [
    'a code with another key than the push named',
    async () => {
      const dpop_jkt = await calculateJwkThumbprint(await exportJWK(own.publicKey))
      const { body } = await push({ dpop_jkt, ...(await assertion()) })
      const code = (await agree(body.request_uri)).searchParams.get('code')
      await redeem(code, await assertion(), await proof('/token', thief))
    },
    'sender_key_differs',
  ],
  [
    'a code with another key than the one of its push',
    async () => {
      const pushed = await push(await assertion(), await proof('/par'))
      const back = await agree(pushed.body.request_uri)
      const other: Pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      await redeem(back.searchParams.get('code'), await assertion(), await proof('/token', other))
    },
    'sender_key_differs',
  ],
  [
    'a refresh that another key signs for the client',
    async () => {
      const answer = await redeem(await coded(), await assertion(), await proof('/token'))
      const { refresh_token } = (await answer.json()) as { refresh_token: string }
      const other: Pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      const form = { grant_type: 'refresh_token', refresh_token, client_id: clientId }
      await world.post('/token', { ...form, ...(await assertion({}, other)) }, await proof('/token'))
    },
    'assertion_not_signed_by_client',
  ],
  [
    'a refresh without a key',
    async () => {
      const answer = await redeem(await coded(), await assertion(), await proof('/token'))
      const { refresh_token } = (await answer.json()) as { refresh_token: string }
      await world.post('/token', {
        grant_type: 'refresh_token',
        refresh_token,
        client_id: clientId,
        ...(await assertion()),
      })
    },
    'sender_constraint_missing',
  ],
]
for (const [what, violate, reason] of VIOLATIONS) {
  test(`fapi2 refuses ${what} [doorward-fapi2]`, async () => {
    await violate()
    assert.equal(why(), reason)
  })
}

/** They were registered before the preset was set: nobody could register like that now. */
const OF_BEFORE: readonly (readonly [string, (id: string, secret: string) => [Form, Record<string, string>]])[] = [
  [
    'client_secret_basic',
    (id, secret) => [{ client_id: undefined }, { authorization: `Basic ${btoa(`${id}:${secret}`)}` }],
  ],
  ['client_secret_post', (client_id, client_secret) => [{ client_id, client_secret }, {}]],
  ['none', (client_id) => [{ client_id }, {}]],
]
for (const [method, present] of OF_BEFORE) {
  test(`fapi2 refuses a client of before by ${method}, at the push, for a token and for what is left of one [doorward-fapi2]`, async () => {
    const id = `dwo_${method}`
    const metadata = { redirect_uris: [CALLBACK], token_endpoint_auth_method: method, scope: 'notes:read' }
    const client = { id, metadata, createdAt: world.ctx.now(), secretsNotBefore: 0 }
    await world.ctx.store.clients.put({ ...client, assurance: 'operator' })
    const issued = { clientId: id, nonce: Buffer.alloc(12), issuedAt: world.ctx.now(), expiresAt: 0 }
    const [form, headers] = present(id, deriveClientSecret(world.ctx.keys.clientSecret, issued))
    const attempts: readonly (readonly [string, Form])[] = [
      ['/par', REQUEST],
      ['/token', { grant_type: 'authorization_code', code: 'x', code_verifier: VERIFIER }],
      ['/token', { grant_type: 'refresh_token', refresh_token: 'x' }],
      ['/revoke', { token: 'x' }],
    ]
    for (const [path, asked] of attempts) {
      const answer = await world.post(path, given({ ...asked, ...form }), headers)
      assert.deepEqual([answer.status, why()], [401, 'policy_client_authentication'], path)
    }
  })
}

test('under fapi2 metadata offers what the profile allows, and no more [doorward-fapi2]', async () => {
  const metadata = (await (await world.send('GET', '/.well-known/oauth-authorization-server')).json()) as Record<
    string,
    unknown
  >
  const good = ['ES256', 'EdDSA', 'Ed25519', 'PS256']
  assert.deepEqual(metadata.token_endpoint_auth_methods_supported, ['private_key_jwt'])
  assert.deepEqual([...(metadata.token_endpoint_auth_signing_alg_values_supported as string[])].sort(), good.sort())
  assert.deepEqual([...(metadata.dpop_signing_alg_values_supported as string[])].sort(), good)
})
