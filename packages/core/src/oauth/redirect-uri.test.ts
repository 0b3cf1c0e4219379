import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { OAuthError } from './error.ts'
import { isLoopback, parseRedirectUri, sameRedirectUri, withoutPort } from './redirect-uri.ts'

const GOOD: readonly [string, string, string][] = [
  ['https://claude.ai/api/mcp/auth_callback', 'https', 'https://claude.ai'],
  ['https://vscode.dev/redirect', 'https', 'https://vscode.dev'],
  ['http://127.0.0.1/', 'loopback', 'http://127.0.0.1'],
  ['http://127.0.0.1:33418/', 'loopback', 'http://127.0.0.1:33418'],
  ['http://localhost:8787/callback', 'loopback', 'http://localhost:8787'],
  ['http://[::1]:9/x?y=z', 'loopback', 'http://[::1]:9'],
  ['cursor://anysphere.cursor-mcp/oauth/callback', 'private-use', 'cursor://anysphere.cursor-mcp'],
  ['com.example.app:/callback', 'private-use', 'com.example.app:'],
]

for (const [uri, kind, shown] of GOOD) {
  test(`accepts ${uri} as ${kind} [q02]`, () => {
    assert.deepEqual(parseRedirectUri(uri), { uri, kind, shown })
  })
}

const BAD: readonly [unknown, string][] = [
  ['javascript:alert(1)', 'redirect_uri_script_scheme'],
  ['JavaScript:alert(1)', 'redirect_uri_script_scheme'],
  ['data:text/html,x', 'redirect_uri_script_scheme'],
  ['vbscript:x', 'redirect_uri_script_scheme'],
  ['blob:https://a/x', 'redirect_uri_script_scheme'],
  ['file:///etc/passwd', 'redirect_uri_script_scheme'],
  ['about:blank', 'redirect_uri_script_scheme'],
  ['https://a/#x', 'redirect_uri_fragment'],
  ['https://a/#', 'redirect_uri_fragment'],
  ['https://user@a/', 'redirect_uri_credentials'],
  ['https://a@b:c@d/', 'redirect_uri_credentials'],
  ['http://example.com/', 'redirect_uri_http'],
  ['http://127.0.0.1.evil.com/', 'redirect_uri_http'],
  ['http://localhost.evil.com/', 'redirect_uri_http'],
  ['http://127.1/', 'redirect_uri_http'],
  ['http://2130706433/', 'redirect_uri_http'],
  ['https://evil.example./cb', 'redirect_uri_host'],
  ['https://*.a.com/', 'redirect_uri_host'],
  ['https:/a', 'redirect_uri_host'],
  ['https://a;sandbox/', 'redirect_uri_host'],
  ["https://a'unsafe-inline'/", 'redirect_uri_host'],
  ['https:a', 'redirect_uri_host'],
  ['https://a/../b', 'redirect_uri_path'],
  ['https://a/%2e%2e/b', 'redirect_uri_path'],
  ['https://a\\@b/', 'redirect_uri_path'],
  ['evil-app://x', 'redirect_uri_scheme_not_listed'],
  ['/relative', 'redirect_uri_not_absolute'],
  ['https://exämple.com/', 'redirect_uri_characters'],
  ['https://a/ b', 'redirect_uri_characters'],
  ['https://a/\n', 'redirect_uri_characters'],
  [`https://a/${'x'.repeat(2048)}`, 'redirect_uri_too_long'],
  ['', 'redirect_uri_not_a_string'],
  [7, 'redirect_uri_not_a_string'],
  [null, 'redirect_uri_not_a_string'],
]

for (const [uri, reason] of BAD) {
  test(`refuses ${JSON.stringify(uri)?.slice(0, 50)} because ${reason} [q02, rfc6749-3.1.2-no-fragment, rfc9700-2.1-no-http]`, () => {
    assert.throws(
      () => parseRedirectUri(uri),
      (error) => error instanceof OAuthError && error.reason === reason && error.code === 'invalid_redirect_uri',
    )
  })
}

const SAME: readonly [string, string, boolean][] = [
  ['https://a/cb', 'https://a/cb', true],
  ['https://a/cb', 'https://a/cb/', false],
  ['https://a/cb', 'https://a/cb?x=1', false],
  ['https://a/cb', 'https://a:443/cb', false],
  ['https://a/cb', 'https://A/cb', false],
  ['http://127.0.0.1/cb', 'http://127.0.0.1:5555/cb', true],
  ['http://127.0.0.1:33418/', 'http://127.0.0.1:1/', true],
  ['http://localhost:1/cb', 'http://localhost:2/cb', true],
  ['http://[::1]/cb', 'http://[::1]:2/cb', true],
  ['http://localhost/cb', 'http://127.0.0.1/cb', false],
  ['http://localhost:1/cb', 'http://localhost:2/other', false],
  ['http://localhost:1/cb', 'http://localhost:2@evil.com/cb', false],
  ['http://localhost/cb', 'http://localhost.evil.com/cb', false],
  ['warp://mcp/oauth2callback', 'warp://mcp/oauth2callback?server_id=1', false],
  ['cursor://a:1/x', 'cursor://a:2/x', false],
]

for (const [registered, requested, same] of SAME) {
  test(`${requested} ${same ? 'matches' : 'does not match'} the registered ${registered} [rfc9700-2.1-exact, q29]`, () => {
    assert.equal(sameRedirectUri(registered, requested), same)
  })
}

test('no text is taken for loopback whose host a browser would read as another', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.webUrl(),
        fc.string().map((s) => `http://localhost${s}`),
        fc.string().map((s) => `http://127.0.0.1:${s}`),
      ),
      (uri) => {
        if (!isLoopback(uri)) return
        const url = URL.parse(uri)
        // What URL cannot read is refused by parseRedirectUri before it could be redirected to.
        if (url !== null) assert.ok(['localhost', '127.0.0.1', '[::1]'].includes(url.hostname), uri)
      },
    ),
    { numRuns: 5000 },
  )
})

test('dropping the port changes nothing else', () => {
  assert.equal(withoutPort('http://localhost:8787/callback?a=:9'), 'http://localhost/callback?a=:9')
  assert.equal(withoutPort('https://a:8443/'), 'https://a:8443/')
})
