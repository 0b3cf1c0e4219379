import type { Side } from './side.ts'

/** The one table whose rows the engine numbers. */
export const NUMBERED_TABLE = 'events'

/** The highest number that was ever given, also to a row that is gone: whoever follows events counts on it. */
export async function lastNumber(side: Side): Promise<bigint> {
  const [row] =
    side.engine === 'sqlite'
      ? await side.all('SELECT seq FROM sqlite_sequence WHERE name = ?', NUMBERED_TABLE)
      : await side.all(
          'SELECT pg_sequence_last_value(CAST(pg_get_serial_sequence(?, ?) AS regclass))',
          NUMBERED_TABLE,
          'id',
        )
  return BigInt(row?.[0] ?? 0)
}

/** The next row gets a higher number than this. Within a transaction of the caller. */
export async function numberOnFrom(side: Side, last: bigint): Promise<void> {
  if (last === 0n) return
  if (side.engine === 'sqlite') {
    await side.run('DELETE FROM sqlite_sequence WHERE name = ?', NUMBERED_TABLE)
    await side.run('INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)', NUMBERED_TABLE, last)
  } else {
    await side.all('SELECT setval(CAST(pg_get_serial_sequence(?, ?) AS regclass), ?)', NUMBERED_TABLE, 'id', last)
  }
}
