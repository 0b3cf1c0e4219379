import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { test } from 'node:test'
import { calculateJwkThumbprint, createLocalJWKSet, exportJWK, SignJWT } from 'jose'
import { protectResource, Refusal, type ResourceOptions } from './resource.ts'
import { makeKey, NOW, RESOURCE, signToken } from './testing/issuer.ts'

const ISSUER = 'https://login.example'
const key = await makeKey('now')
const holder = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const thief = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const jkt = await calculateJwkThumbprint(await exportJWK(holder.publicKey))
const bound = await signToken(key, ISSUER, { claims: { cnf: { jkt } } })
const free = await signToken(key, ISSUER, {})

const clock = NOW
const guard = (options: Partial<ResourceOptions> = {}) =>
  protectResource({
    resource: RESOURCE,
    authorizationServers: [ISSUER],
    keys: () => createLocalJWKSet({ keys: [key.jwk] }),
    now: () => clock,
    ...options,
  })

let serial = 0
async function proof(
  claims: object = {},
  pair: { privateKey: KeyObject; publicKey: KeyObject } = holder,
  token = bound,
) {
  const ath = createHash('sha256').update(token).digest('base64url')
  const all = { jti: `j${++serial}`, htm: 'POST', htu: RESOURCE, iat: clock, ath, ...claims }
  return new SignJWT(all)
    .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk: await exportJWK(pair.publicKey) })
    .sign(pair.privateKey)
}
const request = (authorization: string, dpop?: string) =>
  new Request(RESOURCE, { method: 'POST', headers: { authorization, ...(dpop === undefined ? {} : { dpop }) } })
async function challengeOf(
  promise: Promise<unknown>,
  by = guard(),
): Promise<{ reason: string; header: string; nonce: string | null }> {
  try {
    await promise
  } catch (error) {
    assert.ok(error instanceof Refusal, String(error))
    const response = by.challenge(error)
    assert.equal(response.status, 401)
    return {
      reason: error.reason,
      header: response.headers.get('www-authenticate') ?? '',
      nonce: response.headers.get('dpop-nonce'),
    }
  }
  return assert.fail('let in')
}

test('whoever holds the key gets in with a fresh proof each time [rfc9449-7.1]', async () => {
  const one = guard()
  for (let i = 0; i < 3; i++) assert.equal((await one.check(request(`DPoP ${bound}`, await proof()))).subject, 'ada')
})

const REFUSED: readonly (readonly [string, () => Promise<Request>, string, string])[] = [
  ['a bound token as a bearer token', async () => request(`Bearer ${bound}`), 'bound_token', 'invalid_token'],
  [
    'a bound token as a bearer token, with a proof',
    async () => request(`Bearer ${bound}`, await proof()),
    'bound_token',
    'invalid_token',
  ],
  ['a bound token without a proof', async () => request(`DPoP ${bound}`), 'no_proof', 'invalid_dpop_proof'],
  [
    'a stolen token with the thief’s own key',
    async () => request(`DPoP ${bound}`, await proof({}, thief)),
    'proof_other_key',
    'invalid_dpop_proof',
  ],
  [
    'a proof for another token',
    async () => request(`DPoP ${bound}`, await proof({}, holder, free)),
    'proof_access_token',
    'invalid_dpop_proof',
  ],
  [
    'a proof for another server',
    async () => request(`DPoP ${bound}`, await proof({ htu: 'https://other.example/mcp' })),
    'proof_url',
    'invalid_dpop_proof',
  ],
  [
    'a proof for another method',
    async () => request(`DPoP ${bound}`, await proof({ htm: 'GET' })),
    'proof_method',
    'invalid_dpop_proof',
  ],
  [
    'two proofs',
    async () => request(`DPoP ${bound}`, `${await proof()}, ${await proof()}`),
    'proof_malformed',
    'invalid_dpop_proof',
  ],
  [
    'a token that is bound to nothing, as a bound one',
    async () => request(`DPoP ${free}`, await proof({}, holder, free)),
    'unbound_token',
    'invalid_token',
  ],
]
for (const [title, make, reason, code] of REFUSED) {
  test(`refuses ${title}, with a challenge for DPoP [rfc9449-7.1, rfc9449-7.2]`, async () => {
    const refused = await challengeOf(guard().check(await make()))
    assert.equal(refused.reason, reason)
    assert.match(refused.header, new RegExp(`^DPoP error="${code}".*resource_metadata="[^"]+", algs="ES256 `))
  })
}

test('a bearer token stays a bearer token, whatever proof comes with it', async () => {
  assert.equal((await guard().check(request(`Bearer ${free}`))).subject, 'ada')
  assert.equal((await guard().check(request(`Bearer ${free}`, 'nonsense'))).subject, 'ada')
})

test('a proof is good once, however many bring it at once [rfc9449-11.1]', async () => {
  const one = guard()
  const same = await proof()
  const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => one.check(request(`DPoP ${bound}`, same))))
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
})

test('where nonces are wanted, the answer brings one, and the proof with it gets in [rfc9449-9]', async () => {
  const nonce = { current: () => 'n1', isGood: (given: string) => given === 'n1' }
  const one = guard({ proofs: { claim: () => true, nonce } })
  for (const claims of [{}, { nonce: 'old' }]) {
    const refused = await challengeOf(one.check(request(`DPoP ${bound}`, await proof(claims))), one)
    assert.deepEqual([refused.nonce, refused.header.includes('error="use_dpop_nonce"')], ['n1', true])
  }
  assert.equal((await one.check(request(`DPoP ${bound}`, await proof({ nonce: 'n1' })))).subject, 'ada')
})

test('a server that wants bound tokens takes no other, and a bound one with its proof as before [doorward-constraint-policy]', async () => {
  const strict = guard({ senderConstraint: 'required' })
  for (const scheme of ['Bearer', 'DPoP']) {
    const refused = await challengeOf(strict.check(request(`${scheme} ${free}`, await proof({}, holder, free))), strict)
    assert.equal(refused.reason, 'not_bound')
    assert.match(refused.header, /^DPoP /)
  }
  assert.equal((await strict.check(request(`DPoP ${bound}`, await proof()))).subject, 'ada')
})
