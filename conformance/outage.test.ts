// A database that is slow, full of others, silent, or cut off: refusals are fast and honest, and what was answered stands.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startPostgres, type TestPostgres } from '../packages/doorward/src/testing/postgres.ts'
import { type Fleet, startFleet } from './fleet.ts'
import { openLedger } from './ledger-of-answers.ts'
import { startWire, type Wire } from './wire.ts'

const LONGER_THAN_THE_WINDOW_MILLISECONDS = 40_000
const FAST_REFUSALS = 1

let postgres: TestPostgres
let wire: Wire
let fleet: Fleet

before(async () => {
  postgres = await startPostgres()
  wire = await startWire(await postgres.fresh())
  fleet = await startFleet(wire.address)
})
after(async () => {
  await fleet?.stop()
  await wire?.stop()
  await postgres?.stop()
})

test('a database slower by 500 ms is slow and nothing else: no refusal, no lost token, and memory is back to its level [doorward-honest-outage]', {
  timeout: 180_000,
}, async () => {
  await using ledger = await openLedger(fleet)
  await ledger.goesOn()
  const levelled = fleet.level()
  wire.set({ delay: 500 })
  await ledger.goesOn()
  await ledger.redeemAndRevoke()
  wire.set({ delay: 0 })
  await ledger.goesOn()
  await ledger.end()
  assert.equal(ledger.refusals().count, 0)
  await ledger.audit()
  await levelled()
})

test('answers that were lost on the way are given again after an outage longer than the window of repetition, and during it refusals are fast [doorward-honest-outage, doorward-durable]', {
  timeout: 240_000,
}, async () => {
  await using ledger = await openLedger(fleet)
  await ledger.goesOn()
  const levelled = fleet.level()
  // What is asked is heard and done, and nobody here hears of it.
  wire.set({ back: 'swallows' })
  const over = new Promise((resolve) => setTimeout(resolve, LONGER_THAN_THE_WINDOW_MILLISECONDS))
  await ledger.isRefused()
  const acts = ledger.redeemAndRevoke()
  await ledger.isRefused()
  const began = ledger.refusals()
  assert.ok(began.count >= FAST_REFUSALS, JSON.stringify(began))
  await over
  wire.set({ back: 'passes' })
  await ledger.goesOn()
  await acts
  console.log(began, ledger.refusals())
  await ledger.end()
  await ledger.audit()
  await levelled()
})
