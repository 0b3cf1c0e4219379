// The store through a real PgBouncer in transaction mode, where each transaction may be at another process of the server.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { decodeProtectedHeader, type JSONWebKeySet } from 'jose'
import { storeConformance } from '../packages/doorward/src/store/conformance.ts'
import { openStore } from '../packages/doorward/src/store/index.ts'
import { MIGRATIONS } from '../packages/doorward/src/store/migrations/index.ts'
import { postgresDriver } from '../packages/doorward/src/store/postgres.ts'
import { StoreUnavailable } from '../packages/doorward/src/store/unavailable.ts'
import { startPgBouncer, type TestPgBouncer } from '../packages/doorward/src/testing/pgbouncer.ts'
import { startPostgres, type TestPostgres } from '../packages/doorward/src/testing/postgres.ts'
import { waitFor } from './doorward.ts'
import { startFleet } from './fleet.ts'
import { FIRST_REFUSAL_MILLISECONDS, openLedger } from './ledger-of-answers.ts'
import { readMetrics } from './prometheus.ts'

const NOW_MILLISECONDS = 1_800_000_000_000
const now = () => NOW_MILLISECONDS

let postgres: TestPostgres
let pooler: TestPgBouncer
before(async () => {
  postgres = await startPostgres()
  pooler = await startPgBouncer(postgres.port)
})
after(async () => {
  await pooler.stop()
  await postgres.stop()
})

storeConformance('postgres through PgBouncer', async () => openStore(pooler.through(await postgres.fresh()), now))

describe('a pooler between', () => {
  test('who says that names are kept where they are not is answered all the same [doorward-pooler]', async () => {
    const store = openStore(`${pooler.through(await postgres.fresh())}?prepared=yes&pool_max=6`, now)
    try {
      const one = (i: number) => ({ key: `k${i}`, until: NOW_MILLISECONDS })
      for (let round = 0; round < 5; round++) {
        const asks = Array.from({ length: 200 }, (_, i) => one(round * 200 + i))
        const verdicts = await Promise.all(
          asks.flatMap(({ key, until }) => [
            store.claims.claim(key, until),
            store.users.byId(key),
            store.clients.find(key),
            store.invites.list(),
          ]),
        )
        assert.equal(verdicts.filter((verdict) => verdict === 'first').length, 200)
      }
    } finally {
      await store.close()
    }
  })

  test('the limits of a transaction are set with it and left to nobody who comes after [doorward-pooler]', async () => {
    const address = pooler.through(await postgres.fresh())
    const driver = postgresDriver(address, now, MIGRATIONS)
    try {
      const limit = await driver.write(function* (tx) {
        return yield* tx.get('SHOW statement_timeout')
      })
      assert.equal(limit?.statement_timeout, '15s')
      const left = await driver.read(function* (tx) {
        return yield* tx.get('SHOW statement_timeout')
      })
      assert.equal(left?.statement_timeout, '0')
    } finally {
      await driver.close()
    }
  })

  test('kill -9 of the pooler is told as a database that cannot be asked, and is over when it is back', async () => {
    const store = openStore(pooler.through(await postgres.fresh()), now)
    try {
      assert.equal(await store.claims.claim('before', NOW_MILLISECONDS), 'first')
      await pooler.kill()
      await assert.rejects(store.claims.claim('meanwhile', NOW_MILLISECONDS), StoreUnavailable)
      await pooler.start()
      await waitFor(async () => (await store.claims.claim('again', NOW_MILLISECONDS)) !== undefined)
      assert.equal(await store.claims.claim('meanwhile', NOW_MILLISECONDS), 'first')
      assert.equal(await store.claims.claim('before', NOW_MILLISECONDS, 'other'), 'other')
    } finally {
      await store.close()
    }
  })

  test('a process says that it hears no changes through it, and one beside it that it does [doorward-pooler]', async () => {
    const direct = await postgres.fresh()
    const numbers = { DOORWARD_METRICS_PORT: '0' }
    const fleet = await startFleet(direct, [{ ...numbers, DOORWARD_DATABASE: pooler.through(direct) }, numbers])
    try {
      const read = async (node: number) => readMetrics(await (await fetch(fleet.nodes[node]?.metrics ?? '')).text())
      await waitFor(async () => (await read(1)).get('doorward_changes_heard') === 1)
      await waitFor(async () => (await read(0)).get('doorward_database_up') === 1)
      assert.equal((await read(0)).get('doorward_changes_heard'), 0)
    } finally {
      await fleet.stop()
    }
  })

  test('two servers that are both behind it, and hear no changes, are one all the same: no answered token is lost, none is good twice, and what one revokes ends at the other [doorward-pooler, doorward-durable]', {
    timeout: 180_000,
  }, async () => {
    const behind = { DOORWARD_DATABASE: pooler.through(await postgres.fresh()), DOORWARD_METRICS_PORT: '0' }
    const fleet = await startFleet(behind.DOORWARD_DATABASE, [behind, behind])
    try {
      await using ledger = await openLedger(fleet)
      for (const node of fleet.nodes) {
        const told = async () => readMetrics(await (await fetch(node.metrics ?? '')).text())
        await waitFor(async () => (await told()).get('doorward_changes_heard') === 0)
      }
      await ledger.goesOn()
      await ledger.redeemAndRevoke()
      await ledger.goesOn()
      assert.ok(ledger.called() > 0, 'nobody called the server behind')
      await ledger.end()
      assert.equal(ledger.refusals().count, 0)
      await ledger.audit()
    } finally {
      await fleet.stop()
    }
  })

  test('a key that is replaced and a rule that is added count at two servers that hear nothing of it [doorward-pooler, doorward-key-rotation, doorward-runtime-rules]', async () => {
    const fleet = await startFleet(pooler.through(await postgres.fresh()))
    const each = async (holds: (node: number) => Promise<boolean>) => {
      for (const node of fleet.nodes.keys()) await waitFor(() => holds(node))
    }
    try {
      const connect = async (node: number) => (await fleet.redeem(node, await fleet.code())).body
      const { access_token: old } = await connect(0)
      const isIn = async (node: number, token: unknown) => (await fleet.call(node, String(token))).status === 200
      await each((node) => isIn(node, old))
      const { kid } = JSON.parse(await fleet.run(['key', 'rotate', '--now', '--json'])) as { kid: string }
      // Nobody is told: it is looked for.
      for (const node of fleet.nodes.keys()) {
        const { keys } = (await (await fetch(`${fleet.origin(node)}/jwks`)).json()) as JSONWebKeySet
        assert.deepEqual(
          keys.map((key) => key.kid),
          [kid],
        )
      }
      await each(async (node) => !(await isIn(node, old)))
      for (const node of fleet.nodes.keys()) {
        const { access_token: fresh } = await connect(node)
        assert.equal(decodeProtectedHeader(String(fresh)).kid, kid)
        for (const other of fleet.nodes.keys()) assert.equal(await isIn(other, fresh), true)
      }
      const { access_token: token, refresh_token } = await connect(1)
      await fleet.run(['rule', 'add', 'deny', 'client-id', fleet.client])
      await each(async (node) => !(await isIn(node, token)))
      for (const node of fleet.nodes.keys()) {
        const form = { grant_type: 'refresh_token', refresh_token: String(refresh_token) }
        assert.equal((await fleet.ask(node, '/token', form)).body.error, 'invalid_client')
      }
    } finally {
      await fleet.stop()
    }
  })

  test('while it is paused refusals are fast and honest, and nobody waits longer than for a database; when it goes on, or takes other connections to the server, all goes on [doorward-pooler, doorward-honest-outage, doorward-durable]', {
    timeout: 240_000,
  }, async () => {
    const fleet = await startFleet(pooler.through(await postgres.fresh()))
    try {
      await using ledger = await openLedger(fleet)
      await ledger.goesOn()
      // As after a failover behind it, or a change of its settings: connections are changed between two transactions.
      await pooler.command('RECONNECT')
      await ledger.redeemAndRevoke()
      await ledger.goesOn()
      assert.equal(ledger.refusals().count, 0)
      const levelled = fleet.level()
      // It answers once what is under way is done. From then on it takes what it is asked, and keeps it.
      await pooler.command('PAUSE')
      await ledger.isRefused()
      await ledger.isRefused()
      const { access } = ledger.families[0] ?? assert.fail()
      for (const node of fleet.nodes.keys()) {
        const { status, retryAfter } = await fleet.call(node, access)
        assert.deepEqual([status, Number(retryAfter) > 0], [503, true])
        assert.equal((await fetch(`${fleet.origin(node)}/readyz`)).status, 503)
      }
      await pooler.command('RESUME')
      await ledger.goesOn()
      await ledger.end()
      const { slowest } = ledger.refusals()
      assert.ok(slowest < FIRST_REFUSAL_MILLISECONDS, `the slowest refusal took ${slowest} ms`)
      await ledger.audit()
      await levelled()
    } finally {
      await pooler.command('RESUME').catch(() => undefined)
      await fleet.stop()
    }
  })
})
