import type { DeviceAnswer, DeviceVerbs, StoredDevice } from './device.ts'
import type { Driver, Transaction, Work } from './driver.ts'
import { openGrant } from './grants.ts'
import { type Record, told } from './recorded.ts'
import type { NewGrant } from './store.ts'

export function deviceVerbs(driver: Driver, record: Record): DeviceVerbs {
  return {
    add: (device, describe) => driver.write((tx) => told(tx, record, add(tx, device), describe), device.key),
    find: (key, now) => driver.read((tx) => find(tx, key, now)),
    answer: (key, at, describe) => driver.write((tx) => told(tx, record, answer(tx, key, at), describe)),
  }
}

function* add(tx: Transaction, { key, sealed, expiresAt }: StoredDevice): Work<'added' | 'taken'> {
  const added = yield* tx.run(
    'INSERT INTO devices (key, sealed, expires_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
    key,
    sealed,
    expiresAt,
  )
  return added === 1 ? 'added' : 'taken'
}

function* find(tx: Transaction, key: string, now: number): Work<StoredDevice | undefined> {
  const row = yield* tx.get('SELECT * FROM devices WHERE key = ? AND expires_at > ?', key, now)
  if (row === undefined) return undefined
  return {
    key,
    sealed: row.sealed as string,
    expiresAt: Number(row.expires_at),
    ...(row.answer === null ? {} : { answer: row.answer as 'approved' | 'denied' }),
  }
}

function* answer(
  tx: Transaction,
  key: string,
  { now, by, grant }: { now: number; by: string; grant: NewGrant | undefined },
): Work<DeviceAnswer> {
  const row = yield* tx.lock('SELECT expires_at, answer, answered_by FROM devices WHERE key = ?', key)
  if (row === undefined || Number(row.expires_at) <= now) return 'expired'
  const given = grant === undefined ? 'denied' : 'approved'
  if (row.answer !== null) return row.answer === given && row.answered_by === by ? 'repeated' : 'taken'
  yield* tx.run('UPDATE devices SET answer = ?, answered_by = ? WHERE key = ?', given, by, key)
  if (grant !== undefined) yield* openGrant(tx, grant)
  return 'answered'
}
