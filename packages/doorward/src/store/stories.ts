import type { Driver } from './driver.ts'
import { firstSince } from './event-search.ts'
import { filled, places } from './places.ts'
import { toEvent } from './rows.ts'
import type { StoryQuery, StoryVerbs } from './story.ts'

/** More names than that are cut off: a statement has only so many places. */
const MOST_NAMES = 1000

export function storyVerbs(driver: Driver): StoryVerbs {
  return {
    events: ({ types: meant, since, until, about, limit }) =>
      driver.read(function* (tx) {
        const types = filled(meant)
        const named = about === undefined ? { sql: '1 = 1', values: [] } : namedIn(about)
        return (yield* tx.all(
          `SELECT * FROM events WHERE id >= ? AND at >= ? AND at < ? AND type IN (${places(types)}) AND (${named.sql})
             ORDER BY id DESC LIMIT ?`,
          yield* firstSince(tx, since),
          since,
          until,
          ...types,
          ...named.values,
          limit,
        )).map(toEvent)
      }),
    firstCalls: (grants) =>
      driver.read(function* (tx) {
        const few = filled(grants.slice(0, MOST_NAMES))
        if (few.length === 0) return []
        return (yield* tx.all(
          `SELECT * FROM events WHERE id IN (
               SELECT min(id) FROM events WHERE type = 'access.allowed' AND grant_id IN (${places(few)}) GROUP BY grant_id
             ) ORDER BY id`,
          ...few,
        )).map(toEvent)
      }),
    endings: (grants) =>
      driver.read(function* (tx) {
        const few = filled(grants.slice(0, MOST_NAMES))
        if (few.length === 0) return new Map()
        const rows = yield* tx.all(
          `SELECT id, revoked_reason FROM grants WHERE revoked_reason IS NOT NULL AND id IN (${places(few)})`,
          ...few,
        )
        return new Map(rows.map((row) => [String(row.id), String(row.revoked_reason)]))
      }),
  }
}

function namedIn({ references = [], grants = [], clients = [], networks = [] }: NonNullable<StoryQuery['about']>): {
  sql: string
  values: string[]
} {
  const columns = [
    ['correlation', references],
    ['grant_id', grants],
    ['client', clients],
    ['network', networks],
  ] as const
  const parts = columns
    .map(([column, names]) => [column, filled(names.slice(0, MOST_NAMES))] as const)
    .filter(([, names]) => names.length > 0)
  // A reference is ten letters and digits: nothing in it means anything to LIKE, and what else comes here finds nothing.
  const flows = filled(references.slice(0, MOST_NAMES).filter((reference) => /^[0-9A-Za-z]+$/.test(reference)))
  const sql = [
    ...parts.map(([column, names]) => `${column} IN (${places(names)})`),
    ...flows.map(() => 'detail LIKE ?'),
  ]
  return {
    sql: sql.length === 0 ? '1 = 0' : sql.join(' OR '),
    values: [...parts.flatMap(([, names]) => names), ...flows.map((flow) => `%"flow":"${flow}"%`)],
  }
}
