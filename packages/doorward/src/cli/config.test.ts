import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { toJsonSchema } from '@valibot/to-json-schema'
import { readText } from './client-certificates.ts'
import { checkIssuer, issuerHere, OWN_PATHS, readConfig } from './config.ts'
import { ConfigSchema } from './config-schema.ts'
import { callerOf, networkOf, TRUSTED_PROXIES } from './network.ts'
import { UsageError } from './problem.ts'

test('the published JSON Schema is the schema that is enforced', () => {
  const published = JSON.parse(readFileSync(new URL('../../doorward.schema.json', import.meta.url), 'utf8')) as unknown
  assert.deepEqual(
    published,
    JSON.parse(JSON.stringify(toJsonSchema(ConfigSchema, { errorMode: 'ignore' }))),
    'run: npm run schema',
  )
})

test('an issuer that nobody named is one that could have been named, at the port of the scheme, too', () => {
  for (const [scheme, port] of [
    ['http', 80],
    ['https', 443],
    ['http', 443],
    ['http', 8421],
  ] as const) {
    const issuer = issuerHere(scheme, port)
    assert.equal(checkIssuer(issuer), issuer)
  }
  assert.deepEqual([issuerHere('http', 80), issuerHere('https', 8443)], ['http://localhost', 'https://localhost:8443'])
})

test('the environment stands above the file', () => {
  const config = readConfig(undefined, {
    DOORWARD_ISSUER: 'https://a.example',
    DOORWARD_PORT: '1234',
    DOORWARD_DATABASE: 'x.sqlite',
    DOORWARD_HOST: '::1',
  })
  assert.deepEqual(
    [config.issuer, config.port, config.database, config.host],
    ['https://a.example', 1234, 'x.sqlite', '::1'],
  )
})

const TLS = { certificate: 'tls.pem', key: 'tls.key' }
const CLIENT = { id: 'a', redirectUris: ['https://a.example/'] }
const UPSTREAM = { name: 'a', upstream: 'http://a.example' }

const ISSUERS: readonly [string, boolean][] = [
  ['https://a.example', true],
  ['https://a.example/tenant', true],
  ['http://localhost:8421', true],
  ['http://127.0.0.1:1', true],
  ['http://[::1]:1', true],
  ['http://a.example', false],
  ['https://a.example/', false],
  ['https://a.example//tenant', false],
  ['https://a.example/a//b', false],
  ['https://a.example/?x', false],
  ['https://a.example#x', false],
  ['https://u:p@a.example', false],
  ['https://A.example', false],
  ['https://a.example:443', false],
  ['a.example', false],
]
for (const [issuer, good] of ISSUERS) {
  test(`${issuer} is ${good ? 'an' : 'no'} issuer [mcp-2026-07-28-g9, rfc8414-2-issuer]`, () => {
    if (good) assert.equal(checkIssuer(issuer), issuer)
    else assert.throws(() => checkIssuer(issuer), UsageError)
  })
}

const NETWORKS: readonly [string | undefined, string][] = [
  ['203.0.113.77', '203.0.113.0/24'],
  ['::ffff:203.0.113.77', '203.0.113.0/24'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1::/48'],
  ['nonsense', 'unknown'],
  [undefined, 'unknown'],
]
for (const [address, network] of NETWORKS) {
  test(`the network of ${address} is ${network}, and no person`, () => assert.equal(networkOf(address), network))
}

const CALLERS: readonly [string, string | undefined, string | null, string | undefined][] = [
  ['nobody in between', '203.0.113.7', null, '203.0.113.7'],
  ['a stranger who says that he is another', '203.0.113.7', '198.51.100.9', '203.0.113.7'],
  ['our proxy', '127.0.0.1', '203.0.113.7', '203.0.113.7'],
  ['our proxy, told by a stranger', '127.0.0.1', '198.51.100.9, 203.0.113.7', '203.0.113.7'],
  ['our proxy behind another of ours', '::1', '203.0.113.7, 127.0.0.1', '203.0.113.7'],
  ['our proxy, mapped into IPv6', '::ffff:127.0.0.1', '2001:db8::1', '2001:db8::1'],
  ['a proxy that says nothing', '127.0.0.1', null, '127.0.0.1'],
  ['a proxy that says nonsense', '127.0.0.1', 'unknown', '127.0.0.1'],
  ['a closed socket', undefined, '203.0.113.7', undefined],
]
for (const [title, peer, forwarded, caller] of CALLERS) {
  test(`the caller behind ${title} is ${caller}`, () =>
    assert.equal(callerOf(peer, forwarded, TRUSTED_PROXIES), caller))
}

const COUNTED: readonly [number, string | null, string][] = [
  [0, '203.0.113.7', '10.0.0.1'],
  [1, null, '10.0.0.1'],
  [1, '203.0.113.7', '203.0.113.7'],
  [1, '198.51.100.9, 203.0.113.7', '203.0.113.7'],
  [2, '198.51.100.9, 203.0.113.7, 10.0.0.2', '203.0.113.7'],
  [2, '203.0.113.7', '203.0.113.7'],
  [2, 'nonsense, 10.0.0.2', '10.0.0.2'],
  [1, '203.0.113.7:4711', '203.0.113.7'],
  [1, '[2001:db8::1]:4711', '2001:db8::1'],
]
for (const [proxies, forwarded, caller] of COUNTED) {
  test(`behind ${proxies} proxies that say ${forwarded}, the caller is ${caller}, whatever stands before`, () =>
    assert.equal(callerOf('10.0.0.1', forwarded, proxies), caller))
}

test('no MCP server can be put where this server has an address of its own', () => {
  const rooms = [
    '../authority/authority.ts',
    '../console/routes.ts',
    '../console/device-routes.ts',
    '../console/account-routes.ts',
  ]
  const text = rooms.map((file) => readFileSync(new URL(file, import.meta.url), 'utf8')).join()
  const served = [...text.matchAll(/(?:\$\{prefix\}|PATH = ')\/([a-z_-]+)/g)].map(([, segment]) => segment ?? '')
  assert.ok(served.length > 20)
  assert.deepEqual(
    served.filter((segment) => !OWN_PATHS.includes(segment)),
    [],
  )
})

const UNKNOWN: readonly (readonly [string, unknown, RegExp])[] = [
  [
    'at the top',
    { isuer: 'https://a.example' },
    /the key 'isuer' is not known; known there are \$schema, issuer, host,/,
  ],
  ['in a list', { resources: [{ scops: {} }] }, /'resources\.0\.scops' is not known; known there are .*\bscopes\b/],
  ['deeper', { tls: { certficate: 'a' } }, /'tls\.certficate' is not known; known there are .*\bcertificate\b/],
  [
    'where a word would do, too',
    { resources: [{ name: 'a', scopes: { a: { descripton: 'A' } } }] },
    /'resources\.0\.scopes\.a\.descripton' is not known; known there are description, includes, access\./,
  ],
  ['in one of several rules', { groups: { a: [{ scope: ['*'] }] } }, /'groups\.a\.0\.scope' is not known/],
]
for (const [where, config, message] of UNKNOWN) {
  test(`a key that is misspelt ${where} is refused with those that can stand there`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'doorward-config-'))
    const file = join(folder, 'doorward.config.json')
    writeFileSync(file, JSON.stringify(config))
    try {
      assert.throws(
        () => readConfig(file, {}),
        (error) => error instanceof UsageError && message.test(error.message),
      )
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
}

const SHAPES: readonly (readonly [string, unknown, RegExp])[] = [
  [
    'a word that a scope does not know',
    { resources: [{ name: 'a', scopes: { a: { description: 'A', access: 'rw' } } }] },
    /resources\.0\.scopes\.a\.access is "rw": .*"read" \| "write"/,
  ],
  ['what a rule for a group lacks', { groups: { a: {} } }, /groups\.a\.scopes is missing/],
  [
    'one name of a list',
    { policy: { senderConstraint: ['all'] } },
    /policy\.senderConstraint\.0 is "all": .*"claimed"/,
  ],
  ['the second client of one id', { clients: [CLIENT, CLIENT] }, /clients\.1 has the id 'a', as clients\.0 has; give/],
  [
    'keys of a statement issuer that anybody on the way could change',
    { registration: { statementIssuers: [{ issuer: 'https://a.example', jwksUri: 'http://a.example/keys' }] } },
    /statementIssuers\.0\.jwksUri is .* by https alone/,
  ],
  [
    'keys of an assertion issuer that anybody on the way could change',
    { assertionIssuers: [{ issuer: 'https://a.example', jwksUri: 'http://a.example/keys', people: {} }] },
    /assertionIssuers\.0\.jwksUri is .* by https alone/,
  ],
  ...['http', 'https', 'javascript', 'data', 'file', 'wss'].map(
    (scheme) =>
      [`the scheme ${scheme}`, { redirectSchemes: ['my-app', scheme] }, /redirectSchemes\.1 .* never allowed/] as const,
  ),
  ...['/', '//a', '/a/', '/a?', '/a b', '/../a', '/a/.'].map(
    (path) =>
      [
        `the path ${path}`,
        { resources: [{ ...UPSTREAM, path }] },
        /resources\.0\.path is .* like \/notes\/mcp/,
      ] as const,
  ),
]

for (const path of ['/a', '/a/b', '/.a', '/a..b/c']) {
  test(`an MCP server can be served at ${path}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'doorward-config-'))
    const file = join(folder, 'doorward.config.json')
    writeFileSync(file, JSON.stringify({ resources: [{ ...UPSTREAM, path }] }))
    assert.equal(readConfig(file, {}).resources?.[0]?.path, path)
    rmSync(folder, { recursive: true })
  })
}

const UNREAD: readonly (readonly [string, (path: string) => unknown])[] = [
  ['config file', (path) => readConfig(path, {})],
  ['file', (path) => readText(path)],
]
for (const [what, read] of UNREAD) {
  test(`a ${what} that cannot be read is told with what the system has against it`, () => {
    for (const [path, words] of [
      [join(tmpdir(), 'doorward-nowhere'), 'ENOENT: no such file or directory'],
      [tmpdir(), 'EISDIR: illegal operation on a directory'],
    ] as const) {
      const told = `The ${what} '${path}'`
      assert.throws(
        () => read(path),
        (error) =>
          error instanceof UsageError &&
          error.message.startsWith(told) &&
          error.message.includes(` cannot be read (${words}); put it there, for the user that runs Doorward, or `),
      )
    }
  })
}

const PROXIES: readonly (readonly [string, boolean])[] = [
  ['http://ada:geheim@proxy.example:3128', true],
  ['https://ada:geheim@proxy.example:3128', false],
  ['socks5://ada:geheim@proxy.example', false],
]
for (const [egressProxy, isTaken] of PROXIES) {
  test(`an egress proxy at ${egressProxy.split(':')[0]}:// is ${isTaken ? 'taken' : 'refused, without its password'}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'doorward-config-'))
    const file = join(folder, 'doorward.config.json')
    writeFileSync(file, JSON.stringify({ egressProxy }))
    try {
      if (isTaken) assert.equal(readConfig(file, {}).egressProxy, egressProxy)
      else
        assert.throws(
          () => readConfig(file, {}),
          (error) =>
            error instanceof UsageError &&
            /egressProxy is no http address; give that of an HTTP proxy/.test(error.message) &&
            !error.message.includes('geheim'),
        )
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
}

const LABEL = { type: 'string', label: 'To' }
const TYPES: readonly (readonly [string, unknown, RegExp])[] = [
  ['no type at all', {}, /authorizationDetailsTypes is \{\}/],
  ['a type without words', { a: { fields: {} } }, /description is missing/],
  ['a type with a space', { 'a b': { description: 'A', fields: {} } }, /a type has no spaces/],
  ['a field without words', { a: { description: 'A', fields: { to: { type: 'string' } } } }, /label is missing/],
  [
    'a field of an unknown type',
    { a: { description: 'A', fields: { to: { ...LABEL, type: 'date' } } } },
    /type is "date"/,
  ],
  ['a field named type', { a: { description: 'A', fields: { type: LABEL } } }, /'type' is taken/],
  [
    'an unknown key',
    { a: { description: 'A', fields: { to: { ...LABEL, minLength: 1 } } } },
    /minLength' is not known/,
  ],
  [
    'a number with a length',
    { a: { description: 'A', fields: { to: { ...LABEL, type: 'number', maxLength: 1 } } } },
    /maxLength' is not known/,
  ],
  [
    'text of any length',
    { a: { description: 'A', fields: { to: { ...LABEL, maxLength: 5000 } } } },
    /maxLength is 5000/,
  ],
  ['no word that it may be', { a: { description: 'A', fields: { to: { ...LABEL, enum: [] } } } }, /enum is \[\]/],
  [
    'fields in fields in fields',
    {
      a: {
        description: 'A',
        fields: { b: { type: 'object', fields: { c: { type: 'object', fields: { d: LABEL } } } } },
      },
    },
    /type is "object"/,
  ],
]
for (const [what, types, message] of TYPES) {
  test(`a config whose authorization details have ${what} is refused by key, value and mend`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'doorward-config-'))
    const file = join(folder, 'doorward.config.json')
    const resource = { name: 'A', resource: 'https://a.example/mcp', authorizationDetailsTypes: types }
    writeFileSync(file, JSON.stringify({ resources: [resource] }))
    try {
      assert.throws(
        () => readConfig(file, {}),
        (error) => error instanceof UsageError && message.test(error.message),
      )
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
}

const SERVER = { name: 'A', resource: 'https://a.example/mcp' }
const LISTS: readonly (readonly [string, object])[] = [
  ['resources.0.scopes', { resources: [{ ...SERVER, scopes: ['notes:read'] }] }],
  ['resources.0.scopes', { resources: [{ ...SERVER, scopes: [] }] }],
  ['resources.0.tools', { resources: [{ ...SERVER, tools: [['notes:read']] }] }],
  [
    'resources.0.authorizationDetailsTypes',
    { resources: [{ ...SERVER, authorizationDetailsTypes: [{ description: 'A', fields: {} }] }] },
  ],
  [
    'resources.0.authorizationDetailsTypes.a.fields',
    { resources: [{ ...SERVER, authorizationDetailsTypes: { a: { description: 'A', fields: [LABEL] } } }] },
  ],
  ['groups', { groups: [{ scopes: ['*'] }] }],
  ['policy.assurance', { policy: { assurance: ['ask'] } }],
  ['policy.neverScopes', { policy: { neverScopes: [['notes:write']] } }],
  [
    'resources.0.exchanges.0.scopes',
    { resources: [{ ...SERVER, exchanges: [{ to: 'https://b.example/mcp', scopes: [['mail']] }] }] },
  ],
  [
    'assertionIssuers.0.workloads.0.claims',
    {
      assertionIssuers: [
        {
          issuer: 'https://ci.example',
          workloads: [{ name: 'ci', claims: ['main'], resource: SERVER.resource, scopes: ['mail'] }],
        },
      ],
    },
  ],
]
for (const [key, config] of LISTS) {
  test(`a list for ${key}, which goes by names, makes nothing named 0: ${JSON.stringify(config)}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'doorward-config-'))
    const file = join(folder, 'doorward.config.json')
    writeFileSync(file, JSON.stringify(config))
    try {
      assert.throws(
        () => readConfig(file, {}),
        (error) =>
          error instanceof UsageError &&
          error.message.includes(`${key} is [`) &&
          error.message.includes('Expected Object but received Array; see doorward.schema.json'),
      )
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
}

const RUNNING: readonly (readonly [string, object, RegExp])[] = [
  ['no worker', { workers: 0 }, /workers is 0/],
  ['half a worker', { workers: 1.5 }, /workers is 1\.5/],
  ['workers without number', { workers: 'many' }, /workers is "many"/],
  ['a time that ran backwards', { drainSeconds: -1 }, /drainSeconds is -1/],
  ['a network without a mask', { trustedProxies: ['10.0.0.0'] }, /trustedProxies/],
  ['fewer proxies than none', { trustedProxies: -1 }, /trustedProxies is -1/],
  [
    'certificates by the header of proxies that are only counted',
    { trustedProxies: 1, mtls: { header: { name: 'client-cert', format: 'client-cert' } } },
    /name their networks/,
  ],
]

const MTLS: readonly (readonly [string, object, RegExp])[] = [
  [
    'a client with a secret, which nobody would be told',
    { clients: [{ ...CLIENT, authentication: 'client_secret_basic' }] },
    /clients\.0 .*doorward client add --id/,
  ],
  ['a listener for certificates without TLS', { mtls: { port: 8443 } }, /under tls/],
  ['neither a listener nor a header', { mtls: {} }, /either port .* or header/],
  [
    'both a listener and a header',
    { tls: TLS, mtls: { port: 8443, header: { name: 'client-cert', format: 'client-cert' } } },
    /either port .* or header/,
  ],
  ['a header in a format that nobody knows', { mtls: { header: { name: 'x', format: 'pem' } } }, /format/],
  ['an origin with a path', { tls: TLS, mtls: { port: 8443, origin: 'https://a.example/x' } }, /origin/],
  ['an origin without TLS', { tls: TLS, mtls: { port: 8443, origin: 'http://a.example' } }, /origin/],
  ['TLS with an issuer that has none', { issuer: 'http://localhost:1', tls: TLS }, /https/],
  [
    'a client with a certificate that nobody may have issued',
    { tls: TLS, mtls: { port: 8443 }, clients: [{ ...CLIENT, authentication: 'tls_client_auth' }] },
    /mtls\.authorities/,
  ],
  [
    'a client with a certificate, and no way for it to come',
    { clients: [{ ...CLIENT, authentication: 'self_signed_tls_client_auth' }] },
    /under mtls/,
  ],
  ['a client with bound tokens, and no way', { clients: [{ ...CLIENT, certificateBoundTokens: true }] }, /under mtls/],
  [
    'a resource for bound tokens, and no way',
    { resources: [{ name: 'a', path: '/mcp', upstream: 'http://a.example', senderConstraint: 'certificate' }] },
    /under mtls/,
  ],
]
for (const name of ['authorization', 'cookie', 'dpop', 'mcp-session-id', 'host', 'transfer-encoding']) {
  test(`no config makes the gateway pass on '${name}' [mcp-2026-07-28-rs15, mcp-2026-07-28-gw8]`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'doorward-config-'))
    const file = join(folder, 'doorward.config.json')
    const server = { name: 'a', path: '/mcp', upstream: 'http://a.example' }
    writeFileSync(file, JSON.stringify({ resources: [{ ...server, forwardHeaders: ['x-project', name] }] }))
    assert.throws(
      () => readConfig(file, {}),
      (error) => error instanceof UsageError && /forwardHeaders\.1 .*take it off the list/.test(error.message),
    )
    rmSync(folder, { recursive: true })
  })
}

for (const [title, config, words] of [...SHAPES, ...RUNNING, ...MTLS]) {
  test(`${title} is a mistake that is told at the start`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'doorward-config-'))
    const file = join(folder, 'doorward.config.json')
    writeFileSync(file, JSON.stringify(config))
    assert.throws(
      () => readConfig(file, {}),
      (error) => error instanceof UsageError && words.test(error.message),
    )
    rmSync(folder, { recursive: true })
  })
}
