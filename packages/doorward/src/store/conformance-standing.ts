import assert from 'node:assert/strict'
import type { NewStanding, Store } from './store.ts'

const NOW = 1_800_000_000
const MONTH = 30 * 86_400
const GRANT: NewStanding = {
  id: 'a'.repeat(32),
  kind: 'client',
  userId: 'dwo_robot',
  clientId: 'dwo_robot',
  resource: 'https://h/mcp',
  scope: 'read',
  openedAt: NOW,
  expiresAt: NOW + MONTH,
  isRegistered: false,
}
let serial = 0
const another = (changes: Partial<NewStanding> = {}): NewStanding => ({
  ...GRANT,
  id: (++serial).toString(16).padStart(32, '0'),
  ...changes,
})
/** Its id, where there is one. */
async function stood(store: Store, grant: NewStanding): Promise<string | undefined> {
  const verdict = await store.grants.stand(grant)
  return typeof verdict === 'string' ? undefined : verdict.id
}
const rows = async (store: Store) => (await store.grants.list()).length

/** The promises about grants that no person opened. */
export function standingPromises(promise: (title: string, body: (store: Store) => Promise<void>) => void): void {
  promise(
    'an application that asks for itself has one grant, however often and however many at once',
    async (store) => {
      const events: string[] = []
      const ask = async (changes: Partial<NewStanding> = {}) => {
        const verdict = await store.grants.stand(another(changes), (written) => {
          events.push(written)
          return undefined
        })
        return typeof verdict === 'string' ? verdict : verdict.id
      }
      const ids = new Set(await Promise.all(Array.from({ length: 50 }, () => ask())))
      assert.equal(ids.size, 1)
      assert.equal(await rows(store), 1)
      events.length = 0
      // Nothing is written at a repeat: the store would say so.
      assert.ok(ids.has(await ask()))
      assert.ok(ids.has(await ask({ openedAt: NOW + MONTH / 2 - 1, expiresAt: NOW + MONTH / 2 + MONTH })))
      assert.deepEqual(events, [])
      assert.ok(ids.has(await ask({ scope: 'write' })))
      assert.ok(ids.has(await ask({ openedAt: NOW + MONTH, expiresAt: NOW + 2 * MONTH })))
      assert.deepEqual(events, ['extended', 'extended'])
      const [only] = await store.grants.list()
      assert.deepEqual([only?.scope, only?.expiresAt, only?.kind], ['read write', NOW + 2 * MONTH, 'client'])
    },
  )

  promise('another application, subject, resource, kind or parent is another grant', async (store) => {
    const first = await stood(store, another())
    const others: Partial<NewStanding>[] = [
      { clientId: 'dwo_other' },
      { userId: 'somebody' },
      { resource: 'https://h/other' },
      { kind: 'assertion' },
      { kind: 'exchange', parent: first },
    ]
    for (const change of others) await stood(store, another(change))
    assert.equal(await rows(store), 1 + others.length)
  })

  promise('one that was revoked is never taken up again; asking anew opens another', async (store) => {
    const first = (await stood(store, another())) as string
    assert.equal(await store.grants.revoke(first, { now: NOW, reason: 'x' }), 'revoked')
    const second = (await stood(store, another())) as string
    assert.notEqual(second, first)
    assert.equal((await store.grants.find(first))?.revokedAt, NOW)
    assert.equal((await store.grants.find(second))?.userDisabled, false)
  })

  promise('an exchange that was judged before its grant was narrowed widens nothing afterwards', async (store) => {
    const parent = (await stood(store, another({ scope: 'read write' }))) as string
    const now = NOW + 1
    assert.equal(await store.grants.narrow(parent, { now, scope: 'read', voidsTokens: true }), 'narrowed')
    const parentNarrowedAt = (await store.grants.find(parent))?.narrowedAt
    const child = { kind: 'exchange', parent, openedAt: now } as const
    const good = await stood(store, another({ ...child, parentNarrowedAt }))
    // Looked at before, and slow.
    assert.equal(await store.grants.stand(another({ ...child, scope: 'write' })), 'ended')
    assert.equal(await store.grants.stand(another(child)), 'ended')
    assert.equal((await store.grants.find(good as string))?.scope, 'read')
  })

  promise('an exchange that was judged before the groups of its person changed opens nothing', async (store) => {
    const person = { email: 'ada@example.com', password: '', operator: false, groups: ['staff'], createdAt: NOW }
    await store.users.add({ id: 'dwu_ada', ...person })
    const parent = (await stood(store, another({ userId: 'dwu_ada' }))) as string
    const child = { kind: 'exchange', userId: 'dwu_ada', parent } as const
    await store.users.setGroups('dwu_ada', undefined, ['guests'])
    assert.equal(await store.grants.stand(another({ ...child, groups: ['staff'] })), 'ended')
    assert.notEqual(await stood(store, another({ ...child, groups: ['guests'] })), undefined)
  })

  promise('what was exchanged for a grant ends with it, and what was exchanged for that', async (store) => {
    const parent = (await stood(store, another())) as string
    const child = (await stood(store, another({ kind: 'exchange', parent }))) as string
    const grandchild = (await stood(store, another({ kind: 'exchange', parent: child }))) as string
    const apart = (await stood(store, another({ kind: 'assertion' }))) as string
    await store.grants.revoke(parent, { now: NOW + 1, reason: 'x' })
    for (const id of [child, grandchild]) assert.equal((await store.grants.find(id))?.revokedReason, 'parent_revoked')
    assert.equal((await store.grants.find(apart))?.revokedAt, undefined)
    assert.equal(await stood(store, another({ kind: 'exchange', parent: child })), undefined)
    assert.equal(await stood(store, another({ kind: 'exchange', parent: 'f'.repeat(32) })), undefined)
  })

  promise('a person who is disabled and a client that is removed take what was exchanged with them', async (store) => {
    await store.users.add({
      id: 'dwu_ada',
      email: 'a@example.com',
      password: 'x',
      operator: false,
      groups: [],
      createdAt: NOW,
    })
    const parents = [another({ kind: 'assertion', userId: 'dwu_ada' }), another({ clientId: 'dwo_gone' })]
    await store.clients.put({
      id: 'dwo_gone',
      assurance: 'operator',
      metadata: {},
      createdAt: NOW,
      secretsNotBefore: 0,
    })
    const children: string[] = []
    for (const { id: parent } of await Promise.all(
      parents.map(async (grant) => ({ id: (await stood(store, grant)) as string })),
    ))
      children.push((await stood(store, another({ kind: 'exchange', parent }))) as string)
    await store.users.disable('dwu_ada', NOW)
    await store.clients.remove('dwo_gone', NOW)
    for (const id of children) assert.equal((await store.grants.find(id))?.revokedReason, 'parent_revoked')
  })

  promise('for a registered client that was blocked or removed meanwhile nothing is opened', async (store) => {
    const client = { id: 'dwo_late', assurance: 'operator', metadata: {}, createdAt: NOW, secretsNotBefore: 0 } as const
    const ask = () => stood(store, another({ clientId: client.id, isRegistered: true }))
    assert.equal(await ask(), undefined)
    await store.clients.put(client)
    const first = await ask()
    assert.equal(typeof first, 'string')
    await store.clients.block(client.id, NOW)
    assert.equal(await ask(), undefined)
    await store.clients.block(client.id, undefined)
    assert.notEqual(await ask(), first)
    await store.clients.remove(client.id, NOW)
    assert.equal(await ask(), undefined)
  })

  promise(
    'a client that is known by its document alone becomes a row with its first grant, and one that was blocked stays blocked',
    async (store) => {
      const id = 'https://app.example/client.json'
      const client = { id, assurance: 'domain', metadata: {}, createdAt: NOW, secretsNotBefore: 0 } as const
      const ask = () => stood(store, another({ clientId: id, isRegistered: true, client }))
      const [first, second] = await Promise.all([ask(), ask()])
      assert.deepEqual([typeof first, second], ['string', first])
      assert.equal((await store.clients.find(id))?.assurance, 'domain')
      await store.clients.block(id, NOW)
      assert.equal(await ask(), undefined)
      assert.equal((await store.clients.find(id))?.blockedAt, NOW)
    },
  )

  promise(
    'what is ended and asked for anew, over and over, is refused before it fills the store, and forgotten a day later',
    async (store) => {
      let verdict = await store.grants.stand(another())
      let opened = 0
      for (; typeof verdict !== 'string'; verdict = await store.grants.stand(another()), opened++)
        await store.grants.revoke(verdict.id, { now: NOW, reason: 'x' })
      assert.deepEqual([verdict, opened, await rows(store)], ['too_often', 20, 20])
      assert.equal(typeof (await stood(store, another({ resource: 'https://h/other' }))), 'string')
      const later = { openedAt: NOW + 3600, expiresAt: NOW + 3600 + MONTH }
      assert.equal(typeof (await stood(store, another(later))), 'string')
      await store.sweep({ now: NOW + 86_400, unusedClientSeconds: 1, usedClientSeconds: 1, mostEvents: 10 })
      assert.equal(await rows(store), 2)
    },
  )
}
