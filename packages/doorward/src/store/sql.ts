import type { AuditEvent } from '@doorward/core/kernel/audit'
import type { Driver, Transaction } from './driver.ts'
import { grantVerbs } from './grants.ts'
import { peopleVerbs } from './people.ts'
import { insertEvent, toClient, toEvent, toKey } from './rows.ts'
import type { Store, SweepLimits } from './store.ts'

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
  return {
    clients: clientVerbs(driver, record),
    grants: grantVerbs(driver, record),
    ...peopleVerbs(driver, record),
    keys: {
      list: () => driver.read((tx) => tx.all('SELECT * FROM keys ORDER BY created_at, kid').map(toKey)),
      add: (key, onlyIfNone) =>
        driver.write((tx) => {
          if (onlyIfNone && tx.get('SELECT 1 FROM keys LIMIT 1') !== undefined) return 'exists'
          const added = tx.run(
            'INSERT INTO keys (kid, alg, sealed_private_key, public_jwk, created_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
            key.kid,
            key.alg,
            key.sealedPrivateKey,
            JSON.stringify(key.publicJwk),
            key.createdAt,
          )
          return added === 1 ? 'added' : 'exists'
        }),
    },
    events: {
      append: (events) =>
        driver.write((tx) => {
          for (const event of events) record(tx, event)
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
    sweep: (limits) => driver.write((tx) => sweep(tx, limits)),
    close: () => driver.close(),
  }
}

function clientVerbs(driver: Driver, record: Record): Store['clients'] {
  return {
    put: async (client, describe) => {
      // Ten thousand repeats of one application are ten thousand reads and one row.
      const known = await driver.read((tx) => tx.get('SELECT 1 FROM clients WHERE id = ?', client.id))
      if (known !== undefined) return 'known'
      return driver.write((tx) => {
        const added = tx.run(
          `INSERT INTO clients (id, assurance, metadata, created_at, secrets_not_before) VALUES (?, ?, ?, ?, ?)
           ON CONFLICT DO NOTHING`,
          client.id,
          client.assurance,
          JSON.stringify(client.metadata),
          client.createdAt,
          client.secretsNotBefore,
        )
        const verdict = added === 1 ? 'new' : 'known'
        record(tx, describe?.(verdict))
        return verdict
      })
    },
    find: (id) =>
      driver.read((tx) => {
        const row = tx.get('SELECT * FROM clients WHERE id = ?', id)
        return row === undefined ? undefined : toClient(row)
      }),
    list: () => driver.read((tx) => tx.all('SELECT * FROM clients ORDER BY created_at, id').map(toClient)),
    block: (id, at, describe) =>
      driver.write((tx) => {
        const done = tx.run('UPDATE clients SET blocked_at = ? WHERE id = ?', at ?? null, id)
        if (done === 1 && at !== undefined) {
          tx.run(
            "UPDATE grants SET revoked_at = ?, revoked_reason = 'client_blocked' WHERE client_id = ? AND revoked_at IS NULL",
            at,
            id,
          )
        }
        const verdict = done === 1 ? 'done' : 'unknown'
        record(tx, describe?.(verdict))
        return verdict
      }),
    remove: (id, describe) =>
      driver.write((tx) => {
        // A blocked client stays remembered: removing it would let it register again.
        const done = tx.run('DELETE FROM clients WHERE id = ? AND blocked_at IS NULL', id)
        if (done === 1) tx.run('DELETE FROM grants WHERE client_id = ?', id)
        const verdict = done === 1 ? 'done' : 'unknown'
        record(tx, describe?.(verdict))
        return verdict
      }),
  }
}

function sweep(tx: Transaction, limits: SweepLimits): number {
  const { now } = limits
  return (
    tx.run('DELETE FROM sessions WHERE expires_at <= ?', now) +
    tx.run('DELETE FROM grants WHERE generation = 0 AND code_expires_at <= ?', now) +
    tx.run('DELETE FROM grants WHERE expires_at <= ?', now) +
    tx.run(
      `DELETE FROM clients WHERE assurance = 'claimed' AND blocked_at IS NULL
       AND ((used_at IS NULL AND created_at <= ?) OR (used_at IS NOT NULL AND used_at <= ?))
       AND NOT EXISTS (SELECT 1 FROM grants WHERE grants.client_id = clients.id)`,
      now - limits.unusedClientSeconds,
      now - limits.usedClientSeconds,
    ) +
    tx.run('DELETE FROM events WHERE id <= (SELECT max(id) FROM events) - ?', limits.mostEvents)
  )
}
