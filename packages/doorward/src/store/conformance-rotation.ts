import assert from 'node:assert/strict'
import { NOW, redeemed } from './conformance-opened.ts'
import type { Rotation, Store } from './store.ts'

const END = NOW + 1000

const liveGrant = (store: Store) => redeemed(store, END)

const rotate = (store: Store, id: string, presented: number, now = NOW, windowSeconds = 30): Promise<Rotation> =>
  store.grants.rotate(id, presented, { now, windowSeconds, expiresAt: END })

/** Refresh tokens: what turns, what repeats, and what is somebody else's. */
export function rotationPromises(promise: (title: string, body: (store: Store) => Promise<void>) => void): void {
  promise('of a hundred that rotate one refresh token one rotates and the others repeat it', async (store) => {
    const id = await liveGrant(store)
    const verdicts = await Promise.all(Array.from({ length: 100 }, () => rotate(store, id, 1)))
    assert.equal(verdicts.filter((verdict) => verdict === 'rotated').length, 1)
    assert.equal(verdicts.filter((verdict) => verdict === 'repeated').length, 99)
    assert.equal((await store.grants.find(id))?.generation, 2)
  })

  promise('the predecessor repeats within the window only, and its reuse ends the grant', async (store) => {
    const id = await liveGrant(store)
    assert.equal(await rotate(store, id, 1, NOW), 'rotated')
    assert.equal(await rotate(store, id, 1, NOW + 29), 'repeated')
    const late = await liveGrant(store)
    assert.equal(await rotate(store, late, 1, NOW), 'rotated')
    assert.equal(await rotate(store, late, 1, NOW + 30), 'reused')
    assert.equal(await rotate(store, late, 2, NOW + 31), 'revoked')
  })

  promise(
    'each repeat begins the window anew, for ten minutes in all: a slow database makes no thief of a client',
    async (store) => {
      const id = await liveGrant(store)
      assert.equal(await rotate(store, id, 1, NOW), 'rotated')
      for (let later = 29; later <= 609; later += 20) {
        assert.equal(await rotate(store, id, 1, NOW + later), 'repeated', `after ${later} seconds`)
      }
      assert.equal(await rotate(store, id, 1, NOW + 629), 'reused')
    },
  )

  promise('a repeat soon after the rotation leaves its window as it was', async (store) => {
    const id = await liveGrant(store)
    assert.equal(await rotate(store, id, 1, NOW), 'rotated')
    assert.equal(await rotate(store, id, 1, NOW + 9), 'repeated')
    assert.equal(await rotate(store, id, 1, NOW + 30), 'reused')
  })

  promise(
    'a successor that was used closes the window of its predecessor, however often that was repeated',
    async (store) => {
      const id = await liveGrant(store)
      assert.equal(await rotate(store, id, 1, NOW), 'rotated')
      assert.equal(await rotate(store, id, 1, NOW + 20), 'repeated')
      assert.equal(await rotate(store, id, 2, NOW + 21), 'rotated')
      assert.equal(await rotate(store, id, 1, NOW + 22), 'reused')
    },
  )

  promise('a process whose clock is behind takes a repeat for a reuse all the same', async (store) => {
    const id = await liveGrant(store)
    assert.equal(await rotate(store, id, 1, NOW + 1, 0), 'rotated')
    assert.equal(await rotate(store, id, 1, NOW, 0), 'reused')
  })

  promise('with a window of nothing every repeat is a reuse', async (store) => {
    const id = await liveGrant(store)
    assert.equal(await rotate(store, id, 1, NOW, 0), 'rotated')
    assert.equal(await rotate(store, id, 1, NOW, 0), 'reused')
  })

  promise('the grandparent is a reuse however soon it comes', async (store) => {
    const id = await liveGrant(store)
    assert.equal(await rotate(store, id, 1), 'rotated')
    assert.equal(await rotate(store, id, 2), 'rotated')
    assert.equal(await rotate(store, id, 1), 'reused')
  })

  promise('a generation that cannot be is unknown and changes nothing', async (store) => {
    const id = await liveGrant(store)
    for (const presented of [0, -1]) assert.equal(await rotate(store, id, presented), 'unknown')
    const { generation, revokedAt } = (await store.grants.find(id)) ?? {}
    assert.deepEqual([generation, revokedAt], [1, undefined])
  })

  promise('a grant that has ended does not rotate', async (store) => {
    const id = await liveGrant(store)
    assert.equal(await rotate(store, id, 1, END), 'expired')
    assert.equal(await store.grants.revoke(id, { now: NOW, reason: 'test' }), 'revoked')
    assert.equal(await store.grants.revoke(id, { now: NOW, reason: 'again' }), 'already')
    assert.equal(await store.grants.revoke('f'.repeat(32), { now: NOW, reason: 'test' }), 'unknown')
    assert.equal(await rotate(store, id, 1), 'revoked')
    assert.equal((await store.grants.find(id))?.revokedReason, 'test')
  })

  promise(
    'a refresh token that stays keeps its grant alive, and one that was rotated away before ends it',
    async (store) => {
      const use = (id: string, presented: number, now = NOW) =>
        store.grants.use(id, presented, { now, expiresAt: END + 1000 })
      const id = await liveGrant(store)
      for (const _ of [1, 2, 3]) assert.equal(await use(id, 1), 'used')
      const kept = await store.grants.find(id)
      assert.deepEqual([kept?.generation, kept?.expiresAt, kept?.revokedAt], [1, END + 1000, undefined])
      assert.deepEqual([await use(id, 0), await use('f'.repeat(32), 1)], Array(2).fill('unknown'))
      assert.equal(await use(id, 1, END + 1000), 'expired')
      assert.equal(await rotate(store, id, 1), 'rotated')
      assert.equal(await use(id, 1), 'reused')
      assert.equal((await store.grants.find(id))?.revokedReason, 'refresh_token_reused')
      assert.equal(await use(id, 2), 'revoked')
    },
  )
}
