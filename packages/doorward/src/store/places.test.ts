import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { filled } from './places.ts'

test('a list has the same values filled up as before, and few lengths', () => {
  const lengths = new Set<number>()
  fc.assert(
    fc.property(fc.array(fc.integer(), { maxLength: 1000 }), (values) => {
      const list = filled(values)
      lengths.add(list.length)
      assert.deepEqual(new Set(list), new Set(values))
      assert.deepEqual(list.slice(0, values.length), values)
    }),
  )
  assert.ok(lengths.size <= 12, `${lengths.size} lengths`)
})
