import type { Transaction, Work } from './driver.ts'
import type { StoredClient } from './store.ts'

/** Whether it was added; one that is known stays as it is. */
export function* insertClient(tx: Transaction, client: StoredClient): Work<boolean> {
  const added = yield* tx.run(
    `INSERT INTO clients (id, assurance, metadata, created_at, used_at, secrets_not_before, blocked_at, owner, vouched_by,
     fetched_at, fresh_until) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    client.id,
    client.assurance,
    JSON.stringify(client.metadata),
    client.createdAt,
    client.usedAt ?? null,
    client.secretsNotBefore,
    client.blockedAt ?? null,
    client.owner ?? null,
    client.vouchedBy ?? null,
    client.fetchedAt ?? null,
    client.freshUntil ?? null,
  )
  return added === 1
}
