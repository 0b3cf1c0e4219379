export type Value = string | number | null
export type Row = Record<string, unknown>

/** What a verb may do inside its transaction. */
export interface Transaction {
  get(sql: string, ...values: Value[]): Row | undefined
  all(sql: string, ...values: Value[]): Row[]
  /** The number of rows changed. */
  run(sql: string, ...values: Value[]): number
}

/**
 * A database engine. `write` is durable when its promise resolves. The work may be run twice (the first time rolled
 * back), so it changes nothing but the database.
 */
export interface Driver {
  read<T>(look: (tx: Transaction) => T): Promise<T>
  write<T>(work: (tx: Transaction) => T): Promise<T>
  /** Gives the room of deleted rows back, as far as the engine does not do so by itself. */
  tidy(): Promise<void>
  close(): Promise<void>
}
