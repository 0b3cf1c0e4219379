import type { Transaction, Work } from './driver.ts'
import type { Once } from './store.ts'

/** Whether this is the first time; however many race, one is. */
export function* isFirst(tx: Transaction, { key, until }: Once, mark = ''): Work<boolean> {
  return (
    (yield* tx.run(
      'INSERT INTO claims (key, mark, until) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
      key,
      mark,
      wholeSeconds(until),
    )) === 1
  )
}

// RFC 7519 §2: a NumericDate may be a fraction of a second, and have any size. One engine keeps that, the other refuses it.
function wholeSeconds(until: number): number {
  return Math.min(Math.ceil(until), Number.MAX_SAFE_INTEGER)
}

export function* claim(tx: Transaction, once: Once, mark: string): Work<'first' | 'again' | 'other'> {
  if (yield* isFirst(tx, once, mark)) return 'first'
  return (yield* tx.get('SELECT mark FROM claims WHERE key = ?', once.key))?.mark === mark ? 'again' : 'other'
}
