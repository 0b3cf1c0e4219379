import assert from 'node:assert/strict'
import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { afterEach, beforeEach, test } from 'node:test'
import { exportJWK, type JWTPayload, SignJWT } from 'jose'
import { ISSUER, MCP, makeWorld, type World } from '../../testing/world.ts'
import { JWT_BEARER_GRANT } from './assertion-issuer.ts'
import { JWT_BEARER } from './client-assertion.ts'

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const jwk = await exportJWK(publicKey)
const jwks = { keys: [{ ...jwk, alg: 'ES256' }] }
const IDP = 'https://corp.example'
const CI = 'https://ci.example'
const VENDOR = 'https://vendor.example'

let world: World
let secret: string
beforeEach(async () => {
  const workload = { name: 'deploy', claims: {}, resource: MCP, scopes: ['notes:read'] }
  world = await makeWorld({
    assertionIssuers: [
      { issuer: IDP, jwks, people: {} },
      { issuer: CI, jwks, workloads: [workload] },
    ],
    registration: { statementIssuers: [{ issuer: VENDOR, jwks, singleUse: true }] },
  })
  const mayAsk = { grant_types: ['client_credentials'], redirect_uris: undefined }
  await world.operatorsClient({ ...mayAsk, token_endpoint_auth_method: 'private_key_jwt', jwks }, 'dwo_signs')
  secret = (await world.operatorsClient({ ...mayAsk, redirect_uris: ['https://c.example/cb'] })).client_secret
})
afterEach(() => world.close())

const sign = (claims: JWTPayload, header: Record<string, unknown> = {}) =>
  new SignJWT({ jti: randomUUID(), iat: world.ctx.now(), ...claims })
    .setProtectedHeader({ alg: 'ES256', ...header })
    .sign(privateKey)
const inAMinute = () => world.ctx.now() + 60
const robot = () => ({ client_id: 'dwo_robot', client_secret: secret })
const post = (form: Record<string, string>, headers = {}) => world.post('/token', form, headers)

const proofOf = (age: number) =>
  sign({ htm: 'POST', htu: `${ISSUER}/token`, iat: world.ctx.now() - age }, { typ: 'dpop+jwt', jwk })
const showProof = (dpop: string) => post({ grant_type: 'client_credentials', ...robot() }, { dpop })

interface GoodOnce {
  readonly make: () => Promise<string>
  readonly show: (made: string) => Promise<Response>
  /** The last second in which its time has not passed. */
  readonly lasts: number
  readonly replayed: string
  readonly over: string
}
const ONCE: Readonly<Record<string, GoodOnce>> = {
  'a DPoP proof [rfc9449-11.1]': {
    make: () => proofOf(0),
    show: showProof,
    lasts: 300,
    replayed: 'dpop_replayed',
    over: 'dpop_time',
  },
  'a DPoP proof of a clock that is ahead [rfc9449-11.1]': {
    make: () => proofOf(-300),
    show: showProof,
    lasts: 600,
    replayed: 'dpop_replayed',
    over: 'dpop_time',
  },
  'an assertion of a client [rfc7523-3]': {
    make: () => sign({ iss: 'dwo_signs', sub: 'dwo_signs', aud: ISSUER, exp: inAMinute() }),
    show: (client_assertion) =>
      post({ grant_type: 'client_credentials', client_assertion, client_assertion_type: JWT_BEARER }),
    lasts: 89,
    replayed: 'assertion_replayed',
    over: 'assertion_expired',
  },
  'an assertion about a person [id-jag-replay]': {
    make: () => {
      const claims = { iss: IDP, sub: 'ada', aud: ISSUER, client_id: 'dwo_robot', scope: 'notes:read', resource: MCP }
      return sign({ ...claims, exp: inAMinute() }, { typ: 'oauth-id-jag+jwt' })
    },
    show: (assertion) => post({ grant_type: JWT_BEARER_GRANT, assertion, ...robot() }),
    lasts: 89,
    replayed: 'grant_assertion_replayed',
    over: 'grant_assertion_expired',
  },
  'an assertion about a program [id-jag-replay]': {
    make: () => sign({ iss: CI, sub: 'job', aud: ISSUER, exp: inAMinute() }),
    show: (assertion) => post({ grant_type: JWT_BEARER_GRANT, assertion }),
    lasts: 89,
    replayed: 'grant_assertion_replayed',
    over: 'grant_assertion_expired',
  },
  'a statement for one use [doorward-statement-replay]': {
    make: () =>
      sign({
        iss: VENDOR,
        exp: inAMinute(),
        software_id: 'notes',
        client_name: 'Notes',
        redirect_uris: ['https://c.example/cb'],
        token_endpoint_auth_method: 'none',
      }),
    show: (software_statement) => {
      const body = JSON.stringify({ software_statement })
      return world.send('POST', '/register', { headers: { 'content-type': 'application/json' }, body })
    },
    lasts: 89,
    replayed: 'statement_replayed',
    over: 'statement_expired',
  },
}

for (const [title, { make, show, lasts, replayed, over }] of Object.entries(ONCE)) {
  test(`what is over is forgotten, and at no moment before or after is it good once more: ${title}`, async () => {
    const made = await make()
    const first = await show(made)
    assert.ok(first.ok, await first.text())
    let passed = 0
    for (const moment of [0, 1, 29, 61, lasts - 30, lasts - 1, lasts]) {
      if (moment < passed) continue
      world.wait(moment - passed)
      passed = moment
      await world.sweep()
      assert.equal((await show(made)).ok, false)
      assert.equal(world.events.at(-1)?.reason, replayed, `${moment} seconds later`)
    }
    world.wait(1)
    await world.sweep()
    assert.equal((await show(made)).ok, false)
    assert.equal(world.events.at(-1)?.reason, over)
  })
}
