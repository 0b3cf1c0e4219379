// Holds the walls of the house. `node tools/floorplan.ts [root]`; exit status 1 and a line for each broken rule.
import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { LONGEST_FILE_LINES, LONGEST_TEST_LINES, REGISTRIES, ROOMS, type Room } from './rooms.ts'

const IMPORT =
  /^(?:import|export|\})[^'"\n]*\bfrom\s*['"]([^'"]+)['"]|^import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm
const IMPURE: readonly [RegExp, string][] = [
  [/\bDate\.now\(|\bnew Date\(\)/, 'asks the clock; ask the context: ctx.now()'],
  [/\bMath\.random\(/, 'rolls dice; ask the context: ctx.random(bytes)'],
  [/\bprocess\.(env|argv|stdout|stderr|exit)\b/, 'reaches for the process; only cli/ does'],
  [/\bconsole\.\w+\(/, 'writes output; only cli/ does'],
  // A bare fetch is told apart from a parameter of that name by Biome's noRestrictedGlobals.
  [/\bglobalThis\.fetch\b/, 'uses the network; take fetch as a parameter'],
]

/** Every broken rule of a tree, one sentence each. */
export function brokenRules(root: string): string[] {
  const files = globSync('packages/*/src/**/*.ts', { cwd: root }).sort()
  return [
    ...files.flatMap((file) => rulesOfFile(root, file)),
    ...ROOMS.flatMap((room) => plateProblem(root, room)),
    ...globSync('packages/*/src/**/index.ts', { cwd: root }).flatMap((index) => registryProblems(root, index)),
  ]
}

function rulesOfFile(root: string, file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8')
  const room = roomOf(file)
  if (room === undefined)
    return [`${file}: stands in no room; put it in one of ${ROOMS.map(({ folder }) => folder).join(', ')}`]
  const isTest = /\.test\.ts$|\/testing\/|\/conformance\.ts$/.test(file)
  const lines = text.split('\n').length
  const most = isTest ? LONGEST_TEST_LINES : LONGEST_FILE_LINES
  const problems = [
    ...(lines > most ? [`${file}: has ${lines} lines; past ${most}, ask what the second thing is`] : []),
    ...(/^export default\b/m.test(text) ? [`${file}: exports by default; export by name`] : []),
    ...(/^export \*/m.test(text) ? [`${file}: is a barrel; list exports by name`] : []),
    ...[...text.matchAll(IMPORT)].flatMap((match) =>
      importProblem(root, file, room, isTest, match[1] ?? match[2] ?? match[3] ?? ''),
    ),
  ]
  if (room.impure || isTest) return problems
  const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
  return [...problems, ...IMPURE.filter(([pattern]) => pattern.test(code)).map(([, why]) => `${file}: ${why}`)]
}

function importProblem(root: string, file: string, room: Room, isTest: boolean, specifier: string): string[] {
  const target = targetOf(file, specifier)
  if (target === undefined) return thirdPartyProblem(root, file, isTest, specifier)
  const other = roomOf(target)
  const allowed =
    other === undefined ||
    other === room ||
    room.mayUse.includes(other.name) ||
    (isTest && other.name === 'doorward/testing')
  return allowed ? [] : [`${file}: ${room.name} may not use ${other?.name} (${specifier})`]
}

/** The file that an import of our own leads to; undefined for everybody else's. */
function targetOf(file: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return join(dirname(file), specifier)
  const own = /^@doorward\/(core|resource|client)(?:\/(.+))?$/.exec(specifier)
  return own === null ? undefined : `packages/${own[1]}/src/${own[2] ?? 'index'}.ts`
}

function thirdPartyProblem(root: string, file: string, isTest: boolean, specifier: string): string[] {
  if (specifier.startsWith('node:')) return []
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
  const manifests = [
    join(root, file.split('/').slice(0, 2).join('/'), 'package.json'),
    ...(isTest ? [join(root, 'package.json')] : []),
  ]
  const declared = manifests
    .filter((path) => existsSync(path))
    .flatMap((path) => {
      const manifest = JSON.parse(readFileSync(path, 'utf8')) as Record<string, Record<string, string> | undefined>
      return ['dependencies', 'peerDependencies', 'devDependencies'].flatMap((kind) =>
        Object.keys(manifest[kind] ?? {}),
      )
    })
  return declared.includes(name) ? [] : [`${file}: uses ${name}, which its package.json does not declare`]
}

function plateProblem(root: string, room: Room): string[] {
  if (!existsSync(join(root, room.folder)) || room.plateAbove) return []
  const plate = join(root, room.folder, 'README.md')
  if (!existsSync(plate)) return [`${room.folder}: has no README.md that says what it is for`]
  const lines = readFileSync(plate, 'utf8').trim().split('\n').length
  return lines > 10 ? [`${room.folder}/README.md: has ${lines} lines; a plate on a door has at most ten`] : []
}

function registryProblems(root: string, index: string): string[] {
  const folder = dirname(index)
  const singular = REGISTRIES[basename(folder)]
  if (singular === undefined) return []
  const text = readFileSync(join(root, index), 'utf8')
  return globSync(`${folder}/*.ts`, { cwd: root })
    .map((file) => relative(folder, file))
    .filter(
      (name) =>
        !['index.ts', `${singular}.ts`].includes(name) && !name.endsWith('.test.ts') && !['rules.ts'].includes(name),
    )
    .filter((name) => !text.includes(`'./${name}'`))
    .map((name) => `${folder}/${name}: is not in its index.ts`)
}

function roomOf(file: string): Room | undefined {
  return ROOMS.find(({ folder }) => file.startsWith(`${folder}/`))
}

if (import.meta.main) {
  const root = process.argv[2] ?? new URL('..', import.meta.url).pathname
  const problems = brokenRules(root)
  for (const problem of problems) process.stdout.write(`${problem}\n`)
  const files = globSync('packages/*/src/**/*.ts', { cwd: root }).length
  if (problems.length === 0) process.stdout.write(`floorplan: ${files} files, ${ROOMS.length} rooms, no wall broken\n`)
  process.exit(problems.length === 0 ? 0 : 1)
}
