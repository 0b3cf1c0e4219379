import type { Driver, Transaction, Work } from './driver.ts'
import type { Record } from './recorded.ts'
import { toUser } from './rows.ts'
import { setGroups } from './said-of-people.ts'
import type { SigningIn } from './signing-in.ts'
import { endExchanged } from './standing.ts'
import type { SharedRate, Store, StoredUser } from './store.ts'

export function peopleVerbs(
  driver: Driver,
  record: Record,
): Pick<Store, 'attempts'> & { users: Omit<Store['users'], keyof SigningIn> } {
  const find = (sql: string, value: string) => driver.read((tx) => findUser(tx, sql, value))
  return {
    users: {
      add: (user, describe) =>
        driver.write(function* (tx) {
          const added = yield* insertUser(tx, user)
          const verdict = added === 1 ? 'added' : 'taken'
          record(tx, describe?.(verdict))
          return verdict
        }),
      byEmail: (email) => find('SELECT * FROM users WHERE email = ?', email),
      byId: (id) => find('SELECT * FROM users WHERE id = ?', id),
      list: () =>
        driver.read(function* (tx) {
          return (yield* tx.all('SELECT * FROM users ORDER BY created_at, id')).map(toUser)
        }),
      setGroups: (id, provider, names, describe, govern, expected) =>
        driver.write((tx) => setGroups(tx, record, { id, provider, names, describe, govern, expected })),
      disable: (id, now, describe) =>
        driver.write(function* (tx) {
          const verdict =
            (yield* tx.run('UPDATE users SET disabled_at = ? WHERE id = ?', now, id)) === 1 ? 'done' : 'unknown'
          yield* tx.run('DELETE FROM sessions WHERE user_id = ?', id)
          yield* tx.run(
            "UPDATE grants SET revoked_at = ?, revoked_reason = 'user_disabled' WHERE user_id = ? AND revoked_at IS NULL",
            now,
            id,
          )
          tx.tell({ of: 'grants' })
          yield* endExchanged(tx, now)
          record(tx, verdict === 'done' ? describe?.(verdict) : undefined)
          return verdict
        }),
    },
    attempts: {
      begin: (key, now, backOff) =>
        driver.write(function* (tx) {
          // The row is there before it is looked at, so that of two first tries one waits for the other.
          yield* tx.run(
            'INSERT INTO attempts (key, failures, wait_until, at) VALUES (?, 0, 0, ?) ON CONFLICT DO NOTHING',
            key,
            now,
          )
          const row = yield* tx.lock('SELECT failures, wait_until FROM attempts WHERE key = ?', key)
          const until = Number(row?.wait_until ?? 0)
          if (until > now) return { verdict: 'wait', until }
          const failures = Number(row?.failures ?? 0) + 1
          yield* tx.run(
            'UPDATE attempts SET failures = ?, wait_until = ?, at = ? WHERE key = ?',
            failures,
            now + backOff(failures),
            now,
            key,
          )
          return { verdict: 'proceed' }
        }, key),
      forgive: (key) =>
        driver.write(function* (tx) {
          yield* tx.run(
            'UPDATE attempts SET failures = failures - 1, wait_until = 0 WHERE key = ? AND failures > 0',
            key,
          )
        }, key),
      take: (key, now, rate) => driver.write((tx) => take(tx, key, now, rate), key),
    },
  }
}

function* findUser(tx: Transaction, sql: string, value: string): Work<StoredUser | undefined> {
  const row = yield* tx.get(sql, value)
  return row === undefined ? undefined : toUser(row)
}

/** A row holds the moment until which all that was taken is used up (GCRA): one statement judges by it and moves it on. */
function* take(tx: Transaction, key: string, now: number, { burst, everySeconds }: SharedRate): Work<number> {
  const most = burst * everySeconds
  const moved = 'CASE WHEN attempts.wait_until > excluded.at THEN attempts.wait_until ELSE excluded.at END + ?'
  const taken = yield* tx.run(
    `INSERT INTO attempts (key, failures, wait_until, at) VALUES (?, 0, ?, ?)
     ON CONFLICT (key) DO UPDATE SET at = excluded.at, wait_until = ${moved} WHERE ${moved} <= excluded.at + ?`,
    key,
    now + everySeconds,
    now,
    everySeconds,
    everySeconds,
    most,
  )
  if (taken === 1) return 0
  const row = yield* tx.get('SELECT wait_until FROM attempts WHERE key = ?', key)
  return Math.max(1, Number(row?.wait_until ?? now) + everySeconds - now - most)
}

/** How many rows: none where the address or the id is taken. */
export function* insertUser(tx: Transaction, user: StoredUser): Work<number> {
  return yield* tx.run(
    'INSERT INTO users (id, email, password, operator, groups, created_at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
    user.id,
    user.email,
    user.password,
    user.operator ? 1 : 0,
    JSON.stringify(user.groups),
    user.createdAt,
  )
}
