import { claimRoom } from './claim-room.ts'
import { claim, isFirst } from './claims.ts'
import { clientVerbs } from './clients.ts'
import { deviceVerbs } from './devices.ts'
import type { Driver, NotedEvent, Transaction, Work } from './driver.ts'
import { eventsAfter, placeNow } from './event-following.ts'
import { governingVerbs } from './governings.ts'
import { grantVerbs } from './grants.ts'
import { identityVerbs } from './identities.ts'
import { inviteVerbs } from './invites.ts'
import { peopleVerbs } from './people.ts'
import type { Record } from './recorded.ts'
import { eventStatements, toEvent, toKey } from './rows.ts'
import { ruleVerbs } from './rules.ts'
import { judge, READ_SCHEMA, type Schema } from './schema.ts'
import { sessionVerbs, signingInVerbs } from './sessions.ts'
import { endExchanged } from './standing.ts'
import type { Store } from './store.ts'
import { storyVerbs } from './stories.ts'
import { sweepAll } from './sweeping.ts'
import { StoreClosed, StoreUnavailable } from './unavailable.ts'

const DAY = 86_400

/**
 * Every verb of the store, once for all engines.
 * @param nowMilliseconds the time that events carry
 * @param knows how many migrations this process has seen
 */
export function sqlStore(engine: Driver, nowMilliseconds: () => number, knows: number): Store {
  let isOutgrown = false
  let isClosed = false
  const outgrown = () =>
    Promise.reject(new StoreClosed('The database was changed by a newer Doorward; this process is too old for it'))
  const driver: Driver = {
    ...engine,
    read: (look) => (isOutgrown ? outgrown() : engine.read(look)),
    write: (work, row) => (isOutgrown ? outgrown() : engine.write(work, row)),
  }
  const record: Record = (tx, event) => {
    if (event === undefined) return
    tx.note({ ...event, at: nowMilliseconds() })
    tx.told?.push(event)
  }
  const people = peopleVerbs(driver, record)
  const room = claimRoom(nowMilliseconds)
  return {
    clients: clientVerbs(driver, record),
    grants: grantVerbs(driver, record, room),
    devices: deviceVerbs(driver, record),
    governing: governingVerbs(driver, record),
    rules: ruleVerbs(driver, record),
    invites: inviteVerbs(driver, record),
    ...identityVerbs(driver, record),
    sessions: sessionVerbs(driver, record),
    attempts: people.attempts,
    users: { ...people.users, ...signingInVerbs(driver, record) },
    keys: {
      list: () =>
        driver.read(function* (tx) {
          return (yield* tx.all('SELECT * FROM keys ORDER BY created_at, kid')).map(toKey)
        }),
      add: (key, newest, event) =>
        driver.write(function* (tx) {
          // There may be no key yet that could be locked: a claim stands for all of them.
          yield* isFirst(tx, { key: 'keys', until: key.createdAt + DAY })
          yield* tx.lock('SELECT key FROM claims WHERE key = ?', 'keys')
          const last = yield* tx.get('SELECT kid FROM keys ORDER BY created_at DESC, kid DESC LIMIT 1')
          if (last?.kid !== newest) return 'late'
          yield* tx.run(
            'INSERT INTO keys (kid, alg, sealed_private_key, public_jwk, created_at) VALUES (?, ?, ?, ?, ?)',
            key.kid,
            key.alg,
            key.sealedPrivateKey,
            JSON.stringify(key.publicJwk),
            key.createdAt,
          )
          tx.tell({ of: 'keys' })
          record(tx, event)
          return 'added' as const
        }),
      remove: (kids, event) =>
        driver.write(function* (tx) {
          for (const kid of kids) yield* tx.run('DELETE FROM keys WHERE kid = ?', kid)
          tx.tell({ of: 'keys' })
          record(tx, event)
        }),
    },
    events: {
      append: (events) =>
        driver.write((tx) =>
          append(
            tx,
            events.map(({ at = nowMilliseconds(), ...event }) => ({ ...event, at })),
          ),
        ),
      list: ({ after = 0, limit, correlation }) =>
        driver.read(function* (tx) {
          return (
            correlation === undefined
              ? yield* tx.all('SELECT * FROM events WHERE id > ? ORDER BY id LIMIT ?', after, limit)
              : yield* tx.all(
                  'SELECT * FROM events WHERE id > ? AND correlation = ? ORDER BY id LIMIT ?',
                  after,
                  correlation,
                  limit,
                )
          ).map(toEvent)
        }),
      place: (now) => driver.read((tx) => placeNow(tx, now)),
      since: (place, how) => driver.read((tx) => eventsAfter(tx, place, how)),
    },
    stories: storyVerbs(driver),
    changes: driver.changes,
    claims: {
      claim: (key, until, mark = '') => {
        const full = room()
        return full === undefined ? driver.write((tx) => claim(tx, { key, until }, mark), key) : Promise.reject(full)
      },
    },
    upstreams: {
      bind: (resource, address, now, describe) =>
        driver.write(function* (tx) {
          // The row is there before it is looked at, so that of two that are first one waits for the other.
          const added = yield* tx.run(
            'INSERT INTO upstreams (resource, address) VALUES (?, ?) ON CONFLICT DO NOTHING',
            resource,
            address,
          )
          const before = (yield* tx.lock('SELECT address FROM upstreams WHERE resource = ?', resource))?.address
          const verdict = added === 1 ? 'new' : before === address ? 'same' : 'changed'
          if (verdict === 'same') return verdict
          if (verdict === 'changed') {
            yield* tx.run('UPDATE upstreams SET address = ? WHERE resource = ?', address, resource)
            yield* tx.run(
              "UPDATE grants SET revoked_at = ?, revoked_reason = 'upstream_changed' WHERE resource = ? AND revoked_at IS NULL",
              now,
              resource,
            )
            tx.tell({ of: 'grants' })
            yield* endExchanged(tx, now)
          }
          record(tx, describe?.(verdict))
          return verdict
        }),
    },
    sweep: (limits) => sweepAll(driver, record, limits, () => isClosed),
    waiting: () => driver.waiting(),
    clockAhead: driver.clockAhead,
    schema: async () => {
      if (!(await engine.isInPlace()))
        throw new StoreUnavailable('Another file lies where the database was opened, or none')
      const schema = await engine.read(function* (tx) {
        return (yield* tx.get(READ_SCHEMA)) as unknown as Schema | undefined
      })
      const verdict = judge(schema ?? { version: 0, oldest: 0 }, knows)
      isOutgrown = verdict === 'outgrown'
      return verdict
    },
    close: () => {
      isClosed = true
      return driver.close()
    },
  }
}

function* append(tx: Transaction, events: readonly NotedEvent[]): Work<void> {
  for (const { sql, values } of eventStatements(events)) yield* tx.send(sql, ...values)
}
