import type { Transaction, Value, Work } from './driver.ts'
import type { EventFilter } from './governing.ts'
import { places } from './places.ts'

/** A condition of SQL and the values in it. */
export type Condition = readonly [string, ...Value[]] | undefined

/** So many events are looked through in one step, so that a rare one keeps nobody waiting. */
const WINDOW = 50_000
/** Processes on one database write events in nearly the order of their times. */
const DISORDER_MILLISECONDS = 60_000

/** The ids to look through next, from below `before` down; undefined where no event can be there. */
export function* endOfWindow(
  tx: Transaction,
  { from, to }: Pick<EventFilter, 'from' | 'to'>,
  before: number | undefined,
): Work<{ readonly first: number; readonly from: number; readonly before: number } | undefined> {
  const { least, most } = yield* bounds(tx)
  const first = from === undefined ? least : yield* firstSince(tx, from)
  const end = to === undefined ? most + 1 : yield* firstSince(tx, to + 2 * DISORDER_MILLISECONDS)
  const top = Math.min(before ?? end, end)
  return top <= first ? undefined : { first, from: Math.max(first, top - WINDOW), before: top }
}

export function matching(filter: EventFilter): readonly Condition[] {
  const { types, outcome, reason, client, person, resource, grant, correlation, from, to } = filter
  return [
    types === undefined || types.length === 0 ? undefined : [`type IN (${places(types)})`, ...types],
    outcome === undefined ? undefined : ['outcome = ?', outcome],
    reason === undefined ? undefined : ['reason = ?', reason],
    client === undefined ? undefined : ['client = ?', client],
    // The id is one of ours and has no characters that mean something in a pattern; what has any finds actors alone.
    person === undefined
      ? undefined
      : /^[\w-]{1,80}$/.test(person)
        ? ["(actor = ? OR detail LIKE ? ESCAPE '!')", person, `%"person":"${person.replaceAll('_', '!_')}"%`]
        : ['actor = ?', person],
    resource === undefined ? undefined : ['resource = ?', resource],
    grant === undefined ? undefined : ['grant_id = ?', grant],
    correlation === undefined ? undefined : ['correlation = ?', correlation],
    from === undefined ? undefined : ['at >= ?', from],
    to === undefined ? undefined : ['at < ?', to],
  ]
}

/**
 * No event of this time or later has a smaller id. Found by halving: an index on the time would be one more page to write for every
 * event that anybody causes.
 */
export function* firstSince(tx: Transaction, at: number): Work<number> {
  const { least, most } = yield* bounds(tx)
  let low = least
  let high = most + 1
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const row = yield* tx.get('SELECT id, at FROM events WHERE id >= ? ORDER BY id LIMIT 1', middle)
    if (row !== undefined && Number(row.at) < at - DISORDER_MILLISECONDS) low = Number(row.id) + 1
    else high = middle
  }
  return low
}

function* bounds(tx: Transaction): Work<{ readonly least: number; readonly most: number }> {
  const row = yield* tx.get('SELECT min(id) AS least, max(id) AS most FROM events')
  return { least: Number(row?.least ?? 1), most: Number(row?.most ?? 0) }
}
