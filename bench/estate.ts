import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import { deriveKey } from '@doorward/core/kernel/seal'
import { Client } from 'pg'
import { deriveRefreshToken } from '../packages/doorward/src/authority/token/refresh-token.ts'
import { derivedKeys } from '../packages/doorward/src/cli/derived-keys.ts'
import { freePort } from '../packages/doorward/src/testing/free-port.ts'
import type { TestPostgres } from '../packages/doorward/src/testing/postgres.ts'
import { clientOf, fillingSql, idOf, MOST_IN_PLACE } from './fill.ts'
import { codeFlow, expect, FORM, JSON_TYPE, type Ready, registration, signIn, type Tokens } from './flows.ts'
import { familyMilliseconds, type Load, sender, startPinned } from './load.ts'
import { sequence } from './open-loop.ts'

/** Bytes of each live grant. */
export interface Sizes {
  readonly table: number
  readonly indices: number
  /** All of the database: people, clients and the log of events too. */
  readonly database: number
}

/** A server on a database with so many live grants. */
export interface Estate {
  readonly engine: 'SQLite' | 'PostgreSQL'
  readonly grants: number
  readonly location: string
  readonly sizes: () => Promise<Sizes>
  /** Its write-ahead log, where the engine tells of it. */
  readonly log: { bytesSoFar(): Promise<number>; checkpoint(): Promise<void> } | undefined
  readonly load: Load
  stop(): Promise<void>
}

const MAIN = new URL('../packages/doorward/bin/doorward.js', import.meta.url).pathname
const FILL = new URL('./fill.ts', import.meta.url).pathname
const CLIENTS = 1000
/** Enough that the server is what bounds it, and not the wait for a commit. */
const CALLERS = 128
/** Of those that are refreshed. */
const MOST_TOUCHED = 50_000
const SLICE = 1_000_000
/** The share of a page that is in use once each grant on it was refreshed a few times (docs/performance.md), so that the next version finds room beside the last. */
const FILLED_PERCENT = 91

export async function openEstate(folder: string, grants: number, postgres?: TestPostgres): Promise<Estate> {
  const cwd = join(folder, `${postgres === undefined ? 'sqlite' : 'postgres'}-${grants}`)
  mkdirSync(cwd)
  const secret = randomBytes(32)
  const database = await postgres?.fresh()
  const env = {
    // The same each time: grants are for a server by its address.
    DOORWARD_PORT: `${await freePort()}`,
    DOORWARD_SECRET: secret.toString('base64url'),
    ...(database === undefined ? {} : { DOORWARD_DATABASE: database }),
  }
  const start = (): ReturnType<typeof startPinned<Ready>> => startPinned<Ready>([MAIN, 'dev', '--json'], { cwd, env })
  const where = await oneGrant(start)
  if (database === undefined)
    await promisify(execFile)(process.execPath, [FILL, join(cwd, where), `${grants}`, `${CLIENTS}`])
  else await fillPostgres(database, grants)
  const sizes = (): Promise<Sizes> =>
    database === undefined ? sizesOfSqlite(join(cwd, where), grants) : sizesOfPostgres(database, grants)
  const door = await start()
  const key = derivedKeys((purpose) => deriveKey(secret, purpose)).refreshToken
  return {
    engine: postgres === undefined ? 'SQLite' : 'PostgreSQL',
    grants,
    location: database ?? join(cwd, where),
    sizes,
    log: database === undefined ? undefined : logOf(database),
    load: {
      pid: door.process.pid as number,
      beside: postgres && (() => familyMilliseconds(postgres.pid())),
      callers: CALLERS,
      operation: refreshingAnywhere(door.ready, grants, (grantId) =>
        deriveRefreshToken(key, { grantId, generation: 2 }),
      ),
    },
    stop: async () => {
      const ended = once(door.process, 'exit')
      door.process.kill()
      await ended
    },
  }
}

/** One grant, agreed to and refreshed once by the server itself, from which the others are copied; the path of the database. */
async function oneGrant(start: () => ReturnType<typeof startPinned<Ready>>): Promise<string> {
  const door = await start()
  const send = sender(door.ready.issuer, 1)
  const answer = await send('POST', '/register', registration('Bench'), JSON_TYPE)
  const { client_id } = JSON.parse(answer.body) as { client_id: string }
  const { refresh_token } = await codeFlow(send, client_id, await signIn(send, client_id, door.ready))
  const form = `grant_type=refresh_token&client_id=${client_id}&refresh_token=${refresh_token}`
  expect(await send('POST', '/token', form, FORM))
  const ended = once(door.process, 'exit')
  door.process.kill()
  await ended
  return door.ready.database
}

/** Each request refreshes another grant, anywhere in the table; its next token is kept for when its turn comes again. */
function refreshingAnywhere(ready: Ready, grants: number, first: (grantId: string) => string): Load['operation'] {
  const send = sender(ready.issuer, CALLERS)
  const random = sequence(grants)
  const touched = Math.min(grants, MOST_TOUCHED)
  const order = new Set<number>()
  while (order.size < touched) order.add(Math.floor(random() * grants))
  const waiting = [...order].map((n) => ({ n, token: first(idOf(n)) }))
  let next = 0
  return async () => {
    const grant = waiting[next++ % waiting.length] as { n: number; token: string }
    const form = `grant_type=refresh_token&client_id=${clientOf(grant.n, CLIENTS)}&refresh_token=${grant.token}`
    const answer = await send('POST', '/token', form, FORM)
    expect(answer)
    grant.token = (JSON.parse(answer.body) as Tokens).refresh_token
  }
}

async function fillPostgres(url: string, grants: number): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  const columns = async (table: string): Promise<string[]> =>
    (
      await client.query('SELECT column_name AS name FROM information_schema.columns WHERE table_name = $1', [table])
    ).rows.map(({ name }: { name: string }) => name)
  // Of the filling alone; the server commits as it does.
  await client.query('SET synchronous_commit = off')
  await client.query(`CREATE TEMP TABLE template AS
    SELECT 'grants' AS name, max(id) AS value FROM grants UNION ALL SELECT 'users', max(id) FROM users UNION ALL SELECT 'clients', max(id) FROM clients`)
  const statements = fillingSql(
    { grants: await columns('grants'), users: await columns('users'), clients: await columns('clients') },
    (n, digits) => `lpad(to_hex(${n}), ${digits}, '0')`,
    (below) => `floor(random() * ${below})::bigint`,
    (from, to) => `(SELECT generate_series(${from}::bigint, ${to}::bigint) AS i) AS n`,
    { grants, clients: CLIENTS, slice: SLICE },
  )
  const { rows: indices } = await client.query(
    "SELECT indexname AS name, indexdef AS sql FROM pg_indexes WHERE tablename = 'grants' AND indexname <> 'grants_pkey' AND $1::bigint > $2::bigint",
    [grants, MOST_IN_PLACE],
  )
  await client.query(`ALTER TABLE grants SET (fillfactor = ${FILLED_PERCENT})`)
  for (const { name } of indices) await client.query(`DROP INDEX ${name}`)
  for (const statement of statements) await client.query(statement)
  for (const { sql } of indices) await client.query(sql)
  await client.query('ALTER TABLE grants RESET (fillfactor)')
  // As a table is that has been lived with: what is visible is marked, and the planner knows it.
  await client.query('VACUUM (ANALYZE)')
  await client.query('CHECKPOINT')
  await client.end()
}

async function sizesOfSqlite(path: string, grants: number): Promise<Sizes> {
  const database = new DatabaseSync(path, { readOnly: true })
  const rows = database
    .prepare('SELECT name, sum(pgsize) AS bytes FROM dbstat WHERE aggregate = TRUE GROUP BY name')
    .all() as { name: string; bytes: number }[]
  database.close()
  const of = (which: (name: string) => boolean): number =>
    rows.filter(({ name }) => which(name)).reduce((sum, { bytes }) => sum + bytes, 0) / grants
  return {
    table: of((name) => name === 'grants'),
    indices: of((name) => name.startsWith('grants_')),
    database: of(() => true),
  }
}

function logOf(url: string): NonNullable<Estate['log']> {
  const ask = async (sql: string): Promise<unknown> => {
    const client = new Client({ connectionString: url })
    await client.connect()
    const { rows } = await client.query(sql)
    await client.end()
    return rows[0]?.bytes
  }
  return {
    bytesSoFar: async () => Number(await ask("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn AS bytes")),
    checkpoint: async () => void (await ask('CHECKPOINT')),
  }
}

async function sizesOfPostgres(url: string, grants: number): Promise<Sizes> {
  const client = new Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query(
    "SELECT pg_table_size('grants') AS heap, pg_indexes_size('grants') AS indices, pg_database_size(current_database()) AS database",
  )
  await client.end()
  const each = (bytes: unknown): number => Number(bytes) / grants
  return { table: each(rows[0].heap), indices: each(rows[0].indices), database: each(rows[0].database) }
}
