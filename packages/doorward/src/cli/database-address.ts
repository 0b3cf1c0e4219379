import { readFileSync } from 'node:fs'
import { UsageError } from './problem.ts'

/** Whether a database is a PostgreSQL elsewhere, and not a file here. */
export function isPostgres(database: string): boolean {
  return /^postgres(?:ql)?:\/\//i.test(database)
}

/**
 * The address as it may be printed: without its password. Where several hosts stand in it, or a sign that nobody escaped, it is no URL;
 * rather too much of it is left out than too little.
 */
export function shownDatabase(database: string): string {
  if (!isPostgres(database)) return database
  return database.replace(/^([^:/]+:\/\/[^:/?#@]*):.*@/, '$1:***@').replace(/([?&](?:ssl)?password=)[^&#]*/gi, '$1***')
}

/**
 * The address that the environment gives, by itself or in a file, as secrets are handed to containers.
 * @throws UsageError where there are two, or the file cannot be read or holds none.
 */
export function databaseOf(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const path = env.DOORWARD_DATABASE_FILE
  if (path === undefined) return env.DOORWARD_DATABASE
  if (env.DOORWARD_DATABASE !== undefined)
    throw new UsageError('Both DOORWARD_DATABASE and DOORWARD_DATABASE_FILE are set; keep the one that is meant.')
  let address: string
  try {
    address = readFileSync(path, 'utf8').trim()
  } catch {
    throw new UsageError(
      `DOORWARD_DATABASE_FILE names '${path}', which cannot be read; check the path and who may read it.`,
    )
  }
  if (address === '')
    throw new UsageError(
      `DOORWARD_DATABASE_FILE names '${path}', which is empty; write the address of the database there.`,
    )
  return address
}
