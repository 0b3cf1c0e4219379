import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readClientDocument } from './client-document.ts'
import { checkClientIdUrl, isClientIdUrl } from './client-id-url.ts'
import { AUTHENTICATION_METHODS, type MetadataRules } from './client-metadata.ts'
import { OAuthError } from './error.ts'

const URL_ = 'https://app.example/oauth/client.json'
const RULES = { scopes: ['a', 'b'], defaultScopes: ['a'] }
const DOCUMENT = { client_id: URL_, client_name: 'App', redirect_uris: ['https://app.example/cb'] }
const KEY = { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' }

const URLS: readonly (readonly [string, string | undefined])[] = [
  [URL_, undefined],
  ['https://app.example/', undefined],
  ['https://app.example:8443/client.json', undefined],
  ['https://app.example/client.json?v=1', undefined],
  ['https://xn--80ak6aa92e.com/c', undefined],
  ['http://app.example/c', 'client_url_not_https'],
  ['https://user@app.example/c', 'client_url_credentials'],
  ['https://app.example/c#x', 'client_url_fragment'],
  ['https://app.example/c#', 'client_url_fragment'],
  ['https://app.example', 'client_url_not_normal'],
  ['https://app.example/a/../c', 'client_url_not_normal'],
  ['https://app.example/a/%2e%2e/c', 'client_url_not_normal'],
  ['https://App.example/c', 'client_url_not_normal'],
  ['https://app.example:443/c', 'client_url_not_normal'],
  ['https:\\\\app.example\\c', 'client_url_not_normal'],
  ['https://app.example/c d', 'client_url_malformed'],
  ['https://аpp.example/c', 'client_url_malformed'],
  ['https://127.0.0.1/c', 'client_url_host'],
  ['https://[::1]/c', 'client_url_host'],
  ['https://2130706433/c', 'client_url_not_normal'],
  ['https://localhost/c', 'client_url_host'],
  ['https://app.example./c', 'client_url_host'],
  ['https://intranet/c', 'client_url_host'],
  [`https://app.example/${'c'.repeat(1024)}`, 'client_url_too_long'],
]
for (const [url, reason] of URLS) {
  test(`${url.slice(0, 60)} is ${reason === undefined ? 'a' : 'no'} client id [cimd-url, mcp-2026-07-28-g14]`, () => {
    if (reason === undefined) assert.equal(checkClientIdUrl(url, false).href, url)
    else
      assert.throws(
        () => checkClientIdUrl(url, false),
        (error: OAuthError) => error.reason === reason,
      )
  })
}

test('a document at this computer is for development only [cimd-loopback]', () => {
  for (const url of ['http://localhost:3000/client.json', 'http://127.0.0.1:1/c', 'https://[::1]:1/c']) {
    assert.equal(checkClientIdUrl(url, true).href, url)
    assert.throws(() => checkClientIdUrl(url, false), OAuthError)
  }
})

test('our own ids are never taken for addresses [cimd-own-ids]', () => {
  for (const id of ['dwc_x', 'dwo_x', 'my-client', 'ftp://x', 'urn:x']) assert.equal(isClientIdUrl(id), false)
  for (const id of ['https://x', 'HTTP://x']) assert.equal(isClientIdUrl(id), true)
})

const REFUSED: readonly (readonly [string, unknown, string, RegExp])[] = [
  ['a list', [DOCUMENT], 'document_not_an_object', /not a JSON object/],
  ['null', null, 'document_not_an_object', /not a JSON object/],
  [
    'another client_id',
    { ...DOCUMENT, client_id: `${URL_}/` },
    'document_client_id',
    /client\.json\/' and was fetched from 'https/,
  ],
  ['no client_id', { ...DOCUMENT, client_id: undefined }, 'document_client_id', /\(nothing\)/],
  ['no name', { ...DOCUMENT, client_name: undefined }, 'document_name_missing', /no client_name/],
  ['no redirect_uris', { ...DOCUMENT, redirect_uris: undefined }, 'redirect_uris_missing', /redirect_uris/],
  [
    'a script as redirect URI',
    { ...DOCUMENT, redirect_uris: ['javascript:x'] },
    'redirect_uri_script_scheme',
    /javascript/,
  ],
  ['a published secret', { ...DOCUMENT, client_secret: 'x' }, 'document_secret', /client_secret/],
  ['the end of a secret', { ...DOCUMENT, client_secret_expires_at: 0 }, 'document_secret', /client_secret_expires_at/],
  [
    'a shared method',
    { ...DOCUMENT, token_endpoint_auth_method: 'client_secret_post' },
    'document_auth_method',
    /none or private_key_jwt/,
  ],
  [
    'a method that nobody knows',
    { ...DOCUMENT, token_endpoint_auth_method: 'client_secret_jwt' },
    'document_auth_method',
    /client_secret_jwt/,
  ],
  [
    'private_key_jwt without keys',
    { ...DOCUMENT, token_endpoint_auth_method: 'private_key_jwt' },
    'document_keys_missing',
    /no jwks/,
  ],
  ['a private key', { ...DOCUMENT, jwks: { keys: [{ ...KEY, d: 'x' }] } }, 'metadata_private_key', /private/],
  ['a shared key', { ...DOCUMENT, jwks: { keys: [{ kty: 'oct', k: 'x' }] } }, 'metadata_private_key', /shared/],
  [
    'two key sources',
    { ...DOCUMENT, jwks: { keys: [KEY] }, jwks_uri: 'https://a.example/k' },
    'metadata_two_key_sources',
    /exclude/,
  ],
  ['keys over http', { ...DOCUMENT, jwks_uri: 'http://app.example/keys' }, 'metadata_jwks_uri', /https/],
]
for (const [title, document, reason, words] of REFUSED) {
  test(`a document with ${title} is refused, naming it [cimd-document, mcp-2026-07-28-as9, mcp-2026-07-28-as12]`, () => {
    assert.throws(
      () => readClientDocument(URL_, document, RULES),
      (error: OAuthError) => {
        assert.deepEqual([error.code, error.reason], ['invalid_client', reason])
        assert.match(error.description, words)
        return true
      },
    )
  })
}

const METHODS: readonly (readonly [string, Record<string, unknown>, string])[] = [
  ['nothing', {}, 'none'],
  ['none', { token_endpoint_auth_method: 'none' }, 'none'],
  [
    'a key and both methods',
    { token_endpoint_auth_methods_supported: ['none', 'private_key_jwt'], jwks_uri: 'https://app.example/k' },
    'private_key_jwt',
  ],
  ['a key and its method', { token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [KEY] } }, 'private_key_jwt'],
  ['both methods and no key', { token_endpoint_auth_methods_supported: ['private_key_jwt', 'none'] }, 'none'],
  ['a shared method and none', { token_endpoint_auth_methods_supported: ['client_secret_basic', 'none'] }, 'none'],
]
for (const [title, fields, method] of METHODS) {
  test(`of ${title} the best mutual method is ${method} [q13]`, () => {
    const read = readClientDocument(URL_, { ...DOCUMENT, ...fields }, RULES)
    assert.equal(read.token_endpoint_auth_method, method)
  })
}

test('whatever a stranger publishes is read or refused, never more than that', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const document =
        typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value, client_id: URL_ } : value
      try {
        readClientDocument(URL_, document, RULES)
      } catch (error) {
        assert.ok(error instanceof OAuthError)
      }
    }),
  )
})

const BY_CERTIFICATE = { ...DOCUMENT, tls_client_auth_san_dns: 'app.example', jwks: { keys: [KEY] } }
const OFFERED = { ...RULES, authentication: AUTHENTICATION_METHODS }
const CHOSEN: readonly (readonly [string, readonly string[], MetadataRules, string])[] = [
  ['a certificate where it is offered', ['none', 'tls_client_auth'], OFFERED, 'tls_client_auth'],
  ['its own certificate', ['self_signed_tls_client_auth', 'none'], OFFERED, 'self_signed_tls_client_auth'],
  [
    'a signature, which needs no connection of its own',
    ['tls_client_auth', 'private_key_jwt'],
    OFFERED,
    'private_key_jwt',
  ],
  [
    'nothing, where no certificates are taken',
    ['tls_client_auth', 'none'],
    { ...RULES, authentication: ['none'] },
    'none',
  ],
]
for (const [title, offered, rules, method] of CHOSEN) {
  test(`a document that offers several methods is held to the strongest that is known: ${title} [q13, rfc8705-2]`, () => {
    const document = { ...BY_CERTIFICATE, token_endpoint_auth_methods_supported: offered }
    assert.equal(readClientDocument(URL_, document, rules).token_endpoint_auth_method, method)
  })
}

test('a document that has certificates alone is refused where none are taken', () => {
  const document = { ...BY_CERTIFICATE, token_endpoint_auth_method: 'tls_client_auth' }
  const rules: MetadataRules = { ...RULES, authentication: ['none', 'private_key_jwt'] }
  assert.throws(() => readClientDocument(URL_, document, rules), { reason: 'document_auth_method' })
})
