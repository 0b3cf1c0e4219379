import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { judgeTools, proposeScopes } from './propose-scopes.ts'

const HINTS: readonly [string, Record<string, unknown>, string, string][] = [
  ['no hints', {}, 'tools:destructive', 'nothing'],
  ['that it only reads', { readOnlyHint: true }, 'tools:read', 'only reads'],
  [
    'that it only reads and does not destroy',
    { readOnlyHint: true, destructiveHint: false },
    'tools:read',
    'only reads',
  ],
  [
    'that it only reads and destroys',
    { readOnlyHint: true, destructiveHint: true },
    'tools:destructive',
    'only reads, may destroy',
  ],
  ['that it changes things', { readOnlyHint: false }, 'tools:destructive', 'changes things'],
  ['that it does not destroy', { destructiveHint: false }, 'tools:write', 'does not destroy'],
  [
    'that it may destroy',
    { destructiveHint: true, idempotentHint: true },
    'tools:destructive',
    'may destroy, may be repeated',
  ],
  [
    'that it reaches other systems',
    { readOnlyHint: true, openWorldHint: true },
    'tools:read',
    'only reads, reaches other systems',
  ],
  ['hints that are no booleans', { readOnlyHint: 'true', destructiveHint: 0 }, 'tools:destructive', 'nothing'],
]
for (const [title, annotations, scope, said] of HINTS) {
  test(`a tool with ${title} is proposed for ${scope} [doorward-proposal]`, () => {
    assert.deepEqual(judgeTools([{ name: 't', annotations }]), [{ name: 't', scope, said }])
  })
}

const READ = { readOnlyHint: true }
const ADD = { destructiveHint: false }

test('each scope contains the milder ones that are in use, and clients begin with the mildest [doorward-proposal]', () => {
  const tools = judgeTools([
    { name: 'list', annotations: READ },
    { name: 'add', annotations: ADD },
    { name: 'wipe', annotations: {} },
  ])
  assert.deepEqual(proposeScopes('Notes', tools), {
    scopes: {
      'tools:read': { description: 'Use the tools of Notes that only read', access: 'read' },
      'tools:write': {
        description: 'Use the tools of Notes that add or change things',
        access: 'write',
        includes: ['tools:read'],
      },
      'tools:destructive': {
        description: 'Use the tools of Notes that may overwrite or delete things',
        access: 'write',
        includes: ['tools:write'],
      },
    },
    defaultScopes: ['tools:read'],
    tools: { list: ['tools:read'], add: ['tools:write'], wipe: ['tools:destructive'] },
  })
  const { scopes, defaultScopes } = proposeScopes('Notes', tools.slice(0, 1).concat(tools.slice(2)))
  assert.deepEqual(scopes['tools:destructive']?.includes, ['tools:read'])
  assert.deepEqual(defaultScopes, ['tools:read'])
  assert.deepEqual(proposeScopes('Notes', tools.slice(2)).defaultScopes, ['tools:destructive'])
})

test('a tool that stands twice is taken at its worst, in either order [doorward-proposal]', () => {
  const twice = [READ, {}].map((annotations) => ({ name: 't', annotations }))
  for (const tools of [twice, twice.toReversed()]) assert.equal(judgeTools(tools)[0]?.scope, 'tools:destructive')
})

test('no tool can speak for others by its name, nor hide in one that no file can hold [doorward-proposal]', () => {
  const names = ['*', '__proto__', 'constructor', 'prototype', 'x'.repeat(201)]
  const tools = judgeTools(names.map((name) => ({ name, annotations: READ })))
  assert.deepEqual(
    tools.map(({ scope }) => scope),
    names.map(() => undefined),
  )
  assert.deepEqual(proposeScopes('x', tools), { scopes: {}, defaultScopes: [], tools: {} })
})

test('whatever a server says of its tools, each that can be named is mapped to a scope that is described', () => {
  const annotations = fc.dictionary(fc.constantFrom('readOnlyHint', 'destructiveHint', 'openWorldHint'), fc.jsonValue())
  fc.assert(
    fc.property(fc.array(fc.record({ name: fc.string({ minLength: 1 }), annotations })), (tools) => {
      const judged = judgeTools(tools)
      const { scopes, tools: mapping } = proposeScopes('x', judged)
      for (const { name, scope } of judged) {
        if (scope === undefined) assert.ok(!Object.hasOwn(mapping, name))
        else assert.ok(Object.hasOwn(scopes, mapping[name]?.[0] ?? ''))
      }
    }),
  )
})
