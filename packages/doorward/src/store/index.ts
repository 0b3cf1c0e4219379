import type { Driver } from './driver.ts'
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
export function openStore(location: string, nowMilliseconds: () => number, observer?: StoreObserver): Store {
  const driver = openDriver(location, nowMilliseconds)
  if (observer === undefined) return sqlStore(driver, nowMilliseconds)
  return observedStore(sqlStore(tellingDriver(driver, observer), nowMilliseconds), observer)
}

function openDriver(location: string, nowMilliseconds: () => number): Driver {
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(location)?.[1]?.toLowerCase()
  switch (scheme) {
    case undefined:
      return sqliteDriver(location)
    case 'postgres':
    case 'postgresql':
      return postgresDriver(location, nowMilliseconds)
    default:
      throw new Error(
        `The database '${scheme}://…' is of a kind that this version does not speak; give a file path or postgres://….`,
      )
  }
}
