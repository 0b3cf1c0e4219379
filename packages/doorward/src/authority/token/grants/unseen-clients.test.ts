import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto'
import { afterEach, beforeEach, test } from 'node:test'
import { decodeJwt, exportJWK, SignJWT } from 'jose'
import { makePublisher } from '../../../testing/publisher.ts'
import { ISSUER, MCP, makeWorld, VERIFIER, type World } from '../../../testing/world.ts'
import { strict } from '../../registration/policies/strict.ts'
import { JWT_BEARER_GRANT } from '../assertion-issuer.ts'
import { JWT_BEARER } from '../client-assertion.ts'

const IDP = 'https://corp.example'
const OTHER = `${ISSUER}/other`
const idp = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const own = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' })

let world: World
let publisher: Awaited<ReturnType<typeof makePublisher>>
/** A client that publishes who it is and its key, and that nobody here has seen yet. */
let id: string
async function open(changes: Parameters<typeof makeWorld>[0] = {}): Promise<void> {
  const jwks = { keys: [{ ...(await exportJWK(idp.publicKey)), alg: 'ES256' }] }
  world = await makeWorld({ development: true, assertionIssuers: [{ issuer: IDP, jwks, people: {} }], ...changes })
}
beforeEach(async () => {
  publisher = await makePublisher()
  publisher.publish('/keys.json', { body: { keys: [await exportJWK(own.publicKey)] } })
  id = publisher.document({
    token_endpoint_auth_method: 'private_key_jwt',
    jwks_uri: `${publisher.origin}/keys.json`,
  })
  await open()
})
afterEach(async () => {
  publisher.close()
  await world.close()
})

function sign(claims: object, key: KeyObject, typ = 'JWT'): Promise<string> {
  const now = world.ctx.now()
  return new SignJWT({ aud: ISSUER, jti: randomUUID(), iat: now, exp: now + 60, ...claims })
    .setProtectedHeader({ alg: 'ES256', typ })
    .sign(key)
}
/** What the identity provider says: for Ada, this client, this MCP server. */
const jag = (client_id: string) =>
  sign({ iss: IDP, sub: 'ada', client_id, resource: MCP, scope: 'notes:read' }, idp.privateKey, 'oauth-id-jag+jwt')
const signedBy = async (key: KeyObject) => ({
  client_assertion: await sign({ iss: id, sub: id }, key),
  client_assertion_type: JWT_BEARER,
})
interface Answer {
  readonly status: number
  readonly reason: string | undefined
  readonly token: string
}
async function post(form: Record<string, string>): Promise<Answer> {
  const response = await world.post('/token', form)
  const { access_token: token = '' } = (await response.json()) as { access_token?: string }
  return { status: response.status, reason: world.events.at(-1)?.reason, token }
}
const ask = async (credentials: Record<string, string> = {}, client_id = id) =>
  post({
    grant_type: JWT_BEARER_GRANT,
    assertion: await jag(client_id),
    client_id: id,
    ...(await signedBy(own.privateKey)),
    ...credentials,
  })

test('a client that only its document tells of acts for whom an identity provider says, and is known from then on [id-jag-client, cimd-flow]', async () => {
  const { status, token } = await ask()
  assert.equal(status, 200)
  const { client_id, grant_id } = decodeJwt(token)
  assert.equal(client_id, id)
  const stored = await world.ctx.store.clients.find(id)
  assert.deepEqual([stored?.assurance, stored?.metadata.client_name], ['domain', 'App'])
  assert.equal((await world.ctx.store.grants.find(String(grant_id)))?.clientId, id)
  assert.equal(decodeJwt((await ask()).token).grant_id, grant_id)
  assert.deepEqual(publisher.asked, ['/client.json', '/keys.json'], 'each asked for once')
})

test('an operator who blocks such a client ends what it has, and it comes by its document no more [id-jag-client]', async () => {
  const { grant_id } = decodeJwt((await ask()).token)
  await world.ctx.store.clients.block(id, world.ctx.now())
  const refused = await ask()
  assert.deepEqual([refused.status, refused.reason], [401, 'client_blocked'])
  assert.equal((await world.ctx.store.grants.find(String(grant_id)))?.clientBlocked, true)
})

const REFUSED: readonly (readonly [string, () => Promise<Answer>, number, string])[] = [
  [
    'signs with a key that it does not publish',
    async () => ask(await signedBy(stranger.privateKey)),
    401,
    'assertion_not_signed_by_client',
  ],
  ['is not the one that is spoken of', () => ask({}, 'dwo_other'), 400, 'grant_assertion_of_another_client'],
  [
    'proves nothing',
    async () => {
      id = publisher.document({}, {}, '/public.json')
      return post({ grant_type: JWT_BEARER_GRANT, assertion: await jag(id), client_id: id })
    },
    400,
    'grant_assertion_client_unproven',
  ],
  [
    'has no document',
    async () => {
      id = `${publisher.origin}/nowhere.json`
      return ask()
    },
    400,
    'document_gone',
  ],
]
for (const [title, come, status, reason] of REFUSED) {
  test(`a client that nobody has seen and that ${title} gets nothing, and nothing of it is kept [id-jag-client]`, async () => {
    const refused = await come()
    assert.deepEqual([refused.status, refused.reason], [status, reason])
    assert.deepEqual([await world.ctx.store.clients.list(), await world.ctx.store.grants.list()], [[], []])
  })
}

test('whoever is not admitted unasked is not admitted by the word of an identity provider either; by an operator’s it is [doorward-policy, id-jag-client]', async () => {
  const { byAssurance } = strict
  const refusing = { ...byAssurance, domain: 'refuse' } as const
  for (const policy of [{ byAssurance }, { byAssurance: refusing }, { deny: [{ clientId: id }] }]) {
    await world.close()
    await open({ policy })
    assert.equal((await ask()).reason, 'policy_refused')
    assert.deepEqual(await world.ctx.store.clients.list(), [])
  }
  await world.close()
  await open({ policy: { byAssurance, allow: [{ clientId: id }] } })
  assert.equal((await ask()).status, 200)
})

test('an MCP server that its operator named by the address of its document exchanges tokens before anybody saw it [rfc8693-4.1-act]', async () => {
  await world.close()
  const exchanges = [{ to: OTHER, scopes: { 'notes:read': ['notes:read'] } }]
  await open({ second: true, resource: { servers: [id], exchanges } })
  const app = await world.register()
  const code = await world.agree(app.client_id, { resource: MCP })
  const redeemed = { grant_type: 'authorization_code', code, code_verifier: VERIFIER, client_id: app.client_id }
  const exchange = async () =>
    post({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: (await post(redeemed)).token,
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      resource: OTHER,
      client_id: id,
      ...(await signedBy(own.privateKey)),
    })
  const { status, token } = await exchange()
  assert.equal(status, 200)
  assert.deepEqual([decodeJwt(token).aud, decodeJwt(token).act], [OTHER, { sub: id }])
  assert.equal((await world.ctx.store.clients.find(id))?.assurance, 'domain')
})

test('such a server asks about tokens before anybody saw it too, and for nobody else a document is fetched there [rfc7662-2.1-authorized]', async () => {
  const introspect = async () => {
    const response = await world.post('/introspect', { token: 'nonsense', ...(await signedBy(own.privateKey)) })
    return [response.status, ((await response.json()) as { active?: boolean }).active]
  }
  assert.deepEqual(await introspect(), [401, undefined])
  assert.deepEqual(publisher.asked, [])
  await world.close()
  await open({ resource: { servers: [id] } })
  assert.deepEqual(await introspect(), [200, false])
  assert.deepEqual(publisher.asked, ['/client.json', '/keys.json'])
})
