import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { test } from 'node:test'
import { REASONS, SITUATIONS } from '../packages/core/src/oauth/reasons/index.ts'
import { ERRORS_PAGE, errorsDocument, repeatedReasons, unusedReasons } from './errors.ts'

const ROOT = dirname(import.meta.dirname)

test('docs/errors.md says what the code says', () => {
  assert.equal(readFileSync(ERRORS_PAGE, 'utf8'), errorsDocument(), 'run: npm run errors')
})

test('every reason is given somewhere', () => {
  assert.deepEqual(unusedReasons(ROOT), [])
})

test('every reason stands in one situation, with a cause and a mend in whole sentences', () => {
  assert.deepEqual(repeatedReasons(), [])
  assert.deepEqual(
    SITUATIONS.flatMap(({ reasons }) => Object.keys(reasons)).sort(),
    Object.keys(REASONS).sort(),
    'a file of reasons is not in SITUATIONS',
  )
  for (const [name, { cause, mend }] of Object.entries(REASONS)) {
    assert.match(name, /^[a-z][a-z0-9_]*$/, 'a name can stand in a link, and in brackets in an error_description')
    for (const sentence of [cause, mend]) assert.match(sentence, /^[A-Za-z].{10,}\.$/, name)
  }
})
