import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonicalMetadata, contentAddressedId, readClientMetadata } from './client-metadata.ts'
import { OAuthError, quoted, wireSafe } from './error.ts'
import { readForm } from './form.ts'
import { verifierMatches } from './pkce.ts'
import { expandScopes, missingScopes, parseScope } from './scope.ts'
import { resourceMetadataUrl, serverMetadataUrls } from './server-metadata.ts'
import { formatChallenge, parseChallenges } from './www-authenticate.ts'

const RULES = { scopes: ['a', 'b'], defaultScopes: ['a'] }
const CURSOR = {
  redirect_uris: [
    'cursor://anysphere.cursor-mcp/oauth/callback',
    'https://www.cursor.com/agents/mcp/oauth/callback',
    'http://localhost:8787/callback',
  ],
  token_endpoint_auth_method: 'none',
}

function refusal(work: () => unknown): OAuthError {
  try {
    work()
  } catch (error) {
    if (error instanceof OAuthError) return error
    throw error
  }
  return assert.fail('was not refused')
}

test('the example of RFC 7636 appendix B matches [rfc7636-4.6-verify]', () => {
  const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
  assert.equal(verifierMatches(verifier, 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'), true)
  assert.equal(verifierMatches(`${verifier}x`, 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'), false)
  assert.equal(verifierMatches('short', 'x'), false)
})

test('a parameter given twice is refused, an empty one is no value, resource may repeat [rfc6749-3.1-once]', () => {
  assert.equal(refusal(() => readForm(new URLSearchParams('a=1&a=2'))).reason, 'parameter_repeated')
  const form = readForm(new URLSearchParams('a=&b=1&resource=x&resource=y'))
  assert.equal(form.get('a'), undefined)
  assert.deepEqual(form.resources, ['x', 'y'])
  assert.equal(refusal(() => form.require('a')).reason, 'parameter_missing')
})

const FORMS: readonly [string, string, string][] = [
  ['too many parameters', Array.from({ length: 61 }, (_, i) => `p${i}=1`).join('&'), 'too_many_parameters'],
  ['a value too long', `a=${'x'.repeat(8193)}`, 'parameter_too_long'],
  ['a name too long', `${'x'.repeat(257)}=1`, 'parameter_too_long'],
  ['bytes that are not UTF-8', 'a=%ff', 'parameter_not_utf8'],
  ['NUL', 'a=%00', 'parameter_not_utf8'],
]
for (const [title, body, reason] of FORMS) {
  test(`a form with ${title} is refused`, () =>
    assert.equal(refusal(() => readForm(new URLSearchParams(body))).reason, reason))
}

test('scopes: surplus spaces are forgiven, duplicates fold, hierarchies count and cycles end [q28, mcp-2026-07-28-rs22]', () => {
  assert.deepEqual(parseScope(' a  b a '), ['a', 'b'])
  const hierarchy = { admin: ['write'], write: ['read'], read: ['write'] }
  assert.deepEqual([...expandScopes(['admin'], hierarchy)].sort(), ['admin', 'read', 'write'])
  assert.deepEqual(missingScopes(['read', 'x', 'y'], ['write'], hierarchy), ['x', 'y'])
  assert.deepEqual([...expandScopes(['constructor'], hierarchy)], ['constructor'])
})

test('a challenge survives being written and read, whatever stands in it', () => {
  const printable = fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)) })
  fc.assert(
    fc.property(printable, printable, (scope, description) => {
      const [challenge] = parseChallenges(formatChallenge('Bearer', { scope, error_description: description }))
      assert.deepEqual(challenge, { scheme: 'Bearer', parameters: { scope, error_description: description } })
    }),
  )
})

test('several challenges are told apart, and hostile headers end without harm', () => {
  const read = parseChallenges('DPoP algs="ES256", Bearer resource_metadata="https://h/x, y", scope=a')
  assert.deepEqual(
    read.map(({ scheme }) => scheme),
    ['DPoP', 'Bearer'],
  )
  assert.equal(read[1]?.parameters.resource_metadata, 'https://h/x, y')
  fc.assert(fc.property(fc.string(), (header) => Array.isArray(parseChallenges(header))))
})

test('an error_description carries nothing that the RFC forbids [rfc6749-5.2-description]', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.match(wireSafe(`x ${quoted(text)}`), /^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/)
      assert.ok(quoted(text).length <= 205)
    }),
  )
})

test('well-known addresses take every shape that a revision tries [q19]', () => {
  assert.deepEqual(serverMetadataUrls('https://h/t'), [
    'https://h/.well-known/oauth-authorization-server/t',
    'https://h/.well-known/openid-configuration/t',
    'https://h/t/.well-known/openid-configuration',
    'https://h/t/.well-known/oauth-authorization-server',
  ])
  assert.equal(resourceMetadataUrl('https://h'), 'https://h/.well-known/oauth-protected-resource')
  assert.equal(resourceMetadataUrl('https://h/mcp'), 'https://h/.well-known/oauth-protected-resource/mcp')
})

test('one application has one id, whatever order, port or unknown member it sends [q08, rfc6749-2.2-unique]', () => {
  const idOf = (body: object) => contentAddressedId(canonicalMetadata(readClientMetadata(body, RULES)))
  const first = idOf(CURSOR)
  fc.assert(
    fc.property(
      fc.shuffledSubarray(CURSOR.redirect_uris, { minLength: 3 }),
      fc.integer({ min: 1, max: 65535 }),
      fc.string(),
      (uris, port, junk) => {
        const redirect_uris = uris.map((uri) => uri.replace(':8787', `:${port}`))
        assert.equal(idOf({ junk, ...CURSOR, redirect_uris, grant_types: null, response_types: [] }), first)
      },
    ),
  )
  for (const other of [{ client_name: 'x' }, { scope: 'b' }, { token_endpoint_auth_method: 'client_secret_post' }]) {
    assert.notEqual(idOf({ ...CURSOR, ...other }), first)
  }
})

const EFFECTIVE: readonly [string, object, object][] = [
  ['no scope gets the default [q03]', {}, { scope: 'a' }],
  ['an empty scope gets the default [q03]', { scope: '' }, { scope: 'a' }],
  ['an unknown scope gets the default [q03]', { scope: 'claudeai' }, { scope: 'a' }],
  ['known scopes stay, unknown ones go [q03]', { scope: 'b x' }, { scope: 'b' }],
  [
    'surplus response types go [q06]',
    { response_types: ['code', 'code token', 'id_token'] },
    { response_types: ['code'] },
  ],
  [
    'unknown grant types go [q06]',
    { grant_types: ['authorization_code', 'urn:x'] },
    { grant_types: ['authorization_code', 'refresh_token'] },
  ],
  [
    'refresh_token is added for who forgot it [q07]',
    { grant_types: ['authorization_code'] },
    { grant_types: ['authorization_code', 'refresh_token'] },
  ],
  [
    'no method means client_secret_basic [rfc7591-2-defaults]',
    { token_endpoint_auth_method: null },
    { token_endpoint_auth_method: 'client_secret_basic' },
  ],
  ['application_type is echoed', { application_type: 'native' }, { application_type: 'native' }],
  ['null and empty arrays count as omitted', { client_uri: null, contacts: [] }, {}],
]
for (const [title, body, expected] of EFFECTIVE) {
  test(`registration: ${title}`, () => {
    const metadata = readClientMetadata({ ...CURSOR, ...body }, RULES) as object
    for (const [key, value] of Object.entries(expected))
      assert.deepEqual((metadata as Record<string, unknown>)[key], value)
  })
}

const REFUSED: readonly [string, unknown, string, string][] = [
  ['an array', [], 'invalid_client_metadata', 'metadata_not_an_object'],
  ['null', null, 'invalid_client_metadata', 'metadata_not_an_object'],
  [
    'no redirect_uris [rfc6749-3.1.2.2-register, rfc7591-2-redirect-uris]',
    {},
    'invalid_redirect_uri',
    'redirect_uris_missing',
  ],
  ['redirect_uris as text', { redirect_uris: 'https://a/' }, 'invalid_redirect_uri', 'redirect_uris_not_an_array'],
  [
    'one bad redirect URI among good',
    { ...CURSOR, redirect_uris: [...CURSOR.redirect_uris, 'javascript:x'] },
    'invalid_redirect_uri',
    'redirect_uri_script_scheme',
  ],
  [
    '21 redirect URIs',
    { redirect_uris: Array.from({ length: 21 }, (_, i) => `https://a/${i}`) },
    'invalid_redirect_uri',
    'redirect_uris_too_many',
  ],
  [
    'an unknown authentication method',
    { ...CURSOR, token_endpoint_auth_method: 'tls' },
    'invalid_client_metadata',
    'metadata_auth_method',
  ],
  [
    'grant types without the code',
    { ...CURSOR, grant_types: ['implicit'] },
    'invalid_client_metadata',
    'metadata_grant_types',
  ],
  [
    'grant types that are not strings',
    { ...CURSOR, grant_types: [1] },
    'invalid_client_metadata',
    'metadata_grant_types',
  ],
  [
    'response types without code',
    { ...CURSOR, response_types: ['token'] },
    'invalid_client_metadata',
    'metadata_response_types',
  ],
  [
    'a name of control characters',
    { ...CURSOR, client_name: 'a\u0000b' },
    'invalid_client_metadata',
    'metadata_client_name',
  ],
  ['a name too long', { ...CURSOR, client_name: 'a'.repeat(121) }, 'invalid_client_metadata', 'metadata_client_name'],
  ['a name that is a number', { ...CURSOR, client_name: 1 }, 'invalid_client_metadata', 'metadata_client_name'],
  [
    'a script as client_uri',
    { ...CURSOR, client_uri: 'javascript:x' },
    'invalid_client_metadata',
    'metadata_client_uri',
  ],
  [
    'jwks and jwks_uri together [rfc7591-2-keys]',
    { ...CURSOR, jwks: {}, jwks_uri: 'https://a/' },
    'invalid_client_metadata',
    'metadata_two_key_sources',
  ],
  [
    'an unknown application_type',
    { ...CURSOR, application_type: 'tv' },
    'invalid_client_metadata',
    'metadata_application_type',
  ],
  ['a scope that is an array', { ...CURSOR, scope: ['a'] }, 'invalid_client_metadata', 'metadata_scope'],
  ['a malformed scope', { ...CURSOR, scope: 'a"b' }, 'invalid_client_metadata', 'metadata_scope'],
  [
    'contacts beyond measure',
    { ...CURSOR, contacts: Array(11).fill('a') },
    'invalid_client_metadata',
    'metadata_contacts',
  ],
]
for (const [title, body, code, reason] of REFUSED) {
  test(`registration refuses ${title} [rfc7591-3.2.2-errors]`, () => {
    const error = refusal(() => readClientMetadata(body, RULES))
    assert.deepEqual([error.code, error.reason], [code, reason])
  })
}

test('whatever a stranger registers is refused or accepted, never a crash', () => {
  fc.assert(
    fc.property(
      fc.record({
        redirect_uris: fc.array(fc.anything()),
        client_name: fc.anything(),
        scope: fc.anything(),
        contacts: fc.anything(),
      }),
      (body) => {
        try {
          contentAddressedId(canonicalMetadata(readClientMetadata(body, RULES)))
        } catch (error) {
          assert.ok(error instanceof OAuthError, String(error))
        }
      },
    ),
  )
})
