import assert from 'node:assert/strict'
import type { DeviceAnswer } from './device.ts'
import type { NewGrant, Store } from './store.ts'

const NOW = 1_800_000_000
const DEVICE = { key: 'digest', sealed: 'sealed', expiresAt: NOW + 600 }
const GRANT: NewGrant = {
  id: 'a'.repeat(32),
  userId: 'dwu_ada',
  clientId: 'dwc_tool',
  resource: 'https://h/mcp',
  scope: 'read',
  openedAt: NOW,
  codeExpiresAt: NOW + 600,
}
const approve = (store: Store, by = 'dwu_ada', id = GRANT.id, now = NOW): Promise<DeviceAnswer> =>
  store.devices.answer(DEVICE.key, { now, by, grant: { ...GRANT, id, userId: by } })
const deny = (store: Store, by = 'dwu_ada', now = NOW): Promise<DeviceAnswer> =>
  store.devices.answer(DEVICE.key, { now, by, grant: undefined })

/** The promises about requests that wait for somebody to type their code. */
export function devicePromises(promise: (title: string, body: (store: Store) => Promise<void>) => void): void {
  promise('of a hundred requests that draw one user code at once exactly one has it', async (store) => {
    const verdicts = await Promise.all(
      Array.from({ length: 100 }, (_, i) => store.devices.add({ ...DEVICE, sealed: `sealed ${i}` })),
    )
    assert.equal(verdicts.filter((verdict) => verdict === 'added').length, 1)
    const kept = await store.devices.find(DEVICE.key, NOW)
    assert.deepEqual(kept, { ...DEVICE, sealed: `sealed ${verdicts.indexOf('added')}` })
  })

  promise('of a hundred persons who answer one code at once exactly one is heard', async (store) => {
    await store.devices.add(DEVICE)
    const verdicts = await Promise.all(
      Array.from({ length: 100 }, (_, i) => approve(store, `dwu_${i}`, i.toString(16).padStart(32, '0'))),
    )
    assert.equal(verdicts.filter((verdict) => verdict === 'answered').length, 1)
    assert.equal(verdicts.filter((verdict) => verdict === 'taken').length, 99)
    const grants = await store.grants.list()
    assert.deepEqual(
      grants.map(({ userId, generation }) => [userId, generation]),
      [[`dwu_${verdicts.indexOf('answered')}`, 0]],
    )
  })

  promise('the same answer of the same person is repeated, another one is not taken', async (store) => {
    await store.devices.add(DEVICE)
    const events: DeviceAnswer[] = []
    await store.devices.answer(DEVICE.key, { now: NOW, by: 'dwu_ada', grant: GRANT }, (verdict) => {
      events.push(verdict)
      return { type: 'consent.given', outcome: 'allowed', reason: 'x' }
    })
    assert.deepEqual([...new Set(events)], ['answered'])
    assert.equal((await store.events.list({ limit: 5 })).length, 1)
    assert.equal(await approve(store), 'repeated')
    assert.equal(await deny(store), 'taken')
    assert.equal(await deny(store, 'dwu_bob'), 'taken')
    assert.equal((await store.devices.find(DEVICE.key, NOW))?.answer, 'approved')
    assert.equal((await store.grants.list()).length, 1)
  })

  promise('who says no opens nothing, and nobody can say yes after that', async (store) => {
    await store.devices.add(DEVICE)
    assert.equal(await deny(store), 'answered')
    assert.equal(await deny(store), 'repeated')
    assert.equal(await approve(store), 'taken')
    assert.equal((await store.grants.list()).length, 0)
    assert.equal((await store.devices.find(DEVICE.key, NOW))?.answer, 'denied')
  })

  promise('a code ends with its time, whether it was swept already or not', async (store) => {
    await store.devices.add(DEVICE)
    assert.equal(await store.devices.find(DEVICE.key, DEVICE.expiresAt), undefined)
    assert.equal(await approve(store, 'dwu_ada', GRANT.id, DEVICE.expiresAt), 'expired')
    assert.equal((await store.grants.list()).length, 0)
    const sweep = (now: number) => store.sweep({ now, unusedClientSeconds: 1, usedClientSeconds: 1, mostEvents: 100 })
    assert.equal(await sweep(DEVICE.expiresAt - 1), 0)
    assert.equal(await sweep(DEVICE.expiresAt), 1)
    assert.equal(await approve(store, 'dwu_ada', GRANT.id, NOW), 'expired')
    assert.equal(await store.devices.add(DEVICE), 'added')
  })
}
