// A database that is slow, full of others, silent, or cut off: refusals are fast and honest, and what was answered stands.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Client } from 'pg'
import { startPostgres, type TestPostgres } from '../packages/doorward/src/testing/postgres.ts'
import { waitFor } from './doorward.ts'
import { type Fleet, startFleet } from './fleet.ts'
import { FIRST_REFUSAL_MILLISECONDS, openLedger, REFUSAL_MILLISECONDS } from './ledger-of-answers.ts'
import { CAN_CUT, layCable } from './netns.ts'
import { startWire, type Wire } from './wire.ts'

const CUT_MILLISECONDS = 30_000
const LONGER_THAN_THE_WINDOW_MILLISECONDS = 40_000

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
  for (const node of fleet.nodes.keys()) {
    const ready = await fetch(`${fleet.origin(node)}/readyz`)
    assert.equal(ready.status, 200, `a slow database takes out every node: ${await ready.text()}`)
  }
  await ledger.redeemAndRevoke()
  wire.set({ delay: 0 })
  await ledger.goesOn()
  await ledger.end()
  assert.equal(ledger.refusals().count, 0)
  await ledger.audit()
  await levelled()
})

/** Everybody is refused, the first late and the others at once, until `heal` is called after `milliseconds`. */
async function outlast(milliseconds: number, cut: () => void, heal: () => void, onFleet = fleet): Promise<void> {
  await using ledger = await openLedger(onFleet)
  await ledger.goesOn()
  const levelled = onFleet.level()
  cut()
  const over = new Promise((resolve) => setTimeout(resolve, milliseconds))
  await ledger.isRefused()
  await ledger.isRefused()
  const { access } = ledger.families[0] ?? assert.fail()
  for (const node of onFleet.nodes.keys()) {
    const call = await onFleet.call(node, access)
    assert.deepEqual(
      [call.status, Number(call.retryAfter) > 0],
      [503, true],
      'the gateway does not say when to come again',
    )
    const page = await onFleet.page(node)
    assert.deepEqual([page.status, Number(page.headers.get('retry-after')) > 0], [503, true], await page.text())
  }
  // Each node has refused somebody by now, as late as the first may be; from here on all are refused at once.
  assert.ok(ledger.refusals().slowest < FIRST_REFUSAL_MILLISECONDS)
  const acts = ledger.redeemAndRevoke()
  await over
  const { count, slowest } = ledger.refusals()
  assert.ok(count > 0 && slowest < REFUSAL_MILLISECONDS, `the slowest of ${count} refusals took ${slowest} ms`)
  heal()
  await ledger.goesOn()
  await acts
  await ledger.end()
  await ledger.audit()
  await levelled()
}

test(
  'answers that were lost on the way are given again after an outage longer than the window of repetition; during it refusals are fast [doorward-honest-outage, doorward-durable]',
  {
    timeout: 240_000,
  },
  () =>
    // What is asked is heard and done, and nobody here hears of it.
    outlast(
      LONGER_THAN_THE_WINDOW_MILLISECONDS,
      () => wire.set({ back: 'swallows' }),
      () => wire.set({ back: 'passes' }),
    ),
)

test('while the network between nodes and database swallows every packet for 30 s, refusals are fast and honest, and afterwards all goes on [doorward-honest-outage, doorward-durable]', {
  timeout: 240_000,
  skip: CAN_CUT ? false : 'only root makes network namespaces',
}, async () => {
  const cable = layCable()
  try {
    const far = await startPostgres(undefined, { host: cable.host, namespace: cable.namespace })
    try {
      const cutOff = await startFleet(await far.fresh())
      try {
        await outlast(CUT_MILLISECONDS, cable.pull, cable.plug, cutOff)
        // Who is asked to stop while the cable is out stops.
        cable.pull()
        assert.equal(await cutOff.nodes[1]?.stop(), 0)
        cable.plug()
      } finally {
        await cutOff.stop()
      }
    } finally {
      await far.stop()
    }
  } finally {
    cable.remove()
  }
})

test('a node goes on with the connections that it has where the database takes no more, and one that has none refuses at once [doorward-honest-outage]', {
  timeout: 240_000,
}, async () => {
  await using ledger = await openLedger(fleet)
  await ledger.goesOn()
  const levelled = fleet.level()
  const others: Client[] = []
  const takeAll = async () => {
    for (;;) {
      const other = new Client({ connectionString: postgres.address('postgres') })
      other.on('error', () => undefined)
      try {
        await other.connect()
        others.push(other)
      } catch {
        return
      }
    }
  }
  try {
    await takeAll()
    await ledger.goesOn()
    assert.equal(ledger.refusals().count, 0, 'a node refused although it had connections')
    // Its connections are ended, and others take their place; where it is faster than they are, once more.
    const one = others[0] ?? assert.fail()
    const ofNodes = "FROM pg_stat_activity WHERE application_name = 'doorward'"
    await waitFor(async () => {
      await Promise.all([
        one.query(`SELECT pg_terminate_backend(pid) ${ofNodes}`),
        ...Array.from({ length: 20 }, takeAll),
      ])
      await takeAll()
      return Number((await one.query(`SELECT count(*) AS n ${ofNodes}`)).rows[0].n) === 0
    })
    await ledger.isRefused()
    await ledger.isRefused()
    assert.ok(ledger.refusals().slowest < FIRST_REFUSAL_MILLISECONDS)
    const acts = ledger.redeemAndRevoke()
    await Promise.all(others.map((other) => other.end().catch(() => undefined)))
    await ledger.goesOn()
    await acts
  } finally {
    await Promise.all(others.map((other) => other.end().catch(() => undefined)))
  }
  await ledger.end()
  await ledger.audit()
  await levelled()
})
