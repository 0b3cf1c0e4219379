import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { REASONS } from '@doorward/core/oauth/reasons'
import { OF_EVENTS } from '../packages/doorward/src/telemetry/numbers.ts'

const SOURCE = new URL('../packages/doorward/src/', import.meta.url).pathname
/** A refusal with its reason in one object, in either order; and the one place that is handed its reasons. */
const SAID = [
  /outcome: 'refused',?[^}]{0,120}?reason: '([a-z_]+)'/g,
  /reason: '([a-z_]+)'[^}]{0,120}?outcome: 'refused'/g,
  /missed\('([a-z_]+)'/g,
  /\['(device_[a-z_]*[a-z])', /g,
]

test('a refusal that only events tell of is counted under its own name, and not among the others [doorward-bounded-series]', () => {
  const known = new Set([...Object.keys(REASONS), ...OF_EVENTS])
  const found = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !/\.test\.ts$|^testing|conformance/.test(path))
    .map((path) => readFileSync(join(SOURCE, path), 'utf8'))
    .flatMap((text) => SAID.flatMap((said) => [...text.matchAll(said)].map(([, reason = '']) => reason)))
  assert.ok(found.length >= 20, `${found.length} found`)
  assert.deepEqual([...new Set(found)].filter((reason) => !known.has(reason)).sort(), [])
})
