import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { Client } from 'pg'
import { startPostgres, type TestPostgres } from '../testing/postgres.ts'
import type { Driver, Transaction } from './driver.ts'
import { MIGRATIONS } from './migrations/index.ts'
import { postgresDriver } from './postgres.ts'
import { sqlStore } from './sql.ts'
import type { Store } from './store.ts'
import { StoreUnavailable } from './unavailable.ts'

const GATE = 7
const PATIENCE_MILLISECONDS = 20
const IDLE_MILLISECONDS = 30_000
const REFUSED_MILLISECONDS = 5000
const UNTIL = 4_000_000_000
const MOST_WAITING = 5000
/** All that the server has; one is the test's own. */
const SERVER_CONNECTIONS = 7

let postgres: TestPostgres
let address: string
let keeper: Client
let now: number
let opened: Driver[]
before(async () => {
  const settings = [
    `max_connections=${SERVER_CONNECTIONS}`,
    'superuser_reserved_connections=0',
    'max_wal_senders=1',
    // For whoever wants to wait for it.
    'synchronous_standby_names=nobody',
    'synchronous_commit=local',
  ]
  postgres = await startPostgres(undefined, { settings })
})
after(() => postgres.stop())
beforeEach(async () => {
  address = await postgres.fresh()
  keeper = new Client({ connectionString: address })
  await keeper.connect()
  now = 1_800_000_000_000
  opened = []
})
afterEach(async () => {
  await Promise.all(opened.map((driver) => driver.close()))
  await keeper.end()
})

function open(query = ''): { driver: Driver; store: Store } {
  const driver = postgresDriver(`${address}${query}`, () => now, MIGRATIONS)
  opened.push(driver)
  return { driver, store: sqlStore(driver, () => now, MIGRATIONS.length) }
}

/** Holds whoever comes to the gate until it is opened. */
const shut = () => keeper.query('SELECT pg_advisory_lock($1)', [GATE])
const release = () => keeper.query('SELECT pg_advisory_unlock($1)', [GATE])
const pass = (tx: Transaction) => tx.get('SELECT pg_advisory_xact_lock_shared(CAST(? AS BIGINT)) AS passed', GATE)

async function count(where: string): Promise<number> {
  const { rows } = await keeper.query(
    `SELECT count(*) AS n FROM pg_stat_activity WHERE application_name = 'doorward' AND datname = current_database() AND ${where}`,
  )
  return Number(rows[0]?.n)
}
const connections = () => count('true')
const WAITS = "wait_event_type = 'Lock'"
/** Held at the gate, or by a standby. */
const COMMITS = "query = 'COMMIT' AND wait_event IN ('advisory', 'SyncRep')"
const atTheGate = () => count(WAITS)

/** As an administrator does, and waits until the server has no such process any more. */
async function endWho(where: string): Promise<void> {
  const { rows } = await keeper.query(
    `SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'doorward' AND ${where}`,
  )
  for (const { pid } of rows) await until(async () => (await count(`pid = ${pid}`)) === 0, 'it is gone')
}

async function until(is: () => Promise<boolean>, what: string): Promise<void> {
  for (let tries = 0; tries < 1000; tries++) {
    if (await is()) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  assert.fail(`it did not come about that ${what}`)
}

describe('the connections to a PostgreSQL', () => {
  test('while one commits, those that come gather for the next, also where another connection is free, until one has waited for long [doorward-few-connections]', async () => {
    const { driver } = open('?pool_max=4')
    let asked: Promise<unknown>[] = []
    const ask = () => void asked.push(driver.write(pass))
    const atWork = (many: number) => until(async () => (await atTheGate()) === many, `${many} write`)
    await shut()
    ask()
    await atWork(1)
    ask()
    now += PATIENCE_MILLISECONDS
    await atWork(2)
    await release()
    await Promise.all(asked)

    asked = []
    await shut()
    ask()
    await atWork(1)
    for (let i = 0; i < 3; i++) ask()
    await new Promise(setImmediate)
    // Answered by the one that is free; were it not, another would be opened.
    await driver.read((tx) => tx.get('SELECT 1 AS one'))
    assert.deepEqual([await atTheGate(), await connections()], [1, 2])
    now += PATIENCE_MILLISECONDS
    await atWork(2)
    await release()
    await Promise.all(asked)
    assert.equal(await connections(), 2)
  })

  test('become more only where somebody waits for long, never more than they may, and fewer when there is nothing to do [doorward-few-connections]', async () => {
    const { driver } = open('?pool_max=4')
    await driver.read((tx) => tx.get('SELECT 1 AS one'))
    await shut()
    const asked: Promise<unknown>[] = []
    const ask = (kind: 'read' | 'write') => void asked.push(driver[kind](pass))
    ask('write')
    await until(async () => (await atTheGate()) === 1, 'one writes')
    ask('write')
    ask('read')
    // Its own kind has none at work, so that a read does not wait for a commit.
    await until(async () => (await atTheGate()) === 2, 'one reads beside it')
    assert.equal(await connections(), 2, 'nobody has waited for long yet')
    now += PATIENCE_MILLISECONDS
    for (let i = 0; i < 10; i++) {
      ask('write')
      ask('read')
      now += PATIENCE_MILLISECONDS
    }
    await until(async () => (await atTheGate()) === 4, 'four wait at the gate')
    for (let i = 0; i < 20; i++) ask('read')
    await new Promise(setImmediate)
    assert.equal(await connections(), 4)
    await release()
    await Promise.all(asked)
    now += IDLE_MILLISECONDS
    await driver.read((tx) => tx.get('SELECT 1 AS one'))
    await until(async () => (await connections()) === 1, 'one is left')
  })

  test('where the server has none left those that there are do all the work [doorward-few-connections]', async () => {
    const { driver, store } = open('?pool_max=50')
    await shut()
    const held: Promise<unknown>[] = []
    const free = SERVER_CONNECTIONS - 1
    for (let i = 0; i < free; i++) {
      held.push(driver[i % 2 === 0 ? 'read' : 'write'](pass))
      await until(async () => (await atTheGate()) === i + 1, `${i + 1} wait at the gate`)
      now += PATIENCE_MILLISECONDS
      // Somebody has to have waited for long.
      held.push(driver[i % 2 === 0 ? 'write' : 'read'](pass))
      now += PATIENCE_MILLISECONDS
    }
    assert.equal(await connections(), free)
    const claims = Array.from({ length: 300 }, (_, i) => store.claims.claim(`k${i}`, UNTIL))
    const looks = Array.from({ length: 300 }, () => store.invites.list())
    await release()
    assert.deepEqual(new Set(await Promise.all(claims)), new Set(['first']))
    await Promise.all([...held, ...looks])
    assert.equal(await connections(), free)
  })

  test('who gets none at all is told so, and gets one when there is one', async () => {
    const others = await Promise.all(
      Array.from({ length: SERVER_CONNECTIONS - 1 }, async () => {
        const client = new Client({ connectionString: address })
        await client.connect()
        return client
      }),
    )
    const { store } = open()
    await assert.rejects(store.invites.list(), StoreUnavailable)
    await assert.rejects(store.claims.claim('k', UNTIL), StoreUnavailable)
    await Promise.all(others.map((other) => other.end()))
    await until(
      async () => (await store.claims.claim('k', UNTIL, 'm').catch(() => 'refused')) !== 'refused',
      'it is let in',
    )
    assert.equal(await store.claims.claim('k', UNTIL, 'm'), 'again')
  })

  for (const kind of ['read', 'write'] as const) {
    test(`a ${kind} whose connection is ended before it could change anything is asked once more elsewhere`, async () => {
      const { driver, store } = open()
      await store.invites.list()
      await shut()
      const asked = driver[kind](function* (tx) {
        yield* pass(tx)
        return kind === 'read'
          ? yield* tx.get('SELECT 1 AS done')
          : yield* tx.run('INSERT INTO claims (key, mark, until) VALUES (?, ?, ?)', 'once', '', UNTIL)
      })
      await until(async () => (await atTheGate()) === 1, 'it waits at the gate')
      await endWho(WAITS)
      await until(async () => (await atTheGate()) === 1, 'it waits there again')
      await release()
      assert.deepEqual(await asked, kind === 'read' ? { done: 1 } : 1)
    })
  }

  test('who is ended a second time is told', async () => {
    const { driver } = open()
    await shut()
    const asked = assert.rejects(driver.write(pass), StoreUnavailable)
    for (const _ of [1, 2]) {
      await until(async () => (await atTheGate()) === 1, 'it waits at the gate')
      await endWho(WAITS)
    }
    await asked
    await release()
  })

  /** What holds a commit, and how many rows are there of one that was cut off then. */
  const HOLDS: readonly (readonly [when: string, timing: string, hold: string, kept: number])[] = [
    [
      'before it is written down',
      'DEFERRABLE INITIALLY DEFERRED',
      `PERFORM pg_advisory_xact_lock_shared(${GATE}); RETURN NULL;`,
      0,
    ],
    // It waits for a standby that never comes.
    ['once it is written down', '', `SET LOCAL synchronous_commit = 'on'; RETURN NULL;`, 1],
  ]
  for (const [when, timing, hold, kept] of HOLDS) {
    test(`who is cut off in the middle of a commit, ${when}, is told that nobody knows, and the work is not done again`, async () => {
      const { driver, store } = open()
      await store.invites.list()
      // What a sequence has counted no rollback takes back.
      await keeper.query(`
        CREATE SEQUENCE tries;
        ALTER TABLE claims ALTER COLUMN mark SET DEFAULT nextval('tries');
        CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${hold} END $$;
        CREATE CONSTRAINT TRIGGER held AFTER INSERT ON claims ${timing} FOR EACH ROW EXECUTE FUNCTION hold()`)
      await shut()
      const asked = assert.rejects(
        driver.write((tx) => tx.run('INSERT INTO claims (key, until) VALUES (?, ?)', 'once', UNTIL)),
        StoreUnavailable,
      )
      const commits = () => count(COMMITS)
      await until(async () => (await commits()) === 1, 'it commits')
      await endWho(COMMITS)
      await asked
      assert.equal(await commits(), 0)
      await release()
      await keeper.query('DROP TRIGGER held ON claims')
      const { rows } = await keeper.query(
        "SELECT last_value AS tries, (SELECT count(*) FROM claims WHERE key = 'once') AS kept FROM tries",
      )
      assert.deepEqual([Number(rows[0]?.tries), Number(rows[0]?.kept)], [1, kept])
      // Whoever asks again is judged by what is there.
      assert.equal(await store.claims.claim('once', UNTIL), kept === 0 ? 'first' : 'other')
    })
  }

  for (const kind of ['read', 'write'] as const) {
    test(`where as many wait as may, the next ${kind} is told at once, and the others have their turn`, async () => {
      const { driver } = open('?pool_max=1')
      await driver.read((tx) => tx.get('SELECT 1 AS one'))
      await shut()
      const first = driver[kind](pass)
      await until(async () => (await atTheGate()) === 1, 'one waits at the gate')
      const others = Array.from({ length: MOST_WAITING }, () => driver[kind]((tx) => tx.get('SELECT 1 AS one')))
      const refused = await driver[kind]((tx) => tx.get('SELECT 1 AS one')).catch((error: unknown) => error)
      assert.ok(refused instanceof StoreUnavailable)
      assert.match(refused.message, /Too much waits/)
      assert.equal(await atTheGate(), 1, 'it was told before anybody had their turn')
      await release()
      await first
      assert.equal((await Promise.all(others)).length, MOST_WAITING)
    })
  }

  test('a table that a newer version made wider under the statements of this one keeps nobody out', async () => {
    const { store } = open()
    const client = { id: 'c', assurance: 'operator', metadata: {}, createdAt: 0, secretsNotBefore: 0 } as const
    await store.clients.put(client)
    assert.equal((await store.clients.find('c'))?.id, 'c')
    await keeper.query('ALTER TABLE clients ADD COLUMN of_tomorrow TEXT')
    const found = await Promise.all(Array.from({ length: 20 }, () => store.clients.find('c')))
    assert.deepEqual(new Set(found.map((one) => one?.id)), new Set(['c']))
  })

  test('a server that was refusing is asked for more again after a while', async () => {
    const { driver } = open('?pool_max=50')
    await driver.read((tx) => tx.get('SELECT 1 AS one'))
    const other = new Client({ connectionString: address })
    await other.connect()
    await shut()
    const held: Promise<unknown>[] = []
    const press = () => {
      for (const kind of ['read', 'write'] as const) held.push(driver[kind](pass))
      now += PATIENCE_MILLISECONDS
    }
    const full = SERVER_CONNECTIONS - 2
    await until(async () => {
      press()
      return (await atTheGate()) === full
    }, 'the server is full')
    press()
    await other.end()
    now += REFUSED_MILLISECONDS
    await until(async () => {
      press()
      return (await atTheGate()) === full + 1
    }, 'one more is there')
    await release()
    await Promise.all(held)
  })
})

test('the database keeps so many statements ready and no more, whatever is asked, and answers the rest as well', async () => {
  const { driver } = open('?pool_max=1')
  for (let i = 0; i < 1100; i++) {
    const row = await driver.read((tx) => tx.get(`SELECT CAST(? AS BIGINT) AS n${i}`, i))
    assert.equal(Number(row?.[`n${i}`]), i)
  }
  const kept = await driver.read((tx) => tx.get('SELECT count(*) AS n FROM pg_prepared_statements'))
  assert.ok(Number(kept?.n) > 900 && Number(kept?.n) <= 1000, `${kept?.n} are kept`)
})
