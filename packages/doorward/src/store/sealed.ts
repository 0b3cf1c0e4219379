import { openSqlite } from './sqlite.ts'

/**
 * Whether a file holds keys that were sealed under the secret of a server, so that it is of no use without that. Nothing that is in
 * it changes.
 */
export function holdsSealedKeys(path: string): boolean {
  const database = openSqlite(path)
  try {
    const hasKeys = database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'keys'").get()
    return hasKeys !== undefined && database.prepare('SELECT 1 FROM keys LIMIT 1').get() !== undefined
  } finally {
    database.close()
  }
}
