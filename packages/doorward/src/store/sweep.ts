import { type AuditEvent, LASTING_EVENTS } from '@doorward/core/kernel/audit'
import type { Transaction, Value, Work } from './driver.ts'
import type { SweepLimits } from './store.ts'

const HOUR = 3600
const LASTING = LASTING_EVENTS.map((type) => `'${type}'`).join(', ')
/** Two budgets: a storm of what strangers can cause does not wash away what people and operators did. */
export const BUDGETS = [`type IN (${LASTING})`, `type NOT IN (${LASTING})`] as const
/** Rows of one step: a busy server leaves millions, and whoever asks meanwhile does not wait for all of them. */
export const ROWS_TOGETHER = 2000
/** To look costs less than to delete. */
const EVENTS_LOOKED_AT = 20_000

/** Rows that end by themselves. No index stands on when they do, since each use would write it: they are walked through by their key. */
interface Ending {
  readonly table: string
  readonly key: string
  /** A condition, and its values. */
  readonly isOver: string
  readonly values: (limits: SweepLimits) => readonly Value[]
}

export const ENDINGS: readonly Ending[] = [
  {
    // Registrations that nobody used, or used for long. One that an operator spoke of stays, whatever was said.
    table: 'clients',
    key: 'id',
    isOver: `assurance IN ('claimed', 'domain', 'statement') AND blocked_at IS NULL AND approved_at IS NULL
     AND ((used_at IS NULL AND created_at <= ?) OR (used_at IS NOT NULL AND used_at <= ?))
     AND (asked_at IS NULL OR asked_at <= ?)
     AND NOT EXISTS (SELECT 1 FROM grants WHERE client_id = clients.id AND revoked_at IS NULL AND expires_at > ?)`,
    values: ({ now, unusedClientSeconds, usedClientSeconds }) => [
      now - unusedClientSeconds,
      now - usedClientSeconds,
      now - unusedClientSeconds,
      now,
    ],
  },
  { table: 'sessions', key: 'digest', isOver: 'expires_at <= ?', values: ({ now }) => [now] },
  { table: 'attempts', key: 'key', isOver: 'wait_until <= ? AND at <= ?', values: ({ now }) => [now, now - HOUR] },
  { table: 'claims', key: 'key', isOver: 'until <= ?', values: ({ now }) => [now] },
  { table: 'journeys', key: 'key', isOver: 'expires_at <= ?', values: ({ now }) => [now] },
  { table: 'devices', key: 'key', isOver: 'expires_at <= ?', values: ({ now }) => [now] },
  { table: 'invites', key: 'id', isOver: 'expires_at <= ?', values: ({ now }) => [now - 90 * 24 * HOUR] },
  {
    // A form that was shown before may still come: what was revoked has to be there to say no. What no person opened has no form
    // that may still come; its last token ended long ago.
    table: 'grants',
    key: 'id',
    isOver: `(generation = 0 AND code_expires_at <= ?) OR (generation > 0 AND expires_at <= ?) OR (kind <> '' AND revoked_at <= ?)`,
    values: ({ now }) => [now - HOUR, now - HOUR, now - 24 * HOUR],
  },
]

interface Step<Key> {
  readonly gone: number
  /** Where the next step begins; undefined where there is none. */
  readonly upTo: Key | undefined
}

/** Forgets what has ended of the rows after one, as many as go together. */
export function* sweep(
  tx: Transaction,
  { table, key, isOver, values }: Ending,
  after: string,
  limits: SweepLimits,
  record: (event: AuditEvent) => void,
): Work<Step<string>> {
  const row = yield* tx.get(
    `SELECT ${key} AS key FROM ${table} WHERE ${key} > ? ORDER BY ${key} LIMIT 1 OFFSET ?`,
    after,
    ROWS_TOGETHER - 1,
  )
  const upTo = row?.key as string | undefined
  const gone = yield* tx.run(
    `DELETE FROM ${table} WHERE ${key} > ?${upTo === undefined ? '' : ` AND ${key} <= ?`} AND (${isOver})`,
    after,
    ...(upTo === undefined ? [] : [upTo]),
    ...values(limits),
  )
  if (gone > 0 && table === 'clients') {
    tx.tell({ of: 'clients' })
    record({ type: 'client.expired', outcome: 'allowed', reason: 'unused', detail: { count: gone } })
  }
  return { gone, upTo }
}

/** Where one is on the way from the newest event back, and how many of a budget may still be kept. */
export interface WayBack {
  readonly before: number
  readonly left: number
}

/**
 * Goes back over as many events as are looked at together: there is no index on their kinds, and a kind that is rare lets one look at all
 * of them.
 * @returns the newest that is too many, where one is reached; else from where to go on, or nothing where there is no more
 */
export function* lookBack(
  tx: Transaction,
  which: string,
  { before, left }: WayBack,
): Work<{ readonly tooMany?: number; readonly next?: WayBack }> {
  const row = yield* tx.get(
    `SELECT count(*) AS seen, sum(CASE WHEN ${which} THEN 1 ELSE 0 END) AS kept, min(id) AS oldest
     FROM (SELECT id, type FROM events WHERE id < ? ORDER BY id DESC LIMIT ?) AS newest`,
    before,
    EVENTS_LOOKED_AT,
  )
  const kept = Number(row?.kept ?? 0)
  if (kept > left) {
    const found = yield* tx.get(
      `SELECT id FROM events WHERE id < ? AND ${which} ORDER BY id DESC LIMIT 1 OFFSET ?`,
      before,
      left,
    )
    return { tooMany: Number(found?.id) }
  }
  if (Number(row?.seen) < EVENTS_LOOKED_AT) return {}
  return { next: { before: Number(row?.oldest), left: left - kept } }
}

/** The oldest of a budget after one and up to another, as many as go together. */
export function* forget(tx: Transaction, which: string, after: number, last: number): Work<Step<number>> {
  const row = yield* tx.get(
    `SELECT id FROM events WHERE ${which} AND id > ? AND id <= ? ORDER BY id LIMIT 1 OFFSET ?`,
    after,
    last,
    ROWS_TOGETHER - 1,
  )
  const upTo = row === undefined ? last : Number(row.id)
  const gone = yield* tx.run(`DELETE FROM events WHERE ${which} AND id > ? AND id <= ?`, after, upTo)
  return { gone, upTo: upTo === last ? undefined : upTo }
}
