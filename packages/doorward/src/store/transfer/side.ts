/** A value as both engines write it down: an integer in decimal digits, text as it is. What it is stands with its column. */
export type Cell = string | null
export type Cells = readonly Cell[]
export type Parameter = string | bigint | null

export interface Column {
  readonly name: string
  readonly kind: 'integer' | 'text'
}

export interface Table {
  readonly name: string
  readonly columns: readonly Column[]
  readonly key: readonly Column[]
}

export type Engine = 'sqlite' | 'postgres'

/**
 * A connection of its own to one database, for work that is no verb: whole tables. `?` stands for a value, and what is answered is rows
 * of cells. One call at a time.
 */
export interface Side {
  readonly engine: Engine
  all(sql: string, ...values: Parameter[]): Promise<Cells[]>
  /** The number of rows changed. */
  run(sql: string, ...values: Parameter[]): Promise<number>
  insert(table: Table, rows: readonly Cells[]): Promise<void>
  /** All of it or nothing: it is rolled back where `work` throws. With `reads`, everything is seen as it is at one moment. */
  atomically<T>(work: () => Promise<T>, reads?: 'reads'): Promise<T>
  close(): Promise<void>
}

export function quoted(name: string): string {
  return `"${name}"`
}

export function columnList(columns: readonly Column[]): string {
  return columns.map(({ name }) => quoted(name)).join(', ')
}

export function toParameter({ kind }: Column, cell: Cell): Parameter {
  return kind === 'integer' && cell !== null ? BigInt(cell) : cell
}

/** Something about a database or a file that keeps it from being moved, kept or brought back: one sentence with cause and mend. */
export class TransferRefused extends Error {}
