import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isPlainJson, readContentType } from './content-type.ts'

const PLAIN: readonly (readonly [string | null | undefined, boolean])[] = [
  ['application/json', true],
  ['Application/JSON', true],
  ['application/json; charset=utf-8', true],
  ['application/json;charset="UTF-8"', true],
  ['application/json ; charset=utf8 ;', true],
  ['application/json; charset=utf-7', false],
  ['application/json; charset=us-ascii', false],
  ['application/json; charset=utf-8; charset=utf-7', false],
  ['application/json; x=";charset=utf-8"; charset=utf-7', false],
  ['application/json; x=y', false],
  ['application/json; charset="utf\\-8"', false],
  ['application/json, text/plain', false],
  ['application/json-seq', false],
  ['text/plain', false],
  ['', false],
  [null, false],
  [undefined, false],
]
for (const [header, plain] of PLAIN) {
  test(`${header} is ${plain ? '' : 'not '}JSON in UTF-8 for every reader [doorward-one-reading]`, () =>
    assert.equal(isPlainJson(header), plain))
}

test('a header is read or refused, quickly and without throwing, whatever stands in it', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 600, unit: 'binary' }), (text) => {
      const read = readContentType(`a/b;${text}`)
      assert.ok(read === undefined || read.type === 'a/b')
    }),
  )
})
