// Two verbs at once on two connections, one of them held up at each of its statements in turn: what comes of it is what comes of them
// one after the other. The isolation is that of PostgreSQL (READ COMMITTED) and that of CockroachDB (SERIALIZABLE).
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { Client } from 'pg'
import { storeConformance } from '../packages/doorward/src/store/conformance.ts'
import type { Driver, Transaction, Work } from '../packages/doorward/src/store/driver.ts'
import { openStore } from '../packages/doorward/src/store/index.ts'
import { MIGRATIONS } from '../packages/doorward/src/store/migrations/index.ts'
import { postgresDriver } from '../packages/doorward/src/store/postgres.ts'
import { sqlStore } from '../packages/doorward/src/store/sql.ts'
import type { Store } from '../packages/doorward/src/store/store.ts'
import { startPostgres, type TestPostgres } from '../packages/doorward/src/testing/postgres.ts'
import { ACTS, type Act, seed } from './acts.ts'

const GATE = 7
/** More than any verb here has. */
const MOST_STATEMENTS = 60
const now = () => 1_800_000_000_000

/** What two acts said, and what the database is then. */
type Outcome = string

/** A store that waits at the gate before its `at`-th statement; tells whether it had so many. */
function heldUp(driver: Driver, at: () => number, came: () => void): Store {
  function* gated<T>(tx: Transaction, work: Work<T>): Work<T> {
    const steps = work[Symbol.iterator]()
    let step = steps.next()
    for (let n = 0; ; n++) {
      if (n === at()) {
        came()
        yield* tx.get('SELECT pg_advisory_xact_lock_shared(CAST(? AS BIGINT)) AS passed', GATE)
      }
      if (step.done) return step.value
      step = steps.next(yield step.value)
    }
  }
  return sqlStore(
    { ...driver, write: (work, row) => driver.write((tx) => gated(tx, work(tx)), row) },
    now,
    MIGRATIONS.length,
  )
}

test('every verb that writes is tried beside another', () => {
  const page = readFileSync(new URL('../docs/postgres.md', import.meta.url), 'utf8')
  const written = [...page.matchAll(/^\| `([\w.]+)` \| (?:read, then )?write/gm)].map(([, verb]) => verb)
  assert.ok(written.length > 40)
  assert.deepEqual([...new Set(Object.values(ACTS).map(({ verb }) => verb))].sort(), written.sort())
  const met = new Set(Object.entries(ACTS).flatMap(([name, { meets }]) => (meets.length > 0 ? [name, ...meets] : [])))
  assert.deepEqual([...met].sort(), Object.keys(ACTS).sort(), 'an act that meets nobody, or one that is not there')
})

for (const isolation of ['read committed', 'serializable']) {
  describe(`two verbs at once under ${isolation}`, () => {
    let postgres: TestPostgres
    let keeper: Client
    let drivers: Driver[]
    let held: Store
    let other: Store
    let reset: string
    let tables: string[]
    let at = 0
    let came = false

    before(async () => {
      postgres = await startPostgres(undefined, {
        settings: [`default_transaction_isolation=${isolation}`, 'fsync=off', 'deadlock_timeout=20ms'],
      })
      const address = await postgres.fresh()
      drivers = [postgresDriver(address, now, MIGRATIONS), postgresDriver(address, now, MIGRATIONS)]
      const [first, second] = drivers as [Driver, Driver]
      held = heldUp(
        first,
        () => at,
        () => {
          came = true
        },
      )
      other = sqlStore(second, now, MIGRATIONS.length)
      await seed(other)
      keeper = new Client({ connectionString: address })
      await keeper.connect()
      const { rows } = await keeper.query(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_name <> 'doorward_schema'",
      )
      tables = rows.map(({ table_name }) => table_name as string).sort()
      for (const table of tables) await keeper.query(`CREATE TABLE kept_${table} AS SELECT * FROM ${table}`)
      reset = tables.map((table) => `DELETE FROM ${table}; INSERT INTO ${table} SELECT * FROM kept_${table}`).join(';')
    })
    after(async () => {
      await Promise.all(drivers.map((driver) => driver.close()))
      await keeper.end()
      await postgres.stop()
    })

    /** Everything that is there, but for the numbers of events. */
    async function contents(): Promise<unknown[]> {
      const all: unknown[] = []
      for (const table of tables) {
        const { rows } = await keeper.query(`SELECT * FROM ${table}`)
        const said = rows.map((row: Record<string, unknown>) =>
          JSON.stringify(table === 'events' ? { ...row, id: undefined } : row),
        )
        all.push([table, said.sort()])
      }
      return all
    }

    const said = (asked: Promise<unknown>) =>
      asked.then(
        (verdict) => JSON.stringify(verdict) ?? 'nothing',
        (error: Error) => `failed: ${error.name}`,
      )
    const outcome = async (first: string, second: string): Promise<Outcome> =>
      JSON.stringify([first, second, await contents()], undefined, 1)

    async function inOrder(one: Act, two: Act): Promise<readonly Outcome[]> {
      await keeper.query(reset)
      const oneFirst = await said(one.act(other))
      const twoSecond = await said(two.act(other))
      const forwards = await outcome(oneFirst, twoSecond)
      await keeper.query(reset)
      const twoFirst = await said(two.act(other))
      const oneSecond = await said(one.act(other))
      return [forwards, await outcome(oneSecond, twoFirst)]
    }

    /** Until it is answered or waits for a lock, as `waiting` do then. */
    async function answeredOrWaits(asked: Promise<unknown>, waiting: number): Promise<void> {
      let isAnswered = false
      void asked.then(() => {
        isAnswered = true
      })
      for (let tries = 0; tries < 5000 && !isAnswered; tries++) {
        const { rows } = await keeper.query(
          "SELECT count(*) AS n FROM pg_stat_activity WHERE application_name = 'doorward' AND wait_event_type = 'Lock'",
        )
        if (Number(rows[0]?.n) >= waiting) return
      }
      assert.ok(isAnswered, 'it neither answered nor waited')
    }

    /** Whether `one` had so many statements. */
    async function atOnce(one: Act, two: Act, statement: number, allowed: readonly Outcome[], title: string) {
      await keeper.query(reset)
      await keeper.query('SELECT pg_advisory_lock($1)', [GATE])
      at = statement
      came = false
      const first = said(one.act(held))
      await answeredOrWaits(first, 1)
      const second = said(two.act(other))
      await answeredOrWaits(second, came ? 2 : 1)
      await keeper.query('SELECT pg_advisory_unlock($1)', [GATE])
      const found = await outcome(await first, await second)
      if (!allowed.includes(found)) assert.equal(found, allowed[0], `${title}, held up at statement ${statement}`)
      return came
    }

    for (const [name, one] of Object.entries(ACTS)) {
      const met = Object.entries(ACTS).filter(([other, two]) => one.meets.includes(other) || two.meets.includes(name))
      for (const [otherName, two] of met) {
        test(`${name} while somebody does: ${otherName} [doorward-interleaved]`, async () => {
          const allowed = await inOrder(one, two)
          for (let statement = 0; statement < MOST_STATEMENTS; statement++)
            if (!(await atOnce(one, two, statement, allowed, `${name} and ${otherName}`))) break
        })
      }
    }
  })
}

describe('where everything is serializable', () => {
  let strict: TestPostgres
  before(async () => {
    strict = await startPostgres(undefined, { settings: ['default_transaction_isolation=serializable', 'fsync=off'] })
  })
  after(() => strict.stop())
  storeConformance('postgres, serializable', async () => openStore(await strict.fresh(), now))
})
