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
  [
    'a scanner that uses our parsers',
    { 'packages/doorward/src/scanner/bad.ts': "import { readForm } from '@doorward/core/oauth/form'\n" },
    /^packages\/doorward\/src\/scanner\/bad\.ts: doorward\/scanner may not use core\/oauth \(@doorward\/core\/oauth\/form\)$/m,
  ],
  [
    'a wall behind an import of several lines',
    { ...PLATE, [`${AUTHORITY}/a.ts`]: "import {\n  a,\n  b,\n} from '../gateway/gateway.ts'\n" },
    /doorward\/authority may not use doorward\/gateway/,
  ],
  [
    'a wall behind an export from',
    { ...PLATE, [`${AUTHORITY}/a.ts`]: "export { a } from '../cli/run.ts'\n" },
    /may not use doorward\/cli/,
  ],
  [
    'a package entered through the wall instead of the door',
    { ...PLATE, [`${AUTHORITY}/a.ts`]: "import { a } from '../../../core/src/oauth/form.ts'\n" },
    /reaches into another package by path/,
  ],
  [
    'an import from no room',
    { ...PLATE, [`${AUTHORITY}/a.ts`]: "import { a } from '../../../../tools/rooms.ts'\n" },
    /uses what stands in no room/,
  ],
  ['a file in no room', { 'packages/doorward/src/misc/a.ts': '' }, /stands in no room/],
  [
    'an undeclared dependency',
    { 'packages/core/src/kernel/a.ts': "import x from 'left-pad'\n" },
    /uses left-pad, which its package\.json does not declare/,
  ],
  [
    'a package of our own that is not declared',
    {
      'packages/resource/package.json': '{"dependencies":{"jose":"6.2.17"}}',
      'packages/resource/src/a.ts': "import { x } from '@doorward/core/oauth/form'\n",
    },
    /uses @doorward\/core, which its package\.json does not declare/,
  ],
  [
    'a tool of development used at run time',
    {
      'packages/core/package.json': '{"devDependencies":{"yaml":"2.9.1"}}',
      'packages/core/src/kernel/a.ts': "import { parse } from 'yaml'\n",
    },
    /uses yaml, which its package\.json does not declare/,
  ],
  ['a test past its length', { 'packages/core/src/kernel/a.test.ts': '\n'.repeat(501) }, /has 502 lines; past 500/],
  [
    'a default export by another name',
    { 'packages/core/src/kernel/a.ts': 'export { a as default }\n' },
    /exports by default/,
  ],
  [
    'a clock behind a media type',
    { 'packages/core/src/kernel/a.ts': "export const a = ['*/*', Date.now(), '*/*']\n" },
    /asks the clock/,
  ],
  [
    'a clock outside the place where the toolkit has its defaults',
    { 'packages/resource/src/verify.ts': 'export const a = Date.now()\n' },
    /packages\/resource\/src\/verify\.ts: asks the clock/,
  ],
  ['a package without a plate', { 'packages/client/src/a.ts': '' }, /packages\/client: has no README\.md/],
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
  [
    'a store that was handed in, where the room may not use it',
    {
      'packages/doorward/src/console/README.md': 'Pages.\n',
      'packages/doorward/src/console/a.ts': 'export const a = (ctx: any) => ctx.store.users\n',
    },
    /touches the store, which doorward\/console may not use/,
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
  [
    'a register that is only written in a comment',
    {
      ...PLATE,
      [`${AUTHORITY}/token/grants/index.ts`]: "// import './device.ts'\n",
      [`${AUTHORITY}/token/grants/device.ts`]: '',
    },
    /grants\/device\.ts: is not in its index\.ts/,
  ],
  [
    'a plural folder without a register',
    { ...PLATE, [`${AUTHORITY}/authorize/checks/scope.ts`]: '' },
    /authorize\/checks: has no index\.ts/,
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
    'packages/doorward/package.json': '{"dependencies":{"@doorward/core":"0.1.0"}}',
    'packages/resource/package.json': '{"dependencies":{"@doorward/core":"0.1.0"}}',
    'packages/resource/README.md': '# resource\n',
    'packages/resource/src/resource.ts': 'export const now = () => Date.now()\n',
    [`${AUTHORITY}/token/grants/index.ts`]: "import { code } from './code.ts'\nexport const GRANTS = [code]\n",
    [`${AUTHORITY}/token/grants/grant.ts`]: 'export const a = 1\n',
    [`${AUTHORITY}/token/grants/code.ts`]: 'export const code = 1\n',
    [`${AUTHORITY}/token/grants/code.test.ts`]: "import { code } from './code.ts'\nconsole.log(code, Date.now())\n",
    [`${AUTHORITY}/a.ts`]:
      "import { join } from 'node:path'\nimport { x } from '@doorward/core/oauth/form'\n// Date.now() in a comment\nexport const a = [join, x]\n",
  }
  assert.deepEqual(tree(kept), [])
})
