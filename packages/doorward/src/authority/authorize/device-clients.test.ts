import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { afterEach, test } from 'node:test'
import { DEVICE_GRANT } from '@doorward/core/oauth/client-metadata'
import { decodeJwt, exportJWK, SignJWT } from 'jose'
import { makePublisher } from '../../testing/publisher.ts'
import { CALLBACK, MCP, makeWorld, VERIFIER, VISIT, type World } from '../../testing/world.ts'
import { timeOrderedId } from '../ids.ts'
import { inviteToken } from '../registration/invite-token.ts'
import { enterUserCode } from './device-entry.ts'
import { approve, sealForUser } from './interaction.ts'
import { openInteraction } from './open-interaction.ts'
import { stepUpOf } from './step-up.ts'

const BOTH = { grant_types: ['authorization_code', DEVICE_GRANT], redirect_uris: [CALLBACK], client_name: 'App' }
const BROWSER = 'b'.repeat(32)

let world: World
afterEach(() => world.close())

type Form = Record<string, string>
const why = () => world.events.at(-1)?.reason
const start = async (form: Form) =>
  (await (await world.post('/device_authorization', form)).json()) as Record<'device_code' | 'user_code', string>
async function poll(device_code: string, form: Form) {
  world.wait(5)
  const response = await world.post('/token', { grant_type: DEVICE_GRANT, device_code, ...form })
  return (await response.json()) as Record<string, string> & { authorization_details?: object[] }
}
async function shown(userCode: string) {
  const entry = await enterUserCode(world.ctx, VISIT, BROWSER, world.user, userCode)
  assert.ok(entry.verdict === 'found')
  return openInteraction(world.ctx, VISIT, BROWSER, entry.sealed)
}
async function agree(userCode: string): Promise<void> {
  const { pending, client } = await shown(userCode)
  const sealed = sealForUser(world.ctx, BROWSER, pending, world.user.id, { admits: client })
  await approve(world.ctx, VISIT, await openInteraction(world.ctx, VISIT, BROWSER, sealed), world.user)
}
async function grantTypes(body: object, token?: string): Promise<unknown> {
  const headers = {
    'content-type': 'application/json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  }
  const response = await world.send('POST', '/register', { headers, body: JSON.stringify(body) })
  return ((await response.json()) as { grant_types: unknown }).grant_types
}

test('a client that is known by its document alone polls before anybody agreed, and becomes a row when somebody does', async () => {
  world = await makeWorld({ development: true })
  const publisher = await makePublisher()
  const client_id = publisher.document({ grant_types: [DEVICE_GRANT], redirect_uris: undefined })
  const { device_code, user_code } = await start({ client_id })
  assert.equal((await poll(device_code, { client_id })).error, 'authorization_pending')
  assert.equal((await world.ctx.store.clients.list()).length, 0)
  await agree(user_code)
  assert.ok((await poll(device_code, { client_id })).access_token)
  assert.equal((await world.ctx.store.clients.list()).length, 1)
  publisher.close()
})

test('a client with a secret shows it at both ends, and nobody polls for it without [rfc8628-3.1, rfc8628-3.4]', async () => {
  world = await makeWorld()
  const own = await world.operatorsClient({ grant_types: [DEVICE_GRANT] })
  const { device_code, user_code } = await start(own)
  await agree(user_code)
  const unproven = await poll(device_code, { client_id: own.client_id })
  assert.deepEqual([unproven.error, why()], ['invalid_client', 'client_authentication_method'])
  assert.ok((await poll(device_code, own)).access_token)
})

test('a client that is not registered for devices any more gets nothing for a code of before', async () => {
  world = await makeWorld()
  const own = await world.operatorsClient({ grant_types: [DEVICE_GRANT] })
  const { device_code, user_code } = await start(own)
  await agree(user_code)
  const known = await world.ctx.store.clients.find(own.client_id)
  await world.ctx.store.clients.change(own.client_id, { metadata: { ...known?.metadata, grant_types: [] } })
  assert.equal((await poll(device_code, own)).error, 'unauthorized_client')
  assert.equal(why(), 'device_grant_unregistered')
})

test('an invite or a statement issuer that is bound to hosts gives no grant for devices; one without bounds does', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const issuer = { issuer: 'https://vendor.example', jwks: { keys: [await exportJWK(publicKey)] } }
  for (const redirectHosts of [['client.example'], undefined]) {
    world = await makeWorld({
      registration: {
        statementIssuers: [{ ...issuer, ...(redirectHosts === undefined ? {} : { redirectHosts }) }],
      },
    })
    const expected = ['authorization_code', 'refresh_token', ...(redirectHosts === undefined ? [DEVICE_GRANT] : [])]
    const now = world.ctx.now()
    const id = timeOrderedId(now * 1000, world.ctx.random)
    await world.ctx.store.invites.add({
      id,
      note: '',
      mostUses: 1,
      redirectHosts: redirectHosts ?? [],
      scopes: [],
      createdAt: now,
      expiresAt: now + 60,
    })
    const body = { ...BOTH, token_endpoint_auth_method: 'none' }
    assert.deepEqual(await grantTypes(body, inviteToken(world.ctx.keys.invite, id)), expected)
    const claims = { ...body, iss: issuer.issuer, software_id: 'app', iat: now }
    const software_statement = await new SignJWT(claims).setProtectedHeader({ alg: 'ES256' }).sign(privateKey)
    assert.deepEqual(await grantTypes({ software_statement }), expected)
    if (redirectHosts !== undefined) await world.close()
  }
})

test('what is asked for in detail is shown and granted as it would be in a browser', async () => {
  const note = { type: 'note', title: 'Shopping' }
  const fields = { title: { type: 'string', label: 'Title' } } as const
  world = await makeWorld({ resource: { authorizationDetailsTypes: { note: { description: 'Share', fields } } } })
  const { client_id } = await world.register(BOTH)
  const { device_code, user_code } = await start({ client_id, authorization_details: JSON.stringify([note]) })
  assert.deepEqual((await shown(user_code)).details, [note])
  await agree(user_code)
  const tokens = await poll(device_code, { client_id })
  assert.deepEqual(tokens.authorization_details, [note])
  assert.deepEqual(decodeJwt(tokens.access_token ?? '').authorization_details, [note])
  const refused = await start({ client_id, authorization_details: JSON.stringify([{ type: 'other' }]) })
  assert.equal((refused as Record<string, string>).error, 'invalid_authorization_details')
})

test('as much as may be asked for in detail comes back from the page; what could not is refused at the start', async () => {
  const fields = { title: { type: 'string', label: 'Title' } } as const
  const names = Array.from({ length: 60 }, (_, i) => `${'s'.repeat(60)}${i}`)
  const scopes = Object.fromEntries([...names, 'notes:read'].map((name) => [name, { description: name }]))
  const authorizationDetailsTypes = { note: { description: 'Share', fields } }
  world = await makeWorld({ resource: { scopes, authorizationDetailsTypes } })
  const { client_id } = await world.register(BOTH)
  const note = { type: 'note', title: 'é'.repeat(191) }
  const form = { client_id, authorization_details: JSON.stringify(Array.from({ length: 10 }, () => note)) }
  await agree((await start(form)).user_code)
  assert.equal((await start({ ...form, scope: names.join(' ') })).user_code, undefined)
  assert.equal(why(), 'request_too_long')
})

test('what a person allowed the same application elsewhere does not go to a device', async () => {
  world = await makeWorld()
  const { client_id } = await world.register(BOTH)
  const code = await world.agree(client_id, { scope: 'notes:read' })
  await world.post('/token', { grant_type: 'authorization_code', code, code_verifier: VERIFIER, client_id })
  const { user_code, device_code } = await start({ client_id, scope: 'notes:write', resource: MCP })
  assert.equal(await stepUpOf(world.ctx, await shown(user_code), world.user), undefined)
  await agree(user_code)
  assert.equal((await poll(device_code, { client_id })).scope, 'notes:write')
})
