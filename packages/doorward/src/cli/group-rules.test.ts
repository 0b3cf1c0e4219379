import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ResourceSettings } from '../authority/context.ts'
import { groupRulesOf, unspokenGroups } from './group-rules.ts'
import type { GroupsConfig } from './groups-schema.ts'
import { UsageError } from './problem.ts'

const resource = (uri: string, ...scopes: string[]): ResourceSettings => ({
  uri,
  name: uri,
  scopes: Object.fromEntries(scopes.map((scope) => [scope, { description: scope }])),
  defaultScopes: [],
})
const NOTES = 'https://door.example/notes'
const FILES = 'https://files.example/mcp'
const RESOURCES = [resource(NOTES, 'read', 'write'), resource(FILES, 'read', 'share')]

const READINGS: readonly (readonly [string, GroupsConfig, Record<string, readonly (readonly [string, string])[]>])[] = [
  ['no rules', {}, {}],
  ['a rule by path', { staff: { resources: ['/notes'], scopes: ['read'] } }, { [NOTES]: [['staff', 'read']] }],
  ['a rule by URI', { staff: { resources: [FILES], scopes: ['share'] } }, { [FILES]: [['staff', 'share']] }],
  [
    'a rule for all servers, each of which has what it has of it',
    { '*': { scopes: ['read', 'share'] } },
    { [NOTES]: [['*', 'read']], [FILES]: [['*', 'read share']] },
  ],
  ['every scope', { staff: { resources: ['/notes'], scopes: ['*'] } }, { [NOTES]: [['staff', 'read write']] }],
  [
    'several rules for one group and one server',
    {
      'okta/dev': [
        { resources: ['/notes'], scopes: ['read'] },
        { resources: [NOTES, FILES], scopes: ['read'] },
      ],
    },
    {
      [NOTES]: [
        ['okta/dev', 'read'],
        ['okta/dev', 'read'],
      ],
      [FILES]: [['okta/dev', 'read']],
    },
  ],
]
for (const [title, config, expected] of READINGS) {
  test(`${title} is read as it is meant [doorward-groups]`, () => {
    const read = [...groupRulesOf(RESOURCES, config)].map(([uri, rules]) => [
      uri,
      rules.map(({ group, scopes }) => [group, scopes.join(' ')]),
    ])
    assert.deepEqual(Object.fromEntries(read), expected)
  })
}

const MISTAKES: readonly (readonly [string, GroupsConfig, RegExp])[] = [
  ['a server that there is not', { staff: { resources: ['/nots'], scopes: ['read'] } }, /names the resource \/nots/],
  ['a scope that no server has', { staff: { scopes: ['reed'] } }, /names the scope 'reed'/],
  ['a scope that one of the named lacks', { staff: { resources: [NOTES, FILES], scopes: ['share'] } }, /'share'/],
  ['a group whose name begins with a space', { ' staff': { scopes: ['read'] } }, /begins or ends with a space/],
]
for (const [title, config, message] of MISTAKES) {
  test(`a rule of ${title} does not start [doorward-groups]`, () => {
    assert.throws(
      () => groupRulesOf(RESOURCES, config),
      (error) => error instanceof UsageError && message.test(error.message),
    )
  })
}

test('a group of a provider that the config does not have gives nothing, and opens nothing to others [doorward-provider-groups]', () => {
  const config = {
    'okta/dev': { resources: ['/notes'], scopes: ['*'] },
    'entra/ops': { scopes: ['read'] },
    staff: { scopes: ['read'] },
  }
  const unspoken = unspokenGroups(config, ['entra'])
  assert.deepEqual(unspoken, ['okta/dev'])
  const rules = groupRulesOf(RESOURCES, { 'okta/dev': config['okta/dev'] }, unspoken)
  // It stands in a rule still: for nobody, and not for everybody.
  assert.deepEqual([...rules], [[NOTES, []]])
  assert.deepEqual(unspokenGroups(config, ['entra', 'okta']), [])
})
