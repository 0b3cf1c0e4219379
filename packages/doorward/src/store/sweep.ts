import { type AuditEvent, LASTING_EVENTS } from '@doorward/core/kernel/audit'
import type { Transaction, Work } from './driver.ts'
import type { SweepLimits } from './store.ts'

const HOUR = 3600
const LASTING = LASTING_EVENTS.map((type) => `'${type}'`).join(', ')
/** Two budgets: a storm of what strangers can cause does not wash away what people and operators did. */
export const BUDGETS = [`type IN (${LASTING})`, `type NOT IN (${LASTING})`] as const
/** Rows of one statement: a busy server leaves millions, and whoever asks meanwhile does not wait for all of them. */
export const EVENTS_TOGETHER = 2000

/** Forgets what has ended, but for events. Returns how many rows went. */
export function* sweep(tx: Transaction, limits: SweepLimits, record: (event: AuditEvent) => Work<void>): Work<number> {
  const { now } = limits
  const clients = yield* expireClients(tx, limits)
  if (clients > 0)
    yield* record({ type: 'client.expired', outcome: 'allowed', reason: 'unused', detail: { count: clients } })
  return (
    clients +
    (yield* tx.run('DELETE FROM sessions WHERE expires_at <= ?', now)) +
    (yield* tx.run('DELETE FROM attempts WHERE wait_until <= ? AND at <= ?', now, now - HOUR)) +
    (yield* tx.run('DELETE FROM claims WHERE until <= ?', now)) +
    (yield* tx.run('DELETE FROM journeys WHERE expires_at <= ?', now)) +
    (yield* tx.run('DELETE FROM devices WHERE expires_at <= ?', now)) +
    (yield* tx.run('DELETE FROM invites WHERE expires_at <= ?', now - 90 * 24 * HOUR)) +
    // A form that was shown before may still come: what was revoked has to be there to say no.
    (yield* tx.run('DELETE FROM grants WHERE generation = 0 AND code_expires_at <= ?', now - HOUR)) +
    (yield* tx.run('DELETE FROM grants WHERE generation > 0 AND expires_at <= ?', now - HOUR)) +
    // What no person opened has no form that may still come; its last token ended long ago.
    (yield* tx.run("DELETE FROM grants WHERE kind <> '' AND revoked_at <= ?", now - 24 * HOUR))
  )
}

/** Registrations that nobody used, or used for long. One that an operator spoke of stays, whatever was said. */
function* expireClients(tx: Transaction, { now, unusedClientSeconds, usedClientSeconds }: SweepLimits): Work<number> {
  return yield* tx.run(
    `DELETE FROM clients WHERE assurance IN ('claimed', 'domain', 'statement') AND blocked_at IS NULL AND approved_at IS NULL
     AND ((used_at IS NULL AND created_at <= ?) OR (used_at IS NOT NULL AND used_at <= ?))
     AND (asked_at IS NULL OR asked_at <= ?)
     AND NOT EXISTS (SELECT 1 FROM grants WHERE client_id = clients.id AND revoked_at IS NULL AND expires_at > ?)`,
    now - unusedClientSeconds,
    now - usedClientSeconds,
    now - unusedClientSeconds,
    now,
  )
}

/** The newest event of a budget that is too many; undefined where there is none. */
export function* oneTooMany(tx: Transaction, which: string, most: number): Work<number | undefined> {
  const row = yield* tx.get(`SELECT id FROM events WHERE ${which} ORDER BY id DESC LIMIT 1 OFFSET ?`, most)
  return row === undefined ? undefined : Number(row.id)
}

/** The oldest of a budget after one and up to another, as many as go together. */
export function* forget(
  tx: Transaction,
  which: string,
  after: number,
  last: number,
): Work<{ readonly gone: number; readonly upTo: number }> {
  const row = yield* tx.get(
    `SELECT id FROM events WHERE ${which} AND id > ? AND id <= ? ORDER BY id LIMIT 1 OFFSET ?`,
    after,
    last,
    EVENTS_TOGETHER - 1,
  )
  const upTo = row === undefined ? last : Number(row.id)
  return { gone: yield* tx.run(`DELETE FROM events WHERE ${which} AND id > ? AND id <= ?`, after, upTo), upTo }
}
