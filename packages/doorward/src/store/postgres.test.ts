import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Client } from 'pg'
import { startPostgres, type TestPostgres } from '../testing/postgres.ts'
import { storeConformance } from './conformance.ts'
import { catchUp, changeConformance } from './conformance-changes.ts'
import { openStore } from './index.ts'
import { postgresNotices } from './postgres-notices.ts'

let postgres: TestPostgres
before(async () => {
  postgres = await startPostgres(undefined, { settings: ['fsync=off'] })
})
after(() => postgres.stop())

const open = (address: string) => openStore(address, () => 1_800_000_000_000)

storeConformance('postgres', async () => open(await postgres.fresh()))
changeConformance('postgres', async () => {
  const address = await postgres.fresh()
  return () => open(address)
})

test('an event of a transaction that commits late reaches a follower that has read newer ones [doorward-events-follow]', async () => {
  const address = await postgres.fresh()
  const [one, other] = [open(address), open(address)]
  const event = (reason: string) => ({ type: 'key.added', outcome: 'allowed', reason }) as const
  await one.events.append([event('first')])
  const slow = new Client({ connectionString: address })
  await slow.connect()
  await slow.query('BEGIN')
  await slow.query("INSERT INTO events (at, type, outcome, reason) VALUES (0, 'key.added', 'allowed', 'late')")
  const start = await other.events.place(0)
  await one.events.append([event('later')])
  const first = await other.events.since(start, { limit: 9, now: 0 })
  assert.deepEqual(
    first.events.map(({ reason }) => reason),
    ['later'],
  )
  await slow.query('COMMIT')
  const second = await other.events.since(first.place, { limit: 9, now: 1 })
  assert.deepEqual(
    second.events.map(({ reason }) => reason),
    ['late'],
  )
  assert.deepEqual((await other.events.since(second.place, { limit: 9, now: 2 })).events, [])
  await Promise.all([slow.end(), one.close(), other.close()])
})

test('a connection for notices that is cut is made anew, and says that nobody knows what changed meanwhile [doorward-nodes]', async () => {
  const address = await postgres.fresh()
  const store = open(address)
  await catchUp(store)
  const heard: string[] = []
  const cut = Promise.withResolvers<void>()
  store.changes.follow(({ of }) => {
    heard.push(of)
    cut.resolve()
  })
  const operator = new Client({ connectionString: address })
  await operator.connect()
  await operator.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()
    AND pid <> pg_backend_pid() AND query = 'LISTEN doorward'`)
  await cut.promise
  assert.deepEqual(heard, ['everything'])
  await catchUp(store)
  await operator.query("SELECT pg_notify('doorward', 'grants x')")
  await catchUp(store)
  assert.equal(heard.at(-1), 'grants')
  await operator.end()
  await store.close()
})

test('where no notice comes back, as through a pooler that shares connections, nothing counts as heard [doorward-nodes]', async () => {
  const address = await postgres.fresh()
  const listening = Promise.withResolvers<void>()
  const said: string[] = []
  const connect = async () => {
    const client = new Client({ connectionString: address })
    client.on('error', () => undefined)
    await client.connect()
    return client
  }
  const say = async (sql: string) => {
    said.push(sql)
    listening.resolve()
  }
  const notices = postgresNotices(connect, say, () => undefined)
  const patience = new AbortController()
  const proof = notices.prove(patience.signal)
  await listening.promise
  patience.abort()
  await assert.rejects(proof, /No notice came through the database/)
  assert.match(said[0] ?? '', /pg_notify/)
  // The connection that heard nothing is given up, and the next proof begins with another.
  const next = new AbortController()
  const again = notices.prove(next.signal)
  next.abort()
  await assert.rejects(again, /No notice came through the database/)
  notices.close()
  await assert.rejects(notices.prove(AbortSignal.timeout(20_000)), /closed/)
})

test('however many processes open one empty database at once, each of them gets in', async () => {
  for (let round = 0; round < 5; round++) {
    const database = await postgres.fresh()
    const stores = Array.from({ length: 8 }, () => openStore(database, () => 1_800_000_000_000))
    try {
      for (const keys of await Promise.all(stores.map((store) => store.keys.list()))) assert.deepEqual(keys, [])
    } finally {
      await Promise.all(stores.map((store) => store.close()))
    }
  }
})
