import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { calculateJwkThumbprint, type JWTVerifyGetKey, SignJWT } from 'jose'
import { type Access, protectResource, Refusal } from './resource.ts'
import { makeKey, NOW, RESOURCE, signToken, startIssuer } from './testing/issuer.ts'
import { type Verified, verifiedTokens } from './verified-tokens.ts'

const ISSUER = 'https://login.example'
const first = await makeKey('first')
const second = await makeKey('second')

/** A guard with a clock and a key source that can be changed between two requests. */
function world() {
  const state = { now: NOW, key: first.publicKey as unknown, asked: 0 }
  const source: JWTVerifyGetKey = async () => {
    state.asked++
    if (state.key instanceof Error) throw state.key
    return state.key as CryptoKey
  }
  const guard = protectResource({
    resource: RESOURCE,
    authorizationServers: [ISSUER],
    keys: () => source,
    now: () => state.now,
  })
  return { state, present: (token: string) => outcome(guard.verify(`Bearer ${token}`)) }
}

async function outcome(promise: Promise<Access>): Promise<string> {
  try {
    return (await promise).subject
  } catch (error) {
    assert.ok(error instanceof Refusal, String(error))
    return error.reason
  }
}

const CHANGES: readonly (readonly [string, Partial<ReturnType<typeof world>['state']>, string])[] = [
  ['nothing', {}, 'ada'],
  ['the end of the token', { now: NOW + 310 }, 'expired'],
  ['a clock that is set back', { now: NOW - 60 }, 'claim_nbf_check_failed'],
  ['another key under the same name', { key: second.publicKey }, 'wrong_signature'],
  ['a key that cannot be had any more', { key: new Error('gone') }, 'no_usable_key'],
]
for (const [title, change, expected] of CHANGES) {
  test(`a token that was seen before comes to '${expected}' after ${title}, however often it was let in [doorward-seen-tokens]`, async () => {
    const { state, present } = world()
    const token = await signToken(first, ISSUER, { claims: { nbf: NOW } })
    for (let i = 0; i < 3; i++) assert.equal(await present(token), 'ada')
    Object.assign(state, change)
    for (let i = 0; i < 3; i++) assert.equal(await present(token), expected)
  })
}

test('a token whose key was withdrawn is refused once its keys were fetched anew, and comes back with its key [doorward-seen-tokens]', async (context: TestContext) => {
  const login = await startIssuer()
  context.after(login.close)
  login.keys = [first.jwk]
  let now = NOW
  const guard = protectResource({ resource: RESOURCE, authorizationServers: [login.issuer], now: () => now })
  context.after(guard.close)
  const token = await signToken(first, login.issuer, { claims: { exp: NOW + 7200 } })
  assert.equal(await outcome(guard.verify(`Bearer ${token}`)), 'ada')
  login.keys = [second.jwk]
  now += 600
  assert.equal(await outcome(guard.verify(`Bearer ${token}`)), 'unknown_key')
  login.keys = [first.jwk, second.jwk]
  now += 600
  assert.equal(await outcome(guard.verify(`Bearer ${token}`)), 'ada')
})

test('what a handler does to the claims of one request is not seen by the next [doorward-seen-tokens]', async () => {
  const { state } = world()
  const guard = protectResource({
    resource: RESOURCE,
    authorizationServers: [ISSUER],
    keys: () => async () => state.key as CryptoKey,
    now: () => NOW,
  })
  const token = `Bearer ${await signToken(first, ISSUER, { claims: { act: { sub: 'robot' } } })}`
  const access = await guard.verify(token)
  assert.throws(() => Object.assign(access.claims, { sub: 'eve' }), TypeError)
  assert.throws(() => Object.assign(access.claims.act as object, { sub: 'eve' }), TypeError)
  ;(access.scopes as string[]).push('admin')
  const again = await guard.verify(token)
  assert.deepEqual([again.subject, again.scopes, again.claims.act], ['ada', ['notes:read'], { sub: 'robot' }])
})

test('a bound token that was seen before needs a new proof each time [doorward-seen-tokens, rfc9449-7.1]', async () => {
  const owner = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = owner.publicKey.export({ format: 'jwk' })
  const { state } = world()
  let clock = NOW - 1
  const guard = protectResource({
    resource: RESOURCE,
    authorizationServers: [ISSUER],
    keys: () => async () => state.key as CryptoKey,
    now: () => clock,
  })
  clock = NOW
  const token = await signToken(first, ISSUER, { claims: { cnf: { jkt: await calculateJwkThumbprint(jwk as never) } } })
  const ath = createHash('sha256').update(token).digest('base64url')
  const proof = (jti: string) =>
    new SignJWT({ jti, htm: 'POST', htu: RESOURCE, iat: NOW, ath })
      .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk: jwk as never })
      .sign(owner.privateKey)
  const show = (text: string | undefined, scheme = 'DPoP') =>
    outcome(guard.verify(`${scheme} ${token}`, [], { method: 'POST', proof: text }))
  const one = await proof('one')
  assert.equal(await show(one), 'ada')
  assert.equal(await show(one), 'proof_replayed')
  assert.equal(await show(undefined), 'no_proof')
  assert.equal(await show(one, 'Bearer'), 'bound_token')
  assert.equal(await show(await proof('two')), 'ada')
})

test('only tokens that are good are remembered, by their digests, and no more than there is room for [doorward-seen-tokens]', async () => {
  let asked = 0
  const key = {}
  const keys = () => async () => {
    asked++
    return key as CryptoKey
  }
  const memory = verifiedTokens({ keys, toleranceSeconds: 0 })
  const verified = (sub: string): Verified => {
    return { issuer: ISSUER, header: { alg: 'ES256' }, payload: { sub, exp: NOW + 1 }, key }
  }
  for (let i = 0; i < 5_001; i++) memory.remember(`a.b.${i}`, verified(String(i)))
  assert.equal(await memory.recall('a.b.0', NOW), undefined, 'the oldest had to make room')
  assert.equal(asked, 0, 'for a token that is not known nothing is asked')
  assert.equal((await memory.recall('a.b.5000', NOW))?.payload.sub, '5000')
  assert.equal(await memory.recall('a.b.5000', NOW + 1), undefined)
  assert.equal(await memory.recall('a.b.5000', NOW), undefined, 'what has ended is forgotten')
})
