import { keepNewest } from '@doorward/core/kernel/bounded'
import type { Change } from '../store/store.ts'
import type { AuthorityContext } from './context.ts'

interface Read<Row> {
  readonly at: number
  readonly of: Promise<Row | undefined>
}

interface Remembering<Row> {
  /** What was told: the one that it changed, or all of them; undefined where it is about something else. */
  readonly forgets: (change: Change) => { readonly id?: string | undefined } | undefined
  readonly read: (id: string) => Promise<Row | undefined>
  /** So many, of which the oldest go. */
  readonly most: number
}

/** What somebody changed with SQL of their own is told to nobody. */
const MOST_SECONDS = 30

/**
 * Rows that are read once and known until they change: for whoever asks at every request. A change made here counts from the next request
 * on; one of another process as soon as it is heard of, and where nothing can be heard, each request reads.
 */
export function remembered<Row>(
  { store, news, now }: Pick<AuthorityContext, 'store' | 'news' | 'now'>,
  { forgets, read, most }: Remembering<Row>,
): (id: string) => Promise<Row | undefined> {
  const known = new Map<string, Read<Row>>()
  store.changes.follow((change) => {
    const forgotten = change.of === 'everything' ? {} : forgets(change)
    if (forgotten?.id !== undefined) known.delete(forgotten.id)
    else if (forgotten !== undefined) known.clear()
  })
  return (id) => {
    if (!news.isComplete()) return read(id)
    const before = known.get(id)
    return before !== undefined && Math.abs(now() - before.at) < MOST_SECONDS ? before.of : begin(id)
  }

  /** Kept from its beginning on: a change that comes while it is under way takes it out again. */
  function begin(id: string): Promise<Row | undefined> {
    const begun = { at: now(), of: read(id) }
    keepNewest(known, id, begun, most)
    const forget = () => {
      if (known.get(id) === begun) known.delete(id)
    }
    // One that is not there may come to be, and nobody tells of it.
    begun.of.then((row) => row ?? forget(), forget)
    return begun.of
  }
}
