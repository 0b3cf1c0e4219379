import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import * as oauth from 'oauth4webapi'
import { type Doorward, makeFolder, runDoorward, startDoorward, startEverything } from './doorward.ts'
import { CALL_HEADERS, initialize } from './first-call.ts'
import { decide } from './person.ts'

const insecure = { [oauth.allowInsecureRequests]: true } as const
const REDIRECT = 'http://127.0.0.1:4199/callback'
const ADA = { email: 'ada@example.com', password: 'a password of some length' }
const client: oauth.Client = { client_id: 'bank' }

let everything: Awaited<ReturnType<typeof startEverything>>
let door: Doorward
let server: oauth.AuthorizationServer
let keys: CryptoKeyPair

before(async () => {
  everything = await startEverything()
  keys = await oauth.generateKeyPair('ES256', { extractable: true })
  const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', keys.publicKey)
  const folder = makeFolder()
  writeFileSync(
    join(folder, 'doorward.config.json'),
    JSON.stringify({
      policy: { preset: 'fapi2' },
      resources: [{ name: 'Everything', path: '/mcp', upstream: everything.url }],
      clients: [
        {
          id: client.client_id,
          name: 'Bank',
          redirectUris: [REDIRECT],
          authentication: 'private_key_jwt',
          jwks: { keys: [{ kty, crv, x, y, kid: 'one', use: 'sig' }] },
        },
      ],
    }),
  )
  door = await startDoorward(['serve'], { folder })
  await runDoorward(['user', 'add', ADA.email, '--operator', '--password-stdin'], { folder, input: ADA.password })
  const issuer = new URL(door.issuer)
  const discovered = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure })
  server = await oauth.processDiscoveryResponse(issuer, discovered)
})
after(async () => {
  await door?.stop()
  await everything?.stop()
})

test('under fapi2 oauth4webapi pushes its request, signs who it is, and uses a bound token through the door [doorward-fapi2, rfc9126-2.2, rfc9449-10.1]', async () => {
  const authentication = oauth.PrivateKeyJwt({ key: keys.privateKey, kid: 'one' })
  const DPoP = oauth.DPoP(client, await oauth.generateKeyPair('ES256'))
  const verifier = oauth.generateRandomCodeVerifier()
  const state = oauth.generateRandomState()
  const request = {
    response_type: 'code',
    redirect_uri: REDIRECT,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    resource: `${door.issuer}/mcp`,
    state,
  }
  const options = { DPoP, ...insecure }
  const pushed = await oauth.processPushedAuthorizationResponse(
    server,
    client,
    await oauth.pushedAuthorizationRequest(server, client, authentication, request, options),
  )
  const query = new URLSearchParams({ client_id: client.client_id, request_uri: pushed.request_uri })
  const callback = await decide(`${server.authorization_endpoint}?${query}`, ADA)
  const parameters = oauth.validateAuthResponse(server, client, callback.url, state)
  const tokens = await oauth.processAuthorizationCodeResponse(
    server,
    client,
    await oauth.authorizationCodeGrantRequest(server, client, authentication, parameters, REDIRECT, verifier, options),
  )
  assert.equal(tokens.token_type, 'dpop')
  const refreshed = await oauth.processRefreshTokenResponse(
    server,
    client,
    await oauth.refreshTokenGrantRequest(server, client, authentication, tokens.refresh_token ?? '', options),
  )
  assert.equal(refreshed.refresh_token, tokens.refresh_token)
  const answer = await oauth.protectedResourceRequest(
    refreshed.access_token,
    'POST',
    new URL(`${door.issuer}/mcp`),
    new Headers(CALL_HEADERS),
    initialize('2025-11-25'),
    options,
  )
  assert.equal(answer.status, 200)
  await answer.body?.cancel()
})

test('under fapi2 nobody registers without keys, and says why [doorward-fapi2]', async () => {
  const answer = await oauth.dynamicClientRegistrationRequest(
    server,
    { redirect_uris: [REDIRECT], token_endpoint_auth_method: 'none' },
    insecure,
  )
  await assert.rejects(oauth.processDynamicClientRegistrationResponse(answer), (error) => {
    assert.ok(error instanceof oauth.ResponseBodyError)
    assert.deepEqual([error.status, error.error], [400, 'invalid_client_metadata'])
    assert.match(error.error_description ?? '', /private_key_jwt/)
    return true
  })
})
