import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PROOF_ALGORITHMS } from '@doorward/core/dpop/proof'
import { protectResource, type ResourceOptions } from './resource.ts'

const OPTIONS: ResourceOptions = {
  resource: 'https://notes.example/mcp',
  authorizationServers: ['https://login.example'],
  scopes: { 'notes:read': 'Read notes', offline_access: 'Stay signed in' },
  tools: { add_note: ['notes:write'] },
  name: 'Notes',
  documentation: 'https://notes.example/docs',
}
const guard = protectResource(OPTIONS)

test('publishes the document of RFC 9728, without offline_access [mcp-2026-07-28-rs2, mcp-2026-07-28-rs23]', () => {
  assert.deepEqual(guard.metadata, {
    resource: 'https://notes.example/mcp',
    authorization_servers: ['https://login.example'],
    scopes_supported: ['notes:read', 'notes:write'],
    bearer_methods_supported: ['header'],
    dpop_signing_alg_values_supported: PROOF_ALGORITHMS,
    resource_name: 'Notes',
    resource_documentation: 'https://notes.example/docs',
  })
})

test('names the types of what may be asked for in detail, each once [rfc9396-10]', () => {
  const { metadata } = protectResource({ ...OPTIONS, authorizationDetailsTypes: ['payment', 'note', 'payment'] })
  assert.deepEqual(metadata.authorization_details_types_supported, ['payment', 'note'])
})

test('leaves out what is empty or unknown [q24, rfc9728-2-no-empty]', () => {
  const { metadata } = protectResource({
    resource: OPTIONS.resource,
    authorizationServers: OPTIONS.authorizationServers,
  })
  assert.deepEqual(Object.keys(metadata), [
    'resource',
    'authorization_servers',
    'bearer_methods_supported',
    'dpop_signing_alg_values_supported',
  ])
})

const addresses: [string, string, string[]][] = [
  [
    'https://notes.example/mcp',
    'https://notes.example/.well-known/oauth-protected-resource/mcp',
    ['/.well-known/oauth-protected-resource/mcp', '/.well-known/oauth-protected-resource'],
  ],
  [
    'https://notes.example',
    'https://notes.example/.well-known/oauth-protected-resource',
    ['/.well-known/oauth-protected-resource'],
  ],
  [
    'https://notes.example/',
    'https://notes.example/.well-known/oauth-protected-resource',
    ['/.well-known/oauth-protected-resource'],
  ],
  [
    'https://notes.example/a/b?tenant=1',
    'https://notes.example/.well-known/oauth-protected-resource/a/b?tenant=1',
    ['/.well-known/oauth-protected-resource/a/b', '/.well-known/oauth-protected-resource'],
  ],
]

for (const [resource, url, paths] of addresses) {
  test(`serves the document of ${resource} where clients look, and says its name byte for byte [rfc9728-3-path, rfc9728-3.3-resource]`, async () => {
    const one = protectResource({ ...OPTIONS, resource })
    assert.equal(one.metadataUrl, url)
    assert.deepEqual(one.metadataPaths, paths)
    for (const path of paths) {
      const response = one.answerMetadata(new Request(`https://notes.example${path}`))
      const document = (await response?.json()) as { resource: string }
      assert.equal(document.resource, resource)
    }
  })
}

test('serves the document to every origin, for a while [rfc9728-3.2-ok]', () => {
  const response = guard.answerMetadata(new Request(guard.metadataUrl))
  assert.equal(response?.status, 200)
  assert.equal(response?.headers.get('content-type'), 'application/json')
  assert.equal(response?.headers.get('access-control-allow-origin'), '*')
  assert.equal(response?.headers.get('cache-control'), 'public, max-age=300')
})

const methods: [string, number][] = [
  ['GET', 200],
  ['HEAD', 200],
  ['OPTIONS', 204],
  ['POST', 405],
  ['DELETE', 405],
  ['TRACE', 405],
]

for (const [method, status] of methods) {
  test(`answers ${method} of the document with ${status}`, () => {
    for (const url of [guard.metadataUrl, '/.well-known/oauth-protected-resource?x=1', `${guard.metadataUrl}/`]) {
      const response = guard.answerMetadata({ method, url })
      assert.equal(response?.status, status)
      assert.equal(response?.headers.get('access-control-allow-origin'), '*')
      if (method !== 'GET') assert.equal(response?.body, null)
    }
  })
}

test('leaves every other path to others', () => {
  const others = [
    'https://notes.example/',
    'https://notes.example/mcp',
    'https://notes.example/x/.well-known/oauth-protected-resource',
    'https://notes.example/.well-known/oauth-protected-resource/other',
    'https://notes.example/?/.well-known/oauth-protected-resource',
    'https://notes.example?/.well-known/oauth-protected-resource',
    '//.well-known/oauth-protected-resource',
  ]
  for (const url of others) assert.equal(guard.answerMetadata({ method: 'GET', url }), undefined, url)
})

const mistakes: [string, Partial<ResourceOptions>, RegExp][] = [
  ['a resource without scheme', { resource: 'notes.example/mcp' }, /resource: 'notes.example\/mcp' must be/],
  ['a resource with a fragment [rfc9728-2-resource]', { resource: 'https://notes.example/#x' }, /resource: /],
  ['no authorization server', { authorizationServers: [] }, /at least one issuer/],
  [
    'the address of metadata for an issuer',
    { authorizationServers: ['https://as.example/.well-known/openid-configuration'] },
    /is where metadata is; name the issuer/,
  ],
  ['an issuer that is no URL', { authorizationServers: ['login'] }, /'login' must be an absolute URL/],
  ['an issuer with a query', { authorizationServers: ['https://login.example/?x'] }, /without query/],
  ['an issuer over http', { authorizationServers: ['http://login.example'] }, /use https, or set allowHttpIssuers/],
  ['a scope with a space', { scopes: { 'notes read': '' } }, /'notes read' is not a scope name/],
  ['a tool scope with a quote', { tools: { add: ['a"b'] } }, /is not a scope name/],
  ['a symmetric algorithm', { algorithms: ['ES256', 'HS256'] }, /'HS256' is none of/],
  ['alg none', { algorithms: ['none'] }, /'none' is none of/],
  ['no algorithm', { algorithms: [] }, /name at least one/],
  ['a symmetric algorithm of proofs', { proofs: { algorithms: ['HS256'] } }, /proofs\.algorithms: 'HS256' is none of/],
  ['no algorithm of proofs', { proofs: { algorithms: [] } }, /proofs\.algorithms: name at least one/],
  ['a misspelt option of proofs', { proofs: { nonces: 1 } as object }, /proofs: 'nonces' is none of/],
  ['an unknown sender constraint', { senderConstraint: 'DPoP' as 'dpop' }, /senderConstraint: 'DPoP' is none of/],
  ['an hour of leeway', { clockToleranceSeconds: 3600 }, /between 0 and 300/],
  ['a leeway that is no number', { clockToleranceSeconds: Number.NaN }, /between 0 and 300/],
]

/** What a compiler refuses, and not everybody has one. */
const untyped: [string, object, RegExp][] = [
  [
    'a scope for a tool that is no list',
    { tools: { add: 'write' } },
    /tools\.add: "write" is no list; write \["write"\]/,
  ],
  ['scopes that are one word', { requiredScopes: 'read' }, /requiredScopes: "read" is no list; write \["read"\]/],
  ['first scopes that are one word', { firstScopes: 'read' }, /firstScopes: "read" is no list/],
  [
    'contents that are one word',
    { scopes: { all: { description: 'A', includes: 'read' } } },
    /scopes\.all\.includes: "read" is/,
  ],
  ['scopes in a list', { scopes: ['read'] }, /scopes: a list does not say what its entries are for; give an object/],
  ['tools in a list', { tools: ['add'] }, /tools: a list/],
  ['keys that are no function', { keys: { keys: [] } }, /keys: not a function/],
]

for (const [name, options, message] of [...mistakes, ...untyped]) {
  test(`does not start with ${name}`, () => {
    assert.throws(() => protectResource({ ...OPTIONS, ...options }), { name: 'TypeError', message })
  })
}

test('starts with http issuers on this host, or where that is wanted', () => {
  for (const issuer of ['http://localhost:9000', 'http://127.0.0.1:9000', 'http://[::1]:9000']) {
    protectResource({ ...OPTIONS, authorizationServers: [issuer] })
  }
  protectResource({ ...OPTIONS, authorizationServers: ['http://keycloak:8080'], allowHttpIssuers: true })
})

test('the document is JSON whatever somebody wants to see instead, and what is no document is kept nowhere [q19]', () => {
  const guard = protectResource(OPTIONS)
  const ask = (method: string, accept = '*/*') =>
    guard.answerMetadata(new Request(guard.metadataUrl, { method, headers: { accept } }))
  for (const accept of ['text/html', 'image/png', 'application/json;q=0']) {
    const response = ask('GET', accept)
    assert.deepEqual([response?.status, response?.headers.get('content-type')], [200, 'application/json'], accept)
  }
  for (const method of ['OPTIONS', 'POST']) {
    const headers = ask(method)?.headers
    assert.deepEqual([headers?.get('cache-control'), headers?.get('x-content-type-options')], ['no-store', 'nosniff'])
  }
})
