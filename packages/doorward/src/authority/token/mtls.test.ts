import assert from 'node:assert/strict'
import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { after, afterEach, beforeEach, test } from 'node:test'
import { readCertificate } from '@doorward/core/mtls/certificate'
import { KEY_METHODS } from '@doorward/core/oauth/client-metadata'
import { carrying, certificateMaker, type Pair } from '@doorward/core/testing/certificates'
import { decodeJwt, exportJWK, SignJWT } from 'jose'
import type { StoredClient } from '../../store/store.ts'
import { makePublisher } from '../../testing/publisher.ts'
import { CALLBACK, ISSUER, MCP, makeWorld, VERIFIER, VISIT, type World } from '../../testing/world.ts'
import { judgeSelfSigned } from './client-certificate.ts'
import { keySetAt } from './key-sets.ts'

const maker = certificateMaker()
after(() => maker.remove())
const read = ({ der }: Pair) => readCertificate(der) ?? assert.fail('no certificate')
const jwkOf = ({ cert }: Pair, withCertificate = true) => ({
  ...createPublicKey(cert).export({ format: 'jwk' }),
  ...(withCertificate ? { x5c: [cert.replace(/-----[^-]+-----|\s/g, '')] } : {}),
})

const trusted = maker.makeAuthority('Trusted')
const app = maker.make({ subject: '/O=Acme/CN=app', by: trusted, extensions: 'subjectAltName=DNS:app.example' })
const renewed = maker.make({ subject: '/O=Acme/CN=app', by: trusted })
const otherApp = maker.make({ subject: '/O=Acme/CN=other', by: trusted })
const forged = maker.make({ subject: '/O=Acme/CN=app', by: maker.makeAuthority('Trusted') })
const own = maker.make({ subject: '/CN=own' })
const sameKey = maker.make({ subject: '/CN=again', keyOf: own })
const brainpool = maker.make({ subject: '/CN=own', newKey: ['ec', '-pkeyopt', 'ec_paramgen_curve:brainpoolP256r1'] })
const thief = maker.make({ subject: '/CN=own' })

// The clock of the world stands elsewhere than that of OpenSSL.
const now = Math.floor(read(app).x509.validFromDate.getTime() / 1000) + 60
const MTLS = { origin: 'https://mtls.door.example:8443', authorities: [read(trusted)] }

let world: World
beforeEach(async () => {
  world = await makeWorld({ mtls: MTLS, startsAt: now })
})
afterEach(() => world.close())

type Form = Record<string, string>
type Answer = { status: number; reason: string | undefined; body: Record<string, string> }
async function token(form: Form, certificate?: Pair, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await world.post('/token', form, headers, certificate && read(certificate))
  const body = (await response.json()) as Record<string, string>
  return { status: response.status, reason: response.ok ? undefined : world.events.at(-1)?.reason, body }
}
async function redeem(client_id: string, certificate?: Pair, more: Form = {}, headers = {}): Promise<Answer> {
  const code = await world.agree(client_id, { resource: MCP })
  return token(
    { grant_type: 'authorization_code', code, code_verifier: VERIFIER, client_id, ...more },
    certificate,
    headers,
  )
}
const refresh = (client_id: string, { body }: Answer, certificate?: Pair) =>
  token({ grant_type: 'refresh_token', refresh_token: body.refresh_token ?? '', client_id }, certificate)
const registered = async (metadata: Record<string, unknown>) => (await world.register(metadata)).client_id

const PKI = { token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_subject_dn: 'CN=app,O=Acme' }
const BOUND = { tls_client_certificate_bound_access_tokens: true }

test('a certificate of a trusted authority with the registered subject authenticates its client, also when it is renewed [rfc8705-2, rfc8705-2.1, rfc8705-7.1]', async () => {
  const id = await registered({ ...PKI, ...BOUND })
  const issued = await redeem(id, app)
  assert.equal(issued.status, 200)
  const again = await refresh(id, issued, renewed)
  assert.equal(again.status, 200)
  assert.deepEqual(decodeJwt(again.body.access_token ?? '').cnf, { 'x5t#S256': read(renewed).thumbprint })
})

const REFUSED: readonly (readonly [string, Record<string, unknown>, Pair | undefined, string])[] = [
  ['no certificate', PKI, undefined, 'certificate_missing'],
  ['a certificate of the same authority for another', PKI, otherApp, 'certificate_of_somebody_else'],
  ['its subject in a certificate of somebody else’s authority', PKI, forged, 'certificate_unknown_issuer'],
  ['a certificate that it signed itself', PKI, own, 'certificate_unknown_issuer'],
  [
    'a certificate without the name that it registered',
    { token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_san_dns: 'app.example' },
    renewed,
    'certificate_of_somebody_else',
  ],
  [
    'no certificate, where it signed its own',
    { token_endpoint_auth_method: 'self_signed_tls_client_auth', jwks: { keys: [jwkOf(own)] } },
    undefined,
    'certificate_missing',
  ],
  [
    'a certificate in the words of its own, with another key',
    { token_endpoint_auth_method: 'self_signed_tls_client_auth', jwks: { keys: [jwkOf(own)] } },
    thief,
    'certificate_not_registered',
  ],
  [
    'a certificate whose key is of a kind that nobody can register',
    { token_endpoint_auth_method: 'self_signed_tls_client_auth', jwks: { keys: [jwkOf(own, false)] } },
    brainpool,
    'certificate_not_registered',
  ],
  [
    'another certificate for its key than the one it registered',
    { token_endpoint_auth_method: 'self_signed_tls_client_auth', jwks: { keys: [jwkOf(own)] } },
    sameKey,
    'certificate_not_registered',
  ],
  [
    'a certificate of a trusted authority, where it registered its own',
    { token_endpoint_auth_method: 'self_signed_tls_client_auth', jwks: { keys: [jwkOf(own)] } },
    app,
    'certificate_not_registered',
  ],
]
for (const [title, metadata, certificate, reason] of REFUSED) {
  test(`a client that comes with ${title} is refused, and its code stays good [rfc8705-2.1, rfc8705-2.2]`, async () => {
    const id = await registered(metadata)
    const refused = await redeem(id, certificate)
    assert.deepEqual([refused.status, refused.body.error, refused.reason], [401, 'invalid_client', reason])
    // RFC 6749 §5.2: no scheme of HTTP was tried.
    assert.match(refused.body.error_description ?? '', /certificate/)
  })
}

test('a certificate that carries the one of a client as text authenticates nobody [rfc8705-2.1, rfc8705-2.2]', async () => {
  const byKey = { token_endpoint_auth_method: 'self_signed_tls_client_auth', jwks: { keys: [jwkOf(own, false)] } }
  for (const [metadata, victim] of [[PKI, app] as const, [byKey, own] as const]) {
    const client_id = await registered(metadata)
    const carrier = maker.make({ subject: '/O=Acme/CN=app', extensions: carrying(victim) })
    const form = { grant_type: 'authorization_code', code: await world.agree(client_id), code_verifier: VERIFIER }
    const response = await world.post('/token', { ...form, client_id }, {}, readCertificate(carrier.der))
    assert.equal(response.status, 401)
  }
})

test('a client without a certificate method is not made better by one, and one with it not by a secret [rfc8705-2]', async () => {
  const secret = await world.register({ token_endpoint_auth_method: 'client_secret_post', client_name: 'Secret' })
  assert.equal((await redeem(secret.client_id, app)).reason, 'client_authentication_method')
  const id = await registered(PKI)
  const form = { client_id: id, client_secret: secret.client_secret, grant_type: 'authorization_code', code: 'x' }
  assert.equal((await token(form, app)).reason, 'client_authentication_method')
})

test('a request has to name its client, whatever certificate comes with it [rfc8705-2]', async () => {
  await registered(PKI)
  assert.equal((await token({ grant_type: 'authorization_code', code: 'x' }, app)).reason, 'client_missing')
})

test('a certificate that a client registered authenticates it; a key without one stands for every certificate of it [rfc8705-2.2]', async () => {
  const method = { token_endpoint_auth_method: 'self_signed_tls_client_auth' }
  const exact = await registered({ ...method, jwks: { keys: [jwkOf(thief), jwkOf(own)] } })
  assert.equal((await redeem(exact, own)).status, 200)
  const byKey = await registered({ ...method, jwks: { keys: [jwkOf(own, false)] } })
  assert.equal((await redeem(byKey, sameKey)).status, 200)
  assert.equal((await redeem(byKey, thief)).status, 401)
})

test('an x5c that is not for the key beside it matches nobody [rfc8705-2.2]', async () => {
  const jwk = { ...jwkOf(own), x5c: jwkOf(thief).x5c }
  const id = await registered({ token_endpoint_auth_method: 'self_signed_tls_client_auth', jwks: { keys: [jwk] } })
  assert.equal((await redeem(id, thief)).reason, 'certificate_not_registered')
  assert.equal((await redeem(id, own)).reason, 'certificate_not_registered')
})

test('tokens of a client that wants it are bound to its certificate, stay Bearer, and live longer for it [rfc8705-3, rfc8705-3.1, rfc8705-3.4]', async () => {
  const id = await registered(BOUND)
  const { status, body } = await redeem(id, own)
  assert.deepEqual([status, body.token_type, body.expires_in], [200, 'Bearer', 1800])
  assert.deepEqual(decodeJwt(body.access_token ?? '').cnf, { 'x5t#S256': read(own).thumbprint })
})

test('a client that did not ask for it gets no bound tokens, whatever certificate its network has [rfc8705-3.4]', async () => {
  const { status, body } = await redeem(await registered({}), own)
  assert.deepEqual([status, body.expires_in], [200, 600])
  assert.equal(decodeJwt(body.access_token ?? '').cnf, undefined)
})

test('the refresh token of a public client is good with its certificate only; trying otherwise does not end it [rfc8705-4, rfc8705-7.1]', async () => {
  const id = await registered(BOUND)
  const issued = await redeem(id, own)
  assert.equal((await refresh(id, issued)).reason, 'certificate_missing')
  for (const other of [thief, sameKey, app]) {
    const refused = await refresh(id, issued, other)
    assert.deepEqual([refused.status, refused.body.error, refused.reason], [400, 'invalid_grant', 'sender_key_differs'])
  }
  assert.equal((await refresh(id, issued, own)).status, 200)
})

test('a client that registered for bound tokens gets no others, and none that are bound otherwise [rfc8705-3.4]', async () => {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const proof = async () =>
    new SignJWT({ jti: `${Math.random()}`, htm: 'POST', htu: `${ISSUER}/token`, iat: world.ctx.now() })
      .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk: await exportJWK(pair.publicKey) })
      .sign(pair.privateKey)
  const id = await registered(BOUND)
  for (const [certificate, headers] of [
    [undefined, {}],
    [undefined, { dpop: await proof() }],
    [own, { dpop: await proof() }],
  ] as const) {
    const refused = await redeem(id, certificate, {}, headers)
    assert.deepEqual([refused.status, refused.reason], [400, 'certificate_missing'])
  }
  const dpop = await registered({ dpop_bound_access_tokens: true })
  assert.equal((await redeem(dpop, own)).reason, 'sender_constraint_missing')
})

test('a key of DPoP and a certificate are never taken for each other [rfc8705-4]', async () => {
  // Whoever could choose a thumbprint could choose both to be alike; the kind is kept with it.
  const id = await registered(BOUND)
  const code = await world.agree(id, { dpop_jkt: read(own).thumbprint })
  const form = { grant_type: 'authorization_code', code, code_verifier: VERIFIER, client_id: id }
  assert.equal((await token(form, own)).reason, 'sender_key_differs')
})

test('where every token has to be bound, a certificate does it as well as a proof [doorward-policy, rfc8705-3]', async () => {
  await world.close()
  world = await makeWorld({ mtls: MTLS, startsAt: now, policy: { senderConstraint: 'required' } })
  const id = await registered({})
  assert.equal((await redeem(id)).reason, 'sender_constraint_missing')
  assert.deepEqual(decodeJwt((await redeem(id, own)).body.access_token ?? '').cnf, { 'x5t#S256': read(own).thumbprint })
})

test('where a resource wants tokens that are bound to a certificate, a certificate binds them, and nothing else does [doorward-policy, rfc8705-3]', async () => {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const dpop = await new SignJWT({ jti: 'a', htm: 'POST', htu: `${ISSUER}/token`, iat: now })
    .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk: await exportJWK(pair.publicKey) })
    .sign(pair.privateKey)
  const resources = world.ctx.resources.map((resource) => ({ ...resource, senderConstraint: 'certificate' as const }))
  Object.assign(world.ctx, { resources })
  const id = await registered({})
  assert.equal((await redeem(id)).reason, 'certificate_missing')
  assert.equal((await redeem(id, own, {}, { dpop })).reason, 'certificate_missing')
  for (const more of [{}, { resource: MCP }] as Form[]) {
    const { body } = await redeem(id, own, more)
    assert.deepEqual(decodeJwt(body.access_token ?? '').cnf, { 'x5t#S256': read(own).thumbprint })
  }
})

const cnfOf = ({ body }: Answer) => decodeJwt(body.access_token ?? '').cnf
const OTHER = `${ISSUER}/other`
/** Two MCP servers, the first of which takes tokens that are bound to a certificate, and no others. */
async function withTwo(): Promise<void> {
  await world.close()
  world = await makeWorld({ mtls: MTLS, startsAt: now, second: true, resource: { senderConstraint: 'certificate' } })
}

test('which of several resources a code or a refresh is for, its grant knows: a certificate binds without naming the resource again [doorward-policy, rfc8705-3, rfc8705-4]', async () => {
  await withTwo()
  const id = await registered({})
  for (const more of [{}, { resource: MCP }] as Form[]) {
    const issued = await redeem(id, own, more)
    assert.deepEqual(cnfOf(issued), { 'x5t#S256': read(own).thumbprint })
    const again = await refresh(id, issued, own)
    assert.deepEqual(cnfOf(again), { 'x5t#S256': read(own).thumbprint })
    for (const other of [undefined, thief]) assert.equal((await refresh(id, again, other)).reason, 'sender_key_differs')
    assert.equal((await refresh(id, again, own)).status, 200)
  }
  assert.equal((await redeem(id)).reason, 'certificate_missing')
})

test('a certificate binds nothing for the resource beside it that wants none [doorward-policy, rfc8705-3.4]', async () => {
  await withTwo()
  const client_id = await registered({})
  for (const more of [{}, { resource: OTHER }] as Form[]) {
    const code = await world.agree(client_id, { resource: OTHER })
    const form = { grant_type: 'authorization_code', code, code_verifier: VERIFIER, client_id, ...more }
    const issued = await token(form, own)
    assert.deepEqual([issued.body.expires_in, cnfOf(issued)], [600, undefined])
    const [grant] = (await world.ctx.store.grants.list()).slice(-1)
    assert.equal(grant?.senderKey, undefined)
    assert.equal((await refresh(client_id, issued)).status, 200)
  }
})

test('a grant that is bound to a certificate goes on with it where nobody asks for that any more, and with no other [rfc8705-4]', async () => {
  await withTwo()
  const id = await registered({})
  const issued = await redeem(id, own)
  Object.assign(world.ctx, { resources: world.ctx.resources.map(({ senderConstraint, ...resource }) => resource) })
  assert.equal((await refresh(id, issued)).reason, 'sender_key_differs')
  assert.equal((await refresh(id, issued, thief)).reason, 'sender_key_differs')
  assert.deepEqual(cnfOf(await refresh(id, issued, own)), { 'x5t#S256': read(own).thumbprint })
})

test('a bound token is exchanged for less by the holder of its certificate, without naming the resource again [rfc8705-3]', async () => {
  await withTwo()
  const client_id = await registered(PKI)
  const { body } = await redeem(client_id, app)
  const form = {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: body.access_token ?? '',
    subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    client_id,
  }
  assert.deepEqual(cnfOf(await token(form, app)), { 'x5t#S256': read(app).thumbprint })
  assert.equal((await token(form, renewed)).reason, 'exchange_sender_key')
})

test('introspection tells what a token is bound to [rfc8705-3.2]', async () => {
  const client_id = await registered({ ...PKI, ...BOUND })
  const { body } = await redeem(client_id, app)
  const form = { token: body.access_token ?? '', client_id }
  const told = (await (await world.post('/introspect', form, {}, read(app))).json()) as Record<string, unknown>
  assert.deepEqual([told.active, told.token_type, told.cnf], [true, 'Bearer', { 'x5t#S256': read(app).thumbprint }])
})

test('the administration takes a bound token on a connection with its certificate only [rfc8705-3-resource]', async () => {
  const client_id = 'dwo_console'
  const metadata = { redirect_uris: [CALLBACK], token_endpoint_auth_method: 'none', scope: '', ...BOUND }
  const client = { id: client_id, assurance: 'operator', metadata, createdAt: 0, secretsNotBefore: 0 } as const
  await world.ctx.store.clients.put(client)
  const code = await world.agree(client_id, { resource: `${ISSUER}/admin/api` })
  const form = { grant_type: 'authorization_code', code, code_verifier: VERIFIER, client_id }
  const { body } = await token(form, own)
  const visit = async (scheme: string, certificate?: Pair) => {
    const headers = { authorization: `${scheme} ${body.access_token}` }
    return (await world.send('GET', '/admin/api/clients', { headers, certificate: certificate && read(certificate) }))
      .status
  }
  assert.deepEqual(
    [await visit('Bearer', own), await visit('Bearer', thief), await visit('Bearer'), await visit('DPoP', own)],
    [200, 401, 401, 401],
  )
})

const METADATA: readonly (readonly [string, Record<string, unknown>, string])[] = [
  ['no subject', { token_endpoint_auth_method: 'tls_client_auth' }, 'metadata_certificate_subject'],
  ['two subjects', { ...PKI, tls_client_auth_san_dns: 'app.example' }, 'metadata_certificate_subject'],
  ['a subject that is none', { ...PKI, tls_client_auth_subject_dn: 'app' }, 'metadata_tls_client_auth_subject_dn'],
  [
    'a subject that is no text',
    { ...PKI, tls_client_auth_subject_dn: ['CN=a'] },
    'metadata_tls_client_auth_subject_dn',
  ],
  [
    'a name with a wildcard',
    { token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_san_dns: '*.example' },
    'metadata_tls_client_auth_san_dns',
  ],
  [
    'its own certificate, and no keys',
    { token_endpoint_auth_method: 'self_signed_tls_client_auth' },
    'metadata_keys_missing',
  ],
  ['a flag that is none', { tls_client_certificate_bound_access_tokens: 'yes' }, 'metadata_certificate_bound'],
  ['two constraints', { ...BOUND, dpop_bound_access_tokens: true }, 'metadata_two_constraints'],
]
for (const [title, metadata, reason] of METADATA) {
  test(`nobody registers with ${title} [rfc8705-2.1.2, rfc8705-3.4]`, async () => {
    assert.equal((await registered(metadata)) as string | undefined, undefined)
    assert.equal(world.events.at(-1)?.reason, reason)
  })
}

test('what is registered of certificates is answered, and what means nothing is left out [rfc8705-2.1.2, rfc8705-3.4]', async () => {
  const answer = await world.register({ ...PKI, ...BOUND })
  assert.equal(answer.tls_client_auth_subject_dn, 'CN=app,O=Acme')
  assert.equal(answer.tls_client_certificate_bound_access_tokens, true)
  assert.equal(answer.client_secret, undefined)
  const other = await world.register({ tls_client_auth_subject_dn: 'CN=app,O=Acme', client_name: 'Other' })
  assert.equal(other.tls_client_auth_subject_dn, undefined)
})

async function metadata(): Promise<Record<string, unknown>> {
  return (await (await world.send('GET', '/.well-known/oauth-authorization-server')).json()) as Record<string, unknown>
}

test('metadata tells what is set up, and the aliases of every endpoint that clients authenticate at [rfc8705-3.3, rfc8705-5]', async () => {
  const told = await metadata()
  assert.equal(told.tls_client_certificate_bound_access_tokens, true)
  assert.deepEqual(told.mtls_endpoint_aliases, {
    token_endpoint: 'https://mtls.door.example:8443/token',
    revocation_endpoint: 'https://mtls.door.example:8443/revoke',
    introspection_endpoint: 'https://mtls.door.example:8443/introspect',
    pushed_authorization_request_endpoint: 'https://mtls.door.example:8443/par',
    device_authorization_endpoint: 'https://mtls.door.example:8443/device_authorization',
  })
  const methods = told.token_endpoint_auth_methods_supported as string[]
  assert.ok(methods.includes('tls_client_auth') && methods.includes('self_signed_tls_client_auth'))
})

test('where nothing is set up, nothing is told, and nobody registers for it [rfc8705-3.3]', async () => {
  await world.close()
  world = await makeWorld({ startsAt: now })
  const told = await metadata()
  assert.equal(told.tls_client_certificate_bound_access_tokens, undefined)
  assert.equal(told.mtls_endpoint_aliases, undefined)
  assert.doesNotMatch(JSON.stringify(told), /tls_client_auth/)
  assert.equal((await registered(PKI)) as string | undefined, undefined)
  assert.equal(world.events.at(-1)?.reason, 'metadata_auth_method')
})

test('without authorities, certificates that clients sign themselves are taken and no others [rfc8705-2.2]', async () => {
  await world.close()
  world = await makeWorld({ mtls: { origin: undefined, authorities: [] }, startsAt: now })
  const told = await metadata()
  assert.ok((told.token_endpoint_auth_methods_supported as string[]).includes('self_signed_tls_client_auth'))
  assert.equal((await registered(PKI)) as string | undefined, undefined)
  assert.equal(told.mtls_endpoint_aliases, undefined)
})

test('a proof of DPoP may name the endpoint by its alias [rfc8705-5]', async () => {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const proof = async (htu: string) =>
    new SignJWT({ jti: htu, htm: 'POST', htu, iat: world.ctx.now() })
      .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk: await exportJWK(pair.publicKey) })
      .sign(pair.privateKey)
  const id = await registered(PKI)
  const good = await redeem(id, app, {}, { dpop: await proof('https://mtls.door.example:8443/token') })
  assert.deepEqual([good.status, good.body.token_type], [200, 'DPoP'])
  const wrong = await redeem(id, app, {}, { dpop: await proof('https://mtls.door.example:8443/par') })
  assert.equal(wrong.reason, 'dpop_url')
})

test('under fapi2 clients prove who they are with any key of their own, and with nothing that is shared [doorward-fapi2, rfc8705-2]', async () => {
  await world.close()
  world = await makeWorld({ mtls: MTLS, startsAt: now, policy: { clientAuthentication: KEY_METHODS } })
  assert.deepEqual((await metadata()).token_endpoint_auth_methods_supported, [
    'private_key_jwt',
    'tls_client_auth',
    'self_signed_tls_client_auth',
  ])
  assert.equal((await redeem(await registered(PKI), app)).status, 200)
  assert.equal((await registered({})) as string | undefined, undefined)
})

test('certificates are taken from the address that a client registered, and looked for again when it has a new one [rfc8705-2.2]', async () => {
  await world.close()
  const publisher = await makePublisher()
  after(publisher.close)
  world = await makeWorld({ mtls: MTLS, startsAt: now, development: true })
  publisher.publish('/keys.json', { body: { keys: [jwkOf(own)] } })
  const id = await registered({
    token_endpoint_auth_method: 'self_signed_tls_client_auth',
    jwks_uri: `${publisher.origin}/keys.json`,
  })
  assert.equal((await redeem(id, own)).status, 200)
  assert.equal((await redeem(id, thief)).reason, 'certificate_not_registered')
  // What is looked for again is this certificate, and not whether there is something new.
  world.wait(31)
  assert.equal((await redeem(id, thief)).reason, 'certificate_not_registered')
  assert.deepEqual(publisher.asked, ['/keys.json', '/keys.json'])
  publisher.publish('/keys.json', { body: { keys: [jwkOf(own), jwkOf(thief)] } })
  world.wait(31)
  assert.equal((await redeem(id, thief)).status, 200)
  publisher.publish('/keys.json', { status: 500 })
  world.wait(86_400)
  assert.equal((await redeem(id, own)).reason, 'certificate_keys_unavailable')
})

test('whoever has used up the fetches of their own network keeps no client from its keys [rfc8705-2.2]', async () => {
  await world.close()
  const publisher = await makePublisher()
  after(publisher.close)
  world = await makeWorld({ mtls: MTLS, startsAt: now, development: true })
  publisher.publish('/keys.json', { body: { keys: [jwkOf(own)] } })
  const jwks_uri = `${publisher.origin}/keys.json`
  const far = { ...VISIT, network: '198.51.100.0/24' }
  const client = { metadata: { jwks_uri } } as unknown as StoredClient
  // Keys of other clients, that are nowhere, take all that the stranger's network has.
  for (let i = 0; i < 20; i++) await keySetAt(world.ctx, VISIT, `${publisher.origin}/${i}.json`).catch(() => undefined)
  for (let i = 0; i < 10; i++)
    assert.equal(await judgeSelfSigned(world.ctx, VISIT, client, read(thief)), 'keys_unavailable')
  assert.equal(await judgeSelfSigned(world.ctx, far, client, read(own)), 'good')
})
