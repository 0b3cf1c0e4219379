import type { AuditEvent } from '@doorward/core/kernel/audit'
import type { Change, ChangeVerbs } from './change.ts'

export type Value = string | number | null
export type Row = Record<string, unknown>

/** One statement, with `?` for its values, and what is wanted of its answer. */
export interface Statement {
  readonly wants: 'row' | 'rows' | 'count' | 'nothing'
  readonly sql: string
  readonly values: readonly Value[]
}

/**
 * What a verb does inside its transaction. It hands out one statement after the other and goes on with what came of it, so that
 * an engine at the end of a wire serves it as well as one in this process.
 */
export interface Work<T> {
  [Symbol.iterator](): Iterator<Statement, T, unknown>
}

/** What a verb may do inside its transaction: `const row = yield* tx.get('SELECT …', id)`. */
export interface Transaction {
  get(sql: string, ...values: Value[]): Work<Row | undefined>
  /** The same, and nobody else changes the row before this transaction has ended. */
  lock(sql: string, ...values: Value[]): Work<Row | undefined>
  all(sql: string, ...values: Value[]): Work<Row[]>
  /** The number of rows changed. */
  run(sql: string, ...values: Value[]): Work<number>
  /** The same, and nobody waits to hear of it: what comes after it sees it done, and where it fails, the commit does. */
  send(sql: string, ...values: Value[]): Work<void>
  /** Writes an event with the commit and not without it. */
  note(event: NotedEvent): void
  /** Where somebody wants to hear of the events that this transaction writes, once it has ended. */
  readonly told?: AuditEvent[]
  /** Says to every process on the database, with the commit and not without it, that it has something to forget. */
  tell(change: Change): void
}

/** An event, and when it was, in milliseconds since 1970. */
export type NotedEvent = AuditEvent & { readonly at: number }

/** A time in which this process could ask nothing of the database. In seconds. */
export interface Outage {
  readonly seconds: number
  /** How long ago the last of what was asked before it can have been done. */
  readonly ago: number
}

/**
 * A database engine. `write` is durable when its promise resolves. The work may be run twice (the first time rolled
 * back), so it changes nothing but the database.
 */
export interface Driver {
  read<T>(look: (tx: Transaction) => Work<T>): Promise<T>
  /**
   * @param row names the one row that the work judges by. Works on different rows may take turns, statement by statement; one
   * without a name has the transaction to itself, and each of its statements is a way to the database and back for all of them.
   */
  write<T>(work: (tx: Transaction) => Work<T>, row?: string): Promise<T>
  /** When the database last did not answer, where that is so now or was until less than `within` seconds ago. */
  outage(within: number): Outage | undefined
  /** By how many milliseconds the clock of the database is ahead of the one here, where that is more than anybody measures by mistake. */
  clockAhead(): number
  readonly changes: ChangeVerbs
  /**
   * Whether what was opened is still what others would find at its place.
   * @throws StoreUnavailable where it is, and may not be changed
   */
  isInPlace(): Promise<boolean>
  /** Gives some of the room of deleted rows back, as far as the engine does not do so by itself. Whether there is more. */
  tidy(): Promise<boolean>
  /** How many works wait to be begun. */
  waiting(): number
  close(): Promise<void>
}

/**
 * What an engine is given. PostgreSQL keeps no NUL in a text: it refuses the statement, and whatever came with it; and what SQLite kept
 * of one could not be moved there. U+FFFD stands in its place, as for bytes that are
 * no UTF-8; no form brings either (`parameter_not_utf8`).
 */
export function storable(values: readonly Value[]): readonly Value[] {
  return values.some(hasNul)
    ? values.map((value) => (hasNul(value) ? value.replaceAll('\0', '\ufffd') : value))
    : values
}

const hasNul = (value: Value): value is string => typeof value === 'string' && value.includes('\0')

/** The same for every engine: what differs is who answers the statements, and where it says `FOR UPDATE`. */
export function transaction(forUpdate: string): Transaction {
  return {
    *get(sql, ...values) {
      return (yield { wants: 'row', sql, values }) as Row | undefined
    },
    *lock(sql, ...values) {
      return (yield { wants: 'row', sql: `${sql}${forUpdate}`, values }) as Row | undefined
    },
    *all(sql, ...values) {
      return (yield { wants: 'rows', sql, values }) as Row[]
    },
    *run(sql, ...values) {
      return (yield { wants: 'count', sql, values }) as number
    },
    *send(sql, ...values) {
      yield { wants: 'nothing', sql, values }
    },
    tell: () => undefined,
    note: () => undefined,
  }
}
