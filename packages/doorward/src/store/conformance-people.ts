import assert from 'node:assert/strict'
import type { Store, StoredUser } from './store.ts'

export const NOW = 1_800_000_000
export const END = NOW + 30 * 86_400
export const USER: StoredUser = {
  id: 'dwu_one',
  email: 'ada@example.com',
  password: 'x',
  operator: true,
  groups: [],
  createdAt: NOW,
}

/** A session as somebody has it who signed in with a password. */
export const sessionOf = (digest: string, userId = USER.id) => ({
  digest,
  userId,
  createdAt: NOW,
  expiresAt: END,
  authentication: { at: NOW, method: 'password', amr: ['pwd'] },
  network: '203.0.113.0/24',
  browser: 'Firefox',
  usedAt: NOW,
})
/** The promises about people and their sessions. */
export function peoplePromises(promise: (title: string, body: (store: Store) => Promise<void>) => void): void {
  promise('of a rate that processes share each takes what the others left, and no more', async (store) => {
    const rate = { burst: 5, everySeconds: 10 }
    const take = (now: number, key = 'k') => store.attempts.take(key, now, rate)
    const first = await Promise.all(Array.from({ length: 20 }, () => take(NOW)))
    assert.deepEqual(
      [0, 10].map((wait) => first.filter((seconds) => seconds === wait).length),
      [5, 15],
    )
    assert.equal(await take(NOW, 'another'), 0)
    assert.deepEqual([await take(NOW + 9), await take(NOW + 10), await take(NOW + 10)], [1, 0, 10])
    // Whoever waits long has as many again, and not more.
    const later = await Promise.all(Array.from({ length: 6 }, () => take(NOW + 1000)))
    assert.equal(later.filter((seconds) => seconds === 0).length, 5)
    // Another process's clock may be behind this one's.
    assert.equal(await take(NOW + 990), 20)
  })

  promise('a provider replaces its own word on a person’s groups and nobody else’s', async (store) => {
    await store.users.add(USER)
    assert.equal(await store.users.setGroups(USER.id, undefined, ['staff']), 'changed')
    assert.equal(await store.users.setGroups(USER.id, 'okta', ['dev', 'ops', 'dev']), 'changed')
    assert.deepEqual((await store.users.byId(USER.id))?.groups, ['okta/dev', 'okta/ops', 'staff'])
    assert.equal(await store.users.setGroups(USER.id, 'okta', ['ops', 'dev']), 'same')
    assert.equal(await store.users.setGroups(USER.id, 'okta', []), 'changed')
    assert.deepEqual((await store.users.byId(USER.id))?.groups, ['staff'])
    assert.equal(await store.users.setGroups('nobody', 'okta', ['dev']), 'unknown')
  })

  promise('two people cannot have one address', async (store) => {
    assert.equal(await store.users.add(USER), 'added')
    assert.equal(await store.users.add({ ...USER, id: 'dwu_two' }), 'taken')
    assert.equal((await store.users.byEmail(USER.email))?.id, USER.id)
    assert.equal((await store.users.byId(USER.id))?.email, USER.email)
  })

  promise('a person is the same whichever way they are read', async (store) => {
    const people = [0, 1, 2].map((i) => ({ ...USER, id: `dwu_${i}`, email: `p${i}@example.com`, createdAt: NOW + i }))
    for (const person of people) await store.users.add(person)
    const read = people.map(async ({ id, email }) => {
      await store.users.signedIn(sessionOf(id, id), {})
      return [await store.users.byId(id), await store.users.byEmail(email), (await store.sessions.find(id, NOW))?.user]
    })
    const expected = people.map((person) => ({ ...person, disabledAt: undefined }))
    assert.deepEqual(
      await Promise.all(read),
      expected.map((person) => [person, person, person]),
    )
    assert.deepEqual(await store.users.list(), expected)
    assert.deepEqual((await store.governing.people({ limit: 9 })).items, expected)
  })

  promise('attempts are counted before the answer is known, so parallel guesses wait', async (store) => {
    await store.users.add(USER)
    const backOff = (failures: number) => (failures < 3 ? 0 : 60)
    const verdicts = await Promise.all(Array.from({ length: 10 }, () => store.attempts.begin('ada', NOW, backOff)))
    assert.equal(verdicts.filter(({ verdict }) => verdict === 'proceed').length, 3)
    assert.deepEqual(verdicts[3], { verdict: 'wait', until: NOW + 60 })
    await store.users.signedIn(sessionOf('d'), { attempt: 'ada' })
    assert.equal((await store.attempts.begin('ada', NOW, backOff)).verdict, 'proceed')
  })

  promise('a session ends with its time or by being closed', async (store) => {
    await store.users.add(USER)
    await store.users.signedIn(sessionOf('d'), { attempt: 'ada' })
    assert.equal((await store.sessions.find('d', NOW))?.user.id, USER.id)
    assert.equal(await store.sessions.find('d', END), undefined)
    assert.equal(await store.sessions.close('d'), 'closed')
    assert.equal(await store.sessions.close('d'), 'unknown')
  })

  promise('a session keeps how and when somebody signed in, and takes the place of the one before', async (store) => {
    await store.users.add(USER)
    await store.users.signedIn(sessionOf('d'), {})
    assert.deepEqual((await store.sessions.find('d', NOW))?.session, sessionOf('d'))
    await store.sessions.touch('d', NOW + 9)
    assert.equal((await store.sessions.find('d', NOW))?.session.usedAt, NOW + 9)
    await store.users.add({ ...USER, id: 'dwu_two', email: 'two@example.com' })
    await store.users.signedIn(sessionOf('f', 'dwu_two'), {})
    await store.users.signedIn(sessionOf('e'), { replaces: ['d', 'f'] })
    assert.equal((await store.sessions.find('f', NOW))?.user.id, 'dwu_two', 'somebody else’s')
    assert.deepEqual(
      (await store.sessions.ofUser(USER.id, NOW)).map(({ digest }) => digest),
      ['e'],
    )
  })

  promise('somebody who is disabled gets no session', async (store) => {
    await store.users.add(USER)
    await store.users.disable(USER.id, NOW)
    assert.equal(await store.users.signedIn(sessionOf('d'), {}), 'refused')
    assert.equal(await store.users.signedIn(sessionOf('d', 'nobody'), {}), 'refused')
    assert.deepEqual(await store.sessions.ofUser(USER.id, NOW), [])
  })

  promise('a password that was changed while somebody signed in with it lets nobody in', async (store) => {
    await store.users.add(USER)
    const { password } = USER
    assert.equal(await store.users.signedIn(sessionOf('d'), { password }), 'opened')
    await store.users.setPassword(USER.id, { expected: password, password: 'y', keep: '' })
    assert.equal(await store.users.signedIn(sessionOf('e'), { password }), 'refused')
    assert.deepEqual(await store.sessions.ofUser(USER.id, NOW), [])
  })

  promise('a person ends one session or all others, and nobody else’s', async (store) => {
    const other = { ...USER, id: 'dwu_two', email: 'bob@example.com' }
    await store.users.add(USER)
    await store.users.add(other)
    for (const digest of ['a', 'b', 'c']) await store.users.signedIn(sessionOf(digest), {})
    await store.users.signedIn(sessionOf('x', other.id), {})
    assert.equal(await store.sessions.close('x', USER.id), 'unknown')
    assert.equal(await store.sessions.close('a', USER.id), 'closed')
    assert.equal(await store.sessions.closeOthers(USER.id, 'b'), 'closed')
    assert.equal(await store.sessions.closeOthers(USER.id, 'b'), 'none')
    assert.deepEqual(
      (await store.sessions.ofUser(USER.id, NOW)).map(({ digest }) => digest),
      ['b'],
    )
    assert.equal((await store.sessions.ofUser(other.id, NOW)).length, 1)
  })

  promise('a changed password ends the other sessions, and changes once from what it was', async (store) => {
    await store.users.add(USER)
    for (const digest of ['a', 'b']) await store.users.signedIn(sessionOf(digest), {})
    const change = { expected: USER.password, password: 'y', keep: 'a' }
    assert.equal(await store.users.setPassword(USER.id, change), 'changed')
    assert.equal(await store.users.setPassword(USER.id, { ...change, password: 'z' }), 'unknown')
    assert.equal((await store.users.byId(USER.id))?.password, 'y')
    assert.deepEqual(
      (await store.sessions.ofUser(USER.id, NOW)).map(({ digest }) => digest),
      ['a'],
    )
  })

  promise('a provider takes back only the role that it gave itself', async (store) => {
    const bob = { ...USER, id: 'dwu_two', email: 'bob@example.com', operator: false }
    await store.users.add(USER)
    await store.users.add(bob)
    assert.equal(await store.users.setOperatorBy(USER.id, 'okta', false), 'same')
    assert.equal((await store.users.byId(USER.id))?.operator, true)
    assert.equal(await store.users.setOperatorBy(bob.id, 'okta', true), 'changed')
    assert.equal(await store.users.setOperatorBy(bob.id, 'other', false), 'same')
    assert.equal((await store.users.byId(bob.id))?.operator, true)
    assert.equal(await store.users.setOperatorBy(bob.id, 'okta', false), 'changed')
    assert.equal((await store.users.byId(bob.id))?.operator, false)
    assert.equal(await store.users.setOperatorBy('nobody', 'okta', true), 'unknown')
  })

  promise('a role that a provider gave ends with the provider; one that an operator gave stays', async (store) => {
    const [okta, entra] = ['okta', 'entra'].map((name) => ({
      ...USER,
      id: `dwu_${name}`,
      email: `${name}@example.com`,
      operator: false,
    })) as [StoredUser, StoredUser]
    for (const user of [USER, okta, entra]) await store.users.add(user)
    await store.users.setOperatorBy(okta.id, 'okta', true)
    await store.users.setOperatorBy(entra.id, 'entra', true)
    const ended = await store.users.endRolesOfOthers(['entra'])
    assert.deepEqual(
      ended.map(({ id }) => id),
      [okta.id],
    )
    const operators = (await store.users.list()).filter(({ operator }) => operator).map(({ id }) => id)
    assert.deepEqual(operators.sort(), [entra.id, USER.id].sort())
    assert.deepEqual(await store.users.endRolesOfOthers(['entra']), [])
    assert.equal(await store.users.setOperatorBy(okta.id, 'okta', true), 'changed', 'the provider is back')
  })
}
