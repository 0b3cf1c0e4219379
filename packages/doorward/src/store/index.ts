import type { Driver } from './driver.ts'
import { gated } from './gate.ts'
import { MIGRATIONS } from './migrations/index.ts'
import type { Migration } from './migrations/migration.ts'
import { observedStore, type StoreObserver, tellingDriver } from './observed.ts'
import { postgresDriver } from './postgres.ts'
import { sqlStore } from './sql.ts'
import { sqliteDriver } from './sqlite.ts'
import type { Store } from './store.ts'

/**
 * Opens the database that `location` names: a path, `:memory:`, or `postgres://…`.
 * @param observer hears of every verb, and of each event that committed with a change
 * @throws Error where the location belongs to an engine that this version does not speak.
 */
export function openStore(
  location: string,
  nowMilliseconds: () => number,
  observer?: StoreObserver,
  known: readonly Migration[] = MIGRATIONS,
): Store {
  const driver = openDriver(location, nowMilliseconds, known)
  if (observer === undefined) return sqlStore(driver, nowMilliseconds, known.length)
  return observedStore(sqlStore(tellingDriver(driver, observer), nowMilliseconds, known.length), observer)
}

function openDriver(location: string, nowMilliseconds: () => number, known: readonly Migration[]): Driver {
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(location)?.[1]?.toLowerCase()
  switch (scheme) {
    case undefined:
      return gated(sqliteDriver(location, known), 'sqlite', nowMilliseconds)
    case 'postgres':
    case 'postgresql':
      return gated(postgresDriver(location, nowMilliseconds, known), 'postgres', nowMilliseconds)
    default:
      throw new Error(
        `The database '${scheme}://…' is of a kind that this version does not speak; give a file path or postgres://….`,
      )
  }
}
