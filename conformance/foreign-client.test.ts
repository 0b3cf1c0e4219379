import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import * as oauth from 'oauth4webapi'
import { type Doorward, runDoorward, startDoorward, startEverything } from './doorward.ts'
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
