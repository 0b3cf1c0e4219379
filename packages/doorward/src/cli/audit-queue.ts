import type { AuditEvent } from '@doorward/core/kernel/audit'
import type { Store } from '../store/store.ts'
import { StoreUnavailable } from '../store/unavailable.ts'

const FLUSH_MILLISECONDS = 100
const MOST_WAITING = 2000

/**
 * Events that record no state change wait a moment and are written together. A storm of refusals is bounded: what does
 * not fit is counted, and the count itself becomes an event.
 * @param refused is told why the database takes no events, once until it does again; not where it is away, which is told elsewhere
 */
export function auditQueue(
  store: Pick<Store, 'events'>,
  refused: (error: unknown) => void = () => {},
): {
  audit: (event: AuditEvent) => void
  flush: () => Promise<void>
  waiting: () => number
  /** How many were not written, since the start. */
  dropped: () => number
} {
  let waiting: (AuditEvent & { at: number })[] = []
  let dropped = 0
  let droppedInAll = 0
  let isRefused = false
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> | undefined

  function soon(): void {
    timer ??= setTimeout(() => {
      timer = undefined
      void write()
    }, FLUSH_MILLISECONDS).unref()
  }

  /** One batch at a time: where the database is slow, the next one is larger. */
  function write(): Promise<void> {
    writing ??= writeBatch().finally(() => {
      writing = undefined
      if (waiting.length > 0) soon()
    })
    return writing
  }

  async function flush(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    await writing
    await write()
    clearTimeout(timer)
    timer = undefined
  }

  async function writeBatch(): Promise<void> {
    const batch = waiting
    waiting = []
    const lost = dropped
    const told = { type: 'events.dropped', outcome: 'refused', reason: 'too_many_at_once' } as const
    const events = lost === 0 ? batch : [...batch, { ...told, detail: { count: lost }, at: Date.now() }]
    if (events.length === 0) return
    try {
      await store.events.append(events)
      dropped -= lost
      isRefused = false
    } catch (error) {
      // The store is failing; every verb that matters says so itself, and an unwritten refusal must not end the process.
      drop(batch.length)
      if (isRefused || error instanceof StoreUnavailable) return
      isRefused = true
      // Nothing that fails here can be found among the events.
      refused(error)
    }
  }

  function drop(count: number): void {
    dropped += count
    droppedInAll += count
  }

  return {
    audit: (event) => {
      if (waiting.length >= MOST_WAITING) drop(1)
      // When it happened, and not when it is written: those of a change are written at once.
      else waiting.push({ ...event, at: Date.now() })
      soon()
    },
    flush,
    waiting: () => waiting.length,
    dropped: () => droppedInAll,
  }
}
