import assert from 'node:assert/strict'
import { createHash, createHmac, createSecretKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { calculateJwkThumbprint, exportJWK, type JWK, SignJWT } from 'jose'
import { dpopNonce, isGoodNonce } from './nonce.ts'
import { judgeProof, PROOF_ALGORITHMS, type ProofProblem, thumbprintOf } from './proof.ts'

const NOW = 1_800_000_000
const URL_ = 'https://server.example/token'
const EXPECTED = { method: 'POST', url: URL_, now: NOW }
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const other = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const CLAIMS = { jti: 'j1', htm: 'POST', htu: URL_, iat: NOW }

async function proof(
  claims: object = {},
  header: object = {},
  key: KeyObject = ec.privateKey,
  pub: KeyObject = ec.publicKey,
  alg = 'ES256',
) {
  return new SignJWT({ ...CLAIMS, ...claims })
    .setProtectedHeader({ typ: 'dpop+jwt', alg, jwk: await exportJWK(pub), ...header } as never)
    .sign(key)
}

const KEYS: readonly (readonly [string, () => { privateKey: KeyObject; publicKey: KeyObject }])[] = [
  ['ES256', () => ec],
  ['ES384', () => generateKeyPairSync('ec', { namedCurve: 'P-384' })],
  ['ES512', () => generateKeyPairSync('ec', { namedCurve: 'P-521' })],
  ['EdDSA', () => generateKeyPairSync('ed25519')],
  ['Ed25519', () => generateKeyPairSync('ed25519')],
  ...['PS256', 'PS384', 'PS512', 'RS256'].map(
    (alg) => [alg, () => generateKeyPairSync('rsa', { modulusLength: 2048 })] as const,
  ),
]
test('every algorithm that is named is tried here', () =>
  assert.deepEqual(KEYS.map(([alg]) => alg).sort(), [...PROOF_ALGORITHMS].sort()))
for (const [alg, make] of KEYS) {
  test(`a proof signed with ${alg} by jose is good, and one bit less is not [rfc9449-4.3-signature]`, async () => {
    const { privateKey, publicKey } = make()
    const text = await proof({}, {}, privateKey, publicKey, alg)
    const verdict = judgeProof(text, EXPECTED)
    assert.ok(verdict.verdict === 'good', JSON.stringify(verdict))
    assert.equal(verdict.proof.thumbprint, await calculateJwkThumbprint(await exportJWK(publicKey)))
    const bytes = Buffer.from(text.split('.')[2] ?? '', 'base64url')
    bytes[7] = (bytes[7] ?? 0) ^ 1
    assert.deepEqual(judgeProof(`${text.split('.').slice(0, 2).join('.')}.${bytes.toString('base64url')}`, EXPECTED), {
      verdict: 'bad',
      problem: 'signature',
    })
  })
}

const BAD: readonly (readonly [string, () => Promise<string> | string, ProofProblem])[] = [
  ['no JWT', () => 'x', 'malformed'],
  ['two of them', async () => `${await proof()}, ${await proof()}`, 'malformed'],
  ['another type', () => proof({}, { typ: 'JWT' }), 'wrong_type'],
  ['no type', () => proof({}, { typ: undefined }), 'wrong_type'],
  ['alg none', () => `${part({ typ: 'dpop+jwt', alg: 'none', jwk: {} })}.${part(CLAIMS)}.x`, 'algorithm'],
  ['a symmetric signature with the public key', () => hmac(), 'algorithm'],
  [
    'a critical header',
    async () =>
      `${part({ typ: 'dpop+jwt', alg: 'ES256', crit: ['x'], x: 1, jwk: await exportJWK(ec.publicKey) })}.${part(CLAIMS)}.x`,
    'algorithm',
  ],
  ['no key', () => proof({}, { jwk: undefined }), 'key'],
  [
    'a key of another kind',
    async () => proof({}, { jwk: await exportJWK(generateKeyPairSync('ed25519').publicKey) }),
    'key',
  ],
  ['a key that is none', () => proof({}, { jwk: { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' } }), 'key'],
  [
    'the name that OpenSSL has for its curve, and another thumbprint',
    async () => proof({}, { jwk: { ...(await exportJWK(ec.publicKey)), crv: 'prime256v1' } }),
    'key',
  ],
  ['a short RSA key', () => short(), 'key'],
  ['an RSA key that is too long to be verified by anybody who comes', () => ofKey({ n: 'f'.repeat(1400) }), 'key'],
  ['an RSA key with an endless exponent', () => ofKey({ e: 'f'.repeat(340) }), 'key'],
  ['an RSA key that signs everything (e = 1)', () => ofKey({ e: 'AQ' }), 'key'],
  ['a private key', async () => proof({}, { jwk: await exportJWK(ec.privateKey) }), 'private_key'],
  ['the key of somebody else', async () => proof({}, { jwk: await exportJWK(other.publicKey) }), 'signature'],
  ['no jti', () => proof({ jti: undefined }), 'claims'],
  ['an empty jti', () => proof({ jti: '' }), 'claims'],
  ['a jti that is no text', () => proof({ jti: 5 }), 'claims'],
  ['an endless jti', () => proof({ jti: 'j'.repeat(257) }), 'claims'],
  ['no htm', () => proof({ htm: undefined }), 'claims'],
  ['no htu', () => proof({ htu: undefined }), 'claims'],
  ['no iat', () => proof({ iat: undefined }), 'claims'],
  ['an iat in words', () => proof({ iat: String(NOW) }), 'claims'],
  ['a nonce that is no text', () => proof({ nonce: 5 }), 'claims'],
  ['an endless nonce', () => proof({ nonce: 'n'.repeat(257) }), 'claims'],
  ['another method', () => proof({ htm: 'GET' }), 'method'],
  ['another method’s spelling', () => proof({ htm: 'post' }), 'method'],
  ['another path', () => proof({ htu: 'https://server.example/other' }), 'url'],
  ['another host', () => proof({ htu: 'https://server.example.evil/token' }), 'url'],
  ['another scheme', () => proof({ htu: 'http://server.example/token' }), 'url'],
  ['credentials in its URL', () => proof({ htu: 'https://a@server.example/token' }), 'url'],
  ['a password in its URL', () => proof({ htu: 'https://:b@server.example/token' }), 'url'],
  ['a place that is none', () => proof({ htu: 'server' }), 'url'],
  ['an old date', () => proof({ iat: NOW - 301 }), 'time'],
  ['a future date', () => proof({ iat: NOW + 301 }), 'time'],
  ['an end that is over [rfc7519-4.1.4-exp]', () => proof({ exp: NOW - 30 }), 'time'],
  ['an end in words', () => proof({ exp: 'never' }), 'time'],
  ['an end that is a number in words', () => proof({ exp: String(NOW + 60) }), 'time'],
  ['a beginning in words', () => proof({ nbf: String(NOW) }), 'time'],
  ['a beginning to come [rfc7519-4.1.5-nbf]', () => proof({ nbf: NOW + 31 }), 'time'],
  ['a size past all reason', () => proof({ filler: 'x'.repeat(8192) }), 'malformed'],
  ['a signature of zeros (r = s = 0)', () => resigned(Buffer.alloc(64)), 'signature'],
  ['r = s = the order of the curve', () => resigned(Buffer.from(ORDER.repeat(2), 'hex')), 'signature'],
  ['a signature in DER', () => resigned(Buffer.from('300602010102010100', 'hex')), 'signature'],
  ['no signature', async () => (await proof()).replace(/[^.]*$/, ''), 'malformed'],
  ['keys elsewhere (jku, x5u)', () => proof({}, { jwk: undefined, jku: URL_, x5u: URL_ }), 'key'],
  ['a kid instead of a key', () => proof({}, { jwk: undefined, kid: '../../key' }), 'key'],
  ['a list of keys', async () => proof({}, { jwk: [await exportJWK(ec.publicKey)] }), 'key'],
  ['a private key of another kind', () => proof({}, { jwk: { kty: 'AKP', priv: 'AA' } }), 'private_key'],
  ['a shared key', () => proof({}, { jwk: { kty: 'oct', k: 'AA' } }), 'private_key'],
  ['a curve that its algorithm has not', () => proof({}, { jwk: curve('P-384') }), 'key'],
  [
    'a payload that is not encoded',
    () => raw('{"typ":"dpop+jwt","alg":"ES256","crit":["b64"],"b64":false,"jwk":{}}'),
    'algorithm',
  ],
  ['alg twice, the last one none', () => raw('{"typ":"dpop+jwt","alg":"ES256","alg":"none","jwk":{}}'), 'algorithm'],
  ['typ twice, the last one another', () => raw('{"typ":"dpop+jwt","typ":"JWT","alg":"ES256","jwk":{}}'), 'wrong_type'],
]
for (const [title, make, problem] of BAD) {
  test(`a proof with ${title} is refused: ${problem} [rfc9449-4.3]`, async () => {
    assert.deepEqual(judgeProof(await make(), EXPECTED), { verdict: 'bad', problem })
  })
}

test('a key that signed before is judged like one that comes for the first time, and only as what it is [rfc9449-4.3]', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const good = await proof({}, {}, privateKey, publicKey, 'PS256')
  for (let i = 0; i < 3; i++) assert.equal(judgeProof(good, EXPECTED).verdict, 'good')
  const jwk = await exportJWK(publicKey)
  const changed: [object, ProofProblem][] = [
    [{ ...jwk, d: 'AA' }, 'private_key'],
    [{ ...jwk, kty: 'EC' }, 'key'],
    [{ ...jwk, e: 'AQAD' }, 'signature'],
    [{ ...jwk, n: `${jwk.n}AA` }, 'signature'],
  ]
  for (const [other, problem] of changed) {
    const text = await proof({}, { jwk: other }, privateKey, publicKey, 'PS256')
    assert.deepEqual(judgeProof(text, EXPECTED), { verdict: 'bad', problem })
  }
  const another = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  const stolen = await proof({}, {}, another, publicKey, 'PS256')
  assert.deepEqual(judgeProof(stolen, EXPECTED), { verdict: 'bad', problem: 'signature' })
  assert.deepEqual(judgeProof(good, { ...EXPECTED, algorithms: ['ES256'] }), { verdict: 'bad', problem: 'algorithm' })
})

test('query, fragment, default port and case of the host do not count [rfc9449-4.3-htu]', async () => {
  for (const htu of [
    `${URL_}?a=b`,
    `${URL_}#x`,
    'https://SERVER.example:443/token',
    'https://server.example/a/../token',
  ]) {
    assert.equal(judgeProof(await proof({ htu }), { ...EXPECTED, url: `${URL_}?x=y` }).verdict, 'good', htu)
  }
})

test('at a resource a proof is for one token and of the key that the token is bound to [rfc9449-7]', async () => {
  const ath = createHash('sha256').update('token').digest('base64url')
  const good = { ...EXPECTED, accessToken: 'token', thumbprint: thumbprintOf(await exportJWK(ec.publicKey)) }
  assert.equal(judgeProof(await proof({ ath }), good).verdict, 'good')
  assert.deepEqual(judgeProof(await proof(), good), { verdict: 'bad', problem: 'access_token' })
  assert.deepEqual(judgeProof(await proof({ ath }), { ...good, accessToken: 'other' }), {
    verdict: 'bad',
    problem: 'access_token',
  })
  const foreign = await proof({ ath }, {}, other.privateKey, other.publicKey)
  assert.deepEqual(judgeProof(foreign, good), { verdict: 'bad', problem: 'other_key' })
})

test('a proof is remembered under one name for as long as it is good, whatever signature it has [rfc9449-11.1]', async () => {
  const [one, two] = [judgeProof(await proof(), EXPECTED), judgeProof(await proof({ extra: 1 }), EXPECTED)]
  assert.ok(one.verdict === 'good' && two.verdict === 'good')
  assert.equal(one.proof.replayKey, two.proof.replayKey)
  assert.equal(one.proof.until, NOW + 301)
})

test('whatever comes as a proof is judged and never thrown at', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (header, claims) => {
      assert.equal(judgeProof(`${part(header)}.${part(claims)}.AA`, EXPECTED).verdict, 'bad')
    }),
  )
})

test('a nonce is good for five to ten minutes, under its own key only [rfc9449-8]', () => {
  const key = createSecretKey(Buffer.alloc(32, 1))
  const nonce = dpopNonce(key, NOW)
  assert.equal(isGoodNonce(key, nonce, NOW), true)
  assert.equal(isGoodNonce(key, nonce, NOW + 300), true)
  assert.equal(isGoodNonce(key, nonce, NOW + 600), false)
  assert.equal(isGoodNonce(createSecretKey(Buffer.alloc(32, 2)), nonce, NOW), false)
  assert.equal(isGoodNonce(key, '', NOW), false)
})

function part(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

// Of P-256: with s = n, s is zero again where an implementation forgets to look.
const ORDER = 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'

async function resigned(signature: Uint8Array): Promise<string> {
  return (await proof()).replace(/[^.]*$/, Buffer.from(signature).toString('base64url'))
}

function raw(header: string): string {
  return `${Buffer.from(header).toString('base64url')}.${part(CLAIMS)}.AA`
}

function curve(namedCurve: string): object {
  return generateKeyPairSync('ec', { namedCurve }).publicKey.export({ format: 'jwk' })
}

async function hmac(): Promise<string> {
  const jwk = (await exportJWK(ec.publicKey)) as JWK
  const input = `${part({ typ: 'dpop+jwt', alg: 'HS256', jwk })}.${part(CLAIMS)}`
  return `${input}.${createHmac('sha256', JSON.stringify(jwk)).update(input).digest('base64url')}`
}

/** Signed by nobody: its key is judged before. */
async function ofKey(changes: Record<string, string>): Promise<string> {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const jwk = { ...(await exportJWK(publicKey)), ...changes }
  return `${part({ typ: 'dpop+jwt', alg: 'RS256', jwk })}.${part(CLAIMS)}.AA`
}

async function short(): Promise<string> {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
  return `${part({ typ: 'dpop+jwt', alg: 'RS256', jwk: await exportJWK(publicKey) })}.${part(CLAIMS)}.AAAA`
}
