import assert from 'node:assert/strict'
import { sessionOf } from './conformance-people.ts'
import type { GoverningVerbs, Page } from './governing.ts'
import type { Store, StoredClient, StoredRule, StoredUser } from './store.ts'

const NOW = 1_800_000_000
const USER: StoredUser = {
  id: 'dwu_one',
  email: 'ada@example.com',
  password: 'x',
  operator: true,
  groups: [],
  createdAt: NOW,
}
const RULE: StoredRule = {
  id: '01',
  effect: 'deny',
  kind: 'clientId',
  value: 'dwc_one',
  note: 'why',
  createdAt: NOW,
  createdBy: 'dwu_one',
}

const clientOf = (id: string, changes: Partial<StoredClient> = {}): StoredClient => ({
  id,
  assurance: 'claimed',
  metadata: { client_name: id, redirect_uris: ['https://a.example/cb'] },
  createdAt: NOW,
  secretsNotBefore: 0,
  ...changes,
})

async function grantFor(store: Store, id: string, clientId: string, userId = USER.id): Promise<void> {
  const grant = {
    id,
    userId,
    clientId,
    resource: 'https://h/mcp',
    scope: 'mcp',
    openedAt: NOW,
    codeExpiresAt: NOW + 60,
  }
  await store.grants.open(grant)
  assert.equal(await store.grants.redeem(id, { now: NOW, expiresAt: NOW + 1000 }), 'redeemed')
}

/** Reads a list page by page; no entry comes twice, and none is left out. */
async function idsOf<Item extends { readonly id: string }>(
  page: (after: string | undefined) => Promise<Page<Item>>,
): Promise<string[]> {
  const ids: string[] = []
  let after: string | undefined
  do {
    const { items, next } = await page(after)
    ids.push(...items.map(({ id }) => id))
    after = next
  } while (after !== undefined)
  return ids
}

/** The promises about what operators look at, and about their rules. */
export function governingPromises(promise: (title: string, body: (store: Store) => Promise<void>) => void): void {
  promise('a list of clients goes page by page, the newest first, and comes to all of them once', async (store) => {
    for (let i = 0; i < 7; i++) await store.clients.put(clientOf(`dwc_${i}`, { createdAt: NOW + Math.floor(i / 3) }))
    for (const limit of [1, 2, 3, 7, 50]) {
      const ids = await idsOf((after) => store.governing.clients({ limit, after }))
      assert.deepEqual(ids, ['dwc_6', 'dwc_3', 'dwc_4', 'dwc_5', 'dwc_0', 'dwc_1', 'dwc_2'], `${limit} at a time`)
    }
    assert.deepEqual(await idsOf((after) => store.governing.clients({ limit: 5, after: after ?? 'nonsense' })), [])
  })

  promise('a client is in one state, and found by what it is and by any part of its words', async (store) => {
    const at = { now: NOW, by: USER.id }
    for (const id of ['open', 'waiting', 'admitted', 'blocked', 'gone']) await store.clients.put(clientOf(id))
    for (const id of ['waiting', 'admitted', 'blocked', 'gone']) await store.clients.ask(clientOf(id), at)
    for (const id of ['admitted', 'blocked', 'gone']) await store.clients.approve(id, at)
    for (const id of ['blocked', 'gone']) await store.clients.change(id, { goneAt: NOW })
    await store.clients.block('blocked', NOW)
    for (const state of ['open', 'waiting', 'admitted', 'blocked', 'gone'] as const) {
      const { items } = await store.governing.clients({ state, limit: 10 })
      assert.deepEqual(
        items.map(({ id }) => id),
        [state],
      )
    }
    await store.clients.put(clientOf('other', { assurance: 'operator', metadata: { client_name: '100% SURE_thing!' } }))
    const found = (filter: Partial<Parameters<GoverningVerbs['clients']>[0]>) =>
      idsOf((after) => store.governing.clients({ limit: 10, after, ...filter }))
    assert.deepEqual(await found({ assurance: 'operator' }), ['other'])
    for (const text of ['100%', 'sure_', 'thing!', 'OTHER']) assert.deepEqual(await found({ text }), ['other'], text)
    for (const text of ['1%0', 'sureXthing', '!%']) assert.deepEqual(await found({ text }), [], text)
  })

  promise('people and grants are found by what they are, page by page', async (store) => {
    for (const [i, operator] of [true, false, false].entries())
      await store.users.add({ ...USER, id: `dwu_${i}`, email: `p${i}@example.com`, operator })
    await store.users.disable('dwu_2', NOW)
    assert.deepEqual(await idsOf((after) => store.governing.people({ limit: 1, after })), ['dwu_0', 'dwu_1', 'dwu_2'])
    const people = async (filter: object) =>
      (await store.governing.people({ limit: 9, ...filter })).items.map(({ id }) => id)
    assert.deepEqual(await people({ operator: true }), ['dwu_0'])
    assert.deepEqual(await people({ disabled: true }), ['dwu_2'])
    assert.deepEqual(await people({ text: 'P1@' }), ['dwu_1'])
    for (const [i, client] of ['a', 'b', 'a'].entries()) await grantFor(store, `0${i}`, client, `dwu_${i}`)
    await store.grants.revoke('02', { now: NOW, reason: 'x' })
    const grants = (filter: object) => idsOf((after) => store.governing.grants({ limit: 1, after, ...filter }))
    assert.deepEqual(await grants({}), ['02', '01', '00'])
    assert.deepEqual(await grants({ clientId: 'a' }), ['02', '00'])
    assert.deepEqual(await grants({ clientId: 'a', liveAt: NOW }), ['00'])
    assert.deepEqual(await grants({ userId: 'dwu_1' }), ['01'])
    assert.deepEqual(await grants({ liveAt: NOW + 1000 }), [])
    assert.deepEqual(
      [...(await store.governing.liveGrants(NOW, 10))],
      [
        ['a', 1],
        ['b', 1],
      ],
    )
  })

  promise('events are found by each of their words, the newest first, and by whom they were about', async (store) => {
    const base = { type: 'client.refused', outcome: 'refused', reason: 'x' } as const
    await store.events.append([
      { ...base, client: 'c1', correlation: 'R1' },
      { ...base, type: 'consent.given', outcome: 'allowed', actor: 'dwu_one', resource: 'r', grant: 'g' },
      {
        ...base,
        type: 'user.disabled',
        outcome: 'allowed',
        reason: 'y',
        actor: 'dwu_two',
        detail: { person: 'dwu_one' },
      },
      {
        ...base,
        type: 'user.disabled',
        outcome: 'allowed',
        reason: 'y',
        actor: 'dwu_two',
        detail: { person: 'dwuXone' },
      },
    ])
    const found = async (filter: object) =>
      (await store.governing.events(filter, { limit: 10 })).events.map(({ id }) => id)
    assert.deepEqual(await found({}), [4, 3, 2, 1])
    assert.deepEqual(await found({ types: ['consent.given', 'client.refused'] }), [2, 1])
    assert.deepEqual(await found({ outcome: 'refused' }), [1])
    assert.deepEqual(await found({ reason: 'y' }), [4, 3])
    assert.deepEqual(await found({ client: 'c1' }), [1])
    assert.deepEqual(await found({ person: 'dwu_one' }), [3, 2])
    assert.deepEqual(await found({ person: '%' }), [])
    assert.deepEqual(await found({ correlation: 'R1', grant: 'g' }), [])
    const [first] = (await store.governing.events({}, { limit: 1 })).events
    assert.deepEqual(await found({ from: (first?.at ?? 0) + 1 }), [])
    assert.deepEqual(await found({ to: first?.at }), [])
    const page = await store.governing.events({}, { limit: 3 })
    assert.deepEqual(
      [page.before, (await store.governing.events({}, { limit: 3, before: page.before })).before],
      [2, undefined],
    )
  })

  promise('what is counted over time is counted once, by type or reason, and attempts by who came', async (store) => {
    const refused = { type: 'authorization.refused', outcome: 'refused', client: 'a' } as const
    await store.events.append([
      { ...refused, reason: 'x' },
      { ...refused, reason: 'x' },
      { ...refused, reason: 'y', client: 'b' },
      { type: 'authorization.requested', outcome: 'allowed', reason: 'checks_passed', client: 'b' },
      { type: 'client.added', outcome: 'allowed', reason: 'operator_asked', client: 'c' },
    ])
    const [{ at } = { at: 0 }] = (await store.governing.events({}, { limit: 1 })).events
    // Seven hours: no round time is a multiple of it.
    const step = 25_200_000
    const slot = Math.floor(at / step) * step
    const span = { step, from: slot, to: slot + step }
    assert.deepEqual(await store.governing.counts({ outcome: 'refused', by: 'reason', ...span }), [
      { at: slot, key: 'x', count: 2 },
      { at: slot, key: 'y', count: 1 },
    ])
    assert.deepEqual(await store.governing.counts({ types: ['client.added'], by: 'type', ...span }), [
      { at: slot, key: 'client.added', count: 1 },
    ])
    assert.deepEqual(await store.governing.counts({ by: 'type', step, from: slot + step, to: slot + 2 * step }), [])
    const attempts = (await store.governing.attempts(slot, 10)).map(({ client, count, refused: no }) => [
      client,
      count,
      no,
    ])
    assert.deepEqual(attempts, [
      ['a', 2, 2],
      ['b', 2, 1],
    ])
  })

  promise('another password, or none, ends the sessions that the old one opened', async (store) => {
    await store.users.add(USER)
    for (const password of ['another', '']) {
      await store.users.signedIn(sessionOf('d', USER.id), {})
      assert.equal(await store.governing.resetPassword(USER.id, password), 'done')
      assert.equal((await store.users.byId(USER.id))?.password, password)
      assert.equal(await store.sessions.find('d', NOW), undefined)
    }
    assert.equal(await store.governing.resetPassword('nobody', 'x'), 'unknown')
  })

  promise(
    'a person who is let in again has nothing of before; sessions end without shutting them out',
    async (store) => {
      await store.users.add(USER)
      await store.users.signedIn(sessionOf('d', USER.id), { attempt: 'ada' })
      assert.equal(await store.governing.endSessions(USER.id), 1)
      assert.equal(await store.sessions.find('d', NOW), undefined)
      assert.equal(await store.governing.endSessions('nobody'), undefined)
      await grantFor(store, 'aa', 'dwc_one')
      await store.users.disable(USER.id, NOW)
      assert.equal(await store.governing.enable(USER.id), 'done')
      assert.equal(await store.governing.enable(USER.id), 'already')
      assert.equal(await store.governing.enable('nobody'), 'unknown')
      assert.equal((await store.users.byId(USER.id))?.disabledAt, undefined)
      assert.equal((await store.grants.find('aa'))?.revokedReason, 'user_disabled')
    },
  )

  promise(
    'a rule is added once, ends what it means in the same step, and is gone when it is removed',
    async (store) => {
      await store.users.add(USER)
      await store.clients.put(clientOf('dwc_one'))
      await store.clients.put(clientOf('dwc_two'))
      await grantFor(store, 'aa', 'dwc_one')
      await grantFor(store, 'bb', 'dwc_two')
      await grantFor(store, 'cc', 'workload:deploy')
      const ends = (...ids: string[]) => ({ now: NOW, most: 3, isMeant: ({ id }: StoredClient) => ids.includes(id) })
      const all = await Promise.all(Array.from({ length: 50 }, () => store.rules.add(RULE, ends('dwc_one'))))
      assert.deepEqual(
        all.filter(({ verdict }) => verdict === 'added'),
        [{ verdict: 'added', ended: 1 }],
      )
      assert.ok(all.slice(1).every(({ verdict }) => verdict === 'known'))
      assert.equal((await store.grants.find('aa'))?.revokedReason, 'rule_denies')
      assert.equal((await store.grants.find('bb'))?.revokedAt, undefined)
      const second = { ...RULE, id: '02', value: 'workload:deploy' }
      assert.deepEqual(await store.rules.add(second, ends('workload:deploy')), { verdict: 'added', ended: 1 })
      assert.deepEqual(await store.rules.add({ ...RULE, id: '03', effect: 'allow' }, ends()), {
        verdict: 'added',
        ended: 0,
      })
      assert.deepEqual(await store.rules.add({ ...RULE, id: '04', value: 'z' }, ends()), { verdict: 'full' })
      assert.deepEqual(
        (await store.rules.list()).map(({ id }) => id),
        ['01', '02', '03'],
      )
      assert.deepEqual(await store.rules.remove('01'), RULE)
      assert.equal(await store.rules.remove('01'), undefined)
      assert.equal((await store.grants.find('aa'))?.revokedReason, 'rule_denies')
    },
  )
}
