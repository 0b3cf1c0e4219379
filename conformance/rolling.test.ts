// One node after the other is replaced under load, and one is killed in between.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, test } from 'node:test'
import { startPostgres, type TestPostgres } from '../packages/doorward/src/testing/postgres.ts'
import type { Doorward } from './doorward.ts'
import { startFleet } from './fleet.ts'
import { openLedger } from './ledger-of-answers.ts'
import { assertAllAnswered, callersOf, fleet, keepRefreshing, refresh } from './rolling-fleet.ts'

let postgres: TestPostgres
before(async () => {
  postgres = await startPostgres()
})
after(() => postgres.stop())

test('a rolling restart of two nodes under load leaves nothing that was begun without its answer; with kill -9 in the middle no answered token is lost [doorward-drain, doorward-durable]', {
  timeout: 180_000,
}, async () => {
  const nodes = await fleet(2, await postgres.fresh(), { drainSeconds: 0.5 })
  const running = new Map<number, Doorward>()
  for (const port of nodes.ports) running.set(port, await nodes.start(port))
  const callers = await callersOf(nodes, 6)
  const load = keepRefreshing(callers, nodes.ports)
  try {
    await load.answered(5)
    for (const port of nodes.ports) {
      const door = running.get(port) as Doorward
      const ended = once(door.process, 'exit')
      door.process.kill('SIGTERM')
      assert.deepEqual(await ended, [0, null], door.said())
      await load.answered(3)
      running.set(port, await nodes.start(port))
      await load.answered(3)
    }
    await assertAllAnswered(nodes, load)
    const [, port] = nodes.ports as [number, number]
    await running.get(port)?.stop('SIGKILL')
    await load.answered(3)
    running.set(port, await nodes.start(port))
    await load.answered(3)
    await load.stop()
    for (const { token } of callers.families) {
      const { status, body } = await refresh(port, callers.client, token)
      assert.equal(status, 200, `an answered token was lost: ${JSON.stringify(body)}`)
    }
  } finally {
    await load.stop().catch(() => undefined)
    for (const door of running.values()) await door.stop('SIGKILL')
    nodes.remove()
  }
})

test('through a rolling restart under load nobody is refused, no node but the one that is replaced breaks anything off, and every answer holds at each [doorward-drain, doorward-durable]', {
  timeout: 180_000,
}, async () => {
  const nodes = await startFleet(await postgres.fresh())
  try {
    await using ledger = await openLedger(nodes, { callers: 2 })
    await ledger.goesOn()
    const levelled = nodes.level()
    await ledger.redeemAndRevoke('half')
    for (const [node, other] of [
      [0, 1],
      [1, 0],
    ] as const) {
      await ledger.whileGone(node, async () => {
        assert.equal(await nodes.nodes[node]?.stop(), 0)
        await ledger.goesOn([other])
        await ledger.redeemAndRevoke('half')
        await nodes.restart(node)
        await ledger.goesOn()
      })
    }
    await ledger.goesOn()
    await ledger.end()
    assert.ok(ledger.called() > 0)
    assert.equal(ledger.refusals().count, 0, 'a node refused although the database was there')
    await ledger.audit()
    await levelled()
  } finally {
    await nodes.stop()
  }
})

test('a server with workers that is asked to stop under load leaves nothing that was begun without its answer [doorward-drain, doorward-workers]', {
  timeout: 120_000,
}, async () => {
  const nodes = await fleet(1, await postgres.fresh(), { drainSeconds: 0.5, workers: 2 })
  const [port] = nodes.ports as [number]
  const door = await nodes.start(port)
  const callers = await callersOf(nodes, 6)
  const load = keepRefreshing(callers, [port])
  try {
    await load.answered(5)
    const ended = once(door.process, 'exit')
    door.process.kill('SIGTERM')
    assert.deepEqual(await ended, [0, null], door.said())
    await assertAllAnswered(nodes, load)
  } finally {
    await load.stop().catch(() => undefined)
    await door.stop('SIGKILL')
    nodes.remove()
  }
})
