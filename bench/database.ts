import { createHash } from 'node:crypto'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openStore } from '../packages/doorward/src/store/index.ts'

const SWEEP = { now: 100_000, unusedClientSeconds: 86_400, usedClientSeconds: 86_400, mostEvents: 10 }
const kib = (bytes: number): string => `${Math.round(bytes / 1024)} KiB`

/** What a database takes on the disk, its log written in. */
export function databaseBytes(path: string): number {
  const database = new DatabaseSync(path)
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  database.close()
  return statSync(path).size
}

/** How many clients have a name. */
export function rowsOf(path: string, name: string): number {
  const database = new DatabaseSync(path, { readOnly: true })
  const row = database
    .prepare('SELECT count(*) AS n FROM clients WHERE metadata LIKE \'%"client_name":"\' || ? || \'"%\'')
    .get(name) as { n: number }
  database.close()
  return row.n
}

/** Distinct registrations that nobody uses, and what is left of them when their day is over. */
export async function storm(folder: string, count: number): Promise<string> {
  const path = join(folder, 'storm.sqlite')
  const store = openStore(path, () => 0)
  await store.sweep(SWEEP)
  const empty = databaseBytes(path)
  for (let i = 0; i < count; i += 1000) {
    await Promise.all(
      Array.from({ length: 1000 }, (_, k) =>
        store.clients.put({
          id: `dwc_${createHash('sha256')
            .update(String(i + k))
            .digest('base64url')
            .slice(0, 22)}`,
          assurance: 'claimed',
          metadata: { client_name: `Storm ${i + k}`, redirect_uris: ['http://127.0.0.1:1/callback'] },
          createdAt: 0,
          secretsNotBefore: 0,
        }),
      ),
    )
  }
  const full = databaseBytes(path)
  await store.sweep(SWEEP)
  const after = databaseBytes(path)
  await store.close()
  return `${count} distinct unused registrations: ${kib(empty)} before, ${kib(full)} at their height, ${kib(after)} after their day`
}
