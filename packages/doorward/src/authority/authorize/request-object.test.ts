import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { afterEach, beforeEach, test } from 'node:test'
import { CompactEncrypt, CompactSign, calculateJwkThumbprint, exportJWK } from 'jose'
import { makePublisher } from '../../testing/publisher.ts'
import { CALLBACK, CHALLENGE, ISSUER, MCP, makeWorld, VERIFIER, VISIT, type World } from '../../testing/world.ts'
import { BROWSER, cookieName } from '../cookies.ts'
import type { Rule } from '../registration/policies/policy.ts'
import { openInteraction } from './open-interaction.ts'

const own = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const wide = generateKeyPairSync('ec', { namedCurve: 'P-384' })
const thief = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const CLIENT = 'dwo_signer'
const TYP = 'oauth-authz-req+jwt'

let world: World
beforeEach(async () => {
  world = await makeWorld()
  await world.ctx.store.clients.put(await signer())
})
afterEach(() => world.close())

async function signer(metadata: Record<string, unknown> = {}, id = CLIENT) {
  const jwk = async (key: KeyObject, kid: string) => ({ ...(await exportJWK(key)), kid })
  const keys = [await jwk(own.publicKey, 'own'), await jwk(wide.publicKey, 'wide')]
  return {
    id,
    assurance: 'operator',
    metadata: { redirect_uris: [CALLBACK], token_endpoint_auth_method: 'none', jwks: { keys }, ...metadata },
    createdAt: 0,
    secretsNotBefore: 0,
  } as const
}

type Claims = Record<string, unknown>
const claims = (changes: Claims = {}): Claims => ({
  iss: CLIENT,
  aud: ISSUER,
  nbf: world.ctx.now(),
  exp: world.ctx.now() + 60,
  client_id: CLIENT,
  response_type: 'code',
  redirect_uri: CALLBACK,
  state: 'signed state',
  code_challenge: CHALLENGE,
  code_challenge_method: 'S256',
  ...changes,
})

type Signing = { header?: Record<string, unknown>; key?: KeyObject; text?: (json: string) => string }
function sign(changes: Claims = {}, { header = {}, key = own.privateKey, text = (json) => json }: Signing = {}) {
  return new CompactSign(Buffer.from(text(JSON.stringify(claims(changes)))))
    .setProtectedHeader({ alg: 'ES256', typ: TYP, kid: 'own', ...header })
    .sign(key)
}

const cookie = () => ({ cookie: `${cookieName(world.ctx, BROWSER)}=${'b'.repeat(32)}` })
const come = (form: Record<string, string>) =>
  world.send('GET', `/authorize?${new URLSearchParams({ client_id: CLIENT, ...form })}`, { headers: cookie() })
const push = async (form: Record<string, string>) => world.post('/par', { client_id: CLIENT, ...form })
const why = () => world.events.at(-1)?.reason
const errorOf = async (answer: Response) => ((await answer.json()) as { error?: string; code?: string }).error
const pendingOf = async (answer: Response) => {
  const sealed = new URL(answer.headers.get('location') ?? '').searchParams.get('request') ?? ''
  const { pending } = await openInteraction(world.ctx, VISIT, 'b'.repeat(32), sealed)
  assert.ok(pending.device === undefined)
  return pending
}

test('only what a client signed counts, and nothing of what stands beside it [rfc9101-6.3-only, rfc9101-5, rfc9101-4-string, doorward-signed-requests]', async () => {
  const beside = {
    redirect_uri: 'https://evil.example/',
    state: 'other',
    scope: 'notes:write',
    resource: 'x',
    prompt: 'none',
  }
  const pending = await pendingOf(
    await come({ ...beside, request: await sign({ resource: [MCP], jti: 'one', iat: 1 }) }),
  )
  assert.deepEqual([pending.redirectUri, pending.state, pending.scope], [CALLBACK, 'signed state', 'notes:read'])
  await come({ response_type: 'code', request: await sign({ response_type: undefined }) })
  assert.equal(why(), 'parameter_missing')
})

test('a signed request that is pushed comes back as it was signed, and leads to a token [rfc9126-3]', async () => {
  const answer = await push({ request: await sign(), scope: 'notes:write', redirect_uri: 'https://evil.example/' })
  assert.equal(answer.status, 201)
  const { request_uri } = (await answer.json()) as { request_uri: string }
  const pending = await pendingOf(await come({ request_uri, scope: 'notes:write' }))
  assert.deepEqual([pending.redirectUri, pending.state, pending.scope], [CALLBACK, 'signed state', 'notes:read'])
  const code = await world.agree(CLIENT, { request: await sign(), redirect_uri: undefined, state: undefined })
  const form = { client_id: CLIENT, grant_type: 'authorization_code', code, code_verifier: VERIFIER }
  assert.equal((await world.post('/token', form)).status, 200)
})

test('a key that a client signed for and a proof at the push have to agree; one named beside counts for nothing [rfc9449-10.1]', async () => {
  const jwk = await exportJWK(own.publicKey)
  const pushWithProof = async (jti: string, form: Record<string, string>) => {
    const claims = { jti, htm: 'POST', htu: `${ISSUER}/par`, iat: world.ctx.now() }
    const dpop = await new CompactSign(Buffer.from(JSON.stringify(claims)))
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk })
      .sign(own.privateKey)
    return (await world.post('/par', { client_id: CLIENT, ...form }, { dpop })).status
  }
  const [same, other] = [await calculateJwkThumbprint(jwk), 'x'.repeat(43)]
  assert.equal(await pushWithProof('1', { request: await sign({ dpop_jkt: other }), dpop_jkt: same }), 400)
  assert.equal(why(), 'pushed_dpop_jkt')
  assert.equal(await pushWithProof('2', { request: await sign({ dpop_jkt: same }), dpop_jkt: other }), 201)
})

test('an audience may be one of several, a type may be written out, and half a minute of difference is forgiven', async () => {
  const [now, header] = [world.ctx.now(), { typ: `application/${TYP}` }]
  const good = [
    sign({ aud: ['https://other.example', ISSUER] }, { header }),
    sign({ nbf: now + 20 }),
    sign({ nbf: now - 3600, exp: now }),
  ]
  for (const request of await Promise.all(good)) assert.equal((await come({ request })).status, 303)
})

const REFUSED: readonly (readonly [string, () => Promise<string>, string])[] = [
  ['is signed by somebody else [rfc9101-6.2]', () => sign({}, { key: thief.privateKey }), 'request_object_signature'],
  ['names a key that the client has not got', () => sign({}, { header: { kid: 'x' } }), 'request_object_signature'],
  ['is not signed [rfc9101-6.2, rfc9101-10.1-none]', async () => unsigned(), 'request_object_algorithm'],
  ['was changed on the way', async () => changed(await sign()), 'request_object_signature'],
  ['is encrypted', () => encrypted(), 'request_object_encrypted'],
  ['is no JWT', async () => 'x.y.z', 'request_object_type'],
  ['has no type [rfc9101-10.8-typ]', () => sign({}, { header: { typ: undefined } }), 'request_object_type'],
  ['has the type of any JWT [rfc9101-10.8-typ]', () => sign({}, { header: { typ: 'JWT' } }), 'request_object_type'],
  ['demands an extension that nobody knows', async () => withCritical(), 'request_object_malformed'],
  ['has the client as its subject [rfc9101-10.8-sub]', () => sign({ sub: CLIENT }), 'request_object_subject'],
  ['is issued by nobody [rfc9101-4-iss]', () => sign({ iss: undefined }), 'request_object_claim'],
  ['is issued by another [rfc9101-4-iss]', () => sign({ iss: 'dwo_other' }), 'request_object_claim'],
  ['is for nobody [rfc9101-4-aud]', () => sign({ aud: undefined }), 'request_object_claim'],
  ['is for another server [rfc9101-4-aud]', () => sign({ aud: 'https://other.example' }), 'request_object_claim'],
  ['is for the endpoint instead of the issuer', () => sign({ aud: `${ISSUER}/authorize` }), 'request_object_claim'],
  ['names no client [rfc9101-5]', () => sign({ client_id: undefined }), 'request_object_client_id'],
  [
    'names another client [rfc9101-5, rfc9101-6.3-client]',
    () => sign({ client_id: 'dwo_x' }),
    'request_object_client_id',
  ],
  ['never ends', () => sign({ exp: undefined }), 'request_object_claim'],
  ['has ended', () => sign({ exp: world.ctx.now() - 31 }), 'request_object_expired'],
  ['has no beginning', () => sign({ nbf: undefined }), 'request_object_claim'],
  ['begins later', () => sign({ nbf: world.ctx.now() + 31 }), 'request_object_from_the_future'],
  ['was made later', () => sign({ iat: world.ctx.now() + 61 }), 'request_object_from_the_future'],
  ['says its end in words', () => sign({ exp: 'tomorrow' }), 'request_object_claim'],
  ['is older than an hour', () => sign({ nbf: world.ctx.now() - 3631 }), 'request_object_too_old'],
  ['lives longer than an hour', () => sign({ exp: world.ctx.now() + 3601 }), 'request_object_too_long_lived'],
  ['holds another one [rfc9101-4-nested]', async () => sign({ request: await sign() }), 'request_object_nested'],
  ['holds a request_uri [rfc9101-4-nested]', () => sign({ request_uri: 'urn:x' }), 'request_object_nested'],
  ['holds an empty request_uri [rfc9101-4-nested]', () => sign({ request_uri: '' }), 'request_object_nested'],
  ['has a number for a string', () => sign({ state: 5 }), 'request_object_member'],
  ['has null for a string', () => sign({ scope: null }), 'request_object_member'],
  ['has an object for a string', () => sign({ redirect_uri: { a: 1 } }), 'request_object_member'],
  ['has a list for a string', () => sign({ redirect_uri: [CALLBACK] }), 'request_object_member'],
  ['has a number among its resources', () => sign({ resource: [MCP, 5] }), 'request_object_member'],
  ['has details that are no list', () => sign({ authorization_details: { a: 1 } }), 'request_object_member'],
  [
    'says its destination twice',
    () => sign({}, { text: (json) => json.replace('{', '{"redirect_uri":"https://evil.example/",') }),
    'request_object_member_twice',
  ],
  [
    'is nested too deep',
    () => sign({ authorization_details: JSON.parse(`${'['.repeat(9)}${']'.repeat(9)}`) }),
    'request_object_too_deep',
  ],
  ['is a list', () => sign({}, { text: () => '[]' }), 'request_object_malformed'],
]
for (const [what, make, reason] of REFUSED) {
  test(`a request object that ${what} is refused, at the push and to the person alone [rfc9101-6.3-error]`, async () => {
    const request = await make()
    const shown = await come({ request })
    assert.deepEqual([shown.status, shown.headers.get('location'), why()], [400, null, reason])
    assert.equal(((await shown.json()) as { code: string }).code, 'invalid_request_object')
    const pushed = await push({ request })
    assert.deepEqual([pushed.status, await errorOf(pushed), why()], [400, 'invalid_request_object', reason])
  })
}

test('a request object that is too large is not looked at', async () => {
  await come({ request: await sign({ state: 'x'.repeat(8192) }) })
  assert.equal(why(), 'parameter_too_long')
})

test('request and request_uri exclude each other, and no foreign request_uri is fetched [rfc9101-5-both]', async () => {
  await come({ request: await sign(), request_uri: 'https://client.example/request' })
  assert.equal(why(), 'request_object_twice')
  await push({ request: await sign(), request_uri: 'https://client.example/request' })
  assert.equal(why(), 'pushed_request_uri')
})

test('neither of what a client signs is good for the other: who is asking, and what is asked [rfc9101-10.8-sub, rfc9101-10.8-typ, doorward-signed-requests]', async () => {
  const id = 'dwo_both'
  await world.ctx.store.clients.put(await signer({ token_endpoint_auth_method: 'private_key_jwt' }, id))
  const all = { iss: id, sub: id, client_id: id, jti: 'j' }
  const assertion = (header: Record<string, unknown>) => sign(all, { header })
  const authenticate = (client_assertion: string) =>
    world.post('/par', {
      ...(claims({ client_id: id }) as Record<string, string>),
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion,
    })
  for (const typ of [TYP, `application/${TYP}`, TYP.toUpperCase()]) {
    assert.equal((await authenticate(await assertion({ typ }))).status, 401)
    assert.equal(why(), 'assertion_malformed')
  }
  const good = await assertion({ typ: 'JWT' })
  assert.equal((await authenticate(good)).status, 201)
  await world.send('GET', `/authorize?${new URLSearchParams({ client_id: id, request: good })}`)
  assert.equal(why(), 'request_object_type')
})

test('a client without keys cannot sign, and one that said it signs has to [rfc9101-10.5]', async () => {
  await world.ctx.store.clients.put(await signer({ jwks: undefined }, 'dwo_keyless'))
  await come({ client_id: 'dwo_keyless', request: await sign({ iss: 'dwo_keyless', client_id: 'dwo_keyless' }) })
  assert.equal(why(), 'request_object_no_keys')
  const id = 'dwo_strict'
  await world.ctx.store.clients.put(await signer({ require_signed_request_object: true }, id))
  const plain = claims({ client_id: id }) as Record<string, string>
  for (const answer of [await come(plain), await push(plain)]) {
    assert.deepEqual([answer.status, why()], [400, 'request_object_missing'])
  }
  assert.equal((await come({ client_id: id, request: await sign({ iss: id, client_id: id }) })).status, 303)
})

test('the keys of a client may lie at its address, and nothing is fetched for one that is denied [rfc9101-6.2, doorward-policy]', async () => {
  const publisher = await makePublisher()
  publisher.publish('/keys', { body: (await signer()).metadata.jwks })
  const elsewhere = await signer({ jwks: undefined, jwks_uri: `${publisher.origin}/keys` })
  const answerUnder = async (deny: readonly Rule[]) => {
    await world.close()
    world = await makeWorld({ development: true, policy: { deny } })
    await world.ctx.store.clients.put(elsewhere)
    return (await come({ request: await sign() })).status
  }
  try {
    assert.equal(await answerUnder([{ clientId: CLIENT }]), 403)
    assert.deepEqual([why(), publisher.asked], ['policy_refused', []])
    assert.equal(await answerUnder([]), 303)
    assert.deepEqual(publisher.asked, ['/keys'])
    publisher.publish('/keys', { status: 500 })
    assert.equal(await answerUnder([]), 400)
    assert.equal(why(), 'request_object_keys_unavailable')
  } finally {
    publisher.close()
  }
})

test('a client is held to the algorithm that it registered, and everybody to those of the policy', async () => {
  const es384 = { header: { alg: 'ES384', kid: 'wide' }, key: wide.privateKey }
  assert.equal((await come({ request: await sign({}, es384) })).status, 303)
  const id = 'dwo_narrow'
  await world.ctx.store.clients.put(await signer({ request_object_signing_alg: 'ES256' }, id))
  const named = { iss: id, client_id: id }
  await come({ client_id: id, request: await sign(named, es384) })
  assert.equal(why(), 'request_object_algorithm')
  assert.equal((await come({ client_id: id, request: await sign(named) })).status, 303)
  await world.close()
  world = await makeWorld({ policy: { signatures: 'strict' } })
  await world.ctx.store.clients.put(await signer())
  await come({ request: await sign({}, es384) })
  assert.equal(why(), 'request_object_algorithm')
})

test('where several resources are served a signed request names its own: no choice beside it would count', async () => {
  await world.close()
  world = await makeWorld({ second: true })
  await world.ctx.store.clients.put(await signer())
  await come({ resource: MCP, request: await sign() })
  assert.equal(why(), 'resource_missing')
  assert.equal((await come({ request: await sign({ resource: MCP }) })).status, 303)
})

test('the example of RFC 9101 is read whole, with its number, and refused for what it asks alone [rfc9101-4-string]', async () => {
  await world.close()
  world = await makeWorld({ issuer: 'https://server.example.com' })
  const id = 's6BhdRkqt3'
  const redirect_uri = 'https://client.example.org/cb'
  await world.ctx.store.clients.put(await signer({ redirect_uris: [redirect_uri] }, id))
  const example = {
    iss: id,
    aud: 'https://server.example.com',
    response_type: 'code id_token',
    client_id: id,
    redirect_uri,
    scope: 'openid',
    state: 'af0ifjsldkj',
    nonce: 'n-0S6_WzA2Mj',
    max_age: 86_400,
  }
  const answer = await come({ client_id: id, request: await sign(example) })
  const back = new URL(answer.headers.get('location') ?? '')
  assert.equal(back.origin + back.pathname, redirect_uri)
  assert.deepEqual(
    [back.searchParams.get('error'), back.searchParams.get('state')],
    ['unsupported_response_type', 'af0ifjsldkj'],
  )
})

test('metadata says what is taken: signed, by value, and with what [rfc9101-10.5]', async () => {
  for (const path of ['oauth-authorization-server', 'openid-configuration']) {
    const metadata = (await (await world.send('GET', `/.well-known/${path}`)).json()) as Record<string, unknown>
    assert.deepEqual(
      [
        metadata.request_parameter_supported,
        metadata.request_uri_parameter_supported,
        metadata.require_signed_request_object,
      ],
      [true, false, false],
    )
    assert.ok((metadata.request_object_signing_alg_values_supported as string[]).includes('ES256'))
    assert.ok(!(metadata.request_object_signing_alg_values_supported as string[]).includes('none'))
  }
})

const METADATA: readonly (readonly [string, Record<string, unknown>])[] = [
  ['an algorithm that is none', { request_object_signing_alg: 'none' }],
  ['an algorithm that is shared', { request_object_signing_alg: 'HS256' }],
  ['requests to sign without keys', { require_signed_request_object: true }],
  ['requests to sign in words', { require_signed_request_object: 'yes' }],
]
for (const [what, metadata] of METADATA) {
  test(`nobody registers ${what} [rfc9101-10.5]`, async () => {
    assert.equal((await world.register(metadata)).error, 'invalid_client_metadata')
  })
}

test('who registers with keys to sign requests is told what is in force, and held to it [rfc9101-10.5]', async () => {
  const jwks = { keys: [{ ...(await exportJWK(own.publicKey)), kid: 'own' }] }
  const metadata = { jwks, require_signed_request_object: true, request_object_signing_alg: 'ES256' }
  const client = await world.register(metadata)
  assert.deepEqual([client.require_signed_request_object, client.request_object_signing_alg], [true, 'ES256'])
  const id = client.client_id
  assert.equal((await come({ client_id: id, request: await sign({ iss: id, client_id: id }) })).status, 303)
  await come({ ...(claims() as Record<string, string>), client_id: id })
  assert.equal(why(), 'request_object_missing')
})

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const unsigned = () => `${encode({ alg: 'none', typ: TYP })}.${encode(claims())}.`
const withCritical = () =>
  `${encode({ alg: 'ES256', typ: TYP, kid: 'own', crit: ['x'], x: 1 })}.${encode(claims())}.AAAA`
function changed(jwt: string): string {
  const [header, , signature] = jwt.split('.')
  return `${header}.${encode(claims({ redirect_uri: 'https://evil.example/' }))}.${signature}`
}
function encrypted(): Promise<string> {
  return new CompactEncrypt(Buffer.from('x'))
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
    .encrypt(new Uint8Array(32))
}
