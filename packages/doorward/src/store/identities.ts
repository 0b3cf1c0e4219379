import type { Driver, Transaction } from './driver.ts'
import type { Removal } from './identity.ts'
import { insertUser } from './people.ts'
import { toIdentity, toPasskey, toUser } from './rows.ts'
import type { Record } from './sql.ts'
import type { Store } from './store.ts'

export function identityVerbs(driver: Driver, record: Record): Pick<Store, 'identities' | 'passkeys' | 'journeys'> {
  return {
    identities: {
      find: (provider, subject) =>
        driver.read((tx) => {
          const row = tx.get('SELECT * FROM identities WHERE provider = ? AND subject = ?', provider, subject)
          const user = ownerOf(tx, row?.user_id)
          return row === undefined || user === undefined ? undefined : { identity: toIdentity(row), user }
        }),
      ofUser: (userId) =>
        driver.read((tx) =>
          tx
            .all('SELECT * FROM identities WHERE user_id = ? ORDER BY created_at, provider, subject', userId)
            .map(toIdentity),
        ),
      add: (identity, user, describe) =>
        driver.write((tx) => {
          const { provider, subject, userId, label, createdAt, usedAt } = identity
          const isTaken =
            tx.get('SELECT user_id FROM identities WHERE provider = ? AND subject = ?', provider, subject) !== undefined
          const verdict = isTaken ? 'taken' : user !== undefined && insertUser(tx, user) === 0 ? 'email_taken' : 'added'
          if (verdict === 'added') {
            tx.run(
              'INSERT INTO identities (provider, subject, user_id, label, created_at, used_at) VALUES (?, ?, ?, ?, ?, ?)',
              provider,
              subject,
              userId,
              label,
              createdAt,
              usedAt,
            )
          }
          record(tx, describe?.(verdict))
          return verdict
        }),
      use: (provider, subject, now) =>
        driver.write((tx) => {
          tx.run('UPDATE identities SET used_at = ? WHERE provider = ? AND subject = ?', now, provider, subject)
        }),
      remove: (provider, subject, userId, describe) =>
        driver.write((tx) => {
          const where = 'provider = ? AND subject = ? AND user_id = ?'
          const row = tx.get(`SELECT user_id FROM identities WHERE ${where}`, provider, subject, userId)
          const verdict = removal(tx, row !== undefined, userId)
          if (verdict === 'removed') tx.run(`DELETE FROM identities WHERE ${where}`, provider, subject, userId)
          record(tx, describe?.(verdict))
          return verdict
        }),
    },
    passkeys: {
      find: (id) =>
        driver.read((tx) => {
          const row = tx.get('SELECT * FROM passkeys WHERE id = ?', id)
          const user = ownerOf(tx, row?.user_id)
          return row === undefined || user === undefined ? undefined : { passkey: toPasskey(row), user }
        }),
      ofUser: (userId) =>
        driver.read((tx) =>
          tx.all('SELECT * FROM passkeys WHERE user_id = ? ORDER BY created_at, id', userId).map(toPasskey),
        ),
      add: (passkey, most, describe) =>
        driver.write((tx) => {
          const count = Number(tx.get('SELECT count(*) AS n FROM passkeys WHERE user_id = ?', passkey.userId)?.n)
          const verdict = count >= most ? 'too_many' : insertPasskey(tx, passkey) === 0 ? 'taken' : 'added'
          record(tx, describe?.(verdict))
          return verdict
        }),
      use: (id, counter, now, describe) =>
        driver.write((tx) => {
          const before = tx.get('SELECT counter FROM passkeys WHERE id = ?', id)?.counter
          const grows = counter > Number(before) || (counter === 0 && before === 0)
          const verdict = before === undefined ? 'unknown' : grows ? 'used' : 'cloned'
          if (verdict === 'used') tx.run('UPDATE passkeys SET counter = ?, used_at = ? WHERE id = ?', counter, now, id)
          record(tx, describe?.(verdict))
          return verdict
        }),
      rename: (id, userId, name) =>
        driver.write((tx) =>
          tx.run('UPDATE passkeys SET name = ? WHERE id = ? AND user_id = ?', name, id, userId) === 1
            ? 'done'
            : 'unknown',
        ),
      remove: (id, userId, describe) =>
        driver.write((tx) => {
          const row = tx.get('SELECT id FROM passkeys WHERE id = ? AND user_id = ?', id, userId)
          const verdict = removal(tx, row !== undefined, userId)
          if (verdict === 'removed') tx.run('DELETE FROM passkeys WHERE id = ?', id)
          record(tx, describe?.(verdict))
          return verdict
        }),
    },
    journeys: {
      begin: (key, sealed, expiresAt) =>
        driver.write((tx) => {
          tx.run('INSERT INTO journeys (key, sealed, expires_at) VALUES (?, ?, ?)', key, sealed, expiresAt)
        }),
      look: (key, now) => driver.read((tx) => waiting(tx, key, now)),
      take: (key, now) =>
        driver.write((tx) => {
          const sealed = waiting(tx, key, now)
          tx.run('DELETE FROM journeys WHERE key = ?', key)
          return sealed
        }),
    },
  }
}

function waiting(tx: Transaction, key: string, now: number): string | undefined {
  const row = tx.get('SELECT sealed FROM journeys WHERE key = ? AND expires_at > ?', key, now)
  return row === undefined ? undefined : String(row.sealed)
}

function ownerOf(tx: Transaction, id: unknown) {
  const row = id === undefined ? undefined : tx.get('SELECT * FROM users WHERE id = ?', String(id))
  return row === undefined ? undefined : toUser(row)
}

/** Counted in the step that removes: two that are removed at once would else leave no way in. */
function removal(tx: Transaction, isThere: boolean, userId: string): Removal {
  if (!isThere) return 'unknown'
  const row = tx.get(
    `SELECT (SELECT count(*) FROM identities WHERE user_id = users.id) + (SELECT count(*) FROM passkeys WHERE user_id = users.id)
       + (CASE WHEN password = '' THEN 0 ELSE 1 END) AS ways FROM users WHERE id = ?`,
    userId,
  )
  return Number(row?.ways) > 1 ? 'removed' : 'last'
}

function insertPasskey(tx: Transaction, passkey: Parameters<Store['passkeys']['add']>[0]): number {
  return tx.run(
    `INSERT INTO passkeys (id, user_id, public_key, counter, transports, synced, name, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    passkey.id,
    passkey.userId,
    passkey.publicKey,
    passkey.counter,
    passkey.transports.join(' '),
    passkey.isSynced ? 1 : 0,
    passkey.name,
    passkey.createdAt,
  )
}
