import type { Driver, Transaction, Work } from './driver.ts'
import type { Removal, WaysIn } from './identity.ts'
import { insertUser } from './people.ts'
import { filled, places } from './places.ts'
import type { Record } from './recorded.ts'
import type { StoredIdentity } from './records.ts'
import { toIdentity, toPasskey, toUser } from './rows.ts'
import { setGroups, setOperatorBy } from './said-of-people.ts'
import type { Store } from './store.ts'

export function identityVerbs(driver: Driver, record: Record): Pick<Store, 'identities' | 'passkeys' | 'journeys'> {
  return {
    identities: {
      find: (provider, subject) =>
        driver.read(function* (tx) {
          const row = yield* tx.get('SELECT * FROM identities WHERE provider = ? AND subject = ?', provider, subject)
          const user = yield* ownerOf(tx, row?.user_id)
          return row === undefined || user === undefined ? undefined : { identity: toIdentity(row), user }
        }),
      ofUser: (userId) =>
        driver.read(function* (tx) {
          return (yield* tx.all(
            'SELECT * FROM identities WHERE user_id = ? ORDER BY created_at, provider, subject',
            userId,
          )).map(toIdentity)
        }),
      add: (identity, user, describe) =>
        driver.write(function* (tx) {
          const { provider, subject } = identity
          // The identity first: of two who come with it at once, the second waits here.
          const added = yield* insertIdentity(tx, identity)
          const isRefused = added === 1 && user !== undefined && (yield* insertUser(tx, user)) === 0
          if (isRefused) yield* tx.run('DELETE FROM identities WHERE provider = ? AND subject = ?', provider, subject)
          const verdict = added === 0 ? 'taken' : isRefused ? 'email_taken' : 'added'
          record(tx, describe?.(verdict))
          return verdict
        }),
      adopt: (identity, providers, describe) =>
        driver.write(function* (tx) {
          const { provider, subject, userId } = identity
          const person = yield* tx.lock('SELECT password, disabled_at FROM users WHERE id = ?', userId)
          const known = yield* tx.all('SELECT provider FROM identities WHERE user_id = ?', userId)
          const passkey = yield* tx.get('SELECT 1 FROM passkeys WHERE user_id = ?', userId)
          const other = yield* tx.get('SELECT 1 FROM identities WHERE provider = ? AND subject = ?', provider, subject)
          const isHeld =
            person?.password !== '' ||
            person.disabled_at !== null ||
            passkey !== undefined ||
            known.some((row) => providers.includes(String(row.provider)))
          const isTaken = other !== undefined || (!isHeld && (yield* insertIdentity(tx, identity)) === 0)
          const verdict = isTaken ? 'taken' : isHeld ? 'held' : 'added'
          record(tx, describe?.(verdict))
          return verdict
        }),
      use: (provider, subject, now) =>
        driver.write(function* (tx) {
          yield* tx.run('UPDATE identities SET used_at = ? WHERE provider = ? AND subject = ?', now, provider, subject)
        }),
      remove: (provider, subject, userId, ways, describe, leaving) =>
        driver.write(function* (tx) {
          const where = 'provider = ? AND subject = ? AND user_id = ?'
          yield* tx.lock('SELECT 1 FROM users WHERE id = ?', userId)
          const row = yield* tx.get(`SELECT user_id FROM identities WHERE ${where}`, provider, subject, userId)
          const verdict = yield* removal(tx, row !== undefined, { userId, ways, identity: [provider, subject] })
          if (verdict !== 'removed') return verdict
          yield* tx.run(`DELETE FROM identities WHERE ${where}`, provider, subject, userId)
          record(tx, describe?.(verdict))
          const of = 'SELECT 1 FROM identities WHERE provider = ? AND user_id = ?'
          if (leaving === undefined || (yield* tx.get(of, provider, userId)) !== undefined) return verdict
          const { groups, govern, role } = leaving
          yield* setGroups(tx, record, { id: userId, provider, names: [], describe: groups, govern })
          yield* setOperatorBy(tx, record, { id: userId, provider, isOperator: false, describe: role })
          return verdict
        }),
    },
    passkeys: {
      find: (id) =>
        driver.read(function* (tx) {
          const row = yield* tx.get('SELECT * FROM passkeys WHERE id = ?', id)
          const user = yield* ownerOf(tx, row?.user_id)
          return row === undefined || user === undefined ? undefined : { passkey: toPasskey(row), user }
        }),
      ofUser: (userId) =>
        driver.read(function* (tx) {
          return (yield* tx.all('SELECT * FROM passkeys WHERE user_id = ? ORDER BY created_at, id', userId)).map(
            toPasskey,
          )
        }),
      add: (passkey, most, describe) =>
        driver.write(function* (tx) {
          yield* tx.lock('SELECT id FROM users WHERE id = ?', passkey.userId)
          const count = Number(
            (yield* tx.get('SELECT count(*) AS n FROM passkeys WHERE user_id = ?', passkey.userId))?.n,
          )
          const verdict = count >= most ? 'too_many' : (yield* insertPasskey(tx, passkey)) === 0 ? 'taken' : 'added'
          record(tx, describe?.(verdict))
          return verdict
        }),
      use: (id, counter, now, describe) =>
        driver.write(function* (tx) {
          const before = (yield* tx.lock('SELECT counter FROM passkeys WHERE id = ?', id))?.counter
          const grows = counter > Number(before) || (counter === 0 && before === 0)
          const verdict = before === undefined ? 'unknown' : grows ? 'used' : 'cloned'
          if (verdict === 'used')
            yield* tx.run('UPDATE passkeys SET counter = ?, used_at = ? WHERE id = ?', counter, now, id)
          record(tx, describe?.(verdict))
          return verdict
        }),
      rename: (id, userId, name) =>
        driver.write(function* (tx) {
          return (yield* tx.run('UPDATE passkeys SET name = ? WHERE id = ? AND user_id = ?', name, id, userId)) === 1
            ? 'done'
            : 'unknown'
        }),
      remove: (id, userId, ways, describe) =>
        driver.write(function* (tx) {
          yield* tx.lock('SELECT 1 FROM users WHERE id = ?', userId)
          const row = yield* tx.get('SELECT id FROM passkeys WHERE id = ? AND user_id = ?', id, userId)
          const verdict = yield* removal(tx, row !== undefined, { userId, ways, passkey: id })
          if (verdict === 'removed') yield* tx.run('DELETE FROM passkeys WHERE id = ?', id)
          record(tx, verdict === 'removed' ? describe?.(verdict) : undefined)
          return verdict
        }),
    },
    journeys: {
      begin: (key, sealed, expiresAt) =>
        driver.write(function* (tx) {
          yield* tx.run('INSERT INTO journeys (key, sealed, expires_at) VALUES (?, ?, ?)', key, sealed, expiresAt)
        }, key),
      look: (key, now) =>
        driver.read(function* (tx) {
          return yield* waiting(tx, key, now)
        }),
      take: (key, now) =>
        driver.write(function* (tx) {
          const sealed = yield* waiting(tx, key, now)
          // Whoever deletes it has taken it: of two, the second finds nothing to delete.
          return (yield* tx.run('DELETE FROM journeys WHERE key = ?', key)) === 1 ? sealed : undefined
        }, key),
    },
  }
}

function* waiting(tx: Transaction, key: string, now: number): Work<string | undefined> {
  const row = yield* tx.get('SELECT sealed FROM journeys WHERE key = ? AND expires_at > ?', key, now)
  return row === undefined ? undefined : String(row.sealed)
}

function* ownerOf(tx: Transaction, id: unknown) {
  const row = id === undefined ? undefined : yield* tx.get('SELECT * FROM users WHERE id = ?', String(id))
  return row === undefined ? undefined : toUser(row)
}

/**
 * Counted in the step that removes, with the person locked: of two that are removed at once, the second waits and counts what the
 * first left.
 */
function* removal(tx: Transaction, isThere: boolean, { userId, ways, identity, passkey }: Leaver): Work<Removal> {
  if (!isThere) return 'unknown'
  const [provider = '', subject = ''] = identity ?? []
  // A list of none is no SQL.
  const offered = filled(ways.providers.length === 0 ? [''] : ways.providers)
  const row = yield* tx.get(
    `SELECT (SELECT count(*) FROM identities WHERE user_id = users.id AND provider IN (${places(offered)})
         AND NOT (provider = ? AND subject = ?))
       + (SELECT count(*) FROM passkeys WHERE user_id = users.id AND id <> ?)
       + (CASE WHEN password = '' OR ? = 0 THEN 0 ELSE 1 END) AS left_over FROM users WHERE id = ?`,
    ...offered,
    provider,
    subject,
    passkey ?? '',
    ways.password ? 1 : 0,
    userId,
  )
  return Number(row?.left_over) > 0 ? 'removed' : 'last'
}

/** Which of somebody's ways in is to go. */
interface Leaver {
  readonly userId: string
  readonly ways: WaysIn
  readonly identity?: readonly [string, string]
  readonly passkey?: string
}

/** How many rows were added: none where it is somebody's already. */
function* insertIdentity(tx: Transaction, identity: StoredIdentity): Work<number> {
  return yield* tx.run(
    `INSERT INTO identities (provider, subject, user_id, label, created_at, used_at) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT DO NOTHING`,
    identity.provider,
    identity.subject,
    identity.userId,
    identity.label,
    identity.createdAt,
    identity.usedAt,
  )
}

function* insertPasskey(tx: Transaction, passkey: Parameters<Store['passkeys']['add']>[0]): Work<number> {
  return yield* tx.run(
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
