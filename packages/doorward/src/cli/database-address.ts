import { readFileSync } from 'node:fs'
import { postgresSettings } from '../store/postgres-settings.ts'
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

/** An address that nobody took for one: in quotes, as Docker's `--env-file` leaves them, after a space, or with a slash too few. */
const MEANT_AS_ADDRESS = /^['"\s]*(postgres(ql)?:|[a-z][a-z0-9+.-]+:\/\/)/i

/**
 * Another engine, or an address that cannot be read, is a mistake to be told before anything is made on the disk. Taken for a path it would
 * become a new, empty database whose name is the password, so it is not repeated either.
 */
export function checkDatabase(location: string | undefined): string | undefined {
  if (location === undefined) return undefined
  if (location === '') throw new UsageError('The database is set to nothing; give a file path or postgres://….')
  if (isPostgres(location)) {
    try {
      postgresSettings(location)
      return location
    } catch (error) {
      throw new UsageError((error as Error).message)
    }
  }
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(location)?.[1]
  if (scheme !== undefined)
    throw new UsageError(
      `The database '${scheme}://…' is of a kind that this version does not speak; give a file path or postgres://….`,
    )
  if (MEANT_AS_ADDRESS.test(location))
    throw new UsageError(
      'The address of the database does not begin with postgres://; write it so, with no quotes or spaces around it.',
    )
  return location
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
