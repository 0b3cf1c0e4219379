import assert from 'node:assert/strict'
import test from 'node:test'
import { type Cluster, simulate } from './cluster.ts'

const CALM: Cluster = {
  seconds: 10,
  perSecond: 1000,
  nodes: 2,
  nodeMilliseconds: 1,
  databases: 1,
  databaseCores: 1,
  databaseMilliseconds: 0.1,
  commitMilliseconds: 1,
  roundTripMilliseconds: 0,
  readTrips: 2,
  writeTrips: 4,
}

test('what comes is answered, and everybody is as busy as the work makes them', () => {
  const { answered, refused, nodeBusy, databaseBusy } = simulate(CALM)
  assert.equal(refused, 0)
  assert.ok(Math.abs(answered - 10_000) < 300, `${answered} of some 10,000`)
  assert.ok(Math.abs(nodeBusy - 0.5) < 0.02)
  assert.ok(Math.abs(databaseBusy - 0.1) < 0.005)
})

test('one core waits as a queue with work of one length does (Pollaczek and Khinchine)', () => {
  // Without a disk and a distance there is the queue alone: 1 ms of work, 0.7 of the time busy, 1.17 ms of waiting in the mean.
  const { mean } = simulate({
    ...CALM,
    seconds: 60,
    nodes: 1,
    perSecond: 700,
    databaseMilliseconds: 0,
    commitMilliseconds: 0,
  })
  assert.ok(Math.abs(mean - 2.17) < 0.15, `${mean} ms`)
})

test('each round trip is paid once, by everybody', () => {
  const far = simulate({ ...CALM, roundTripMilliseconds: 50 })
  assert.ok(far.p50 >= 300, `${far.p50} ms`)
  assert.equal(far.refused, 0)
})

test('those of a node that is lost wait until that is noticed, and none of them is lost', () => {
  const four = { ...CALM, nodes: 4 }
  const lost = simulate({ ...four, nodeLost: { at: 4, detectedAfter: 2 } })
  assert.equal(lost.answered, simulate(four).answered)
  assert.ok((lost.p99BySecond[2] ?? 0) < 100)
  assert.ok((lost.p99BySecond[5] ?? 0) >= 1000)
})

test('a slow database takes down its own grants and leaves the others as they were', () => {
  const slowDatabase = { from: 2, to: 8, factor: 300 }
  const together = simulate({ ...CALM, slowDatabase })
  const apart = simulate({ ...CALM, databases: 8, slowDatabase })
  assert.ok(together.p50 > 50, `${together.p50} ms`)
  assert.ok(apart.p50 < 10, `${apart.p50} ms`)
})

test('what cannot be served is refused or late, and never answered all the same', () => {
  const { answered, databaseBusy } = simulate({ ...CALM, databaseMilliseconds: 4 })
  // Twice as long as the requests came, at 250 a second.
  assert.ok(answered <= 5200, `${answered}`)
  assert.ok(databaseBusy > 1)
})

test('the same figures come out each time', () => {
  assert.deepEqual(simulate(CALM), simulate(CALM))
})
