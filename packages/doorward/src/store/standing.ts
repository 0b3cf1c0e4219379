import type { Transaction, Work } from './driver.ts'
import { insertClient } from './insert-client.ts'
import type { NewStanding, Stood } from './store.ts'

interface Standing {
  readonly id: string
  readonly scope: string
  readonly expiresAt: number
  readonly parentNarrowedAt: number
}

const HOUR = 3600
/** Whoever ends what they have and asks anew, over and over, would fill the store and the feed of what was revoked. */
const MOST_ENDED_AN_HOUR = 20

/** The one that is not revoked. One whose time is over may be taken up again: every token of it has ended. */
export function* standing(tx: Transaction, grant: NewStanding): Work<Standing | undefined> {
  const row = yield* tx.get(
    `SELECT g.id, g.scope, g.expires_at, p.narrowed_at FROM grants g LEFT JOIN grants p ON p.id = g.parent
     WHERE g.client_id = ? AND g.user_id = ? AND g.resource = ? AND g.parent = ? AND g.kind = ? AND g.kind <> ''
     AND g.revoked_at IS NULL AND p.revoked_at IS NULL`,
    grant.clientId,
    grant.userId,
    grant.resource,
    grant.parent ?? '',
    grant.kind,
  )
  return row === undefined
    ? undefined
    : {
        id: row.id as string,
        scope: row.scope as string,
        expiresAt: Number(row.expires_at),
        parentNarrowedAt: Number(row.narrowed_at ?? 0),
      }
}

/** Half of its time is enough: it is not written at each request. What was judged of a parent that has changed is judged there. */
export function needsChange(known: Standing, grant: NewStanding): boolean {
  if (known.parentNarrowedAt !== (grant.parentNarrowedAt ?? 0)) return true
  const half = grant.openedAt + (grant.expiresAt - grant.openedAt) / 2
  return known.expiresAt <= half || wider(known.scope, grant.scope) !== known.scope
}

export function* stand(
  tx: Transaction,
  grant: NewStanding,
  record: (verdict: 'opened' | 'extended') => void,
): Work<Stood> {
  // What a person's groups gave a moment ago may have been taken from all that they had, and this was not among it yet.
  if (grant.groups !== undefined && !(yield* isIn(tx, grant.userId, grant.groups))) return 'ended'
  // Another process may have been here since it was looked for, or come meanwhile.
  const seen = yield* standing(tx, grant)
  if (seen !== undefined) yield* tx.lock('SELECT 1 FROM grants WHERE id = ?', seen.id)
  const known = seen && (yield* standing(tx, grant))
  if (known !== undefined) {
    if (!needsChange(known, grant)) return { id: known.id }
    // One that was judged by what the parent held before would widen what was asked for anew since.
    if (known.parentNarrowedAt !== (grant.parentNarrowedAt ?? 0)) return 'ended'
    const scope = wider(known.scope, grant.scope)
    yield* tx.run('UPDATE grants SET scope = ?, expires_at = ? WHERE id = ?', scope, grant.expiresAt, known.id)
    record('extended')
    return { id: known.id }
  }
  if (grant.parent !== undefined) {
    const parent = yield* tx.lock('SELECT narrowed_at FROM grants WHERE id = ? AND revoked_at IS NULL', grant.parent)
    if (parent === undefined || Number(parent.narrowed_at ?? 0) !== (grant.parentNarrowedAt ?? 0)) return 'ended'
  }
  if (grant.client !== undefined) yield* insertClient(tx, grant.client)
  // Whoever fetches keys waits for as long as their owner likes: meanwhile an operator may have ended all that the client had.
  if (
    grant.isRegistered &&
    (yield* tx.lock('SELECT 1 FROM clients WHERE id = ? AND blocked_at IS NULL', grant.clientId)) === undefined
  )
    return 'ended'
  if ((yield* endedLately(tx, grant)) >= MOST_ENDED_AN_HOUR) return 'too_often'
  yield* tx.run(
    `INSERT INTO grants (id, user_id, client_id, resource, scope, generation, opened_at, code_expires_at, expires_at, kind, parent)
     VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?)`,
    grant.id,
    grant.userId,
    grant.clientId,
    grant.resource,
    grant.scope,
    grant.openedAt,
    grant.openedAt,
    grant.expiresAt,
    grant.kind,
    grant.parent ?? '',
  )
  record('opened')
  return { id: grant.id }
}

function* isIn(tx: Transaction, userId: string, groups: readonly string[]): Work<boolean> {
  const row = yield* tx.lock('SELECT groups FROM users WHERE id = ?', userId)
  return [...JSON.parse(String(row?.groups ?? '[]'))].sort().join('\n') === [...groups].sort().join('\n')
}

function* endedLately(tx: Transaction, grant: NewStanding): Work<number> {
  const row = yield* tx.get(
    `SELECT count(*) AS n FROM grants WHERE client_id = ? AND user_id = ? AND resource = ? AND parent = ? AND kind = ?
     AND revoked_at > ?`,
    grant.clientId,
    grant.userId,
    grant.resource,
    grant.parent ?? '',
    grant.kind,
    grant.openedAt - HOUR,
  )
  return Number(row?.n)
}

/**
 * What was exchanged for something ends with it, and so on down. To be called wherever grants end, with the time of their end: what
 * ended before took its own along, and a month of it is not looked through at each revocation.
 */
export function* endExchanged(tx: Transaction, now: number): Work<void> {
  while (
    (yield* tx.run(
      `UPDATE grants SET revoked_at = ?, revoked_reason = 'parent_revoked'
       WHERE parent <> '' AND revoked_at IS NULL AND parent IN (SELECT id FROM grants WHERE revoked_at = ?)`,
      now,
      now,
    )) > 0
  )
    tx.tell({ of: 'grants' })
}

function wider(known: string, asked: string): string {
  return [...new Set([...known.split(' '), ...asked.split(' ')])].filter((scope) => scope !== '').join(' ')
}
