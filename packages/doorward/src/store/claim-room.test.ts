import assert from 'node:assert/strict'
import { test } from 'node:test'
import { claimRoom } from './claim-room.ts'
import { openStore } from './index.ts'
import { StoreUnavailable } from './unavailable.ts'

const NOW = 1_800_000_000
const AT_ONCE = 30_000
const A_SECOND = 3000

test('so much that is good once comes in at a time, and then so much a second [doorward-claims-bounded]', () => {
  let now = NOW * 1000
  const room = claimRoom(() => now)
  const take = (most: number) => {
    for (let taken = 0; taken < most; taken++) if (room() !== undefined) return taken
    return most
  }
  assert.equal(take(AT_ONCE + 1), AT_ONCE)
  now += 1000
  assert.equal(take(AT_ONCE), A_SECOND)
  // A clock that is put back gives nothing.
  now -= 60_000
  assert.equal(take(1), 0)
  now += 3_600_000
  assert.equal(take(AT_ONCE + 1), AT_ONCE)
  assert.ok(room() instanceof StoreUnavailable)
})

test('where no more can be remembered, what is good once is refused and spends nothing; the rest goes on [doorward-claims-bounded]', async () => {
  const store = openStore(':memory:', () => NOW * 1000)
  const id = 'c'.repeat(32)
  const at = { now: NOW, expiresAt: NOW + 1000, windowSeconds: 0 }
  const once = { key: 'a proof', until: NOW + 600 }
  await store.users.add({ id: 'u', email: 'a@b', password: 'x', operator: false, groups: [], createdAt: NOW })
  const grant = { id, userId: 'u', clientId: 'c', resource: 'https://h/mcp', scope: 'mcp' }
  await store.grants.open({ ...grant, openedAt: NOW, codeExpiresAt: NOW + 60 })
  const claims = Array.from({ length: AT_ONCE }, (_, i) => store.claims.claim(`k${i}`, NOW + 600))
  assert.equal(new Set(await Promise.all(claims)).size, 1)
  await assert.rejects(store.claims.claim('one more', NOW + 600), StoreUnavailable)
  await assert.rejects(store.grants.redeem(id, { ...at, once }), StoreUnavailable)
  assert.equal(await store.grants.redeem(id, at), 'redeemed')
  await assert.rejects(store.grants.rotate(id, 1, { ...at, once }), StoreUnavailable)
  await assert.rejects(store.grants.use(id, 1, { ...at, once }), StoreUnavailable)
  assert.equal(await store.grants.rotate(id, 1, at), 'rotated')
  await store.close()
})
