import { isFirst } from './claims.ts'
import { insertClient } from './clients.ts'
import type { Driver, Outage, Transaction, Work } from './driver.ts'
import { end, endVerbs, shrink } from './grant-ends.ts'
import { type Record, told } from './recorded.ts'
import { type GrantState, toEvidence, toGrant, toGrantState } from './rows.ts'
import { needsChange, stand, standing } from './standing.ts'
import type { GrantEvidence, LookedAt, NewGrant, Once, Opening, Redemption, Rotation, Store, Use } from './store.ts'

const MOST_LIVE_GRANTS = 100
const MINUTE = 60

/** No use lets a grant live on beyond its end. */
const UNTIL = 'CASE WHEN ends_at < ? THEN ends_at ELSE ? END'
const until = (expiresAt: number): [number, number] => [expiresAt, expiresAt]

type Judged = LookedAt & { readonly now: number }

export function grantVerbs(driver: Driver, record: Record): Store['grants'] {
  return {
    open: (grant, describe) => driver.write((tx) => told(tx, record, openGrant(tx, grant), describe), grant.id),
    find: (id) => driver.read((tx) => find(tx, id)),
    list: ({ userId, live = false, now = 0 } = {}) =>
      driver.read(function* (tx) {
        return (yield* tx.all(
          `SELECT * FROM grants WHERE (CAST(? AS TEXT) IS NULL OR user_id = ?)
             AND (? = 0 OR (revoked_at IS NULL AND generation > 0 AND expires_at > ?)) ORDER BY id`,
          userId ?? null,
          userId ?? null,
          live ? 1 : 0,
          now,
        )).map(toGrant)
      }),
    held: ({ userId, clientId, resource, except, now }) =>
      driver.read(function* (tx) {
        return (yield* tx.all(
          // By the person first: an application that everybody uses has more grants than anybody.
          `SELECT DISTINCT scope FROM (
               SELECT id, client_id, resource, scope FROM grants
               WHERE user_id = ? AND kind = '' AND revoked_at IS NULL AND generation > 0 AND expires_at > ? AND ends_at IS NULL
               ORDER BY id DESC LIMIT ?
             ) AS live WHERE client_id = ? AND resource = ? AND id <> ? ORDER BY scope`,
          userId,
          now,
          MOST_LIVE_GRANTS,
          clientId,
          resource,
          except,
        )).map(({ scope }) => String(scope))
      }),
    redeem: (id, at, describe) =>
      driver.write((tx) => told(tx, record, once(tx, at, redeem(tx, id, at)), describe), id),
    rotate: (id, presented, given, describe) => {
      // Whoever could not be answered could not come again in time either: an outage does not count.
      const outage = given.windowSeconds === 0 ? undefined : driver.outage(given.windowSeconds)
      const at = { ...given, outage }
      return driver.write((tx) => told(tx, record, once(tx, at, rotate(tx, id, presented, at)), describe), id)
    },
    use: (id, presented, at, describe) =>
      driver.write((tx) => told(tx, record, once(tx, at, use(tx, id, presented, at)), describe), id),
    stand: async (grant, describe) => {
      const known = await driver.read(function* (tx) {
        return yield* standing(tx, grant)
      })
      if (known !== undefined && !needsChange(known, grant)) return { id: known.id }
      return driver.write(function* (tx) {
        return yield* stand(tx, grant, (verdict) => record(tx, describe?.(verdict)))
      })
    },
    ...endVerbs(driver, record),
  }
}

const EVIDENCE = `SELECT g.*, u.disabled_at IS NOT NULL OR (u.id IS NULL AND g.kind = '') AS user_disabled, u.groups AS user_groups,
  c.blocked_at IS NOT NULL AS client_blocked
  FROM grants g LEFT JOIN users u ON u.id = g.user_id LEFT JOIN clients c ON c.id = g.client_id WHERE g.id = ?`

function* find(tx: Transaction, id: string): Work<GrantEvidence | undefined> {
  const row = yield* tx.get(EVIDENCE, id)
  return row === undefined ? undefined : toEvidence(row)
}

/** What is good once is used up with the verb; where the grant is another than was looked at, it is still to be used. */
function* once<Verdict extends string>(
  tx: Transaction,
  { once }: { readonly once?: Once | undefined },
  verb: Work<Verdict>,
): Work<Verdict | 'replayed'> {
  if (once === undefined) return yield* verb
  if (!(yield* isFirst(tx, once))) return 'replayed'
  const verdict = yield* verb
  if (verdict === 'changed') yield* tx.run('DELETE FROM claims WHERE key = ?', once.key)
  return verdict
}

/** Whoever lets a person answer ends here. */
export function* openGrant(tx: Transaction, grant: NewGrant): Work<Opening> {
  if (grant.client !== undefined) yield* insertClient(tx, grant.client)
  const opened = yield* tx.run(
    `INSERT INTO grants (id, user_id, client_id, resource, scope, generation, opened_at, code_expires_at, expires_at, sender_key,
                         authorization_details, ends_at, network, authentication)
     VALUES (?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    grant.id,
    grant.userId,
    grant.clientId,
    grant.resource,
    grant.scope,
    grant.openedAt,
    grant.codeExpiresAt,
    grant.codeExpiresAt,
    grant.senderKey ?? null,
    grant.authorizationDetails === undefined ? null : JSON.stringify(grant.authorizationDetails),
    grant.endsAt ?? null,
    grant.network ?? null,
    grant.authentication === undefined ? null : JSON.stringify(grant.authentication),
  )
  if (opened === 0) return (yield* isOf(tx, grant.id, grant.userId)) ? 'exists' : 'taken'
  // By the minute: everybody uses the same few applications, and would wait here for each other's commits.
  yield* tx.run(
    'UPDATE clients SET used_at = ? WHERE id = ? AND (used_at IS NULL OR used_at <= ?)',
    grant.openedAt,
    grant.clientId,
    grant.openedAt - MINUTE,
  )
  return 'opened' as const
}

function* redeem(
  tx: Transaction,
  id: string,
  at: Judged & { readonly expiresAt: number; readonly senderKey?: string | undefined },
): Work<Redemption> {
  const grant = yield* current(tx, id)
  if (grant === undefined) return 'unknown'
  if (grant.revokedAt !== undefined) return 'revoked'
  if (grant.generation > 0) {
    // OAuth 2.1 §4.1.3: the code came twice, so one of the two is a thief; what came of it ends.
    yield* end(tx, id, at.now, 'code_reused')
    return 'reused'
  }
  if (grant.codeExpiresAt <= at.now) return 'expired'
  if (grant.narrowedAt !== at.narrowedAt) return 'changed'
  yield* tx.run(
    `UPDATE grants SET generation = 1, rotated_at = NULL, expires_at = ${UNTIL}, used_at = ?, used_network = ?,
     sender_key = coalesce(sender_key, ?) WHERE id = ?`,
    ...until(at.expiresAt),
    at.now,
    at.network ?? null,
    at.senderKey ?? null,
    id,
  )
  return 'redeemed'
}

function* rotate(
  tx: Transaction,
  id: string,
  presented: number,
  at: Judged & {
    readonly windowSeconds: number
    readonly outage?: Outage | undefined
    readonly expiresAt: number
    readonly scope?: string | undefined
  },
): Work<Rotation> {
  // What nearly always happens is one statement that judges and acts; only a refusal looks for its reason.
  const turned = yield* tx.run(
    `UPDATE grants SET generation = generation + 1, rotated_at = ?, used_at = ?, used_network = ?, expires_at = ${UNTIL}
     WHERE id = ? AND generation = ? AND generation > 0 AND revoked_at IS NULL AND expires_at > ? AND coalesce(narrowed_at, 0) = ?`,
    at.now,
    at.now,
    at.network ?? null,
    ...until(at.expiresAt),
    id,
    presented,
    at.now,
    at.narrowedAt ?? 0,
  )
  if (turned === 1) {
    if (at.scope !== undefined) yield* shrink(tx, id, at.scope, at.now)
    return 'rotated'
  }
  const grant = yield* current(tx, id)
  if (grant === undefined || presented < 1) return 'unknown'
  if (grant.revokedAt !== undefined) return 'revoked'
  if (presented > grant.generation) return yield* endAhead(tx, id, at.now)
  if (grant.expiresAt <= at.now) return 'expired'
  // Another process's clock may be ahead of this one's: what was rotated 'later' was rotated just now.
  const age = Math.max(0, at.now - (grant.rotatedAt ?? Number.NEGATIVE_INFINITY))
  const isRepeated = presented === grant.generation - 1 && isWithin(age, at)
  if (isRepeated || presented === grant.generation) return grant.narrowedAt === at.narrowedAt ? 'repeated' : 'changed'
  // RFC 9700 §4.14.2: thief and owner cannot be told apart, so both start over.
  yield* end(tx, id, at.now, 'refresh_token_reused')
  return 'reused'
}

/** What was rotated while this process could not was answered by another: that counts from then. */
function isWithin(age: number, at: { readonly windowSeconds: number; readonly outage?: Outage | undefined }): boolean {
  const { windowSeconds, outage } = at
  if (age < windowSeconds) return true
  return outage !== undefined && age >= outage.ago && age < windowSeconds + outage.seconds
}

/**
 * The token was answered, and the database knows nothing of it: it was put back to an earlier state. What else it has lost of this grant,
 * such as its revocation, nobody knows; and the token that it takes for the newest is one that was spent.
 */
function* endAhead(tx: Transaction, id: string, now: number): Work<'ahead'> {
  yield* end(tx, id, now, 'refresh_token_ahead')
  return 'ahead'
}

function* isOf(tx: Transaction, id: string, userId: string): Work<boolean> {
  return (yield* tx.get('SELECT 1 FROM grants WHERE id = ? AND user_id = ?', id, userId)) !== undefined
}

function* use(
  tx: Transaction,
  id: string,
  presented: number,
  at: Judged & { readonly expiresAt: number; readonly scope?: string | undefined },
): Work<Use> {
  const grant = yield* current(tx, id)
  if (grant === undefined || presented < 1) return 'unknown'
  if (grant.revokedAt !== undefined) return 'revoked'
  if (presented > grant.generation) return yield* endAhead(tx, id, at.now)
  if (grant.expiresAt <= at.now) return 'expired'
  if (presented < grant.generation) {
    yield* end(tx, id, at.now, 'refresh_token_reused')
    return 'reused'
  }
  if (grant.narrowedAt !== at.narrowedAt) return 'changed'
  yield* tx.run(
    `UPDATE grants SET expires_at = ${UNTIL}, used_at = ?, used_network = ? WHERE id = ?`,
    ...until(at.expiresAt),
    at.now,
    at.network ?? null,
    id,
  )
  if (at.scope !== undefined) yield* shrink(tx, id, at.scope, at.now)
  return 'used'
}

/** What decides a verdict, and no more: this is read once for every token. */
function* current(tx: Transaction, id: string): Work<GrantState | undefined> {
  const row = yield* tx.lock(
    'SELECT generation, code_expires_at, rotated_at, expires_at, revoked_at, narrowed_at FROM grants WHERE id = ?',
    id,
  )
  return row === undefined ? undefined : toGrantState(row)
}
