import type { AuditEvent } from '@doorward/core/kernel/audit'
import { isFirst } from './claims.ts'
import { clientVerbs } from './clients.ts'
import { deviceVerbs } from './devices.ts'
import type { Driver, Transaction } from './driver.ts'
import { governingVerbs } from './governings.ts'
import { grantVerbs } from './grants.ts'
import { identityVerbs } from './identities.ts'
import { inviteVerbs } from './invites.ts'
import { peopleVerbs } from './people.ts'
import { insertEvent, toEvent, toKey } from './rows.ts'
import { ruleVerbs } from './rules.ts'
import { sessionVerbs, signingInVerbs } from './sessions.ts'
import { endExchanged } from './standing.ts'
import type { Store } from './store.ts'
import { storyVerbs } from './stories.ts'
import { sweep } from './sweep.ts'

/** Writes the event of a change, if it has one, in the transaction of the change. */
export type Record = (tx: Transaction, event: AuditEvent | undefined) => void

/**
 * Every verb of the store, once for all engines.
 * @param nowMilliseconds the time that events carry
 */
export function sqlStore(driver: Driver, nowMilliseconds: () => number): Store {
  const record: Record = (tx, event) => {
    if (event !== undefined) insertEvent(tx, nowMilliseconds(), event)
  }
  const people = peopleVerbs(driver, record)
  return {
    clients: clientVerbs(driver, record),
    grants: grantVerbs(driver, record),
    devices: deviceVerbs(driver, record),
    governing: governingVerbs(driver, record),
    rules: ruleVerbs(driver, record),
    invites: inviteVerbs(driver, record),
    ...identityVerbs(driver, record),
    sessions: sessionVerbs(driver, record),
    attempts: people.attempts,
    users: { ...people.users, ...signingInVerbs(driver, record) },
    keys: {
      list: () => driver.read((tx) => tx.all('SELECT * FROM keys ORDER BY created_at, kid').map(toKey)),
      add: (key, newest, event) =>
        driver.write((tx) => {
          const last = tx.get('SELECT kid FROM keys ORDER BY created_at DESC, kid DESC LIMIT 1')
          if (last?.kid !== newest) return 'late'
          tx.run(
            'INSERT INTO keys (kid, alg, sealed_private_key, public_jwk, created_at) VALUES (?, ?, ?, ?, ?)',
            key.kid,
            key.alg,
            key.sealedPrivateKey,
            JSON.stringify(key.publicJwk),
            key.createdAt,
          )
          record(tx, event)
          return 'added'
        }),
      remove: (kids, event) =>
        driver.write((tx) => {
          for (const kid of kids) tx.run('DELETE FROM keys WHERE kid = ?', kid)
          record(tx, event)
        }),
    },
    events: {
      append: (events) =>
        driver.write((tx) => {
          for (const { at = nowMilliseconds(), ...event } of events) insertEvent(tx, at, event)
        }),
      list: ({ after = 0, limit, correlation }) =>
        driver.read((tx) =>
          (correlation === undefined
            ? tx.all('SELECT * FROM events WHERE id > ? ORDER BY id LIMIT ?', after, limit)
            : tx.all(
                'SELECT * FROM events WHERE id > ? AND correlation = ? ORDER BY id LIMIT ?',
                after,
                correlation,
                limit,
              )
          ).map(toEvent),
        ),
      lastId: () => driver.read((tx) => Number(tx.get('SELECT max(id) AS id FROM events')?.id ?? 0)),
    },
    stories: storyVerbs(driver),
    claims: {
      claim: (key, until, mark = '') =>
        driver.write((tx) => {
          if (isFirst(tx, { key, until }, mark)) return 'first'
          return tx.get('SELECT mark FROM claims WHERE key = ?', key)?.mark === mark ? 'again' : 'other'
        }),
    },
    upstreams: {
      bind: (resource, address, now, describe) =>
        driver.write((tx) => {
          const before = tx.get('SELECT address FROM upstreams WHERE resource = ?', resource)?.address
          if (before === address) return 'same'
          tx.run('INSERT OR REPLACE INTO upstreams (resource, address) VALUES (?, ?)', resource, address)
          const verdict = before === undefined ? 'new' : 'changed'
          if (verdict === 'changed') {
            tx.run(
              "UPDATE grants SET revoked_at = ?, revoked_reason = 'upstream_changed' WHERE resource = ? AND revoked_at IS NULL",
              now,
              resource,
            )
            endExchanged(tx, now)
          }
          record(tx, describe?.(verdict))
          return verdict
        }),
    },
    sweep: async (limits) => {
      const gone = await driver.write((tx) => sweep(tx, limits, (event) => record(tx, event)))
      await driver.tidy()
      return gone
    },
    close: () => driver.close(),
  }
}
