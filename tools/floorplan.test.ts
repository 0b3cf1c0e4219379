import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { brokenRules } from './floorplan.ts'

function tree(files: Record<string, string>): string[] {
  const root = mkdtempSync(join(tmpdir(), 'doorward-floorplan-'))
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), text)
    }
    return brokenRules(root)
  } finally {
    rmSync(root, { recursive: true })
  }
}

const AUTHORITY = 'packages/doorward/src/authority'
const PLATE = { [`${AUTHORITY}/README.md`]: '# authority\n' }

const BROKEN: readonly [string, Record<string, string>, RegExp][] = [
  [
    'a wall between rooms',
    { ...PLATE, [`${AUTHORITY}/a.ts`]: "import { page } from '../console/layout.ts'\n" },
    /doorward\/authority may not use doorward\/console \(\.\.\/console\/layout\.ts\)/,
  ],
  [
    'a wall between packages',
    { 'packages/core/src/oauth/a.ts': "import { x } from '@doorward/resource'\n" },
    /core\/oauth may not use resource \(@doorward\/resource\)/,
  ],
  [
    'an upward import inside core',
    { 'packages/core/src/kernel/a.ts': "import { x } from '../oauth/form.ts'\n" },
    /core\/kernel may not use core\/oauth/,
  ],
  [
    'a wall through a dynamic import',
    { ...PLATE, [`${AUTHORITY}/a.ts`]: "const x = await import('../cli/main.ts')\n" },
    /may not use doorward\/cli/,
  ],
  ['a file in no room', { 'packages/doorward/src/misc/a.ts': '' }, /stands in no room/],
  [
    'an undeclared dependency',
    { 'packages/core/src/kernel/a.ts': "import x from 'left-pad'\n" },
    /uses left-pad, which its package\.json does not declare/,
  ],
  ['a file past its length', { 'packages/core/src/kernel/a.ts': '\n'.repeat(301) }, /has 302 lines; past 300/],
  ['a default export', { 'packages/core/src/kernel/a.ts': 'export default 1\n' }, /exports by default/],
  ['a barrel', { 'packages/core/src/kernel/a.ts': "export * from './b.ts'\n" }, /is a barrel/],
  ['a clock', { 'packages/core/src/kernel/a.ts': 'export const a = () => Date.now()\n' }, /asks the clock/],
  ['a die', { 'packages/core/src/kernel/a.ts': 'export const a = () => Math.random()\n' }, /rolls dice/],
  [
    'the environment',
    { 'packages/core/src/kernel/a.ts': 'export const a = process.env.A\n' },
    /reaches for the process/,
  ],
  ['output', { 'packages/core/src/kernel/a.ts': "console.log('a')\n" }, /writes output/],
  ['the network', { 'packages/core/src/kernel/a.ts': 'export const a = globalThis.fetch\n' }, /uses the network/],
  ['a room without a plate', { [`${AUTHORITY}/a.ts`]: '' }, /has no README\.md/],
  ['a plate that is a book', { [`${AUTHORITY}/README.md`]: 'x\n'.repeat(11) }, /has 11 lines; a plate/],
  [
    'a grant that is not registered',
    {
      ...PLATE,
      [`${AUTHORITY}/token/grants/index.ts`]: "import './code.ts'\n",
      [`${AUTHORITY}/token/grants/code.ts`]: '',
      [`${AUTHORITY}/token/grants/device.ts`]: '',
    },
    /grants\/device\.ts: is not in its index\.ts/,
  ],
]
for (const [title, files, message] of BROKEN) {
  test(`the floor plan names ${title}`, () => {
    const problems = tree(files)
    assert.ok(
      problems.some((problem) => message.test(problem)),
      problems.join('\n') || 'no problem was named',
    )
  })
}

test('a tree that keeps the rules is left in peace', () => {
  const kept = {
    ...PLATE,
    [`${AUTHORITY}/a.ts`]:
      "import { join } from 'node:path'\nimport { x } from '@doorward/core/oauth/form'\n// Date.now() in a comment\nexport const a = [join, x]\n",
  }
  assert.deepEqual(tree(kept), [])
})
