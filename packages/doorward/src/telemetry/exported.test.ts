import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AuditEvent } from '@doorward/core/kernel/audit'
import fc from 'fast-check'
import { exportedEvent } from './exported.ts'

const EVENT: AuditEvent = { type: 'token.refused', outcome: 'refused', reason: 'code_expired' }

test('an event leaves with who, what, why and the reference, and without what strangers wrote', () => {
  const event: AuditEvent = {
    ...EVENT,
    correlation: '0123456789',
    actor: 'dwu_1',
    client: 'https://client.example/metadata.json',
    resource: 'https://door.example/mcp',
    grant: 'f'.repeat(32),
    network: '203.0.113.0/24',
    detail: {
      what: 'their words',
      path: '/their/path',
      fault: 'database said',
      host: 'theirs',
      scope: 'read',
      count: 3,
    },
  }
  assert.deepEqual(exportedEvent(event), {
    ...EVENT,
    correlation: '0123456789',
    actor: 'dwu_1',
    client: 'https://client.example/metadata.json',
    resource: 'https://door.example/mcp',
    grant: 'f'.repeat(32),
    network: '203.0.113.0/24',
    'detail.scope': 'read',
    'detail.count': 3,
  })
})

const WITHHELD: readonly [string, string][] = [
  ['an address of a person', 'ada@example.com'],
  ['a code', 'dwa_c2VjcmV0'],
  ['a client secret', 'dws_c2VjcmV0'],
  ['a refresh token', 'dwr_c2VjcmV0'],
  ['an invite', 'dwi_c2VjcmV0'],
  ['a management token', 'dwm_c2VjcmV0'],
  ['a device code', 'dwd_c2VjcmV0'],
  ['a JWT', 'eyJhbGciOiJFUzI1NiJ9.e30.c2ln'],
  ['an address with a token in it', 'https://client.example/?token=eyJhbGciOiJFUzI1NiJ9.e30.c2ln'],
]

for (const [what, text] of WITHHELD) {
  test(`a client that calls itself ${what} is not passed on by that name [doorward-telemetry-secrets]`, () => {
    assert.equal(exportedEvent({ ...EVENT, client: text }).client, '(withheld)')
    assert.equal(exportedEvent({ ...EVENT, detail: { scope: text } })['detail.scope'], '(withheld)')
  })
}

test('whatever an event holds, what leaves is flat, bounded and of few names', () => {
  const detail = fc.dictionary(fc.string(), fc.oneof(fc.string({ maxLength: 5000 }), fc.integer(), fc.boolean()))
  fc.assert(
    fc.property(fc.string({ maxLength: 5000 }), detail, (client, more) => {
      const told = exportedEvent({ ...EVENT, client, detail: more })
      assert.ok(Object.keys(told).length <= 9 + 19)
      for (const value of Object.values(told)) assert.ok(typeof value !== 'string' || value.length <= 200)
    }),
  )
})
