import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AuditEvent } from '@doorward/core/kernel/audit'
import { strangeHosts } from './strange-hosts.ts'

const VISIT = { correlation: 'c', network: 'n' }

function told(origins: readonly string[], hosts: readonly string[]): string[] {
  const events: AuditEvent[] = []
  const look = strangeHosts(
    origins.map((origin) => new URL(origin)),
    (event) => events.push(event),
    () => 0,
  )
  for (const host of hosts) look(new Request('http://x/', { headers: { host } }), VISIT)
  return events.map(({ detail }) => String(detail?.host))
}

const OWN: readonly (readonly [string, string])[] = [
  ['https://door.example', 'door.example'],
  ['https://door.example', 'door.example:443'],
  ['https://door.example', 'DOOR.Example'],
  ['https://door.example:8443', 'door.example:8443'],
  ['https://door.example/tenant', 'door.example'],
  ['http://localhost', 'localhost:80'],
]
for (const [origin, host] of OWN)
  test(`${host} is a name of ${origin} [q22]`, () => assert.deepEqual(told([origin], [host]), []))

const STRANGE: readonly (readonly [string, string])[] = [
  ['https://door.example', 'door.example:80'],
  ['https://door.example', 'door.example:8443'],
  ['https://door.example:8443', 'door.example'],
  ['https://door.example', 'door.example.evil.example'],
  ['https://door.example', '127.0.0.1:8421'],
]
for (const [origin, host] of STRANGE)
  test(`${host} is not a name of ${origin}, and is told [q22]`, () => assert.deepEqual(told([origin], [host]), [host]))

test('each strange host is told once, however it is written; of a flood a few are, and not at any length [q22]', () => {
  assert.deepEqual(told(['https://a.example'], ['b.example', 'B.example', 'b.example']), ['b.example'])
  assert.deepEqual(told(['https://a.example', 'https://m.example'], ['m.example', 'a.example']), [])
  const flood = told(
    ['https://a.example'],
    Array.from({ length: 1000 }, (_, i) => `${'x'.repeat(300)}${i}`).concat(
      Array.from({ length: 1000 }, (_, i) => `h${i}`),
    ),
  )
  assert.equal(flood.length, 20)
  assert.ok(flood.every((host) => host.length <= 255))
})

test('each hour it is told anew, however many hosts were made up before [q22]', () => {
  const events: AuditEvent[] = []
  let seconds = 1_000_000
  const look = strangeHosts(
    [new URL('https://a.example')],
    (event) => events.push(event),
    () => seconds,
  )
  const told = (host: string): boolean => {
    const before = events.length
    look(new Request('http://x/', { headers: { host } }), VISIT)
    return events.length > before
  }
  for (let i = 0; i < 20; i++) assert.ok(told(`${i}.example`))
  seconds += 3599
  assert.equal(told('old-name.example'), false)
  seconds += 1
  assert.equal(told('a.example'), false)
  assert.deepEqual([told('old-name.example'), told('old-name.example')], [true, false])
  seconds += 3600
  assert.equal(told('old-name.example'), true)
  assert.deepEqual([...new Set(events.map(({ type }) => type))], ['host.differs'])
})
