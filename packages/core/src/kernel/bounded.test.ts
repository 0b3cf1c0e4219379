import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keepNewest } from './bounded.ts'

test('a memory keeps the newest, and what is kept again is new again', () => {
  const memory = new Map<string, number>()
  for (const [key, value] of Object.entries({ a: 1, b: 2, c: 3 })) keepNewest(memory, key, value, 3)
  keepNewest(memory, 'a', 4, 3)
  keepNewest(memory, 'd', 5, 3)
  assert.deepEqual(
    [...memory],
    [
      ['c', 3],
      ['a', 4],
      ['d', 5],
    ],
  )
})
