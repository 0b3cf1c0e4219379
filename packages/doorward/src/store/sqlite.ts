import { closeSync, openSync, statSync } from 'node:fs'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { keepNewest } from '@doorward/core/kernel/bounded'
import { hearers, nothingTold } from './change.ts'
import { type Driver, type Row, storable, type Transaction, type Work } from './driver.ts'
import type { Migration } from './migrations/migration.ts'
import { MOST_STATEMENTS } from './places.ts'
import { eventStatements } from './rows.ts'
import { missing, READ_SCHEMA, SCHEMA_TABLE, type Schema, TELL_SCHEMA } from './schema.ts'
import { StoreUnavailable } from './unavailable.ts'

interface Waiting {
  readonly work: (tx: Transaction) => Work<unknown>
  readonly resolve: (value: never) => void
  readonly reject: (error: unknown) => void
}

interface Prepared {
  readonly statement: StatementSync
  columns: Columns
}

interface Columns {
  readonly names: readonly string[]
  /** A row of nothing. */
  readonly blank: Row
}

const BUSY_MILLISECONDS = 5000
/** Where somebody has held the file for all of that: until they let go, nobody waits so long again, and whoever reads goes on. */
const STILL_BUSY_MILLISECONDS = 20
/** Four MiB: whoever asks meanwhile waits for the disk to take them. */
const PAGES_TOGETHER = 1000

/** Opens a file, or makes it, as everything here wants it; what is in it stays as it is. */
export function openSqlite(path: string): DatabaseSync {
  // Made for its owner alone before anything is in it; SQLite gives the files beside it the same mode.
  if (path !== ':memory:') closeSync(openSync(path, 'a', 0o600))
  const database = new DatabaseSync(path, { timeout: BUSY_MILLISECONDS })
  // Counts for a new file only: pages that were freed can be given back.
  database.exec('PRAGMA auto_vacuum = INCREMENTAL')
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;')
  return database
}

/**
 * `node:sqlite` as a driver. Verbs that arrive while the loop turns share one transaction and so one fsync
 * (group commit): each is durable before its promise resolves, at a fraction of the cost.
 */
export function sqliteDriver(path: string, known: readonly Migration[]): Driver {
  const database = openSqlite(path)
  migrate(database, known)
  const opened = inode(path)

  const prepared = new Map<string, Prepared>()
  const prepare = (sql: string): Prepared => {
    const known = prepared.get(sql)
    if (known !== undefined) return known
    const statement = database.prepare(sql)
    statement.setReturnArrays(true)
    const fresh = { statement, columns: columnsOf(statement) }
    keepNewest(prepared, sql, fresh, MOST_STATEMENTS)
    return fresh
  }
  // There is one writer, so that no row has to be locked against another; and every answer is there at once.
  const get: Transaction['get'] = (sql, ...values) => {
    const known = prepare(sql)
    const found = known.statement.get(...storable(values)) as unknown[] | undefined
    return new Answered(found === undefined ? undefined : rowOf(known, found))
  }
  const { follow, hear } = hearers()
  let changed = nothingTold()
  const tx: Transaction = {
    get,
    lock: get,
    all: (sql, ...values) => {
      const known = prepare(sql)
      const found = known.statement.all(...storable(values)) as unknown as unknown[][]
      return new Answered(found.map((values) => rowOf(known, values)))
    },
    run: (sql, ...values) => new Answered(Number(prepare(sql).statement.run(...storable(values)).changes)),
    send: (sql, ...values) => {
      prepare(sql).statement.run(...storable(values))
      return NOTHING
    },
    tell: (change) => changed.add(change),
    note: (event) => {
      for (const { sql, values } of eventStatements([event])) prepare(sql).statement.run(...storable(values))
    },
  }

  // Another number each time that another connection has committed, whatever it was; our own commits leave it.
  const version = () => (prepare('PRAGMA data_version').statement.get() as unknown as [number])[0]
  let seen = version()
  function look(): void {
    const now = version()
    if (now === seen) return
    seen = now
    hear({ of: 'everything' })
  }

  let queue: Waiting[] = []
  let scheduled = false

  function flush(): void {
    scheduled = false
    const batch = queue
    queue = []
    if (batch.length === 0) return
    try {
      const results = commit(batch)
      batch.forEach((waiting, i) => void waiting.resolve(results[i] as never))
    } catch (error) {
      // Somebody else holds the file, whoever of them asks: one after the other would wait as long again, and the loop with each.
      if (batch.length === 1 || isBusy(error)) {
        for (const { reject } of batch) reject(told(error))
        return
      }
      // One of them failed and took the others down with it: each now stands for itself.
      for (const waiting of batch) {
        try {
          waiting.resolve(commit([waiting])[0] as never)
        } catch (own) {
          waiting.reject(told(own))
        }
      }
    }
  }

  let patience = BUSY_MILLISECONDS
  function begin(): void {
    let next = BUSY_MILLISECONDS
    try {
      prepare('BEGIN IMMEDIATE').statement.run()
    } catch (error) {
      if (isBusy(error)) next = STILL_BUSY_MILLISECONDS
      throw error
    } finally {
      if (next !== patience) database.exec(`PRAGMA busy_timeout = ${next}`)
      patience = next
    }
  }

  function commit(batch: readonly Waiting[]): unknown[] {
    changed = nothingTold()
    begin()
    try {
      const results = batch.map((waiting) => finish(waiting.work(tx)))
      prepare('COMMIT').statement.run()
      for (const change of changed.changes()) hear(change)
      return results
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK')
      throw error
    }
  }

  return {
    read: async (look) => {
      try {
        return finish(look(tx))
      } catch (error) {
        throw told(error)
      }
    },
    write: (work) =>
      new Promise((resolve, reject) => {
        queue.push({ work, resolve, reject })
        if (scheduled) return
        scheduled = true
        setImmediate(flush)
      }),
    waiting: () => queue.length,
    // A file that cannot be written to refuses and does not keep silent.
    outage: () => undefined,
    // Whoever shares a file shares a clock.
    clockAhead: () => 0,
    changes: { follow, notices: { by: 'looking', look } },
    isInPlace: async () => inode(path) === opened,
    tidy: async () => {
      const free = () => (prepare('PRAGMA freelist_count').statement.get() as unknown as [number])[0]
      const before = free()
      database.exec(`PRAGMA incremental_vacuum(${PAGES_TOGETHER})`)
      // A file that was made in another way keeps its pages.
      return free() > 0 && free() < before
    },
    close: async () => {
      flush()
      prepared.clear()
      database.close()
    },
  }
}

const BUSY = 5
// SQLITE_BUSY, SQLITE_IOERR, SQLITE_FULL and SQLITE_CANTOPEN: it is the disk, or somebody else who writes, and not what was asked.
const UNAVAILABLE = [BUSY, 10, 13, 14]
/** SQLITE_CONSTRAINT_TRIGGER: nothing is written any more, since the database moves elsewhere (`transfer/mark.ts`). */
const CLOSED = 1811

const codeOf = (error: unknown) => (error as { readonly errcode?: number } | undefined)?.errcode
const isBusy = (error: unknown) => ((codeOf(error) ?? 0) & 0xff) === BUSY

function told(error: unknown): unknown {
  const code = codeOf(error)
  if (code === undefined || !(code === CLOSED || UNAVAILABLE.includes(code & 0xff))) return error
  return new StoreUnavailable(`The database cannot be used (${(error as Error).message})`, { cause: error })
}

/** Work that is done: iterable, iterator and result in one small object, since there is one for each statement. */
class Answered<T> implements Work<T> {
  readonly done = true
  readonly value: T

  constructor(value: T) {
    this.value = value
  }

  next(): this {
    return this
  }

  [Symbol.iterator](): this {
    return this
  }
}

const NOTHING = new Answered(undefined)

/** It never stops in between. */
function finish<T>(work: Work<T>): T {
  return work[Symbol.iterator]().next().value as T
}

/**
 * A row by the names of its columns. Objects that the driver makes have a shape of their own each time, and one that grows by two
 * dozen names becomes a dictionary: reading either costs more than the query. Copies of one that has all names share its shape.
 */
function rowOf(prepared: Prepared, values: readonly unknown[]): Row {
  // A newer process may have added a column to the table since.
  if (values.length !== prepared.columns.names.length) prepared.columns = columnsOf(prepared.statement)
  const { names, blank } = prepared.columns
  const row: Row = Object.assign({}, blank)
  for (let i = 0; i < values.length; i++) row[names[i] as string] = values[i]
  return row
}

function columnsOf(statement: StatementSync): Columns {
  const names = statement.columns().map(({ name }) => name)
  return { names, blank: Object.fromEntries(names.map((name) => [name, null])) }
}

/** What is at a path, so that another file there is told from the one that was opened. */
function inode(path: string): number | undefined {
  return path === ':memory:' ? undefined : statSync(path, { throwIfNoEntry: false })?.ino
}

function migrate(database: DatabaseSync, known: readonly Migration[]): void {
  if (missing(schemaOf(database), known).steps.length === 0 && isTold(database)) return
  database.exec('BEGIN IMMEDIATE')
  try {
    // Another process may have migrated while this one waited for the lock.
    const { steps, after } = missing(schemaOf(database), known)
    for (const step of steps) database.exec(step)
    database.exec(`${SCHEMA_TABLE}; PRAGMA user_version = ${after.version}`)
    database.prepare(TELL_SCHEMA).run(after.version, after.oldest)
    database.exec('COMMIT')
  } catch (error) {
    // On a full disk SQLite has rolled back already, and would speak of that instead.
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}

function isTold(database: DatabaseSync): boolean {
  return database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'doorward_schema'").get() !== undefined
}

function schemaOf(database: DatabaseSync): Schema {
  if (isTold(database)) return database.prepare(READ_SCHEMA).get() as unknown as Schema
  // Made before it said so itself.
  const { user_version } = database.prepare('PRAGMA user_version').get() as { user_version: number }
  return { version: user_version, oldest: user_version }
}
