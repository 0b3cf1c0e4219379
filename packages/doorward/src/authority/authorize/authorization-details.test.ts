import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { afterEach, beforeEach, test } from 'node:test'
import type { DetailsTypes } from '@doorward/core/oauth/authorization-details'
import { decodeJwt, exportJWK, SignJWT } from 'jose'
import { CALLBACK, CHALLENGE, ISSUER, MCP, makeWorld, VERIFIER, VISIT, type World } from '../../testing/world.ts'
import { BROWSER, cookieName } from '../cookies.ts'
import { openInteraction } from './open-interaction.ts'

const TYPES: DetailsTypes = {
  payment: {
    description: 'Make a payment',
    fields: {
      amount: { type: 'string', label: 'Amount', required: true },
      to: { type: 'string', label: 'To', maxLength: 20 },
    },
  },
  note: { description: 'Share one note', fields: { title: { type: 'string', label: 'Title' } } },
}
const PAYMENT = { type: 'payment', amount: '123.50', to: 'Merchant A' }
const NOTE = { type: 'note', title: 'Shopping' }
const text = (...details: object[]) => JSON.stringify(details)

let world: World
let clientId: string
beforeEach(async () => {
  world = await makeWorld({ resource: { authorizationDetailsTypes: TYPES } })
  clientId = (await world.register()).client_id
})
afterEach(() => world.close())

const why = () => world.events.at(-1)?.reason
type Tokens = {
  access_token: string
  refresh_token: string
  scope: string
  error?: string
  authorization_details?: object[]
}
async function post(form: Record<string, string>): Promise<Tokens> {
  const answer = await world.post('/token', { client_id: clientId, ...form })
  return (await answer.json()) as Tokens
}
const redeem = (code: string, changes: Record<string, string> = {}) =>
  post({ grant_type: 'authorization_code', code, code_verifier: VERIFIER, ...changes })
const refresh = (token: string, changes: Record<string, string> = {}) =>
  post({ grant_type: 'refresh_token', refresh_token: token, ...changes })
const agree = (...details: object[]) => world.agree(clientId, { authorization_details: text(...details) })
const browser = 'b'.repeat(32)
const cookie = () => ({ cookie: `${cookieName(world.ctx, BROWSER)}=${browser}` })
const sealedIn = (answer: Response) => new URL(answer.headers.get('location') ?? '').searchParams.get('request') ?? ''

test('what a person agreed to in detail stands in both answers, the token and its grant, beside the scope [rfc9396-3.1, rfc9396-7, rfc9396-9.1]', async () => {
  const code = await world.agree(clientId, { authorization_details: text(PAYMENT, NOTE), scope: 'notes:write' })
  const tokens = await redeem(code)
  assert.deepEqual(tokens.authorization_details, [PAYMENT, NOTE])
  const claims = decodeJwt(tokens.access_token)
  assert.deepEqual(
    [claims.authorization_details, claims.scope, tokens.scope],
    [[PAYMENT, NOTE], 'notes:write', 'notes:write'],
  )
  const [grant] = await world.ctx.store.grants.list()
  assert.deepEqual(grant?.authorizationDetails, [PAYMENT, NOTE])
  const [given] = (await world.ctx.store.events.list({ limit: 10 })).filter(({ type }) => type === 'consent.given')
  assert.equal(given?.detail?.details, 'payment note', 'the event names the types, and nothing of what stands in them')
})

test('who asks for nothing in detail is told of nothing', async () => {
  const tokens = await redeem(await world.agree(clientId))
  assert.equal('authorization_details' in tokens, false)
  assert.equal('authorization_details' in decodeJwt(tokens.access_token), false)
})

test('of a type that was taken out of the settings no token says anything more, and the grant keeps it for when it comes back [rfc9396-5-unknown]', async () => {
  const first = await redeem(await agree(PAYMENT, NOTE))
  const known = (types: DetailsTypes) =>
    Object.assign(world.ctx.resources[0] ?? {}, { authorizationDetailsTypes: types })
  known({ payment: TYPES.payment as DetailsTypes[string] })
  const second = await refresh(first.refresh_token)
  assert.deepEqual(second.authorization_details, [PAYMENT])
  assert.equal(
    (await refresh(second.refresh_token, { authorization_details: text(NOTE) })).error,
    'invalid_authorization_details',
  )
  known({})
  const third = await refresh(second.refresh_token)
  assert.equal('authorization_details' in third, false)
  known(TYPES)
  const fourth = await refresh(third.refresh_token)
  assert.deepEqual(fourth.authorization_details, [PAYMENT, NOTE])
})

test('a token may get less than was granted, at the code and at each refresh, and the grant stays whole [rfc9396-6, rfc9396-6-discretion]', async () => {
  const first = await redeem(await agree(PAYMENT, NOTE), { authorization_details: text(NOTE) })
  assert.deepEqual(first.authorization_details, [NOTE])
  assert.deepEqual(decodeJwt(first.access_token).authorization_details, [NOTE])
  const second = await refresh(first.refresh_token, { authorization_details: text(PAYMENT) })
  assert.deepEqual(decodeJwt(second.access_token).authorization_details, [PAYMENT])
  assert.deepEqual((await refresh(second.refresh_token)).authorization_details, [PAYMENT, NOTE])
})

const WIDER: readonly (readonly [string, object[], string, string])[] = [
  ['another amount', [PAYMENT], text({ ...PAYMENT, amount: '999' }), 'details_widened'],
  ['one thing more', [PAYMENT], text(PAYMENT, NOTE), 'details_widened'],
  ['one field less', [PAYMENT], text({ type: 'payment', amount: '123.50' }), 'details_widened'],
  ['details where none were granted', [], text(PAYMENT), 'details_widened'],
  ['an empty list', [PAYMENT], '[]', 'details_malformed'],
  ['no list', [PAYMENT], '{}', 'details_malformed'],
]
for (const [what, granted, asked, reason] of WIDER) {
  test(`a token request with ${what} is refused, and what it was made with stays good [rfc9396-6, rfc9396-8]`, async () => {
    const code = granted.length === 0 ? await world.agree(clientId) : await agree(...granted)
    const changes = { authorization_details: asked }
    assert.deepEqual([(await redeem(code, changes)).error, why()], ['invalid_authorization_details', reason])
    const { refresh_token } = await redeem(code)
    assert.deepEqual([(await refresh(refresh_token, changes)).error, why()], ['invalid_authorization_details', reason])
    assert.equal((await refresh(refresh_token)).error, undefined)
  })
}

const REFUSED: readonly (readonly [string, string, string])[] = [
  ['what is no JSON', 'payment', 'details_malformed'],
  ['a type that is not known [rfc9396-5-unknown]', text({ type: 'else' }), 'details_type_unknown'],
  ['a field that is not known [rfc9396-5-unknown-field]', text({ ...PAYMENT, x: 1 }), 'details_field_unknown'],
  ['a field too few [rfc9396-5-missing-field]', text({ type: 'payment' }), 'details_field_missing'],
  ['a field of another type [rfc9396-5-wrong-type]', text({ ...PAYMENT, amount: 5 }), 'details_field_shape'],
  ['a value that is too long [rfc9396-5-wrong-value]', text({ ...PAYMENT, to: 'x'.repeat(21) }), 'details_field_value'],
]
for (const [what, authorization_details, reason] of REFUSED) {
  test(`${what} is refused at the authorization endpoint and at the push alike`, async () => {
    const metadata = { redirect_uris: [CALLBACK], token_endpoint_auth_method: 'none', scope: '' }
    const client = { id: 'dwo_own', assurance: 'operator', metadata, createdAt: 0, secretsNotBefore: 0 } as const
    await world.ctx.store.clients.put(client)
    const back = new URL((await world.ask(client.id, { authorization_details })).headers.get('location') ?? '')
    assert.equal(back.origin + back.pathname, CALLBACK)
    assert.deepEqual([back.searchParams.get('error'), why()], ['invalid_authorization_details', reason])
    const pushed = await world.post('/par', { ...request(), client_id: client.id, authorization_details })
    assert.deepEqual([pushed.status, why()], [400, reason])
  })
}

test('a pushed request keeps its details, and so does a signed one, where they are JSON and no text [rfc9396-3-request-object]', async () => {
  const pushed = await world.post('/par', { ...request(), client_id: clientId, authorization_details: text(PAYMENT) })
  const { request_uri } = (await pushed.json()) as { request_uri: string }
  const other = { authorization_details: text(NOTE), redirect_uri: undefined }
  const seen = await openInteraction(
    world.ctx,
    VISIT,
    browser,
    sealedIn(await world.ask(clientId, { request_uri, ...other }, cookie())),
  )
  assert.deepEqual(seen.details, [PAYMENT])
  const pair = generateKeyPairSync('ed25519')
  const client = await world.register({ jwks: { keys: [await exportJWK(pair.publicKey)] } })
  const now = world.ctx.now()
  const all = { iss: client.client_id, aud: ISSUER, nbf: now, exp: now + 60, client_id: client.client_id, ...request() }
  const object = await new SignJWT({ ...all, authorization_details: [PAYMENT] })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'oauth-authz-req+jwt' })
    .sign(pair.privateKey)
  const signed = await world.ask(client.client_id, { request: object, ...other }, cookie())
  assert.deepEqual((await openInteraction(world.ctx, VISIT, browser, sealedIn(signed))).details, [PAYMENT])
})

test('as much as may be asked for in detail comes back from the page and from a push; what could not is refused at the start', async () => {
  const big = JSON.stringify(Array.from({ length: 10 }, () => ({ ...NOTE, title: 'é'.repeat(191) })))
  assert.equal(Buffer.byteLength(big), 4091)
  const state = 's'.repeat(300)
  assert.equal((await redeem(await world.agree(clientId, { authorization_details: big, state }))).error, undefined)
  const form = { ...request(), client_id: clientId, authorization_details: big }
  const { request_uri } = (await (await world.post('/par', { ...form, state })).json()) as { request_uri: string }
  assert.equal((await world.ask(clientId, { request_uri })).status, 303)
  const tooLong = 's'.repeat(4000)
  for (const answer of [
    await world.ask(clientId, { authorization_details: big, state: tooLong }),
    await world.post('/par', { ...form, state: tooLong }),
  ])
    assert.deepEqual([answer.status, why()], [400, 'request_too_long'])
})

test('a client is held to the types that it registered, and told of them [rfc9396-10-client]', async () => {
  const client = await world.register({ authorization_details_types: ['note'] })
  assert.deepEqual(client.authorization_details_types, ['note'])
  assert.equal((await world.ask(client.client_id, { authorization_details: text(NOTE) })).status, 303)
  await world.ask(client.client_id, { authorization_details: text(PAYMENT) })
  assert.equal(why(), 'details_type_not_registered')
  for (const wrong of ['note', [5], Array(21).fill('note')]) {
    assert.equal((await world.register({ authorization_details_types: wrong })).error, 'invalid_client_metadata')
  }
})

test('metadata names the types that there are, and none where there are none [rfc9396-10]', async () => {
  const metadata = async () =>
    (await (await world.send('GET', '/.well-known/oauth-authorization-server')).json()) as Record<string, unknown>
  assert.deepEqual((await metadata()).authorization_details_types_supported, ['payment', 'note'])
  await world.close()
  world = await makeWorld()
  assert.equal('authorization_details_types_supported' in (await metadata()), false)
})

test('a type is of its resource: another one does not know it, nor does the administration [rfc9396-5-unknown]', async () => {
  await world.close()
  world = await makeWorld({ resource: { authorizationDetailsTypes: TYPES }, second: true })
  const metadata = { redirect_uris: [CALLBACK], token_endpoint_auth_method: 'none' }
  await world.ctx.store.clients.put({
    id: 'dwo_own',
    assurance: 'operator',
    metadata,
    createdAt: 0,
    secretsNotBefore: 0,
  })
  const authorization_details = text(PAYMENT)
  for (const resource of [`${ISSUER}/other`, world.ctx.admin.uri]) {
    await world.ask('dwo_own', { resource, authorization_details })
    assert.equal(why(), 'details_type_unknown')
  }
  const good = await world.ask('dwo_own', { resource: MCP, authorization_details })
  assert.ok(good.headers.get('location')?.startsWith(`${ISSUER}/consent`))
  const choice = await world.ask('dwo_own', { authorization_details })
  const query = new URL(choice.headers.get('location') ?? '').searchParams
  assert.deepEqual([query.get('authorization_details'), choice.status], [authorization_details, 303])
})

test('a page that waits while its types change asks nobody: its words would be others than were asked for', async () => {
  const sealed = sealedIn(await world.ask(clientId, { authorization_details: text(PAYMENT) }, cookie()))
  const resources = world.ctx.resources.map((resource) => ({
    ...resource,
    authorizationDetailsTypes: { note: TYPES.note },
  }))
  await assert.rejects(openInteraction({ ...world.ctx, resources } as typeof world.ctx, VISIT, browser, sealed), {
    reason: 'details_type_unknown',
  })
})

const EXCHANGE = {
  grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
  subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
}

/** A server of notes whose tokens may be exchanged for those of another, and a client that has one with details. */
async function withServers() {
  await world.close()
  const exchanges = [{ to: `${ISSUER}/other`, scopes: { 'notes:read': ['notes:read'] } }]
  world = await makeWorld({
    second: true,
    resource: { authorizationDetailsTypes: TYPES, servers: ['dwo_notes'], exchanges },
  })
  const server = await world.operatorsClient(
    { grant_types: ['client_credentials'], redirect_uris: undefined },
    'dwo_notes',
  )
  const app = await world.operatorsClient({ redirect_uris: [CALLBACK] }, 'dwo_app')
  const asked = { resource: MCP, authorization_details: text(PAYMENT, NOTE) }
  const code = await world.agree(app.client_id, asked)
  const tokens = await post({ grant_type: 'authorization_code', code, code_verifier: VERIFIER, ...credentials(app) })
  return { server: credentials(server), app: credentials(app), tokens }
}
const credentials = ({ client_id, client_secret }: { client_id: string; client_secret: string }) => ({
  client_id,
  client_secret,
})

test('introspection tells what was granted in detail, of a token and of its grant [rfc9396-9.2]', async () => {
  const { server, app, tokens } = await withServers()
  const look = async (token: string, caller: Record<string, string>) =>
    ((await (await world.post('/introspect', { token, ...caller })).json()) as Tokens).authorization_details
  assert.deepEqual(await look(tokens.access_token, server), [PAYMENT, NOTE])
  assert.deepEqual(await look(tokens.refresh_token, app), [PAYMENT, NOTE])
  const form = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token, ...app }
  const narrow = await post({ ...form, authorization_details: text(NOTE) })
  assert.deepEqual(await look(narrow.access_token, server), [NOTE])
})

test('an exchange keeps what was granted in detail, or less of it, at its own server; elsewhere it means nothing [rfc9396-6]', async () => {
  const { server, app, tokens } = await withServers()
  const exchange = (form: Record<string, string>) => post({ ...EXCHANGE, subject_token: tokens.access_token, ...form })
  assert.deepEqual(decodeJwt((await exchange(app)).access_token).authorization_details, [PAYMENT, NOTE])
  const less = await exchange({ ...app, authorization_details: text(NOTE) })
  assert.deepEqual([less.authorization_details, decodeJwt(less.access_token).authorization_details], [[NOTE], [NOTE]])
  const elsewhere = await exchange({ ...server, resource: `${ISSUER}/other` })
  assert.equal('authorization_details' in decodeJwt(elsewhere.access_token), false)
  const more = { authorization_details: text({ ...NOTE, title: 'Other' }) }
  for (const form of [
    { ...app, ...more },
    { ...server, resource: `${ISSUER}/other`, authorization_details: text(NOTE) },
  ])
    assert.deepEqual([(await exchange(form)).error, why()], ['invalid_authorization_details', 'details_widened'])
})

test('nobody is granted anything in detail without a person [rfc9396-6]', async () => {
  const { server } = await withServers()
  const form = { grant_type: 'client_credentials', resource: MCP, ...server }
  const answer = await post({ ...form, authorization_details: text(PAYMENT) })
  assert.deepEqual([answer.error, why()], ['invalid_authorization_details', 'details_widened'])
})

test('who asks for more scopes keeps those, and nothing of what was granted in detail: it is asked for each time', async () => {
  await redeem(await agree(PAYMENT))
  const tokens = await redeem(await world.agree(clientId, { scope: 'notes:write' }))
  assert.equal('authorization_details' in tokens, false)
})

function request() {
  return {
    response_type: 'code',
    redirect_uri: CALLBACK,
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
  }
}
