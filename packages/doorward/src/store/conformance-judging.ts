import assert from 'node:assert/strict'
import { ADA, NOW, opened } from './conformance-opened.ts'
import type { GrantEvidence, Store } from './store.ts'

const END = NOW + 1000

/** The promises about who is shown a grant inside a verb, and says yes or no. */
export function judgingPromises(promise: (title: string, body: (store: Store) => Promise<void>) => void): void {
  promise(
    'a judge who refuses has nothing spent: no code, no refresh, no proof [doorward-narrowing]',
    async (store) => {
      const id = await opened(store, { senderKey: 'key', endsAt: END - 1 })
      const at = { now: NOW, windowSeconds: 30, expiresAt: END, once: { key: 'proof', until: END } }
      const no = { ...at, judge: () => 'refused' as const }
      assert.equal(await store.grants.redeem(id, no), 'refused')
      assert.equal(await store.grants.redeem(id, at), 'redeemed')
      const before = await store.grants.find(id)
      const next = { ...at, once: { key: 'another proof', until: END } }
      for (const verb of ['rotate', 'use'] as const) {
        for (const presented of [0, 1, 2])
          assert.equal(await store.grants[verb](id, presented, { ...no, now: NOW + 5 }), 'refused')
        assert.equal(await store.grants[verb]('nobody', 1, no), 'unknown')
      }
      assert.deepEqual(await store.grants.find(id), before)
      assert.equal(await store.grants.rotate(id, 1, next), 'rotated')
    },
  )

  promise(
    'a judge is shown the grant, and who it is of, as it is when the verb acts [doorward-narrowing]',
    async (store) => {
      const id = await opened(store, {
        senderKey: 'key',
        endsAt: END - 1,
        authorizationDetails: [{ type: 'payment' }],
        authentication: { at: NOW, method: 'password', amr: ['pwd'] },
      })
      const shown: GrantEvidence[] = []
      const judge = (grant: GrantEvidence) => {
        shown.push(grant)
        return {}
      }
      const at = { now: NOW, windowSeconds: 30, expiresAt: END, judge }
      const { openedAt, network, usedNetwork, parent, revokedReason, ...found } =
        (await store.grants.find(id)) ?? assert.fail('gone')
      await store.grants.redeem(id, at)
      assert.deepEqual(shown.pop(), found)
      // Asked for together: whichever comes first, the others are shown what it left.
      await Promise.all([
        store.users.setGroups(ADA.id, undefined, ['staff']),
        store.grants.narrow(id, { now: NOW, scope: 'read', voidsTokens: true }),
        store.grants.rotate(id, 1, at),
        store.grants.rotate(id, 1, at),
      ])
      assert.deepEqual(shown.map(({ generation }) => generation).sort(), [1, 2])
      await store.clients.block('dwc_one', NOW)
      await store.grants.use(id, 2, at)
      const { scope, groups, clientBlocked, revokedAt } = shown.at(-1) ?? assert.fail('nothing was shown')
      assert.deepEqual([scope, groups, clientBlocked, revokedAt], ['read', ['staff'], false, undefined])
      await store.users.disable(ADA.id, NOW)
      await store.grants.use(id, 2, at)
      assert.deepEqual([shown.at(-1)?.userDisabled, shown.at(-1)?.revokedAt], [true, NOW])
    },
  )

  promise(
    'a grant is bound to the key that the judge of its code says, unless it was bound before, and no refresh changes that',
    async (store) => {
      const judge = () => ({ senderKey: 'shown' })
      for (const [bound, key] of [
        [undefined, 'shown'],
        ['before', 'before'],
      ] as const) {
        const id = await opened(store, { senderKey: bound })
        assert.equal(await store.grants.redeem(id, { now: NOW, expiresAt: END, judge }), 'redeemed')
        const at = { now: NOW, windowSeconds: 30, expiresAt: END, judge: () => ({ senderKey: 'later' }) }
        assert.equal(await store.grants.rotate(id, 1, at), 'rotated')
        assert.equal(await store.grants.use(id, 2, at), 'used')
        assert.equal((await store.grants.find(id))?.senderKey, key)
      }
      const unbound = await opened(store)
      assert.equal(await store.grants.redeem(unbound, { now: NOW, expiresAt: END, judge: () => ({}) }), 'redeemed')
      assert.equal((await store.grants.find(unbound))?.senderKey, undefined)
    },
  )

  promise(
    'of a narrowing and refreshes at one moment, each refresh is judged by what the grant holds then [doorward-narrowing]',
    async (store) => {
      for (let round = 0; round < 10; round++) {
        const id = await opened(store, { scope: 'a b c' })
        await store.grants.redeem(id, { now: NOW, expiresAt: END })
        const at = { now: NOW, windowSeconds: 30, expiresAt: END }
        const seen: string[] = []
        const judge = ({ scope }: GrantEvidence) => {
          seen.push(scope)
          return {}
        }
        const turns = [1, 1, 1].map((presented) => store.grants.rotate(id, presented, { ...at, judge }))
        const [verdict, ...others] = await Promise.all([
          store.grants.narrow(id, { now: NOW, scope: 'a', voidsTokens: true }),
          ...turns,
        ])
        assert.equal(verdict, 'narrowed')
        assert.deepEqual([...others].sort(), ['repeated', 'repeated', 'rotated'])
        // None that is shown less is followed by one that is shown more.
        assert.deepEqual(seen, [...seen].sort().reverse())
        assert.equal((await store.grants.find(id))?.scope, 'a')
      }
    },
  )
}
