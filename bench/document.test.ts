import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { pathToFileURL } from 'node:url'
import { dotChart } from './chart.ts'
import { putSection } from './document.ts'
import { arrivals } from './open-loop.ts'

test('a run replaces what stands between the markers of its part and nothing else', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'doorward-document-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const page = pathToFileURL(join(folder, 'page.md'))
  writeFileSync(
    page,
    'before\n<!-- bench:one -->\nold\n<!-- /bench:one -->\nafter\n<!-- bench:two -->\n<!-- /bench:two -->\n',
  )
  putSection('one', 'new', page)
  putSection('one', 'newer', page)
  const text = readFileSync(page, 'utf8')
  assert.equal(
    text,
    'before\n<!-- bench:one -->\n\nnewer\n\n<!-- /bench:one -->\nafter\n<!-- bench:two -->\n<!-- /bench:two -->\n',
  )
  assert.throws(() => putSection('three', 'x', page), /no section between <!-- bench:three -->/)
  assert.equal(readFileSync(page, 'utf8'), text)
})

test('requests come as often as was asked for, at moments that are the same each time', () => {
  const moments = arrivals(1000, 20)
  assert.deepEqual(moments, arrivals(1000, 20))
  assert.ok(Math.abs(moments.length - 20_000) < 600, `${moments.length}`)
  assert.deepEqual(
    moments,
    [...moments].sort((a, b) => a - b),
  )
})

test('a chart shows a point for each figure there is, and names are text', () => {
  const svg = dotChart(
    'a < b',
    'ms',
    ['one', 'two & three'],
    [
      { name: 'row', values: [0.1, undefined] },
      { name: 'other', values: [3, 20] },
    ],
  )
  assert.equal(svg.match(/class="grid" d="M140 /g)?.length, 2)
  assert.ok(svg.includes('two &amp; three') && svg.includes('a &lt; b') && !svg.includes('NaN'))
})
