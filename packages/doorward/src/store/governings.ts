import type { Driver, Row, Transaction, Value, Work } from './driver.ts'
import { type Condition, endOfWindow, firstSince, matching } from './event-search.ts'
import type { ClientState, GoverningVerbs, Page } from './governing.ts'
import type { Record } from './recorded.ts'
import { toClient, toEvent, toGrant, toUser } from './rows.ts'

const STATE: Readonly<globalThis.Record<ClientState, string>> = {
  blocked: 'blocked_at IS NOT NULL',
  gone: 'blocked_at IS NULL AND gone_at IS NOT NULL',
  admitted: 'blocked_at IS NULL AND gone_at IS NULL AND approved_at IS NOT NULL',
  waiting: 'blocked_at IS NULL AND gone_at IS NULL AND approved_at IS NULL AND asked_at IS NOT NULL',
  open: 'blocked_at IS NULL AND gone_at IS NULL AND approved_at IS NULL AND asked_at IS NULL',
}

/** What counts as an attempt to get somebody's consent. */
const ATTEMPTS = "type IN ('authorization.requested', 'authorization.refused', 'policy.refused')"
const MOST_COUNTED = 400_000
const MOST_COUNTS = 20_000

export function governingVerbs(driver: Driver, record: Record): GoverningVerbs {
  return {
    clients: ({ state, assurance, text, limit, after }) => {
      const [createdAt, id] = cursor(after)
      const where = conditions([
        state === undefined ? undefined : [STATE[state]],
        assurance === undefined ? undefined : ['assurance = ?', assurance],
        text === undefined ? undefined : ["lower(id || ' ' || metadata) LIKE ? ESCAPE '!'", part(text)],
        after === undefined ? undefined : ['(created_at < ? OR (created_at = ? AND id > ?))', createdAt, createdAt, id],
      ])
      return driver.read(function* (tx) {
        return page(
          yield* tx.all(
            `SELECT * FROM clients ${where.sql} ORDER BY created_at DESC, id LIMIT ?`,
            ...where.values,
            limit + 1,
          ),
          limit,
          toClient,
          (row) => `${String(row.created_at)} ${String(row.id)}`,
        )
      })
    },
    people: ({ text, operator, disabled, limit, after }) => {
      const where = conditions([
        text === undefined ? undefined : ["lower(email) LIKE ? ESCAPE '!'", part(text)],
        operator === undefined ? undefined : ['operator = ?', operator ? 1 : 0],
        disabled === undefined ? undefined : [`disabled_at IS ${disabled ? 'NOT ' : ''}NULL`],
        after === undefined ? undefined : ['email > ?', after],
      ])
      return driver.read(function* (tx) {
        return page(
          yield* tx.all(`SELECT * FROM users ${where.sql} ORDER BY email LIMIT ?`, ...where.values, limit + 1),
          limit,
          toUser,
          (row) => String(row.email),
        )
      })
    },
    grants: ({ userId, clientId, resource, liveAt, limit, after }) => {
      const where = conditions([
        userId === undefined ? undefined : ['user_id = ?', userId],
        clientId === undefined ? undefined : ['client_id = ?', clientId],
        resource === undefined ? undefined : ['resource = ?', resource],
        liveAt === undefined ? undefined : ['revoked_at IS NULL AND generation > 0 AND expires_at > ?', liveAt],
        after === undefined ? undefined : ['id < ?', after],
      ])
      return driver.read(function* (tx) {
        return page(
          yield* tx.all(`SELECT * FROM grants ${where.sql} ORDER BY id DESC LIMIT ?`, ...where.values, limit + 1),
          limit,
          toGrant,
          (row) => String(row.id),
        )
      })
    },
    events: (filter, { limit, before }) =>
      driver.read(function* (tx) {
        const window = yield* endOfWindow(tx, filter, before)
        if (window === undefined) return { events: [], before: undefined }
        const where = conditions(matching(filter))
        const rows = yield* tx.all(
          `SELECT * FROM events ${where.sql} ${where.sql === '' ? 'WHERE' : 'AND'} id < ? AND id >= ? ORDER BY id DESC LIMIT ?`,
          ...where.values,
          window.before,
          window.from,
          limit,
        )
        const last = rows.length === limit ? Number(rows.at(-1)?.id) : window.from
        return { events: rows.map(toEvent), before: last > window.first ? last : undefined }
      }),
    counts: ({ types, outcome, by, step, from, to }) =>
      driver.read(function* (tx) {
        const where = conditions(matching({ types, outcome, from, to }))
        const column = by === 'reason' ? 'reason' : 'type'
        // Whole numbers, whatever an engine takes a parameter for.
        const slot = 'at - at % CAST(? AS BIGINT)'
        return (yield* tx.all(
          `SELECT ${slot} AS slot, ${column} AS name, count(*) AS times FROM (
               SELECT at, type, outcome, reason FROM events WHERE id >= ? AND id > ?
             ) AS recent ${where.sql} GROUP BY 1, 2 ORDER BY 1, 2 LIMIT ?`,
          step,
          yield* firstSince(tx, from),
          (yield* lastId(tx)) - MOST_COUNTED,
          ...where.values,
          MOST_COUNTS,
        )).map(({ slot: at, name, times }) => ({ at: Number(at), key: String(name), count: Number(times) }))
      }),
    attempts: (since, most) =>
      driver.read(function* (tx) {
        return (yield* tx.all(
          `SELECT client, count(*) AS times, sum(CASE WHEN outcome = 'refused' THEN 1 ELSE 0 END) AS refused, max(at) AS last
             FROM events WHERE id >= ? AND at >= ? AND client IS NOT NULL AND ${ATTEMPTS}
             GROUP BY client ORDER BY times DESC, client LIMIT ?`,
          yield* firstSince(tx, since),
          since,
          most,
        )).map(({ client, times, refused, last }) => ({
          client: String(client),
          count: Number(times),
          refused: Number(refused),
          lastAt: Number(last),
        }))
      }),
    liveGrants: (now, most) =>
      driver.read(function* (tx) {
        const rows = yield* tx.all(
          `SELECT client_id, count(*) AS live FROM grants WHERE revoked_at IS NULL AND generation > 0 AND expires_at > ?
           GROUP BY client_id ORDER BY live DESC LIMIT ?`,
          now,
          most,
        )
        return new Map(rows.map(({ client_id, live }) => [String(client_id), Number(live)]))
      }),
    enable: (userId, describe) =>
      driver.write(function* (tx) {
        const known = yield* tx.lock('SELECT disabled_at FROM users WHERE id = ?', userId)
        const verdict = known === undefined ? 'unknown' : known.disabled_at === null ? 'already' : 'done'
        if (verdict === 'done') yield* tx.run('UPDATE users SET disabled_at = NULL WHERE id = ?', userId)
        tx.tell({ of: 'grants' })
        record(tx, verdict === 'done' ? describe?.(verdict) : undefined)
        return verdict
      }),
    resetPassword: (userId, password, describe) =>
      driver.write(function* (tx) {
        const isKnown = (yield* tx.run('UPDATE users SET password = ? WHERE id = ?', password, userId)) === 1
        if (isKnown) yield* tx.run('DELETE FROM sessions WHERE user_id = ?', userId)
        const verdict = isKnown ? 'done' : 'unknown'
        record(tx, verdict === 'done' ? describe?.(verdict) : undefined)
        return verdict
      }),
    endSessions: (userId, describe) =>
      driver.write(function* (tx) {
        const isKnown = (yield* tx.lock('SELECT 1 FROM users WHERE id = ?', userId)) !== undefined
        const ended = isKnown ? yield* tx.run('DELETE FROM sessions WHERE user_id = ?', userId) : undefined
        record(tx, describe?.(ended))
        return ended
      }),
  }
}

function conditions(all: readonly Condition[]): { readonly sql: string; readonly values: readonly Value[] } {
  const said = all.filter((condition) => condition !== undefined)
  const sql = said.length === 0 ? '' : `WHERE ${said.map(([text]) => text).join(' AND ')}`
  return { sql, values: said.flatMap(([, ...values]) => values) }
}

/** One row more than asked for says that it goes on. */
function page<Item>(
  rows: readonly Row[],
  limit: number,
  read: (row: Row) => Item,
  place: (row: Row) => string,
): Page<Item> {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return { items: shown.map(read), next: rows.length > limit && last !== undefined ? place(last) : undefined }
}

function cursor(after: string | undefined): readonly [number, string] {
  const [, at = '0', id = ''] = /^(\d{1,15}) (.+)$/s.exec(after ?? '') ?? []
  return [Number(at), id]
}

/** Anywhere in a text, whatever it is made of. */
function part(text: string): string {
  return `%${text.toLowerCase().replace(/[!%_]/g, '!$&')}%`
}

function* lastId(tx: Transaction): Work<number> {
  return Number((yield* tx.get('SELECT max(id) AS id FROM events'))?.id ?? 0)
}
