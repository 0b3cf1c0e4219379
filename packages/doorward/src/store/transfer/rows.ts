import { places } from '../places.ts'
import { type Tally, tally } from './checksum.ts'
import { type Cells, columnList, quoted, type Side, type Table, toParameter } from './side.ts'

/** So many at a time: enough that a commit costs little beside them, and few enough to be held. */
const BATCH_ROWS = 1000

/** All rows of a table after a key, in the order of its keys. */
export async function* rowsOf(side: Side, table: Table, after?: Cells): AsyncGenerator<readonly Cells[]> {
  const keys = columnList(table.key)
  const select = `SELECT ${columnList(table.columns)} FROM ${quoted(table.name)}`
  const beyond = ` WHERE (${keys}) > (${places(table.key)})`
  const page = ` ORDER BY ${keys} LIMIT ${BATCH_ROWS}`
  let last = after
  for (;;) {
    const key = last
    const rows: readonly Cells[] =
      key === undefined
        ? await side.all(select + page)
        : await side.all(select + beyond + page, ...table.key.map((column, i) => toParameter(column, key[i] ?? null)))
    if (rows.length > 0) yield rows
    if (rows.length < BATCH_ROWS) return
    // SQLite answers within the turn; whoever wants it to stop, or looks on, has to be heard in between.
    await new Promise((resolve) => setImmediate(resolve))
    last = keyOf(table, rows.at(-1) as Cells)
  }
}

export function keyOf(table: Table, row: Cells): Cells {
  return table.key.map((column) => row[table.columns.indexOf(column)] ?? null)
}

export async function countOf(side: Side, { name }: Table): Promise<number> {
  return Number((await side.all(`SELECT count(*) FROM ${quoted(name)}`))[0]?.[0])
}

/** The first table that holds something, if any does. */
export async function firstFilled(side: Side, tables: readonly Table[]): Promise<string | undefined> {
  for (const { name } of tables) {
    if ((await side.all(`SELECT 1 FROM ${quoted(name)} LIMIT 1`)).length > 0) return name
  }
  return undefined
}

export async function tallyOf(side: Side, table: Table, told: (rows: number) => void): Promise<Tally> {
  const { add, result } = tally()
  for await (const rows of rowsOf(side, table)) {
    rows.forEach(add)
    told(rows.length)
  }
  return result()
}
