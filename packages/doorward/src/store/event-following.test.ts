import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { openStore } from './index.ts'

const folder = mkdtempSync(join(tmpdir(), 'doorward-following-'))
after(() => rmSync(folder, { recursive: true }))
let files = 0

/** A store, and a way to let an event of a given number appear as if its transaction had committed just now. */
function world() {
  const path = join(folder, `${++files}.sqlite`)
  const store = openStore(path, () => 0)
  const database = new DatabaseSync(path)
  const insert = database.prepare(
    "INSERT INTO events (id, at, type, outcome, reason) VALUES (?, 0, 'x', 'allowed', 'y')",
  )
  return {
    store,
    commit: (ids: readonly number[]) => ids.forEach((id) => void insert.run(id)),
    close: async () => {
      database.close()
      await store.close()
    },
  }
}

test('whoever follows the events sees each once, in whatever order they commit and however few are read at a time [doorward-events-follow]', async () => {
  const ids = Array.from({ length: 24 }, (_, i) => i + 1)
  const order = fc.shuffledSubarray(ids, { minLength: 1 })
  await fc.assert(
    fc.asyncProperty(
      order,
      fc.integer({ min: 0, max: 24 }),
      fc.integer({ min: 1, max: 9 }),
      async (all, before, step) => {
        const { store, commit, close } = world()
        commit(all.slice(0, before))
        let place = await store.events.place(0)
        const seen: number[] = []
        const read = async () => {
          const page = await store.events.since(place, { limit: 3, now: 30 })
          place = page.place
          seen.push(...page.events.map(({ id }) => id))
          return page.events.length
        }
        const rest = all.slice(before)
        for (let at = 0; at < rest.length; at += step) {
          commit(rest.slice(at, at + step))
          await read()
        }
        while ((await read()) > 0);
        // One below all that were there has no neighbour to be missed by; the numbers of a store begin with 1, and it is never empty for long.
        const least = before === 0 ? 0 : Math.min(...all.slice(0, before))
        assert.deepEqual(
          seen.toSorted((a, b) => a - b),
          rest.filter((id) => id > least).toSorted((a, b) => a - b),
        )
        await close()
      },
    ),
    { numRuns: 40 },
  )
})

test('a number that stays missing is looked for a minute long, and then no more [doorward-events-follow]', async () => {
  const { store, commit, close } = world()
  commit([1])
  let place = await store.events.place(0)
  commit([4])
  place = (await store.events.since(place, { limit: 9, now: 10 })).place
  assert.deepEqual(place, { last: 4, missing: [{ from: 2, to: 3, since: 10 }] })
  commit([2])
  const late = await store.events.since(place, { limit: 9, now: 69 })
  assert.deepEqual([late.events.map(({ id }) => id), late.place.missing], [[2], [{ from: 3, to: 3, since: 10 }]])
  assert.deepEqual((await store.events.since(late.place, { limit: 9, now: 70 })).place, { last: 4, missing: [] })
  await close()
})

test('what a follower keeps in mind is bounded, and what it gives up are the oldest', async () => {
  const { store, commit, close } = world()
  commit([1])
  const place = await store.events.place(0)
  commit(Array.from({ length: 300 }, (_, i) => 3 + 2 * i))
  const { missing } = (await store.events.since(place, { limit: 500, now: 0 })).place
  assert.deepEqual([missing.length, missing.at(-1)?.to], [200, 600])
  await close()
})
