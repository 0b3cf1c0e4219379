import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MIGRATIONS } from './migrations/index.ts'
import { sqliteDriver } from './sqlite.ts'
import { ENDINGS, ROWS_TOGETHER, sweep } from './sweep.ts'

const NOW = 1_800_000_000
const LIMITS = { now: NOW, unusedClientSeconds: 1, usedClientSeconds: 1, mostEvents: 1 }

test('no step of a sweep touches more rows than go together, and each goes on where the one before ended', async () => {
  const driver = sqliteDriver(':memory:', MIGRATIONS)
  const claims = ENDINGS.find(({ table }) => table === 'claims') ?? assert.fail()
  const rows = 2 * ROWS_TOGETHER + 5
  await driver.write(function* (tx) {
    for (let i = 0; i < rows; i++)
      yield* tx.run('INSERT INTO claims (key, mark, until) VALUES (?, ?, ?)', `k${i}`, '', NOW)
  })
  const steps: number[] = []
  for (let after: string | undefined = ''; after !== undefined; ) {
    const from: string = after
    const step: { gone: number; upTo: string | undefined } = await driver.write((tx) =>
      sweep(tx, claims, from, LIMITS, function* () {}),
    )
    steps.push(step.gone)
    after = step.upTo
  }
  assert.deepEqual(steps, [ROWS_TOGETHER, ROWS_TOGETHER, 5])
  await driver.close()
})
