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

let clock = NOW
/** One that has stood for a while: proofs from before its start are another matter (`proof-keeping.test.ts`). */
const guard = (options: Partial<ResourceOptions> = {}) => {
  clock = NOW - 60
  const standing = protectResource({
    resource: RESOURCE,
    authorizationServers: [ISSUER],
    keys: () => createLocalJWKSet({ keys: [key.jwk] }),
    now: () => clock,
    ...options,
  })
  clock = NOW
  return standing
}

let serial = 0
async function proof(
  claims: object = {},
  pair: { privateKey: KeyObject; publicKey: KeyObject } = holder,
  token = bound,
  alg = 'ES256',
) {
  const ath = createHash('sha256').update(token).digest('base64url')
  const all = { jti: `j${++serial}`, htm: 'POST', htu: RESOURCE, iat: clock, ath, ...claims }
  return new SignJWT(all)
    .setProtectedHeader({ typ: 'dpop+jwt', alg, jwk: await exportJWK(pair.publicKey) })
    .sign(pair.privateKey)
}
const request = (authorization: string, dpop?: string) =>
  new Request(RESOURCE, { method: 'POST', headers: { authorization, ...(dpop === undefined ? {} : { dpop }) } })
async function challengeOf(
  promise: Promise<unknown>,
  by = guard(),
  status = 401,
): Promise<{ reason: string; header: string; nonce: string | null }> {
  try {
    await promise
  } catch (error) {
    assert.ok(error instanceof Refusal, String(error))
    const response = by.challenge(error)
    assert.equal(response.status, status)
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

for (const cnf of [{ kid: 'x' }, {}, { jkt: 5 }, { jkt: '' }, { jkt: null }, { 'x5t#S256': 5 }, [], 'x', 7, null]) {
  test(`nobody gets in with a token that is bound by what nothing here can check: ${JSON.stringify(cnf)} [rfc9449-7.1]`, async () => {
    const token = await signToken(key, ISSUER, { claims: { cnf } })
    for (const attempt of [request(`Bearer ${token}`), request(`DPoP ${token}`, await proof({}, holder, token))])
      assert.match(String((await challengeOf(guard().check(attempt))).reason), /^(bound_token|proof_other_key|no_cert)/)
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

const FORGETFUL: readonly (readonly [string, () => boolean | Promise<boolean>, RegExp])[] = [
  ['rejects', () => Promise.reject(new Error('redis is away')), /redis is away/],
  [
    'throws',
    () => {
      throw new Error('redis is away')
    },
    /redis is away/,
  ],
  ['says neither yes nor no', () => undefined as unknown as boolean, /proofs\.claim gave undefined/],
]
for (const [what, claim, cause] of FORGETFUL) {
  test(`nobody gets in by a proof where the memory of proofs ${what} [rfc9449-11.1]`, async () => {
    const heard: Refusal[] = []
    const one = guard({ proofs: { claim }, onRefusal: (refusal) => void heard.push(refusal) })
    const answer = one.check(request(`DPoP ${bound}`, await proof()))
    assert.equal((await challengeOf(answer, one, 503)).reason, 'proof_unknown')
    assert.deepEqual([heard.length, heard[0]?.retryAfterSeconds], [1, 5])
    assert.match(String(heard[0]?.cause), cause)
  })
}

test('a memory of proofs that keeps silent is waited for five seconds; what it says later lets nobody in [rfc9449-11.1]', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { promise: asked, resolve: isAsked } = Promise.withResolvers<void>()
  const { promise: said, resolve: say } = Promise.withResolvers<boolean>()
  const heard: Refusal[] = []
  const claim = () => {
    isAsked()
    return said
  }
  const one = guard({ proofs: { claim }, onRefusal: (refusal) => void heard.push(refusal) })
  let isOver = false
  const answer = one.check(request(`DPoP ${bound}`, await proof())).finally(() => {
    isOver = true
  })
  const refused = challengeOf(answer, one, 503)
  await asked
  t.mock.timers.tick(4999)
  await new Promise(setImmediate)
  assert.equal(isOver, false)
  t.mock.timers.tick(1)
  say(true)
  assert.equal((await refused).reason, 'proof_unknown')
  assert.match(String(heard[0]?.cause), /no answer within 5 seconds/)
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

const stranger = await makeKey('now')
const spoilt = await signToken(stranger, ISSUER, { claims: { cnf: { jkt } } })
const old = await signToken(key, ISSUER, { claims: { cnf: { jkt }, iat: NOW - 600, exp: NOW - 300 } })
const elsewhere = await signToken(key, ISSUER, { claims: { cnf: { jkt }, aud: 'https://other.example/mcp' } })

const OTHERWISE: readonly (readonly [string, string, string, Partial<ResourceOptions>, number, string])[] = [
  ['has expired', old, 'expired', {}, 401, 'invalid_token'],
  ['is signed by somebody else', spoilt, 'wrong_signature', {}, 401, 'invalid_token'],
  ['is for another server', elsewhere, 'foreign_audience', {}, 401, 'invalid_token'],
  ['is no token', 'a.b.c', 'malformed', {}, 401, 'invalid_token'],
  ['lacks a scope', bound, 'missing_scope', { requiredScopes: ['notes:write'] }, 403, 'insufficient_scope'],
]
for (const [title, token, reason, options, status, code] of OTHERWISE) {
  test(`who comes with DPoP and a token that ${title} is answered for DPoP, who comes with Bearer for Bearer [rfc9449-7.1]`, async () => {
    const one = guard(options)
    const shown = one.check(request(`DPoP ${token}`, await proof({}, holder, token)))
    const refused = await challengeOf(shown, one, status)
    assert.equal(refused.reason, reason)
    assert.match(refused.header, new RegExp(`^DPoP error="${code}".*resource_metadata="[^"]+", algs="ES256 `))
    const plain = token === bound ? free : token
    const bearer = await challengeOf(one.check(request(`Bearer ${plain}`)), one, status)
    assert.equal(bearer.reason, reason)
    assert.match(bearer.header, new RegExp(`^Bearer error="${code}"(?!.*algs=)`))
  })
}

test('a header that is no credentials is answered for the scheme that it names [rfc9449-7.1]', async () => {
  for (const scheme of ['DPoP', 'Bearer']) {
    const refused = await challengeOf(guard().check(request(`${scheme} a b`)), guard(), 400)
    assert.match(refused.header, new RegExp(`^${scheme} error="invalid_request"`))
  }
})

const INVITED: readonly (readonly [ResourceOptions['senderConstraint'], RegExp, boolean | undefined])[] = [
  [undefined, /^Bearer (?!.*algs=)/, undefined],
  ['certificate', /^Bearer (?!.*algs=)/, undefined],
  ['required', /^DPoP .*algs="ES256 /, undefined],
  ['dpop', /^DPoP .*algs="ES256 /, true],
]
for (const [senderConstraint, invitation, said] of INVITED) {
  test(`who comes with nothing is invited with the scheme that leads in, where bound tokens are '${senderConstraint ?? 'not wanted'}' [rfc9449-7.1, rfc9728-2-dpop-bound]`, async () => {
    const one = guard(senderConstraint === undefined ? {} : { senderConstraint })
    for (const empty of [new Request(RESOURCE), request('Basic abc')]) {
      const { header } = await challengeOf(one.check(empty), one)
      assert.match(header, invitation)
      assert.ok(!header.includes('error='))
    }
    assert.equal(one.metadata.dpop_bound_access_tokens_required, said)
  })
}

test('a server that wants tokens bound by DPoP takes none that is bound to a certificate alone [doorward-constraint-policy]', async () => {
  const one = guard({ senderConstraint: 'dpop' })
  const certificate = new Uint8Array([1, 2, 3])
  const x5t = createHash('sha256').update(certificate).digest('base64url')
  const token = await signToken(key, ISSUER, { claims: { cnf: { 'x5t#S256': x5t } } })
  const presentation = { method: 'POST', proof: null, certificate: () => certificate }
  assert.equal((await challengeOf(one.verify(`Bearer ${token}`, [], presentation))).reason, 'not_bound')
  assert.equal((await challengeOf(one.verify(`Bearer ${free}`, [], presentation))).reason, 'not_bound')
  assert.equal((await one.check(request(`DPoP ${bound}`, await proof()))).subject, 'ada')
  const either = guard({ senderConstraint: 'required' })
  assert.equal((await either.verify(`Bearer ${token}`, [], presentation)).subject, 'ada')
})

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
test('only proofs of the named algorithms are taken, and challenge and metadata name just those [rfc9449-4.3-signature, rfc9449-7.1]', async () => {
  const rsaJkt = await calculateJwkThumbprint(await exportJWK(rsa.publicKey))
  const token = await signToken(key, ISSUER, { claims: { cnf: { jkt: rsaJkt } } })
  const one = guard({ proofs: { algorithms: ['ES256', 'PS256'] } })
  const refused = await challengeOf(one.check(request(`DPoP ${token}`, await proof({}, rsa, token, 'RS256'))), one)
  assert.equal(refused.reason, 'proof_algorithm')
  assert.match(refused.header, /, algs="ES256 PS256"$/)
  assert.deepEqual(one.metadata.dpop_signing_alg_values_supported, ['ES256', 'PS256'])
  assert.equal((await one.check(request(`DPoP ${token}`, await proof({}, rsa, token, 'PS256')))).subject, 'ada')
  assert.equal((await guard().check(request(`DPoP ${token}`, await proof({}, rsa, token, 'RS256')))).subject, 'ada')
})
