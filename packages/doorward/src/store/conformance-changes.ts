import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Change, changeText } from './change.ts'
import type { Store } from './store.ts'

const NOW = 1_800_000_000
const ID = 'a'.repeat(32)
const KEY = { kid: 'k', alg: 'ES256', sealedPrivateKey: 's', publicJwk: {}, createdAt: NOW }
const MADE = { type: 'key.added', outcome: 'allowed', reason: 'due' } as const
const RULE = {
  id: 'r',
  effect: 'deny',
  kind: 'clientId',
  value: 'c',
  note: '',
  createdAt: NOW,
  createdBy: 'x',
} as const
const ENDED = { now: NOW, reason: 'x' }

/** Something that was remembered of them changed. */
const CHANGES: readonly (readonly [string, readonly string[], (store: Store) => Promise<unknown>])[] = [
  ['a revoked grant', [`grants ${ID}`], (store) => store.grants.revoke(ID, ENDED)],
  ['all of a person', [`grants ${ID}`], (store) => store.grants.revokeAll('u', ENDED)],
  [
    'a narrowed grant',
    [`grants ${ID}`],
    (store) => store.grants.narrow(ID, { now: NOW, scope: 'a', voidsTokens: false }),
  ],
  [
    'a refresh that holds less from now on',
    [`grants ${ID}`],
    (store) =>
      store.grants.rotate(ID, 1, { now: NOW, windowSeconds: 9, expiresAt: NOW + 99, judge: () => ({ scope: 'a' }) }),
  ],
  [
    'a refresh token that came again',
    [`grants ${ID}`],
    async (store) => {
      const at = { now: NOW, windowSeconds: 0, expiresAt: NOW + 99 }
      await store.grants.rotate(ID, 1, at)
      await store.grants.rotate(ID, 2, at)
      await store.grants.rotate(ID, 1, at)
    },
  ],
  ['a code that came again', [`grants ${ID}`], (store) => store.grants.redeem(ID, { now: NOW, expiresAt: NOW + 99 })],
  ['a person who is disabled', ['grants'], (store) => store.users.disable('u', NOW)],
  [
    'a person who is let in again',
    ['grants'],
    async (store) => {
      await store.users.disable('u', NOW)
      await store.governing.enable('u')
    },
  ],
  ['an application that is blocked', ['clients c', 'grants'], (store) => store.clients.block('c', NOW)],
  [
    'an application that is blocked no more',
    ['clients c', 'grants'],
    async (store) => {
      await store.clients.block('c', NOW)
      await store.clients.block('c', undefined)
    },
  ],
  ['an application that is removed', ['clients c', 'grants'], (store) => store.clients.remove('c', NOW)],
  [
    'an application that is described anew',
    ['clients c'],
    (store) => store.clients.change('c', { metadata: { a: 1 } }),
  ],
  ['an application whose secrets end', ['clients c'], (store) => store.clients.endSecrets('c', () => NOW)],
  ['an application that is let in', ['clients c'], (store) => store.clients.approve('c', { now: NOW, by: 'u' })],
  ['an application that is asked for', ['clients c'], (store) => store.clients.ask(CLIENT, { now: NOW, by: 'u' })],
  [
    'applications that nobody uses',
    ['clients'],
    (store) => store.sweep({ now: NOW + 999, unusedClientSeconds: 1, usedClientSeconds: 1, mostEvents: 10 }),
  ],
  [
    'a rule that ends what is there',
    ['grants', 'rules'],
    (store) => store.rules.add(RULE, { now: NOW, most: 9, isMeant: () => true }),
  ],
  [
    'a rule that is taken back',
    ['rules'],
    async (store) => {
      await store.rules.add(RULE, { now: NOW, most: 9, isMeant: () => false })
      await store.rules.remove('r')
    },
  ],
  ['a new key', ['keys'], (store) => store.keys.add(KEY, undefined, MADE)],
  ['a key that is gone', ['keys'], (store) => store.keys.remove(['k'], { ...MADE, type: 'key.removed' })],
]

/** What happens at every request changes nothing that anybody remembers. */
const NO_CHANGES: readonly (readonly [string, (store: Store) => Promise<unknown>])[] = [
  ['a refresh', (store) => store.grants.rotate(ID, 1, { now: NOW, windowSeconds: 9, expiresAt: NOW + 99 })],
  ['a refresh that keeps its token', (store) => store.grants.use(ID, 1, { now: NOW, expiresAt: NOW + 99 })],
  ['an event', (store) => store.events.append([MADE])],
  ['a registration', (store) => store.clients.put({ ...CLIENT, id: 'another' })],
  ['a claim', (store) => store.claims.claim('x', NOW)],
]

const CLIENT = { id: 'c', assurance: 'claimed', metadata: {}, createdAt: NOW, secretsNotBefore: 0 } as const

async function fill(store: Store): Promise<void> {
  await store.users.add({ id: 'u', email: 'a@b', password: 'x', operator: false, groups: [], createdAt: NOW })
  await store.clients.put(CLIENT)
  const grant = {
    id: ID,
    userId: 'u',
    clientId: 'c',
    resource: 'r',
    scope: 'a b',
    openedAt: NOW,
    codeExpiresAt: NOW + 60,
  }
  await store.grants.open(grant)
  await store.grants.redeem(ID, { now: NOW, expiresAt: NOW + 99 })
}

function heardBy(store: Store): string[] {
  const heard: string[] = []
  store.changes.follow((change: Change) => void heard.push(changeText(change)))
  return heard
}

/** What a store may have missed, in this process: after it, all that was committed before it was called is heard. */
export async function catchUp({ changes: { notices } }: Store): Promise<void> {
  if (notices.by === 'looking') return notices.look()
  await notices.prove(AbortSignal.timeout(20_000))
}

/**
 * What processes on one database tell each other. Every driver runs them.
 * @param fresh makes a database, and says how to open it as one more process does
 */
export function changeConformance(name: string, fresh: () => Promise<() => Store>): void {
  const promise = (title: string, body: (one: Store, other: Store) => Promise<void>) =>
    test(`${name}: ${title} [doorward-nodes]`, async () => {
      const open = await fresh()
      const [one, other] = [open(), open()]
      try {
        await fill(one)
        await catchUp(one)
        await catchUp(other)
        await body(one, other)
      } finally {
        await Promise.all([one.close(), other.close()])
      }
    })

  describe(`changes: ${name}`, () => {
    for (const [what, changes, change] of CHANGES) {
      promise(`${what} is heard of here before the verb answers, and elsewhere`, async (one, other) => {
        const [here, there] = [heardBy(one), heardBy(other)]
        await change(one)
        assert.deepEqual([...new Set(here)].sort(), [...changes].sort())
        await catchUp(other)
        const heard = [...new Set(there)].sort()
        // Who looks at a file sees that something changed, and not what.
        assert.deepEqual(heard, other.changes.notices.by === 'looking' ? ['everything'] : [...changes].sort())
      })
    }

    for (const [what, act] of NO_CHANGES) {
      promise(`${what} tells nobody anything`, async (one, other) => {
        const [here, there] = [heardBy(one), heardBy(other)]
        await act(one)
        assert.deepEqual(here, [])
        await catchUp(other)
        if (other.changes.notices.by === 'listening') assert.deepEqual(there, [])
      })
    }

    promise('nothing is told of a change that is taken back', async (one, other) => {
      const there = heardBy(other)
      const failed = one.grants.revoke(ID, ENDED, () => {
        throw new Error('no')
      })
      await assert.rejects(failed, /no/)
      await catchUp(other)
      assert.deepEqual(there, [])
      assert.equal((await other.grants.find(ID))?.revokedAt, undefined)
    })
  })
}
