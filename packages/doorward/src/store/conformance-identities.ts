import assert from 'node:assert/strict'
import type { AuditEvent } from '@doorward/core/kernel/audit'
import { END, NOW, USER } from './conformance-people.ts'
import type { WaysIn } from './identity.ts'
import type { Store } from './store.ts'

const identity = (subject: string, userId = USER.id) => ({
  provider: 'okta',
  subject,
  userId,
  label: 'ada@corp.example',
  createdAt: NOW,
  usedAt: NOW,
})
const passkey = (id: string, counter = 0) => ({
  id,
  userId: USER.id,
  publicKey: 'cose',
  counter,
  transports: ['internal', 'hybrid'],
  isSynced: true,
  name: 'Phone',
  createdAt: NOW,
  usedAt: undefined,
})

const WAYS: WaysIn = { password: true, providers: ['okta'] }

/** The promises about how people sign in: accounts elsewhere, passkeys, and the way to a provider and back. */
export function identityPromises(promise: (title: string, body: (store: Store) => Promise<void>) => void): void {
  promise('an identity is one person’s, and comes with a new person or not at all', async (store) => {
    await store.users.add(USER)
    assert.equal(await store.identities.add(identity('1'), undefined), 'added')
    assert.equal((await store.identities.find('okta', '1'))?.user.id, USER.id)
    assert.equal(await store.identities.find('other', '1'), undefined)
    const two = { ...USER, id: 'dwu_two' }
    assert.equal(await store.identities.add(identity('1', two.id), { ...two, email: 'two@example.com' }), 'taken')
    assert.equal(await store.users.byId(two.id), undefined)
    assert.equal(await store.identities.add(identity('2', two.id), two), 'email_taken')
    assert.equal(await store.identities.find('okta', '2'), undefined)
    assert.equal(await store.identities.add(identity('2', two.id), { ...two, email: 'two@example.com' }), 'added')
    assert.equal((await store.identities.find('okta', '2'))?.user.email, 'two@example.com')
  })

  promise('an account without a way in is taken by one of however many come at once', async (store) => {
    const open = { ...USER, password: '' }
    await store.users.add(open)
    await store.users.add({ ...USER, id: 'dwu_two', email: 'two@example.com' })
    assert.equal(await store.identities.adopt(identity('9', 'dwu_two'), ['okta']), 'held')
    const outcomes = await Promise.all(['1', '2'].map((subject) => store.identities.adopt(identity(subject), ['okta'])))
    assert.deepEqual([...outcomes].sort(), ['added', 'held'])
    // The provider of before is gone from the config: what it said of the person lets nobody in.
    assert.equal(await store.identities.adopt({ ...identity('3'), provider: 'entra' }, ['entra']), 'added')
    assert.equal(await store.identities.adopt({ ...identity('3', 'dwu_two'), provider: 'entra' }, []), 'taken')
    assert.equal(await store.identities.adopt(identity('4', 'nobody'), []), 'held')
    await store.users.add({ ...open, id: 'dwu_three', email: 'three@example.com' })
    await store.users.disable('dwu_three', NOW)
    assert.equal(await store.identities.adopt(identity('5', 'dwu_three'), []), 'held')
  })

  promise('the last way in cannot be removed, however many are removed at once', async (store) => {
    await store.identities.add(identity('1'), { ...USER, password: '' })
    assert.equal(await store.passkeys.add(passkey('p'), 5), 'added')
    assert.equal(await store.passkeys.remove('p', 'somebody else', WAYS), 'unknown')
    const removals = await Promise.all([
      store.identities.remove('okta', '1', USER.id, WAYS),
      store.passkeys.remove('p', USER.id, WAYS),
    ])
    assert.deepEqual([...removals].sort(), ['last', 'removed'])
  })

  promise('a way in that is not offered any more does not count as one that is left', async (store) => {
    const gone = { ...identity('2'), provider: 'gone' }
    await store.identities.add(identity('1'), USER)
    await store.identities.add(gone, undefined)
    assert.equal(await store.passkeys.add(passkey('p'), 5), 'added')
    const offered = { password: false, providers: ['okta'] }
    assert.equal(await store.passkeys.remove('p', USER.id, { password: false, providers: [] }), 'last')
    assert.equal(await store.passkeys.remove('p', USER.id, offered), 'removed')
    assert.equal(await store.identities.remove('okta', '1', USER.id, offered), 'last')
    assert.equal(await store.identities.remove('gone', '2', USER.id, offered), 'removed', 'it let nobody in')
    assert.equal(await store.identities.remove('okta', '1', USER.id, { ...offered, password: true }), 'removed')
  })

  promise(
    'what a provider said of a person goes with the last account there, in one step or not at all [doorward-provider-groups]',
    async (store) => {
      await store.users.add({ ...USER, operator: false })
      for (const subject of ['1', '2']) await store.identities.add(identity(subject), undefined)
      await store.users.setGroups(USER.id, 'okta', ['staff'])
      await store.users.setGroups(USER.id, undefined, ['ours'])
      await store.users.setOperatorBy(USER.id, 'okta', true)
      const told = (type: AuditEvent['type']) => () => ({ type, outcome: 'allowed', reason: 'told' }) as const
      const leaving = {
        groups: told('user.groups.changed'),
        govern: { now: NOW, reason: 'x', scopeOf: () => undefined },
        role: told('user.role.changed'),
      }
      const unlink = (subject: string, role: typeof leaving.role = leaving.role) =>
        store.identities.remove('okta', subject, USER.id, WAYS, told('identity.unlinked'), { ...leaving, role })
      const said = async () => {
        const user = await store.users.byId(USER.id)
        return [user?.operator, user?.groups, (await store.identities.ofUser(USER.id)).length]
      }
      assert.equal(await unlink('1'), 'removed')
      assert.deepEqual(await said(), [true, ['okta/staff', 'ours'], 1])
      const failing = unlink('2', () => {
        throw new Error('cut off')
      })
      await assert.rejects(failing, /cut off/)
      assert.deepEqual(await said(), [true, ['okta/staff', 'ours'], 1])
      assert.equal(await unlink('2'), 'removed')
      assert.deepEqual(await said(), [false, ['ours'], 0])
      assert.deepEqual(
        (await store.events.list({ limit: 9 })).map(({ type }) => type),
        ['identity.unlinked', 'identity.unlinked', 'user.groups.changed', 'user.role.changed'],
      )
    },
  )

  promise('a passkey’s count has to grow where there is one, and it is used by one of two at once', async (store) => {
    await store.users.add(USER)
    assert.equal(await store.passkeys.add(passkey('counts', 1), 2), 'added')
    assert.equal(await store.passkeys.add(passkey('counts', 1), 2), 'taken')
    assert.equal(await store.passkeys.add(passkey('silent'), 2), 'added')
    assert.equal(await store.passkeys.add(passkey('third'), 2), 'too_many')
    const uses = await Promise.all([1, 2].map(() => store.passkeys.use('counts', 2, NOW)))
    assert.deepEqual(uses, ['used', 'cloned'])
    assert.equal(await store.passkeys.use('counts', 0, NOW), 'cloned')
    for (let i = 0; i < 2; i++) assert.equal(await store.passkeys.use('silent', 0, NOW), 'used')
    assert.equal(await store.passkeys.use('nothing', 1, NOW), 'unknown')
    assert.equal(await store.passkeys.rename('silent', USER.id, 'Key'), 'done')
    assert.equal(await store.passkeys.rename('silent', 'dwu_two', 'Mine'), 'unknown')
    const { passkey: found } = (await store.passkeys.find('silent')) ?? {}
    assert.deepEqual(found, { ...passkey('silent'), name: 'Key', usedAt: NOW })
  })

  // Half of what strangers say does not come as a form: names in Basic, claims, answers of passkeys.
  promise('a text with NUL in it is found nowhere, and what is kept of it can be read again', async (store) => {
    await store.users.add(USER)
    assert.equal(await store.users.byEmail('ada\0@example.com'), undefined)
    assert.equal(await store.clients.find('a\0b'), undefined)
    assert.equal(await store.passkeys.find('\0'), undefined)
    assert.deepEqual((await store.governing.people({ text: '\0', limit: 9 })).items, [])
    assert.equal(await store.clients.approve('a\0b', { now: NOW, by: USER.id }), 'unknown')
    await store.passkeys.add({ ...passkey('one'), name: 'a\0b' }, 2)
    assert.equal((await store.passkeys.find('one'))?.passkey.name, 'a\ufffdb')
  })

  promise('a journey is taken once, in time', async (store) => {
    await store.journeys.begin('k', 'sealed', END)
    assert.equal(await store.journeys.look('k', NOW), 'sealed')
    const taken = await Promise.all(Array.from({ length: 9 }, () => store.journeys.take('k', NOW)))
    assert.equal(taken.filter((sealed) => sealed === 'sealed').length, 1)
    await store.journeys.begin('late', 'sealed', NOW)
    assert.equal(await store.journeys.take('late', NOW), undefined)
  })
}
