import type { Driver, Transaction } from './driver.ts'
import { governGrants } from './grant-ends.ts'
import { toUser } from './rows.ts'
import type { SigningIn } from './signing-in.ts'
import type { Record } from './sql.ts'
import { endExchanged } from './standing.ts'
import type { Store, StoredUser } from './store.ts'

export function peopleVerbs(
  driver: Driver,
  record: Record,
): Pick<Store, 'attempts'> & { users: Omit<Store['users'], keyof SigningIn> } {
  const find = (sql: string, value: string) =>
    driver.read((tx) => {
      const row = tx.get(sql, value)
      return row === undefined ? undefined : toUser(row)
    })
  return {
    users: {
      add: (user, describe) =>
        driver.write((tx) => {
          const added = insertUser(tx, user)
          const verdict = added === 1 ? 'added' : 'taken'
          record(tx, describe?.(verdict))
          return verdict
        }),
      byEmail: (email) => find('SELECT * FROM users WHERE email = ?', email),
      byId: (id) => find('SELECT * FROM users WHERE id = ?', id),
      list: () => driver.read((tx) => tx.all('SELECT * FROM users ORDER BY created_at, id').map(toUser)),
      setGroups: (id, provider, names, describe, govern) =>
        driver.write((tx) => {
          const row = tx.get('SELECT groups FROM users WHERE id = ?', id)
          const before: readonly string[] = JSON.parse(String(row?.groups ?? '[]'))
          const others = before.filter((group) => providerOf(group) !== provider)
          const said = names.map((name) => (provider === undefined ? name : `${provider}/${name}`))
          const after = [...new Set([...others, ...said])].sort()
          const isSame = after.join('\n') === before.join('\n')
          const verdict = row === undefined ? 'unknown' : isSame ? 'same' : 'changed'
          if (verdict === 'changed') tx.run('UPDATE users SET groups = ? WHERE id = ?', JSON.stringify(after), id)
          record(tx, describe?.(verdict))
          if (verdict === 'changed' && govern !== undefined) governGrants(tx, record, id, after, govern)
          return verdict
        }),
      disable: (id, now, describe) =>
        driver.write((tx) => {
          const verdict = tx.run('UPDATE users SET disabled_at = ? WHERE id = ?', now, id) === 1 ? 'done' : 'unknown'
          tx.run('DELETE FROM sessions WHERE user_id = ?', id)
          tx.run(
            "UPDATE grants SET revoked_at = ?, revoked_reason = 'user_disabled' WHERE user_id = ? AND revoked_at IS NULL",
            now,
            id,
          )
          endExchanged(tx, now)
          record(tx, describe?.(verdict))
          return verdict
        }),
    },
    attempts: {
      begin: (key, now, backOff) =>
        driver.write((tx) => {
          const row = tx.get('SELECT failures, wait_until FROM attempts WHERE key = ?', key)
          const until = Number(row?.wait_until ?? 0)
          if (until > now) return { verdict: 'wait', until }
          const failures = Number(row?.failures ?? 0) + 1
          tx.run(
            'INSERT OR REPLACE INTO attempts (key, failures, wait_until, at) VALUES (?, ?, ?, ?)',
            key,
            failures,
            now + backOff(failures),
            now,
          )
          return { verdict: 'proceed' }
        }),
      forgive: (key) =>
        driver.write((tx) => {
          tx.run('UPDATE attempts SET failures = failures - 1, wait_until = 0 WHERE key = ? AND failures > 0', key)
        }),
    },
  }
}

function providerOf(group: string): string | undefined {
  const slash = group.indexOf('/')
  return slash === -1 ? undefined : group.slice(0, slash)
}

/** How many rows: none where the address or the id is taken. */
export function insertUser(tx: Transaction, user: StoredUser): number {
  return tx.run(
    'INSERT INTO users (id, email, password, operator, groups, created_at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
    user.id,
    user.email,
    user.password,
    user.operator ? 1 : 0,
    JSON.stringify(user.groups),
    user.createdAt,
  )
}
