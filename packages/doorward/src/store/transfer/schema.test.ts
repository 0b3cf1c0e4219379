import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startPostgres, type TestPostgres } from '../../testing/postgres.ts'
import { MIGRATIONS } from '../migrations/index.ts'
import { StoreUnavailable } from '../unavailable.ts'
import { NUMBERED_TABLE } from './numbering.ts'
import { migratePlace } from './places.ts'
import { postgresSide } from './postgres-side.ts'
import { makeSchema, NEWEST_SCHEMA, schemaOf, tablesAt } from './schema.ts'
import { sqliteSide } from './sqlite-side.ts'
import { TABLES } from './tables.ts'

let postgres: TestPostgres
before(async () => {
  postgres = await startPostgres(undefined, { settings: ['fsync=off'] })
})
after(() => postgres.stop())

const SQL = MIGRATIONS.map((step) => (typeof step === 'string' ? step : step.sql)).join('\n')

test('every table that a migration makes is moved, backed up, and has its say in a restore', async () => {
  const made = (await tablesAt(NEWEST_SCHEMA)).map(({ name }) => name)
  assert.deepEqual(made, Object.keys(TABLES).sort())
  const inWords = new Set(SQL.match(/(?<=CREATE TABLE )\w+/g))
  assert.deepEqual([...inWords].sort(), made)
})

test('every table has a key to go on from, and the one that the engine numbers is known', async () => {
  for (const { name, key } of await tablesAt(NEWEST_SCHEMA)) assert.ok(key.length > 0, name)
  const numbered = SQL.match(/(?<=CREATE TABLE )\w+(?=[^;]+AUTOINCREMENT)/g)
  assert.deepEqual(numbered, [NUMBERED_TABLE])
})

test('what is ended or emptied by a restore is there to be, and what is ended can be', async () => {
  const tables = new Map((await tablesAt(NEWEST_SCHEMA)).map((table) => [table.name, table]))
  for (const [name, fate] of Object.entries(TABLES)) {
    if (fate !== 'ended') continue
    assert.ok(
      tables.get(name)?.columns.some((column) => column.name === 'revoked_at'),
      name,
    )
  }
})

test('both engines have the same tables and columns, of the same kinds, with the same keys', async () => {
  const location = await postgres.fresh()
  await migratePlace({ location, shown: location })
  const side = await postgresSide(location)
  const rows = await side.all(
    `SELECT table_name, column_name, data_type FROM information_schema.columns
     WHERE table_schema = current_schema() AND table_name <> 'doorward_schema' ORDER BY table_name, ordinal_position`,
  )
  const keys = await side.all(
    `SELECT k.table_name, k.column_name FROM information_schema.key_column_usage k
     JOIN information_schema.table_constraints c ON c.constraint_name = k.constraint_name AND c.constraint_type = 'PRIMARY KEY'
     WHERE k.table_schema = current_schema() AND k.table_name <> 'doorward_schema' ORDER BY k.table_name, k.ordinal_position`,
  )
  await side.close()
  const tables = await tablesAt(NEWEST_SCHEMA)
  assert.deepEqual(
    rows.map(([table, column, type]) => [table, column, type === 'bigint' ? 'integer' : type]),
    tables.flatMap(({ name, columns }) => columns.map((column) => [name, column.name, column.kind])),
  )
  assert.deepEqual(
    keys,
    tables.flatMap(({ name, key }) => key.map((column) => [name, column.name])),
  )
})

test('a schema of before can be made, and goes on from there as any database does', async () => {
  const location = await postgres.fresh()
  const sides = [sqliteSide(':memory:'), await postgresSide(location)]
  for (const side of sides) {
    await makeSchema(side, 3)
    assert.equal(await schemaOf(side), 3)
    await makeSchema(side, NEWEST_SCHEMA)
    assert.equal(await schemaOf(side), NEWEST_SCHEMA)
    await assert.rejects(makeSchema(side, 3), /has schema \d+ already, and 3 is needed; name a new, empty database/)
    await side.close()
  }
})

test('of several hosts the one that can be written to is moved from and to, and what is said to servers is no matter', async () => {
  const address = await postgres.fresh()
  const side = await postgresSide(`${address.replace('@', '@127.0.0.1:1,')}?pool_max=3`)
  assert.deepEqual(await side.all('SELECT 1'), [['1']])
  await side.close()
})

test('a connection that breaks is told as a database that is away, with what was said when it broke', async () => {
  const side = await postgresSide(await postgres.fresh())
  const [[pid = null] = []] = await side.all('SELECT pg_backend_pid()')
  await postgres.ask(`SELECT pg_terminate_backend(${pid})`)
  // One that was under way is told by the server itself.
  await assert.rejects(side.all('SELECT 1'))
  for (const again of [() => side.all('SELECT 1'), () => side.atomically(() => side.all('SELECT 1'))])
    await assert.rejects(
      again(),
      (error: Error) =>
        error instanceof StoreUnavailable && /asked \(.*(terminat|ECONNRESET|EPIPE)/.test(error.message),
    )
  await side.close()
})
