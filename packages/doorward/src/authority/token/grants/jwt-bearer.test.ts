import assert from 'node:assert/strict'
import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { afterEach, beforeEach, test } from 'node:test'
import { calculateJwkThumbprint, decodeJwt, exportJWK, type JWTPayload, SignJWT } from 'jose'
import { ISSUER, MCP, makeWorld, type World } from '../../../testing/world.ts'
import type { AssertionIssuer } from '../assertion-issuer.ts'
import { JWT_BEARER_GRANT } from '../assertion-issuer.ts'
import { JWT_BEARER } from '../client-assertion.ts'

const idp = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const platform = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const IDP = 'https://corp.example'
const CI = 'https://ci.example'
const keysOf = async ({ publicKey }: typeof idp) => ({ keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256' }] })

async function issuers(changes: Partial<AssertionIssuer> = {}): Promise<AssertionIssuer[]> {
  const deploy = {
    name: 'deploy',
    claims: { repository: 'acme/site', ref: 'refs/heads/*' },
    resource: MCP,
    scopes: ['notes:read'],
  }
  return [
    { issuer: IDP, jwks: await keysOf(idp), people: {}, ...changes },
    { issuer: CI, jwks: await keysOf(platform), workloads: [deploy], audience: 'doorward', ...changes },
  ]
}

let world: World
let secret: string
async function open(changes: Parameters<typeof makeWorld>[0] = {}): Promise<void> {
  world = await makeWorld({ assertionIssuers: await issuers(), ...changes })
  secret = (await world.operatorsClient({ redirect_uris: ['https://c.example/cb'] })).client_secret
}
beforeEach(() => open())
afterEach(() => world.close())

type Body = { access_token: string; scope: string; refresh_token?: string; token_type: string; error?: string }
async function ask(
  assertion: string,
  form: Record<string, string> = {},
  headers = {},
): Promise<{ status: number; body: Body }> {
  const credentials: Record<string, string> = { client_id: 'dwo_robot', client_secret: secret }
  const response = await world.post(
    '/token',
    { grant_type: JWT_BEARER_GRANT, assertion, ...credentials, ...form },
    headers,
  )
  return { status: response.status, body: (await response.json()) as Body }
}
async function askAsWorkload(assertion: string, form: Record<string, string> = {}) {
  const response = await world.post('/token', { grant_type: JWT_BEARER_GRANT, assertion, ...form })
  return { status: response.status, body: (await response.json()) as Body }
}
const why = () => world.events.at(-1)?.reason

interface Signing {
  readonly key?: typeof idp.privateKey
  readonly typ?: string
  readonly alg?: string
}
function jag(
  changes: JWTPayload = {},
  { key = idp.privateKey, typ = 'oauth-id-jag+jwt', alg = 'ES256' }: Signing = {},
) {
  const now = world.ctx.now()
  const claims = {
    iss: IDP,
    sub: 'ada',
    aud: ISSUER,
    client_id: 'dwo_robot',
    jti: randomUUID(),
    iat: now,
    exp: now + 300,
  }
  const all = { ...claims, resource: MCP, scope: 'notes:read', ...changes }
  const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
  return new SignJWT(given).setProtectedHeader({ alg, typ }).sign(key)
}
function ciToken(changes: JWTPayload = {}, key = platform.privateKey) {
  const now = world.ctx.now()
  const claims = { iss: CI, sub: 'repo:acme/site', aud: ISSUER, jti: randomUUID(), iat: now, exp: now + 300 }
  const all = { ...claims, repository: 'acme/site', ref: 'refs/heads/main', ...changes }
  const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
  return new SignJWT(given).setProtectedHeader({ alg: 'ES256', typ: 'JWT' }).sign(key)
}

test('a company’s identity provider lets a client act for a person: one resource, its scopes, no refresh token [id-jag-typ, id-jag-resource, id-jag-no-refresh, rfc7523-3.1-grant, doorward-given-out]', async () => {
  const { status, body } = await ask(await jag())
  assert.equal(status, 200)
  assert.equal(body.refresh_token, undefined)
  const claims = decodeJwt(body.access_token)
  assert.deepEqual([claims.aud, claims.scope, claims.client_id], [MCP, 'notes:read', 'dwo_robot'])
  // As in earlier releases: it is whom servers behind know.
  assert.equal(claims.sub, 'dwx_3vCm53zwCCsW2G6sM_CMjw')
  assert.equal((await world.ctx.store.grants.find(String(claims.grant_id)))?.kind, 'assertion')
})

test('a person is one and the same each time, and another with another issuer, tenant or sub', async () => {
  const subjects = async (changes: JWTPayload) => decodeJwt((await ask(await jag(changes))).body.access_token).sub
  const ada = await subjects({})
  assert.equal(await subjects({}), ada)
  assert.notEqual(await subjects({ sub: 'bob' }), ada)
  assert.notEqual(await subjects({ tenant: 'two' }), ada)
  assert.equal((await world.ctx.store.grants.list()).length, 3)
})

test('what is granted is what was asked for and what the identity provider said, and what it may say [id-jag-scope]', async () => {
  const both = 'notes:read notes:write'
  assert.equal((await ask(await jag({ scope: both }))).body.scope, both)
  assert.equal((await ask(await jag({ scope: both }), { scope: 'notes:write other' })).body.scope, 'notes:write')
  assert.equal((await ask(await jag({ scope: undefined }))).body.scope, 'notes:read')
  await world.close()
  await open({ assertionIssuers: await issuers({ people: { scopes: ['notes:read'] } }) })
  assert.equal((await ask(await jag({ scope: both }))).body.scope, 'notes:read')
  assert.deepEqual(
    [(await ask(await jag({ scope: 'notes:write' }))).body.error, why()],
    ['invalid_scope', 'scope_not_allowed'],
  )
})

test('who asks for less than the identity provider said has less, and who asks for something else has nothing [id-jag-scope]', async () => {
  const contained = await ask(await jag({ scope: 'notes:write' }), { scope: 'notes:read' })
  assert.equal(contained.body.scope, 'notes:read')
  assert.equal((await ask(await jag(), { scope: 'offline_access' })).body.scope, 'notes:read')
  const more = await ask(await jag({ scope: 'notes:read' }), { scope: 'notes:write' })
  assert.deepEqual([more.body.error, why()], ['invalid_scope', 'scope_not_allowed'])
})

test('what an operator bound a client to binds it also where an identity provider says more [id-jag-scope]', async () => {
  const reader = await world.operatorsClient(
    { redirect_uris: ['https://c.example/cb'], scope: 'notes:read' },
    'dwo_reader',
  )
  const said = (scope: string) => jag({ client_id: 'dwo_reader', scope })
  assert.equal((await ask(await said('notes:read notes:write'), reader)).body.scope, 'notes:read')
  assert.deepEqual(
    [(await ask(await said('notes:write'), reader)).body.error, why()],
    ['invalid_scope', 'scope_not_allowed'],
  )
})

test('an assertion is good once, however many present it at once; where the platform cannot do better, until it ends [id-jag-replay]', async () => {
  const same = await jag()
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask(same)))
  assert.equal(answers.filter(({ status }) => status === 200).length, 1)
  assert.equal(world.events.filter(({ reason }) => reason === 'grant_assertion_replayed').length, 19)
  await world.close()
  await open({ assertionIssuers: await issuers({ mayRepeat: true }) })
  const repeated = await ciToken({ jti: undefined })
  for (let i = 0; i < 3; i++) assert.equal((await askAsWorkload(repeated)).status, 200)
  // Of a person each is good once all the same, and none lives for long.
  const person = await jag()
  assert.deepEqual([(await ask(person)).status, (await ask(person)).status], [200, 400])
  assert.equal((await ask(await jag({ exp: world.ctx.now() + 80_000 }))).status, 400)
})

test('clocks may differ by thirty seconds, and an assertion lives for an hour, one that may be repeated for a day [id-jag-replay, rfc7523-3.1-grant]', async () => {
  const now = world.ctx.now()
  const good: readonly JWTPayload[] = [{ iat: now + 30 }, { exp: now - 29 }, { exp: now + 3630 }]
  for (const claims of good) assert.equal((await ask(await jag(claims))).status, 200, JSON.stringify(claims))
  const bad: readonly JWTPayload[] = [{ iat: now + 31 }, { exp: now - 30 }, { exp: now + 3631 }]
  for (const claims of bad) assert.equal((await ask(await jag(claims))).status, 400, JSON.stringify(claims))
  await world.close()
  await open({ assertionIssuers: await issuers({ mayRepeat: true }) })
  assert.equal((await askAsWorkload(await ciToken({ exp: now + 86_430 }))).status, 200)
  assert.equal((await askAsWorkload(await ciToken({ exp: now + 86_431 }))).status, 400)
  assert.equal(why(), 'grant_assertion_too_long_lived')
})

const REFUSALS: readonly (readonly [string, JWTPayload, Signing, string])[] = [
  ['of another type [id-jag-typ]', {}, { typ: 'JWT' }, 'grant_assertion_claim'],
  ['signed by somebody else [rfc7523-3.1-grant]', {}, { key: stranger.privateKey }, 'grant_assertion_signature'],
  [
    'of an issuer that nobody trusts [rfc7523-3.1-grant]',
    { iss: 'https://evil.example' },
    {},
    'grant_assertion_issuer',
  ],
  [
    'of an issuer that speaks of workloads alone [rfc7523-3.1-grant]',
    { iss: CI },
    { key: platform.privateKey },
    'grant_assertion_issuer',
  ],
  ['for another server [id-jag-audience]', { aud: 'https://other.example' }, {}, 'grant_assertion_audience'],
  ['for this server with a slash [id-jag-audience]', { aud: `${ISSUER}/` }, {}, 'grant_assertion_audience'],
  ['for two servers [id-jag-audience]', { aud: [ISSUER, 'https://other.example'] }, {}, 'grant_assertion_audience'],
  [
    'for two servers in one list of another [id-jag-audience]',
    { aud: [[ISSUER, 'x']] as never },
    {},
    'grant_assertion_audience',
  ],
  ['for what is no name [id-jag-audience]', { aud: { toString: 5 } as never }, {}, 'grant_assertion_audience'],
  [
    'for a list of what is no name [id-jag-audience]',
    { aud: [{ toString: 5 }] as never },
    {},
    'grant_assertion_audience',
  ],
  ['whose scope is a list [id-jag-scope]', { scope: ['notes:read'] }, {}, 'grant_assertion_claim'],
  ['whose scope is no text [id-jag-scope]', { scope: { toString: 5 } }, {}, 'grant_assertion_claim'],
  ['whose scope is null [id-jag-scope]', { scope: null }, {}, 'grant_assertion_claim'],
  ['whose resource is no text [id-jag-resource]', { resource: { toString: 5 } }, {}, 'grant_assertion_claim'],
  ['whose resource is a number [id-jag-resource]', { resource: [5] }, {}, 'grant_assertion_claim'],
  [
    'that is for something in detail [rfc9396-5-unknown]',
    { authorization_details: [{ type: 'x' }] },
    {},
    'grant_assertion_claim',
  ],
  ['for another client [id-jag-client]', { client_id: 'dwo_other' }, {}, 'grant_assertion_of_another_client'],
  ['for no client [id-jag-client]', { client_id: undefined }, {}, 'grant_assertion_of_another_client'],
  ['that has ended [rfc7523-3.1-grant]', { exp: 1_799_999_000, iat: 1_799_998_000 }, {}, 'grant_assertion_expired'],
  ['from the future [rfc7523-3.1-grant]', { iat: 1_800_000_100 }, {}, 'grant_assertion_from_the_future'],
  ['that is not good yet [rfc7523-3.1-grant]', { nbf: 1_800_000_100 }, {}, 'grant_assertion_claim'],
  ['that lives for a day [id-jag-replay]', { exp: 1_800_086_400 }, {}, 'grant_assertion_too_long_lived'],
  ['without end [rfc7523-3.1-grant]', { exp: undefined }, {}, 'grant_assertion_claim'],
  ['without jti [id-jag-replay]', { jti: undefined }, {}, 'grant_assertion_jti'],
  ['whose jti is empty [id-jag-replay]', { jti: '' }, {}, 'grant_assertion_jti'],
  ['without sub [rfc7523-3.1-grant]', { sub: '' }, {}, 'grant_assertion_subject'],
  ['whose sub is no text [rfc7523-3.1-grant]', { sub: 5 as never }, {}, 'grant_assertion_subject'],
  ['whose sub is endless [rfc7523-3.1-grant]', { sub: 'a'.repeat(513) }, {}, 'grant_assertion_subject'],
  [
    'for a resource that is not served [id-jag-resource]',
    { resource: 'https://elsewhere.example' },
    {},
    'resource_unknown',
  ],
  [
    'bound to a key that nobody proves [id-jag-cnf]',
    { cnf: { jkt: 'x'.repeat(43) } },
    {},
    'grant_assertion_sender_key',
  ],
  ['bound in a way that is not known here [id-jag-cnf]', { cnf: { kid: 'x' } }, {}, 'grant_assertion_sender_key'],
]
for (const [title, claims, signing, reason] of REFUSALS) {
  test(`an assertion ${title} is refused: ${reason}`, async () => {
    const { status, body } = await ask(await jag(claims, signing))
    const code = reason === 'resource_unknown' ? 'invalid_target' : 'invalid_grant'
    assert.deepEqual([status, body.error, why()], [400, code, reason])
    assert.equal((await world.ctx.store.grants.list()).length, 0)
  })
}

test('an assertion bound to a key is good with a proof of it, and the token is bound to it too [id-jag-cnf]', async () => {
  const own = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jkt = await calculateJwkThumbprint(await exportJWK(own.publicKey))
  const dpop = await new SignJWT({ htm: 'POST', htu: `${ISSUER}/token`, jti: randomUUID(), iat: world.ctx.now() })
    .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk: await exportJWK(own.publicKey) })
    .sign(own.privateKey)
  const { status, body } = await ask(await jag({ cnf: { jkt } }), {}, { dpop })
  assert.deepEqual([status, body.token_type], [200, 'DPoP'])
  assert.deepEqual(decodeJwt(body.access_token).cnf, { jkt })
})

test('a request cannot have another resource than the assertion [id-jag-resource]', async () => {
  await world.close()
  await open({ second: true })
  const { body } = await ask(await jag(), { resource: `${ISSUER}/other` })
  assert.deepEqual([body.error, why()], ['invalid_target', 'resource_differs'])
  assert.equal((await ask(await jag(), { resource: MCP })).status, 200)
})

test('a client that proves nothing acts for nobody: without a secret, or with one that anybody gets [id-jag-client, doorward-proven]', async () => {
  for (const method of ['none', 'client_secret_post']) {
    const { client_id, client_secret = '' } = await world.register({
      token_endpoint_auth_method: method,
      client_name: method,
    })
    const { body } = await ask(await jag({ client_id }), { client_id, client_secret })
    assert.deepEqual([body.error, why()], ['unauthorized_client', 'grant_assertion_client_unproven'])
  }
})

test('a client that registered itself acts for nobody until an operator has agreed to it, whatever key it shows [doorward-policy, id-jag-client]', async () => {
  const own = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { client_id } = await world.register({
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: { keys: [{ ...(await exportJWK(own.publicKey)), kid: 'own', alg: 'ES256' }] },
  })
  const asItself = async () => {
    const now = world.ctx.now()
    const claims = { iss: client_id, sub: client_id, aud: ISSUER, jti: randomUUID(), iat: now, exp: now + 60 }
    const client_assertion = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', kid: 'own' })
      .sign(own.privateKey)
    const credentials = { client_id, client_secret: '', client_assertion, client_assertion_type: JWT_BEARER }
    return ask(await jag({ client_id }), credentials)
  }
  const refused = await asItself()
  assert.deepEqual([refused.status, refused.body.error, why()], [403, 'unauthorized_client', 'policy_refused'])
  assert.equal((await world.ctx.store.grants.list()).length, 0)
  await world.ctx.store.clients.approve(client_id, { now: world.ctx.now(), by: 'ada' })
  assert.equal((await asItself()).status, 200)
})

test('a program is taken at the word of its platform, within what the operator wrote down [wif-issuer, rfc7523-3.1-grant]', async () => {
  for (const aud of [ISSUER, 'doorward']) {
    const { status, body } = await askAsWorkload(await ciToken({ aud }))
    assert.equal(status, 200)
    const claims = decodeJwt(body.access_token)
    assert.deepEqual([claims.client_id, claims.scope, claims.aud], ['workload:deploy', 'notes:read', MCP])
    assert.match(String(claims.sub), /^workload:deploy:[\w-]{22}$/)
    assert.equal(body.refresh_token, undefined)
  }
  const { body } = await askAsWorkload(await ciToken(), { scope: 'notes:write' })
  assert.deepEqual([body.error, why()], ['invalid_scope', 'scope_not_allowed'])
})

const STRANGERS: readonly (readonly [string, JWTPayload, string])[] = [
  ['another repository', { repository: 'acme/other' }, 'workload_unknown'],
  ['a repository that begins alike', { repository: 'acme/site-evil' }, 'workload_unknown'],
  ['another ref', { ref: 'refs/tags/v1' }, 'workload_unknown'],
  ['a ref that is no string', { ref: ['refs/heads/main'] }, 'workload_unknown'],
  ['no ref', { ref: undefined }, 'workload_unknown'],
  ['another audience', { aud: 'sts.example' }, 'grant_assertion_audience'],
]
for (const [title, claims, reason] of STRANGERS) {
  test(`a program of ${title} gets nothing: ${reason} [wif-issuer]`, async () => {
    const { status, body } = await askAsWorkload(await ciToken(claims))
    assert.deepEqual([status, body.error, why()], [400, 'invalid_grant', reason])
    assert.equal((await world.ctx.store.grants.list()).length, 0)
  })
}

test('what an issuer says of a person makes nobody one of its workloads [wif-issuer]', async () => {
  await world.close()
  const workload = { name: 'nightly', claims: { sub: 'svc-*' }, resource: MCP, scopes: ['notes:write'] }
  await open({ assertionIssuers: [{ issuer: IDP, jwks: await keysOf(idp), people: {}, workloads: [workload] }] })
  const about = { sub: 'svc-ada' }
  assert.equal((await askAsWorkload(await jag(about, { typ: 'JWT' }))).status, 200)
  for (const typ of ['oauth-id-jag+jwt', 'application/OAuth-ID-JAG+jwt']) {
    const { body } = await askAsWorkload(await jag(about, { typ }))
    assert.deepEqual([body.error, why()], ['invalid_grant', 'grant_assertion_claim'])
  }
})

test('scopes that an operator’s own never get are not for programs of a platform either [wif-issuer]', async () => {
  await world.close()
  await open({ policy: { neverScopes: { operator: ['notes:read'] } } })
  assert.deepEqual([(await askAsWorkload(await ciToken())).body.error, why()], ['invalid_scope', 'scope_not_allowed'])
})

test('a workload that a rule denies gets no token any more [doorward-runtime-rules, wif-issuer]', async () => {
  const { client_id } = decodeJwt((await askAsWorkload(await ciToken())).body.access_token)
  assert.match(String(client_id), /^workload:/)
  const deny = { id: 'r', effect: 'deny', kind: 'clientId', value: String(client_id), note: '', createdAt: 0 } as const
  const meant = { now: world.ctx.now(), most: 10, isMeant: ({ id }: { readonly id: string }) => id === client_id }
  await world.ctx.store.rules.add({ ...deny, createdBy: 'ada' }, meant)
  assert.deepEqual(
    [(await askAsWorkload(await ciToken())).body.error, why()],
    ['unauthorized_client', 'policy_refused'],
  )
})

test('an identity provider of people makes nobody a workload, and a stranger signs for nobody [wif-issuer]', async () => {
  assert.equal((await askAsWorkload(await jag())).status, 401)
  assert.equal(why(), 'client_missing')
  await askAsWorkload(await ciToken({}, stranger.privateKey))
  assert.equal(why(), 'grant_assertion_signature')
})

test('the metadata names the profile where somebody is trusted, and never whom [id-jag-metadata]', async () => {
  const metadata = async () => (await world.send('GET', '/.well-known/oauth-authorization-server')).text()
  const trusting = await metadata()
  assert.ok(trusting.includes('urn:ietf:params:oauth:grant-profile:id-jag') && trusting.includes(JWT_BEARER_GRANT))
  assert.ok(!trusting.includes('corp.example') && !trusting.includes('ci.example'))
  await world.close()
  await open({ assertionIssuers: [] })
  assert.equal((await metadata()).includes('jwt-bearer'), false)
  assert.deepEqual([(await ask('x.y.z')).body.error, why()], ['unsupported_grant_type', 'grant_type_unknown'])
})
