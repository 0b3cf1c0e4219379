import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { calculateJwkThumbprint, createLocalJWKSet, exportJWK, SignJWT } from 'jose'
import { dpopNonces, type ProofKeeping, protectResource, Refusal } from './resource.ts'
import { makeKey, NOW, RESOURCE, signToken } from './testing/issuer.ts'

const ISSUER = 'https://login.example'
const key = await makeKey('now')
const holder = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const jwk = await exportJWK(holder.publicKey)
const bound = await signToken(key, ISSUER, {
  claims: { cnf: { jkt: await calculateJwkThumbprint(jwk) }, exp: NOW + 3600 },
})
const ath = createHash('sha256').update(bound).digest('base64url')

let clock = NOW
function guardFrom(start: number, proofs?: ProofKeeping) {
  clock = start
  return protectResource({
    resource: RESOURCE,
    authorizationServers: [ISSUER],
    keys: () => createLocalJWKSet({ keys: [key.jwk] }),
    now: () => clock,
    ...(proofs === undefined ? {} : { proofs }),
  })
}
type Standing = ReturnType<typeof guardFrom>

let serial = 0
const proof = (iat: number, nonce?: string) =>
  new SignJWT({ jti: `j${++serial}`, htm: 'POST', htu: RESOURCE, iat, ath, ...(nonce === undefined ? {} : { nonce }) })
    .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk })
    .sign(holder.privateKey)

/** 'in', or why not and the nonce that came with it. */
async function show(guard: Standing, dpop: string): Promise<readonly [string, string?]> {
  try {
    await guard.verify(`DPoP ${bound}`, [], { method: 'POST', proof: dpop })
    return ['in']
  } catch (error) {
    assert.ok(error instanceof Refusal, String(error))
    assert.equal(guard.challenge(error).headers.get('dpop-nonce') ?? undefined, error.nonce)
    return error.nonce === undefined ? [error.reason] : [error.reason, error.nonce]
  }
}

for (const later of [0, 1, 200]) {
  test(`a proof that was used is not good again after a restart ${later} seconds later, and a new one is [rfc9449-11.1]`, async () => {
    const first = guardFrom(NOW - 60)
    clock = NOW
    const used = await proof(NOW)
    assert.deepEqual(await show(first, used), ['in'])
    const second = guardFrom(NOW + later)
    const [reason, nonce] = await show(second, used)
    assert.equal(reason, 'no_nonce')
    const next = await proof(clock, nonce)
    assert.deepEqual(await show(second, next), ['in'])
    assert.deepEqual(await show(second, next), ['proof_replayed'])
  })
}

test('a client whose clock is slow gets in after a restart with the nonce that it is given; that of the guard before is none [rfc9449-11.1]', async () => {
  const first = guardFrom(NOW)
  const [, before] = await show(first, await proof(NOW - 120))
  const kept = await proof(NOW - 120, before)
  assert.deepEqual(await show(first, kept), ['in'])
  const second = guardFrom(NOW)
  const [reason, nonce] = await show(second, kept)
  assert.equal(reason, 'no_nonce')
  assert.deepEqual(await show(second, await proof(NOW - 120, nonce)), ['in'])
  clock = NOW + 60
  assert.deepEqual(await show(second, await proof(NOW + 1)), ['in'])
})

test('where a shared memory remembers proofs, none is refused for its age alone, and none is good twice [rfc9449-11.1]', async () => {
  const seen = new Set<string>()
  const claim = (replayKey: string) => !seen.has(replayKey) && seen.add(replayKey).size > 0
  const used = await proof(NOW - 1)
  assert.deepEqual(await show(guardFrom(NOW, { claim }), used), ['in'])
  assert.deepEqual(await show(guardFrom(NOW, { claim }), used), ['proof_replayed'])
})

test('guards with one secret take each other’s nonces, for five to ten minutes, and nobody else’s [rfc9449-9]', async () => {
  const now = () => clock
  const secret = randomBytes(32)
  const of = (from: string | Uint8Array) => guardFrom(NOW, { claim: () => true, nonce: dpopNonces(from, now) })
  const [one, other, foreign] = [of(secret), of(Uint8Array.from(secret)), of(randomBytes(32))]
  const [reason, nonce = ''] = await show(one, await proof(NOW))
  assert.equal(reason, 'no_nonce')
  assert.deepEqual(await show(other, await proof(NOW, nonce)), ['in'])
  assert.equal((await show(foreign, await proof(NOW, nonce)))[0], 'no_nonce')
  assert.equal((await show(other, await proof(NOW, 'made up')))[0], 'no_nonce')
  clock = NOW + 300
  assert.deepEqual(await show(other, await proof(clock, nonce)), ['in'])
  const [, next] = await show(other, await proof(clock))
  assert.notEqual(next, nonce)
  clock = NOW + 600
  assert.equal((await show(other, await proof(clock, nonce)))[0], 'no_nonce')
})

test('with nonces and no shared memory, a proof from before the start needs one of this very guard [rfc9449-11.1]', async () => {
  const nonces = dpopNonces('a secret of thirty-two characters', () => clock)
  const first = guardFrom(NOW - 60, { nonce: nonces })
  clock = NOW
  const used = await proof(NOW, nonces.current())
  assert.deepEqual(await show(first, used), ['in'])
  const second = guardFrom(NOW, { nonce: nonces })
  assert.equal((await show(second, used))[0], 'no_nonce')
  clock = NOW + 1
  assert.equal((await show(second, await proof(clock)))[0], 'no_nonce')
  assert.deepEqual(await show(second, await proof(clock, nonces.current())), ['in'])
})

test('a secret that could be guessed makes no nonces', () => {
  assert.throws(() => dpopNonces('short'), { name: 'TypeError', message: /5 bytes; give at least 32/ })
})
