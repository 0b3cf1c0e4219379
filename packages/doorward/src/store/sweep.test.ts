import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { openStore } from './index.ts'
import { MIGRATIONS } from './migrations/index.ts'
import { sqliteDriver } from './sqlite.ts'
import { ENDINGS, lookBack, ROWS_TOGETHER, sweep, type WayBack } from './sweep.ts'

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

test('what is too many of a rare kind is found step by step, however many others lie between', async () => {
  const driver = sqliteDriver(':memory:', MIGRATIONS)
  const kinds = Array.from({ length: 50_000 }, (_, i) => (i % 9_000 === 0 ? 'rare' : 'common'))
  await driver.write(function* (tx) {
    for (const kind of kinds)
      yield* tx.run("INSERT INTO events (at, type, outcome, reason) VALUES (0, ?, 'allowed', 'x')", kind)
  })
  const newest = (kind: string) => kinds.flatMap((each, i) => (each === kind ? [i + 1] : [])).reverse()
  for (const [kind, most] of [
    ['rare', 0],
    ['rare', 3],
    ['rare', 5],
    ['rare', 6],
    ['common', 7],
    ['common', 30_000],
  ] as const) {
    let at: WayBack | undefined = { before: Number.MAX_SAFE_INTEGER, left: most }
    let found: number | undefined
    while (at !== undefined) {
      const from: WayBack = at
      const step: { tooMany?: number; next?: WayBack } = await driver.read((tx) =>
        lookBack(tx, `type = '${kind}'`, from),
      )
      found = step.tooMany
      at = step.next
    }
    assert.equal(found, newest(kind)[most], `${kind}, ${most}`)
  }
  await driver.close()
})

test('the room of what was forgotten is given back in steps, and a file that keeps its pages is left alone', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'doorward-tidy-'))
  try {
    for (const isOlder of [false, true]) {
      const path = join(folder, `${isOlder}.sqlite`)
      // Made by something that knows nothing of giving pages back.
      if (isOlder) new DatabaseSync(path).exec('CREATE TABLE x (y)')
      const store = openStore(path, () => NOW * 1000)
      const event = { type: 'request.refused', outcome: 'refused', reason: 'x'.repeat(300) } as const
      for (let i = 0; i < 20; i++) await store.events.append(Array.from({ length: 1000 }, () => event))
      await store.sweep({ ...LIMITS, mostEvents: 1 })
      const file = new DatabaseSync(path)
      const free = Number(Object.values(file.prepare('PRAGMA freelist_count').get() ?? {})[0])
      assert.equal(free > 0, isOlder)
      file.close()
      await store.close()
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
})
