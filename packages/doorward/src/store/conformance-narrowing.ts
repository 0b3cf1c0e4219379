import assert from 'node:assert/strict'
import { ADA, NOW, nextId, opened, redeemed } from './conformance-opened.ts'
import { sessionOf } from './conformance-people.ts'
import type { NewGrant, NewStanding, Store } from './store.ts'

const END = NOW + 30 * 86_400

const live = (store: Store, changes?: Partial<NewGrant>) => redeemed(store, END, changes)

async function exchanged(store: Store, parent: string, changes: Partial<NewStanding> = {}): Promise<string> {
  const stood = await store.grants.stand({
    id: nextId(),
    kind: 'exchange',
    userId: ADA.id,
    clientId: 'dwo_server',
    resource: 'https://h/other',
    scope: 'deep',
    openedAt: NOW,
    expiresAt: END,
    isRegistered: false,
    parent,
    ...changes,
  })
  return typeof stood === 'string' ? stood : stood.id
}

const rotate = (store: Store, id: string, presented: number, now = NOW, more = {}) =>
  store.grants.rotate(id, presented, { now, windowSeconds: 30, expiresAt: now + 30 * 86_400, ...more })

/** The promises about grants that hold less, or for shorter, than they did. */
export function narrowingPromises(promise: (title: string, body: (store: Store) => Promise<void>) => void): void {
  promise('no use moves a grant beyond its end, and after it there is none [doorward-grant-end]', async (store) => {
    const endsAt = NOW + 1000
    const id = await live(store, { endsAt })
    assert.equal((await store.grants.find(id))?.expiresAt, endsAt)
    assert.equal(await rotate(store, id, 1, NOW + 10), 'rotated')
    assert.equal(await store.grants.use(id, 2, { now: NOW + 20, expiresAt: END }), 'used')
    assert.equal((await store.grants.find(id))?.expiresAt, endsAt)
    assert.equal(await rotate(store, id, 2, endsAt), 'expired')
    assert.deepEqual(await store.grants.list({ live: true, now: endsAt }), [])
  })

  promise(
    'an end that is set later binds at once, moves, and can be taken away [doorward-grant-end]',
    async (store) => {
      const id = await live(store)
      const set = (endsAt: number | null) => store.grants.narrow(id, { now: NOW, endsAt, voidsTokens: false })
      assert.deepEqual([await set(NOW + 50), await set(NOW + 50)], ['narrowed', 'same'])
      assert.equal((await store.grants.find(id))?.expiresAt, NOW + 50)
      assert.equal(await set(null), 'narrowed')
      assert.equal(await rotate(store, id, 1, NOW + 1), 'rotated')
      const found = await store.grants.find(id)
      assert.deepEqual(
        [found?.endsAt, found?.expiresAt, found?.narrowedAt],
        [undefined, NOW + 1 + 30 * 86_400, undefined],
      )
    },
  )

  promise('a grant gets narrower and never wider, for its own person alone [doorward-narrowing]', async (store) => {
    const id = await live(store)
    const to = (scope: string, of?: string) => store.grants.narrow(id, { now: NOW, scope, of, voidsTokens: true })
    assert.equal(await to('read', 'dwu_bob'), 'unknown')
    assert.equal(await to('read write more'), 'wider')
    assert.equal(await to('write read read'), 'same')
    assert.equal((await store.grants.find(id))?.narrowedAt, undefined)
    assert.equal(await to('read', ADA.id), 'narrowed')
    assert.equal((await store.grants.find(id))?.scope, 'read')
    assert.equal(await to('read write'), 'wider')
    await store.grants.revoke(id, { now: NOW, reason: 'x' })
    assert.equal(await to('read'), 'ended')
    assert.equal(await store.grants.narrow('nobody', { now: NOW, voidsTokens: true }), 'unknown')
  })

  promise(
    'each narrowing is later than every token before it, whoever’s clock that was issued by [doorward-narrowing]',
    async (store) => {
      const id = await live(store, { scope: 'a b c' })
      const at = async () => (await store.grants.find(id))?.narrowedAt ?? 0
      await rotate(store, id, 1, NOW + 7)
      await store.grants.narrow(id, { now: NOW, scope: 'a b', voidsTokens: true })
      const first = await at()
      assert.ok(first > NOW + 7)
      await store.grants.narrow(id, { now: NOW, scope: 'a', voidsTokens: true })
      assert.ok((await at()) > first)
    },
  )

  promise('what was exchanged for a grant ends when that is narrowed [doorward-narrowing]', async (store) => {
    const id = await live(store)
    const child = await exchanged(store, id)
    const grandchild = await exchanged(store, child)
    await store.grants.narrow(id, { now: NOW, scope: 'read', voidsTokens: true })
    assert.equal((await store.grants.find(child))?.revokedReason, 'parent_narrowed')
    assert.notEqual((await store.grants.find(grandchild))?.revokedAt, undefined)
    // Who judged by what it was before does not bring it back.
    assert.equal(await exchanged(store, id), 'ended')
    const { narrowedAt } = (await store.grants.find(id)) ?? {}
    assert.notEqual(await exchanged(store, id, { parentNarrowedAt: narrowedAt }), 'ended')
  })

  promise('a refresh can leave a grant less, and what it gets itself is good [doorward-groups]', async (store) => {
    const id = await live(store)
    assert.equal(await rotate(store, id, 1, NOW + 5, { judge: () => ({ scope: 'read' }) }), 'rotated')
    const found = await store.grants.find(id)
    assert.deepEqual([found?.scope, found?.narrowedAt], ['read', NOW + 5])
  })

  promise(
    'narrowed grants are listed beside revoked ones, until they are revoked themselves [doorward-narrowing]',
    async (store) => {
      const [narrowed, ended] = [await live(store), await live(store)]
      await store.grants.revoke(ended, { now: NOW + 5, reason: 'x' })
      await store.grants.narrow(narrowed, { now: NOW + 9, scope: 'read', voidsTokens: true })
      const listed = async () =>
        (await store.grants.voidedSince(NOW, 10)).map(({ id, at, isNarrowed }) => [id, at - NOW, isNarrowed])
      assert.deepEqual(await listed(), [
        [narrowed, 10, true],
        [ended, 5, false],
      ])
      assert.equal((await store.grants.voidedSince(NOW, 1)).length, 1)
      assert.equal((await store.grants.voidedSince(NOW + 11, 10)).length, 0)
      await store.grants.revoke(narrowed, { now: NOW + 20, reason: 'x' })
      assert.deepEqual(await listed(), [
        [narrowed, 20, false],
        [ended, 5, false],
      ])
    },
  )

  promise(
    'groups and the grants that they decide about change together, or not at all [doorward-groups]',
    async (store) => {
      const [less, none, same] = [
        await live(store),
        await live(store, { scope: 'write' }),
        await live(store, { scope: 'read' }),
      ]
      const child = await exchanged(store, same)
      const events: string[] = []
      const govern = {
        now: NOW,
        reason: 'groups_changed',
        scopeOf: ({ scope }: { readonly scope: string }, groups: readonly string[]) =>
          groups.includes('staff') ? scope : scope.split(' ').find((name) => name === 'read'),
        describe: ({ id }: { readonly id: string }, scope: string | undefined) => {
          events.push(`${id} ${scope}`)
          return undefined
        },
      }
      assert.equal(await store.users.setGroups(ADA.id, undefined, ['staff'], undefined, govern), 'changed')
      assert.deepEqual(events, [])
      assert.equal(await store.users.setGroups(ADA.id, undefined, [], undefined, govern), 'changed')
      assert.deepEqual(events, [`${less} read`, `${none} undefined`, `${child} undefined`])
      const found = async (id: string) => (await store.grants.find(id)) as { scope: string; revokedReason?: string }
      assert.equal((await found(less)).scope, 'read')
      assert.equal((await found(none)).revokedReason, 'groups_changed')
      assert.equal((await found(child)).revokedReason, 'groups_changed')
      assert.equal((await found(same)).revokedReason, undefined)
      const broken = { ...govern, scopeOf: () => assert.fail('broken') }
      await assert.rejects(store.users.setGroups(ADA.id, undefined, ['staff'], undefined, broken), /broken/)
      assert.deepEqual((await store.users.byId(ADA.id))?.groups, [])
    },
  )

  promise('a person ends one grant of theirs or all of them, and nobody else’s', async (store) => {
    const [first, second, bobs] = [await live(store), await live(store), await live(store, { userId: 'dwu_bob' })]
    const at = { now: NOW, reason: 'person_disconnected' }
    assert.equal(await store.grants.revoke(bobs, { ...at, of: ADA.id }), 'unknown')
    assert.equal(await store.grants.revoke(first, { ...at, of: ADA.id }), 'revoked')
    const child = await exchanged(store, second)
    const told: string[] = []
    const tell = ({ id }: { readonly id: string }) => void told.push(id)
    assert.equal(await store.grants.revokeAll(ADA.id, at, tell), 1)
    assert.deepEqual(told, [second])
    assert.notEqual((await store.grants.find(child))?.revokedAt, undefined)
    assert.equal((await store.grants.find(bobs))?.revokedAt, undefined)
  })

  promise('where and when a grant was agreed to and used last is known, roughly', async (store) => {
    const id = await opened(store, { network: '203.0.113.0/24' })
    await store.grants.redeem(id, { now: NOW + 1, expiresAt: END, network: '198.51.100.0/24' })
    const seen = async () => {
      const found = await store.grants.find(id)
      return [found?.network, (found?.usedAt ?? 0) - NOW, found?.usedNetwork]
    }
    assert.deepEqual(await seen(), ['203.0.113.0/24', 1, '198.51.100.0/24'])
    await rotate(store, id, 1, NOW + 2, { network: '192.0.2.0/24' })
    assert.deepEqual(await seen(), ['203.0.113.0/24', 2, '192.0.2.0/24'])
    await store.grants.use(id, 2, { now: NOW + 3, expiresAt: END, network: '203.0.113.0/24' })
    assert.deepEqual(await seen(), ['203.0.113.0/24', 3, '203.0.113.0/24'])
  })

  promise('a person who is disabled has no session and no grant, also none in exchange', async (store) => {
    const id = await live(store)
    const child = await exchanged(store, id)
    await store.users.signedIn(sessionOf('d', ADA.id), { attempt: 'ada' })
    assert.equal(await store.users.disable(ADA.id, NOW + 1), 'done')
    assert.equal(await store.sessions.find('d', NOW), undefined)
    assert.deepEqual((await store.grants.voidedSince(NOW, 10)).map((voided) => voided.id).sort(), [id, child].sort())
  })
}
