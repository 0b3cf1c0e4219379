import { MIGRATIONS } from '../migrations/index.ts'
import { inPostgres } from '../postgres-dialect.ts'
import { missing, SCHEMA_TABLE, TELL_SCHEMA } from '../schema.ts'
import { type Side, type Table, TransferRefused } from './side.ts'
import { sqliteSide } from './sqlite-side.ts'
import { TABLES } from './tables.ts'

/** The schema that this version makes. */
export const NEWEST_SCHEMA = MIGRATIONS.length

/**
 * The tables of a schema, as the migrations make them: nobody writes their columns down a second time.
 * @throws Error where a migration made a table of which `tables.ts` does not know.
 */
export async function tablesAt(version: number): Promise<readonly Table[]> {
  const model = sqliteSide(':memory:')
  try {
    await makeSchema(model, version)
    const names = await model.all(
      // What a database says of itself it says anew, wherever it is made.
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'doorward_schema' ORDER BY name",
    )
    return await Promise.all(names.map(([name]) => tableOf(model, String(name))))
  } finally {
    await model.close()
  }
}

async function tableOf(model: Side, name: string): Promise<Table> {
  if (!Object.hasOwn(TABLES, name)) {
    throw new Error(`The table '${name}' is missing in store/transfer/tables.ts; say there what a restore makes of it.`)
  }
  const found = (await model.all('SELECT name, type, pk FROM pragma_table_info(?) ORDER BY cid', name)).map(
    ([column, type, position]) => ({
      column: { name: String(column), kind: type === 'INTEGER' ? ('integer' as const) : ('text' as const) },
      position: Number(position),
    }),
  )
  return {
    name,
    columns: found.map(({ column }) => column),
    key: found
      .filter(({ position }) => position > 0)
      .sort((a, b) => a.position - b.position)
      .map(({ column }) => column),
  }
}

/** How many migrations a database has seen; 0 where it is new. */
export async function schemaOf(side: Side): Promise<number> {
  if (side.engine === 'sqlite') return Number((await side.all('PRAGMA user_version'))[0]?.[0])
  if (!(await hasTable(side, 'doorward_schema'))) return 0
  return Number((await side.all('SELECT version FROM doorward_schema WHERE one = 1'))[0]?.[0] ?? 0)
}

export async function hasTable(side: Pick<Side, 'engine' | 'all'>, name: string): Promise<boolean> {
  return (await side.all(HAS_TABLE[side.engine], name)).length > 0
}

export const HAS_TABLE = {
  sqlite: "SELECT 1 AS one FROM sqlite_schema WHERE type = 'table' AND name = ?",
  postgres:
    'SELECT 1 AS one FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = CAST(? AS TEXT)',
} as const

/**
 * Brings a database to a schema, from the one that it has.
 * @throws TransferRefused where it is beyond that already.
 */
export async function makeSchema(side: Side, version: number): Promise<void> {
  await side.atomically(async () => {
    const has = await schemaOf(side)
    if (has > version) {
      throw new TransferRefused(
        `The database has schema ${has} already, and ${version} is needed; name a new, empty database.`,
      )
    }
    const { steps, after } = missing({ version: has, oldest: has }, MIGRATIONS.slice(0, version))
    for (const step of steps) {
      const statements = side.engine === 'postgres' ? inPostgres(step) : statementsOf(step)
      for (const statement of statements) await side.run(statement)
    }
    if (steps.length === 0) return
    await side.run(SCHEMA_TABLE)
    if (side.engine === 'sqlite') await side.run(`PRAGMA user_version = ${version}`)
    else await side.run('ALTER TABLE doorward_schema ADD COLUMN IF NOT EXISTS oldest BIGINT')
    await side.run(TELL_SCHEMA, BigInt(after.version), BigInt(after.oldest))
  })
}

function statementsOf(migration: string): readonly string[] {
  return migration.split(';').filter((statement) => statement.trim() !== '')
}
