import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AuditEvent } from '@doorward/core/kernel/audit'
import { openStore } from './index.ts'

const EVENT: AuditEvent = { type: 'user.added', outcome: 'allowed', reason: 'operator', actor: 'dwu_1' }
const PERSON = {
  id: 'dwu_1',
  email: 'ada@example.com',
  operator: true,
  password: 'x',
  groups: [],
  createdAt: 1,
} as const

function watched() {
  const committed: AuditEvent[] = []
  const asked: string[] = []
  const store = openStore(':memory:', () => 1000, {
    verb: (verbs, name, ask) => {
      asked.push(`${verbs}.${name}`)
      return ask()
    },
    committed: (event) => committed.push(event),
  })
  return { store, committed, asked }
}

test('an event is told once its change is durable, and one that is only appended is not told again', async () => {
  const { store, committed, asked } = watched()
  assert.equal(await store.users.add(PERSON, () => EVENT), 'added')
  assert.equal(await store.users.add(PERSON, () => undefined), 'taken')
  await store.events.append([EVENT])
  assert.deepEqual(committed, [EVENT])
  assert.equal((await store.events.list({ limit: 10 })).length, 2)
  assert.deepEqual(asked, ['users.add', 'users.add', 'events.append', 'events.list'])
  await store.close()
})

test('what a change said that was rolled back is told to nobody', async () => {
  const { store, committed } = watched()
  const failing = store.users.add(PERSON, () => {
    throw new Error('no')
  })
  // In one transaction with it, and run again by itself.
  const good = store.users.add({ ...PERSON, id: 'dwu_2', email: 'bob@example.com' }, () => EVENT)
  await assert.rejects(failing, /no/)
  assert.equal(await good, 'added')
  assert.deepEqual(committed, [EVENT])
  await store.close()
})
