import assert from 'node:assert/strict'
import type { AuditEvent } from '@doorward/core/kernel/audit'
import type { Store } from './store.ts'
import { ROWS_TOGETHER } from './sweep.ts'

const START = 1_800_000_000_000
const EVER = { types: ['sign-out', 'token.issued', 'access.allowed'], since: 0, until: START * 2, limit: 100 } as const

function told(type: AuditEvent['type'], more: Partial<AuditEvent> & { at?: number } = {}) {
  return { type, outcome: 'allowed' as const, reason: 'x', at: START, ...more }
}

/** The promises about reading what happened as a story. */
export function storyPromises(promise: (title: string, body: (store: Store) => Promise<void>) => void): void {
  promise('an event keeps the time at which it happened, however long it waited to be written', async (store) => {
    await store.events.append([told('sign-out', { at: START - 5000 })])
    assert.equal((await store.events.list({ limit: 1 }))[0]?.at, START - 5000)
  })

  promise('a story is found by any of its names, the newest first, and by nothing like them', async (store) => {
    await store.events.append([
      told('sign-out', { reason: 'reference', correlation: 'ABC0' }),
      told('token.issued', { reason: 'flow', correlation: 'XYZ', detail: { flow: 'ABC0' } }),
      told('token.issued', { reason: 'longer', correlation: 'XYZ', detail: { flow: 'ABC00' } }),
      told('sign-out', { reason: 'grant', grant: 'g1' }),
      told('sign-out', { reason: 'client', client: 'dwc_a' }),
      told('sign-out', { reason: 'network', network: '203.0.113.0/24' }),
      told('consent.denied', { reason: 'type', client: 'dwc_a' }),
    ])
    const reasons = async (about: Parameters<Store['stories']['events']>[0]['about']) =>
      (await store.stories.events({ ...EVER, ...(about === undefined ? {} : { about }) })).map(({ reason }) => reason)
    assert.deepEqual(await reasons({ references: ['ABC0'] }), ['flow', 'reference'])
    assert.deepEqual(await reasons({ references: ['ABC%', 'ABC_'] }), [])
    assert.deepEqual(await reasons({ grants: ['g1'], clients: ['dwc_a'] }), ['client', 'grant'])
    assert.deepEqual(await reasons({ networks: ['203.0.113.0/24'] }), ['network'])
    assert.deepEqual(await reasons({}), [])
    assert.equal((await reasons(undefined)).length, 6)
  })

  promise('a story has a beginning, an end and a length', async (store) => {
    await store.events.append([0, 1, 2, 3].map((i) => told('sign-out', { reason: String(i), at: START + i * 60_000 })))
    const between = await store.stories.events({ ...EVER, since: START + 60_000, until: START + 180_000 })
    assert.deepEqual(
      between.map(({ reason }) => reason),
      ['2', '1'],
    )
    assert.deepEqual((await store.stories.events({ ...EVER, limit: 1 })).length, 1)
  })

  promise('of each grant the first call that came through is found, however many there were', async (store) => {
    await store.events.append([
      told('access.allowed', { grant: 'g1', reason: 'first' }),
      told('access.allowed', { grant: 'g1', reason: 'second' }),
      told('access.allowed', { grant: 'g2', reason: 'other' }),
      told('access.refused', { grant: 'g3', outcome: 'refused' }),
    ])
    const reasons = async (grants: readonly string[]) =>
      (await store.stories.firstCalls(grants)).map(({ reason }) => reason)
    assert.deepEqual(await reasons(['g1', 'g3']), ['first'])
    assert.deepEqual(await reasons([]), [])
  })

  promise('of each grant that has ended it is known why, and of no other', async (store) => {
    const grant = { userId: 'dwu', clientId: 'dwc', resource: 'r', scope: 's', openedAt: 1, codeExpiresAt: 60 }
    for (const id of ['e1', 'e2', 'e3']) await store.grants.open({ ...grant, id })
    for (const id of ['e1', 'e2']) await store.grants.revoke(id, { now: 2, reason: `end of ${id}` })
    assert.deepEqual(await store.stories.endings(['e1', 'e3', 'none']), new Map([['e1', 'end of e1']]))
    assert.deepEqual(await store.stories.endings([]), new Map())
  })

  promise('a sweep forgets more events than go together, up to the newest that are kept', async (store) => {
    const many = ROWS_TOGETHER + 500
    await store.events.append(Array.from({ length: many }, (_, i) => told('token.refreshed', { reason: `${i}` })))
    await store.events.append([told('consent.given')])
    const limits = { now: START / 1000, unusedClientSeconds: 1, usedClientSeconds: 1, mostEvents: 3 }
    assert.equal(await store.sweep(limits), many - 3)
    const left = (await store.events.list({ limit: 10 })).map(({ type, reason }) => `${type} ${reason}`)
    assert.deepEqual(left, [...[3, 2, 1].map((back) => `token.refreshed ${many - back}`), 'consent.given x'])
  })

  promise('a sweep forgets what is over among more rows than go together, and nothing else', async (store) => {
    const now = START / 1000
    const keys = Array.from({ length: 2 * ROWS_TOGETHER + 10 }, (_, i) => ({ key: `k${i}`, until: now + (i % 3) }))
    await Promise.all(keys.map(({ key, until }) => store.claims.claim(key, until, 'mine')))
    const limits = { now, unusedClientSeconds: 1, usedClientSeconds: 1, mostEvents: 3 }
    assert.equal(await store.sweep(limits), keys.filter(({ until }) => until <= now).length)
    const verdicts = await Promise.all(keys.map(({ key, until }) => store.claims.claim(key, until, 'mine')))
    assert.deepEqual(
      verdicts,
      keys.map(({ until }) => (until <= now ? 'first' : 'again')),
    )
  })
}
