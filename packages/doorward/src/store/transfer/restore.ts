import { type BackupEnd, type BackupHeader, type BackupLine, openBackup, type TableTally } from './backup.ts'
import { tally } from './checksum.ts'
import { beginFilling, fill, finishFilling, markFilled, type Progress, requireEmpty, type Watcher } from './filling.ts'
import { type Mark, readMark } from './mark.ts'
import { migratePlace, openPlace, type Place } from './places.ts'
import { keyOf, tallyOf } from './rows.ts'
import { hasTable, makeSchema, NEWEST_SCHEMA, schemaOf, tablesAt } from './schema.ts'
import { type Cells, quoted, type Side, type Table, TransferRefused } from './side.ts'
import { TABLES } from './tables.ts'

export interface RestoreWorld extends Watcher {
  readonly secret: Uint8Array
  readonly nowMilliseconds: () => number
  /** How the file is called in messages and in the event. */
  readonly name: string
  /** What was handed out stays good, as it was; else it ends. */
  readonly keepGrants: boolean
}

export interface Restored extends BackupHeader {
  readonly tables: readonly TableTally[]
  /** What ended with it, where that was not to be kept. */
  readonly ended: { readonly grants: number; readonly invites: number; readonly sessions: number }
}

const NOTHING_ENDED = { grants: 0, invites: 0, sessions: 0 }

/**
 * Brings a backup back into a database that holds nothing. The file is read to its end and verified before anything is written. May be
 * killed at any moment and called again.
 * @param read the bytes of the file, from its beginning; called twice
 * @throws TransferRefused, StoreUnavailable
 */
export async function restore(
  read: () => AsyncIterable<Uint8Array>,
  to: Place,
  world: RestoreWorld,
): Promise<Restored> {
  const checked = await check(read, world)
  const { header, end } = checked
  const tables = await tablesAt(header.schema)
  const of = end.tables.reduce((sum, { rows }) => sum + rows, 0)
  const side = await openPlace(to)
  try {
    const mark = await begin(side, to, tables, checked, world)
    if (mark.state === 'filling') {
      const { lines } = await openBackup(read(), world.secret, NEWEST_SCHEMA)
      await fill(side, tables, rowsIn(lines()), of * 2, world)
      await compare(side, tables, end, of, world)
      await markFilled(side, header.salt)
    }
    // A backup of an older version goes the way that its database would have gone.
    await migratePlace(to)
    let ended: Restored['ended'] = NOTHING_ENDED
    await finishFilling(side, {
      id: header.salt,
      lastNumber: BigInt(end.lastNumber),
      nowMilliseconds: world.nowMilliseconds(),
      event: {
        type: 'database.restored',
        outcome: 'allowed',
        reason: world.keepGrants ? 'grants_kept' : 'grants_ended',
        detail: { from: world.name, madeAt: header.madeAt, rows: of },
      },
      also: async () => {
        if (!world.keepGrants) ended = await endWhatWasHandedOut(side, Math.floor(world.nowMilliseconds() / 1000))
      },
    })
    return { ...header, tables: end.tables, ended }
  } finally {
    await side.close()
  }
}

interface Checked {
  readonly header: BackupHeader
  readonly end: BackupEnd
}

/** Reads all of it once. What it says of itself at the end has to be what it holds. */
async function check(read: () => AsyncIterable<Uint8Array>, { secret, isStopped }: RestoreWorld): Promise<Checked> {
  const { header, lines } = await openBackup(read(), secret, NEWEST_SCHEMA)
  const tallies = new Map<string, ReturnType<typeof tally>>()
  let current: ReturnType<typeof tally> | undefined
  let end: BackupEnd | undefined
  for await (const line of lines()) {
    if (end !== undefined) throw new TransferRefused('The backup goes on after its end; it was changed.')
    if (isRow(line)) {
      if (isStopped()) throw new TransferRefused('Stopped; nothing was written.')
      current?.add(line)
    } else if ('table' in line) {
      current = tally()
      tallies.set(line.table, current)
    } else end = line.end
  }
  const isWhole =
    end !== undefined &&
    end.tables.length === tallies.size &&
    end.tables.every(({ name, rows, checksum }) => {
      const found = tallies.get(name)?.result()
      return found?.rows === rows && found.checksum === checksum
    })
  if (end === undefined || !isWhole)
    throw new TransferRefused('The backup does not hold what it says that it holds; take another.')
  return { header, end }
}

function isRow(line: BackupLine): line is Cells {
  return Array.isArray(line)
}

async function begin(
  side: Side,
  to: Place,
  tables: readonly Table[],
  { header }: Checked,
  { name }: RestoreWorld,
): Promise<Mark> {
  const mark = await readMark(side)
  const begun: Mark = { state: 'filling', id: header.salt, other: name }
  if (mark === undefined) {
    if (await wasRestored(side, name, header))
      throw new TransferRefused(
        `${to.shown} has all of ${name} already: it was restored there. Start the server on it; to have it as it was once more, name a database that is new and empty.`,
      )
    // Before it is changed: a wrong one may be served by an older release, which a newer schema would keep out.
    await requireEmpty(side, await tablesAt(await schemaOf(side)))
    await makeSchema(side, header.schema)
    await beginFilling(side, tables, begun)
    return begun
  }
  if (mark.id === header.salt && (mark.state === 'filling' || mark.state === 'filled')) return mark
  throw new TransferRefused(
    `${to.shown} takes part in a move, from or to ${mark.other}; name a database that is new and empty.`,
  )
}

/** Whether it is done. Who was killed after the last commit could not say so. */
async function wasRestored(side: Side, name: string, { madeAt }: BackupHeader): Promise<boolean> {
  if (!(await hasTable(side, 'events'))) return false
  const [last] = await side.all("SELECT detail FROM events WHERE type = 'database.restored' ORDER BY id DESC LIMIT 1")
  if (last === undefined) return false
  const detail = JSON.parse(String(last[0])) as { readonly from?: unknown; readonly madeAt?: unknown }
  return detail.from === name && detail.madeAt === madeAt
}

/** The rows of one table after another, out of lines that come once; those up to the key are passed over. */
function rowsIn(lines: AsyncGenerator<BackupLine>) {
  let waiting: BackupLine | undefined
  return async function* (table: Table, after: Cells | undefined): AsyncGenerator<readonly Cells[]> {
    const from = after === undefined ? undefined : JSON.stringify(after)
    let isBeyond = from === undefined
    let batch: Cells[] = []
    for (;;) {
      const line = waiting ?? ((await lines.next()).value as BackupLine | undefined)
      waiting = undefined
      if (line === undefined || !isRow(line)) {
        if (line !== undefined && 'table' in line && line.table === table.name) continue
        waiting = line
        break
      }
      if (isBeyond) batch.push(line)
      else isBeyond = JSON.stringify(keyOf(table, line)) === from
      if (batch.length === BATCH_ROWS) {
        yield batch
        batch = []
      }
    }
    if (batch.length > 0) yield batch
  }
}

const BATCH_ROWS = 1000

async function compare(
  side: Side,
  tables: readonly Table[],
  end: BackupEnd,
  of: number,
  { told, isStopped }: RestoreWorld,
): Promise<void> {
  let rows = of
  for (const table of tables) {
    const found = await tallyOf(side, table, (more) => {
      if (isStopped()) throw new TransferRefused('Stopped; the same command goes on from here.')
      rows += more
      told({ step: 'comparing', table: table.name, rows, of: of * 2 } satisfies Progress)
    })
    const expected = end.tables.find(({ name }) => name === table.name)
    if (found.rows !== expected?.rows || found.checksum !== expected.checksum) {
      throw new TransferRefused(
        `What stands in '${table.name}' now is not what the backup holds (${found.rows} of ${expected?.rows ?? 0} rows); somebody else writes to the database. Name a new one.`,
      )
    }
  }
}

/**
 * RFC 9700 §4.14, in spirit: what was taken back after the backup was made is not known here, so everything that opens something ends.
 * People, applications and rules stay.
 */
async function endWhatWasHandedOut(side: Side, now: number): Promise<Restored['ended']> {
  const changed: Record<string, number> = {}
  for (const [name, fate] of Object.entries(TABLES)) {
    switch (fate) {
      case 'kept':
        break
      case 'emptied':
        changed[name] = await side.run(`DELETE FROM ${quoted(name)}`)
        break
      case 'ended':
        changed[name] = await side.run(
          `UPDATE ${quoted(name)} SET revoked_at = ? WHERE revoked_at IS NULL`,
          BigInt(now),
        )
        break
      default:
        fate satisfies never
    }
  }
  await side.run(
    "UPDATE grants SET revoked_reason = 'restored' WHERE revoked_reason IS NULL AND revoked_at = ?",
    BigInt(now),
  )
  return { grants: changed.grants ?? 0, invites: changed.invites ?? 0, sessions: changed.sessions ?? 0 }
}
