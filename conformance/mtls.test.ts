import assert from 'node:assert/strict'
import { createPublicKey } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { createServer, type Server } from 'node:https'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { TLSSocket } from 'node:tls'
import { certificateMaker, type Pair } from '@doorward/core/testing/certificates'
import { type Guard, protectResource } from '@doorward/resource'
import { protect } from '@doorward/resource/express'
import * as oauth from 'oauth4webapi'
import { freePort } from '../packages/doorward/src/testing/free-port.ts'
import { type Doorward, makeFolder, runDoorward, startDoorward, startEverything, waitFor } from './doorward.ts'
import { initialize } from './first-call.ts'
import { decide } from './person.ts'
import { fetchWith, trust } from './tls.ts'

const REDIRECT = 'http://127.0.0.1:4199/callback'
const ADA = { email: 'ada@example.com', password: 'a password of some length' }

const maker = certificateMaker()
const authority = maker.makeAuthority('Servers')
const partners = maker.makeAuthority('Partners')
const tls = maker.makeServer('localhost', authority)
const bank = maker.make({ subject: '/O=Bank/CN=app', by: partners })
const renewed = maker.make({ subject: '/O=Bank/CN=app', by: partners })
const thief = maker.make({ subject: '/O=Thief/CN=app', by: partners })
const own = maker.make({ subject: '/CN=own' })
const impostor = maker.make({ subject: '/CN=own' })
trust(authority)

const client = (client_id: string): oauth.Client => ({ client_id, use_mtls_endpoint_aliases: true })
const CLIENTS = [
  {
    id: 'bank',
    authentication: 'tls_client_auth',
    certificate: { subjectDn: 'CN=app,O=Bank' },
    certificateBoundTokens: true,
  },
  { id: 'desk', authentication: 'none', certificateBoundTokens: true },
  {
    id: 'own',
    authentication: 'self_signed_tls_client_auth',
    jwks: { keys: [{ ...createPublicKey(own.cert).export({ format: 'jwk' }), x5c: [own.der.toString('base64')] }] },
    certificateBoundTokens: true,
  },
].map((fields) => ({ name: fields.id, redirectUris: [REDIRECT], ...fields }))

let everything: Awaited<ReturnType<typeof startEverything>>
let door: Doorward
let server: oauth.AuthorizationServer
let notes: { url: string; stop: () => void }

before(async () => {
  everything = await startEverything()
  const port = await freePort()
  const url = `https://localhost:${port}/mcp`
  door = await serve({
    tls: { certificate: tls.certFile, key: tls.keyFile },
    mtls: { port: 0, authorities: [partners.certFile] },
    resources: [
      { name: 'Everything', path: '/mcp', upstream: everything.url },
      { name: 'Bound', path: '/bound/mcp', upstream: everything.url, senderConstraint: 'certificate' },
      { name: 'Notes', resource: url },
    ],
    clients: CLIENTS,
  })
  server = await discover(door.issuer)
  notes = { url, stop: await serveNotes(port, protectResource({ resource: url, authorizationServers: [door.issuer] })) }
})
after(async () => {
  notes?.stop()
  await door?.stop()
  await everything?.stop()
  maker.remove()
})

test('by its certificate a client pushes, redeems, refreshes with a renewed one, and revokes, all at the aliases [rfc8705-2, rfc8705-2.1, rfc8705-3, rfc8705-5]', async () => {
  const tokens = await tokensFor(client('bank'), oauth.TlsClientAuth(), bank, notes.url, true)
  assert.equal(tokens.token_type, 'bearer')
  assert.equal(await visit(notes.url, tokens.access_token, bank), 200)
  const refreshed = await refresh(client('bank'), oauth.TlsClientAuth(), tokens, renewed)
  assert.equal(await visit(notes.url, refreshed.access_token, renewed), 200)
  assert.equal(await visit(notes.url, refreshed.access_token, bank), 401)
  const refresh_token = refreshed.refresh_token ?? ''
  const options = { [oauth.customFetch]: fetchWith(renewed) }
  await oauth.processRevocationResponse(
    await oauth.revocationRequest(server, client('bank'), oauth.TlsClientAuth(), refresh_token, options),
  )
  await assert.rejects(refresh(client('bank'), oauth.TlsClientAuth(), refreshed, renewed), { error: 'invalid_grant' })
})

test('a stolen token is worth nothing at a server with the toolkit, and the answer says why [rfc8705-3-resource]', async () => {
  const tokens = await tokensFor(client('own'), oauth.TlsClientAuth(), own, notes.url)
  for (const [pair, words] of [
    [undefined, /error="invalid_token".*the connection has none/],
    [impostor, /error="invalid_token".*another client certificate/],
  ] as const) {
    const answer = await ask(notes.url, tokens.access_token, pair)
    assert.equal(answer.status, 401)
    assert.match(answer.headers.get('www-authenticate') ?? '', words)
  }
  assert.equal(await visit(notes.url, tokens.access_token, own), 200)
})

test('nor at the gateway, which takes bound tokens where certificates are asked for, and says so [rfc8705-3-resource, rfc9728-2-certificate-bound]', async () => {
  const { origin } = new URL(server.mtls_endpoint_aliases?.token_endpoint ?? '')
  const url = `${origin}/bound/mcp`
  const metadata = (await (
    await fetchWith(bank)(`${origin}/.well-known/oauth-protected-resource/bound/mcp`)
  ).json()) as {
    resource: string
    tls_client_certificate_bound_access_tokens: boolean
  }
  assert.deepEqual([metadata.resource, metadata.tls_client_certificate_bound_access_tokens], [url, true])
  const tokens = await tokensFor(client('bank'), oauth.TlsClientAuth(), bank, url)
  assert.deepEqual(
    [
      await visit(url, tokens.access_token, bank),
      await visit(url, tokens.access_token, thief),
      await visit(url, tokens.access_token),
    ],
    [200, 401, 401],
  )
  // A token for the server beside it goes with its certificate too, by either address, and never without.
  const beside = await tokensFor(client('bank'), oauth.TlsClientAuth(), bank, `${door.issuer}/mcp`)
  assert.equal(await visit(`${origin}/mcp`, beside.access_token, bank), 200)
  assert.equal(await visit(`${door.issuer}/mcp`, beside.access_token, bank), 401)
})

test('the refresh token of a public client is good in the hands of its certificate only [rfc8705-4, rfc8705-7.1]', async () => {
  const tokens = await tokensFor(client('desk'), oauth.None(), own, notes.url)
  await assert.rejects(refresh(client('desk'), oauth.None(), tokens, impostor), { error: 'invalid_grant' })
  await assert.rejects(refresh(client('desk'), oauth.None(), tokens, undefined), { error: 'invalid_request' })
  const refreshed = await refresh(client('desk'), oauth.None(), tokens, own)
  assert.equal(await visit(notes.url, refreshed.access_token, own), 200)
})

test('a certificate of somebody else, or none, authenticates nobody, at the alias and at the address of the issuer [rfc8705-2.1, rfc8705-2.2]', async () => {
  const plain = { ...client('bank'), use_mtls_endpoint_aliases: false }
  for (const [who, pair] of [
    [client('bank'), thief],
    [client('bank'), own],
    [client('bank'), undefined],
    [client('own'), impostor],
    [plain, bank],
  ] as const) {
    const options = { [oauth.customFetch]: fetchWith(pair) }
    const answer = await oauth.refreshTokenGrantRequest(server, who, oauth.TlsClientAuth(), 'any', options)
    await assert.rejects(oauth.processRefreshTokenResponse(server, who, answer), {
      error: 'invalid_client',
      status: 401,
    })
  }
})

test('a client that an operator adds on the command line, by its name alone, is known by it [rfc8705-2.1, rfc8705-3.4]', async () => {
  const subject = ['--auth', 'tls_client_auth', '--subject', 'CN=app,O=Thief', '--certificate-bound']
  const args = ['client', 'add', '--id', 'late', '--redirect', REDIRECT, ...subject, '--json']
  const added = await runDoorward(args, { folder: door.folder })
  assert.deepEqual([added.status, added.err], [0, ''])
  const { client_secret } = JSON.parse(added.out) as { client_secret?: string }
  assert.equal(client_secret, undefined)
  const tokens = await tokensFor(client('late'), oauth.TlsClientAuth(), thief, notes.url)
  assert.equal(await visit(notes.url, tokens.access_token, thief), 200)
})

test('where certificates are asked for no page is served, so that no browser is ever asked for one [rfc8705-5]', async () => {
  const { origin } = new URL(server.mtls_endpoint_aliases?.token_endpoint ?? '')
  for (const path of ['/', '/authorize', '/sign-in', '/account', '/register']) {
    const answer = await fetchWith(bank)(`${origin}${path}`)
    assert.deepEqual([path, answer.status, answer.headers.get('content-type')], [path, 404, 'application/json'])
  }
})

test('behind a proxy that ends TLS its header counts, and the same from anybody else does not [rfc8705-6.5, doorward-mtls-header]', async () => {
  const [port, behind] = [await freePort(), await freePort()]
  const issuer = `https://localhost:${port}`
  const stop = await serveProxy(port, behind)
  const one = await serve(
    {
      issuer,
      // Others on this machine are strangers here, so that this test can be one.
      trustedProxies: ['127.0.0.2/32'],
      mtls: { header: { name: 'x-client-cert', format: 'url-encoded-pem' }, authorities: [partners.certFile] },
      resources: [{ name: 'Everything', path: '/mcp', upstream: everything.url }],
      clients: CLIENTS,
    },
    { DOORWARD_PORT: String(behind) },
  )
  try {
    const as = await discover(issuer)
    assert.equal(as.mtls_endpoint_aliases, undefined)
    const tokens = await tokensFor(client('bank'), oauth.TlsClientAuth(), bank, `${issuer}/mcp`, true, as)
    assert.equal(await visit(`${issuer}/mcp`, tokens.access_token, bank), 200)
    // The header of a client is taken off by the proxy, as the documentation asks of it.
    assert.equal(
      await visit(`${issuer}/mcp`, tokens.access_token, thief, { 'x-client-cert': encodeURIComponent(bank.cert) }),
      401,
    )

    const forged = { 'x-client-cert': encodeURIComponent(bank.cert) }
    const form = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token ?? '', client_id: 'bank' }
    const token = (headers: Record<string, string | string[]>, localAddress: string) =>
      post(`http://127.0.0.1:${behind}/token`, form, headers, localAddress)
    const stranger = await token(forged, '127.0.0.1')
    assert.deepEqual([stranger.status, stranger.body.error], [401, 'invalid_client'])
    const twice = await token(
      { 'x-client-cert': [encodeURIComponent(thief.cert), forged['x-client-cert']] },
      '127.0.0.2',
    )
    assert.deepEqual([twice.status, twice.body.error], [400, 'invalid_request'])
    assert.equal((await token(forged, '127.0.0.2')).status, 200)
    for (const reason of ['certificate_missing', 'certificate_header_twice', 'other_certificate']) {
      // What changes nothing is written a moment later.
      await waitFor(async () => {
        const { out } = await runDoorward(['events', '--json'], { folder: one.folder })
        return out.includes(`"reason":"${reason}"`)
      }, 20).catch(() => assert.fail(`no event says ${reason}`))
    }
  } finally {
    stop()
    await one.stop()
  }
})

async function serve(config: object, env: Record<string, string> = {}): Promise<Doorward> {
  const folder = makeFolder()
  writeFileSync(join(folder, 'doorward.config.json'), JSON.stringify(config))
  const started = await startDoorward(['serve'], { folder, env })
  await runDoorward(['user', 'add', ADA.email, '--operator', '--password-stdin'], { folder, input: ADA.password })
  return started
}

async function discover(issuer: string): Promise<oauth.AuthorizationServer> {
  const url = new URL(issuer)
  return oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url, { algorithm: 'oauth2' }))
}

/** The whole code flow: pushed or not, a person who agrees, and the code redeemed. */
async function tokensFor(
  who: oauth.Client,
  authentication: oauth.ClientAuth,
  pair: Pair,
  resource: string,
  pushes = false,
  as = server,
): Promise<oauth.TokenEndpointResponse> {
  const options = { [oauth.customFetch]: fetchWith(pair) }
  const aliased = as.mtls_endpoint_aliases === undefined ? { ...who, use_mtls_endpoint_aliases: false } : who
  const verifier = oauth.generateRandomCodeVerifier()
  const state = oauth.generateRandomState()
  const request = {
    response_type: 'code',
    redirect_uri: REDIRECT,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    resource,
    state,
  }
  const query = new URLSearchParams({ client_id: who.client_id })
  if (pushes) {
    const pushed = await oauth.pushedAuthorizationRequest(as, aliased, authentication, request, options)
    query.set('request_uri', (await oauth.processPushedAuthorizationResponse(as, aliased, pushed)).request_uri)
  } else for (const [name, value] of Object.entries(request)) query.set(name, value)
  const callback = await decide(`${as.authorization_endpoint}?${query}`, ADA)
  const parameters = oauth.validateAuthResponse(as, aliased, callback.url, state)
  return oauth.processAuthorizationCodeResponse(
    as,
    aliased,
    await oauth.authorizationCodeGrantRequest(as, aliased, authentication, parameters, REDIRECT, verifier, options),
  )
}

async function refresh(
  who: oauth.Client,
  authentication: oauth.ClientAuth,
  { refresh_token = '' }: oauth.TokenEndpointResponse,
  pair: Pair | undefined,
): Promise<oauth.TokenEndpointResponse> {
  const options = { [oauth.customFetch]: fetchWith(pair) }
  const answer = await oauth.refreshTokenGrantRequest(server, who, authentication, refresh_token, options)
  return oauth.processRefreshTokenResponse(server, who, answer)
}

const INITIALIZE = initialize('2025-11-25')

function ask(url: string, token: string, pair?: Pair, more: Record<string, string> = {}): Promise<Response> {
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    ...more,
  }
  return fetchWith(pair)(url, { method: 'POST', headers, body: INITIALIZE })
}

async function visit(url: string, token: string, pair?: Pair, more: Record<string, string> = {}): Promise<number> {
  const answer = await ask(url, token, pair, more)
  await answer.body?.cancel()
  return answer.status
}

/** An MCP server of somebody else, with the toolkit, on real TLS. */
async function serveNotes(port: number, guard: Guard): Promise<() => void> {
  const options = { cert: tls.cert, key: tls.key, requestCert: true, rejectUnauthorized: false }
  const listening = createServer(options, (request, response) =>
    protect(guard)(request, response, () => response.end('{}')),
  )
  return stopper(listening, port)
}

/** A proxy that ends TLS, and passes the certificate on in the way of nginx. */
async function serveProxy(port: number, behind: number): Promise<() => void> {
  const options = { cert: tls.cert, key: tls.key, requestCert: true, rejectUnauthorized: false }
  const listening = createServer(options, (request, response) => {
    const certificate = (request.socket as TLSSocket).getPeerX509Certificate()
    const { 'x-client-cert': _, ...passed } = request.headers
    const headers = { ...passed, ...(certificate && { 'x-client-cert': encodeURIComponent(certificate.toString()) }) }
    const { method, url } = request
    const onward = httpRequest({
      host: '127.0.0.1',
      port: behind,
      localAddress: '127.0.0.2',
      method,
      path: url,
      headers,
    })
    onward.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    onward.on('error', () => response.destroy())
    request.pipe(onward)
  })
  return stopper(listening, port)
}

async function stopper(listening: Server, port: number): Promise<() => void> {
  listening.listen(port, '127.0.0.1')
  await once(listening, 'listening')
  return () => void listening.close().closeAllConnections()
}

async function post(
  url: string,
  form: Record<string, string>,
  headers: Record<string, string | string[]>,
  localAddress: string,
): Promise<{ status: number | undefined; body: Record<string, string> }> {
  const type = { 'content-type': 'application/x-www-form-urlencoded' }
  const asked = httpRequest(url, { method: 'POST', localAddress, headers: { ...type, ...headers } })
  asked.end(new URLSearchParams(form).toString())
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  const text = Buffer.concat(await answer.toArray()).toString('utf8')
  return { status: answer.statusCode, body: JSON.parse(text) as Record<string, string> }
}
