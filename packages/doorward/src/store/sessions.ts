import type { Driver, Transaction, Work } from './driver.ts'
import type { Record } from './recorded.ts'
import { toSession, toUser, toUserSince } from './rows.ts'
import { setOperatorBy } from './said-of-people.ts'
import type { SessionVerbs, SigningIn } from './signing-in.ts'
import type { StoredSession, StoredUser } from './store.ts'

export function signingInVerbs(driver: Driver, record: Record): SigningIn {
  return {
    signedIn: (session, { attempt, replaces = [], password }, describe) =>
      driver.write(function* (tx) {
        const person = yield* tx.lock('SELECT password FROM users WHERE id = ? AND disabled_at IS NULL', session.userId)
        const isThere = person !== undefined && (password === undefined || person.password === password)
        if (isThere) {
          if (attempt !== undefined) yield* tx.run('DELETE FROM attempts WHERE key = ?', attempt)
          for (const digest of replaces)
            yield* tx.run('DELETE FROM sessions WHERE digest = ? AND user_id = ?', digest, session.userId)
          yield* tx.run(
            `INSERT INTO sessions (digest, user_id, created_at, expires_at, method, authenticated_at, amr, network, browser, used_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
            session.digest,
            session.userId,
            session.createdAt,
            session.expiresAt,
            session.authentication.method,
            session.authentication.at,
            session.authentication.amr.join(' '),
            session.network,
            session.browser,
            session.usedAt,
          )
        }
        const verdict = isThere ? 'opened' : 'refused'
        record(tx, describe?.(verdict))
        return verdict
      }, session.userId),
    setPassword: (id, { expected, password, keep }, describe) =>
      driver.write(function* (tx) {
        const changed =
          (yield* tx.run('UPDATE users SET password = ? WHERE id = ? AND password = ?', password, id, expected)) === 1
        if (changed) yield* tx.run('DELETE FROM sessions WHERE user_id = ? AND digest <> ?', id, keep)
        const verdict = changed ? 'changed' : 'unknown'
        record(tx, verdict === 'changed' ? describe?.(verdict) : undefined)
        return verdict
      }),
    setOperatorBy: (id, provider, isOperator, describe) =>
      driver.write((tx) => setOperatorBy(tx, record, { id, provider, isOperator, describe })),
    endRolesOfOthers: (providers, describe) =>
      driver.write(function* (tx) {
        const rows = yield* tx.all("SELECT * FROM users WHERE operator = 1 AND operator_by <> ''")
        const ended: StoredUser[] = []
        for (const row of rows.filter(({ operator_by }) => !providers.includes(String(operator_by)))) {
          const user = toUser(row)
          const by = String(row.operator_by)
          // Another process that starts may have been first.
          const done = yield* tx.run(
            "UPDATE users SET operator = 0, operator_by = '' WHERE id = ? AND operator_by = ?",
            user.id,
            by,
          )
          if (done === 0) continue
          ended.push(user)
          record(tx, describe?.(user, by))
        }
        return ended
      }),
  }
}

export function sessionVerbs(driver: Driver, record: Record): SessionVerbs {
  return {
    find: (digest, now) => driver.read((tx) => find(tx, digest, now)),
    ofUser: (userId, now) =>
      driver.read(function* (tx) {
        return (yield* tx.all(
          'SELECT * FROM sessions WHERE user_id = ? AND expires_at > ? ORDER BY used_at DESC, digest',
          userId,
          now,
        )).map(toSession)
      }),
    touch: (digest, now) =>
      driver.write((tx) => tx.send('UPDATE sessions SET used_at = ? WHERE digest = ?', now, digest), digest),
    close: (digest, userId, describe) =>
      driver.write(function* (tx) {
        const closed =
          userId === undefined
            ? yield* tx.run('DELETE FROM sessions WHERE digest = ?', digest)
            : yield* tx.run('DELETE FROM sessions WHERE digest = ? AND user_id = ?', digest, userId)
        const verdict = closed === 1 ? 'closed' : 'unknown'
        record(tx, verdict === 'closed' ? describe?.(verdict) : undefined)
        return verdict
      }, digest),
    closeOthers: (userId, keep, describe) =>
      driver.write(function* (tx) {
        // Whoever signs in meanwhile does so before this or after it.
        yield* tx.lock('SELECT 1 FROM users WHERE id = ?', userId)
        const closed = yield* tx.run('DELETE FROM sessions WHERE user_id = ? AND digest <> ?', userId, keep)
        const verdict = closed === 0 ? 'none' : 'closed'
        record(tx, verdict === 'closed' ? describe?.(verdict) : undefined)
        return verdict
      }),
  }
}

// Each name with its table: a later version may add a column to either.
const WITH_PERSON = `SELECT sessions.*, users.id, users.email, users.password, users.operator, users.groups, users.disabled_at,
    users.created_at AS person_since
  FROM sessions JOIN users ON users.id = sessions.user_id
  WHERE sessions.digest = ? AND sessions.expires_at > ? AND users.disabled_at IS NULL`

function* find(
  tx: Transaction,
  digest: string,
  now: number,
): Work<{ session: StoredSession; user: StoredUser } | undefined> {
  const row = yield* tx.get(WITH_PERSON, digest, now)
  return row === undefined ? undefined : { session: toSession(row), user: toUserSince(row, row.person_since) }
}
