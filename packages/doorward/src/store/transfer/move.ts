import type { Tally } from './checksum.ts'
import { beginFilling, fill, finishFilling, markFilled, requireEmpty, type Watcher } from './filling.ts'
import { closeDatabase, type Mark, readMark, reopenDatabase, turnMark } from './mark.ts'
import { lastNumber } from './numbering.ts'
import { migratePlace, openPlace, type Place } from './places.ts'
import { countOf, firstFilled, rowsOf, tallyOf } from './rows.ts'
import { NEWEST_SCHEMA, schemaOf, tablesAt } from './schema.ts'
import { type Side, type Table, TransferRefused } from './side.ts'

export interface Compared {
  readonly name: string
  readonly from: Tally
  readonly to: Tally
}

/** `already` where it was finished before. `differs` where the two are not the same; the target stays unusable then. */
export interface Moved {
  readonly verdict: 'moved' | 'already' | 'differs'
  readonly tables: readonly Compared[]
}

export interface MoveWorld extends Watcher {
  readonly nowMilliseconds: () => number
  /** A name for this move that no other has. */
  readonly newId: () => string
}

/**
 * Moves everything that one database holds into another, which holds nothing. The first is closed before the first row is read and never
 * opens again by itself, so that nothing that ends or changes in it afterwards is alive in the other. May be killed at any moment and
 * called again.
 * @throws TransferRefused, StoreUnavailable
 */
export async function moveDatabase(from: Place, to: Place, world: MoveWorld): Promise<Moved> {
  if (await takesNoPart(from)) {
    // Looked at first: a wrong one that an older release serves would be closed to it by the newest schema.
    await requireEmptyAsItIs(to)
    await migratePlace(from)
  }
  if (await takesNoPart(to)) await migratePlace(to)
  const tables = await tablesAt(NEWEST_SCHEMA)
  return withSides(from, to, async (source, target) => {
    const begun = await begin({ source, from, target, to, tables, world })
    if (begun === undefined) return { verdict: 'already', tables: [] }
    const { id } = begun
    let of = 0
    for (const table of tables) of += await countOf(source, table)
    await fill(target, tables, (table, after) => rowsOf(source, table, after), of, world)
    const compared = await compare(source, target, tables, of * 2, world)
    if (compared.some((one) => !isSame(one))) return { verdict: 'differs', tables: compared }
    if ((await readMark(target))?.state === 'filling') await markFilled(target, id)
    // The old one first: there is no moment at which both could be served.
    await source.atomically(() => leave(source, id))
    await finishFilling(target, {
      id,
      lastNumber: await lastNumber(source),
      nowMilliseconds: world.nowMilliseconds(),
      event: {
        type: 'database.moved',
        outcome: 'allowed',
        reason: 'operator_moved',
        detail: { from: from.shown, to: to.shown, rows: of },
      },
    })
    return { verdict: 'moved', tables: compared }
  })
}

/** @throws TransferRefused where the move was given up meanwhile: the old one is served again, and the new one must never be. */
async function leave(source: Side, id: string): Promise<void> {
  const mark = await readMark(source)
  if (mark?.id !== id) throw new TransferRefused('This was given up by another process meanwhile.')
  if (mark.state !== 'left') await turnMark(source, id, 'leaving', 'left')
}

export function isSame({ from, to }: Compared): boolean {
  return from.rows === to.rows && from.checksum === to.checksum
}

/**
 * Opens the database again that was to be moved. What was copied of it is never whole and serves nobody.
 * @throws TransferRefused where there is nothing to take back, or the move was finished.
 */
export async function giveUpMove(from: Place): Promise<Mark> {
  const source = await openPlace(from)
  try {
    const mark = await readMark(source)
    if (mark === undefined) throw new TransferRefused(`No move from ${from.shown} is under way; nothing was changed.`)
    switch (mark.state) {
      case 'left':
        throw new TransferRefused(
          `The move to ${mark.other} was finished, and what was ended since would live again here; to come back, move from there into a new database.`,
        )
      case 'filling':
      case 'filled':
        throw new TransferRefused(
          `${from.shown} is the one that is being filled, from ${mark.other}; name that one with --from.`,
        )
      case 'leaving':
        await reopenDatabase(source, mark.id)
        return mark
      default:
        return mark.state satisfies never
    }
  } finally {
    await source.close()
  }
}

/** Whose schema is brought up to date, as by any command; one that takes part in a move is so already. */
async function takesNoPart(place: Place): Promise<boolean> {
  const side = await openPlace(place)
  try {
    return (await readMark(side)) === undefined
  } finally {
    await side.close()
  }
}

async function requireEmptyAsItIs(place: Place): Promise<void> {
  const side = await openPlace(place)
  try {
    await requireEmpty(side, await tablesAt(await schemaOf(side)))
  } finally {
    await side.close()
  }
}

async function withSides<T>(from: Place, to: Place, work: (source: Side, target: Side) => Promise<T>): Promise<T> {
  const source = await openPlace(from)
  try {
    const target = await openPlace(to)
    try {
      return await work(source, target)
    } finally {
      await target.close()
    }
  } finally {
    await source.close()
  }
}

interface Beginning {
  readonly source: Side
  readonly from: Place
  readonly target: Side
  readonly to: Place
  readonly tables: readonly Table[]
  readonly world: MoveWorld
}

/** Begins, or finds out how far it is; undefined where it is done. */
async function begin({ source, from, target, to, tables, world }: Beginning): Promise<Mark | undefined> {
  let leaving = await readMark(source)
  const filling = await readMark(target)
  if (leaving === undefined) {
    await requireEmpty(target, tables)
    leaving = { state: 'leaving', id: world.newId(), other: to.shown }
    await closeDatabase(source, tables, leaving)
  } else if (leaving.state === 'filling' || leaving.state === 'filled') {
    throw new TransferRefused(`${from.shown} is not whole itself; it is being filled from ${leaving.other}.`)
  } else if (leaving.other !== to.shown) {
    throw new TransferRefused(
      leaving.state === 'left'
        ? `${from.shown} was moved to ${leaving.other} before; move on from there.`
        : `${from.shown} is being moved to ${leaving.other}; go on with that, written as it was, or give it up with --abort.`,
    )
  } else if (leaving.state === 'left' && filling === undefined) {
    if ((await firstFilled(target, tables)) !== undefined) return undefined
    throw new TransferRefused(
      `${from.shown} was moved to ${to.shown} before, and nothing is there now; bring that one back, or its backup. What ${from.shown} held when it was left, 'doorward backup' and 'doorward restore' bring into a new database.`,
    )
  }
  if (filling === undefined) await beginFilling(target, tables, { id: leaving.id, other: from.shown })
  else if (filling.id !== leaving.id)
    throw new TransferRefused(
      `${to.shown} holds a part of another move, from or to ${filling.other}; name a database that is new and empty.`,
    )
  return leaving
}

async function compare(
  source: Side,
  target: Side,
  tables: readonly Table[],
  of: number,
  { told, isStopped }: Watcher,
): Promise<Compared[]> {
  let rows = 0
  const compared: Compared[] = []
  for (const table of tables) {
    const count = (more: number) => {
      if (isStopped()) throw new TransferRefused('Stopped; the same command goes on from here.')
      rows += more
      told({ step: 'comparing', table: table.name, rows, of })
    }
    const [from, to] = await Promise.all([tallyOf(source, table, count), tallyOf(target, table, count)])
    compared.push({ name: table.name, from, to })
  }
  return compared
}
