import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Change, Notices } from '../store/store.ts'
import { MOST_SILENT_MILLISECONDS, newsOf } from './news.ts'

const NEVER = new AbortController().signal

function world(prove: () => Promise<void>) {
  let now = 0
  let hear: (change: Change) => void = () => undefined
  const notices: Notices = { by: 'listening', prove }
  const follow = (given: typeof hear) => {
    hear = given
    return () => undefined
  }
  const news = newsOf({ follow, notices }, () => now)
  return { news, hear: (change: Change) => hear(change), wait: (milliseconds: number) => (now += milliseconds) }
}

test('nothing counts as heard before there is a proof, nor when the last one began too long ago [doorward-nodes]', async () => {
  const { news, wait } = world(async () => undefined)
  assert.equal(news.isComplete(), false)
  await news.catchUp(NEVER)
  assert.equal(news.isComplete(), true)
  wait(MOST_SILENT_MILLISECONDS)
  assert.equal(news.isComplete(), true)
  wait(1)
  assert.equal(news.isComplete(), false)
})

test('a proof counts from when it was begun: what came after its beginning is not proven [doorward-nodes]', async () => {
  const end = Promise.withResolvers<void>()
  const { news, wait } = world(() => end.promise)
  const proof = news.catchUp(NEVER)
  wait(MOST_SILENT_MILLISECONDS + 1)
  end.resolve()
  await proof
  assert.equal(news.isComplete(), false)
})

test('a network that falls silent, or a connection that is lost, ends what is remembered [doorward-nodes]', async () => {
  let isSilent = false
  const { news, hear, wait } = world(() => (isSilent ? Promise.reject(new Error('silent')) : Promise.resolve()))
  await news.catchUp(NEVER)
  hear({ of: 'everything' })
  assert.equal(news.isComplete(), false)
  await news.catchUp(NEVER)
  isSilent = true
  await assert.rejects(news.catchUp(NEVER))
  wait(MOST_SILENT_MILLISECONDS + 1)
  assert.equal(news.isComplete(), false)
})

const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

test('a file that cannot be looked at is one that is not known, and nobody fails by having looked [doorward-nodes]', async () => {
  let isThere = true
  const look = () => {
    if (!isThere) throw new Error('disk I/O error')
  }
  const news = newsOf({ follow: () => () => undefined, notices: { by: 'looking', look } }, () => 0)
  assert.equal(news.isComplete(), true)
  isThere = false
  await nextTurn()
  assert.equal(news.isComplete(), false)
  assert.equal(news.isComplete(), false)
})

test('a file is looked at once for all requests that came together, and anew for the next [doorward-nodes]', async () => {
  let looks = 0
  const look = () => void looks++
  const news = newsOf({ follow: () => () => undefined, notices: { by: 'looking', look } }, () => 0)
  for (let turn = 1; turn <= 3; turn++) {
    assert.deepEqual([news.isComplete(), news.isComplete(), looks], [true, true, turn])
    await nextTurn()
  }
})

test('changes are counted by what they are of, and one of everything counts for each', () => {
  const { news, hear } = world(async () => undefined)
  const counts = () => (['grants', 'keys', 'rules'] as const).map((of) => news.count(of))
  hear({ of: 'grants', id: 'a' })
  hear({ of: 'rules' })
  assert.deepEqual(counts(), [1, 0, 1])
  hear({ of: 'everything' })
  assert.deepEqual(counts(), [2, 1, 2])
})

test('a look at a file serves for a millisecond and not for what comes in the next turn [doorward-nodes]', () => {
  let looks = 0
  let now = 0
  const look = () => {
    looks++
  }
  const news = newsOf({ follow: () => () => undefined, notices: { by: 'looking', look } }, () => now)
  for (let i = 0; i < 5; i++) assert.equal(news.isComplete(), true)
  assert.equal(looks, 1)
  // The same turn, as long as it may be: the loop takes up what came meanwhile before it says that a turn has ended.
  now = 1
  for (let i = 0; i < 5; i++) assert.equal(news.isComplete(), true)
  assert.equal(looks, 2)
})

test('a look that fails is not remembered, within its millisecond neither [doorward-nodes]', () => {
  let now = 0
  let isThere = true
  const look = () => {
    if (!isThere) throw new Error('disk I/O error')
  }
  const news = newsOf({ follow: () => () => undefined, notices: { by: 'looking', look } }, () => now)
  assert.equal(news.isComplete(), true)
  isThere = false
  now = 1
  assert.deepEqual([news.isComplete(), news.isComplete()], [false, false])
})
