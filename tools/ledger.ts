// The ledger: which sentence of which specification is promised by which test. `--strict` fails on an untested MUST.
import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parse } from 'yaml'

export interface LedgerRow {
  readonly id: string
  readonly level: string
  readonly role: string
  readonly url: string
  readonly text: string
  readonly excluded?: string
}

export interface Ledger {
  readonly rows: readonly (LedgerRow & { readonly file: string })[]
  readonly problems: readonly string[]
}

const LEVELS = ['MUST', 'MUST NOT', 'SHOULD', 'SHOULD NOT', 'MAY']
const ROLES = ['as', 'rs', 'client', 'gateway', 'all']
const CITATION = /\[((?:[a-z0-9][a-z0-9.-]*(?:, )?)+)\]/g

/** Reads every row, and names those that are malformed or stand twice. */
export function readLedger(root: string): Ledger {
  const problems: string[] = []
  const seen = new Set<string>()
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
  for (const row of rows) {
    const where = `${row.file}: ${row.id ?? '(no id)'}`
    if (!/^[a-z0-9][a-z0-9.-]*$/.test(row.id ?? '')) problems.push(`${where}: the id is malformed`)
    if (seen.has(row.id)) problems.push(`${where}: stands twice`)
    if (!LEVELS.includes(row.level)) problems.push(`${where}: level is ${row.level}`)
    if (!ROLES.includes(row.role)) problems.push(`${where}: role is ${row.role}`)
    if (!/^https:\/\//.test(row.url ?? '')) problems.push(`${where}: has no url`)
    if (typeof row.text !== 'string' || row.text.length < 10) problems.push(`${where}: has no text`)
    seen.add(row.id)
  }
  return { rows, problems }
}

/** The ids that test titles cite, and where. */
export function citations(root: string): Map<string, string> {
  const cited = new Map<string, string>()
  for (const file of globSync(
    ['packages/*/src/**/*.test.ts', 'packages/*/src/**/conformance.ts', 'conformance/*.test.ts', 'tools/*.test.ts'],
    { cwd: root },
  )) {
    const text = readFileSync(join(root, file), 'utf8')
    // Titles in tables end in `[id]` as well, so every citation in a string of a test file counts.
    for (const [, list = ''] of text.matchAll(CITATION)) {
      for (const id of list.split(', ')) if (/^(rfc|mcp-|q\d|oauth21|doorward-)/.test(id)) cited.set(id, file)
    }
  }
  return cited
}

if (import.meta.main) {
  const root = new URL('..', import.meta.url).pathname
  const { rows, problems } = readLedger(root)
  const cited = citations(root)
  const known = new Set(rows.map(({ id }) => id))
  const undefinedIds = [...cited]
    .filter(([id]) => !known.has(id))
    .map(([id, file]) => `${file}: cites ${id}, which no row defines`)
  const open = rows.filter(
    ({ id, level, excluded }) => level.startsWith('MUST') && excluded === undefined && !cited.has(id),
  )
  for (const problem of [...problems, ...undefinedIds]) process.stdout.write(`${problem}\n`)
  for (const { id, file, text } of open) process.stdout.write(`${file}: ${id} has no test: ${text}\n`)
  const musts = rows.filter(({ level }) => level.startsWith('MUST'))
  const excluded = musts.filter((row) => row.excluded !== undefined).length
  process.stdout.write(
    `ledger: ${rows.length} rows, ${musts.length} of them MUST, ${excluded} excluded with a reason, ${open.length} without a test\n`,
  )
  const failed = problems.length + undefinedIds.length > 0 || (process.argv.includes('--strict') && open.length > 0)
  process.exit(failed ? 1 : 0)
}
