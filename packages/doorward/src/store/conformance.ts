import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { AuditEvent } from '@doorward/core/kernel/audit'
import { devicePromises } from './conformance-devices.ts'
import { governingPromises } from './conformance-governing.ts'
import { identityPromises } from './conformance-identities.ts'
import { judgingPromises } from './conformance-judging.ts'
import { narrowingPromises } from './conformance-narrowing.ts'
import { oncePromises } from './conformance-once.ts'
import { peoplePromises, sessionOf } from './conformance-people.ts'
import { rotationPromises } from './conformance-rotation.ts'
import { standingPromises } from './conformance-standing.ts'
import { storyPromises } from './conformance-stories.ts'
import { untoldPromises } from './conformance-untold.ts'
import type { NewGrant, Rotation, Store, StoredClient, StoredUser } from './store.ts'

const NOW = 1_800_000_000
const CLIENT: StoredClient = {
  id: 'dwc_one',
  assurance: 'claimed',
  metadata: { client_name: 'One' },
  createdAt: NOW,
  secretsNotBefore: 0,
}
const USER: StoredUser = {
  id: 'dwu_one',
  email: 'ada@example.com',
  password: 'x',
  operator: true,
  groups: [],
  createdAt: NOW,
}
const END = NOW + 1000

let serial = 0

async function openGrant(store: Store, changes: Partial<NewGrant> = {}): Promise<string> {
  await store.clients.put(CLIENT)
  await store.users.add(USER)
  const id = (++serial).toString(16).padStart(32, '0')
  await store.grants.open({
    id,
    userId: USER.id,
    clientId: CLIENT.id,
    resource: 'https://h/mcp',
    scope: 'mcp',
    openedAt: NOW,
    codeExpiresAt: NOW + 60,
    ...changes,
  })
  return id
}

async function liveGrant(store: Store): Promise<string> {
  const id = await openGrant(store)
  assert.equal(await store.grants.redeem(id, { now: NOW, expiresAt: END }), 'redeemed')
  return id
}

const rotate = (store: Store, id: string, presented: number, now = NOW, windowSeconds = 30): Promise<Rotation> =>
  store.grants.rotate(id, presented, { now, windowSeconds, expiresAt: END })

/** The promises of `store.ts`, as tests. Every driver runs them. */
export function storeConformance(name: string, open: () => Promise<Store>): void {
  const promise = (title: string, body: (store: Store) => Promise<void>) =>
    test(`${name}: ${title}`, async () => {
      const store = await open()
      try {
        await body(store)
      } finally {
        await store.close()
      }
    })

  describe(`store conformance: ${name}`, () => {
    standingPromises(promise)
    oncePromises(promise)
    rotationPromises(promise)
    peoplePromises(promise)
    identityPromises(promise)
    untoldPromises(promise)
    storyPromises(promise)
    devicePromises(promise)
    governingPromises(promise)
    judgingPromises(promise)
    narrowingPromises(promise)

    promise('a client registered again adds nothing and is told so', async (store) => {
      assert.equal(await store.clients.put(CLIENT), 'new')
      assert.equal(await store.clients.put(CLIENT), 'known')
      assert.equal((await store.clients.list()).length, 1)
      assert.deepEqual((await store.clients.find(CLIENT.id))?.metadata, CLIENT.metadata)
    })

    promise('of a hundred that register one client at once exactly one is new', async (store) => {
      const verdicts = await Promise.all(Array.from({ length: 100 }, () => store.clients.put(CLIENT)))
      assert.equal(verdicts.filter((verdict) => verdict === 'new').length, 1)
    })

    promise('of a hundred that redeem one code exactly one wins and the grant ends', async (store) => {
      const id = await openGrant(store)
      const verdicts = await Promise.all(
        Array.from({ length: 100 }, () => store.grants.redeem(id, { now: NOW, expiresAt: END })),
      )
      assert.equal(verdicts.filter((verdict) => verdict === 'redeemed').length, 1)
      assert.equal(verdicts.filter((verdict) => verdict === 'reused').length, 1)
      assert.equal(verdicts.filter((verdict) => verdict === 'revoked').length, 98)
      assert.equal((await store.grants.find(id))?.revokedReason, 'code_reused')
    })

    promise('what was granted in detail stays with its grant as it was, however often that rotates', async (store) => {
      const authorizationDetails = [{ type: 'a "quoted" type', list: ['1', { two: 3 }], '🚪': null }, { type: 'b' }]
      const id = await openGrant(store, { authorizationDetails })
      assert.equal(await store.grants.redeem(id, { now: NOW, expiresAt: END }), 'redeemed')
      assert.equal(await rotate(store, id, 1), 'rotated')
      assert.deepEqual((await store.grants.find(id))?.authorizationDetails, authorizationDetails)
      const bare = await openGrant(store)
      assert.equal((await store.grants.find(bare))?.authorizationDetails, undefined)
      const all = (await store.grants.list()).map((grant) => grant.authorizationDetails)
      assert.deepEqual(all, [authorizationDetails, undefined])
    })

    promise('a code that came too late is expired, an unknown one unknown', async (store) => {
      const id = await openGrant(store)
      assert.equal(await store.grants.redeem(id, { now: NOW + 60, expiresAt: END }), 'expired')
      assert.equal(await store.grants.redeem('f'.repeat(32), { now: NOW, expiresAt: END }), 'unknown')
    })

    promise("one consent sent twice opens one grant, and it is nobody else's", async (store) => {
      const id = await openGrant(store)
      const again = {
        id,
        userId: 'other',
        clientId: 'other',
        resource: 'r',
        scope: 's',
        openedAt: NOW,
        codeExpiresAt: END,
      }
      assert.equal(await store.grants.open(again), 'taken')
      assert.equal(await store.grants.open({ ...again, userId: USER.id }), 'exists')
      assert.equal((await store.grants.find(id))?.userId, USER.id)
    })

    for (const grants of ['newest', 'few'] as const)
      promise(
        `what is held is what live grants of that person, client and resource say, and no others: ${grants}`,
        async (store) => {
          const of = { userId: USER.id, clientId: CLIENT.id, resource: 'https://h/mcp', except: '', now: NOW, grants }
          const unredeemed = await openGrant(store)
          assert.deepEqual(await store.grants.held(of), [])
          const id = await liveGrant(store)
          assert.deepEqual(await store.grants.held(of), ['mcp'])
          const others = [
            { userId: 'x' },
            { clientId: 'x' },
            { resource: 'https://h/other' },
            { except: id },
            { now: END },
          ]
          for (const other of others) assert.deepEqual(await store.grants.held({ ...of, ...other }), [])
          const { except: _, now: __, grants: ___, ...same } = of
          const standing = { ...same, id: 'e'.repeat(32), scope: 'never asked', openedAt: NOW, expiresAt: END }
          await store.grants.stand({ ...standing, kind: 'assertion', isRegistered: false })
          assert.deepEqual(await store.grants.held(of), ['mcp'], 'nobody agreed to what an assertion opened')
          await store.grants.redeem(unredeemed, { now: NOW, expiresAt: END })
          assert.deepEqual(await store.grants.held({ ...of, except: id }), ['mcp'])
          assert.deepEqual(await store.grants.held(of), ['mcp'])
          await store.grants.revoke(id, { now: NOW, reason: 'test' })
          assert.deepEqual(await store.grants.held(of), ['mcp'])
        },
      )

    promise('blocking a client ends its grants, and unblocking does not raise them', async (store) => {
      const id = await liveGrant(store)
      assert.equal(await store.clients.block(CLIENT.id, NOW), 'done')
      assert.equal((await store.grants.find(id))?.clientBlocked, true)
      assert.equal(await store.clients.put(CLIENT), 'known')
      assert.equal(await store.clients.remove(CLIENT.id, NOW), 'blocked')
      assert.equal(await store.clients.block(CLIENT.id, undefined), 'done')
      assert.equal(await rotate(store, id, 1), 'revoked')
      assert.equal(await store.clients.block('nobody', NOW), 'unknown')
    })

    promise(
      'secrets that ended stay ended, and however many end them at once, each is told another time',
      async (store) => {
        await store.clients.put(CLIENT)
        const renew = () => store.clients.endSecrets(CLIENT.id, (was) => Math.max(was, NOW) + 1)
        const times = await Promise.all(Array.from({ length: 8 }, renew))
        assert.deepEqual(new Set(times), new Set(Array.from({ length: 8 }, (_, i) => NOW + 1 + i)))
        assert.equal(await store.clients.endSecrets(CLIENT.id, () => NOW), NOW + 8)
        assert.equal((await store.clients.find(CLIENT.id))?.secretsNotBefore, NOW + 8)
        assert.equal(await store.clients.endSecrets('nobody', () => NOW), 'unknown')
      },
    )

    promise(
      'what a removed client was granted stays revoked, also when it is back under the same id',
      async (store) => {
        const id = await liveGrant(store)
        assert.equal(await store.clients.remove(CLIENT.id, NOW), 'done')
        assert.equal(await store.clients.put(CLIENT), 'new')
        assert.equal((await store.grants.find(id))?.revokedReason, 'client_removed')
        assert.equal(await rotate(store, id, 1), 'revoked')
        const again = {
          id,
          userId: USER.id,
          clientId: CLIENT.id,
          resource: 'https://h/mcp',
          scope: 'mcp',
          openedAt: NOW,
        }
        assert.equal(await store.grants.open({ ...again, codeExpiresAt: NOW + 60 }), 'exists')
        assert.equal(await store.grants.redeem(id, { now: NOW, expiresAt: END }), 'revoked')
      },
    )

    promise('an invite opens as often as it says, however many ask at once', async (store) => {
      const invite = { id: 'i', note: '', mostUses: 3, redirectHosts: ['h.example'], scopes: ['mcp'], createdAt: NOW }
      await store.invites.add({ ...invite, expiresAt: END })
      const verdicts = await Promise.all(
        Array.from({ length: 10 }, (_, i) => store.clients.putInvited({ ...CLIENT, id: `c${i}` }, 'i', NOW)),
      )
      assert.equal(verdicts.filter((verdict) => verdict === 'invited').length, 3)
      assert.equal(verdicts.filter((verdict) => verdict === 'exhausted').length, 7)
      assert.equal((await store.clients.list()).length, 3)
      assert.deepEqual((await store.invites.find('i'))?.redirectHosts, ['h.example'])
      await store.invites.add({ ...invite, id: 'late', expiresAt: NOW })
      assert.equal(await store.clients.putInvited(CLIENT, 'late', NOW), 'expired')
      assert.equal(await store.clients.putInvited(CLIENT, 'nobody', NOW), 'unknown')
      assert.equal(await store.invites.revoke('late', NOW), 'done')
      assert.equal(await store.invites.revoke('late', NOW), 'unknown')
      assert.equal(await store.clients.putInvited(CLIENT, 'late', NOW), 'revoked')
    })

    promise('another server behind a resource ends what was granted for the one before', async (store) => {
      const id = await liveGrant(store)
      assert.equal(await store.upstreams.bind('https://h/mcp', 'http://localhost:1', NOW), 'new')
      assert.equal(await store.upstreams.bind('https://h/mcp', 'http://localhost:1', NOW), 'same')
      assert.equal((await store.grants.find(id))?.revokedAt, undefined)
      assert.equal(await store.upstreams.bind('https://h/mcp', 'http://localhost:2', NOW), 'changed')
      assert.equal((await store.grants.find(id))?.revokedReason, 'upstream_changed')
    })

    promise(
      'every way in which a grant ends is listed as revoked, the latest first, and it stays so',
      async (store) => {
        const [byHand, byReuse, byRotation, byBlock, live] = [
          await liveGrant(store),
          await liveGrant(store),
          await liveGrant(store),
          await liveGrant(store),
          'e'.repeat(32),
        ]
        const listed = async (since: number, most = 100) =>
          (await store.grants.voidedSince(since, most)).map(({ id, at }) => [id, at - NOW])
        assert.deepEqual(await listed(0), [])
        await store.grants.revoke(byHand, { now: NOW + 1, reason: 'operator_revoked' })
        assert.equal(await store.grants.redeem(byReuse, { now: NOW + 2, expiresAt: END }), 'reused')
        await rotate(store, byRotation, 1, NOW + 3, 0)
        assert.equal(await rotate(store, byRotation, 1, NOW + 3, 0), 'reused')
        await store.clients.block(CLIENT.id, NOW + 4)
        await store.clients.block(CLIENT.id, undefined)
        await store.grants.revoke(byHand, { now: NOW + 5, reason: 'again' })
        const grant = { userId: USER.id, clientId: CLIENT.id, resource: 'https://h/mcp', scope: 'mcp' }
        await store.grants.open({ ...grant, id: live, openedAt: NOW, codeExpiresAt: NOW + 60 })
        const all = [
          [byBlock, 4],
          [byRotation, 3],
          [byReuse, 2],
          [byHand, 1],
        ]
        assert.deepEqual(await listed(NOW), all)
        assert.deepEqual(await listed(NOW + 3), all.slice(0, 2))
        assert.deepEqual(await listed(NOW, 1), all.slice(0, 1))
        const exchanged = 'f'.repeat(32)
        const standing = { ...grant, id: exchanged, kind: 'exchange', parent: live, openedAt: NOW } as const
        assert.deepEqual(await store.grants.stand({ ...standing, expiresAt: END, isRegistered: false }), {
          id: exchanged,
        })
        await store.users.disable(USER.id, NOW + 6)
        assert.deepEqual((await listed(NOW + 6)).sort(), [
          [live, 6],
          [exchanged, 6],
        ])
        const elsewhere = await openGrant(store)
        await store.upstreams.bind('https://h/mcp', 'http://localhost:1', NOW)
        await store.upstreams.bind('https://h/mcp', 'http://localhost:2', NOW + 7)
        assert.deepEqual((await listed(NOW))[0], [elsewhere, 7])
        const before = await openGrant(store)
        await store.clients.remove(CLIENT.id, NOW + 8)
        assert.deepEqual((await listed(NOW))[0], [before, 8])
      },
    )

    promise('what an operator said of a client is remembered, and asked once', async (store) => {
      assert.equal(await store.clients.ask(CLIENT, { now: NOW, by: USER.id }), 'asked')
      assert.equal(await store.clients.ask(CLIENT, { now: NOW + 1, by: USER.id }), 'already')
      assert.equal(await store.clients.approve(CLIENT.id, { now: NOW + 2, by: USER.id }), 'done')
      assert.equal(await store.clients.approve('nobody', { now: NOW, by: USER.id, isSeen: () => false }), 'unknown')
      const isSeen = ({ metadata }: Pick<StoredClient, 'metadata'>) => {
        assert.deepEqual(metadata, CLIENT.metadata)
        return false
      }
      assert.equal(await store.clients.approve(CLIENT.id, { now: NOW + 3, by: 'other', isSeen }), 'changed')
      assert.equal((await store.clients.find(CLIENT.id))?.approvedBy, USER.id)
      const { askedAt, askedBy, approvedAt } = (await store.clients.find(CLIENT.id)) as StoredClient
      assert.deepEqual([askedAt, askedBy, approvedAt], [NOW, USER.id, NOW + 2])
    })

    promise(
      'a document that changed changes its client; one that is gone is back when it is found again',
      async (store) => {
        await store.clients.put({ ...CLIENT, assurance: 'domain', fetchedAt: NOW, freshUntil: NOW + 60 })
        assert.equal(await store.clients.change(CLIENT.id, { goneAt: NOW + 70 }), 'done')
        assert.equal((await store.clients.find(CLIENT.id))?.goneAt, NOW + 70)
        const metadata = { client_name: 'Two' }
        await store.clients.change(CLIENT.id, { metadata, fetchedAt: NOW + 80, freshUntil: NOW + 90 })
        const found = (await store.clients.find(CLIENT.id)) as StoredClient
        assert.deepEqual([found.metadata, found.freshUntil, found.goneAt], [metadata, NOW + 90, undefined])
        const earlier = { metadata: { client_name: 'One' }, fetchedAt: NOW + 79, freshUntil: NOW + 200 }
        assert.equal(await store.clients.change(CLIENT.id, earlier), 'unknown')
        assert.deepEqual(await store.clients.find(CLIENT.id), found)
      },
    )

    promise('disabling a person ends sessions and grants at once', async (store) => {
      const id = await liveGrant(store)
      await store.users.signedIn(sessionOf('d', USER.id), {})
      assert.equal(await store.users.disable(USER.id, NOW), 'done')
      assert.equal(await store.sessions.find('d', NOW), undefined)
      assert.equal((await store.grants.find(id))?.userDisabled, true)
      assert.equal(await rotate(store, id, 1), 'revoked')
      assert.equal(await store.users.disable('nobody', NOW), 'unknown')
    })

    promise('of two processes that add a key at once one is late, and a removed key is gone', async (store) => {
      const key = { kid: 'b', alg: 'ES256', sealedPrivateKey: 's', publicJwk: { kty: 'EC' }, createdAt: NOW }
      const event = { type: 'key.added', outcome: 'allowed', reason: 'due' } as const
      const add = (kid: string, after: string | undefined, createdAt = NOW) =>
        store.keys.add({ ...key, kid, createdAt }, after, event)
      assert.deepEqual(await Promise.all([add('b', undefined), add('c', undefined)]), ['added', 'late'])
      assert.deepEqual(await Promise.all([add('a', 'b', NOW + 1), add('c', 'b', NOW + 1)]), ['added', 'late'])
      assert.deepEqual(await store.keys.list(), [key, { ...key, kid: 'a', createdAt: NOW + 1 }])
      await store.keys.remove(['b', 'unknown'], { ...event, type: 'key.removed' })
      assert.deepEqual(
        (await store.keys.list()).map(({ kid }) => kid),
        ['a'],
      )
      assert.equal((await store.events.list({ limit: 9 })).length, 3)
    })

    promise('the event of a change says the verdict and commits with the change', async (store) => {
      const id = await liveGrant(store)
      const describeIt = (verdict: string): AuditEvent => ({
        type: 'token.refreshed',
        outcome: 'allowed',
        reason: verdict,
        grant: id,
      })
      await store.grants.rotate(id, 1, { now: NOW, windowSeconds: 30, expiresAt: END }, describeIt)
      await store.grants.rotate(id, 1, { now: NOW, windowSeconds: 30, expiresAt: END }, describeIt)
      const reasons = (await store.events.list({ limit: 10 })).map(({ reason }) => reason)
      assert.deepEqual(reasons, ['rotated', 'repeated'])
    })

    promise('a verb that fails takes no other down and leaves no trace', async (store) => {
      const id = await liveGrant(store)
      const bad = store.grants.rotate(id, 1, { now: NOW, windowSeconds: 30, expiresAt: END }, () => {
        throw new Error('on purpose')
      })
      const good = store.attempts.begin('ada', NOW, () => 0)
      await assert.rejects(bad, /on purpose/)
      assert.equal((await good).verdict, 'proceed')
      assert.equal((await store.grants.find(id))?.generation, 1)
    })

    promise('text from outside is bounded and cannot rewrite a terminal', async (store) => {
      const reason = 'r'
      await store.events.append([
        {
          type: 'request.refused',
          outcome: 'refused',
          reason,
          client: `a\u001b[2J\u202eb${'x'.repeat(5000)}`,
          detail: { d: '\n' },
        },
      ])
      const [event] = await store.events.list({ limit: 1 })
      assert.match(event?.client ?? '', /^a\?\[2J\?bx+$/)
      assert.equal(event?.client?.length, 400)
      assert.equal(event?.detail?.d, '?')
    })

    promise('a change whose event cannot be written is not made, and those that came with it are', async (store) => {
      const [bad, good] = [await liveGrant(store), await liveGrant(store)]
      const refresh = (id: string, reason: string) =>
        store.grants.rotate(id, 1, { now: NOW, windowSeconds: 30, expiresAt: END }, () => ({
          type: 'token.refreshed',
          outcome: 'allowed',
          reason,
          grant: id,
        }))
      const [refused, done] = await Promise.allSettled([refresh(bad, null as never), refresh(good, 'written')])
      assert.deepEqual([refused.status, done], ['rejected', { status: 'fulfilled', value: 'rotated' }])
      assert.equal((await store.grants.find(bad))?.generation, 1)
      assert.equal((await store.grants.find(good))?.generation, 2)
      const events = await store.events.list({ limit: 9 })
      assert.deepEqual(
        events.map(({ grant, reason }) => [grant, reason]),
        [[good, 'written']],
      )
    })

    promise('events come in order, from where one left off, by correlation', async (store) => {
      const event = (reason: string, correlation: string): AuditEvent => ({
        type: 'sign-out',
        outcome: 'allowed',
        reason,
        correlation,
      })
      await store.events.append([event('a', '1'), event('b', '2'), event('c', '1')])
      const all = await store.events.list({ limit: 10 })
      assert.deepEqual(
        all.map(({ reason }) => reason),
        ['a', 'b', 'c'],
      )
      assert.deepEqual(
        (await store.events.list({ after: all[0]?.id, limit: 1 })).map(({ reason }) => reason),
        ['b'],
      )
      assert.deepEqual(
        (await store.events.list({ limit: 9, correlation: '1' })).map(({ reason }) => reason),
        ['a', 'c'],
      )
      const place = await store.events.place(NOW)
      assert.deepEqual(place, { last: all[2]?.id, missing: [] })
      await store.events.append([event('d', '1')])
      const first = await store.events.since(place, { limit: 9, now: NOW })
      assert.deepEqual(
        first.events.map(({ reason }) => reason),
        ['d'],
      )
      assert.deepEqual(await store.events.since(first.place, { limit: 9, now: NOW }), {
        events: [],
        place: first.place,
      })
    })

    promise('the sweep forgets what has ended and keeps what lives', async (store) => {
      const live = await liveGrant(store)
      const unredeemed = await openGrant(store)
      await store.clients.put({ ...CLIENT, id: 'dwc_unused' })
      await store.clients.put({ ...CLIENT, id: 'dwo_operator', assurance: 'operator' })
      await store.clients.put({ ...CLIENT, id: 'dwc_blocked' })
      await store.clients.block('dwc_blocked', NOW)
      const consent = { type: 'consent.given', outcome: 'allowed', reason: 'x' } as const
      const storm = { type: 'request.refused', outcome: 'refused', reason: 'x' } as const
      await store.events.append([consent, consent, consent, ...Array.from({ length: 50 }, () => storm)])
      const limits = { unusedClientSeconds: 100, usedClientSeconds: 500, mostEvents: 2 }
      await store.sweep({ now: NOW + 100, ...limits })
      assert.notEqual(await store.grants.find(live), undefined)
      const ids = (await store.clients.list()).map(({ id }) => id).sort()
      assert.deepEqual(ids, ['dwc_blocked', CLIENT.id, 'dwo_operator'])
      const types = (await store.events.list({ limit: 100 })).map(({ type }) => type)
      // A storm of what strangers can cause washes away nothing of what people did.
      assert.deepEqual(types, ['consent.given', 'consent.given', 'request.refused', 'client.expired'])
      await store.sweep({ now: END + 3600, ...limits })
      assert.equal(await store.grants.find(unredeemed), undefined)
      assert.equal(await store.grants.find(live), undefined)
      assert.equal(await store.clients.find(CLIENT.id), undefined)
    })
  })
}
