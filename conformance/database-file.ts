import { DatabaseSync } from 'node:sqlite'

/** Longer than any transaction of a server, and than any that a slow machine makes of it. */
const BUSY_MILLISECONDS = 30_000

/**
 * The file of a database that a server, or a command that was just killed, may still be using: whoever comes second
 * waits, as the server itself does.
 */
export const openFile = (path: string, { readOnly = false } = {}): DatabaseSync =>
  new DatabaseSync(path, { timeout: BUSY_MILLISECONDS, readOnly })
