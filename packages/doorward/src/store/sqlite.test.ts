import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import { storeConformance } from './conformance.ts'
import { changeConformance } from './conformance-changes.ts'
import type { Driver } from './driver.ts'
import { openStore } from './index.ts'
import { MIGRATIONS } from './migrations/index.ts'
import { sqlStore } from './sql.ts'
import { sqliteDriver } from './sqlite.ts'
import { StoreUnavailable } from './unavailable.ts'

const folder = mkdtempSync(join(tmpdir(), 'doorward-store-'))
after(() => rmSync(folder, { recursive: true }))
let files = 0
/** As `PRAGMA synchronous` says it: 0 off, 1 normal, 2 full, 3 extra. */
const FULL = 2
const fresh = (): string => join(folder, `${++files}.sqlite`)
const open = (path: string) => openStore(path, () => 1_800_000_000_000)

storeConformance('sqlite in memory', async () => open(':memory:'))
storeConformance('sqlite in a file', async () => open(fresh()))
changeConformance('sqlite', async () => {
  const path = fresh()
  return () => open(path)
})

test('a database made by a newer version is refused with what to do', () => {
  const path = fresh()
  const database = new DatabaseSync(path)
  database.exec('PRAGMA user_version = 99')
  database.close()
  assert.throws(() => open(path), /newer Doorward .*run that version or a newer one/)
})

test('a migration that fails says why, also where SQLite has taken it back by itself, and leaves what was there [doorward-upgrade]', async () => {
  const path = fresh()
  await open(path).close()
  // As a full disk does: the statement ends the transaction.
  const failing =
    'CREATE TABLE later (a TEXT UNIQUE); INSERT INTO later VALUES (1); INSERT OR ROLLBACK INTO later VALUES (1)'
  assert.throws(() => sqliteDriver(path, [...MIGRATIONS, failing]), /UNIQUE constraint failed/)
  const store = open(path)
  assert.equal(await store.schema(), 'current')
  await store.close()
})

test('opening twice migrates once and keeps what is there', async () => {
  const path = fresh()
  const first = open(path)
  await first.users.add({ id: 'u', email: 'a@b', password: 'x', operator: false, groups: [], createdAt: 1 })
  const second = open(path)
  assert.equal((await second.users.list()).length, 1)
  await first.close()
  await second.close()
  const database = new DatabaseSync(path)
  assert.deepEqual({ ...database.prepare('PRAGMA user_version').get() }, { user_version: MIGRATIONS.length })
  assert.deepEqual({ ...database.prepare('PRAGMA journal_mode').get() }, { journal_mode: 'wal' })
  database.close()
})

// With NORMAL, which is often advised beside WAL, a commit that was answered can be gone after a loss of power.
test('a commit is on the disk before it is answered, and a row refers to one that is there [doorward-durable]', async () => {
  const driver = sqliteDriver(fresh(), MIGRATIONS)
  const pragma = (name: string) =>
    driver.read(function* (tx) {
      return Object.values((yield* tx.get(`PRAGMA ${name}`)) ?? {})[0]
    })
  assert.deepEqual(
    [await pragma('journal_mode'), await pragma('synchronous'), await pragma('foreign_keys')],
    ['wal', FULL, 1],
  )
  await driver.close()
})

// One after the other they would wait five seconds each, and whoever only reads with them.
test('who writes while somebody else holds the file is refused together with all who wait, and the next at once, until it is let go [doorward-honest-outage]', async () => {
  const path = fresh()
  const store = open(path)
  const add = (id: string) =>
    store.users.add({ id, email: id, password: 'x', operator: false, groups: [], createdAt: 1 })
  const other = new DatabaseSync(path)
  other.exec('BEGIN IMMEDIATE')
  const began = performance.now()
  const first = await Promise.allSettled(['a', 'b', 'c', 'd', 'e'].map(add))
  for (let i = 0; i < 5; i++) first.push(...(await Promise.allSettled([add('f')])))
  const waited = performance.now() - began
  for (const one of first) assert.ok(one.status === 'rejected' && one.reason instanceof StoreUnavailable, one.status)
  // Once five seconds, where it was ten times.
  assert.ok(waited < 20_000, `${waited} ms`)
  other.exec('ROLLBACK')
  other.close()
  assert.equal(await add('a'), 'added')
  await store.close()
})

test('a column that a newer process adds meanwhile does not shift what stands behind it', async () => {
  const path = fresh()
  const store = open(path)
  const grant = { id: 'g', userId: 'u', clientId: 'c', resource: 'r', scope: 's', openedAt: 1, codeExpiresAt: 9 }
  await store.users.add({ id: 'u', email: 'a@b', password: 'x', operator: false, groups: [], createdAt: 1 })
  await store.grants.open(grant)
  const before = await store.grants.find('g')
  const database = new DatabaseSync(path)
  database.exec("ALTER TABLE grants ADD COLUMN later TEXT NOT NULL DEFAULT 'x'")
  database.close()
  assert.deepEqual(await store.grants.find('g'), before)
  assert.equal((await store.grants.list()).length, 1)
  await store.close()
})

test('another engine is refused in a sentence', () => {
  assert.throws(() => open('mysql://localhost/x'), /'mysql:\/\/…' is of a kind/)
})

for (const [when, age, verdict] of [
  ['just before it', 3602, 'repeated'],
  ['by another process, while it lasted', 2400, 'reused'],
  ['by another process, a moment before it was over', 31, 'reused'],
  ['after it', 20, 'repeated'],
  ['long before it', 3640, 'reused'],
] as const) {
  test(`after an hour without the database, what was rotated ${when} is ${verdict}`, async () => {
    // It was silent until now, and what was sent before that may have been done two seconds after it began.
    const driver: Driver = { ...sqliteDriver(':memory:', MIGRATIONS), outage: () => ({ seconds: 3608, ago: 3598 }) }
    const store = sqlStore(driver, () => 0, MIGRATIONS.length)
    const now = 1_800_000_000
    const rotated = now - age
    await store.users.add({ id: 'u', email: 'a@b', password: 'x', operator: false, groups: [], createdAt: 1 })
    const grant = { id: 'g', userId: 'u', clientId: 'c', resource: 'r', scope: 's', openedAt: rotated }
    await store.grants.open({ ...grant, codeExpiresAt: now })
    const at = { windowSeconds: 30, expiresAt: now + 1000 }
    await store.grants.redeem('g', { now: rotated, expiresAt: now + 1000 })
    assert.equal(await store.grants.rotate('g', 1, { ...at, now: rotated }), 'rotated')
    assert.equal(await store.grants.rotate('g', 1, { ...at, now }), verdict)
    await store.close()
  })
}
