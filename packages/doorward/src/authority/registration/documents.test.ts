import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { afterEach, beforeEach, test } from 'node:test'
import type { OAuthError } from '@doorward/core/oauth/error'
import { exportJWK, SignJWT } from 'jose'
import { makePublisher } from '../../testing/publisher.ts'
import { CALLBACK, ISSUER, makeWorld, VERIFIER, VISIT, type World } from '../../testing/world.ts'
import { JWT_BEARER } from '../token/client-assertion.ts'

let world: World
let publisher: Awaited<ReturnType<typeof makePublisher>>
beforeEach(async () => {
  world = await makeWorld({ development: true })
  publisher = await makePublisher()
})
afterEach(async () => {
  publisher.close()
  await world.close()
})

const reasons = (type: string) => world.events.filter((event) => event.type === type).map(({ reason }) => reason)
const redeem = (id: string, code: string, extra: Record<string, string> = {}) =>
  world.post('/token', { grant_type: 'authorization_code', code, code_verifier: VERIFIER, client_id: id, ...extra })

test('a client that nobody registered walks from its document to a token; nothing is written before somebody agrees [cimd-flow, mcp-2026-07-28-as2, mcp-2026-07-28-as8, mcp-2026-07-28-as11]', async () => {
  const id = publisher.document()
  assert.equal((await world.ask(id)).status, 303)
  assert.equal((await world.ctx.store.clients.list()).length, 0)
  const tokens = (await (await redeem(id, await world.agree(id))).json()) as { refresh_token: string }
  const stored = await world.ctx.store.clients.find(id)
  assert.deepEqual([stored?.assurance, stored?.metadata.client_name], ['domain', 'App'])
  const refreshed = await world.post('/token', {
    grant_type: 'refresh_token',
    refresh_token: tokens.refresh_token,
    client_id: id,
  })
  assert.equal(refreshed.status, 200)
  assert.deepEqual(publisher.asked, ['/client.json'], 'asked once for all of it')
})

test('metadata says that documents are taken, and that none is a way to come [cimd-metadata, q12, mcp-2026-07-28-as15]', async () => {
  const metadata = (await (await world.send('GET', '/.well-known/oauth-authorization-server')).json()) as Record<
    string,
    unknown
  >
  assert.equal(metadata.client_id_metadata_document_supported, true)
  assert.ok((metadata.token_endpoint_auth_methods_supported as string[]).includes('none'))
})

test('a hundred that come at once with a cold document ask for it once, a warm one is not asked for [cimd-cache, q16, mcp-2026-07-28-as10]', async () => {
  const id = publisher.document({}, { 'cache-control': 'max-age=300' })
  await Promise.all(Array.from({ length: 100 }, () => world.ask(id)))
  world.wait(299)
  await world.ask(id)
  assert.equal(publisher.asked.length, 1)
  world.wait(1)
  await world.ask(id)
  assert.equal(publisher.asked.length, 2)
})

const LIVES: readonly (readonly [string, number])[] = [
  ['max-age=300', 300],
  ['public, max-age=600', 600],
  ['no-store', 60],
  ['private, max-age=0', 60],
  ['max-age=31536000', 86_400],
  ['', 3600],
]
for (const [header, seconds] of LIVES) {
  test(`with '${header}' a document is believed for ${seconds} seconds [cimd-cache, q15]`, async () => {
    const id = publisher.document({}, header === '' ? {} : { 'cache-control': header })
    await world.ask(id)
    world.wait(seconds - 1)
    await world.ask(id)
    assert.equal(publisher.asked.length, 1)
    world.wait(1)
    await world.ask(id)
    assert.equal(publisher.asked.length, 2)
  })
}

const FAILURES: readonly (readonly [string, Parameters<(typeof publisher)['publish']>[1], string, number])[] = [
  [
    'a bot wall',
    { status: 403, headers: { 'cf-mitigated': 'challenge', 'content-type': 'text/html' }, body: '<html>' },
    'document_status',
    503,
  ],
  ['a failing server', { status: 500 }, 'document_status', 503],
  ['a page instead of a document', { headers: { 'content-type': 'text/html' }, body: '<html>' }, 'document_type', 400],
  ['no JSON', { body: '{' }, 'document_malformed', 400],
  ['a redirect [cimd-no-redirects]', { status: 302, headers: { location: '/other.json' } }, 'document_redirects', 400],
  ['a document that is too large', { body: { long: 'x'.repeat(6000) } }, 'document_too_large', 400],
  ['a document of somebody else', { body: { client_id: 'https://other.example/c' } }, 'document_client_id', 400],
  ['no document', { status: 404 }, 'document_gone', 400],
  ['a document that was taken back', { status: 410 }, 'document_gone', 400],
]
for (const [title, published, reason, status] of FAILURES) {
  test(`${title} is told to the person, whose server it is and what to do, and nothing is kept [cimd-errors, q15, mcp-2026-07-28-as16]`, async () => {
    publisher.publish('/client.json', published)
    const response = await world.ask(`${publisher.origin}/client.json`)
    assert.equal(response.headers.get('location'), null)
    assert.equal(response.status, status)
    const page = (await response.json()) as { cause: string; mend: string; next?: { href: string } }
    assert.match(page.cause, status === 503 || reason === 'document_gone' ? /localhost:\d+/ : /./)
    assert.equal(page.next !== undefined, status === 503, 'an outage can be tried again')
    assert.deepEqual(reasons('document.refused'), [reason])
    assert.equal((await world.ctx.store.clients.list()).length, 0)
  })
}

test('trying again after an outage works as soon as the server does, and a storm meanwhile costs one request [q16]', async () => {
  publisher.publish('/client.json', { status: 500 })
  const id = `${publisher.origin}/client.json`
  for (let i = 0; i < 50; i++) assert.equal((await world.ask(id)).status, 503)
  assert.equal(publisher.asked.length, 1)
  publisher.document()
  world.wait(5)
  assert.equal((await world.ask(id)).status, 303)
})

test('addresses made up by the hundred cost a budget of requests, not a request each [q16]', async () => {
  for (let i = 0; i < 200; i++) await world.ask(`${publisher.origin}/client-${i}.json`)
  assert.ok(publisher.asked.length <= 20, String(publisher.asked.length))
  assert.ok(reasons('document.refused').includes('document_budget'))
})

test('while its server is down an application goes on with the copy that was good; once it is gone, it is gone [q15]', async () => {
  const id = publisher.document({}, { 'cache-control': 'max-age=60' })
  const { refresh_token } = (await (await redeem(id, await world.agree(id))).json()) as { refresh_token: string }
  publisher.publish('/client.json', { status: 503 })
  world.wait(61)
  assert.equal((await world.ask(id)).status, 303)
  assert.deepEqual(reasons('document.stale'), ['document_status'])
  publisher.publish('/client.json', { status: 404 })
  world.wait(6)
  assert.equal((await world.ask(id)).status, 400)
  const refused = await world.post('/token', { grant_type: 'refresh_token', refresh_token, client_id: id })
  assert.equal(refused.status, 401)
  publisher.document()
  world.wait(6)
  assert.equal((await world.ask(id)).status, 303, 'it may come back')
})

test('a copy is not kept alive for ever by a server that stays away', async () => {
  const id = publisher.document({}, { 'cache-control': 'max-age=60' })
  await world.agree(id)
  publisher.publish('/client.json', { status: 503 })
  world.wait(7 * 86_400 + 1)
  assert.equal((await world.ask(id)).status, 503)
})

test('a refresh does not wait for a stale document, but has it looked at', async () => {
  const id = publisher.document({}, { 'cache-control': 'max-age=60' })
  const { refresh_token } = (await (await redeem(id, await world.agree(id))).json()) as { refresh_token: string }
  world.wait(61)
  publisher.document({ client_name: 'Renamed' })
  await world.post('/token', { grant_type: 'refresh_token', refresh_token, client_id: id })
  await Promise.all(world.ctx.documents.underWay.values())
  assert.equal((await world.ctx.store.clients.find(id))?.metadata.client_name, 'Renamed')
  assert.ok((await world.ctx.store.events.list({ limit: 100 })).some(({ type }) => type === 'client.changed'))
})

test('what people said of an application counts at once, whatever is remembered of its document [doorward-approval]', async () => {
  const id = publisher.document()
  await world.agree(id)
  await world.ctx.store.clients.block(id, world.ctx.now())
  assert.equal((await world.ask(id)).status, 403, 'blocked')
  await world.ctx.store.clients.block(id, undefined)
  await world.ctx.store.clients.approve(id, { now: world.ctx.now(), by: 'somebody' })
  await world.ctx.store.clients.remove(id, world.ctx.now())
  const { findDocumentClient } = await import('./documents.ts')
  assert.equal((await findDocumentClient(world.ctx, VISIT, id)).approvedAt, undefined, 'removed')
})

test('an id that an operator registered by hand is the operator’s, and its document is not asked', async () => {
  const id = publisher.document({ redirect_uris: ['https://evil.example/cb'] })
  const metadata = { redirect_uris: [CALLBACK], token_endpoint_auth_method: 'none', scope: '' }
  await world.ctx.store.clients.put({ id, assurance: 'operator', metadata, createdAt: 0, secretsNotBefore: 0 })
  assert.equal((await world.ask(id)).status, 303)
  assert.equal((await world.ask(id, { redirect_uri: 'https://evil.example/cb' })).status, 400)
  assert.equal(publisher.asked.length, 0)
})

test('a budget that one network spent is nobody else’s trouble [q16]', async () => {
  const { findDocumentClient } = await import('./documents.ts')
  const eve = { ...VISIT, network: '198.51.100.0/24' }
  for (let i = 0; i < 40; i++)
    await findDocumentClient(world.ctx, eve, `${publisher.origin}/no-${i}.json`).catch(() => undefined)
  const id = publisher.document()
  await assert.rejects(
    findDocumentClient(world.ctx, eve, id),
    // In the words and in the header the same.
    ({ reason, description, detail }: OAuthError) =>
      reason === 'document_budget' && description.endsWith(` ${detail?.retry_after} seconds`),
  )
  assert.equal((await findDocumentClient(world.ctx, VISIT, id)).id, id)
})

test('what was taken back stays back while its server is down, pinned or not, and comes back with its document [q15]', async () => {
  const offline = await makeWorld()
  const id = 'https://claude.ai/oauth/claude-code-client-metadata'
  let status = 404
  Object.assign(offline.ctx, {
    fetchStranger: async () => ({ status, type: '', header: () => undefined, body: new Uint8Array() }),
  })
  const ask = () => offline.ask(id, { redirect_uri: 'http://localhost:5555/callback' })
  assert.equal((await ask()).status, 400)
  status = 503
  offline.wait(6)
  assert.equal((await ask()).status, 503)
  await offline.close()
  const own = publisher.document({}, { 'cache-control': 'max-age=60' })
  const { refresh_token } = (await (await redeem(own, await world.agree(own))).json()) as { refresh_token: string }
  publisher.publish('/client.json', { status: 404 })
  world.wait(61)
  await world.ask(own)
  publisher.document()
  world.wait(61)
  const refresh = () => world.post('/token', { grant_type: 'refresh_token', refresh_token, client_id: own })
  assert.equal((await refresh()).status, 401)
  await Promise.all(world.ctx.documents.underWay.values())
  assert.equal((await refresh()).status, 200, 'without anybody at a page')
})

test('whoever registers can point at anybody for keys: that one is asked a few times, and what is remembered has one size', async () => {
  publisher.publish('/victim', { status: 500 })
  const { client_id } = await world.register({
    token_endpoint_auth_method: 'private_key_jwt',
    jwks_uri: `${publisher.origin}/victim`,
  })
  for (let i = 0; i < 50; i++) {
    const form = { grant_type: 'refresh_token', refresh_token: 'x', ...signed(await assertion(client_id)) }
    assert.equal((await world.post('/token', form)).status, 401)
  }
  assert.equal(publisher.asked.filter((path) => path === '/victim').length, 3)
})

test('what an operator admitted is no longer admitted once its answers go elsewhere [doorward-approval]', async () => {
  const id = publisher.document({}, { 'cache-control': 'max-age=60' })
  await world.agree(id)
  await world.ctx.store.clients.approve(id, { now: world.ctx.now(), by: 'somebody' })
  publisher.document({ client_name: 'Renamed' }, { 'cache-control': 'max-age=60' })
  world.wait(61)
  await world.ask(id)
  assert.notEqual((await world.ctx.store.clients.find(id))?.approvedAt, undefined, 'a name is no matter')
  publisher.document({ redirect_uris: ['https://client.example/callback', 'https://elsewhere.example/'] })
  world.wait(61)
  await world.ask(id)
  assert.equal((await world.ctx.store.clients.find(id))?.approvedAt, undefined)
})

test('a domain that anybody can publish at is no identity, and a denied one is refused: neither is asked [q18, doorward-deny-before-fetch]', async () => {
  for (const host of ['raw.githubusercontent.com', 'cdn.jsdelivr.net', 'bucket.s3.amazonaws.com', 'webhook.site']) {
    const response = await world.ask(`https://${host}/client.json`)
    assert.equal(response.status, 400)
    assert.equal(world.events.at(-1)?.reason, 'document_shared_host')
  }
  const own = await makeWorld({ development: true, policy: { deny: [{ domain: 'localhost' }] } })
  const response = await own.ask(publisher.document())
  assert.deepEqual([response.status, own.events.at(-1)?.type], [403, 'policy.refused'])
  assert.equal(publisher.asked.length, 0)
  await own.close()
})

test('a well-known document stands in while its server turns programs away [q15]', async () => {
  const id = 'https://claude.ai/oauth/claude-code-client-metadata'
  const offline = await makeWorld()
  Object.assign(offline.ctx, {
    fetchStranger: () =>
      Promise.resolve({ status: 403, type: 'text/html', header: () => undefined, body: new Uint8Array() }),
  })
  assert.equal((await offline.ask(id, { redirect_uri: 'http://localhost:5555/callback' })).status, 303)
  assert.ok(offline.events.some(({ reason }) => reason === 'document_pinned'))
  await offline.close()
})

test('a loopback redirect answers at any port, also where the document names a fixed one [q14, cimd-loopback-port]', async () => {
  const id = publisher.document({
    redirect_uris: ['http://127.0.0.1:33418/', 'http://localhost/callback', 'http://[::1]/cb'],
  })
  for (const uri of ['http://127.0.0.1:50001/', 'http://localhost:50002/callback', 'http://[::1]:50003/cb']) {
    assert.equal((await world.ask(id, { redirect_uri: uri })).status, 303, uri)
  }
  assert.equal((await world.ask(id, { redirect_uri: 'http://127.0.0.1:50001/other' })).status, 400)
})

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' })
async function signedClient(fields: Record<string, unknown> = {}) {
  publisher.publish('/keys.json', { body: { keys: [{ ...(await exportJWK(publicKey)), kid: 'k1' }] } })
  return publisher.document({
    token_endpoint_auth_methods_supported: ['none', 'private_key_jwt'],
    jwks_uri: `${publisher.origin}/keys.json`,
    ...fields,
  })
}
let serial = 0
async function assertion(
  id: string,
  changes: Record<string, unknown> = {},
  key = privateKey,
  kid = 'k1',
): Promise<string> {
  const now = world.ctx.now()
  const claims = { iss: id, sub: id, aud: ISSUER, iat: now, exp: now + 60, jti: `j${++serial}`, ...changes }
  return new SignJWT(claims).setProtectedHeader({ alg: 'ES256', ...(kid === '' ? {} : { kid }) }).sign(key)
}
const signed = (client_assertion: string) => ({ client_assertion, client_assertion_type: JWT_BEARER })

test('a client that can sign has to: it signs and gets in, and without a signature it does not [q13, rfc7523-3, cimd-private-key-jwt]', async () => {
  const id = await signedClient()
  assert.equal((await redeem(id, await world.agree(id))).status, 401)
  assert.equal(world.events.at(-1)?.reason, 'client_authentication_method')
  assert.equal((await redeem(id, await world.agree(id), signed(await assertion(id)))).status, 200)
  assert.equal(
    (await redeem(id, await world.agree(id), signed(await assertion(id, { aud: `${ISSUER}/token` })))).status,
    200,
  )
})

test('an assertion lives for ten minutes, clocks may differ by thirty seconds, and its jti has up to 256 letters [rfc7523-3]', async () => {
  const id = await signedClient()
  for (const good of [{ exp: world.ctx.now() + 630 }, { exp: world.ctx.now() - 29 }, { jti: 'j'.repeat(256) }])
    assert.equal((await redeem(id, await world.agree(id), signed(await assertion(id, good)))).status, 200)
})

const ASSERTIONS: readonly (readonly [string, (id: string) => Promise<string>, string])[] = [
  ['of another server', (id) => assertion(id, { aud: 'https://other.example' }), 'assertion_for_somebody_else'],
  ['for two servers', (id) => assertion(id, { aud: [ISSUER, 'https://other.example'] }), 'assertion_for_somebody_else'],
  ['of another issuer', (id) => assertion(id, { iss: 'https://other.example' }), 'assertion_for_somebody_else'],
  ['without a jti', (id) => assertion(id, { jti: undefined }), 'assertion_for_somebody_else'],
  ['without an end', (id) => assertion(id, { exp: undefined }), 'assertion_for_somebody_else'],
  ['that is over', (id) => assertion(id, { exp: world.ctx.now() - 30 }), 'assertion_expired'],
  ['that lives for too long', (id) => assertion(id, { exp: world.ctx.now() + 631 }), 'assertion_too_long_lived'],
  ['whose jti is no text', (id) => assertion(id, { jti: 5 }), 'assertion_malformed'],
  ['whose jti is endless', (id) => assertion(id, { jti: 'j'.repeat(257) }), 'assertion_malformed'],
  ['signed by somebody else', (id) => assertion(id, {}, stranger.privateKey), 'assertion_not_signed_by_client'],
  [
    'with a key that is not there',
    (id) => assertion(id, {}, stranger.privateKey, 'k9'),
    'assertion_not_signed_by_client',
  ],
]
for (const [title, make, reason] of ASSERTIONS) {
  test(`an assertion ${title} is refused [rfc7523-3]`, async () => {
    const id = await signedClient()
    const response = await redeem(id, await world.agree(id), signed(await make(id)))
    assert.equal(response.status, 401)
    assert.equal(world.events.at(-1)?.reason, reason)
  })
}

test('an assertion is good once, however many present it at once [rfc7523-3-jti]', async () => {
  const id = await signedClient()
  const [codes, one] = [await Promise.all(Array.from({ length: 10 }, () => world.agree(id))), await assertion(id)]
  const answers = await Promise.all(codes.map((code) => redeem(id, code, signed(one))))
  assert.equal(answers.filter(({ status }) => status === 200).length, 1)
})

test('a client changes its key without a word to anybody: the new one is fetched when it comes, once in a while', async () => {
  const id = await signedClient()
  assert.equal((await redeem(id, await world.agree(id), signed(await assertion(id)))).status, 200)
  publisher.publish('/keys.json', { body: { keys: [{ ...(await exportJWK(stranger.publicKey)), kid: 'k2' }] } })
  const withNew = async () =>
    redeem(id, await world.agree(id), signed(await assertion(id, {}, stranger.privateKey, 'k2')))
  assert.equal((await withNew()).status, 401)
  world.wait(30)
  assert.equal((await withNew()).status, 200)
  assert.equal(publisher.asked.filter((path) => path === '/keys.json').length, 2)
})

const third = generateKeyPairSync('ec', { namedCurve: 'P-256' })
/** What the client publishes: keys without a name, which RFC 7517 §4.5 leaves to it. */
async function publishNameless(...keys: { publicKey: KeyObject }[]): Promise<void> {
  publisher.publish('/keys.json', {
    body: { keys: await Promise.all(keys.map(({ publicKey }) => exportJWK(publicKey))) },
  })
}
const withNameless = async (id: string, { privateKey }: { privateKey: KeyObject }, changes = {}) =>
  redeem(id, await world.agree(id), signed(await assertion(id, changes, privateKey, '')))
const looks = () => publisher.asked.filter((path) => path === '/keys.json').length

test('a client changes a key that has no name: the new one is fetched when it comes, once in a while [rfc7523-3]', async () => {
  const id = await signedClient()
  await publishNameless(stranger)
  assert.equal((await withNameless(id, stranger)).status, 200)
  await publishNameless(third)
  assert.equal((await withNameless(id, third)).status, 401)
  assert.equal(looks(), 1)
  world.wait(30)
  assert.equal((await withNameless(id, third)).status, 200)
  assert.equal(looks(), 2)
  // Whoever makes up signatures has us look twice a minute, and no more.
  for (let i = 0; i < 5; i++) assert.equal((await withNameless(id, stranger)).status, 401)
  assert.equal(looks(), 2)
})

test('while one key without a name takes over from another, both are good, and no third is [rfc7523-3]', async () => {
  const id = await signedClient()
  await publishNameless({ publicKey }, stranger)
  assert.equal((await withNameless(id, { privateKey })).status, 200)
  assert.equal((await withNameless(id, stranger)).status, 200)
  assert.equal((await withNameless(id, third)).status, 401)
  assert.equal(world.events.at(-1)?.reason, 'assertion_not_signed_by_client')
  // What a good signature says is judged as ever.
  assert.equal((await withNameless(id, stranger, { aud: 'https://other.example' })).status, 401)
  assert.equal(world.events.at(-1)?.reason, 'assertion_for_somebody_else')
})

test('of many keys without a name the first four are tried [rfc7523-3]', async () => {
  const id = await signedClient()
  const others = Array.from({ length: 4 }, () => generateKeyPairSync('ec', { namedCurve: 'P-256' }))
  await publishNameless(...others, third)
  assert.equal((await withNameless(id, others[3] ?? third)).status, 200)
  assert.equal((await withNameless(id, third)).status, 401)
})

test('a logo is fetched by us, kept, and shown from here; what is no picture is not [cimd-logo]', async () => {
  const png = Buffer.from('89504e470d0a1a0a0000', 'hex')
  for (const [body, there] of [
    [png, true],
    ['<svg onload="alert(1)"/>', false],
  ] as const) {
    const own = await makeWorld({ development: true })
    publisher.publish('/logo', { body, headers: { 'content-type': 'image/png' } })
    const id = publisher.document({ logo_uri: `${publisher.origin}/logo` })
    await own.ask(id)
    for (let i = 0; i < 50 && [...own.ctx.logos.values()].includes('none'); i++)
      await new Promise((done) => setTimeout(done, 5))
    const key = [...own.ctx.logos.keys()][0]
    const response = await own.send('GET', `/logo/${key}`)
    assert.equal(response.status, there ? 200 : 404)
    if (there) assert.match(response.headers.get('content-security-policy') ?? '', /sandbox/)
    // Another process that never saw it shows it too, where it is what this application says of itself.
    own.ctx.logos.clear()
    const of = encodeURIComponent(id)
    assert.equal((await own.send('GET', `/logo/${'0'.repeat(64)}?of=${of}`)).status, 404)
    assert.equal((await own.send('GET', `/logo/${key}`)).status, 404)
    assert.equal((await own.send('GET', `/logo/${key}?of=${of}`)).status, there ? 200 : 404)
    await own.close()
  }
})
