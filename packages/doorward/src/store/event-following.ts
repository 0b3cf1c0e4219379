import type { Transaction, Work } from './driver.ts'
import { filled } from './places.ts'
import { toEvent } from './rows.ts'
import type { EventPlace, MissingEvents, StoredEvent } from './store.ts'

/**
 * Events are numbered when they are written, and seen when their transaction commits: with several writers a smaller number may come after
 * a greater one. So whoever follows them keeps in mind which numbers were missing, and they are looked for again that long. No transaction
 * of ours is open for longer; what is missing then was taken back.
 */
const LATE_SECONDS = 60
/** As many runs of them: more is a database in trouble, and the oldest are given up. */
const MOST_MISSING = 200
/** So far back a number may still be under way when somebody begins to follow. */
const LOOK_BACK = 1000

export function* placeNow(tx: Transaction, now: number): Work<EventPlace> {
  const rows = yield* tx.all('SELECT id FROM events ORDER BY id DESC LIMIT ?', LOOK_BACK)
  const ids = rows.map(({ id }) => Number(id)).reverse()
  const [first] = ids
  if (first === undefined) return { last: 0, missing: [] }
  return { last: ids.at(-1) as number, missing: between(first, ids, now).slice(-MOST_MISSING) }
}

export function* eventsAfter(
  tx: Transaction,
  place: EventPlace,
  { limit, now }: { limit: number; now: number },
): Work<{ readonly events: StoredEvent[]; readonly place: EventPlace }> {
  const { missing } = place
  const asked = filled(missing)
  const late =
    missing.length === 0
      ? []
      : (yield* tx.all(
          `SELECT * FROM events WHERE ${asked.map(() => 'id BETWEEN ? AND ?').join(' OR ')} ORDER BY id LIMIT ?`,
          ...asked.flatMap(({ from, to }) => [from, to]),
          limit,
        )).map(toEvent)
  const fresh = (yield* tx.all(
    'SELECT * FROM events WHERE id > ? ORDER BY id LIMIT ?',
    place.last,
    limit - late.length,
  )).map(toEvent)
  const ids = fresh.map(({ id }) => id)
  const still = missing
    .filter(({ since }) => Math.abs(now - since) < LATE_SECONDS)
    .flatMap((run) =>
      without(
        run,
        late.map(({ id }) => id),
      ),
    )
  return {
    events: [...late, ...fresh],
    place: {
      last: ids.at(-1) ?? place.last,
      missing: [...still, ...between(place.last + 1, ids, now)].slice(-MOST_MISSING),
    },
  }
}

/** The runs that are not among these ids, from `first` to the last of them. */
function between(first: number, ids: readonly number[], since: number): MissingEvents[] {
  const missing: MissingEvents[] = []
  let next = first
  for (const id of ids) {
    if (id > next) missing.push({ from: next, to: id - 1, since })
    next = id + 1
  }
  return missing
}

function without(run: MissingEvents, ids: readonly number[]): MissingEvents[] {
  const inside = ids.filter((id) => id >= run.from && id <= run.to)
  return between(run.from, [...inside, run.to + 1], run.since)
}
