import assert from 'node:assert/strict'
import type { Store } from './store.ts'

const NOW = 1_800_000_000
const END = NOW + 1000

async function openGrant(store: Store): Promise<string> {
  const id = 'f'.repeat(32)
  const grant = { id, userId: 'dwu_one', clientId: 'dwc_one', resource: 'https://h/mcp', scope: 'mcp' }
  await store.grants.open({ ...grant, openedAt: NOW, codeExpiresAt: NOW + 60 })
  return id
}

/** The promises about what is good once. */
export function oncePromises(promise: (title: string, body: (store: Store) => Promise<void>) => void): void {
  promise('of a hundred that claim one key exactly one is first', async (store) => {
    const verdicts = await Promise.all(Array.from({ length: 100 }, () => store.claims.claim('k', END, 'm')))
    assert.equal(verdicts.filter((verdict) => verdict === 'first').length, 1)
    assert.equal(await store.claims.claim('k', END, 'm'), 'again')
    assert.equal(await store.claims.claim('k', END, 'n'), 'other')
  })

  promise('what ends at a fraction of a second, or never, is good once like all else', async (store) => {
    for (const [key, until] of [
      ['a fraction', END + 0.5],
      ['a day that never comes', 1e300],
    ] as const) {
      assert.equal(await store.claims.claim(key, until), 'first')
      assert.equal(await store.claims.claim(key, until, 'another'), 'other')
    }
    const id = await openGrant(store)
    const at = { now: NOW, expiresAt: END, windowSeconds: 0 }
    assert.equal(await store.grants.redeem(id, { ...at, once: { key: 'a proof', until: END + 0.5 } }), 'redeemed')
  })

  promise('what is good once is used up in the same step: sent again, nothing else happens', async (store) => {
    const once = { key: 'a proof', until: END }
    const other = { key: 'another proof', until: END }
    const id = await openGrant(store)
    const at = { now: NOW, expiresAt: END, windowSeconds: 0 }
    assert.equal(await store.claims.claim(once.key, END), 'first')
    assert.equal(await store.grants.redeem(id, { ...at, once }), 'replayed')
    assert.equal(await store.grants.redeem(id, { ...at, once: other }), 'redeemed')
    for (const used of [once, other]) {
      assert.equal(await store.grants.rotate(id, 1, { ...at, once: used }), 'replayed')
      assert.equal(await store.grants.use(id, 1, { ...at, once: used }), 'replayed')
    }
    const third = { key: 'a third proof', until: END }
    const verdicts = await Promise.all(
      Array.from({ length: 20 }, () => store.grants.rotate(id, 1, { ...at, once: third })),
    )
    assert.deepEqual(
      verdicts.filter((verdict) => verdict !== 'replayed'),
      ['rotated'],
    )
    assert.equal((await store.grants.find(id))?.revokedAt, undefined)
    assert.equal(await store.grants.use(id, 2, { ...at, once: { key: 'a fourth', until: END } }), 'used')
  })

  for (const verb of ['rotate', 'use'] as const) {
    promise(
      `a token that is newer than the database ends its grant, by ${verb}: what was lost of it, nobody knows [doorward-ahead]`,
      async (store) => {
        const id = await openGrant(store)
        const at = { now: NOW, expiresAt: END, windowSeconds: 30 }
        assert.equal(await store.grants.redeem(id, at), 'redeemed')
        assert.equal(await store.grants[verb](id, 2, at), 'ahead')
        assert.equal((await store.grants.find(id))?.revokedReason, 'refresh_token_ahead')
        assert.equal(await store.grants[verb](id, 1, at), 'revoked')
      },
    )
  }
}
