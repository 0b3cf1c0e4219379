import type { Driver, Transaction, Work } from './driver.ts'
import type { Record } from './recorded.ts'
import { toGrant } from './rows.ts'
import { endExchanged } from './standing.ts'
import type { Govern, Narrowing, NarrowTo, Store, StoredGrant, VoidedGrant } from './store.ts'

/** The verbs that take from grants, up to all that they hold. */
export function endVerbs(
  driver: Driver,
  record: Record,
): Pick<Store['grants'], 'narrow' | 'revoke' | 'revokeAll' | 'voidedSince'> {
  return {
    narrow: (id, to, describe) =>
      driver.write(function* (tx) {
        const verdict = yield* narrow(tx, id, to)
        record(tx, describe?.(verdict))
        return verdict
      }),
    revoke: (id, at, describe) =>
      driver.write(function* (tx) {
        const known = yield* tx.lock('SELECT user_id, revoked_at FROM grants WHERE id = ?', id)
        const isKnown = known !== undefined && (at.of === undefined || known.user_id === at.of)
        const verdict = !isKnown ? 'unknown' : known.revoked_at === null ? 'revoked' : 'already'
        if (verdict === 'revoked') yield* end(tx, id, at.now, at.reason)
        record(tx, verdict === 'revoked' ? describe?.(verdict) : undefined)
        return verdict
      }),
    revokeAll: (userId, at, describe) =>
      driver.write(function* (tx) {
        const live = (yield* liveOf(tx, userId)).filter(({ kind }) => kind === undefined)
        for (const grant of live) {
          yield* end(tx, grant.id, at.now, at.reason)
          record(tx, describe?.(grant))
        }
        return live.length
      }),
    voidedSince: (since, most) =>
      driver.read(function* (tx) {
        const rows = [
          ...(yield* tx.all(
            `SELECT id, revoked_at AS at, 0 AS is_narrowed FROM grants WHERE revoked_at >= ?
             ORDER BY revoked_at DESC, id DESC LIMIT ?`,
            since,
            most,
          )),
          ...(yield* tx.all(
            `SELECT id, narrowed_at AS at, 1 AS is_narrowed FROM grants WHERE narrowed_at >= ? AND revoked_at IS NULL
             ORDER BY narrowed_at DESC, id DESC LIMIT ?`,
            since,
            most,
          )),
        ]
        return rows
          .map((row): VoidedGrant => ({ id: row.id as string, at: Number(row.at), isNarrowed: row.is_narrowed === 1 }))
          .sort((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1))
          .slice(0, most)
      }),
  }
}

/** What was exchanged for it ends with it. */
export function* end(tx: Transaction, id: string, now: number, reason: string): Work<void> {
  yield* tx.run('UPDATE grants SET revoked_at = ?, revoked_reason = ? WHERE id = ?', now, reason, id)
  tx.tell({ of: 'grants', id })
  yield* endExchanged(tx, now)
}

/** A refresh that may have less than the one before: what it gets is good already, what came before is void. */
export function* shrink(tx: Transaction, id: string, scope: string, now: number): Work<void> {
  yield* tx.run(
    'UPDATE grants SET scope = ?, narrowed_at = CASE WHEN narrowed_at > ? THEN narrowed_at ELSE ? END WHERE id = ?',
    scope,
    now,
    now,
    id,
  )
  tx.tell({ of: 'grants', id })
  yield* endChildren(tx, id, now)
}

/**
 * Takes away from every live grant of a person what `govern` says, in the transaction of the change that it is for. What was
 * exchanged for another grant ends, and can be asked for anew.
 */
export function* governGrants(
  tx: Transaction,
  record: Record,
  userId: string,
  groups: readonly string[],
  by: Govern,
): Work<void> {
  for (const grant of yield* liveOf(tx, userId)) {
    const scope = by.scopeOf(grant, groups)
    if (scope === grant.scope) continue
    if (scope === undefined || grant.kind !== undefined) yield* end(tx, grant.id, by.now, by.reason)
    else yield* toLess(tx, grant, { now: by.now, scope, voidsTokens: true })
    record(tx, by.describe?.(grant, scope))
  }
}

/** As they are and stay until the end: what was narrowed or ended meanwhile would be undone otherwise. */
function* liveOf(tx: Transaction, userId: string): Work<StoredGrant[]> {
  const live: StoredGrant[] = []
  for (const { id } of yield* tx.all(
    'SELECT id FROM grants WHERE user_id = ? AND revoked_at IS NULL ORDER BY id',
    userId,
  )) {
    const row = yield* tx.lock('SELECT * FROM grants WHERE id = ? AND revoked_at IS NULL', String(id))
    if (row !== undefined) live.push(toGrant(row))
  }
  return live
}

function* narrow(tx: Transaction, id: string, to: NarrowTo): Work<Narrowing> {
  const row = yield* tx.lock('SELECT * FROM grants WHERE id = ?', id)
  if (row === undefined || (to.of !== undefined && row.user_id !== to.of)) return 'unknown'
  const grant = toGrant(row)
  if (grant.revokedAt !== undefined || grant.expiresAt <= to.now) return 'ended'
  const held = scopes(grant.scope)
  const kept = to.scope === undefined ? held : scopes(to.scope)
  if (kept.some((scope) => !held.includes(scope))) return 'wider'
  const endsAt = to.endsAt === undefined ? grant.endsAt : (to.endsAt ?? undefined)
  if (kept.length === held.length && endsAt === grant.endsAt) return 'same'
  yield* toLess(tx, grant, to)
  return 'narrowed'
}

function* toLess(
  tx: Transaction,
  grant: StoredGrant,
  { now, scope = grant.scope, endsAt, voidsTokens }: NarrowTo,
): Work<void> {
  const end = endsAt === undefined ? (grant.endsAt ?? null) : endsAt
  yield* tx.run(
    'UPDATE grants SET scope = ?, ends_at = ?, expires_at = CASE WHEN ? < expires_at THEN ? ELSE expires_at END WHERE id = ?',
    scope,
    end,
    end,
    end,
    grant.id,
  )
  tx.tell({ of: 'grants', id: grant.id })
  if (!voidsTokens) return
  // Later than every token that there is, whoever's clock it was issued by, and than any narrowing before.
  const latest = Math.max(now, grant.rotatedAt ?? 0, grant.usedAt ?? 0, grant.narrowedAt ?? 0)
  yield* tx.run('UPDATE grants SET narrowed_at = ? WHERE id = ?', latest + 1, grant.id)
  yield* endChildren(tx, grant.id, now)
}

/** What was exchanged for it may hold what it holds no more. */
function* endChildren(tx: Transaction, id: string, now: number): Work<void> {
  const ended = yield* tx.run(
    "UPDATE grants SET revoked_at = ?, revoked_reason = 'parent_narrowed' WHERE parent = ? AND revoked_at IS NULL",
    now,
    id,
  )
  if (ended > 0) tx.tell({ of: 'grants' })
  yield* endExchanged(tx, now)
}

function scopes(text: string): readonly string[] {
  return [...new Set(text.split(' '))].filter((scope) => scope !== '')
}
