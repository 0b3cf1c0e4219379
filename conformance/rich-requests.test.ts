import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Guard, protectResource } from '@doorward/resource'
import { type GuardedRequest, protect } from '@doorward/resource/express'
import * as oauth from 'oauth4webapi'
import { type Doorward, makeFolder, runDoorward, startDoorward } from './doorward.ts'
import { PlainBrowser } from './person.ts'

const insecure = { [oauth.allowInsecureRequests]: true } as const
const REDIRECT = 'http://127.0.0.1:4198/callback'
const ADA = { email: 'ada@example.com', password: 'a password of some length' }
const client: oauth.Client = { client_id: 'shop' }

const TYPES = {
  payment_initiation: {
    description: 'Make a payment from your account',
    fields: {
      actions: { type: 'strings', label: 'It may', enum: ['initiate', 'status', 'cancel'] },
      instructedAmount: {
        type: 'object',
        required: true,
        fields: {
          amount: { type: 'string', label: 'Amount', required: true, maxLength: 12 },
          currency: { type: 'string', label: 'Currency', required: true, enum: ['EUR', 'CHF'] },
        },
      },
      creditorName: { type: 'string', label: 'To', required: true, maxLength: 70 },
      urgent: { type: 'boolean', label: 'Urgent' },
    },
  },
  account_information: {
    description: 'See your accounts',
    fields: { actions: { type: 'strings', label: 'Which part', required: true } },
  },
}
const PAYMENT = {
  type: 'payment_initiation',
  creditorName: '<b>Merchant</b> & “A”',
  instructedAmount: { currency: 'EUR', amount: '123.50' },
  actions: ['initiate', 'status'],
  urgent: false,
}
const ACCOUNTS = { type: 'account_information', actions: ['list_accounts', 'read_balances'] }

let bank: Server
let guard: Guard
let resource: string
let door: Doorward
let server: oauth.AuthorizationServer
let keys: CryptoKeyPair

before(async () => {
  // A bank that guards itself, and answers with what it was told that the person agreed to.
  bank = createServer((request: GuardedRequest, response) =>
    protect(guard)(request, response, () => response.end(JSON.stringify(request.access?.authorizationDetails))),
  ).listen(0, '127.0.0.1')
  await once(bank, 'listening')
  resource = `http://127.0.0.1:${(bank.address() as AddressInfo).port}/mcp`
  keys = await oauth.generateKeyPair('ES256', { extractable: true })
  const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', keys.publicKey)
  const folder = makeFolder()
  const config = {
    policy: { preset: 'fapi2' },
    resources: [
      { name: 'Bank', resource, scopes: { payments: 'See your payments' }, authorizationDetailsTypes: TYPES },
      {
        name: 'Notes',
        path: '/mcp',
        upstream: 'http://127.0.0.1:9/mcp',
        authorizationDetailsTypes: { note: TYPES.account_information },
      },
    ],
    clients: [
      {
        id: client.client_id,
        name: 'Shop',
        redirectUris: [REDIRECT],
        authentication: 'private_key_jwt',
        jwks: { keys: [{ kty, crv, x, y, kid: 'one', use: 'sig' }] },
        requireSignedRequestObject: true,
        authorizationDetailsTypes: Object.keys(TYPES),
      },
    ],
  }
  writeFileSync(join(folder, 'doorward.config.json'), JSON.stringify(config))
  door = await startDoorward(['serve'], { folder })
  await runDoorward(['user', 'add', ADA.email, '--operator', '--password-stdin'], { folder, input: ADA.password })
  guard = protectResource({
    resource,
    authorizationServers: [door.issuer],
    authorizationDetailsTypes: Object.keys(TYPES),
  })
  const issuer = new URL(door.issuer)
  const discovered = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure })
  server = await oauth.processDiscoveryResponse(issuer, discovered)
})
after(async () => {
  await door?.stop()
  bank?.closeAllConnections()
  bank?.close()
})

/** Signs a request, pushes it, and returns where the browser goes. */
async function push(changes: Record<string, string>, options: oauth.PushedAuthorizationRequestOptions) {
  const signing = { key: keys.privateKey, kid: 'one' }
  const request = await oauth.issueRequestObject(server, client, { redirect_uri: REDIRECT, ...changes }, signing)
  const pushed = await oauth.processPushedAuthorizationResponse(
    server,
    client,
    await oauth.pushedAuthorizationRequest(server, client, oauth.PrivateKeyJwt(signing), { request }, options),
  )
  const query = new URLSearchParams({ client_id: client.client_id, request_uri: pushed.request_uri })
  return `${server.authorization_endpoint}?${query}`
}

test('oauth4webapi signs and pushes a rich request; a person reads all of it; the bank is told what they agreed to [rfc9101-6.3-only, rfc9126-3, rfc9396-3-consent, rfc9396-3-request-object, rfc9396-7, rfc9396-9, rfc9396-10, rfc9396-12, doorward-fapi2, doorward-details-shown]', async () => {
  assert.equal(server.request_parameter_supported, true)
  assert.deepEqual(server.authorization_details_types_supported, [...Object.keys(TYPES), 'note'])
  const signing = oauth.PrivateKeyJwt({ key: keys.privateKey, kid: 'one' })
  const DPoP = oauth.DPoP(client, await oauth.generateKeyPair('ES256'))
  const options = { DPoP, ...insecure }
  const verifier = oauth.generateRandomCodeVerifier()
  const state = oauth.generateRandomState()
  const asked = {
    response_type: 'code',
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    resource,
    state,
  }
  const details = JSON.stringify([PAYMENT, ACCOUNTS])
  const url = await push({ ...asked, authorization_details: details }, options)

  const browser = new PlainBrowser()
  const signIn = await browser.follow(url)
  const consent = await browser.submit(await signIn.response.text(), signIn.url, { ...ADA })
  const page = await consent.response.text()
  const words = wordsBefore(page, '<form')
  assert.deepEqual(words.slice(words.indexOf('In detail'), words.indexOf('For how long')), [
    'In detail',
    'Make a payment from your account',
    ...['It may', 'initiate', 'status', 'Amount', '123.50', 'Currency', 'EUR'],
    ...['To', '&lt;b&gt;Merchant&lt;/b&gt; &amp; &quot;A&quot;', 'Urgent', 'No'],
    'See your accounts',
    ...['Which part', 'list_accounts', 'read_balances'],
  ])
  const { response } = await browser.submit(page, consent.url, { decision: 'approve' })
  const callback = new URL(response.headers.get('location') ?? '')

  const parameters = oauth.validateAuthResponse(server, client, callback, state)
  const tokens = await oauth.processAuthorizationCodeResponse(
    server,
    client,
    await oauth.authorizationCodeGrantRequest(server, client, signing, parameters, REDIRECT, verifier, options),
  )
  assert.deepEqual(tokens.authorization_details, [PAYMENT, ACCOUNTS])
  assert.deepEqual(await tellBank(tokens.access_token, options), [PAYMENT, ACCOUNTS])

  const narrowed = await oauth.processRefreshTokenResponse(
    server,
    client,
    await oauth.refreshTokenGrantRequest(server, client, signing, tokens.refresh_token ?? '', {
      additionalParameters: { authorization_details: JSON.stringify([ACCOUNTS]) },
      ...options,
    }),
  )
  assert.deepEqual(await tellBank(narrowed.access_token, options), [ACCOUNTS])

  const listed = await runDoorward(['grant', 'list'], { folder: door.folder })
  assert.match(listed.out, /payment_initiation, account_information/)
})

test('a request that is not signed, or asks for a type of another server, is refused at the push [rfc9101-10.5, rfc9396-5-unknown]', async () => {
  const signing = oauth.PrivateKeyJwt({ key: keys.privateKey, kid: 'one' })
  const asked = { response_type: 'code', code_challenge: 'c'.repeat(43), code_challenge_method: 'S256', resource }
  const unsigned = await oauth.pushedAuthorizationRequest(
    server,
    client,
    signing,
    { redirect_uri: REDIRECT, ...asked },
    insecure,
  )
  await assert.rejects(oauth.processPushedAuthorizationResponse(server, client, unsigned), {
    error: 'invalid_request',
    status: 400,
  })
  const note = JSON.stringify([{ type: 'note', actions: ['read'] }])
  await assert.rejects(push({ ...asked, authorization_details: note }, insecure), {
    error: 'invalid_authorization_details',
    status: 400,
  })
})

test('each server names its types in its own metadata, behind the gateway and elsewhere [rfc9396-10]', async () => {
  const typesAt = async (origin: string) => {
    const answer = await fetch(`${origin}/.well-known/oauth-protected-resource/mcp`)
    return ((await answer.json()) as Record<string, unknown>).authorization_details_types_supported
  }
  assert.deepEqual(await typesAt(door.issuer), ['note'])
  assert.deepEqual(await typesAt(new URL(resource).origin), Object.keys(TYPES))
})

async function tellBank(token: string, options: oauth.ProtectedResourceRequestOptions): Promise<unknown> {
  const ask = () => oauth.protectedResourceRequest(token, 'GET', new URL(resource), undefined, null, options)
  // A guard that remembers alone asks for a nonce in the second of its start (decision 0041); the client has it then.
  const answer = await ask().catch((error: unknown) => {
    if (!oauth.isDPoPNonceError(error)) throw error
    return ask()
  })
  assert.equal(answer.status, 200)
  return answer.json()
}

/** What a person reads of a page up to a place in its markup, word by word as the markup divides it. */
function wordsBefore(html: string, place: string): string[] {
  const start = html.indexOf('<main')
  return html
    .slice(start, html.indexOf(place, start))
    .split(/<[^>]+>/)
    .map((word) => word.trim())
    .filter((word) => word !== '')
}
