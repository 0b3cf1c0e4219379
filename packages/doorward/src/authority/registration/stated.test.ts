import assert from 'node:assert/strict'
import { createSecretKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { after, afterEach, beforeEach, test } from 'node:test'
import { exportJWK, SignJWT, UnsecuredJWT } from 'jose'
import { makePublisher } from '../../testing/publisher.ts'
import { CALLBACK, ISSUER, makeWorld, VERIFIER, type World } from '../../testing/world.ts'
import { BROWSER, cookieName } from '../cookies.ts'
import type { StatementIssuer } from './stated.ts'

const VENDOR = 'https://vendor.example'
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const other = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })

let world: World
type Options = NonNullable<Parameters<typeof makeWorld>[0]>
const trust = async (changes: Partial<StatementIssuer> = {}, { registration, ...options }: Options = {}) => {
  const jwks = { keys: [await exportJWK(publicKey), await exportJWK(rsa.publicKey)] }
  const issuer = { issuer: VENDOR, jwks, algorithms: ['ES256'], ...changes }
  return makeWorld({ ...options, registration: { ...registration, statementIssuers: [issuer] } })
}
beforeEach(async () => {
  world = await trust()
})
afterEach(() => world.close())

const why = () => world.events.at(-1)?.reason

let serial = 0
const CLAIMS = {
  software_id: 'notes-app',
  client_name: 'Vendor Notes',
  redirect_uris: [CALLBACK],
  token_endpoint_auth_method: 'none',
}
async function statement(
  changes: Record<string, unknown> = {},
  key: KeyObject = privateKey,
  alg = 'ES256',
): Promise<string> {
  const now = world.ctx.now()
  const claims = { ...CLAIMS, iss: VENDOR, iat: now, exp: now + 3600, jti: `s${++serial}`, ...changes }
  return new SignJWT(claims).setProtectedHeader({ alg }).sign(key)
}
async function register(software_statement: unknown, fields: Record<string, unknown> = {}) {
  const body = JSON.stringify({
    redirect_uris: [CALLBACK],
    client_name: 'In its own words',
    software_statement,
    ...fields,
  })
  const response = await world.send('POST', '/register', { headers: { 'content-type': 'application/json' }, body })
  return { status: response.status, body: (await response.json()) as Record<string, string> }
}

test('a software has the id that it had in earlier releases [doorward-given-out]', async () => {
  assert.equal((await register(await statement())).body.client_id, 'dwv_PTq_TIXOgdUDJqa-k7XYms')
})

test('what the issuer signed stands above what the request says, and comes back with the statement [rfc7591-2.3, rfc7591-3.1.1, rfc7591-3.2.1-statement]', async () => {
  const signed = await statement()
  const { status, body } = await register(signed, { redirect_uris: ['https://evil.example/'], software_id: 'other' })
  assert.equal(status, 201)
  assert.deepEqual(
    [body.client_name, body.redirect_uris, body.software_id, body.software_statement],
    ['Vendor Notes', [CALLBACK], 'notes-app', signed],
  )
  const stored = await world.ctx.store.clients.find(body.client_id ?? '')
  assert.deepEqual([stored?.assurance, stored?.vouchedBy], ['statement', VENDOR])
  assert.equal(body.registration_access_token, undefined)
})

test('one software of one issuer is one client, however many copies of it ask [doorward-statement-identity]', async () => {
  const signed = await statement()
  const first = await register(signed)
  const again = await register(signed)
  const newer = await register(await statement({ client_name: 'Vendor Notes 2' }))
  assert.deepEqual([again.body.client_id, newer.body.client_id], [first.body.client_id, first.body.client_id])
  assert.equal((await world.ctx.store.clients.find(first.body.client_id ?? ''))?.metadata.client_name, 'Vendor Notes 2')
  assert.notEqual((await register(await statement({ software_id: 'second' }))).body.client_id, first.body.client_id)
})

test('an older statement takes nothing back that a newer one said, however often copies of old releases show it [doorward-statement-identity]', async () => {
  const now = world.ctx.now()
  const old = await statement({ iat: now - 100, redirect_uris: ['https://abandoned.example/cb'] })
  const undated = await statement({ iat: undefined, redirect_uris: ['https://undated.example/cb'] })
  const { body } = await register(old)
  const kept = async () => (await world.ctx.store.clients.find(body.client_id ?? ''))?.metadata.redirect_uris
  assert.deepEqual(await kept(), ['https://abandoned.example/cb'])
  await register(await statement({ iat: now - 50 }))
  for (const earlier of [
    old,
    undated,
    await statement({ iat: now - 51, redirect_uris: ['https://between.example/'] }),
  ]) {
    assert.equal((await register(earlier)).status, 201)
    assert.deepEqual(await kept(), [CALLBACK])
  }
  // The same words once more, later: what was said in between is older than that.
  await register(await statement({ iat: now - 10 }))
  await register(await statement({ iat: now - 20, redirect_uris: ['https://between.example/'] }))
  assert.deepEqual(await kept(), [CALLBACK])
})

test('a statement that says something new is an event, the same words again are none; of those without a date the last one counts [doorward-statement-identity]', async () => {
  const changes = async () =>
    (await world.ctx.store.events.list({ limit: 99 })).filter(({ type }) => type === 'client.changed').length
  const named = async (client_name: string, iat?: number) => {
    const { body } = await register(await statement({ client_name, iat }))
    const stored = await world.ctx.store.clients.find(body.client_id ?? '')
    return [stored?.metadata.client_name, stored?.fetchedAt, await changes()]
  }
  assert.deepEqual(await named('One'), ['One', undefined, 0])
  assert.deepEqual(await named('Two'), ['Two', undefined, 1])
  assert.deepEqual(await named('Two'), ['Two', undefined, 1])
  const now = world.ctx.now()
  assert.deepEqual(await named('Two', now - 20), ['Two', now - 20, 1])
  assert.deepEqual(await named('Two', now - 10), ['Two', now - 10, 1])
  assert.deepEqual(await named('Three', now), ['Three', now, 2])
})

test('an issuer changes its key without a word to anybody: the new one is fetched when a statement comes that is signed with it', async () => {
  await world.close()
  const publisher = await makePublisher()
  after(publisher.close)
  const publish = async (key: KeyObject) => publisher.publish('/keys.json', { body: { keys: [await exportJWK(key)] } })
  const issuer = { issuer: VENDOR, jwksUri: `${publisher.origin}/keys.json` }
  world = await makeWorld({ development: true, registration: { statementIssuers: [issuer] } })
  await publish(publicKey)
  assert.equal((await register(await statement())).status, 201)
  await publish(other.publicKey)
  world.wait(30)
  assert.equal((await register(await statement({}, other.privateKey))).status, 201)
  assert.equal((await register(await statement())).body.error, 'invalid_software_statement')
  assert.equal(publisher.asked.length, 2)
  publisher.publish('/keys.json', { status: 500 })
  world.wait(3600)
  assert.equal((await register(await statement({}, other.privateKey))).body.error, 'temporarily_unavailable')
  assert.equal(why(), 'statement_keys_unavailable')
})

const REFUSED: readonly (readonly [string, () => Promise<unknown> | unknown, string, string])[] = [
  [
    'of an issuer that nobody trusts',
    () => statement({ iss: 'https://other.example' }),
    'unapproved_software_statement',
    'statement_issuer_unknown',
  ],
  [
    'without an issuer',
    () => statement({ iss: undefined }),
    'unapproved_software_statement',
    'statement_issuer_unknown',
  ],
  [
    'signed by somebody else',
    () => statement({}, other.privateKey),
    'invalid_software_statement',
    'statement_signature',
  ],
  [
    'signed with an algorithm that is not allowed',
    () => statement({}, rsa.privateKey, 'RS256'),
    'invalid_software_statement',
    'statement_algorithm',
  ],
  [
    'signed with the public key as a secret',
    async () => statement({}, createSecretKey(Buffer.from(JSON.stringify(await exportJWK(publicKey)))), 'HS256'),
    'invalid_software_statement',
    'statement_algorithm',
  ],
  [
    'without a signature',
    () => new UnsecuredJWT({ ...CLAIMS, iss: VENDOR }).encode(),
    'invalid_software_statement',
    'statement_',
  ],
  [
    'that has expired',
    () => statement({ exp: world.ctx.now() - 60 }),
    'invalid_software_statement',
    'statement_expired',
  ],
  [
    'from the future',
    () => statement({ iat: world.ctx.now() + 3600 }),
    'invalid_software_statement',
    'statement_from_the_future',
  ],
  [
    'that is not yet good',
    () => statement({ nbf: world.ctx.now() + 3600 }),
    'invalid_software_statement',
    'statement_claim',
  ],
  [
    'that names no software',
    () => statement({ software_id: undefined }),
    'invalid_software_statement',
    'statement_no_software',
  ],
  [
    'whose software has an empty name',
    () => statement({ software_id: '' }),
    'invalid_software_statement',
    'statement_no_software',
  ],
  [
    'that signs no redirects',
    () => statement({ redirect_uris: undefined }),
    'invalid_software_statement',
    'statement_no_redirects',
  ],
  ['that is no JWT', () => 'x.y.z', 'invalid_software_statement', 'statement_malformed'],
  ['that is no text', () => ({}), 'invalid_software_statement', 'statement_malformed'],
  [
    'with a redirect that no policy allows',
    () => statement({ redirect_uris: ['javascript:x'] }),
    'invalid_redirect_uri',
    'redirect_uri_script_scheme',
  ],
]
for (const [title, make, error, reason] of REFUSED) {
  test(`a statement ${title} is refused: ${error} [rfc7591-3.2.2-statement]`, async () => {
    const { status, body } = await register(await make())
    assert.deepEqual([status, body.error], [400, error])
    assert.ok(why()?.startsWith(reason) === true, String(why()))
    assert.equal((await world.ctx.store.clients.list()).length, 0)
  })
}

test('a software that a rule denies does not register, by its issuer, its name or its host, and leaves nothing [doorward-deny-beats-allow]', async () => {
  for (const rule of [
    { statementIssuer: VENDOR },
    { softwareId: 'notes-app' },
    { redirectHost: new URL(CALLBACK).hostname },
  ] as const) {
    await world.close()
    world = await trust({}, { policy: { deny: [rule] } })
    const { status, body } = await register(await statement({ jti: 'one' }))
    assert.deepEqual([status, body.error, why()], [403, 'unauthorized_client', 'policy_refused'])
    assert.equal((await world.ctx.store.clients.list()).length, 0)
  }
})

test('a software that an operator blocked does not register anew, by the statement of before or a newer one', async () => {
  const signed = await statement()
  const { body } = await register(signed)
  const id = body.client_id ?? ''
  await world.ctx.store.clients.block(id, world.ctx.now())
  const before = await world.ctx.store.clients.find(id)
  for (const shown of [signed, await statement({ client_name: 'Another name', iat: world.ctx.now() + 1 })]) {
    const again = await register(shown)
    assert.deepEqual([again.status, again.body.error, why()], [403, 'unauthorized_client', 'client_blocked'])
    assert.deepEqual(await world.ctx.store.clients.find(id), before)
  }
})

test('new software is scarce as every new application is; copies of one that is known are free [doorward-registration-limits]', async () => {
  await world.close()
  world = await trust({}, { registration: { newPerHourAndNetwork: 2 } })
  const of = async (software_id: string) => (await register(await statement({ software_id }))).status
  assert.deepEqual([await of('one'), await of('two'), await of('three')], [201, 201, 429])
  for (let i = 0; i < 5; i++) assert.equal(await of('one'), 201)
  assert.equal((await world.ctx.store.clients.list()).length, 2)
})

test('a software that calls itself like a well-known client is told of, whoever signed that', async () => {
  await register(await statement({ client_name: 'Claude' }))
  assert.ok(world.events.some(({ type }) => type === 'client.suspicious'))
})

test('a jti stands for one statement: another one with it is refused [doorward-statement-replay]', async () => {
  await register(await statement({ jti: 'same' }))
  const { body } = await register(await statement({ jti: 'same', software_id: 'other' }))
  assert.equal(body.error, 'invalid_software_statement')
  assert.equal(why(), 'statement_replayed')
})

test('an issuer that makes each statement for one use is taken by its word, however many present it at once [doorward-statement-replay]', async () => {
  await world.close()
  world = await trust({ singleUse: true })
  const signed = await statement()
  const answers = await Promise.all(Array.from({ length: 10 }, () => register(signed)))
  assert.equal(answers.filter(({ status }) => status === 201).length, 1)
  assert.equal((await register(await statement({ jti: undefined }))).status, 400)
  assert.equal(why(), 'statement_jti_missing')
})

test('a statement without an end is remembered for a year, also where what is over is forgotten [doorward-statement-replay]', async () => {
  await world.close()
  world = await trust({ singleUse: true })
  const signed = await statement({ exp: undefined })
  assert.equal((await register(signed)).status, 201)
  world.wait(364 * 86_400)
  await world.sweep()
  assert.equal((await register(signed)).status, 400)
  assert.equal(why(), 'statement_replayed')
})

test('an issuer vouches for its own software and its own hosts, and for no other [doorward-statement-bounds]', async () => {
  await world.close()
  world = await trust({ softwareIds: ['notes-app'], redirectHosts: ['client.example'] })
  assert.equal((await register(await statement())).status, 201)
  const foreign = await register(await statement({ software_id: 'other' }))
  assert.deepEqual([foreign.body.error, why()], ['unapproved_software_statement', 'statement_software_id'])
  const stray = await register(await statement({ redirect_uris: ['https://evil.example/'] }))
  assert.deepEqual([stray.body.error, why()], ['invalid_redirect_uri', 'statement_redirect_host'])
})

const DOMAINS: readonly (readonly [string, string, boolean])[] = [
  ['vendor.example', 'https://vendor.example', true],
  ['vendor.example', 'https://vendor.example/team', true],
  ['*.vendor.example', 'https://eu.vendor.example', true],
  ['vendor.example', 'https://eu.vendor.example', false],
  ['*.vendor.example', 'https://vendor.example', false],
  ['vendor.example', 'http://vendor.example', false],
  ['vendor.example', 'https://vendor.example.evil.example', false],
  ['vendor.example', 'https://vendor.example@evil.example', false],
  ['vendor.example', 'https://evil.example@vendor.example', false],
  ['vendor.example', 'https://VENDOR.example', false],
  ['vendor.example', 'vendor.example', false],
  ['vendor.example', 'https://evilvendor.example', false],
]
for (const [domain, iss, good] of DOMAINS) {
  test(`a rule for ${domain} ${good ? 'asks' : 'does not ask'} ${iss} for its keys, and nobody else [doorward-statement-bounds]`, async () => {
    await world.close()
    world = await makeWorld({ registration: { statementIssuers: [{ domain }] } })
    const asked: string[] = []
    const keys = Buffer.from(JSON.stringify({ keys: [await exportJWK(publicKey)] }))
    // Where the keys come from is what is shown here; that they come through the guarded door is shown there.
    const fetchStranger = async ({ url }: { url: string }) => {
      asked.push(url)
      return { status: 200, type: 'application/json', header: () => undefined, body: keys }
    }
    Object.assign(world.ctx, { fetchStranger })
    const { status, body } = await register(await statement({ iss }))
    assert.deepEqual([status, body.error], good ? [201, undefined] : [400, 'unapproved_software_statement'])
    assert.deepEqual(asked, good ? [`${new URL(iss).origin}/.well-known/jwks.json`] : [])
    if (good) assert.equal((await world.ctx.store.clients.list())[0]?.vouchedBy, iss)
  })
}

test('what makes the client what it is has to be signed: a copy adds no name, no key and no way to authenticate [doorward-statement-bounds]', async () => {
  const signed = await statement()
  const fields = {
    logo_uri: 'https://evil.example/l.png',
    token_endpoint_auth_method: 'client_secret_basic',
    software_version: '2',
  }
  const { body } = await register(signed, fields)
  const { logo_uri, token_endpoint_auth_method, software_version, client_secret } = body
  assert.deepEqual(
    [logo_uri, token_endpoint_auth_method, software_version, client_secret],
    [undefined, 'none', '2', undefined],
  )
})

test('what a copy says of itself counts for that copy: whoever else holds the statement binds nobody by it [doorward-statement-identity]', async () => {
  const signed = await statement()
  const { body } = await register(signed, { scope: 'notes:read notes:write' })
  assert.equal(body.scope, 'notes:read notes:write')
  const { client_id = '' } = body
  const before = await world.ctx.store.clients.find(client_id)
  const refusalOfWriting = async () => {
    const answer = await world.ask(
      client_id,
      { scope: 'notes:write' },
      { cookie: `${cookieName(world.ctx, BROWSER)}=b` },
    )
    return new URL(answer.headers.get('location') ?? '').searchParams.get('error')
  }
  for (const fields of [{ scope: 'notes:read' }, { software_version: '0', contacts: ['mallory@evil.example'] }, {}]) {
    assert.equal((await register(signed, fields)).status, 201)
    assert.equal(await refusalOfWriting(), null)
    assert.deepEqual(await world.ctx.store.clients.find(client_id), before)
  }
  await register(await statement({ scope: 'notes:read' }), { scope: 'notes:write' })
  assert.equal(await refusalOfWriting(), 'invalid_scope')
})

test('another JWT of the same issuer is no statement, whatever the request says beside it [doorward-statement-bounds]', async () => {
  for (const changes of [{ software_id: undefined, sub: 'mallory', aud: 'some-rp' }, { redirect_uris: undefined }]) {
    const { status, body } = await register(await statement(changes), {
      software_id: 'notes-app',
      redirect_uris: ['https://evil.example/'],
    })
    assert.deepEqual([status, body.error], [400, 'invalid_software_statement'])
  }
  assert.equal((await world.ctx.store.clients.list()).length, 0)
})

test('who holds a statement, and it may be public, cannot change or remove what every copy shares [doorward-statement-identity]', async () => {
  const { body } = await register(await statement())
  for (const method of ['GET', 'PUT', 'DELETE']) {
    const headers = { authorization: 'Bearer dwm_anything', 'content-type': 'application/json' }
    const response = await world.send(method, `/register/${body.client_id}`, {
      headers,
      ...(method === 'PUT' ? { body: '{}' } : {}),
    })
    assert.equal(response.status, 401)
  }
})

test('a secret that every copy of the software gets frees no refresh token from its key [doorward-proven]', async () => {
  const signed = await statement({ token_endpoint_auth_method: 'client_secret_post' })
  const [owner, other] = [(await register(signed)).body, (await register(signed)).body]
  const client_id = owner.client_id ?? ''
  assert.equal(other.client_id, client_id)
  const token = async (form: Record<string, string>, headers = {}) =>
    (await (await world.post('/token', { client_id, ...form }, headers)).json()) as Record<string, string>
  const jwk = await exportJWK(publicKey)
  const dpop = await new SignJWT({ htm: 'POST', htu: `${ISSUER}/token`, jti: 'one', iat: world.ctx.now() })
    .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk })
    .sign(privateKey)
  const code = await world.agree(client_id)
  const redeemed = { grant_type: 'authorization_code', code, code_verifier: VERIFIER }
  const { token_type, refresh_token = '' } = await token(
    { ...redeemed, client_secret: owner.client_secret ?? '' },
    { dpop },
  )
  assert.equal(token_type, 'DPoP')
  const stolen = { grant_type: 'refresh_token', refresh_token, client_secret: other.client_secret ?? '' }
  assert.equal((await token(stolen)).error, 'invalid_grant')
  assert.equal(why(), 'sender_key_differs')
})
