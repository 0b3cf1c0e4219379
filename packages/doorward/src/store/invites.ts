import type { Driver } from './driver.ts'
import type { Record } from './recorded.ts'
import { toInvite } from './rows.ts'
import type { Store } from './store.ts'

export function inviteVerbs(driver: Driver, record: Record): Store['invites'] {
  return {
    add: (invite, describe) =>
      driver.write(function* (tx) {
        yield* tx.run(
          `INSERT INTO invites (id, note, uses, most_uses, redirect_hosts, scopes, created_at, expires_at)
           VALUES (?, ?, 0, ?, ?, ?, ?, ?)`,
          invite.id,
          invite.note,
          invite.mostUses,
          JSON.stringify(invite.redirectHosts),
          invite.scopes.join(' '),
          invite.createdAt,
          invite.expiresAt,
        )
        record(tx, describe?.('added'))
        return 'added' as const
      }),
    find: (id) =>
      driver.read(function* (tx) {
        const row = yield* tx.get('SELECT * FROM invites WHERE id = ?', id)
        return row === undefined ? undefined : toInvite(row)
      }),
    list: () =>
      driver.read(function* (tx) {
        return (yield* tx.all('SELECT * FROM invites ORDER BY created_at, id')).map(toInvite)
      }),
    revoke: (id, now, describe) =>
      driver.write(function* (tx) {
        const done = yield* tx.run('UPDATE invites SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL', now, id)
        const verdict = done === 1 ? 'done' : 'unknown'
        record(tx, verdict === 'done' ? describe?.(verdict) : undefined)
        return verdict
      }),
  }
}
