import type { Migration } from './migrations/migration.ts'

/** What a database says of itself: how many migrations it has seen, and the fewest that a process may know to work on it. */
export interface Schema {
  readonly version: number
  readonly oldest: number
}

/**
 * `outgrown`: a migration since took away what a process that does not know it needs. `behind`: the database is older than it
 * was when this process opened it, as after a backup was played back.
 */
export type SchemaVerdict = 'current' | 'outgrown' | 'behind'

export const SCHEMA_TABLE =
  'CREATE TABLE IF NOT EXISTS doorward_schema (one BIGINT PRIMARY KEY, version BIGINT NOT NULL, oldest BIGINT)'
export const READ_SCHEMA = 'SELECT version, coalesce(oldest, version) AS oldest FROM doorward_schema WHERE one = 1'
export const TELL_SCHEMA = `INSERT INTO doorward_schema (one, version, oldest) VALUES (1, ?, ?)
  ON CONFLICT (one) DO UPDATE SET version = excluded.version, oldest = excluded.oldest`

/** The database cannot be opened by this version, now or later. */
export class SchemaTooNew extends Error {}

/**
 * What there is to do before a process works on a database.
 * @returns the migrations that are missing, in order, and what the database says of itself after them
 * @throws SchemaTooNew where it was changed since in a way that this process cannot work with
 */
export function missing(
  found: Schema,
  known: readonly Migration[],
): { readonly steps: readonly string[]; readonly after: Schema } {
  if (judge(found, known.length) === 'outgrown') {
    throw new SchemaTooNew(
      `The database was made by a newer Doorward (schema ${found.version}, which takes ${found.oldest} or newer; this one knows ${known.length}); run that version or a newer one.`,
    )
  }
  const steps = known.slice(found.version)
  const oldest = steps.map((step, i) => (typeof step === 'string' ? found.version + i + 1 : step.oldestBeside))
  return {
    steps: steps.map((step) => (typeof step === 'string' ? step : step.sql)),
    after: { version: Math.max(found.version, known.length), oldest: Math.max(found.oldest, ...oldest) },
  }
}

/** @param knows how many migrations the process knows */
export function judge({ version, oldest }: Schema, knows: number): SchemaVerdict {
  if (version < knows) return 'behind'
  return oldest > knows ? 'outgrown' : 'current'
}
