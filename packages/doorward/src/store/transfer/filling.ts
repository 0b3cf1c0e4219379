import type { AuditEvent } from '@doorward/core/kernel/audit'
import { dropMark, type Mark, readMark, turnMark, writeMark } from './mark.ts'
import { numberOnFrom } from './numbering.ts'
import { firstFilled, keyOf } from './rows.ts'
import { NEWEST_SCHEMA, schemaOf } from './schema.ts'
import { type Cells, type Side, type Table, TransferRefused } from './side.ts'

/** How far it is, for whoever looks on. */
export interface Progress {
  readonly step: 'copying' | 'comparing'
  readonly table: string
  readonly rows: number
  /** Of all tables together. */
  readonly of: number
}

export interface Watcher {
  readonly told: (progress: Progress) => void
  /** Whether somebody wants it to stop here; it goes on another time. */
  readonly isStopped: () => boolean
}

/** Rows of a table after a key, in the order of its keys; asked table by table, in one order. */
export type RowSource = (table: Table, after: Cells | undefined) => AsyncIterable<readonly Cells[]>

const PROGRESS = 'doorward_move_tables'

/**
 * Begins to fill a database that holds nothing yet. From here on no server starts on it until it is whole.
 * @throws TransferRefused where it holds something.
 */
export async function beginFilling(side: Side, tables: readonly Table[], mark: Omit<Mark, 'state'>): Promise<void> {
  await side.atomically(async () => {
    await requireEmpty(side, tables)
    await writeMark(side, { ...mark, state: 'filling' })
    await side.run(`CREATE TABLE ${PROGRESS} (name TEXT PRIMARY KEY, rows BIGINT NOT NULL, after TEXT NOT NULL)`)
    for (const { name } of tables) await side.run(`INSERT INTO ${PROGRESS} (name, rows, after) VALUES (?, 0, '')`, name)
  })
}

export async function requireEmpty(side: Side, tables: readonly Table[]): Promise<void> {
  const mark = await readMark(side)
  const filled = mark === undefined ? await firstFilled(side, tables) : undefined
  if (mark === undefined && filled === undefined) return
  throw new TransferRefused(
    `The database to be filled holds something already${filled === undefined ? ` (a move from or to ${mark?.other})` : ` (in '${filled}')`}; name one that is new and empty.`,
  )
}

/**
 * Fills it, from where it was left. Each batch commits together with how far it came, so that a process that is killed leaves nothing
 * doubled and nothing out.
 */
export async function fill(
  side: Side,
  tables: readonly Table[],
  source: RowSource,
  of: number,
  { told, isStopped }: Watcher,
): Promise<void> {
  let rows = Number((await side.all(`SELECT coalesce(sum(rows), 0) FROM ${PROGRESS}`))[0]?.[0])
  for (const table of tables) {
    const [known] = await side.all(`SELECT after FROM ${PROGRESS} WHERE name = ?`, table.name)
    let after = String(known?.[0] ?? '')
    for await (const batch of source(table, after === '' ? undefined : (JSON.parse(after) as Cells))) {
      if (isStopped()) throw new TransferRefused('Stopped; the same command goes on from here.')
      const next = JSON.stringify(keyOf(table, batch.at(-1) as Cells))
      await side.atomically(async () => {
        const turned = await side.run(
          `UPDATE ${PROGRESS} SET after = ?, rows = rows + ? WHERE name = ? AND after = ?`,
          next,
          BigInt(batch.length),
          table.name,
          after,
        )
        if (turned !== 1) throw new TransferRefused('Another process fills the same database; let it, or end it.')
        await side.insert(table, batch)
      })
      after = next
      rows += batch.length
      told({ step: 'copying', table: table.name, rows, of })
    }
  }
}

/** From here on it is known to be the same. */
export async function markFilled(side: Side, id: string): Promise<void> {
  await side.atomically(() => turnMark(side, id, 'filling', 'filled'))
}

/** What makes it whole: servers may start on it. */
export interface Finish {
  readonly id: string
  readonly lastNumber: bigint
  readonly event: AuditEvent
  readonly nowMilliseconds: number
  /** What else changes in the same transaction. */
  readonly also?: () => Promise<void>
}

export async function finishFilling(side: Side, finish: Finish): Promise<void> {
  const schema = await schemaOf(side)
  if (schema !== NEWEST_SCHEMA) throw new Error(`The schema is ${schema}, where ${NEWEST_SCHEMA} was to be.`)
  await side.atomically(async () => {
    await turnMark(side, finish.id, 'filled', 'filled')
    await numberOnFrom(side, finish.lastNumber)
    await finish.also?.()
    const { type, outcome, reason, detail } = finish.event
    await side.run(
      'INSERT INTO events (at, type, outcome, reason, detail) VALUES (?, ?, ?, ?, ?)',
      BigInt(finish.nowMilliseconds),
      type,
      outcome,
      reason,
      detail === undefined ? null : JSON.stringify(detail),
    )
    await side.run(`DROP TABLE ${PROGRESS}`)
    await dropMark(side)
  })
}
