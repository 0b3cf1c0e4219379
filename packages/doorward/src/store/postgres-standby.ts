import type { Client } from 'pg'
import { StoreUnavailable } from './unavailable.ts'

/** Commits of ours that wait for a standby, and have for longer than one that is only slow lets them. */
const STALLED = `SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND usename = current_user
  AND wait_event = 'SyncRep' AND query_start < clock_timestamp() - interval '2 seconds'`

/** A primary that waits for its standby answers every question and commits nothing. Asking it for a commit would only add one that waits. */
export async function notStalled(client: Client): Promise<void> {
  // What speaks PostgreSQL and is another may have no such view, and no such standby.
  const { rows } = await client.query(STALLED).catch(() => ({ rows: [{ n: 0 }] }))
  if (Number(rows[0]?.n) > 0) throw new StoreUnavailable('The database waits for its standby')
}

const warned = new WeakSet<Client>()

/**
 * Commits, and believes it only without a warning: whoever cancels a commit that waits for its standby makes the server say that
 * it is done, with a warning that it may be lost (PostgreSQL, "Synchronous Replication").
 * @throws StoreUnavailable where it may be lost
 */
export async function commitConfirmed(client: Client): Promise<void> {
  warned.delete(client)
  await client.query('COMMIT')
  if (warned.has(client)) throw new StoreUnavailable('The standby did not confirm the commit')
}

/** Listens for what `commitConfirmed` has to know. */
export function hearWarnings(client: Client): void {
  client.on('notice', ({ code }) => {
    if (code?.startsWith('01')) warned.add(client)
  })
}
