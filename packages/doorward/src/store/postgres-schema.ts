import type { Client } from 'pg'
import type { Migration } from './migrations/migration.ts'
import { inPostgres, numbered } from './postgres-dialect.ts'
import { isMadeMeanwhile } from './postgres-errors.ts'
import { missing, READ_SCHEMA, SCHEMA_TABLE, type Schema, TELL_SCHEMA } from './schema.ts'

const LOCK_MILLISECONDS = 3000

/** Forward only, one process at a time: whoever comes second waits for the row. */
export async function migrate(client: Client, known: readonly Migration[]): Promise<void> {
  if (await isCurrent(client, known)) return
  await client.query(SCHEMA_TABLE).catch(orMadeMeanwhile)
  const before = await client.query(HAS_OLDEST)
  if (before.rows.length === 0)
    await client.query('ALTER TABLE doorward_schema ADD COLUMN IF NOT EXISTS oldest BIGINT').catch(orMadeMeanwhile)
  await client.query('INSERT INTO doorward_schema (one, version) VALUES (1, 0) ON CONFLICT DO NOTHING')
  await client.query('BEGIN')
  try {
    // Whoever comes second waits for the first, however long that takes.
    await client.query('SET LOCAL lock_timeout = 0')
    const { rows } = await client.query(`${READ_SCHEMA} FOR UPDATE`)
    const { steps, after } = missing(rows[0] as Schema, known)
    if (steps.length > 0) {
      // Old processes wait behind who waits for their tables; rather than hold them up, this one comes again.
      await client.query(`SET LOCAL lock_timeout = ${LOCK_MILLISECONDS}`)
      for (const statement of steps.flatMap(inPostgres)) await client.query(statement)
      await client.query(numbered(TELL_SCHEMA), [after.version, after.oldest])
    }
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined)
    throw error
  }
}

/** `IF NOT EXISTS` does not hold for two who make it at once. */
function orMadeMeanwhile(error: unknown): void {
  if (!isMadeMeanwhile(error)) throw error
}

/** Asked first, so that a connection to a database that takes no changes at the moment can still be read over. */
async function isCurrent(client: Client, known: readonly Migration[]): Promise<boolean> {
  if ((await client.query(HAS_OLDEST)).rows.length === 0) return false
  const { rows } = await client.query(READ_SCHEMA)
  return Number(rows[0]?.version) === known.length
}

const HAS_OLDEST = `SELECT 1 FROM information_schema.columns
  WHERE table_schema = current_schema() AND table_name = 'doorward_schema' AND column_name = 'oldest'`
