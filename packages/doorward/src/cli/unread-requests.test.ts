import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AuditEvent } from '@doorward/core/kernel/audit'
import { unreadRequests } from './unread-requests.ts'

test('what could not be read is told once of each network and reason; of a flood a few are, and one reason hides no other [doorward-unread-told]', () => {
  const events: AuditEvent[] = []
  let seconds = 1_000_000
  const tell = unreadRequests(
    (event) => events.push(event),
    () => seconds,
  )
  tell('http_malformed', '192.0.2.1')
  tell('http_malformed', '192.0.2.99')
  tell('http_too_slow', '192.0.2.1')
  tell('http_path', undefined)
  assert.deepEqual(
    events.map(({ type, outcome, reason, network }) => [type, outcome, reason, network]),
    [
      ['request.refused', 'refused', 'http_malformed', '192.0.2.0/24'],
      ['request.refused', 'refused', 'http_too_slow', '192.0.2.0/24'],
      ['request.refused', 'refused', 'http_path', 'unknown'],
    ],
  )
  for (let i = 0; i < 5000; i++) tell('http_malformed', `10.${i >> 8}.${i & 255}.1`)
  assert.equal(events.filter(({ reason }) => reason === 'http_malformed').length, 20)
  tell('http_headers_too_large', '10.0.0.1')
  assert.equal(events.at(-1)?.reason, 'http_headers_too_large')
  const before = events.length
  seconds += 3599
  tell('http_malformed', '198.51.100.1')
  assert.equal(events.length, before)
  seconds += 1
  tell('http_malformed', '198.51.100.1')
  assert.equal(events.length, before + 1)
})
