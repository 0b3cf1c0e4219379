import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, request as httpsRequest } from 'node:https'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { certificateThumbprint } from '@doorward/core/mtls/certificate'
import { REASONS } from '@doorward/core/oauth/reasons'
import { certificateMaker, type Pair } from '@doorward/core/testing/certificates'
import { Hono } from 'hono'
import { createLocalJWKSet } from 'jose'
import { protect } from './adapters/express.ts'
import { protectFetch } from './adapters/fetch.ts'
import { protect as protectHono } from './adapters/hono.ts'
import { protectResource, Refusal, type ResourceOptions } from './resource.ts'
import { makeKey, NOW, RESOURCE, signToken } from './testing/issuer.ts'

const maker = certificateMaker()
after(() => maker.remove())
const holder = maker.make({ subject: '/CN=holder' })
const thief = maker.make({ subject: '/CN=holder' })
const x5t = certificateThumbprint(holder.der)

const ISSUER = 'https://login.example'
const key = await makeKey('now')
const guardWith = (options: Partial<ResourceOptions> = {}) =>
  protectResource({
    resource: RESOURCE,
    authorizationServers: [ISSUER],
    keys: () => createLocalJWKSet({ keys: [key.jwk] }),
    now: () => NOW,
    ...options,
  })
const guard = guardWith()
const tokenFor = (cnf?: unknown) => signToken(key, ISSUER, { claims: cnf === undefined ? {} : { cnf } })
const bound = await tokenFor({ 'x5t#S256': x5t })
const free = await tokenFor()

test('whoever holds the certificate gets in with the token that is bound to it [rfc8705-3-resource]', async () => {
  const presentation = { method: 'POST', proof: null, certificate: () => holder.der }
  assert.equal((await guard.verify(`Bearer ${bound}`, [], presentation)).subject, 'ada')
})

const REFUSED: readonly (readonly [string, unknown, 'Bearer' | 'DPoP', Pair | undefined, string])[] = [
  ['without a certificate', { 'x5t#S256': x5t }, 'Bearer', undefined, 'no_certificate'],
  ['with another certificate of the same name', { 'x5t#S256': x5t }, 'Bearer', thief, 'other_certificate'],
  ['as a token of DPoP', { 'x5t#S256': x5t }, 'DPoP', holder, 'bound_token'],
  ['that is bound to a thumbprint with padding', { 'x5t#S256': `${x5t}=` }, 'Bearer', holder, 'other_certificate'],
  ['that is bound to what is no text', { 'x5t#S256': 7 }, 'Bearer', holder, 'other_certificate'],
  ['that is bound to nothing at all', { 'x5t#S256': '' }, 'Bearer', holder, 'other_certificate'],
  ['that is bound to a key of DPoP with the same thumbprint', { jkt: x5t }, 'Bearer', holder, 'bound_token'],
  ['that is bound to a key as well', { 'x5t#S256': x5t, jkt: 'other' }, 'Bearer', holder, 'bound_token'],
  ['that is bound to something else', { 'x5t#S512': x5t }, 'Bearer', holder, 'bound_token'],
]
for (const [title, cnf, scheme, pair, reason] of REFUSED) {
  test(`refuses a token ${title} [rfc8705-3-resource]`, async () => {
    const presentation = { method: 'POST', proof: null, certificate: () => pair?.der }
    await assert.rejects(guard.verify(`${scheme} ${await tokenFor(cnf)}`, [], presentation), (error) => {
      assert.ok(error instanceof Refusal)
      assert.deepEqual([error.status, error.code, error.reason], [401, 'invalid_token', reason])
      return true
    })
  })
}

test('a token that is bound to a certificate and comes as DPoP is told the way in which it is good [rfc8705-3-resource]', async () => {
  const presentation = { method: 'POST', proof: null, certificate: () => holder.der }
  await assert.rejects(guard.verify(`DPoP ${bound}`, [], presentation), {
    description: /certificate; send it as Bearer/,
  })
  assert.match(REASONS.bound_token.mend, /certificate as Bearer/)
})

test('refuses a bound token where nobody says what the connection shows [rfc8705-3-resource]', async () => {
  await assert.rejects(guard.verify(`Bearer ${bound}`), { reason: 'no_certificate' })
  await assert.rejects(guard.verify(`Bearer ${bound}`, [], { method: 'POST', proof: null }), {
    reason: 'no_certificate',
  })
})

test('a token that is bound to nothing is good with any certificate and none, unless a server wants bound ones [rfc8705-3-resource]', async () => {
  for (const pair of [holder, undefined]) {
    const presentation = { method: 'POST', proof: null, certificate: () => pair?.der }
    assert.equal((await guard.verify(`Bearer ${free}`, [], presentation)).subject, 'ada')
    await assert.rejects(guardWith({ senderConstraint: 'certificate' }).verify(`Bearer ${free}`, [], presentation), {
      reason: 'not_certificate_bound',
    })
  }
})

test('a server that wants bound tokens says so in its metadata [rfc9728-2-certificate-bound]', () => {
  assert.equal(guard.metadata.tls_client_certificate_bound_access_tokens, undefined)
  assert.equal(guardWith({ senderConstraint: 'certificate' }).metadata.tls_client_certificate_bound_access_tokens, true)
})

const server = maker.makeServer('localhost', maker.makeAuthority('Doorward test'))
async function serve(listener: (request: IncomingMessage, response: ServerResponse) => void) {
  const options = { cert: server.cert, key: server.key, requestCert: true, rejectUnauthorized: false }
  const listening = createServer(options, listener).listen(0, '127.0.0.1')
  after(() => listening.close().closeAllConnections())
  await once(listening, 'listening')
  return (listening.address() as AddressInfo).port
}

const ADAPTERS: readonly (readonly [string, (request: IncomingMessage, response: ServerResponse) => void])[] = [
  ['Express', (request, response) => protect(guard)(request, response, () => response.end('in'))],
  [
    'Hono',
    (incoming, response) => {
      const app = new Hono().use(protectHono(guard)).get('/mcp', (c) => c.text('in'))
      const request = new Request(RESOURCE, { headers: incoming.headers as Record<string, string> })
      Promise.resolve(app.fetch(request, { incoming })).then(({ status }) => response.writeHead(status).end())
    },
  ],
  [
    'fetch',
    (incoming, response) => {
      const socket = incoming.socket as import('node:tls').TLSSocket
      const fetch = protectFetch(guard, () => new Response('in'), {
        certificate: () => socket.getPeerX509Certificate()?.raw,
      })
      const request = new Request(RESOURCE, { headers: incoming.headers as Record<string, string> })
      fetch(request).then(({ status }) => response.writeHead(status).end())
    },
  ],
]
test('where TLS ends before a server, its own word for the certificate counts in place of the connection’s [rfc8705-3-resource]', async () => {
  const certificate = () => holder.der
  const behind = protect(guard, { certificate })
  const port = await serve((request, response) => behind(request, response, () => response.end('in')))
  const headers = { authorization: `Bearer ${bound}`, host: 'notes.example' }
  const asked = httpsRequest({
    port,
    host: '127.0.0.1',
    path: '/mcp',
    agent: false,
    headers,
    rejectUnauthorized: false,
  })
  const [response] = (await once(asked.end(), 'response')) as [IncomingMessage]
  response.resume()
  assert.equal(response.statusCode, 200)
  const app = new Hono().use(protectHono(guard, { certificate })).get('/mcp', (c) => c.text('in'))
  assert.equal((await app.request(RESOURCE, { headers })).status, 200)
})

for (const [name, listener] of ADAPTERS) {
  test(`the adapter for ${name} sees the certificate of a real connection, and no header in its place [rfc8705-3-resource]`, async () => {
    const port = await serve(listener)
    const visit = async (pair?: Pair) => {
      const headers = {
        authorization: `Bearer ${bound}`,
        host: 'notes.example',
        'client-cert': `:${holder.der.toString('base64')}:`,
      }
      const asked = httpsRequest({
        ...{ port, host: '127.0.0.1', path: '/mcp', agent: false, headers },
        ...{ rejectUnauthorized: false, ...(pair && { cert: pair.cert, key: pair.key }) },
      })
      const [response] = (await once(asked.end(), 'response')) as [IncomingMessage]
      response.resume()
      return response.statusCode
    }
    assert.deepEqual([await visit(holder), await visit(thief), await visit()], [200, 401, 401])
  })
}
