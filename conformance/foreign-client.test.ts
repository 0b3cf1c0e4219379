import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import * as oauth from 'oauth4webapi'
import { freePort } from '../packages/doorward/src/testing/free-port.ts'
import { type Doorward, makeFolder, runDoorward, startDoorward, startEverything } from './doorward.ts'
import { CALL_HEADERS, firstCall, initialize } from './first-call.ts'
import { decide } from './person.ts'

let everything: Awaited<ReturnType<typeof startEverything>>
let door: Doorward
let server: oauth.AuthorizationServer
const insecure = { [oauth.allowInsecureRequests]: true } as const
const REDIRECT = 'http://127.0.0.1:4199/callback'

before(async () => {
  everything = await startEverything()
  door = await startDoorward(['protect', everything.url])
  const issuer = new URL(door.issuer)
  server = await oauth.processDiscoveryResponse(
    issuer,
    await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure }),
  )
})
after(async () => {
  await door?.stop()
  await everything?.stop()
})

async function codeFlow(client: oauth.Client, authentication: oauth.ClientAuth): Promise<oauth.TokenEndpointResponse> {
  const verifier = oauth.generateRandomCodeVerifier()
  const state = oauth.generateRandomState()
  const url = new URL(server.authorization_endpoint ?? '')
  url.search = new URLSearchParams({
    client_id: client.client_id,
    response_type: 'code',
    redirect_uri: REDIRECT,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    resource: door.mcp,
  }).toString()
  const callback = await decide(url.href, door.operator)
  // RFC 9207: oauth4webapi compares iss itself.
  const parameters = oauth.validateAuthResponse(server, client, callback.url, state)
  const response = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    authentication,
    parameters,
    REDIRECT,
    verifier,
    {
      additionalParameters: { resource: door.mcp },
      ...insecure,
    },
  )
  return oauth.processAuthorizationCodeResponse(server, client, response)
}

const METHODS: readonly [string, (secret: string) => oauth.ClientAuth][] = [
  ['none', () => oauth.None()],
  ['client_secret_post', (secret) => oauth.ClientSecretPost(secret)],
  ['client_secret_basic', (secret) => oauth.ClientSecretBasic(secret)],
]

for (const [method, authenticate] of METHODS) {
  test(`oauth4webapi registers itself with ${method}, then walks code, refresh and revocation [rfc7591-3-registration, rfc7009-2-revocation, rfc9207-2.4-client]`, async () => {
    const registration = await oauth.dynamicClientRegistrationRequest(
      server,
      { redirect_uris: [REDIRECT], token_endpoint_auth_method: method, client_name: `oauth4webapi ${method}` },
      insecure,
    )
    const client = await oauth.processDynamicClientRegistrationResponse(registration)
    assert.equal(client.token_endpoint_auth_method, method)
    await walk(client, authenticate(String(client.client_secret ?? '')))
  })

  test(`a client that an operator registered walks the same with ${method} [mcp-2026-07-28-as1]`, async () => {
    const { out } = await runDoorward(
      ['client', 'add', '--redirect', REDIRECT, '--auth', method, '--name', 'Pre', '--json'],
      { folder: door.folder },
    )
    const client = JSON.parse(out) as oauth.Client
    await walk(client, authenticate(String(client.client_secret ?? '')))
  })
}

async function walk(client: oauth.Client, authentication: oauth.ClientAuth): Promise<void> {
  const first = await codeFlow(client, authentication)
  assert.equal(first.token_type, 'bearer')
  assert.equal(first.scope, 'mcp')
  const refreshResponse = await oauth.refreshTokenGrantRequest(
    server,
    client,
    authentication,
    first.refresh_token ?? '',
    insecure,
  )
  const second = await oauth.processRefreshTokenResponse(server, client, refreshResponse)
  assert.notEqual(second.refresh_token, first.refresh_token)
  const request = new Request(door.mcp, { headers: { authorization: `Bearer ${second.access_token}` } })
  const claims = await oauth.validateJwtAccessToken(server, request, door.mcp, insecure)
  assert.equal(claims.aud, door.mcp)
  assert.equal(claims.client_id, client.client_id)
  await oauth.processRevocationResponse(
    await oauth.revocationRequest(server, client, authentication, second.refresh_token ?? '', insecure),
  )
  const dead = await oauth.refreshTokenGrantRequest(
    server,
    client,
    authentication,
    second.refresh_token ?? '',
    insecure,
  )
  await assert.rejects(
    oauth.processRefreshTokenResponse(server, client, dead),
    (error) => error instanceof oauth.ResponseBodyError && error.error === 'invalid_grant',
  )
}

test('OpenID discovery gives a foreign client the same server [q19, q20]', async () => {
  const issuer = new URL(door.issuer)
  const found = await oauth.processDiscoveryResponse(
    issuer,
    await oauth.discoveryRequest(issuer, { algorithm: 'oidc', ...insecure }),
  )
  assert.equal(found.token_endpoint, server.token_endpoint)
})

test('oauth4webapi binds its tokens to a key with its own DPoP, and calls through the door; a stolen token does not [rfc9449-5, rfc9449-7.1]', async () => {
  const registration = await oauth.dynamicClientRegistrationRequest(
    server,
    {
      redirect_uris: [REDIRECT],
      token_endpoint_auth_method: 'none',
      client_name: 'DPoP',
      dpop_bound_access_tokens: true,
    },
    insecure,
  )
  const client = await oauth.processDynamicClientRegistrationResponse(registration)
  const DPoP = oauth.DPoP(client as oauth.Client, await oauth.generateKeyPair('ES256'))
  const verifier = oauth.generateRandomCodeVerifier()
  const state = oauth.generateRandomState()
  const url = new URL(server.authorization_endpoint ?? '')
  url.search = new URLSearchParams({
    client_id: client.client_id,
    response_type: 'code',
    redirect_uri: REDIRECT,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    dpop_jkt: await DPoP.calculateThumbprint(),
    resource: door.mcp,
    state,
  }).toString()
  const callback = await decide(url.href, door.operator)
  const parameters = oauth.validateAuthResponse(server, client, callback.url, state)
  const request = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    oauth.None(),
    parameters,
    REDIRECT,
    verifier,
    { DPoP, ...insecure },
  )
  const tokens = await oauth.processAuthorizationCodeResponse(server, client, request)
  assert.equal(tokens.token_type, 'dpop')
  const body = initialize('2025-06-18')
  const headers = new Headers(CALL_HEADERS)
  const answer = await oauth.protectedResourceRequest(tokens.access_token, 'POST', new URL(door.mcp), headers, body, {
    DPoP,
    ...insecure,
  })
  assert.equal(answer.status, 200)
  await answer.body?.cancel()
  const refreshed = await oauth.refreshTokenGrantRequest(server, client, oauth.None(), tokens.refresh_token ?? '', {
    DPoP,
    ...insecure,
  })
  const next = await oauth.processRefreshTokenResponse(server, client, refreshed)
  assert.equal(next.token_type, 'dpop')

  const stolen = await fetch(door.mcp, {
    method: 'POST',
    headers: { ...Object.fromEntries(headers), authorization: `Bearer ${next.access_token}` },
    body,
  })
  assert.equal(stolen.status, 401)
  assert.match(stolen.headers.get('www-authenticate') ?? '', /^DPoP error="invalid_token"/)
  const thief = oauth.DPoP(client as oauth.Client, await oauth.generateKeyPair('ES256'))
  await assert.rejects(
    oauth.protectedResourceRequest(next.access_token, 'POST', new URL(door.mcp), headers, body, {
      DPoP: thief,
      ...insecure,
    }),
  )
  const robbed = await oauth.refreshTokenGrantRequest(server, client, oauth.None(), next.refresh_token ?? '', {
    DPoP: thief,
    ...insecure,
  })
  await assert.rejects(oauth.processRefreshTokenResponse(server, client, robbed))
})

test('where the server wants nonces, oauth4webapi takes them as they come, at the token endpoint and at the gateway [rfc9449-8, rfc9449-9]', async () => {
  const folder = makeFolder()
  writeFileSync(
    join(folder, 'doorward.config.json'),
    JSON.stringify({
      requireDpopNonce: true,
      resources: [{ name: 'Everything', path: '/mcp', upstream: everything.url }],
    }),
  )
  const own = await startDoorward(['serve'], { folder })
  const input = 'a password of some length'
  await runDoorward(['user', 'add', 'ada@example.com', '--operator', '--password-stdin'], { folder, input })
  const issuer = new URL(own.issuer)
  const discovered = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure })
  const as = await oauth.processDiscoveryResponse(issuer, discovered)
  const registered = await oauth.dynamicClientRegistrationRequest(
    as,
    { redirect_uris: [REDIRECT], token_endpoint_auth_method: 'none' },
    insecure,
  )
  const client = await oauth.processDynamicClientRegistrationResponse(registered)
  const DPoP = oauth.DPoP(client as oauth.Client, await oauth.generateKeyPair('ES256'))
  const verifier = oauth.generateRandomCodeVerifier()
  const query = {
    client_id: client.client_id,
    response_type: 'code',
    redirect_uri: REDIRECT,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  }
  const callback = await decide(`${as.authorization_endpoint}?${new URLSearchParams(query)}`, {
    email: 'ada@example.com',
    password: input,
  })
  const parameters = oauth.validateAuthResponse(as, client, callback.url, oauth.expectNoState)
  const redeem = async () => {
    const response = await oauth.authorizationCodeGrantRequest(
      as,
      client,
      oauth.None(),
      parameters,
      REDIRECT,
      verifier,
      { DPoP, ...insecure },
    )
    return oauth.processAuthorizationCodeResponse(as, client, response)
  }
  await assert.rejects(redeem(), (error) => {
    assert.ok(oauth.isDPoPNonceError(error) && error instanceof oauth.ResponseBodyError, String(error))
    assert.deepEqual([error.status, error.error], [400, 'use_dpop_nonce'])
    return true
  })
  const tokens = await redeem()
  const call = () =>
    oauth.protectedResourceRequest(
      tokens.access_token,
      'POST',
      new URL(`${own.issuer}/mcp`),
      new Headers(CALL_HEADERS),
      initialize('2025-06-18'),
      { DPoP, ...insecure },
    )
  // oauth4webapi keeps nonces by origin, so this call brings that of the token endpoint, which is none at the gateway.
  await assert.rejects(call(), (error) => {
    assert.ok(oauth.isDPoPNonceError(error) && error instanceof oauth.WWWAuthenticateChallengeError, String(error))
    assert.equal(error.status, 401)
    const [challenge] = error.cause
    assert.deepEqual([challenge?.scheme, challenge?.parameters.error], ['dpop', 'use_dpop_nonce'])
    return true
  })
  const answer = await call()
  assert.equal(answer.status, 200)
  await answer.body?.cancel()
  await own.stop()
})

test('a token from before the policy became strict, which is bound to nothing, opens the gateway no more [doorward-constraint-policy]', async () => {
  const folder = makeFolder()
  const configure = (policy: object) =>
    writeFileSync(
      join(folder, 'doorward.config.json'),
      JSON.stringify({ policy, resources: [{ name: 'Everything', path: '/mcp', upstream: everything.url }] }),
    )
  configure({})
  const env = { DOORWARD_PORT: String(await freePort()) }
  const before = await startDoorward(['serve'], { folder, keep: true, env })
  const ada = { email: 'ada@example.com', password: 'a password of some length' }
  await runDoorward(['user', 'add', ada.email, '--password-stdin'], { folder, input: ada.password })
  const added = await runDoorward(
    ['client', 'add', '--redirect', REDIRECT, '--auth', 'none', '--name', 'Old', '--json'],
    {
      folder,
    },
  )
  const { client_id } = JSON.parse(added.out) as { client_id: string }
  const issuer = new URL(before.issuer)
  const discovered = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure })
  const as = await oauth.processDiscoveryResponse(issuer, discovered)
  const verifier = oauth.generateRandomCodeVerifier()
  const query = {
    client_id,
    response_type: 'code',
    redirect_uri: REDIRECT,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  }
  const callback = await decide(`${as.authorization_endpoint}?${new URLSearchParams(query)}`, ada)
  const parameters = oauth.validateAuthResponse(as, { client_id }, callback.url, oauth.expectNoState)
  const none = oauth.None()
  const tokens = await oauth.processAuthorizationCodeResponse(
    as,
    { client_id },
    await oauth.authorizationCodeGrantRequest(as, { client_id }, none, parameters, REDIRECT, verifier, insecure),
  )
  const call = () => firstCall(`${issuer.origin}/mcp`, tokens.access_token)
  const taken = await call()
  assert.equal(taken.status, 200)
  await taken.body?.cancel()
  await before.stop()

  configure({ preset: 'strict' })
  const own = await startDoorward(['serve'], { folder, env })
  const refused = await call()
  assert.equal(refused.status, 401)
  assert.match(
    refused.headers.get('www-authenticate') ?? '',
    /^DPoP error="invalid_token".*\[not_bound\].*algs="ES256 /,
  )
  await own.stop()
})
