// Holds the walls of the house. `node tools/floorplan.ts [root]`; exit status 1 and a line for each broken rule.
import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { LONGEST_FILE_LINES, LONGEST_TEST_LINES, REGISTRIES, ROOMS, type Room } from './rooms.ts'

const IMPORT =
  /^(?:import|export|\})[^'"\n]*\bfrom\s*['"]([^'"]+)['"]|^import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm
// `new Date(milliseconds)` only writes down a time that somebody else asked for.
const IMPURE: readonly [RegExp, string][] = [
  [/\bDate\.now\b|\bnew Date\(\)|\bperformance\.now\b/, 'asks the clock; ask the context: ctx.now()'],
  [/\bMath\.random\b|\brandomUUID\(|\bgetRandomValues\(/, 'rolls dice; ask the context: ctx.random(bytes)'],
  [/\bprocess\.[a-z]/, 'reaches for the process; only cli/ does'],
  [/\bconsole\.[a-z]+\(/, 'writes output; only cli/ does'],
  // A bare fetch is told apart from a parameter of that name by Biome's noRestrictedGlobals.
  [/\bglobalThis\.fetch\b/, 'uses the network; take fetch as a parameter'],
]
const STORE = 'doorward/store'
// Whatever is handed in has it, too.
const OF_THE_STORE = /\bstore\.[a-z]/
// Strings first, so that '*/*' opens no comment.
const STRING_OR_COMMENT = /('(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`)|\/\*[\s\S]*?\*\/|\/\/.*$/gm

/** Every broken rule of a tree, one sentence each. */
export function brokenRules(root: string): string[] {
  const files = globSync('packages/*/src/**/*.ts', { cwd: root }).sort()
  return [
    ...files.flatMap((file) => rulesOfFile(root, file)),
    ...ROOMS.flatMap((room) => plateProblem(root, room)),
    ...[...new Set(files.map(dirname))].flatMap((folder) => registryProblems(root, folder)),
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
    ...(/^export default\b|^export \{[^}]*\bas default\b/m.test(text)
      ? [`${file}: exports by default; export by name`]
      : []),
    ...(/^export \*/m.test(text) ? [`${file}: is a barrel; list exports by name`] : []),
    ...[...text.matchAll(IMPORT)].flatMap((match) =>
      importProblem(root, file, room, isTest, match[1] ?? match[2] ?? match[3] ?? ''),
    ),
  ]
  if (isTest || room.impure === 'all' || room.impure?.includes(relative(room.folder, file))) return problems
  const code = withoutComments(text)
  const touchesStore = !room.mayUse.includes(STORE) && room.name !== STORE && OF_THE_STORE.test(code)
  if (touchesStore) problems.push(`${file}: touches the store, which ${room.name} may not use; ask the authority`)
  return [...problems, ...IMPURE.filter(([pattern]) => pattern.test(code)).map(([, why]) => `${file}: ${why}`)]
}

function importProblem(root: string, file: string, room: Room, isTest: boolean, specifier: string): string[] {
  const target = targetOf(file, specifier)
  const undeclared = specifier.startsWith('.') ? [] : declarationProblem(root, file, isTest, specifier)
  if (target === undefined) return undeclared
  const other = roomOf(target)
  if (other === undefined) return [`${file}: uses what stands in no room (${specifier})`]
  if (specifier.startsWith('.') && packageOf(target) !== packageOf(file))
    return [`${file}: reaches into another package by path; use its name (${specifier})`]
  const allowed = other === room || room.mayUse.includes(other.name) || (isTest && other.name.endsWith('/testing'))
  return allowed ? undeclared : [`${file}: ${room.name} may not use ${other.name} (${specifier})`]
}

/** The file that an import of our own leads to; undefined for everybody else's. */
function targetOf(file: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return join(dirname(file), specifier)
  const own = /^@doorward\/(core|resource|client)(?:\/(.+))?$/.exec(specifier)
  return own === null ? undefined : `packages/${own[1]}/src/${own[2] ?? 'index'}.ts`
}

function declarationProblem(root: string, file: string, isTest: boolean, specifier: string): string[] {
  if (specifier.startsWith('node:')) return []
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
  const kinds = ['dependencies', 'peerDependencies', ...(isTest || isBundled(file, name) ? ['devDependencies'] : [])]
  const declared = [join(packageOf(file), 'package.json'), ...(isTest ? ['package.json'] : [])]
    .map((path) => join(root, path))
    .filter((path) => existsSync(path))
    .map((path) => JSON.parse(readFileSync(path, 'utf8')) as Record<string, Record<string, string> | undefined>)
    .some((manifest) => kinds.some((kind) => manifest[kind]?.[name] !== undefined))
  return declared ? [] : [`${file}: uses ${name}, which its package.json does not declare`]
}

/** The program is published as one bundle with our own packages in it (decision 0035). */
function isBundled(file: string, name: string): boolean {
  return packageOf(file) === 'packages/doorward' && name.startsWith('@doorward/')
}

function plateProblem(root: string, room: Room): string[] {
  if (!existsSync(join(root, room.folder))) return []
  const folder = room.plateAbove ? packageOf(room.folder) : room.folder
  const plate = join(root, folder, 'README.md')
  if (!existsSync(plate)) return [`${folder}: has no README.md that says what it is for`]
  if (room.plateAbove) return []
  const lines = readFileSync(plate, 'utf8').trim().split('\n').length
  return lines > 10 ? [`${room.folder}/README.md: has ${lines} lines; a plate on a door has at most ten`] : []
}

function registryProblems(root: string, folder: string): string[] {
  const singular = REGISTRIES[basename(folder)]
  if (singular === undefined) return []
  const index = join(root, folder, 'index.ts')
  if (!existsSync(index)) return [`${folder}: has no index.ts that lists its files`]
  const text = withoutComments(readFileSync(index, 'utf8'))
  const shared = ['index.ts', `${singular}.ts`, 'rules.ts']
  return globSync(`${folder}/*.ts`, { cwd: root })
    .map((file) => relative(folder, file))
    .filter((name) => !shared.includes(name) && !name.endsWith('.test.ts') && !text.includes(`'./${name}'`))
    .map((name) => `${folder}/${name}: is not in its index.ts`)
}

function withoutComments(text: string): string {
  return text.replace(STRING_OR_COMMENT, (_match, string: string | undefined) => string ?? '')
}

function packageOf(path: string): string {
  return path.split('/').slice(0, 2).join('/')
}

function roomOf(file: string): Room | undefined {
  return ROOMS.find(({ folder }) => file.startsWith(`${folder}/`))
}

if (import.meta.main) {
  const root = process.argv[2] ?? dirname(import.meta.dirname)
  const problems = brokenRules(root)
  for (const problem of problems) process.stdout.write(`${problem}\n`)
  const files = globSync('packages/*/src/**/*.ts', { cwd: root }).length
  const rooms = ROOMS.filter(({ folder }) => existsSync(join(root, folder))).length
  if (problems.length === 0) process.stdout.write(`floorplan: ${files} files, ${rooms} rooms, no wall broken\n`)
  process.exit(problems.length === 0 ? 0 : 1)
}
