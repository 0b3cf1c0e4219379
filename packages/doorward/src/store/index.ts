import { postgresDriver } from './postgres.ts'
import { sqlStore } from './sql.ts'
import { sqliteDriver } from './sqlite.ts'
import type { Store } from './store.ts'

/**
 * Opens the database that `location` names: a path, `:memory:`, or `postgres://…`.
 * @throws Error where the location belongs to an engine that this version does not speak.
 */
export function openStore(location: string, nowMilliseconds: () => number): Store {
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(location)?.[1]?.toLowerCase()
  switch (scheme) {
    case undefined:
      return sqlStore(sqliteDriver(location), nowMilliseconds)
    case 'postgres':
    case 'postgresql':
      return sqlStore(postgresDriver(location, nowMilliseconds), nowMilliseconds)
    default:
      throw new Error(
        `The database '${scheme}://…' is of a kind that this version does not speak; give a file path or postgres://….`,
      )
  }
}
