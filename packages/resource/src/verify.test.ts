import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { CompactSign, createLocalJWKSet, exportSPKI, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose'
import { type Access, type Guard, protectResource, Refusal, type ResourceOptions } from './resource.ts'
import { makeKey, NOW, RESOURCE, signToken } from './testing/issuer.ts'

const ISSUER = 'https://login.example'
const OTHER = 'https://other.example'
const key = await makeKey('now')
const stranger = await makeKey('now')
const rsa = await makeKey('rsa', 'RS256')
const pss = await makeKey('rsa', 'PS256')
const keys = createLocalJWKSet({ keys: [key.jwk, rsa.jwk] })
const sign = (claims: JWTPayload = {}, header: Record<string, unknown> = {}) =>
  signToken(key, ISSUER, { claims, header })

function guard(options: Partial<ResourceOptions> = {}): Guard {
  return protectResource({
    resource: RESOURCE,
    authorizationServers: [ISSUER],
    keys: () => keys,
    now: () => NOW,
    ...options,
  })
}

async function refusal(promise: Promise<unknown>): Promise<Refusal> {
  try {
    await promise
  } catch (error) {
    assert.ok(error instanceof Refusal, String(error))
    return error
  }
  return assert.fail('let in')
}

const verify = async (token: string, options?: Partial<ResourceOptions>): Promise<Access> =>
  guard(options).verify(`Bearer ${token}`)

test('reads who came in from a good token', async () => {
  const token = await sign({ grant_id: 'g1', scope: 'notes:read notes:write' })
  const { claims, ...access } = await verify(token)
  assert.deepEqual(access, {
    subject: 'ada',
    clientId: 'editor',
    scopes: ['notes:read', 'notes:write'],
    authorizationDetails: [],
    issuer: ISSUER,
    grantId: 'g1',
    expiresAt: NOW + 300,
    token,
    scheme: 'Bearer',
  })
  assert.equal(claims.jti, 'one')
})

const good: [string, JWTPayload, Record<string, unknown>, Partial<ResourceOptions>?][] = [
  ['typ with its prefix', {}, { typ: 'application/at+jwt' }],
  ['typ in capitals', {}, { typ: 'AT+JWT' }],
  ['one audience of several', { aud: ['https://a.example', RESOURCE] }, {}],
  ['a bare host without slash', { aud: 'https://notes.example' }, {}, { resource: 'https://notes.example/' }],
  ['a bare host with slash', { aud: 'https://notes.example/' }, {}, { resource: 'https://notes.example' }],
  ['a host in capitals', { aud: 'https://NOTES.example/mcp' }, {}],
  ['a clock a little behind', { nbf: NOW + 9 }, {}],
  ['a clock a little ahead', { exp: NOW - 9 }, {}],
  ['a plain JWT where that is wanted', {}, { typ: 'JWT' }, { acceptPlainJwt: true }],
  ['no typ where that is wanted', {}, { typ: undefined }, { acceptPlainJwt: true }],
  ['no client_id but azp', { client_id: undefined, azp: 'editor' }, {}],
]

for (const [name, claims, header, options] of good) {
  test(`lets in ${name}`, async () => {
    assert.equal((await verify(await sign(claims, header), options)).clientId, 'editor')
  })
}

test('reads scopes from scope and from scp, string or array', async () => {
  assert.deepEqual((await verify(await sign({ scope: undefined, scp: ['a', 'b', 7] }))).scopes, ['a', 'b'])
  assert.deepEqual((await verify(await sign({ scope: undefined, scp: 'a b' }))).scopes, ['a', 'b'])
  assert.deepEqual((await verify(await sign({ scope: undefined }))).scopes, [])
  assert.deepEqual((await verify(await sign({ scope: { admin: true } }))).scopes, [])
})

test('reads a scope with everything that it contains', async () => {
  const scopes = {
    'notes:write': { description: 'Change notes', includes: ['notes:read'] },
    'notes:read': 'Read notes',
  }
  const access = await verify(await sign({ scope: 'notes:write' }), { scopes, requiredScopes: ['notes:read'] })
  assert.deepEqual([...access.scopes].sort(), ['notes:read', 'notes:write'])
})

test('what was granted in detail is told as the token has it [rfc9396-9]', async () => {
  const details = [{ type: 'payment', amount: { currency: 'EUR', amount: '1.00' } }, { type: 'payment' }]
  const token = await sign({ authorization_details: details })
  assert.deepEqual((await verify(token)).authorizationDetails, details)
})

const HALF_UNDERSTOOD: readonly (readonly [string, unknown])[] = [
  ['an object', { type: 'payment' }],
  ['text', '[{"type":"payment"}]'],
  ['null', null],
  ['an object without a type', [{ type: 'payment' }, { amount: '1.00' }]],
  ['a type that is no text', [{ type: 1 }]],
  ['an array', [[{ type: 'payment' }]]],
]
for (const [what, claim] of HALF_UNDERSTOOD) {
  test(`details that are ${what} let nobody in: they could mean anything [rfc9396-9]`, async () => {
    const token = await sign({ authorization_details: claim })
    assert.equal((await refusal(verify(token))).reason, 'authorization_details_malformed')
  })
}

test('finds the key of a token that names none', async () => {
  const twins = [await makeKey('a'), await makeKey('b'), await makeKey('c')]
  const set = createLocalJWKSet({ keys: twins.map(({ jwk }) => jwk) })
  for (const twin of twins) {
    const token = await signToken(twin, ISSUER, { header: { kid: undefined } })
    assert.equal((await verify(token, { keys: () => set })).subject, 'ada')
  }
  const forged = await signToken(stranger, ISSUER, { header: { kid: undefined } })
  assert.equal((await refusal(verify(forged, { keys: () => set }))).reason, 'wrong_signature')
})

const payload = { iss: ISSUER, sub: 'ada', aud: RESOURCE, client_id: 'editor', exp: NOW + 300, scope: 'notes:read' }
const hmac = (secret: string) =>
  new SignJWT(payload)
    .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid: 'now' })
    .sign(new TextEncoder().encode(secret))
const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const tampered = async () => {
  const [header, , signature] = (await sign()).split('.')
  return `${header}.${part({ ...payload, scope: 'notes:write' })}.${signature}`
}

const forged: [string, () => string | Promise<string>, string][] = [
  ['no signature (alg none)', () => new UnsecuredJWT(payload).encode(), 'wrong_type'],
  [
    'alg none with the right typ [rfc9068-2.1-no-none]',
    () => `${part({ alg: 'none', typ: 'at+jwt' })}.${part(payload)}.`,
    'algorithm_not_allowed',
  ],
  ['alg nOnE', () => `${part({ alg: 'nOnE', typ: 'at+jwt' })}.${part(payload)}.AA`, 'algorithm_not_allowed'],
  ['HS256 with the public key as PEM', async () => hmac(await exportSPKI(rsa.publicKey)), 'algorithm_not_allowed'],
  ['HS256 with the public key as JWK', () => hmac(JSON.stringify(key.jwk)), 'algorithm_not_allowed'],
  ['the key of a stranger', () => signToken(stranger, ISSUER), 'wrong_signature'],
  ['a changed payload', tampered, 'wrong_signature'],
  ['an unknown kid', () => sign({}, { kid: 'never' }), 'unknown_key'],
  ['a kid that is a path', () => sign({}, { kid: '../../etc/passwd' }), 'unknown_key'],
  ['another algorithm than the key is for', () => signToken(pss, ISSUER), 'unknown_key'],
  [
    'its own key in the header',
    () => signToken(stranger, ISSUER, { header: { jwk: stranger.jwk } }),
    'wrong_signature',
  ],
  ['a critical extension', () => criticalToken(), 'not_supported'],
  ['typ JWT [rfc9068-4-typ]', () => sign({}, { typ: 'JWT' }), 'wrong_type'],
  ['no typ', () => sign({}, { typ: undefined }), 'wrong_type'],
  ['typ of a logout token', () => sign({}, { typ: 'logout+jwt' }), 'wrong_type'],
  ['another issuer', () => signToken(key, OTHER), 'foreign_issuer'],
  ['an issuer with a slash too many', () => signToken(key, `${ISSUER}/`), 'foreign_issuer'],
  ['no issuer', () => sign({ iss: undefined }), 'foreign_issuer'],
  ['an issuer that is a list', () => sign({ iss: [ISSUER] as unknown as string }), 'foreign_issuer'],
  ['another audience', () => sign({ aud: 'https://notes.example/other' }), 'foreign_audience'],
  ['an audience that is a prefix', () => sign({ aud: 'https://notes.example' }), 'foreign_audience'],
  ['an audience below', () => sign({ aud: `${RESOURCE}/more` }), 'foreign_audience'],
  ['an audience with a slash on the path', () => sign({ aud: `${RESOURCE}/` }), 'foreign_audience'],
  ['an empty list of audiences', () => sign({ aud: [] }), 'foreign_audience'],
  ['the client as audience (an ID token)', () => sign({ aud: 'editor' }), 'foreign_audience'],
  ['no audience', () => sign({ aud: undefined }), 'claim_aud_missing'],
  ['an expired token', () => sign({ exp: NOW - 10 }), 'expired'],
  ['a token of later', () => sign({ nbf: NOW + 11 }), 'claim_nbf_check_failed'],
  ['no exp', () => sign({ exp: undefined }), 'claim_exp_missing'],
  ['exp in words', () => sign({ exp: 'never' as unknown as number }), 'claim_exp_invalid'],
  ['iat in words', () => sign({ iat: String(NOW) as unknown as number }), 'claim_iat_invalid'],
  ['nbf in words', () => sign({ nbf: String(NOW) as unknown as number }), 'claim_nbf_invalid'],
  ['exp without end', () => endless(), 'no_expiry'],
  ['a subject that is a number', () => sign({ sub: 5 as unknown as string }), 'no_subject'],
  ['no subject', () => sign({ sub: undefined }), 'claim_sub_missing'],
  ['an empty subject', () => sign({ sub: '' }), 'no_subject'],
  ['no client', () => sign({ client_id: undefined }), 'no_client'],
  ['a token bound to a key', () => sign({ cnf: { jkt: 'x' } }), 'bound_token'],
  ['garbage', () => 'garbage', 'malformed'],
  ['three dots', () => '...', 'malformed'],
  ['five parts, an encrypted token', () => 'a.b.c.d.e', 'malformed'],
  ['a payload that is a list', () => `${part({ alg: 'ES256', typ: 'at+jwt' })}.${part([payload])}.AA`, 'malformed'],
]

/** JSON has numbers that are read as infinite. */
function endless(): Promise<string> {
  const text = JSON.stringify({ ...payload, exp: 0 }).replace('"exp":0', '"exp":1e999')
  return new CompactSign(Buffer.from(text))
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'now' })
    .sign(key.privateKey)
}

function criticalToken(): Promise<string> {
  return new SignJWT(payload)
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'now', crit: ['exp'], exp: 1 })
    .sign(key.privateKey, { crit: { exp: true } })
}

for (const [name, forge, reason] of forged) {
  test(`refuses ${name} [mcp-2026-07-28-rs8, mcp-2026-07-28-rs11, mcp-2026-07-28-rs13, mcp-2026-07-28-rs16, rfc9068-4-validate, rfc9068-4-invalid-token]`, async () => {
    const error = await refusal(verify(await forge()))
    assert.deepEqual([error.status, error.code, error.reason], [401, 'invalid_token', reason])
  })
}

test('refuses a huge token before it looks at it', async () => {
  const error = await refusal(verify(await sign({ filler: 'x'.repeat(20_000) })))
  assert.deepEqual([error.status, error.reason], [400, 'header_too_long'])
})

test('refuses a token that is nested more deeply than anybody can walk', async () => {
  const deep = JSON.stringify(payload).replace(/}$/, `,"deep":${'['.repeat(5700)}${']'.repeat(5700)}}`)
  const input = `${part({ alg: 'ES256', typ: 'at+jwt', kid: 'now' })}.${Buffer.from(deep).toString('base64url')}`
  const algorithm = { name: 'ECDSA', hash: 'SHA-256' }
  const signature = Buffer.from(await crypto.subtle.sign(algorithm, key.privateKey, Buffer.from(input)))
  const error = await refusal(verify(`${input}.${signature.toString('base64url')}`))
  assert.deepEqual([error.status, error.reason], [401, 'malformed'])
})

test('a clock that says nothing opens nothing', async () => {
  const late = await sign({ exp: NOW - 3600 })
  for (const now of [() => Number.NaN, () => undefined as never, async () => NOW, () => ({})]) {
    const error = await refusal(verify(late, { now: now as never }))
    assert.equal(error.status, 401)
  }
})

test('takes only the algorithms that were named [rfc9068-2.1-rs256-resource]', async () => {
  assert.equal((await verify(await signToken(rsa, ISSUER))).subject, 'ada')
  const error = await refusal(verify(await signToken(rsa, ISSUER), { algorithms: ['ES256'] }))
  assert.equal(error.reason, 'algorithm_not_allowed')
})

test('asks only the issuer that a token names for keys, and nobody for a stranger', async () => {
  const asked: string[] = []
  const several = guard({
    authorizationServers: [ISSUER, OTHER],
    keys: (issuer) => (header, token) => {
      asked.push(issuer)
      return keys(header, token)
    },
  })
  await several.verify(`Bearer ${await signToken(key, OTHER)}`)
  await refusal(several.verify(`Bearer ${await signToken(key, 'https://evil.example')}`))
  assert.deepEqual(asked, [OTHER])
})

test('keeps the door shut when a key source of someone else fails', async () => {
  const broken = () => () => Promise.reject(new Error('no such key'))
  assert.equal((await refusal(verify(await sign(), { keys: broken }))).reason, 'no_usable_key')
})

test('answers any three parts with a refusal', async () => {
  const one = guard()
  const segment = fc.oneof(
    fc.stringMatching(/^[A-Za-z0-9_-]{0,60}$/),
    fc.json().map((text) => Buffer.from(text).toString('base64url')),
    fc.constant(part({ alg: 'ES256', typ: 'at+jwt', kid: 'now' })),
    fc.constant(part(payload)),
  )
  await fc.assert(
    fc.asyncProperty(segment, segment, segment, async (header, body, signature) => {
      const error = await refusal(one.verify(`Bearer ${header}.${body}.${signature}`))
      assert.equal(error.status, 401)
    }),
    { numRuns: 300 },
  )
})
