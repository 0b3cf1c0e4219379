import assert from 'node:assert/strict'
import { createSecretKey, generateKeyPairSync, KeyObject, sign } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { compactVerify, createLocalJWKSet, errors, type JWTVerifyGetKey } from 'jose'
import { Refusal } from './refusal.ts'
import { readToken, verifySigned } from './signed-token.ts'
import { makeKey, signToken } from './testing/issuer.ts'

const ISSUER = 'https://login.example'
const ALGORITHMS = ['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519', 'PS256', 'PS384', 'PS512', 'RS256', 'RS384', 'RS512']

async function outcome(token: string, key: unknown, algorithms: readonly string[] = ALGORITHMS): Promise<string> {
  const source = (typeof key === 'function' ? key : async () => key) as JWTVerifyGetKey
  try {
    return String((await verifySigned(readToken(token), source, algorithms)).payload.sub)
  } catch (error) {
    assert.ok(error instanceof Refusal, String(error))
    return error.reason
  }
}

for (const algorithm of ALGORITHMS) {
  test(`a signature by ${algorithm} is verified with its key in every form in which a source may give it [rfc9068-4-validate]`, async () => {
    const key = await makeKey('now', algorithm)
    const token = await signToken(key, ISSUER, { header: { alg: algorithm } })
    const forms = [key.publicKey, KeyObject.from(key.publicKey), key.jwk, createLocalJWKSet({ keys: [key.jwk] })]
    for (const form of forms) assert.equal(await outcome(token, form), 'ada')
    assert.equal(
      await outcome(
        token,
        key.publicKey,
        ALGORITHMS.filter((other) => other !== algorithm),
      ),
      'algorithm_not_allowed',
    )
  })
}

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const imported = (name: string, hash: string) =>
  crypto.subtle.importKey('spki', rsa.publicKey.export({ type: 'spki', format: 'der' }), { name, hash }, true, [
    'verify',
  ])
const small = generateKeyPairSync('rsa', { modulusLength: 1024 })
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' })

const UNUSABLE: readonly (readonly [string, string, () => unknown])[] = [
  ['a secret', 'ES256', () => new Uint8Array(32)],
  ['a secret as an object', 'ES256', () => createSecretKey(Buffer.alloc(32))],
  ['a secret as a JWK', 'ES256', () => ({ kty: 'oct', k: 'AAAA' })],
  ['a private key', 'ES256', () => p256.privateKey],
  ['a private JWK', 'ES256', () => p256.privateKey.export({ format: 'jwk' })],
  ['a key of another curve', 'ES256', () => generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey],
  ['a key of Bitcoin', 'ES256', () => generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey],
  ['an Edwards key', 'ES256', () => generateKeyPairSync('ed25519').publicKey],
  ['a key of X25519', 'EdDSA', () => generateKeyPairSync('x25519').publicKey],
  ['a key of Ed448', 'EdDSA', () => generateKeyPairSync('ed448').publicKey],
  ['an elliptic key', 'RS256', () => p256.publicKey],
  ['an RSA key of 1024 bits', 'RS256', () => small.publicKey],
  ['an RSA key that was imported for another hash', 'RS256', () => imported('RSASSA-PKCS1-v1_5', 'SHA-512')],
  ['an RSA key that was imported for another padding', 'RS256', () => imported('RSA-PSS', 'SHA-256')],
  ['the same the other way round', 'PS256', () => imported('RSASSA-PKCS1-v1_5', 'SHA-256')],
  ['nothing', 'ES256', () => undefined],
  ['text', 'ES256', () => p256.publicKey.export({ type: 'spki', format: 'pem' })],
  ['an object that is no key', 'ES256', () => ({ kty: 'EC' })],
]
for (const [what, algorithm, make] of UNUSABLE) {
  test(`${what} is no key for ${algorithm}: nobody is let in by it [rfc9068-4-validate]`, async () => {
    const token = await signToken(await makeKey('now', algorithm), ISSUER, { header: { alg: algorithm } })
    assert.equal(await outcome(token, await make()), 'no_usable_key')
  })
}

const jwk = rsa.publicKey.export({ format: 'jwk' })
const FORBIDDEN: readonly (readonly [string, Record<string, unknown>])[] = [
  ['is for encryption', { use: 'enc' }],
  ['is for another padding', { alg: 'PS256' }],
  ['is for wrapping keys', { alg: 'RSA-OAEP' }],
  ['may do nothing', { key_ops: [] }],
  ['may only encrypt', { key_ops: ['encrypt'] }],
  ['signs everything (e = 1)', { e: 'AQ' }],
]
for (const [what, members] of FORBIDDEN) {
  test(`a JWK that ${what} verifies no token [rfc9068-4-validate]`, async () => {
    const key = { kid: 'now', privateKey: rsa.privateKey as never, publicKey: undefined as never, jwk: {} }
    const token = await signToken({ ...key, jwk: { alg: 'RS256' } }, ISSUER, { header: { alg: 'RS256' } })
    assert.equal(await outcome(token, jwk), 'ada')
    assert.notEqual(await outcome(token, { ...jwk, ...members }), 'ada')
  })
}

test('a key of a set that nobody can use makes a refusal of a token without a name, and nothing worse [rfc9068-4-validate]', async () => {
  const named = await makeKey('now', 'RS256')
  const short = small.publicKey.export({ format: 'jwk' })
  const good = await signToken(named, ISSUER, { header: { kid: undefined } })
  const [head, body] = good.split('.')
  for (const keys of [
    [named.jwk, short],
    [short, named.jwk],
    [short, { ...short, kid: 'again' }],
  ]) {
    const set = createLocalJWKSet({ keys } as never)
    for (const token of [good, `${head}.${body}.AAAA`])
      assert.match(await outcome(token, set), /^(ada|no_usable_key|wrong_signature)$/)
  }
  const broken = Object.assign(new errors.JWKSMultipleMatchingKeys(), {
    [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('gone')) }),
  })
  assert.equal(await outcome(good, () => Promise.reject(broken)), 'no_usable_key')
})

test('a key that cannot be exported verifies all the same, and nobody is warned', async () => {
  const key = await makeKey('now')
  const kept = await crypto.subtle.importKey('jwk', key.jwk, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['verify'])
  const warnings: Error[] = []
  const hear = (warning: Error) => void warnings.push(warning)
  process.on('warning', hear)
  try {
    assert.equal(await outcome(await signToken(key, ISSUER), kept), 'ada')
    await new Promise(setImmediate)
    assert.deepEqual(warnings, [])
  } finally {
    process.off('warning', hear)
  }
})

for (const algorithm of ['ES384', 'ES512', 'RS256']) {
  test(`a token by ${algorithm} has one spelling: what decoders would pass over is malformed [rfc9068-4-validate]`, async () => {
    const key = await makeKey('now', algorithm)
    const token = await signToken(key, ISSUER)
    assert.equal(await outcome(token, key.publicKey), 'ada')
    for (const more of ['A', 'AA', '=', '==', '!', ' ', '\n'])
      assert.notEqual(await outcome(token + more, key.publicKey), 'ada', more)
  })
}

test('a payload that is no UTF-8 says nothing, whoever signed it: two names never become one [rfc9068-4-validate]', async () => {
  const key = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const head = Buffer.from('{"alg":"ES256","typ":"at+jwt"}').toString('base64url')
  for (const byte of [0xe4, 0xf6]) {
    const body = Buffer.concat([Buffer.from('{"sub":"ad'), Buffer.from([byte]), Buffer.from('"}')]).toString(
      'base64url',
    )
    const options = { key: key.privateKey, dsaEncoding: 'ieee-p1363' } as const
    const signature = sign('sha256', Buffer.from(`${head}.${body}`), options).toString('base64url')
    assert.equal(await outcome(`${head}.${body}.${signature}`, key.publicKey), 'malformed')
  }
})

test('whatever becomes of a token on its way, it is good here only where jose takes it, too [rfc9068-4-validate]', async () => {
  const keys = await Promise.all(['ES256', 'EdDSA', 'PS256', 'RS256'].map((algorithm) => makeKey('now', algorithm)))
  const tokens = await Promise.all(keys.map((key) => signToken(key, ISSUER)))
  const change = fc.record({
    which: fc.nat(tokens.length - 1),
    key: fc.nat(keys.length - 1),
    at: fc.nat(2000),
    by: fc.constantFrom('', '.', '=', 'A', 'B', '_', '-', '+', ' ', 'é', '\0'),
    cut: fc.nat(2),
  })
  let good = 0
  await fc.assert(
    fc.asyncProperty(change, async ({ which, key, at, by, cut }) => {
      const token = tokens[which] as string
      const place = at % token.length
      const changed = token.slice(0, place) + by + token.slice(place + cut)
      const { publicKey } = keys[key] as (typeof keys)[number]
      const byJose = await compactVerify(changed, publicKey).then(
        () => true,
        () => false,
      )
      const isGood = (await outcome(changed, publicKey)) === 'ada'
      if (isGood) good++
      assert.ok(!isGood || byJose, changed)
      if (changed === token && which === key) assert.ok(isGood)
    }),
    { numRuns: 2000 },
  )
  assert.ok(good > 0)
})
