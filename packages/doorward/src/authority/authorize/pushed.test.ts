import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { afterEach, beforeEach, test } from 'node:test'
import { DEVICE_GRANT } from '@doorward/core/oauth/client-metadata'
import { calculateJwkThumbprint, exportJWK, SignJWT } from 'jose'
import { CALLBACK, CHALLENGE, ISSUER, makeWorld, VERIFIER, VISIT, type World } from '../../testing/world.ts'
import { BROWSER, cookieName } from '../cookies.ts'
import { guarded } from '../registration/policies/guarded.ts'
import { openCode } from '../token/code.ts'
import { approve, sealForUser } from './interaction.ts'
import { openInteraction } from './open-interaction.ts'

let world: World
let clientId: string
beforeEach(async () => {
  world = await makeWorld()
  clientId = (await world.register()).client_id
})
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

test('a pushed request is answered with a request_uri for 90 seconds, and walks on to a token [rfc9126-2.2]', async () => {
  const { status, body } = await push()
  assert.equal(status, 201)
  assert.equal(body.expires_in, 90)
  assert.match(body.request_uri, /^urn:ietf:params:oauth:request_uri:[\w-]{22,}$/)
  const back = await agree(body.request_uri)
  assert.equal(back.searchParams.get('state'), 'pushed state')
  assert.equal((await redeem(back.searchParams.get('code'))).status, 200)
})

test('metadata names the endpoint and whether it has to be used [rfc9126-5]', async () => {
  const metadata = async () =>
    (await (await world.send('GET', '/.well-known/oauth-authorization-server')).json()) as Record<string, unknown>
  const open = await metadata()
  assert.equal(open.pushed_authorization_request_endpoint, `${ISSUER}/par`)
  assert.equal(open.require_pushed_authorization_requests, false)
  await world.close()
  world = await makeWorld({ policy: { pushedRequests: 'required' } })
  assert.equal((await metadata()).require_pushed_authorization_requests, true)
})

test('what the browser says beside a request_uri counts for nothing [rfc9126-4]', async () => {
  const { body } = await push()
  const browser = 'b'.repeat(32)
  const answer = await come(
    { request_uri: body.request_uri, redirect_uri: 'https://evil.example/', state: 'other', scope: 'notes:write' },
    { cookie: `${cookieName(world.ctx, BROWSER)}=${browser}` },
  )
  const sealed = new URL(answer.headers.get('location') ?? '').searchParams.get('request') ?? ''
  const { pending } = await openInteraction(world.ctx, VISIT, browser, sealed)
  assert.ok(pending.device === undefined)
  assert.deepEqual([pending.redirectUri, pending.state, pending.scope], [CALLBACK, 'pushed state', 'notes:read'])
})

const BAD_PUSHES: readonly (readonly [string, Form, number, string, string])[] = [
  ['names a request_uri itself', { request_uri: 'urn:x' }, 400, 'invalid_request', 'pushed_request_uri'],
  ['brings a request object that is none', { request: 'e.y.J' }, 400, 'invalid_request_object', 'request_object_type'],
  ['says no client', { client_id: undefined }, 401, 'invalid_client', 'client_missing'],
  ['says a client that nobody knows', { client_id: 'dwc_nobody' }, 401, 'invalid_client', 'client_unknown'],
  [
    'asks for another destination',
    { redirect_uri: 'https://evil.example/' },
    400,
    'invalid_request',
    'redirect_uri_not_registered',
  ],
  ['has no challenge', { code_challenge: undefined }, 400, 'invalid_request', 'pkce_missing'],
  ['has a plain challenge', { code_challenge_method: 'plain' }, 400, 'invalid_request', 'pkce_method'],
  ['asks for a foreign resource', { resource: 'https://other.example/' }, 400, 'invalid_target', 'resource_unknown'],
  ['asks for a token at once', { response_type: 'token' }, 400, 'unsupported_response_type', 'response_type'],
]
for (const [what, changes, status, error, reason] of BAD_PUSHES) {
  test(`a push that ${what} is refused there and then: ${error} [rfc9126-2.1, rfc9126-2.3]`, async () => {
    const answer = await push(changes)
    assert.deepEqual([answer.status, answer.body.error, why()], [status, error, reason])
    assert.equal(world.events.at(-1)?.type, 'authorization.refused')
  })
}

test('a confidential client has to prove itself at the push like at the token endpoint [rfc9126-2.1]', async () => {
  const { client_id, client_secret } = await world.register({
    client_name: 'Secret',
    token_endpoint_auth_method: 'client_secret_post',
  })
  clientId = client_id
  assert.deepEqual([(await push()).status, why()], [401, 'client_authentication_method'])
  assert.equal((await push({ client_secret: `${client_secret}x` })).status, 401)
  const { status, body } = await push({ client_secret })
  assert.equal(status, 201)
  assert.equal((await come({ request_uri: body.request_uri })).status, 303)
})

const BAD_VISITS: readonly (readonly [string, (uri: string) => Promise<Form>, string])[] = [
  [
    'was not made here',
    async () => ({ request_uri: `urn:ietf:params:oauth:request_uri:${'A'.repeat(60)}` }),
    'pushed_foreign',
  ],
  [
    'was changed',
    async (uri) => ({ request_uri: `${uri.slice(0, -1)}${uri.endsWith('A') ? 'B' : 'A'}` }),
    'pushed_foreign',
  ],
  [
    'another client pushed',
    async (request_uri) => ({ request_uri, client_id: (await world.register({ client_name: 'Other' })).client_id }),
    'pushed_by_another',
  ],
  [
    'has waited 90 seconds',
    async (request_uri) => {
      world.wait(90)
      return { request_uri }
    },
    'pushed_expired',
  ],
]
for (const [what, make, reason] of BAD_VISITS) {
  test(`a request_uri that ${what} leads nowhere, and the person is told [rfc9126-4, rfc9126-7.1]`, async () => {
    const answer = await come(await make((await push()).body.request_uri))
    assert.deepEqual([answer.status, answer.headers.get('location'), why()], [400, null, reason])
  })
}

test('a code or a pending page is no request_uri: each seal has a key of its own [rfc9126-7.1]', async () => {
  const code = await world.agree(clientId)
  const answer = await come({ request_uri: `urn:ietf:params:oauth:request_uri:${code.slice(4)}` })
  assert.deepEqual([answer.status, why()], [400, 'pushed_foreign'])
})

test('one pushed request opens one grant: reloading is fine, a second person is not [rfc9126-4-once]', async () => {
  const { body } = await push()
  const grantOf = (back: URL) => openCode(world.ctx.keys.code, back.searchParams.get('code') ?? '')?.grantId
  const first = await agree(body.request_uri)
  assert.equal(grantOf(await agree(body.request_uri)), grantOf(first))
  const eve = { ...world.user, id: 'dwu_eve', email: 'eve@example.com' }
  await world.ctx.store.users.add(eve)
  await assert.rejects(agree(body.request_uri, eve, 'e'.repeat(32)), { reason: 'pushed_used' })
  assert.equal((await world.ctx.store.grants.list()).length, 1)
})

test('a client that says it pushes cannot be made to come unpushed [rfc9126-6]', async () => {
  clientId = (await world.register({ client_name: 'Pusher', require_pushed_authorization_requests: true })).client_id
  await come(REQUEST)
  assert.equal(why(), 'pushed_request_missing')
  assert.equal((await come({ request_uri: (await push()).body.request_uri })).status, 303)
})

let serial = 0
type Pair = { privateKey: KeyObject; publicKey: KeyObject }
const own: Pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const thief: Pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
async function proof(path: string, pair = own, alg = 'ES256', more: object = {}): Promise<{ dpop: string }> {
  const claims = { jti: `j${++serial}`, htm: 'POST', htu: `${ISSUER}${path}`, iat: world.ctx.now(), ...more }
  const header = { typ: 'dpop+jwt', alg, jwk: await exportJWK(pair.publicKey) }
  return { dpop: await new SignJWT(claims).setProtectedHeader(header).sign(pair.privateKey) }
}

test('a push that the operator does not admit is told with the rule that decided [doorward-policy]', async () => {
  await world.close()
  const deny = [{ redirectHost: new URL(CALLBACK).hostname }]
  world = await makeWorld({ policy: { deny } })
  clientId = (await world.register()).client_id
  const refused = () => {
    const { type, client, detail } = world.events.at(-1) ?? {}
    return [type, client, detail?.rule]
  }
  assert.equal((await push()).status, 401)
  assert.deepEqual(refused(), ['policy.refused', clientId, `deny redirectHost ${deny[0]?.redirectHost}`])
  await world.close()
  world = await makeWorld({ policy: { byAssurance: { ...guarded.byAssurance, claimed: 'refuse' } } })
  clientId = (await world.register()).client_id
  assert.equal((await push()).status, 403)
  assert.deepEqual(refused(), ['policy.refused', clientId, 'guarded: claimed'])
})

test('a proof at the push binds the code to its key, and cannot contradict dpop_jkt [rfc9449-10.1]', async () => {
  const dpop_jkt = await calculateJwkThumbprint(await exportJWK(thief.publicKey))
  assert.deepEqual([(await push({ dpop_jkt }, await proof('/par'))).status, why()], [400, 'pushed_dpop_jkt'])
  assert.deepEqual([(await push({}, await proof('/token'))).status, why()], [400, 'dpop_url'])
  const { body } = await push({}, await proof('/par'))
  const code = (await agree(body.request_uri)).searchParams.get('code')
  for (const headers of [{}, await proof('/token', thief)]) assert.equal((await redeem(code, {}, headers)).status, 400)
  assert.equal((await redeem(code, {}, await proof('/token'))).status, 200)
})

test('the code of a client that proves itself otherwise is bound to the key of its push all the same [rfc9449-10, rfc9449-10.1]', async () => {
  const { client_id, client_secret } = await world.operatorsClient({ redirect_uris: [CALLBACK] })
  clientId = client_id
  const dpop_jkt = await calculateJwkThumbprint(await exportJWK(own.publicKey))
  const pushes = [push({ client_secret }, await proof('/par')), push({ client_secret, dpop_jkt })]
  for (const { body } of await Promise.all(pushes)) {
    const code = (await agree(body.request_uri)).searchParams.get('code')
    for (const headers of [{}, await proof('/token', thief)]) {
      assert.deepEqual([(await redeem(code, { client_secret }, headers)).status, why()], [400, 'sender_key_differs'])
    }
    assert.equal((await redeem(code, { client_secret }, await proof('/token'))).status, 200)
  }
})

const NONCED: readonly (readonly [string, () => Promise<Record<string, string>>, number])[] = [
  ['/par', async () => ({ ...REQUEST, client_id: (await world.register()).client_id }), 201],
  [
    '/device_authorization',
    async () => {
      const headless = { grant_types: [DEVICE_GRANT], redirect_uris: undefined, client_name: 'Headless' }
      return { client_id: (await world.register(headless)).client_id }
    },
    200,
  ],
]
for (const [path, make, status] of NONCED) {
  test(`where a nonce is wanted, a proof at ${path} without one is refused with the next, and good with it [rfc9449-8]`, async () => {
    await world.close()
    world = await makeWorld({ requireDpopNonce: true })
    const form = await make()
    const send = async (claims: object = {}) => {
      const answer = await world.post(path, form, await proof(path, own, 'ES256', claims))
      const { error } = (await answer.json()) as { error?: string }
      return { status: answer.status, error, nonce: answer.headers.get('dpop-nonce') ?? '' }
    }
    const asked = await send()
    assert.deepEqual([asked.status, asked.error, why()], [400, 'use_dpop_nonce', 'dpop_nonce'])
    assert.equal((await send({ nonce: 'made up' })).error, 'use_dpop_nonce')
    const good = await send({ nonce: asked.nonce })
    assert.equal(good.status, status)
    // §8.2: the answer brings the one for the next.
    assert.equal((await send({ nonce: good.nonce })).status, status)
    world.wait(600)
    assert.equal((await send({ nonce: good.nonce })).error, 'use_dpop_nonce')
  })
}
