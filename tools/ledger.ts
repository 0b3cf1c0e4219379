// The ledger: which sentence of which specification is promised by which test. `--strict` fails on an untested MUST.
import { globSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { parse } from 'yaml'

export interface LedgerRow {
  readonly id: string
  readonly level: string
  readonly role: string
  readonly url: string
  readonly text: string
  /** Why it does not apply to what this release offers. */
  readonly excluded?: string
  /** What is missing until a test cites it. A known gap, printed each time, that does not fail. */
  readonly open?: string
}

export interface Ledger {
  readonly rows: readonly (LedgerRow & { readonly file: string })[]
  readonly problems: readonly string[]
  /** Each MUST that no test cites and nothing excludes. */
  readonly untested: Ledger['rows']
}

const LEVELS = ['MUST', 'MUST NOT', 'SHOULD', 'SHOULD NOT', 'MAY']
const ROLES = ['as', 'rs', 'client', 'gateway', 'all']
const KEYS = ['id', 'level', 'role', 'url', 'text', 'excluded', 'open']
const SHORTEST_SENTENCE = 10
const ID = /^[a-z0-9][a-z0-9.-]*$/
// Titles stand in strings, in tables too, and end with what they prove: `'refuses a code twice [oauth21-4.1.3-code-once]'`.
const CITATION = / \[([a-z0-9][a-z0-9.-]*(?:, [a-z0-9][a-z0-9.-]*)*)\]['"`]/g

/** Reads every row and every citation, and judges them. */
export function readLedger(root: string): Ledger {
  const problems: string[] = []
  const rows = globSync('spec/*.yaml', { cwd: root })
    .sort()
    .flatMap((file) => {
      const list = parse(readFileSync(join(root, file), 'utf8')) as unknown
      if (!Array.isArray(list)) {
        problems.push(`${file}: is not a list`)
        return []
      }
      return (list as LedgerRow[]).map((row) => ({ ...row, file: basename(file) }))
    })
  const cited = citations(root)
  const seen = new Set<string>()
  for (const row of rows) {
    const where = `${row.file}: ${row.id ?? '(no id)'}`
    problems.push(...rowProblems(row).map((problem) => `${where}: ${problem}`))
    if (seen.has(row.id)) problems.push(`${where}: stands twice`)
    if (row.excluded !== undefined && cited.has(row.id)) problems.push(`${where}: is excluded and has a test`)
    if (row.open !== undefined && cited.has(row.id)) problems.push(`${where}: has a test now; take its 'open' away`)
    seen.add(row.id)
  }
  for (const [id, file] of cited) if (!seen.has(id)) problems.push(`${file}: cites ${id}, which no row defines`)
  const untested = rows.filter(
    ({ id, level, excluded }) => level?.startsWith('MUST') && excluded === undefined && !cited.has(id),
  )
  return { rows, problems, untested }
}

function rowProblems(row: LedgerRow): string[] {
  const problems: string[] = []
  if (!ID.test(row.id ?? '')) problems.push('the id is malformed')
  if (!LEVELS.includes(row.level)) problems.push(`level is ${row.level}`)
  if (!ROLES.includes(row.role)) problems.push(`role is ${row.role}`)
  if (!/^https:\/\//.test(row.url ?? '')) problems.push('has no url')
  for (const key of ['text', 'excluded', 'open'] as const) {
    const sentence: unknown = row[key]
    if (sentence === undefined && key !== 'text') continue
    if (typeof sentence !== 'string' || sentence.length < SHORTEST_SENTENCE) problems.push(`${key} is no sentence`)
  }
  if (row.excluded !== undefined && row.open !== undefined) problems.push('is excluded and open at once')
  for (const key of Object.keys(row)) if (![...KEYS, 'file'].includes(key)) problems.push(`knows no ${key}`)
  return problems
}

/** The ids that test titles cite, and where. */
export function citations(root: string): Map<string, string> {
  const cited = new Map<string, string>()
  const tests = ['packages/*/src/**/*.test.ts', 'packages/*/src/**/conformance.ts', 'conformance/*.test.ts']
  for (const file of globSync(tests, { cwd: root })) {
    for (const [, list = ''] of readFileSync(join(root, file), 'utf8').matchAll(CITATION)) {
      for (const id of list.split(', ')) cited.set(id, file)
    }
  }
  return cited
}

if (import.meta.main) {
  const { rows, problems, untested } = readLedger(
    process.argv[2]?.startsWith('-') === false ? process.argv[2] : dirname(import.meta.dirname),
  )
  const say = (line: string): boolean => process.stdout.write(`${line}\n`)
  const surprises = untested.filter(({ open }) => open === undefined)
  for (const { id, file, open } of untested) if (open !== undefined) say(`${file}: ${id} is open: ${open}`)
  for (const { id, file, text } of surprises) say(`${file}: ${id} has no test: ${text}`)
  for (const problem of problems) say(problem)
  for (const [file, own] of Map.groupBy(rows, (row) => row.file)) say(`${file.padEnd(22)} ${count(own)}`)
  say(`ledger: ${count(rows)}`)
  process.exit(problems.length > 0 || (process.argv.includes('--strict') && surprises.length > 0) ? 1 : 0)

  function count(own: Ledger['rows']): string {
    const musts = own.filter(({ level }) => level?.startsWith('MUST'))
    const excluded = musts.filter((row) => row.excluded !== undefined).length
    const missing = own.filter((row) => untested.includes(row))
    const open = missing.filter((row) => row.open !== undefined).length
    const tested = musts.length - excluded - missing.length
    return `${own.length} rows, ${musts.length} MUST: ${tested} tested, ${excluded} excluded, ${open} open, ${missing.length - open} without a test`
  }
}
