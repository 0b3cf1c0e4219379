import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Driver } from './driver.ts'
import { MIGRATIONS } from './migrations/index.ts'
import { inPostgres } from './postgres-dialect.ts'
import { sqlStore } from './sql.ts'

const PAGE = new URL('../../../../docs/postgres.md', import.meta.url)

/** Each verb, whether it reads or writes at first, and whether it names a row. */
async function verbs(): Promise<string[]> {
  let asked = ''
  const never = new Promise<never>(() => {})
  const driver: Driver = {
    read: () => {
      asked = 'read'
      return never
    },
    write: (_, row) => {
      asked = row === undefined ? 'write' : 'write, by row'
      return never
    },
    tidy: () => never,
    outage: () => undefined,
    clockAhead: () => 0,
    waiting: () => 0,
    changes: { follow: () => () => undefined, notices: { by: 'looking', look: () => undefined } },
    isInPlace: async () => true,
    close: () => never,
  }
  const store = sqlStore(driver, () => 0, 0)
  const said: string[] = []
  const ask = (name: string, verb: (...all: unknown[]) => unknown) => {
    asked = ''
    // Nothing is answered, so what it is asked with matters as little as what it would say.
    const anything = { id: 'id', key: 'key', userId: 'id', names: [], types: [] }
    void verb(anything, anything, anything)
    if (asked !== '') said.push(`${name}: ${asked}`)
  }
  for (const [room, inside] of Object.entries(store)) {
    if (typeof inside === 'function') ask(room, inside)
    else
      for (const [verb, work] of Object.entries(inside))
        if (typeof work === 'function') ask(`${room}.${verb}`, work as (...all: unknown[]) => unknown)
  }
  return said.sort()
}

test('the page on PostgreSQL has a row for every verb of the store, and says how it goes to the database', async () => {
  const rows = readFileSync(PAGE, 'utf8').matchAll(/^\| `([\w.]+)` \| (read|write, by row|write)(?: \||, then write)/gm)
  const written = [...rows].map(([, verb, kind]) => `${verb}: ${kind}`)
  assert.deepEqual(written.sort(), await verbs())
})

/** What PostgreSQL, CockroachDB, YugabyteDB and Aurora all have, as far as it is needed. */
const WORDS =
  'SELECT FROM WHERE AND OR NOT IS NULL IN EXISTS DISTINCT AS ORDER GROUP BY DESC LIMIT OFFSET LEFT JOIN ON CASE WHEN THEN ELSE END ' +
  'CAST TEXT BIGINT LIKE ESCAPE INSERT INTO VALUES CONFLICT DO NOTHING UPDATE SET DELETE FOR CREATE TABLE UNIQUE INDEX PRIMARY KEY DEFAULT ' +
  'ALTER ADD COLUMN DROP IF GENERATED IDENTITY BEGIN COMMIT ROLLBACK LOCAL SHOW'
const FUNCTIONS = 'coalesce count current_schema lower max min pg_backend_pid sum'
/** A wake-up beside what is polled anyway, and what is asked of a server and may go unanswered: their words may be missing elsewhere. */
const WAKE_UP = /postgres-(notices|clock|hosts|standby)\.ts$/

test('no statement uses what PostgreSQL has and the engines that speak its protocol have not', () => {
  const files = globSync(join(import.meta.dirname, '*.ts')).filter(
    (file) => !/\.test\.ts$|\/(sqlite|conformance[\w-]*)\.ts$/.test(file) && !WAKE_UP.test(file),
  )
  const literals = files.flatMap((file) =>
    (
      readFileSync(file, 'utf8')
        .replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
        .match(/'[^'\n]*'|"[^"\n]*"|`[^`]*`/g) ?? []
    )
      .map((literal) => literal.slice(1, -1).replaceAll(/\$\{[^}]*\}/g, ' '))
      .filter((text) =>
        /\b(SELECT|INSERT INTO|UPDATE|DELETE FROM|SET|BEGIN|CASE|COUNT|FOR UPDATE|IS NULL)\b/.test(text),
      )
      .map((text) => [file, text] as const),
  )
  const statements = [
    ...literals,
    ...MIGRATIONS.flatMap((step) => inPostgres(typeof step === 'string' ? step : step.sql)).map(
      (text) => ['a migration', text] as const,
    ),
  ]
  assert.ok(statements.length > 150, 'there are statements to look at')
  for (const [file, text] of statements) {
    const bare = text.replaceAll(/'[^']*'/g, "''")
    for (const word of bare.match(/\b[A-Z]{2,}\b/g) ?? [])
      assert.ok(WORDS.split(' ').includes(word), `${file}: ${word} in ${text}`)
    for (const [, name = ''] of bare.matchAll(/\b([a-z_]+)\(/g))
      assert.ok(FUNCTIONS.split(' ').includes(name), `${file}: ${name}() in ${text}`)
    assert.doesNotMatch(bare, /::|->|@>|\b(ctid|xmin|xmax|oid)\b|\[/, `${file}: ${text}`)
  }
})
