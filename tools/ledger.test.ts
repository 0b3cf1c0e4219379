import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { stringify } from 'yaml'
import { citations, readLedger } from './ledger.ts'

const GOOD = {
  id: 'rfc9999-1-once',
  level: 'MUST',
  role: 'as',
  url: 'https://www.rfc-editor.org/rfc/rfc9999#section-1',
  text: 'A code is used once.',
}

/** A small tree with these rows and these lines of a test file. */
function inTree<Result>(rows: unknown, lines: string, look: (root: string) => Result): Result {
  const root = mkdtempSync(join(tmpdir(), 'doorward-ledger-'))
  const files = { 'spec/rfc9999.yaml': stringify(rows), 'packages/core/src/kernel/a.test.ts': lines }
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), text)
    }
    return look(root)
  } finally {
    rmSync(root, { recursive: true })
  }
}

// Written in pieces, so that the ledger of this repository does not take them for its own.
const cite = (ids: string, quote = "'"): string => `${quote}a title ${'['}${ids}]${quote}`

const CITED: readonly [string, string, readonly string[]][] = [
  ['a title', `test(${cite('rfc9999-1-once')}, () => {})`, ['rfc9999-1-once']],
  ['a title on the next line', `test(\n  ${cite('rfc9999-1-once')},\n  () => {},\n)`, ['rfc9999-1-once']],
  ['two ids', `it(${cite('rfc9999-1-once, q07')}, () => {})`, ['rfc9999-1-once', 'q07']],
  ['a title with values', `test(${cite('q07', '`')}, () => {})`, ['q07']],
  ['a title in a table', `const ROWS = [[${cite('q07', '"')}, 1]]`, ['q07']],
  ['a comment', '// a title [q07]', []],
  ['an id amid a title', "test('a [q07] title', () => {})", []],
  ['the index of an array', "const a = x['y[0]']", []],
]
for (const [title, lines, ids] of CITED) {
  test(`of ${title}, the ledger reads ${ids.length === 0 ? 'nothing' : ids.join(' and ')}`, () =>
    assert.deepEqual([...inTree([], lines, citations).keys()], ids))
}

const BROKEN: readonly [string, unknown, string, RegExp][] = [
  ['a file that is no list', { a: 1 }, '', /is not a list/],
  ['an id that no row defines', [], cite('rfc9999-2-gone'), /a\.test\.ts: cites rfc9999-2-gone, which no row defines/],
  ['an id that stands twice', [GOOD, GOOD], '', /rfc9999-1-once: stands twice/],
  ['a malformed id', [{ ...GOOD, id: 'RFC 9999' }], '', /RFC 9999: the id is malformed/],
  ['no id', [{ ...GOOD, id: undefined }], '', /\(no id\): the id is malformed/],
  ['an unknown level', [{ ...GOOD, level: 'SHALL' }], '', /level is SHALL/],
  ['an unknown role', [{ ...GOOD, role: 'rp' }], '', /role is rp/],
  ['no address', [{ ...GOOD, url: 'rfc9999' }], '', /has no url/],
  ['no text', [{ ...GOOD, text: '' }], '', /text is no sentence/],
  ['an exclusion without a reason', [{ ...GOOD, excluded: true }], '', /excluded is no sentence/],
  ['a member that nobody reads', [{ ...GOOD, exclude: 'Misspelt here.' }], '', /knows no exclude/],
  [
    'an exclusion that has a test',
    [{ ...GOOD, excluded: 'Not offered.' }],
    cite(GOOD.id),
    /is excluded and has a test/,
  ],
  ['a gap that has a test', [{ ...GOOD, open: 'No test yet.' }], cite(GOOD.id), /take its 'open' away/],
]
for (const [title, rows, lines, message] of BROKEN) {
  test(`the ledger refuses ${title}`, () => {
    const { problems } = inTree(rows, lines, readLedger)
    assert.ok(
      problems.some((problem) => message.test(problem)),
      problems.join('\n') || 'no problem was named',
    )
  })
}

const UNTESTED: readonly [string, object, string, boolean][] = [
  ['a MUST without a test', {}, '', true],
  ['a MUST NOT without a test', { level: 'MUST NOT' }, '', true],
  ['a MUST with a test', {}, cite(GOOD.id), false],
  ['a MUST that is excluded', { excluded: 'Not offered.' }, '', false],
  ['a SHOULD without a test', { level: 'SHOULD' }, '', false],
]
for (const [title, changes, lines, untested] of UNTESTED) {
  test(`${title} is ${untested ? '' : 'not '}named`, () => {
    const ledger = inTree([{ ...GOOD, ...changes }], lines, readLedger)
    assert.deepEqual(ledger.problems, [])
    assert.equal(ledger.untested.length, untested ? 1 : 0)
  })
}

test('an untested MUST is printed, and fails only where that is asked for and nobody wrote down why', () => {
  const run = (row: object, ...flags: string[]) =>
    inTree([row], '', (root) => {
      const { status, stdout } = spawnSync(process.execPath, [join(import.meta.dirname, 'ledger.ts'), root, ...flags])
      return { status, said: String(stdout) }
    })
  assert.equal(run(GOOD).status, 0)
  assert.match(run(GOOD).said, /rfc9999-1-once has no test: A code is used once\./)
  assert.equal(run(GOOD, '--strict').status, 1)
  const known = run({ ...GOOD, open: 'Waits for a clock.' }, '--strict')
  assert.equal(known.status, 0)
  assert.match(known.said, /is open: Waits for a clock\./)
  assert.match(known.said, /^ledger: 1 rows, 1 MUST: 0 tested, 0 excluded, 1 open, 0 without a test$/m)
})
