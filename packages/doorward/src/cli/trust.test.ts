import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Exchange, ResourceSettings } from '../authority/context.ts'
import { UsageError } from './problem.ts'
import { checkScopeNames, trustOf } from './trust.ts'
import type { AssertionIssuerConfig } from './trust-schema.ts'

const scopes = { read: { description: 'Read' }, write: { description: 'Write' } }
const NOTES: ResourceSettings = { uri: 'https://d.example/notes', name: 'Notes', scopes, defaultScopes: ['read'] }
const FILES: ResourceSettings = { ...NOTES, uri: 'https://d.example/files', name: 'Files' }
const KEYS = { jwks: { keys: [{}] } }
const CI = 'https://ci.example'
const deploy = { name: 'deploy', claims: { repository: 'acme/site' }, resource: NOTES.uri, scopes: ['read'] }

const trust = (exchange?: Exchange, issuers: AssertionIssuerConfig[] = []) =>
  trustOf([{ ...NOTES, ...(exchange === undefined ? {} : { exchanges: [exchange] }) }, FILES], issuers)

test('whom an operator trusts is taken as written', () => {
  const issuers: AssertionIssuerConfig[] = [
    { issuer: 'https://corp.example', jwksUri: 'https://corp.example/keys', people: {} },
    { issuer: CI, ...KEYS, workloads: [deploy] },
  ]
  assert.deepEqual(trust({ to: FILES.uri, scopes: { read: ['read'] } }, issuers), issuers)
})

const EXCHANGES: readonly (readonly [string, Exchange, RegExp])[] = [
  [
    'for a server that is not there',
    { to: 'https://d.example/x', scopes: { read: ['read'] } },
    /not served here; known: /,
  ],
  ['for the server itself', { to: NOTES.uri, scopes: { read: ['read'] } }, /names the resource itself/],
  [
    'of a scope that is not there',
    { to: FILES.uri, scopes: { all: ['read'] } },
    /scope 'all', which https:..d.example.notes does not/,
  ],
  [
    'for a scope that is not there',
    { to: FILES.uri, scopes: { read: ['all'] } },
    /scope 'all', which https:..d.example.files does not/,
  ],
]
for (const [title, exchange, words] of EXCHANGES) {
  test(`an exchange ${title} is a mistake, told with its place`, () => {
    assert.throws(
      () => trust(exchange),
      (error) => error instanceof UsageError && words.test(error.message),
    )
  })
}

const ISSUERS: readonly (readonly [string, AssertionIssuerConfig[], RegExp])[] = [
  ['without keys', [{ issuer: CI, workloads: [deploy] }], /assertionIssuers.0 has to have either jwks or jwksUri/],
  [
    'with two sources of keys',
    [{ issuer: CI, ...KEYS, jwksUri: `${CI}/keys`, workloads: [deploy] }],
    /either jwks or jwksUri/,
  ],
  ['trusted with nothing', [{ issuer: CI, ...KEYS }], /trusted with nothing; add people or workloads/],
  [
    'that stands twice',
    [
      { issuer: CI, ...KEYS, people: {} },
      { issuer: CI, ...KEYS, people: {} },
    ],
    /assertionIssuers.1 names https:..ci.example, which stands above/,
  ],
  [
    'with two workloads of one name',
    [{ issuer: CI, ...KEYS, workloads: [deploy, deploy] }],
    /second workload 'deploy'/,
  ],
  [
    'with a workload for a server that is not there',
    [{ issuer: CI, ...KEYS, workloads: [{ ...deploy, resource: CI }] }],
    /not served here/,
  ],
  [
    'with a workload of a scope that is not there',
    [{ issuer: CI, ...KEYS, workloads: [{ ...deploy, scopes: ['all'] }] }],
    /scope 'all'/,
  ],
]
for (const [title, issuers, words] of ISSUERS) {
  test(`an assertion issuer ${title} is a mistake, told with its place`, () => {
    assert.throws(
      () => trust(undefined, issuers),
      (error) => error instanceof UsageError && words.test(error.message),
    )
  })
}

const NAMED: readonly (readonly [string, Parameters<typeof checkScopeNames>[1], RegExp])[] = [
  [
    'a prohibition',
    { policy: { neverScopes: { claimed: ['wirte'] } } },
    /^policy\.neverScopes\.claimed names the scope 'wirte'/,
  ],
  ['a client', { clients: [{ id: 'a', scope: 'read all' }] }, /^clients\.0\.scope names the scope 'all'/],
  [
    'the people of an issuer',
    { assertionIssuers: [{ issuer: CI, ...KEYS, people: { scopes: ['all'] } }] },
    /^assertionIssuers\.0\.people\.scopes names the scope 'all', which no resource has; known: read, write/,
  ],
]
for (const [title, config, words] of NAMED) {
  test(`a scope of ${title} that no resource has is a mistake, told with those that there are`, () => {
    assert.throws(
      () => checkScopeNames([NOTES], config),
      (error) => error instanceof UsageError && words.test(error.message),
    )
  })
}

test('scopes that resources have, and those of this server itself, may be named', () => {
  checkScopeNames([NOTES], { clients: [{ id: 'a', scope: 'read write offline_access doorward:admin' }] })
})
