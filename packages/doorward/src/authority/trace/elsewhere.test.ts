import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StoredEvent } from '../../store/store.ts'
import { attemptsOf } from './attempts.ts'
import { withElsewhere } from './elsewhere.ts'

const START = 1_800_000_000_000
const LATER = START + 3 * 3_600_000
const HOME = '203.0.113.0/24'
const ISSUER = 'http://localhost:8421'

type Told = Partial<StoredEvent> & { readonly type: StoredEvent['type'] }

/** Events one second apart, each with a reference of its own. */
function story(told: readonly Told[], from = START): StoredEvent[] {
  return told.map((event, i) => ({
    id: from - START + i + 1,
    at: from + i * 1000,
    outcome: 'allowed',
    reason: 'x',
    network: HOME,
    correlation: `VISIT${from + i}`,
    ...event,
  }))
}

const challenge: Told = {
  type: 'access.refused',
  outcome: 'refused',
  reason: 'no_credentials',
  resource: `${ISSUER}/mcp`,
  correlation: 'CAME',
}
const read: Told = { type: 'metadata.read', detail: { document: 'server' } }
const differs = (more: Partial<StoredEvent> = {}, host = 'localhost:3443'): StoredEvent =>
  ({
    ...story([{ type: 'host.differs', detail: { host, issuer: ISSUER }, correlation: 'CAME' }])[0],
    ...more,
  }) as StoredEvent
const registered: Told = { type: 'client.registered', client: 'dwc_a' }

const GAVE_UP = [challenge, read]
const WENT_ON = [challenge, read, registered]
const EARLIER = { correlation: 'EARLIER', at: START - 1_800_000 }

const FOUND: readonly (readonly [string, readonly Told[], StoredEvent, string | undefined])[] = [
  ['gave up, and one of its own requests came elsewhere', GAVE_UP, differs(), 'certain'],
  ['gave up at the first answer', [challenge], differs(), 'certain'],
  ['gave up, within the hour in which a host is told of once', GAVE_UP, differs(EARLIER), 'guess'],
  ['registered all the same', WENT_ON, differs(), undefined],
  ['gave up long after', GAVE_UP, differs({ ...EARLIER, at: START - 3_600_001 }), undefined],
  ['gave up before', GAVE_UP, differs({ ...EARLIER, at: START + 60_000 }), undefined],
  ['gave up in another network', GAVE_UP, differs({ ...EARLIER, network: '198.51.100.0/24' }), undefined],
  [
    'gave up at the MCP server of another issuer',
    [{ ...challenge, resource: 'http://localhost:8422/mcp' }, read],
    differs(EARLIER),
    undefined,
  ],
  ['gave up, where the host is none', GAVE_UP, differs({}, 'call 555 at once'), undefined],
]
for (const [title, told, other, join] of FOUND) {
  test(`another address is ${join ?? 'no'} cause of an attempt that ${title} [doorward-trace, q22]`, () => {
    const [attempt, ...others] = withElsewhere(attemptsOf(story(told), LATER), [other])
    const elsewhere = join && { host: 'localhost:3443', issuer: ISSUER, join }
    assert.deepEqual([attempt?.elsewhere, others], [elsewhere, []])
  })
}

test('an address by which somebody connected is not suspected of what stopped others [doorward-trace, q22]', () => {
  const attempts = attemptsOf(
    [...story(WENT_ON), ...story([{ ...challenge, correlation: 'OTHER' }], START + 120_000)],
    LATER,
  )
  assert.deepEqual(
    withElsewhere(attempts, [differs()]).map(({ stoppedAt, elsewhere }) => [stoppedAt, elsewhere]),
    [
      ['challenge', undefined],
      ['registration', undefined],
    ],
  )
})
