import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { afterEach, beforeEach, test } from 'node:test'
import { DEVICE_GRANT } from '@doorward/core/oauth/client-metadata'
import { calculateJwkThumbprint, decodeJwt, exportJWK, SignJWT } from 'jose'
import type { StoredUser } from '../../store/store.ts'
import { CALLBACK, ISSUER, MCP, makeWorld, VISIT, type World } from '../../testing/world.ts'
import { PRESETS } from '../registration/policies/index.ts'
import { deviceCode as grantOfDevices } from '../token/grants/device-code.ts'
import { enterUserCode } from './device-entry.ts'
import { approve, askOperator, deny, sealForUser } from './interaction.ts'
import { openInteraction } from './open-interaction.ts'

const METADATA = { grant_types: [DEVICE_GRANT], redirect_uris: undefined, client_name: 'Headless agent' }
const BOB: StoredUser = {
  id: 'dwu_bob',
  email: 'bob@x.example',
  password: 'x',
  operator: false,
  groups: [],
  createdAt: 0,
}
const BROWSER = 'b'.repeat(32)

let world: World
let clientId: string
beforeEach(async () => {
  world = await makeWorld()
  await world.ctx.store.users.add(BOB)
  clientId = (await world.register(METADATA)).client_id
})
afterEach(() => world.close())

type Asked = Record<
  'device_code' | 'user_code' | 'error' | 'verification_uri' | 'verification_uri_complete',
  string
> & {
  expires_in: number
  interval: number
}
async function start(form: Record<string, string> = {}, headers: Record<string, string> = {}) {
  const response = await world.post('/device_authorization', { client_id: clientId, ...form }, headers)
  return { status: response.status, headers: response.headers, body: (await response.json()) as Asked }
}
async function poll(device_code: string, form: Record<string, string> = {}, headers: Record<string, string> = {}) {
  const response = await world.post(
    '/token',
    { client_id: clientId, grant_type: DEVICE_GRANT, device_code, ...form },
    headers,
  )
  return { status: response.status, body: (await response.json()) as Record<string, string> }
}
const why = () => world.events.at(-1)?.reason

/** What a person sees who types a code, ready to be answered. */
async function shown(userCode: string, user = world.user, browser = BROWSER) {
  const entry = await enterUserCode(world.ctx, VISIT, browser, user, userCode)
  assert.equal(entry.verdict, 'found')
  const { pending, client } = await openInteraction(world.ctx, VISIT, browser, 'sealed' in entry ? entry.sealed : '')
  return openInteraction(
    world.ctx,
    VISIT,
    browser,
    sealForUser(world.ctx, browser, pending, user.id, { admits: client }),
  )
}
async function agree(userCode: string, user = world.user): Promise<string | null> {
  return (await approve(world.ctx, VISIT, await shown(userCode, user), user)).headers.get('location')
}

const own = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const thief = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const jkt = await calculateJwkThumbprint(await exportJWK(own.publicKey))
let serial = 0
async function proof(path: string, pair: { privateKey: KeyObject; publicKey: KeyObject } = own) {
  const claims = { jti: `j${++serial}`, htm: 'POST', htu: `${ISSUER}${path}`, iat: world.ctx.now() }
  const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: await exportJWK(pair.publicKey) }
  return { dpop: await new SignJWT(claims).setProtectedHeader(header).sign(pair.privateKey) }
}

test('a device asks, a person types its code and agrees, and the device has a grant of that person that refreshes [rfc8628-3.2, rfc8628-3.4, rfc8628-3.3]', async () => {
  const { status, headers, body } = await start({ scope: 'notes:read', resource: MCP })
  assert.equal(status, 200)
  assert.equal(headers.get('cache-control'), 'no-store')
  assert.match(body.user_code, /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/)
  assert.deepEqual(
    [body.verification_uri, body.verification_uri_complete, body.expires_in, body.interval],
    [`${ISSUER}/device`, `${ISSUER}/device?user_code=${body.user_code}`, 600, 5],
  )
  const pending = await poll(body.device_code)
  assert.deepEqual([pending.status, pending.body.error], [400, 'authorization_pending'])
  world.wait(5)
  assert.equal(await agree(body.user_code), `${ISSUER}/device/approved`)
  const answer = await poll(body.device_code)
  assert.equal(answer.status, 200)
  const claims = decodeJwt(answer.body.access_token ?? '')
  assert.deepEqual([claims.sub, claims.aud, claims.scope], [world.user.id, MCP, 'notes:read'])
  const [grant, second] = await world.ctx.store.grants.list()
  assert.deepEqual([grant?.userId, grant?.kind, grant?.generation, second], [world.user.id, undefined, 1, undefined])
  const refreshed = await world.post('/token', {
    client_id: clientId,
    grant_type: 'refresh_token',
    refresh_token: answer.body.refresh_token ?? '',
  })
  assert.equal(refreshed.status, 200)
})

test('one story is told from the question to the token, and polling tells nothing [doorward-device-minimal]', async () => {
  const { body } = await start()
  const before = world.events.length
  for (let i = 0; i < 3; i++) {
    assert.equal((await poll(body.device_code)).body.error, 'authorization_pending')
    world.wait(5)
  }
  assert.equal(world.events.length, before)
  await agree(body.user_code)
  await poll(body.device_code)
  const told = (await world.ctx.store.events.list({ limit: 50 })).map(({ type }) => type)
  assert.deepEqual(told.slice(2), ['device.requested', 'client.approved', 'consent.given', 'token.issued'])
})

test('the database holds neither code, nor what was asked in clear [rfc8628-5.2, doorward-device-minimal]', async () => {
  const { body } = await start({ scope: 'notes:read' })
  const key = (await shown(body.user_code)).pending.device?.key ?? ''
  const row = JSON.stringify(await world.ctx.store.devices.find(key, world.ctx.now()))
  for (const secret of [body.device_code, body.user_code, 'notes:read', clientId]) assert.ok(!row.includes(secret))
  // What lies in the row is no device code.
  const { sealed } = JSON.parse(row) as { sealed: string }
  assert.equal((await poll(`dwd_${sealed}`)).body.error, 'invalid_grant')
  assert.equal(why(), 'device_code_foreign')
})

const REFUSED_AT_THE_START: readonly (readonly [string, () => Promise<Record<string, string>>, string, string])[] = [
  ['names no client', async () => ({ client_id: '' }), 'invalid_client', 'client_missing'],
  ['comes from a client that nobody knows', async () => ({ client_id: 'dwc_x' }), 'invalid_client', 'client_unknown'],
  [
    'comes from a client that is not registered for devices',
    async () => ({ client_id: (await world.register()).client_id }),
    'unauthorized_client',
    'device_grant_unregistered',
  ],
  [
    'comes with a secret from a client that registered none',
    async () => ({ client_secret: 'dws_x' }),
    'invalid_client',
    'client_authentication_method',
  ],
  [
    'comes without its secret from a client that has one',
    async () => ({ client_id: (await world.operatorsClient({ grant_types: [DEVICE_GRANT] }, 'dwo_tv')).client_id }),
    'invalid_client',
    'client_authentication_method',
  ],
  [
    'comes from a blocked client',
    async () => {
      await world.ctx.store.clients.block(clientId, world.ctx.now())
      return {}
    },
    'invalid_client',
    'client_blocked',
  ],
  [
    'asks for another server',
    async () => ({ resource: 'https://x.example/mcp' }),
    'invalid_target',
    'resource_unknown',
  ],
  [
    'asks for the administration',
    async () => ({ resource: world.ctx.admin.uri }),
    'invalid_target',
    'admin_client_assurance',
  ],
  [
    'asks for the administration, also in the name of a client of an operator',
    async () => ({
      ...(await world.operatorsClient({ grant_types: [DEVICE_GRANT] }, 'dwo_tv')),
      resource: world.ctx.admin.uri,
    }),
    'invalid_target',
    'device_administration',
  ],
  ['asks for a malformed scope', async () => ({ scope: 'a"b' }), 'invalid_scope', 'scope_malformed'],
  ['names a malformed key', async () => ({ dpop_jkt: 'x' }), 'invalid_request', 'dpop_jkt_malformed'],
]
for (const [title, form, error, reason] of REFUSED_AT_THE_START) {
  test(`a device that ${title} gets ${error}, and no code [rfc8628-3.1]`, async () => {
    const { body } = await start(await form())
    assert.deepEqual([body.error, body.user_code, why()], [error, undefined, reason])
  })
}

test('a device gets no token for an MCP server that is served no more [rfc8707-2-invalid-target]', async () => {
  const { body } = await start({ resource: MCP })
  await agree(body.user_code)
  ;(world.ctx.resources as unknown[]).pop()
  assert.deepEqual([(await poll(body.device_code)).body.error, why()], ['invalid_target', 'resource_unknown'])
})

test('where several servers are there, the device names one', async () => {
  await world.close()
  world = await makeWorld({ second: true })
  clientId = (await world.register(METADATA)).client_id
  assert.deepEqual([(await start()).body.error, why()], ['invalid_target', 'resource_missing'])
  assert.equal((await start({ resource: `${ISSUER}/other` })).status, 200)
})

for (const { preset, deviceAuthorization } of PRESETS) {
  test(`the preset ${preset} ${deviceAuthorization === 'allow' ? 'offers' : 'has no'} device authorization, and the metadata says so [rfc8628-4]`, async () => {
    await world.close()
    world = await makeWorld({ policy: { deviceAuthorization } })
    const metadata = (await (await world.send('GET', '/.well-known/oauth-authorization-server')).json()) as Record<
      string,
      unknown
    >
    const offered = deviceAuthorization === 'allow'
    assert.equal(offered, preset === 'guarded' || preset === 'zero-touch')
    const endpoint = offered ? `${ISSUER}/device_authorization` : undefined
    assert.equal(metadata.device_authorization_endpoint, endpoint)
    assert.equal((metadata.grant_types_supported as string[]).includes(DEVICE_GRANT), offered)
    const own = await world.register({ grant_types: ['authorization_code', DEVICE_GRANT] })
    assert.equal((own.grant_types as string[]).includes(DEVICE_GRANT), offered)
    clientId = own.client_id
    assert.equal((await world.post('/device_authorization', { client_id: clientId })).status, offered ? 200 : 404)
    const token = await poll('x')
    assert.equal(token.body.error, offered ? 'invalid_grant' : 'unsupported_grant_type')
    assert.equal(grantOfDevices.isOffered(world.ctx), offered)
  })
}

test('a client for devices alone needs no redirect, and the same words are the same client', async () => {
  const again = await world.register({ ...METADATA, redirect_uris: [CALLBACK] })
  assert.equal(again.client_id, clientId)
  assert.deepEqual(
    [again.redirect_uris, again.response_types, again.grant_types],
    [[], [], ['refresh_token', DEVICE_GRANT]],
  )
  assert.equal((await world.ask(clientId)).status, 400)
  assert.equal(why(), 'redirect_uri_not_registered')
})

test('who asks too often waits, by network and in all; nothing is written then [doorward-device-minimal]', async () => {
  for (let i = 0; i < 30; i++) assert.equal((await start()).status, 200)
  const { status, headers } = await start()
  assert.deepEqual([status, headers.get('retry-after'), why()], [429, '20', 'device_limit'])
  world.wait(20)
  assert.equal((await start()).status, 200)
})

test('a device that polls too fast is told to slow down, five seconds more each time, and nobody else is [rfc8628-3.5-slow-down]', async () => {
  const { body } = await start()
  const other = await start()
  const expect = async (error: string) => assert.equal((await poll(body.device_code)).body.error, error)
  await expect('authorization_pending')
  world.wait(3)
  await expect('slow_down')
  assert.equal(why(), 'device_polled_too_fast')
  world.wait(5)
  await expect('slow_down')
  world.wait(7)
  await expect('authorization_pending')
  world.wait(10)
  await expect('slow_down')
  world.wait(10)
  await expect('authorization_pending')
  assert.equal((await poll(other.body.device_code)).body.error, 'authorization_pending')
  // One that never learns is not shut out: its interval ends at a minute.
  const rush = async () => {
    for (let i = 0; i < 60; i++) {
      world.wait(1)
      const answer = (await poll(body.device_code)).body.error
      if (answer !== 'slow_down') return answer
    }
    return undefined
  }
  assert.equal(await rush(), 'authorization_pending')
})

const REFUSED_AT_THE_TOKEN: readonly (readonly [
  string,
  (code: Asked) => Promise<Awaited<ReturnType<typeof poll>>>,
  string,
  string,
])[] = [
  ['is not ours', () => poll('dwd_AAAA'), 'invalid_grant', 'device_code_foreign'],
  ['is a user code', ({ user_code }) => poll(user_code), 'invalid_grant', 'device_code_foreign'],
  [
    'is another client’s',
    async ({ device_code }) =>
      poll(device_code, { client_id: (await world.register({ ...METADATA, client_name: 'Other' })).client_id }),
    'invalid_grant',
    'device_code_of_another_client',
  ],
  [
    'was denied',
    async ({ device_code, user_code }) => {
      const answer = await deny(world.ctx, VISIT, await shown(user_code), world.user)
      assert.equal(answer.headers.get('location'), `${ISSUER}/device/denied`)
      return poll(device_code)
    },
    'access_denied',
    'device_denied',
  ],
  [
    'nobody answered in time',
    async ({ device_code }) => {
      world.wait(600)
      return poll(device_code)
    },
    'expired_token',
    'device_code_expired',
  ],
  [
    'somebody allowed and the device did not fetch in time',
    async ({ device_code, user_code }) => {
      await agree(user_code)
      world.wait(600)
      return poll(device_code)
    },
    'expired_token',
    'device_code_expired',
  ],
  [
    'is for another server than is named now',
    async ({ device_code, user_code }) => {
      await agree(user_code)
      return poll(device_code, { resource: 'https://x.example/mcp' })
    },
    'invalid_target',
    'resource_differs',
  ],
  [
    'was allowed by somebody who is disabled since',
    async ({ device_code, user_code }) => {
      await agree(user_code)
      await world.ctx.store.users.disable(world.user.id, world.ctx.now())
      return poll(device_code)
    },
    'invalid_grant',
    'grant_revoked',
  ],
  [
    'was allowed for a client that is blocked since',
    async ({ device_code, user_code }) => {
      await agree(user_code)
      await world.ctx.store.clients.block(clientId, world.ctx.now())
      return poll(device_code)
    },
    'invalid_client',
    'client_blocked',
  ],
]
for (const [title, come, error, reason] of REFUSED_AT_THE_TOKEN) {
  test(`a device code that ${title} is ${error} [rfc8628-3.5-errors, rfc8628-3.4]`, async () => {
    const { body } = await start()
    const answer = await come(body)
    assert.deepEqual([answer.body.error, answer.body.access_token, why()], [error, undefined, reason])
  })
}

test('of two redemptions one wins, and the second ends what the first got [rfc8628-5.5]', async () => {
  const { body } = await start()
  await agree(body.user_code)
  const first = await poll(body.device_code)
  assert.equal(first.status, 200)
  assert.equal((await poll(body.device_code)).body.error, 'slow_down')
  world.wait(10)
  assert.equal((await poll(body.device_code)).body.error, 'invalid_grant')
  const [grant] = await world.ctx.store.grants.list()
  assert.equal(grant?.revokedReason, 'code_reused')
  const events = await world.ctx.store.events.list({ limit: 50 })
  assert.deepEqual([events.at(-1)?.type, events.at(-1)?.reason], ['token.reused', 'device_code_reused'])
})

test('a key that was proven at the start is needed to the end, and nobody without it slows its holder down [doorward-device-key]', async () => {
  const { body, headers } = await start({}, await proof('/device_authorization'))
  assert.match(headers.get('dpop-nonce') ?? '', /^[\w-]{32}$/)
  const strangers = async () => {
    for (const headers of [{}, await proof('/token', thief)]) {
      assert.equal((await poll(body.device_code, {}, headers)).body.error, 'invalid_grant')
      assert.equal(why(), 'sender_key_differs')
    }
  }
  await strangers()
  assert.equal((await poll(body.device_code, {}, await proof('/token'))).body.error, 'authorization_pending')
  world.wait(5)
  await agree(body.user_code)
  await strangers()
  const { status, body: token } = await poll(body.device_code, {}, await proof('/token'))
  assert.deepEqual([status, token.token_type], [200, 'DPoP'])
  assert.deepEqual(decodeJwt(token.access_token ?? '').cnf, { jkt })
  assert.equal((await start({ dpop_jkt: 'A'.repeat(43) }, await proof('/device_authorization'))).status, 400)
  assert.equal(why(), 'device_dpop_jkt')
  assert.equal((await start({}, await proof('/par'))).body.error, 'invalid_dpop_proof')
})

test('a code that one person answered cannot be answered by another, nor otherwise [doorward-device-one-answer]', async () => {
  const { body } = await start()
  const ada = await shown(body.user_code)
  const bob = await shown(body.user_code, { ...BOB, operator: true }, 'c'.repeat(32))
  const once = await approve(world.ctx, VISIT, ada, world.user)
  const twice = await approve(world.ctx, VISIT, ada, world.user)
  assert.deepEqual([once.status, once.headers.get('location')], [303, twice.headers.get('location')])
  const taken = { reason: 'device_code_answered' }
  await assert.rejects(approve(world.ctx, VISIT, bob, { ...BOB, operator: true }), taken)
  await assert.rejects(deny(world.ctx, VISIT, bob, BOB), taken)
  await assert.rejects(deny(world.ctx, VISIT, ada, world.user), taken)
  assert.equal((await enterUserCode(world.ctx, VISIT, BROWSER, BOB, body.user_code)).verdict, 'answered')
  assert.equal((await world.ctx.store.grants.list()).length, 1)
  assert.equal((await poll(body.device_code)).status, 200)
})

test('who goes back and lets the device in for a day alone lets it in for no longer [doorward-device-one-answer, doorward-narrowed]', async () => {
  const { body } = await start()
  const opened = await shown(body.user_code)
  await approve(world.ctx, VISIT, opened, world.user)
  const choice = { ticked: [], days: 1, byHand: false }
  const again = await approve(world.ctx, VISIT, opened, world.user, choice)
  assert.equal(again.headers.get('location'), `${ISSUER}/device/approved`)
  const { refresh_token = '' } = (await poll(body.device_code)).body
  world.wait(86_400)
  const form = { grant_type: 'refresh_token', client_id: clientId, refresh_token }
  assert.equal((await world.post('/token', form)).status, 400)
})

test('an unverified client waits for an operator, as in a browser, but no longer than its device; an operator’s own answer counts', async () => {
  const { body } = await start()
  const asked = await shown(body.user_code, BOB)
  assert.equal(asked.decision.verdict, 'ask')
  await assert.rejects(approve(world.ctx, VISIT, asked, BOB), { reason: 'approval_missing' })
  const waiting = await askOperator(world.ctx, VISIT, BROWSER, asked, BOB)
  assert.equal((await poll(body.device_code)).body.error, 'authorization_pending')
  await world.ctx.store.clients.approve(clientId, { now: world.ctx.now(), by: world.user.id })
  const admitted = await openInteraction(world.ctx, VISIT, BROWSER, waiting)
  assert.equal((await approve(world.ctx, VISIT, admitted, BOB)).status, 303)
  world.wait(600)
  await assert.rejects(openInteraction(world.ctx, VISIT, BROWSER, waiting), { reason: 'pending_expired' })
})
