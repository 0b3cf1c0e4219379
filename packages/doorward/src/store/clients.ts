import type { ClientVerbs } from './client.ts'
import type { Driver, Transaction, Work } from './driver.ts'
import { insertClient } from './insert-client.ts'
import type { Record } from './recorded.ts'
import { toClient } from './rows.ts'
import { endExchanged } from './standing.ts'
import type { Invitation, StoredClient } from './store.ts'

export function clientVerbs(driver: Driver, record: Record): ClientVerbs {
  return {
    put: (client, describe) => driver.write((tx) => put(tx, client, () => record(tx, describe?.('new'))), client.id),
    putOwned: (client, most, describe) =>
      driver.write(function* (tx) {
        // Whoever registers two at once counts them one after the other.
        yield* tx.lock('SELECT id FROM users WHERE id = ?', client.owner)
        const row = yield* tx.get('SELECT count(*) AS n FROM clients WHERE owner = ?', client.owner)
        if (Number(row?.n) >= most) return 'too_many'
        return yield* put(tx, client, () => record(tx, describe?.('new')))
      }),
    putInvited: (client, invite, now, describe) =>
      driver.write(function* (tx) {
        const verdict = yield* spendInvite(tx, invite, now)
        if (verdict === 'invited') yield* insertClient(tx, client)
        record(tx, describe?.(verdict))
        return verdict
      }),
    knownSince: (id) => driver.read((tx) => since(tx, id)),
    find: (id) => driver.read((tx) => find(tx, id)),
    list: ({ owner } = {}) =>
      driver.read(function* (tx) {
        return (yield* tx.all(
          'SELECT * FROM clients WHERE (CAST(? AS TEXT) IS NULL OR owner = ?) ORDER BY created_at, id',
          owner ?? null,
          owner ?? null,
        )).map(toClient)
      }),
    change: (id, change, describe) =>
      driver.write(function* (tx) {
        const done = yield* tx.run(
          `UPDATE clients SET metadata = coalesce(?, metadata), fetched_at = coalesce(?, fetched_at),
           fresh_until = coalesce(?, fresh_until), gone_at = ?,
           approved_at = CASE WHEN ? = 1 THEN NULL ELSE approved_at END,
           asked_at = CASE WHEN ? = 1 AND approved_at IS NOT NULL THEN NULL ELSE asked_at END
           WHERE id = ? AND (fetched_at IS NULL OR fetched_at <= coalesce(?, fetched_at))`,
          change.metadata === undefined ? null : JSON.stringify(change.metadata),
          change.fetchedAt ?? null,
          change.freshUntil ?? null,
          change.goneAt ?? null,
          change.withdrawApproval === true ? 1 : 0,
          change.withdrawApproval === true ? 1 : 0,
          id,
          change.fetchedAt ?? null,
        )
        tx.tell({ of: 'clients', id })
        const verdict = done === 1 ? 'done' : 'unknown'
        record(tx, verdict === 'done' ? describe?.(verdict) : undefined)
        return verdict
      }),
    ask: (client, at, describe) =>
      driver.write(function* (tx) {
        // It may be removed between the two.
        do yield* insertClient(tx, client)
        while ((yield* tx.lock('SELECT 1 FROM clients WHERE id = ?', client.id)) === undefined)
        const done = yield* tx.run(
          'UPDATE clients SET asked_at = ?, asked_by = ? WHERE id = ? AND asked_at IS NULL AND approved_at IS NULL',
          at.now,
          at.by,
          client.id,
        )
        tx.tell({ of: 'clients', id: client.id })
        const verdict = done === 1 ? 'asked' : 'already'
        record(tx, verdict === 'asked' ? describe?.(verdict) : undefined)
        return verdict
      }),
    approve: (id, at, describe) =>
      driver.write(function* (tx) {
        const row = yield* tx.lock('SELECT metadata FROM clients WHERE id = ?', id)
        const isSeen = row === undefined || at.isSeen?.({ metadata: JSON.parse(String(row.metadata)) }) !== false
        if (isSeen) {
          yield* tx.run('UPDATE clients SET approved_at = ?, approved_by = ? WHERE id = ?', at.now, at.by, id)
          tx.tell({ of: 'clients', id })
        }
        const verdict = row === undefined ? 'unknown' : isSeen ? 'done' : 'changed'
        record(tx, verdict === 'done' ? describe?.(verdict) : undefined)
        return verdict
      }),
    block: (id, at, describe) =>
      driver.write(function* (tx) {
        const done = yield* tx.run('UPDATE clients SET blocked_at = ? WHERE id = ?', at ?? null, id)
        tx.tell({ of: 'clients', id })
        // Also where it is taken back: how it stands with a grant depends on it.
        tx.tell({ of: 'grants' })
        if (done === 1 && at !== undefined) yield* endGrants(tx, id, at, 'client_blocked')
        const verdict = done === 1 ? 'done' : 'unknown'
        record(tx, verdict === 'done' ? describe?.(verdict) : undefined)
        return verdict
      }),
    endSecrets: (id, notBefore, describe) =>
      driver.write(function* (tx) {
        const row = yield* tx.lock('SELECT secrets_not_before FROM clients WHERE id = ?', id)
        if (row === undefined) return 'unknown'
        const was = Number(row.secrets_not_before)
        const is = Math.max(was, notBefore(was))
        yield* tx.run('UPDATE clients SET secrets_not_before = ? WHERE id = ?', is, id)
        tx.tell({ of: 'clients', id })
        record(tx, describe?.('done'))
        return is
      }),
    remove: (id, now, describe) =>
      driver.write(function* (tx) {
        // A blocked client stays remembered: removing it would let it register again.
        const done = yield* tx.run('DELETE FROM clients WHERE id = ? AND blocked_at IS NULL', id)
        tx.tell({ of: 'clients', id })
        // Its grants stay, revoked: asking again yields the same id, and nothing of before may come back with it.
        if (done === 1) yield* endGrants(tx, id, now, 'client_removed')
        const verdict = done === 1 ? 'done' : (yield* since(tx, id)) === undefined ? 'unknown' : 'blocked'
        record(tx, verdict === 'done' ? describe?.(verdict) : undefined)
        return verdict
      }),
  }
}

function* since(tx: Transaction, id: string): Work<number | undefined> {
  return (yield* tx.get('SELECT created_at FROM clients WHERE id = ?', id))?.created_at as number | undefined
}

/** @param tell is told of one that is new; of one that was known nothing is told. */
function* put(tx: Transaction, client: StoredClient, tell: () => void): Work<'new' | 'known'> {
  // Somebody else may have been here since it was looked for.
  if (!(yield* insertClient(tx, client))) return 'known'
  tell()
  return 'new'
}

function* find(tx: Transaction, id: string): Work<StoredClient | undefined> {
  const row = yield* tx.get('SELECT * FROM clients WHERE id = ?', id)
  return row === undefined ? undefined : toClient(row)
}

function* spendInvite(tx: Transaction, id: string, now: number): Work<Invitation> {
  const invite = yield* tx.lock('SELECT uses, most_uses, expires_at, revoked_at FROM invites WHERE id = ?', id)
  if (invite === undefined) return 'unknown'
  if (invite.revoked_at !== null) return 'revoked'
  if (Number(invite.expires_at) <= now) return 'expired'
  if (Number(invite.uses) >= Number(invite.most_uses)) return 'exhausted'
  yield* tx.run('UPDATE invites SET uses = uses + 1 WHERE id = ?', id)
  return 'invited'
}

function* endGrants(tx: Transaction, clientId: string, now: number, reason: string): Work<void> {
  yield* tx.run(
    'UPDATE grants SET revoked_at = ?, revoked_reason = ? WHERE client_id = ? AND revoked_at IS NULL',
    now,
    reason,
    clientId,
  )
  tx.tell({ of: 'grants' })
  yield* endExchanged(tx, now)
}
