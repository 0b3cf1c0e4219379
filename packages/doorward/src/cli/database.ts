import { existsSync } from 'node:fs'
import { readConfig } from './config.ts'
import { isPostgres } from './database-address.ts'
import { checkDatabaseFile } from './database-file.ts'
import { UsageError } from './problem.ts'

export const DEV_DATABASE = '.doorward/dev.sqlite'
export const SERVE_DATABASE = 'doorward.sqlite'
export const CONFIG_FILE = 'doorward.config.json'

/** Where a command is told which database it is about. */
const OPERATOR_SETTING = '--database'

type Environment = Readonly<Record<string, string | undefined>>

export interface DatabaseOptions {
  readonly database?: string
  readonly config?: string
}

/** `--config`, `DOORWARD_CONFIG`, or the one that lies here, if any. */
export function configFile(options: Pick<DatabaseOptions, 'config'>, env: Environment): string | undefined {
  return options.config ?? env.DOORWARD_CONFIG ?? (existsSync(CONFIG_FILE) ? CONFIG_FILE : undefined)
}

/**
 * Which database a command of the operator means: `--database`, `DOORWARD_DATABASE`, the config file, or the one that
 * lies here.
 * @throws UsageError where there is none, or where there are two and nothing says which.
 */
export function findDatabase(options: DatabaseOptions, env: Environment): string {
  const found = meantDatabase(options, env)
  checkDatabaseFile(found, OPERATOR_SETTING)
  return found
}

function meantDatabase(options: DatabaseOptions, env: Environment): string {
  if (options.database !== undefined) return existing(options.database)
  const file = configFile(options, env)
  const configured = readConfig(file, env).database
  if (configured !== undefined) return existing(configured)
  // A config file is that of `serve`, also where it leaves the database to it.
  if (file !== undefined && existsSync(SERVE_DATABASE)) return SERVE_DATABASE
  const here = [SERVE_DATABASE, DEV_DATABASE].filter((path) => existsSync(path))
  if (here.length === 1) return here[0] as string
  throw new UsageError(
    here.length === 0
      ? "There is no Doorward database here; start 'doorward dev' or 'doorward serve' first, or name one with --database."
      : `There are two databases here, ${here.join(' and ')}; say which with --database.`,
  )
}

/** A mistyped path must not become a new, empty database. */
function existing(path: string): string {
  if (isPostgres(path) || existsSync(path)) return path
  throw new UsageError(
    `There is no Doorward database at '${path}'; check the path, or start 'doorward serve' once to make it.`,
  )
}
