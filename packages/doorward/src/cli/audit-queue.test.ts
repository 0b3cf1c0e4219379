import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AuditEvent } from '@doorward/core/kernel/audit'
import { StoreUnavailable } from '../store/unavailable.ts'
import { auditQueue } from './audit-queue.ts'

const EVENT: AuditEvent = { type: 'access.allowed', outcome: 'allowed', reason: 'token_good' }

/** A store whose answers are given by hand. */
function slowStore() {
  const batches: { count: number; lost: unknown; answer: PromiseWithResolvers<void> }[] = []
  let asked = Promise.withResolvers<void>()
  return {
    batches,
    asked: () => asked.promise,
    store: {
      events: {
        append: (events: readonly AuditEvent[]) => {
          const answer = Promise.withResolvers<void>()
          const lost = events.find(({ type }) => type === 'events.dropped')?.detail?.count
          batches.push({ count: events.length, lost, answer })
          asked.resolve()
          asked = Promise.withResolvers<void>()
          return answer.promise
        },
      } as never,
    },
  }
}

test('while a batch of events is being written the next ones gather, and go together', async () => {
  const { store, batches, asked } = slowStore()
  const queue = auditQueue(store)
  queue.audit(EVENT)
  await asked()
  for (let i = 0; i < 50; i++) queue.audit(EVENT)
  await new Promise((resolve) => setTimeout(resolve, 250))
  assert.deepEqual(
    batches.map(({ count }) => count),
    [1],
  )
  const next = asked()
  batches[0]?.answer.resolve()
  await next
  assert.deepEqual(
    batches.map(({ count }) => count),
    [1, 50],
  )
  batches[1]?.answer.resolve()
  await queue.flush()
  assert.equal(queue.waiting(), 0)
})

test('a flush waits for what is being written, and for what came since', async () => {
  const { store, batches, asked } = slowStore()
  const queue = auditQueue(store)
  queue.audit(EVENT)
  await asked()
  queue.audit(EVENT)
  const flushed = queue.flush()
  const next = asked()
  batches[0]?.answer.resolve()
  await next
  assert.deepEqual([batches.length, queue.waiting()], [2, 0])
  batches[1]?.answer.resolve()
  await flushed
})

test('what could not be written is counted once, and told with the next event and not before', async () => {
  const { store, batches, asked } = slowStore()
  const queue = auditQueue(store)
  queue.audit(EVENT)
  await asked()
  batches[0]?.answer.reject(new Error('away'))
  await new Promise((resolve) => setTimeout(resolve, 250))
  assert.deepEqual([batches.length, queue.dropped()], [1, 1])
  const next = asked()
  queue.audit(EVENT)
  await next
  assert.deepEqual([batches[1]?.count, batches[1]?.lost], [2, 1])
  // It is not written either: the one of before and the one of now are lost, and the telling is no event that was.
  batches[1]?.answer.reject(new Error('still away'))
  const last = asked()
  const flushed = queue.flush()
  await last
  assert.deepEqual([batches[2]?.count, batches[2]?.lost, queue.dropped()], [1, 2, 2])
  batches[2]?.answer.resolve()
  await flushed
  await queue.flush()
  assert.equal(batches.length, 3)
})

test('why the database takes no events is told once until it takes them again, and not where it is away', async () => {
  const told: unknown[] = []
  const ends: (Error | undefined)[] = []
  const append = async () => {
    const end = ends.shift()
    if (end !== undefined) throw end
  }
  const queue = auditQueue({ events: { append } as never }, (error) => told.push((error as Error).message))
  const write = (end: Error | undefined) => {
    ends.push(end)
    queue.audit(EVENT)
    return queue.flush()
  }
  await write(new StoreUnavailable('away'))
  assert.deepEqual(told, [])
  await write(new Error('permission denied for table events'))
  await write(new Error('permission denied for table events'))
  assert.deepEqual(told, ['permission denied for table events'])
  await write(undefined)
  await write(new Error('no partition of relation "events" found'))
  assert.equal(told.length, 2)
})
