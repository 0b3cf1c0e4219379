import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { exportSPKI, SignJWT } from 'jose'
import { type Guard, protectResource, Refusal } from './resource.ts'
import { makeKey, NOW, RESOURCE, signToken, startIssuer, type TestIssuer } from './testing/issuer.ts'

const METADATA = '/.well-known/oauth-authorization-server'
const key = await makeKey('now')
const rsa = await makeKey('rsa', 'RS256')
const stranger = await makeKey('now')
let login: TestIssuer
let evil: TestIssuer
before(async () => {
  login = await startIssuer()
  login.keys = [key.jwk, rsa.jwk]
  // Reachable, and its key would fit: who follows an address of the token lets the forgery in.
  evil = await startIssuer()
  evil.keys = [stranger.jwk]
})
after(async () => {
  await login.close()
  await evil.close()
})

const encoded = (text: string) => Buffer.from(text).toString('base64url')
const claims = () => ({ iss: login.issuer, sub: 'ada', aud: RESOURCE, client_id: 'c', exp: NOW + 300, iat: NOW })
/** Header and payload as texts, so that they can be what no library writes. */
const raw = (header: string, payload: string, signature = 'AA') => `${encoded(header)}.${encoded(payload)}.${signature}`
const HEADER = '{"alg":"ES256","typ":"at+jwt","kid":"now"}'
const payload = () => JSON.stringify(claims())
const byStranger = (header: Record<string, unknown>) => signToken(stranger, login.issuer, { header })
const hmac = (alg: string, secret: string | Uint8Array) =>
  new SignJWT(claims())
    .setProtectedHeader({ alg, typ: 'at+jwt', kid: 'now' })
    .sign(typeof secret === 'string' ? new TextEncoder().encode(secret) : secret)
/** Signed by a stranger over texts that stand as they are given. */
async function signedRaw(header: string, body: string): Promise<string> {
  const input = `${encoded(header)}.${encoded(body)}`
  const algorithm = { name: 'ECDSA', hash: 'SHA-256' }
  const signature = await crypto.subtle.sign(algorithm, stranger.privateKey, Buffer.from(input))
  return `${input}.${Buffer.from(signature).toString('base64url')}`
}
const pem = async () => (await exportSPKI(rsa.publicKey)) as string
// The order of P-256: with s = n, s is zero again where an implementation forgets to look.
const ORDER = 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'

const FORGED: readonly (readonly [string, () => string | Promise<string>, string])[] = [
  ...['none', 'None', 'NONE', 'HS256 '].map(
    (alg) =>
      [
        `alg ${JSON.stringify(alg)}`,
        () => raw(JSON.stringify({ alg, typ: 'at+jwt', kid: 'now' }), payload()),
        'algorithm_not_allowed',
      ] as const,
  ),
  ['an empty alg', () => raw('{"alg":"","typ":"at+jwt","kid":"now"}', payload()), 'malformed'],
  ['no alg', () => raw('{"typ":"at+jwt","kid":"now"}', payload()), 'malformed'],
  ['alg none and no signature', () => raw('{"alg":"none","typ":"at+jwt"}', payload(), ''), 'algorithm_not_allowed'],
  ['HS256 with the public key in PEM', async () => hmac('HS256', await pem()), 'algorithm_not_allowed'],
  [
    'HS256 with the public key in PEM, trimmed',
    async () => hmac('HS256', (await pem()).trim()),
    'algorithm_not_allowed',
  ],
  ['HS256 with the public JWK', () => hmac('HS256', JSON.stringify(key.jwk)), 'algorithm_not_allowed'],
  ['HS384 with the coordinate of the key', () => hmac('HS384', key.jwk.x ?? ''), 'algorithm_not_allowed'],
  ['HS512 with its bytes', () => hmac('HS512', Buffer.from(key.jwk.x ?? '', 'base64url')), 'algorithm_not_allowed'],
  ...['/../../dev/null', "' OR 1=1; --", 'https://evil.example/k', '\u0000', '__proto__', 'constructor', 'NOW'].map(
    (kid) => [`kid ${JSON.stringify(kid)}`, () => byStranger({ kid }), 'unknown_key'] as const,
  ),
  ['a kid of four thousand characters', () => byStranger({ kid: 'k'.repeat(4000) }), 'unknown_key'],
  ['an empty kid', () => byStranger({ kid: '' }), 'unknown_key'],
  ...[7, null, {}, ['now'], true].map(
    (kid) =>
      [
        `kid ${JSON.stringify(kid)}`,
        () => signedRaw(JSON.stringify({ alg: 'ES256', typ: 'at+jwt', kid }), payload()),
        'unknown_key',
      ] as const,
  ),
  ['its own key as jwk', () => byStranger({ jwk: stranger.jwk }), 'wrong_signature'],
  ['the address of its own keys as jku', () => byStranger({ jku: `${evil.issuer}/keys` }), 'wrong_signature'],
  ['the same and a kid of its own', () => byStranger({ jku: `${evil.issuer}/keys`, kid: 'evil' }), 'unknown_key'],
  ['the address of a certificate as x5u', () => byStranger({ x5u: `${evil.issuer}/keys` }), 'wrong_signature'],
  ['a certificate as x5c', () => byStranger({ x5c: ['MIIB'] }), 'wrong_signature'],
  ['another issuer, with keys that fit', () => signToken(stranger, evil.issuer), 'foreign_issuer'],
  ['typ of an ID token', () => byStranger({ typ: 'JWT' }), 'wrong_type'],
  ['typ of a DPoP proof', () => byStranger({ typ: 'dpop+jwt' }), 'wrong_type'],
  ['typ that is a list', () => signedRaw('{"alg":"ES256","typ":["at+jwt"],"kid":"now"}', payload()), 'wrong_type'],
  [
    'an unknown extension',
    () => raw('{"alg":"ES256","typ":"at+jwt","kid":"now","crit":["x"],"x":1}', payload()),
    'not_supported',
  ],
  [
    'an empty list of extensions',
    () => raw('{"alg":"ES256","typ":"at+jwt","kid":"now","crit":[]}', payload()),
    'malformed',
  ],
  [
    'a payload that is not encoded',
    () => raw('{"alg":"ES256","typ":"at+jwt","kid":"now","crit":["b64"],"b64":false}', payload()),
    'not_supported',
  ],
  [
    'a signature of zeros (r = s = 0)',
    () => raw(HEADER, payload(), Buffer.alloc(64).toString('base64url')),
    'wrong_signature',
  ],
  [
    'r = s = the order of the curve',
    () => raw(HEADER, payload(), Buffer.from(ORDER.repeat(2), 'hex').toString('base64url')),
    'wrong_signature',
  ],
  ['no signature at all', () => raw(HEADER, payload(), ''), 'wrong_signature'],
  [
    'a signature in DER',
    () => raw(HEADER, payload(), Buffer.from('30060201000201000', 'hex').toString('base64url')),
    'wrong_signature',
  ],
  // RFC 7515 §4, RFC 7519 §4: refused, or the last one counts. The last one counts, for every reader here.
  [
    'alg twice, the last one good',
    () => signedRaw('{"alg":"none","alg":"ES256","typ":"at+jwt","kid":"now"}', payload()),
    'wrong_signature',
  ],
  [
    'alg twice, the last one none',
    () => raw('{"alg":"ES256","alg":"none","typ":"at+jwt","kid":"now"}', payload()),
    'algorithm_not_allowed',
  ],
  ['kid twice', () => signedRaw('{"alg":"ES256","typ":"at+jwt","kid":"now","kid":"../now"}', payload()), 'unknown_key'],
  [
    'iss twice, ours first',
    () => signedRaw(HEADER, `${payload().slice(0, -1)},"iss":"${evil.issuer}"}`),
    'foreign_issuer',
  ],
  ['iss twice, ours last', () => signedRaw(HEADER, `{"iss":"${evil.issuer}",${payload().slice(1)}`), 'wrong_signature'],
  ['a header of eight thousand brackets', () => raw('['.repeat(8000), payload()), 'malformed'],
  ['a header that is a list', () => raw('[]', payload()), 'malformed'],
]

for (const [title, forge, reason] of FORGED) {
  test(`a token with ${title} is refused, and steers no fetch [rfc9068-4-validate]`, async () => {
    let now = NOW
    const guard = protectResource({ resource: RESOURCE, authorizationServers: [login.issuer], now: () => now })
    await guard.verify(`Bearer ${await signToken(key, login.issuer)}`)
    const [before, elsewhere] = [login.visits.length, evil.visits.length]
    const token = await forge()
    for (let i = 0; i < 10; i++) {
      assert.deepEqual(await refusalOf(guard, token), [401, 'invalid_token', reason])
      now += 2
    }
    // At most one search for a key that nobody has heard of, and always by the way that leads to our issuer's own keys.
    const visits = login.visits.slice(before)
    assert.deepEqual(visits, reason === 'unknown_key' ? [METADATA, '/keys'] : [])
    assert.equal(evil.visits.length, elsewhere)
  })
}

test('a token that is larger than the header may be is not even split, and steers no fetch', async () => {
  const guard = protectResource({ resource: RESOURCE, authorizationServers: [login.issuer], now: () => NOW })
  const before = login.visits.length
  for (const token of [await byStranger({ kid: 'k'.repeat(20_000) }), '.'.repeat(1_000_000)])
    assert.deepEqual((await refusalOf(guard, token))[2], 'header_too_long')
  assert.equal(login.visits.length, before)
})

async function refusalOf(guard: Guard, token: string): Promise<[number, string | undefined, string]> {
  try {
    await guard.verify(`Bearer ${token}`)
  } catch (error) {
    assert.ok(error instanceof Refusal, String(error))
    return [error.status, error.code, error.reason]
  }
  return assert.fail('let in')
}
