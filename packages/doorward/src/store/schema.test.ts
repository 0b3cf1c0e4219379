import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, test } from 'node:test'
import { Client } from 'pg'
import { startPostgres, type TestPostgres } from '../testing/postgres.ts'
import { openStore } from './index.ts'
import { MIGRATIONS } from './migrations/index.ts'
import type { Migration } from './migrations/migration.ts'
import { judge, missing, type Schema, SchemaTooNew } from './schema.ts'
import type { Store } from './store.ts'
import { StoreUnavailable } from './unavailable.ts'

const NOW = 1_800_000_000
const OLD = MIGRATIONS.length
const EXPANSION: Migration = {
  sql: `ALTER TABLE grants ADD COLUMN later TEXT NOT NULL DEFAULT 'x';
ALTER TABLE users ADD COLUMN later INTEGER;
ALTER TABLE users ADD COLUMN expires_at INTEGER;
ALTER TABLE sessions ADD COLUMN email TEXT NOT NULL DEFAULT 'x';
CREATE TABLE laters (id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE INDEX grants_by_later ON grants (later);`,
  oldestBeside: OLD,
}
const CONTRACTION: Migration = 'ALTER TABLE sessions DROP COLUMN used_at;'
const GRANT = { userId: 'u', clientId: 'c', resource: 'r', scope: 's', openedAt: 1, codeExpiresAt: NOW + 60 }
const SESSION = {
  digest: 'd',
  userId: 'u',
  createdAt: 2,
  expiresAt: NOW + 60,
  authentication: { at: 2, method: 'password', amr: [] },
  network: '',
  browser: '',
  usedAt: 2,
}

const folder = mkdtempSync(join(tmpdir(), 'doorward-schema-'))
let postgres: TestPostgres
before(async () => {
  postgres = await startPostgres(undefined, { settings: ['fsync=off'] })
})
after(async () => {
  await postgres.stop()
  rmSync(folder, { recursive: true })
})

let files = 0
const ENGINES: readonly (readonly [string, () => Promise<string>])[] = [
  ['SQLite', async () => join(folder, `${++files}.sqlite`)],
  ['PostgreSQL', () => postgres.fresh()],
]
/** As a process that has seen these migrations. */
const openAs = (location: string, known: readonly Migration[]): Store =>
  openStore(location, () => NOW * 1000, undefined, known)
const EXPANDED = [...MIGRATIONS, EXPANSION]
const CONTRACTED = [...EXPANDED, CONTRACTION]

const FOUND: readonly (readonly [string, Schema, number, ReturnType<typeof judge>])[] = [
  ['made by this process', { version: 3, oldest: 3 }, 3, 'current'],
  ['only added to since', { version: 5, oldest: 3 }, 3, 'current'],
  ['taken from since', { version: 5, oldest: 5 }, 3, 'outgrown'],
  ['taken from, then added to', { version: 5, oldest: 4 }, 3, 'outgrown'],
  ['older', { version: 2, oldest: 2 }, 3, 'behind'],
]
for (const [how, found, knows, verdict] of FOUND)
  test(`a database that was ${how} is ${verdict} [doorward-upgrade]`, () => assert.equal(judge(found, knows), verdict))

test('what only adds keeps the oldest that may work beside it, and what takes away lets in nobody who does not know it', () => {
  const expansion = { sql: 'b', oldestBeside: 1 }
  assert.deepEqual(missing({ version: 0, oldest: 0 }, ['a']), { steps: ['a'], after: { version: 1, oldest: 1 } })
  assert.deepEqual(missing({ version: 1, oldest: 1 }, ['a', expansion]), {
    steps: ['b'],
    after: { version: 2, oldest: 1 },
  })
  assert.deepEqual(missing({ version: 2, oldest: 1 }, ['a', expansion, 'c', expansion]), {
    steps: ['c', 'b'],
    after: { version: 4, oldest: 3 },
  })
  assert.deepEqual(missing({ version: 2, oldest: 1 }, ['a']), { steps: [], after: { version: 2, oldest: 1 } })
  assert.throws(() => missing({ version: 2, oldest: 2 }, ['a']), SchemaTooNew)
})

for (const [engine, fresh] of ENGINES) {
  test(`on ${engine}, a process that runs, and one that starts, work on while a newer one adds to the tables they use [doorward-upgrade]`, async () => {
    const location = await fresh()
    const old = openAs(location, MIGRATIONS)
    await old.users.add({ id: 'u', email: 'a@b', password: 'x', operator: false, groups: [], createdAt: 1 })
    await old.grants.open({ id: 'a', ...GRANT })
    await old.users.signedIn(SESSION, {})
    // What these read and write is known to the engine by now, as it was.
    const before = await old.grants.find('a')
    await old.users.list()
    await old.grants.redeem('a', { now: NOW, expiresAt: NOW + 1000 })
    const fresher = openAs(location, EXPANDED)
    assert.equal(await fresher.schema(), 'current')
    assert.equal(await old.schema(), 'current')
    const both = await Promise.all([old.grants.list(), fresher.grants.list(), old.users.list()])
    assert.deepEqual(
      both.map((rows) => rows.length),
      [1, 1, 1],
    )
    const rotation = { now: NOW, windowSeconds: 30, expiresAt: NOW + 1000 }
    assert.equal(await old.grants.rotate('a', 1, rotation), 'rotated')
    assert.equal(await fresher.grants.rotate('a', 2, rotation), 'rotated')
    assert.equal(await old.grants.rotate('a', 3, rotation), 'rotated')
    await old.grants.open({ id: 'b', ...GRANT })
    assert.equal(await fresher.grants.redeem('b', { now: NOW, expiresAt: NOW + 1000 }), 'redeemed')
    assert.equal((await old.grants.find('a'))?.openedAt, before?.openedAt)
    for (const store of [old, fresher]) {
      const found = await store.sessions.find('d', NOW)
      assert.deepEqual([found?.user.email, found?.user.createdAt, found?.session.createdAt], ['a@b', 1, 2])
    }
    const starting = openAs(location, MIGRATIONS)
    assert.equal((await starting.grants.list()).length, 2)
    for (const store of [starting, fresher, old]) await store.close()
  })

  test(`on ${engine}, a process that a newer one took something from says so, and does nothing more; one that starts is refused [doorward-upgrade]`, async () => {
    const location = await fresh()
    const old = openAs(location, MIGRATIONS)
    await old.users.list()
    const newest = openAs(location, CONTRACTED)
    assert.equal(await newest.schema(), 'current')
    assert.equal(await old.schema(), 'outgrown')
    await assert.rejects(old.users.list(), StoreUnavailable)
    await assert.rejects(old.grants.open({ id: 'a', ...GRANT }), StoreUnavailable)
    assert.equal((await newest.users.list()).length, 0)
    const refused =
      /newer Doorward \(schema \d+, which takes \d+ or newer; this one knows \d+\); run that version or a newer/
    await assert.rejects(async () => {
      const starting = openAs(location, MIGRATIONS)
      await starting.users.list().finally(() => starting.close())
    }, refused)
    for (const store of [newest, old]) await store.close()
  })

  test(`on ${engine}, many that start at once on an older database migrate it once [doorward-upgrade]`, async () => {
    const location = await fresh()
    await openAndClose(openAs(location, MIGRATIONS))
    const stores = Array.from({ length: 4 }, () => openAs(location, EXPANDED))
    assert.deepEqual(await Promise.all(stores.map((store) => store.schema())), Array(4).fill('current'))
    for (const store of stores) await store.close()
  })
}

async function openAndClose(store: Store): Promise<void> {
  assert.equal(await store.schema(), 'current')
  await store.close()
}

test('a database from before it said who may work on it is taken as it is, and says so from then on [doorward-upgrade]', async () => {
  const path = join(folder, 'before.sqlite')
  await openAndClose(openAs(path, MIGRATIONS))
  const database = new DatabaseSync(path)
  database.exec('DROP TABLE doorward_schema')
  database.close()
  await openAndClose(openAs(path, EXPANDED))

  const address = await postgres.fresh()
  await openAndClose(openAs(address, MIGRATIONS))
  const client = new Client({ connectionString: address })
  await client.connect()
  await client.query('ALTER TABLE doorward_schema DROP COLUMN oldest')
  await openAndClose(openAs(address, EXPANDED))
  const { rows } = await client.query('SELECT version, oldest FROM doorward_schema')
  assert.deepEqual(rows, [{ version: String(EXPANDED.length), oldest: String(OLD) }])
  await client.end()
})
