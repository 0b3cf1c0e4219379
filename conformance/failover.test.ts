// A primary that dies, the replica that takes its place, and the primary that comes back without knowing.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startPostgres, type TestPostgres } from '../packages/doorward/src/testing/postgres.ts'
import { waitFor } from './doorward.ts'
import { type Answer, type Fleet, startFleet } from './fleet.ts'
import {
  FIRST_REFUSAL_MILLISECONDS,
  introspect,
  type LedgerOfAnswers,
  openLedger,
  REFUSAL_MILLISECONDS,
  refresh,
} from './ledger-of-answers.ts'

/** Four that read, two that write, and one on its way. */
const SESSIONS_OF_A_NODE = 7

interface Pair {
  readonly primary: TestPostgres
  readonly standby: TestPostgres
  readonly database: string
  readonly fleet: Fleet
}

/** Two servers of which the second follows the first, and nodes that know both addresses. */
async function withPair(isSynchronous: boolean, work: (pair: Pair) => Promise<void>): Promise<void> {
  const stops: (() => Promise<void>)[] = []
  try {
    const primary = await startPostgres()
    stops.unshift(primary.stop)
    const database = new URL(await primary.fresh()).pathname.slice(1)
    await primary.kill()
    const standby = await startPostgres(undefined, { copyOf: primary.data, follows: primary.port })
    stops.unshift(standby.stop)
    await primary.start()
    if (isSynchronous) {
      await primary.ask("ALTER SYSTEM SET synchronous_standby_names = 'standby'")
      await primary.ask('SELECT pg_reload_conf()')
    }
    const state = isSynchronous ? 'sync' : 'async'
    await waitFor(
      async () => (await primary.ask('SELECT sync_state FROM pg_stat_replication'))[0]?.sync_state === state,
    )
    const hosts = [primary, standby].map(({ port }) => `127.0.0.1:${port}`).join(',')
    // Whichever is named first: a standby is passed over, and so is a primary that was replaced.
    const named = isSynchronous ? hosts : hosts.split(',').reverse().join(',')
    const fleet = await startFleet(`postgres://doorward@${named}/${database}?target_session_attrs=read-write`)
    stops.unshift(fleet.stop)
    await work({ primary, standby, database, fleet })
  } finally {
    for (const stop of stops) await stop()
  }
}

/** What a node says once it does not ask to come back: each finds the new primary in its own time. */
async function answered(ask: () => Promise<Answer>): Promise<Answer> {
  let answer = await ask()
  await waitFor(async () => {
    if (answer.status === 503) answer = await ask()
    assert.ok(answer.milliseconds < FIRST_REFUSAL_MILLISECONDS, `an answer took ${answer.milliseconds} ms`)
    return answer.status !== 503
  })
  return answer
}

/** Of those since this was asked last. */
function assertFastRefusals(ledger: LedgerOfAnswers): void {
  const { count, slowest } = ledger.refusals()
  assert.ok(count > 0 && slowest < REFUSAL_MILLISECONDS, `the slowest of ${count} refusals took ${slowest} ms`)
}

const sessions = async (server: TestPostgres): Promise<number> =>
  (await server.ask("SELECT 1 FROM pg_stat_activity WHERE application_name = 'doorward'")).length

test(
  'a failover to a synchronous replica under load loses nothing, and a primary that comes back is left alone [doorward-failover, doorward-durable, doorward-honest-outage]',
  {
    timeout: 600_000,
  },
  () =>
    withPair(true, async ({ primary, standby, database, fleet }) => {
      await using ledger = await openLedger(fleet)
      await ledger.goesOn()
      const levelled = fleet.level()
      await ledger.redeemAndRevoke()
      await primary.kill()
      await ledger.isRefused()
      await ledger.isRefused()
      assertFastRefusals(ledger)
      await standby.ask('SELECT pg_promote()')
      await ledger.goesOn()
      // It knows nothing of it, and takes whatever is written to it.
      await primary.start()
      await primary.ask('ALTER SYSTEM RESET synchronous_standby_names')
      await primary.ask('SELECT pg_reload_conf()')
      const holds = () => primary.ask('SELECT count(*) AS grants, sum(generation) AS turns FROM grants', database)
      const held = await holds()
      await ledger.whileGone(1, async () => {
        await fleet.nodes[1]?.stop()
        await fleet.restart(1)
        await ledger.goesOn()
      })
      ledger.refusals()
      // Also where it is the only one that answers: who has met the newer one waits for that.
      await standby.kill()
      await ledger.isRefused()
      await ledger.isRefused()
      assertFastRefusals(ledger)
      await standby.start()
      await ledger.goesOn()
      await ledger.end()
      assert.deepEqual(await holds(), held, 'somebody wrote to the primary that was replaced')
      await ledger.audit()
      await levelled()
    }),
)

test(
  'while the synchronous replica is gone nothing is promised and everything can be read, and a commit that somebody cancels is not answered [doorward-durable, doorward-honest-outage]',
  {
    timeout: 600_000,
  },
  () =>
    withPair(true, async ({ primary, standby, database, fleet }) => {
      await using ledger = await openLedger(fleet)
      await ledger.goesOn()
      const levelled = fleet.level()
      await ledger.end()
      const family = ledger.families.at(-1)
      const [newest = ''] = family?.refresh ?? []
      await standby.kill()
      const cancelled = refresh(fleet, 0, newest)
      const waiting = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
      await waitFor(async () => (await primary.ask(waiting, database)).length > 0)
      // The server says COMMIT, and in a warning that it may be lost.
      assert.equal((await cancelled).status, 503)
      await waitFor(async () => (await refresh(fleet, 0, newest)).milliseconds < 1000)
      const began = await refresh(fleet, 0, newest)
      assert.deepEqual([began.status, Number(began.retryAfter) > 0], [503, true])
      assert.equal((await introspect(fleet, 0, family?.refresh[0] ?? '')).active !== undefined, true)
      assert.equal((await fleet.call(0, family?.access ?? '')).status, 200, 'what is only read is not answered')
      // No node piles up sessions that wait.
      assert.ok((await sessions(primary)) <= 2 * SESSIONS_OF_A_NODE)
      await standby.start()
      await waitFor(async () => (await refresh(fleet, 0, newest)).status === 200)
      await ledger.audit()
      await levelled()
    }),
)

test(
  'a failover to an asynchronous replica loses what that had not received, and no more: newer tokens end their grants, what was taken back or used up since is as before [doorward-ahead, doorward-failover]',
  {
    timeout: 600_000,
  },
  () =>
    withPair(false, async ({ primary, standby, fleet }) => {
      await using ledger = await openLedger(fleet)
      await ledger.goesOn()
      const levelled = fleet.level()
      await ledger.end()
      const received = await primary.ask('SELECT pg_current_wal_flush_lsn() AS at')
      await waitFor(
        async () =>
          (await standby.ask(`SELECT pg_last_wal_replay_lsn() >= '${received[0]?.at}' AS is`))[0]?.is === true,
      )
      // From here on it receives nothing.
      await standby.kill()
      const [revoked, rotated, untouched] = ledger.families.slice(-3)
      const [code] = ledger.codes
      assert.ok(revoked && rotated && untouched && code)
      const [wasCurrent = ''] = rotated.refresh
      const ahead = String((await refresh(fleet, 0, wasCurrent)).body.refresh_token)
      const further = String((await refresh(fleet, 0, ahead)).body.refresh_token)
      assert.equal((await fleet.ask(0, '/revoke', { token: revoked.refresh[0] ?? '' })).status, 200)
      const opened = String((await fleet.redeem(0, code.code)).body.refresh_token)
      await primary.kill()
      await standby.start()
      await standby.ask('SELECT pg_promote()')
      const again = (node: number, token = '') => answered(() => refresh(fleet, node, token))
      assert.equal((await again(0, untouched.refresh[0])).status, 200)

      // What it had received holds.
      for (const family of ledger.families.slice(0, -3)) {
        assert.equal((await again(1, family.refresh[0])).status, 200, 'a token that was received was lost')
      }
      // What came after is newer than the database: nobody goes on with it, nor with the spent one that is current again.
      for (const token of [further, wasCurrent]) {
        const { status, body } = await again(1, token)
        assert.deepEqual([status, body.error], [400, 'invalid_grant'])
      }
      assert.match(String((await again(0, opened)).body.error_description), /refresh_token_ahead|grant_/)
      assert.equal(
        (await answered(() => fleet.redeem(0, code.code))).status,
        400,
        'a code whose token was shown was taken again',
      )
      // The loss that cannot be seen from here, and that docs/survival.md names.
      assert.equal((await again(0, revoked.refresh[0])).status, 200)
      await levelled()
    }),
)
