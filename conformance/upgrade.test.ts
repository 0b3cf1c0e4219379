// The release that runs and one to come, side by side on one database.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startPostgres, type TestPostgres } from '../packages/doorward/src/testing/postgres.ts'
import { ROOT, waitFor } from './doorward.ts'
import { assertAllAnswered, callersOf, fleet, keepRefreshing, readyz, refresh } from './rolling-fleet.ts'

let postgres: TestPostgres
before(async () => {
  postgres = await startPostgres()
})
after(() => postgres.stop())

const newer = (how: 'expand' | 'contract') => ({
  NODE_OPTIONS: `--import=file://${ROOT}conformance/newer-release.ts`,
  NEWER_RELEASE: how,
})

const ENGINES: readonly (readonly [string, () => Promise<string | undefined>])[] = [
  ['PostgreSQL', () => postgres.fresh()],
  ['SQLite', async () => undefined],
]
for (const [engine, database] of ENGINES) {
  test(`on ${engine}, a newer release starts beside this one under load: each refreshes what the other gave, also while this one stops, and this one may be started again [doorward-upgrade]`, {
    timeout: 180_000,
  }, async () => {
    const nodes = await fleet(2, await database())
    const [port, other] = nodes.ports as [number, number]
    let old = await nodes.start(port)
    const callers = await callersOf(nodes, 4)
    const load = keepRefreshing(callers, [port])
    const loads = [load]
    const doors = [old]
    try {
      await load.answered(3)
      doors.push(await nodes.start(other, [], newer('expand')))
      await load.answered(3)
      await load.stop()
      assert.deepEqual(load.failures.size, 0, 'nobody noticed')
      assert.equal((await readyz(port)).status, 200)
      for (const family of callers.families) {
        for (const at of [other, port, other]) {
          const { status, body } = await refresh(at, callers.client, family.token)
          assert.equal(status, 200, JSON.stringify(body))
          family.token = body.refresh_token ?? ''
        }
      }
      // Who asks either of them meanwhile loses nothing, and finds at most that nobody is there.
      const both = keepRefreshing(callers, nodes.ports)
      loads.push(both)
      await both.answered(3)
      assert.equal(await old.stop(), 0)
      await both.answered(3)
      await both.stop()
      await assertAllAnswered(nodes, both)
      for (const { token } of callers.families) assert.equal((await refresh(other, callers.client, token)).status, 200)
      // The way back, where the newer one does not do.
      old = await nodes.start(port)
      doors.push(old)
      for (const { token } of callers.families) assert.equal((await refresh(port, callers.client, token)).status, 200)
    } finally {
      for (const one of loads) await one.stop().catch(() => undefined)
      for (const door of doors) await door.stop('SIGKILL')
      nodes.remove()
    }
  })
}

test('where a newer release took something away, this one stops answering for the database, says why, and does not start again [doorward-upgrade, doorward-ready]', {
  timeout: 120_000,
}, async () => {
  const nodes = await fleet(2, await postgres.fresh())
  const [port, other] = nodes.ports as [number, number]
  const doors = [await nodes.start(port)]
  try {
    const { client, families } = await callersOf(nodes, 1)
    const token = families[0]?.token ?? ''
    doors.push(await nodes.start(other, [], newer('contract')))
    await waitFor(async () => (await readyz(port)).because.join() === 'schema_outgrown')
    const refused = await refresh(port, client, token)
    assert.deepEqual([refused.status, refused.body.error], [503, 'temporarily_unavailable'])
    assert.equal((await refresh(other, client, token)).status, 200, 'the newer one serves')
    await doors[0]?.stop()
    await assert.rejects(nodes.start(port), /made by a newer Doorward .* run that version or a newer one/)
  } finally {
    for (const door of doors) await door.stop('SIGKILL')
    nodes.remove()
  }
})
