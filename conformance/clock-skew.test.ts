// Nodes whose clocks are a minute apart from each other, by libfaketime (Debian's package of that name): their timers go on as always.
import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { test } from 'node:test'
import { startPostgres } from '../packages/doorward/src/testing/postgres.ts'
import { waitFor } from './doorward.ts'
import { startFleet } from './fleet.ts'
import { openLedger } from './ledger-of-answers.ts'
import { readMetrics } from './prometheus.ts'

const [LIBRARY] = globSync('/usr/lib/*/faketime/libfaketime.so.1')
const SKEW_SECONDS = 60
const NUMBERS = { DOORWARD_METRICS_PORT: '0' }

function skewed(seconds: number): Record<string, string> {
  if (LIBRARY === undefined) throw new Error("libfaketime is missing; install Debian's package 'faketime'.")
  const sign = seconds < 0 ? '' : '+'
  return {
    LD_PRELOAD: LIBRARY,
    FAKETIME: `${sign}${seconds}`,
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    DONT_FAKE_MONOTONIC: '1',
  }
}

test('with clocks 60 s ahead and 60 s behind no answered token is lost, none is taken twice, and revoked stays revoked [doorward-one-clock, doorward-fleet]', {
  timeout: 600_000,
}, async () => {
  const postgres = await startPostgres()
  try {
    const fleet = await startFleet(await postgres.fresh(), [
      NUMBERS,
      { ...NUMBERS, ...skewed(SKEW_SECONDS) },
      { ...NUMBERS, ...skewed(-SKEW_SECONDS) },
    ])
    try {
      const dates = []
      for (let node = 0; node < fleet.size; node++) {
        dates.push(Date.parse((await fetch(`${fleet.origin(node)}/jwks`)).headers.get('date') ?? ''))
      }
      const [even = 0, ahead = 0, behind = 0] = dates
      assert.ok(ahead - even > 50_000 && even - behind > 50_000, 'the clocks are not apart')
      for (const [node, apart] of [0, -SKEW_SECONDS, SKEW_SECONDS].entries()) {
        const numbers = async () => readMetrics(await (await fetch(fleet.nodes[node]?.metrics ?? '')).text())
        const told = (await numbers()).get('doorward_database_clock_ahead_seconds') ?? Number.NaN
        assert.ok(Math.abs(told - apart) < 5, `node ${node} says ${told} s`)
        await waitFor(async () => (await numbers()).get('doorward_changes_heard') === 1)
      }
      await using ledger = await openLedger(fleet)
      await ledger.goesOn()
      const levelled = fleet.level()
      await ledger.redeemAndRevoke()
      for (let round = 0; round < 5; round++) await ledger.goesOn()
      await ledger.end()
      assert.equal(ledger.refusals().count, 0)
      for (let node = 0; node < fleet.size; node++) {
        for (const { access } of ledger.families.filter(({ revoked }) => revoked === 'not asked')) {
          assert.equal((await fleet.call(node, access)).status, 200, `node ${node} refuses a token of another`)
        }
      }
      await ledger.audit()
      await levelled()
    } finally {
      await fleet.stop()
    }
  } finally {
    await postgres.stop()
  }
})
