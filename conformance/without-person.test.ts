import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import {
  ClientCredentialsProvider,
  Client as ClientV2,
  CrossAppAccessProvider,
  PrivateKeyJwtProvider,
  StreamableHTTPClientTransport as TransportV2,
} from '@modelcontextprotocol/client'
import { ClientCredentialsProvider as ProviderV1 } from '@modelcontextprotocol/sdk/client/auth-extensions.js'
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { decodeJwt, exportJWK, exportPKCS8, generateKeyPair, SignJWT } from 'jose'
import * as oauth from 'oauth4webapi'
import { freePort } from '../packages/doorward/src/testing/free-port.ts'
import { type Doorward, makeFolder, runDoorward, startDoorward, startEverything } from './doorward.ts'
import { decide } from './person.ts'

const insecure = { [oauth.allowInsecureRequests]: true } as const
const REDIRECT = 'http://127.0.0.1:4198/callback'
const ADA = { email: 'ada@example.com', password: 'a password of some length' }
const CORP = 'https://corp.example'
const CI = 'https://ci.example'
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'

let everything: Awaited<ReturnType<typeof startEverything>>
let door: Doorward
let server: oauth.AuthorizationServer
let corp: CryptoKeyPair
let ci: CryptoKeyPair
let robot: CryptoKeyPair
const secrets: Record<string, string> = {}

/** Known before: the config file names the resources by their addresses. */
const PORT = await freePort()
const ISSUER = `http://localhost:${PORT}`
const [NOTES, FILES] = [`${ISSUER}/notes`, `${ISSUER}/files`]

before(async () => {
  everything = await startEverything()
  ;[corp, ci, robot] = (await Promise.all([1, 2, 3].map(() => generateKeyPair('ES256', { extractable: true })))) as [
    CryptoKeyPair,
    CryptoKeyPair,
    CryptoKeyPair,
  ]
  const jwks = async ({ publicKey }: CryptoKeyPair) => ({ keys: [await exportJWK(publicKey)] })
  const scopes = { use: 'Use it' }
  const folder = makeFolder()
  writeFileSync(
    join(folder, 'doorward.config.json'),
    JSON.stringify({
      issuer: ISSUER,
      port: PORT,
      resources: [
        {
          name: 'Notes',
          path: '/notes',
          upstream: everything.url,
          scopes,
          servers: ['notes-server'],
          exchanges: [{ to: FILES, scopes: { use: ['use'] } }],
        },
        { name: 'Files', path: '/files', upstream: everything.url, scopes },
      ],
      clients: [
        {
          id: 'signer',
          grantTypes: ['client_credentials'],
          authentication: 'private_key_jwt',
          jwks: await jwks(robot),
          scope: 'use',
        },
      ],
      assertionIssuers: [
        { issuer: CORP, jwks: await jwks(corp), people: {} },
        {
          issuer: CI,
          jwks: await jwks(ci),
          workloads: [{ name: 'deploy', claims: { repository: 'acme/*' }, resource: NOTES, scopes: ['use'] }],
        },
      ],
    }),
  )
  door = await startDoorward(['serve'], { folder, env: { DOORWARD_PORT: String(PORT) } })
  const add = async (id: string, ...rest: string[]) => {
    const words = ['client', 'add', '--id', id, '--auth', 'client_secret_basic', '--scope', 'use', '--json', ...rest]
    const { out } = await runDoorward(words, { folder })
    secrets[id] = (JSON.parse(out) as { client_secret: string }).client_secret
  }
  await runDoorward(['user', 'add', ADA.email, '--operator', '--password-stdin'], { folder, input: ADA.password })
  for (const id of ['robot', 'notes-server']) await add(id, '--grant', 'client_credentials')
  await add('app', '--redirect', REDIRECT)
  const discovered = await oauth.discoveryRequest(new URL(ISSUER), { algorithm: 'oauth2', ...insecure })
  server = await oauth.processDiscoveryResponse(new URL(ISSUER), discovered)
})
after(async () => {
  await door?.stop()
  await everything?.stop()
})

async function echoV2(
  authProvider: ConstructorParameters<typeof TransportV2>[1] extends infer O ? O : never,
  url = NOTES,
): Promise<unknown> {
  const client = new ClientV2({ name: 'robot', version: '1' })
  await client.connect(new TransportV2(new URL(url), authProvider))
  const answer = await client.callTool({ name: 'echo', arguments: { message: 'nobody is here' } })
  await client.close()
  return answer
}

test('a program walks in with its secret, by both official SDKs, and calls a tool [mcp-2026-07-28-x1]', async () => {
  const options = { clientId: 'robot', clientSecret: secrets.robot ?? '', expectedIssuer: ISSUER, scope: 'use' }
  const answer = await echoV2({ authProvider: new ClientCredentialsProvider(options) })
  assert.match(JSON.stringify(answer), /nobody is here/)
  const client = new ClientV1({ name: 'robot', version: '1' })
  const { expectedIssuer: _, ...older } = options
  await client.connect(new TransportV1(new URL(NOTES), { authProvider: new ProviderV1(older) }))
  const echoed = await client.callTool({ name: 'echo', arguments: { message: 'nor here' } })
  assert.match(JSON.stringify(echoed), /nor here/)
  await client.close()
})

test('a program walks in by signing who it is [mcp-2026-07-28-x1]', async () => {
  const privateKey = await exportPKCS8(robot.privateKey)
  const provider = new PrivateKeyJwtProvider({
    clientId: 'signer',
    privateKey,
    algorithm: 'ES256',
    expectedIssuer: ISSUER,
  })
  assert.match(JSON.stringify(await echoV2({ authProvider: provider })), /nobody is here/)
})

test('an application acts for a person of a company at the word of its identity provider, by the official SDK [id-jag-typ, id-jag-resource]', async () => {
  const provider = new CrossAppAccessProvider({
    clientId: 'app',
    clientSecret: secrets.app ?? '',
    expectedIssuer: ISSUER,
    assertion: ({ authorizationServerUrl, resourceUrl }) =>
      new SignJWT({ client_id: 'app', resource: resourceUrl, scope: 'use' })
        .setProtectedHeader({ alg: 'ES256', typ: 'oauth-id-jag+jwt' })
        .setIssuer(CORP)
        .setSubject('ada')
        .setAudience(authorizationServerUrl.replace(/\/$/, ''))
        .setJti(randomUUID())
        .setIssuedAt()
        .setExpirationTime('2m')
        .sign(corp.privateKey),
  })
  assert.match(JSON.stringify(await echoV2({ authProvider: provider })), /nobody is here/)
  const { out } = await runDoorward(['grant', 'list'], { folder: door.folder })
  assert.match(out, / dwx_[\w-]{22} \(on an assertion\) +app /)
  assert.match(out, / itself +robot /)
})

function workloadAssertion(claims: Record<string, unknown> = {}): Promise<string> {
  return new SignJWT({ repository: 'acme/site', ...claims })
    .setProtectedHeader({ alg: 'ES256' })
    .setIssuer(CI)
    .setSubject('repo:acme/site')
    .setAudience(ISSUER)
    .setJti(randomUUID())
    .setIssuedAt()
    .setExpirationTime('2m')
    .sign(ci.privateKey)
}

async function workloadToken(claims: Record<string, unknown> = {}): Promise<Response> {
  const assertion = await workloadAssertion(claims)
  const body = new URLSearchParams({ grant_type: JWT_BEARER, assertion, resource: NOTES })
  return fetch(server.token_endpoint ?? '', { method: 'POST', body })
}

test('a program of a platform walks in without any secret of its own [wif-issuer]', async () => {
  const { access_token } = (await (await workloadToken()).json()) as { access_token: string }
  const requestInit = { headers: { authorization: `Bearer ${access_token}` } }
  assert.match(JSON.stringify(await echoV2({ requestInit })), /nobody is here/)
  assert.equal((await workloadToken({ repository: 'evil/site' })).status, 400)
})

/** What a strict client makes of an answer with a token: it has to open the door, and another client's may not be it. */
async function opens(answer: oauth.TokenEndpointResponse): Promise<void> {
  assert.deepEqual([answer.token_type, answer.scope, answer.refresh_token], ['bearer', 'use', undefined])
  assert.equal(decodeJwt(answer.access_token).aud, NOTES)
  const requestInit = { headers: { authorization: `Bearer ${answer.access_token}` } }
  assert.match(JSON.stringify(await echoV2({ requestInit })), /nobody is here/)
}

for (const [how, id, authentication] of [
  ['its secret', 'robot', () => oauth.ClientSecretBasic(secrets.robot ?? '')],
  ['its signature', 'signer', () => oauth.PrivateKeyJwt(robot.privateKey)],
] as const) {
  test(`a foreign client has a token for itself by ${how} [rfc6749-4.4.3-no-refresh]`, async () => {
    const client: oauth.Client = { client_id: id }
    const parameters = { scope: 'use', resource: NOTES }
    const ask = (given: oauth.ClientAuth) =>
      oauth.clientCredentialsGrantRequest(server, client, given, parameters, insecure)
    const response = await ask(authentication())
    const answer = await oauth.processClientCredentialsResponse(server, client, response)
    await opens(answer)
    assert.equal(decodeJwt(answer.access_token).client_id, id)
    const stranger = oauth.ClientSecretBasic('not the secret of anybody at all')
    await assert.rejects(
      async () => oauth.processClientCredentialsResponse(server, client, await ask(stranger)),
      (error) => error instanceof oauth.WWWAuthenticateChallengeError || isRefusal(error, 'invalid_client'),
    )
  })
}

const isRefusal = (error: unknown, code: string) => error instanceof oauth.ResponseBodyError && error.error === code

test('a foreign client of a platform has a token for its assertion, once for each [rfc7523-3-jti, rfc7523-3.1-grant]', async () => {
  // RFC 7521 §4.1: it need not say who it is; the assertion does.
  const nobody: oauth.ClientAuth = () => undefined
  const client: oauth.Client = { client_id: 'not sent' }
  const ask = async (assertion: string) =>
    oauth.processGenericTokenEndpointResponse(
      server,
      client,
      await oauth.genericTokenEndpointRequest(
        server,
        client,
        nobody,
        JWT_BEARER,
        { assertion, resource: NOTES },
        insecure,
      ),
    )
  const assertion = await workloadAssertion()
  await opens(await ask(assertion))
  await assert.rejects(ask(assertion), (error) => isRefusal(error, 'invalid_grant'))
  await assert.rejects(ask(await workloadAssertion({ repository: 'evil/site' })), (error) =>
    isRefusal(error, 'invalid_grant'),
  )
})

async function person(): Promise<oauth.TokenEndpointResponse> {
  const client: oauth.Client = { client_id: 'app' }
  const verifier = oauth.generateRandomCodeVerifier()
  const query = new URLSearchParams({
    client_id: 'app',
    response_type: 'code',
    redirect_uri: REDIRECT,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    resource: NOTES,
    scope: 'use',
    state: 'state',
  })
  const callback = await decide(`${server.authorization_endpoint}?${query}`, ADA)
  const parameters = oauth.validateAuthResponse(server, client, callback.url, 'state')
  const authentication = oauth.ClientSecretBasic(secrets.app ?? '')
  const response = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    authentication,
    parameters,
    REDIRECT,
    verifier,
    insecure,
  )
  return oauth.processAuthorizationCodeResponse(server, client, response)
}

test('an MCP server asks about a token, has one for another server in exchange, and that one ends with the first [rfc7662-2.2-active, rfc9701-4-accept, rfc8693-4.1-act, doorward-standing]', async () => {
  const { access_token } = await person()
  const client: oauth.Client = { client_id: 'notes-server', introspection_signed_response_alg: 'ES256' }
  const authentication = oauth.ClientSecretBasic(secrets['notes-server'] ?? '')
  const look = async (token: string, requestJwtResponse: boolean) => {
    const response = await oauth.introspectionRequest(server, client, authentication, token, {
      requestJwtResponse,
      ...insecure,
    })
    const answer = await oauth.processIntrospectionResponse(server, client, response)
    if (requestJwtResponse) await oauth.validateApplicationLevelSignature(server, response, insecure)
    return answer
  }
  for (const asJwt of [false, true]) {
    const { active, aud, scope, client_id } = await look(access_token, asJwt)
    assert.deepEqual([active, aud, scope, client_id], [true, NOTES, 'use', 'app'])
  }
  const exchanged = await oauth.processGenericTokenEndpointResponse(
    server,
    client,
    await oauth.genericTokenEndpointRequest(
      server,
      client,
      authentication,
      EXCHANGE,
      { subject_token: access_token, subject_token_type: ACCESS_TOKEN, resource: FILES },
      insecure,
    ),
  )
  assert.equal(exchanged.issued_token_type, ACCESS_TOKEN)
  const claims = decodeJwt(exchanged.access_token)
  assert.deepEqual([claims.aud, claims.act, claims.sub], [FILES, { sub: 'notes-server' }, decodeJwt(access_token).sub])
  const requestInit = { headers: { authorization: `Bearer ${exchanged.access_token}` } }
  assert.match(JSON.stringify(await echoV2({ requestInit }, FILES)), /nobody is here/)
  await assert.rejects(echoV2({ requestInit }, NOTES))
  const app = { client_id: 'app' }
  const revoked = await oauth.revocationRequest(
    server,
    app,
    oauth.ClientSecretBasic(secrets.app ?? ''),
    access_token,
    insecure,
  )
  await oauth.processRevocationResponse(revoked)
  await assert.rejects(echoV2({ requestInit }, FILES))
  assert.equal((await look(access_token, false)).active, false)
})
