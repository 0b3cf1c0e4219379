import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseExact, roundedValue } from './exact-json.ts'

test('what is parsed exactly and written again says the same, number by number', () => {
  for (const text of [
    '9007199254740993',
    '1.0',
    '-0',
    '1e400',
    '[1,{"a":0.10,"__proto__":12345678901234567890}]',
    '"1.0"',
  ])
    assert.equal(JSON.stringify(parseExact(text)), text)
  assert.deepEqual([roundedValue(parseExact('1.0')), roundedValue(parseExact('"x"'))], [1, 'x'])
})

test('of JSON that the engine writes itself it makes what JSON.parse makes', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      const written = JSON.stringify(JSON.parse(text))
      assert.equal(JSON.stringify(parseExact(written)), written)
    }),
  )
})
