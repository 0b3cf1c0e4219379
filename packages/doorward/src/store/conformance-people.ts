import assert from 'node:assert/strict'
import type { Store, StoredUser } from './store.ts'

const NOW = 1_800_000_000
const END = NOW + 30 * 86_400
const USER: StoredUser = {
  id: 'dwu_one',
  email: 'ada@example.com',
  password: 'x',
  operator: true,
  groups: [],
  createdAt: NOW,
}

/** The promises about people, their sessions and how they sign in. */
export function peoplePromises(promise: (title: string, body: (store: Store) => Promise<void>) => void): void {
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

  promise('attempts are counted before the answer is known, so parallel guesses wait', async (store) => {
    await store.users.add(USER)
    const backOff = (failures: number) => (failures < 3 ? 0 : 60)
    const verdicts = await Promise.all(Array.from({ length: 10 }, () => store.attempts.begin('ada', NOW, backOff)))
    assert.equal(verdicts.filter(({ verdict }) => verdict === 'proceed').length, 3)
    assert.deepEqual(verdicts[3], { verdict: 'wait', until: NOW + 60 })
    await store.users.signedIn({ digest: 'd', userId: USER.id, createdAt: NOW, expiresAt: END }, 'ada')
    assert.equal((await store.attempts.begin('ada', NOW, backOff)).verdict, 'proceed')
  })

  promise('a session ends with its time or by being closed', async (store) => {
    await store.users.add(USER)
    await store.users.signedIn({ digest: 'd', userId: USER.id, createdAt: NOW, expiresAt: END }, 'ada')
    assert.equal((await store.sessions.find('d', NOW))?.user.id, USER.id)
    assert.equal(await store.sessions.find('d', END), undefined)
    assert.equal(await store.sessions.close('d'), 'closed')
    assert.equal(await store.sessions.close('d'), 'unknown')
  })
}
