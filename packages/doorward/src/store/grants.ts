import type { ClaimRoom } from './claim-room.ts'
import { isFirst } from './claims.ts'
import type { Driver, Outage, Transaction, Work } from './driver.ts'
import { end, endVerbs, shrink } from './grant-ends.ts'
import { insertClient } from './insert-client.ts'
import { type Record, told } from './recorded.ts'
import { EVIDENCE, SURROUNDINGS, toEvidence, toFound, toGrant } from './rows.ts'
import { needsChange, stand, standing } from './standing.ts'
import type {
  Coming,
  Describe,
  FoundGrant,
  GrantEvidence,
  Judgement,
  NewGrant,
  Opening,
  Redemption,
  Rotation,
  Store,
  Use,
} from './store.ts'

const MINUTE = 60
/** From the rotation on, however often it is repeated. */
const LONGEST_WINDOW_SECONDS = 10 * MINUTE

/** No use lets a grant live on beyond its end. */
const UNTIL = 'CASE WHEN ends_at < ? THEN ends_at ELSE ? END'
const until = (expiresAt: number): [number, number] => [expiresAt, expiresAt]

export function grantVerbs(driver: Driver, record: Record, room: ClaimRoom): Store['grants'] {
  /** For somebody who comes for a token. */
  function come<Verdict>(
    id: string,
    { once }: Coming,
    work: (tx: Transaction) => Work<Verdict>,
    describe: Describe<Verdict> | undefined,
  ): Promise<Verdict> {
    const full = once === undefined ? undefined : room()
    return full === undefined ? driver.write((tx) => told(tx, record, work(tx), describe), id) : Promise.reject(full)
  }
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
    held: (of) => driver.read((tx) => held(tx, of)),
    redeem: (id, at, describe) => come(id, at, (tx) => redeem(tx, id, at), describe),
    rotate: (id, presented, given, describe) => {
      // Whoever could not be answered could not come again in time either: an outage does not count.
      const outage = given.windowSeconds === 0 ? undefined : driver.outage(given.windowSeconds)
      const at = { ...given, outage }
      return come(id, at, (tx) => rotate(tx, id, presented, at), describe)
    },
    use: (id, presented, at, describe) => come(id, at, (tx) => use(tx, id, presented, at), describe),
    stand: async (grant, describe) => {
      const known = await driver.read((tx) => standing(tx, grant))
      if (known !== undefined && !needsChange(known, grant)) return { id: known.id }
      return driver.write((tx) => stand(tx, grant, (verdict) => record(tx, describe?.(verdict))))
    },
    ...endVerbs(driver, record),
  }
}

// By the person first: an application that everybody uses has more grants than anybody.
const AGREED = `SELECT id, client_id, resource, scope FROM grants
  WHERE user_id = ? AND kind = '' AND revoked_at IS NULL AND generation > 0 AND expires_at > ? AND ends_at IS NULL`
const FOR_THIS = 'client_id = ? AND resource = ? AND id <> ?'
const HELD = {
  newest: `SELECT DISTINCT scope FROM (${AGREED} ORDER BY id DESC LIMIT 100) AS live WHERE ${FOR_THIS} ORDER BY scope`,
  // Neither sorted nor each once: it ends where the third is found, however many the person has.
  few: `SELECT scope FROM (${AGREED} LIMIT 100) AS live WHERE ${FOR_THIS} LIMIT 3`,
}

function* held(
  tx: Transaction,
  { userId, clientId, resource, except, now, grants }: Parameters<Store['grants']['held']>[0],
): Work<readonly string[]> {
  const rows = yield* tx.all(HELD[grants], userId, now, clientId, resource, except)
  return [...new Set(rows.map(({ scope }) => String(scope)))]
}

const FOUND = `SELECT grants.*, ${SURROUNDINGS} FROM grants WHERE id = ?`

function* find(tx: Transaction, id: string): Work<FoundGrant | undefined> {
  const row = yield* tx.get(FOUND, id)
  return row === undefined ? undefined : toFound(row)
}

interface Heard {
  readonly grant: GrantEvidence
  readonly judgement: Exclude<Judgement, 'refused'>
}

/** Look, judgement and act are one step; what is good once is used up where the judge agrees. */
function* judged(
  tx: Transaction,
  id: string,
  { judge, once }: Coming,
): Work<Heard | 'refused' | 'replayed' | 'unknown'> {
  const row = yield* tx.lock(EVIDENCE, id)
  if (row === undefined) return 'unknown'
  const grant = toEvidence(row)
  const judgement = judge?.(grant) ?? {}
  if (judgement === 'refused') return 'refused'
  if (once !== undefined && !(yield* isFirst(tx, once))) return 'replayed'
  return { grant, judgement }
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

function* redeem(tx: Transaction, id: string, at: Coming): Work<Redemption> {
  const heard = yield* judged(tx, id, at)
  if (typeof heard === 'string') return heard
  const { revokedAt, generation, codeExpiresAt } = heard.grant
  if (revokedAt !== undefined) return 'revoked'
  if (generation > 0) {
    // OAuth 2.1 §4.1.3: the code came twice, so one of the two is a thief; what came of it ends.
    yield* end(tx, id, at.now, 'code_reused')
    return 'reused'
  }
  if (codeExpiresAt <= at.now) return 'expired'
  yield* tx.send(
    `UPDATE grants SET generation = 1, rotated_at = NULL, expires_at = ${UNTIL}, used_at = ?, used_network = ?,
     sender_key = coalesce(sender_key, ?) WHERE id = ?`,
    ...until(at.expiresAt),
    at.now,
    at.network ?? null,
    heard.judgement.senderKey ?? null,
    id,
  )
  return 'redeemed'
}

interface Turning extends Coming {
  readonly windowSeconds: number
  readonly outage?: Outage | undefined
}

function* rotate(tx: Transaction, id: string, presented: number, at: Turning): Work<Rotation> {
  const heard = yield* judged(tx, id, at)
  if (typeof heard === 'string') return heard
  const { grant } = heard
  const { scope } = heard.judgement
  const { generation } = grant
  const dead = yield* deadFor(tx, grant, presented, at.now)
  if (dead !== undefined) return dead
  if (presented === generation) {
    yield* tx.send(
      `UPDATE grants SET generation = ?, rotated_at = ?, used_at = ?, used_network = ?, expires_at = ${UNTIL} WHERE id = ?`,
      generation + 1,
      at.now,
      at.now,
      at.network ?? null,
      ...until(at.expiresAt),
      id,
    )
    if (scope !== undefined) yield* shrink(tx, id, scope, at.now)
    return 'rotated'
  }
  // Another process's clock may be ahead of this one's: what was rotated 'later' was rotated just now.
  const age = Math.max(0, at.now - (grant.rotatedAt ?? Number.NEGATIVE_INFINITY))
  if (presented < generation - 1 || !isWithin(age, at)) return yield* endReused(tx, id, at.now)
  yield* reopenWindow(tx, grant, age, at)
  return 'repeated'
}

/**
 * A repeat begins the window anew: who comes again was not answered, and a database that took too long for the first answer may take too
 * long for the next. Whoever repeats holds the successor already, so that nobody gains by it (decision 0029).
 */
function* reopenWindow(
  tx: Transaction,
  { id, usedAt = 0 }: GrantEvidence,
  age: number,
  { now, windowSeconds }: Turning,
): Work<void> {
  // Parallel processes of one client repeat within seconds, and write nothing. `usedAt` is when it rotated.
  if (age * 3 < windowSeconds || now - usedAt >= LONGEST_WINDOW_SECONDS) return
  yield* tx.send('UPDATE grants SET rotated_at = ? WHERE id = ?', now, id)
}

/** What was rotated while this process could not was answered by another: that counts from then. */
function isWithin(age: number, { windowSeconds, outage }: Turning): boolean {
  if (age < windowSeconds) return true
  return outage !== undefined && age >= outage.ago && age < windowSeconds + outage.seconds
}

function* use(tx: Transaction, id: string, presented: number, at: Coming): Work<Use> {
  const heard = yield* judged(tx, id, at)
  if (typeof heard === 'string') return heard
  const { grant } = heard
  const { scope } = heard.judgement
  const dead = yield* deadFor(tx, grant, presented, at.now)
  if (dead !== undefined) return dead
  if (presented < grant.generation) return yield* endReused(tx, id, at.now)
  yield* tx.send(
    `UPDATE grants SET expires_at = ${UNTIL}, used_at = ?, used_network = ? WHERE id = ?`,
    ...until(at.expiresAt),
    at.now,
    at.network ?? null,
    id,
  )
  if (scope !== undefined) yield* shrink(tx, id, scope, at.now)
  return 'used'
}

/** Why a grant gives nothing for a refresh token of this generation, whether it is the newest or not. */
function* deadFor(
  tx: Transaction,
  { id, generation, revokedAt, expiresAt }: GrantEvidence,
  presented: number,
  now: number,
): Work<'unknown' | 'revoked' | 'ahead' | 'expired' | undefined> {
  if (presented < 1) return 'unknown'
  if (revokedAt !== undefined) return 'revoked'
  if (presented > generation) {
    // The token was answered, and the database knows nothing of it: it was put back to an earlier state. What else it has lost of this
    // grant, such as its revocation, nobody knows; and the token that it takes for the newest is one that was spent.
    yield* end(tx, id, now, 'refresh_token_ahead')
    return 'ahead'
  }
  return expiresAt <= now ? 'expired' : undefined
}

/** RFC 9700 §4.14.2: thief and owner cannot be told apart, so both start over. */
function* endReused(tx: Transaction, id: string, now: number): Work<'reused'> {
  yield* end(tx, id, now, 'refresh_token_reused')
  return 'reused'
}

function* isOf(tx: Transaction, id: string, userId: string): Work<boolean> {
  return (yield* tx.get('SELECT 1 FROM grants WHERE id = ? AND user_id = ?', id, userId)) !== undefined
}
