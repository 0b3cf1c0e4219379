import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readStrictJson } from './json.ts'

const REFUSED: readonly (readonly [string, string, string])[] = [
  ['a member twice', '{"a":1,"b":2,"a":1}', 'member_twice'],
  ['a member twice, once with an escape in its name', '{"a":1,"\\u0061":2}', 'member_twice'],
  ['a member twice deep inside', '{"x":[{"a":{"b":1,"b":2}}]}', 'member_twice'],
  ['more levels than asked for', '[[[[[]]]]]', 'too_deep'],
  ['a comma too many', '{"a":1,}', 'malformed'],
  ['a string without an end', '{"a":"b', 'malformed'],
  ['nothing', '', 'malformed'],
]
for (const [what, text, verdict] of REFUSED) {
  test(`JSON with ${what} is not read`, () => assert.deepEqual(readStrictJson(text, 4), { verdict }))
}

test('brackets and names inside strings count for nothing', () => {
  const value = { a: '[[[[[{{"a":1,"a":2', b: ['a', 'a', '\\"', { a: 1 }, { a: 1 }] }
  assert.deepEqual(readStrictJson(JSON.stringify(value, null, 2), 3), { verdict: 'good', value })
})

test('whatever JSON.stringify writes is read as JSON.parse reads it', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      const plain = JSON.stringify(JSON.parse(text))
      assert.deepEqual(readStrictJson(plain, 1000), { verdict: 'good', value: JSON.parse(plain) })
    }),
  )
})
