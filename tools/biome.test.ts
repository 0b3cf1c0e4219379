// The walls that Biome holds: each is run into once, with the repository's own configuration.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { ROOMS } from './rooms.ts'

const ROOT = dirname(import.meta.dirname)
const BIOME = join(ROOT, 'node_modules/@biomejs/biome/bin/biome')
const AUTHORITY = 'packages/doorward/src/authority'

interface Config {
  readonly linter: { readonly rules: { readonly style: Record<string, { options: Record<string, object> }> } }
}
const text = readFileSync(join(ROOT, 'biome.json'), 'utf8')
const { style } = (JSON.parse(text) as Config).linter.rules
const names = (rule: string, option: string) => Object.keys(style[rule]?.options[option] ?? {})
const GLOBALS = names('noRestrictedGlobals', 'deniedGlobals')
const IMPORTS = names('noRestrictedImports', 'paths')

/** Rooms with walls all around them. */
const PURE = ROOMS.filter(({ impure }) => impure === undefined)
/** Stands for somebody else's server, which may look at the clock. */
const DEMO = 'doorward/demo'

/** What is wrong, by file, and the rules that say so. */
const PROVOKED: readonly (readonly [string, string, string])[] = [
  ['a default export', `${AUTHORITY}/default-export.ts`, 'style/noDefaultExport'],
  ['two files that need each other', `${AUTHORITY}/one.ts`, 'suspicious/noImportCycles'],
  ['a dependency that is not declared', `${AUTHORITY}/undeclared.ts`, 'correctness/noUndeclaredDependencies'],
  ...GLOBALS.map(
    (name) => [`the global ${name}`, `${AUTHORITY}/global-${name}.ts`, 'style/noRestrictedGlobals'] as const,
  ),
  ...IMPORTS.map(
    (name, i) => [`an import of ${name}`, `${AUTHORITY}/import-${i}.ts`, 'style/noRestrictedImports'] as const,
  ),
  ...PURE.map(
    ({ name, folder }) => [`a file system in ${name}`, `${folder}/wall.ts`, 'style/noRestrictedImports'] as const,
  ),
  ...PURE.filter(({ name }) => name !== DEMO).map(
    ({ name, folder }) => [`a clock in ${name}`, `${folder}/wall.ts`, 'style/noRestrictedGlobals'] as const,
  ),
]

const FILES: Readonly<Record<string, string>> = {
  'packages/doorward/package.json':
    '{ "dependencies": { "hono": "1", "undici": "1", "commander": "1", "@hono/node-server": "1" } }\n',
  [`${AUTHORITY}/default-export.ts`]: 'export default 1\n',
  [`${AUTHORITY}/one.ts`]: "import { two } from './two.ts'\n\nexport const one = (): number => two()\n",
  [`${AUTHORITY}/two.ts`]: "import { one } from './one.ts'\n\nexport const two = (): number => one()\n",
  [`${AUTHORITY}/undeclared.ts`]: "import { pad } from 'left-pad'\n\nexport const padded = pad('a')\n",
  ...Object.fromEntries(GLOBALS.map((name) => [`${AUTHORITY}/global-${name}.ts`, `export const used = ${name}\n`])),
  ...Object.fromEntries(
    IMPORTS.map((name, i) => [
      `${AUTHORITY}/import-${i}.ts`,
      `import { used } from '${name}'\n\nexport const a = used\n`,
    ]),
  ),
  ...Object.fromEntries(
    PURE.map(({ folder }) => [
      `${folder}/wall.ts`,
      "import { readFileSync } from 'node:fs'\n\nexport const a = [readFileSync, Date]\n",
    ]),
  ),
  // Kept: the same where it is allowed, and a neighbour that is declared.
  'packages/doorward/src/cli/shell.ts':
    "import { readFileSync } from 'node:fs'\nimport { Command } from 'commander'\n\nexport const a = [readFileSync, Command, Date.now(), process.argv]\n",
  [`${AUTHORITY}/kept.ts`]: "import { two } from './end.ts'\n\nexport const kept = two\n",
  [`${AUTHORITY}/end.ts`]: 'export const two = 2\n',
}

interface Report {
  readonly diagnostics: readonly { readonly category: string; readonly location: { readonly path: unknown } }[]
}

let folder: string
const found = new Map<string, string[]>()

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'doorward-biome-'))
  // No Git there, and nothing else of ours: what is judged is the rules.
  writeFileSync(join(folder, 'biome.json'), text.replace('"vcs": { "enabled": true,', '"vcs": { "enabled": false,'))
  for (const [path, content] of Object.entries(FILES)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
  const args = [BIOME, 'lint', '--reporter=json', '--max-diagnostics=none', '.']
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' })
  assert.match(stdout, /^\{/, stderr)
  for (const { category, location } of (JSON.parse(stdout) as Report).diagnostics) {
    const path = String(typeof location.path === 'string' ? location.path : (location.path as { file: string }).file)
    found.set(path, [...(found.get(path) ?? []), category.replace('lint/', '')])
  }
})
after(() => rmSync(folder, { recursive: true }))

for (const [what, path, rule] of PROVOKED) {
  test(`Biome names ${what}`, () => {
    assert.ok(found.get(path)?.includes(rule), JSON.stringify([...found], null, 1))
  })
}

test('Biome leaves in peace what keeps the rules', () => {
  for (const path of ['packages/doorward/src/cli/shell.ts', `${AUTHORITY}/kept.ts`, `${AUTHORITY}/end.ts`]) {
    assert.equal(found.get(path), undefined, path)
  }
})

test('there are walls to run into', () => {
  assert.ok(GLOBALS.includes('Date') && GLOBALS.includes('process') && GLOBALS.includes('fetch'))
  assert.ok(IMPORTS.includes('node:sqlite') && IMPORTS.includes('node:fs') && IMPORTS.includes('commander'))
})
