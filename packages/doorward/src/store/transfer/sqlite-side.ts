import { places } from '../places.ts'
import { openSqlite } from '../sqlite.ts'
import {
  type Cell,
  type Cells,
  columnList,
  quoted,
  type Side,
  type Table,
  TransferRefused,
  toParameter,
} from './side.ts'

type Database = ReturnType<typeof openSqlite>

/** A SQLite file, or `:memory:`. Makes the file where there is none, and changes nothing in it. */
export function sqliteSide(path: string): Side {
  const database = openSqlite(path)
  const prepared = new Map<string, ReturnType<Database['prepare']>>()
  const prepare = (sql: string) => {
    const known = prepared.get(sql)
    if (known !== undefined) return known
    const statement = database.prepare(sql)
    statement.setReturnArrays(true)
    // As a number it would lose digits beyond 2^53.
    statement.setReadBigInts(true)
    prepared.set(sql, statement)
    return statement
  }
  return {
    engine: 'sqlite',
    all: async (sql, ...values) => (prepare(sql).all(...values) as unknown as unknown[][]).map(cellsOf),
    run: async (sql, ...values) => Number(prepare(sql).run(...values).changes),
    insert: async (table, rows) => {
      const marks = places(table.columns)
      const statement = prepare(`INSERT INTO ${quoted(table.name)} (${columnList(table.columns)}) VALUES (${marks})`)
      for (const row of rows) statement.run(...parametersOf(table, row))
    },
    atomically: async (work, reads) => {
      database.exec(reads === undefined ? 'BEGIN IMMEDIATE' : 'BEGIN')
      try {
        const result = await work()
        database.exec('COMMIT')
        return result
      } catch (error) {
        if (database.isTransaction) database.exec('ROLLBACK')
        throw error
      }
    },
    close: async () => {
      prepared.clear()
      database.close()
    },
  }
}

function parametersOf({ columns }: Table, row: Cells) {
  return columns.map((column, i) => toParameter(column, row[i] ?? null))
}

function cellsOf(row: readonly unknown[]): Cell[] {
  return row.map((value) => {
    if (value === null || typeof value === 'string') return value
    if (typeof value === 'bigint') return value.toString()
    throw new TransferRefused(
      'The database holds a value that Doorward never wrote, neither text nor a whole number; find out who else writes to it.',
    )
  })
}
