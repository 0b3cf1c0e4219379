// Fills a database with grants like the one that it has: node fill.ts <file> <grants> <clients>
import { DatabaseSync } from 'node:sqlite'

/** Grants of one person. */
export const GRANTS_EACH = 10
const SLICE = 100_000
/** Beyond this the indices are made at the end, which takes minutes less; they are then packed as life never packs them. */
export const MOST_IN_PLACE = 1_000_000
const CLIENT_STEP = 7919

export interface Filling {
  readonly grants: number
  readonly clients: number
  readonly slice: number
}

/**
 * The statements that fill a database in the order of time, as life does: new grants at the end of the table, their people anywhere in the index.
 * Every column that is not named is copied from the one grant, person and client that the server itself wrote.
 */
export function fillingSql(
  columns: Readonly<Record<'grants' | 'users' | 'clients', readonly string[]>>,
  hex: (n: string, digits: number) => string,
  random: (below: number) => string,
  series: (from: number, to: number) => string,
  { grants, clients, slice }: Filling,
): string[] {
  const people = Math.ceil(grants / GRANTS_EACH)
  const copy = (
    table: keyof typeof columns,
    made: Readonly<Record<string, string>>,
    from: number,
    to: number,
  ): string =>
    `INSERT INTO ${table} (${columns[table].join(', ')}) SELECT ${columns[table].map((name) => made[name] ?? `t.${name}`).join(', ')}
     FROM ${series(from, to)} CROSS JOIN (SELECT * FROM ${table} WHERE id IN (SELECT value FROM template WHERE name = '${table}')) AS t`
  // An odd factor makes each number another one, far from its neighbours; lengths are those of real ids.
  const person = (n: string): string =>
    `'dwu_' || ${hex(`((${n}) * 2654435761) % 4294967296`, 8)} || '${'5'.repeat(24)}'`
  const client = (n: string): string =>
    `'dwc_' || ${hex(`((${n}) * 2654435761) % 4294967296`, 8)} || '${'C'.repeat(14)}'`
  const slices = (count: number): [number, number][] =>
    Array.from({ length: Math.ceil(count / slice) }, (_, i) => [i * slice, Math.min(count, (i + 1) * slice) - 1])
  return [
    ...slices(people).map(([from, to]) =>
      copy('users', { id: person('n.i'), email: `'p' || n.i || '@example.com'`, operator: '0' }, from, to),
    ),
    ...slices(clients).map(([from, to]) => copy('clients', { id: client('n.i') }, from, to)),
    ...slices(grants).map(([from, to]) =>
      copy(
        'grants',
        {
          id: grantId('n.i', hex),
          user_id: person(random(people)),
          client_id: client(`(n.i * ${CLIENT_STEP}) % ${clients}`),
        },
        from,
        to,
      ),
    ),
  ]
}

/** As the server makes them: time first. */
function grantId(n: string, hex: (n: string, digits: number) => string): string {
  return `${hex(`1795000000000 + ${n}`, 12)} || '7' || ${hex(`((${n}) * 40503) % 4096`, 3)} || '8' || ${hex(`((${n}) * 2654435761) % 4294967296`, 8)} || '${'a'.repeat(7)}'`
}

const hexOf = (value: bigint, digits: number): string => value.toString(16).padStart(digits, '0')

/** The client of the n-th grant, as the database makes it: neighbours have different ones. */
export function clientOf(n: number, clients: number): string {
  const client = BigInt((n * CLIENT_STEP) % clients)
  return `dwc_${hexOf((client * 2654435761n) % 4294967296n, 8)}${'C'.repeat(14)}`
}

/** The id of the n-th grant, as the database makes it. */
export function idOf(n: number): string {
  const big = BigInt(n)
  return `${hexOf(1795000000000n + big, 12)}7${hexOf((big * 40503n) % 4096n, 3)}8${hexOf((big * 2654435761n) % 4294967296n, 8)}${'a'.repeat(7)}`
}

function indicesOf(database: DatabaseSync): { name: string; sql: string }[] {
  return database
    .prepare("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'grants' AND sql IS NOT NULL")
    .all()
    .map(({ name, sql }) => ({ name: String(name), sql: String(sql) }))
}

function fillSqlite(path: string, grants: number, clients: number): void {
  const database = new DatabaseSync(path)
  // Nothing else reads or writes it yet; the server sets its own when it opens it.
  database.exec('PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000')
  const columns = (table: string): string[] =>
    database
      .prepare(`SELECT name FROM pragma_table_info('${table}')`)
      .all()
      .map(({ name }) => String(name))
  database.exec(`CREATE TEMP TABLE template AS
    SELECT 'grants' AS name, max(id) AS value FROM grants UNION ALL SELECT 'users', max(id) FROM users UNION ALL SELECT 'clients', max(id) FROM clients`)
  const statements = fillingSql(
    { grants: columns('grants'), users: columns('users'), clients: columns('clients') },
    (n, digits) => `printf('%0${digits}x', ${n})`,
    (below) => `abs(random()) % ${below}`,
    (from, to) =>
      `(WITH RECURSIVE n(i) AS (SELECT ${from} UNION ALL SELECT i + 1 FROM n WHERE i < ${to}) SELECT i FROM n) AS n`,
    { grants, clients, slice: SLICE },
  )
  const indices = grants > MOST_IN_PLACE ? indicesOf(database) : []
  database.exec('BEGIN')
  for (const { name } of indices) database.exec(`DROP INDEX ${name}`)
  for (const statement of statements) database.exec(statement)
  for (const { sql } of indices) database.exec(sql)
  database.exec('COMMIT')
  database.close()
}

if (import.meta.main) fillSqlite(String(process.argv[2]), Number(process.argv[3]), Number(process.argv[4]))
