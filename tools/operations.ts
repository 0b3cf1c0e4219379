// Writes the table of numbers into docs/operations.md, from the numbers that the code tells.
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { OWN_PATHS } from '../packages/doorward/src/cli/config.ts'
import type { Metric } from '../packages/doorward/src/telemetry/instruments.ts'
import { metricsOf, numbersOf, processNumbers } from '../packages/doorward/src/telemetry/numbers.ts'
import { routesOf } from '../packages/doorward/src/telemetry/routes.ts'

const ROOT = dirname(import.meta.dirname)
export const OPERATIONS_PAGE = join(ROOT, 'docs/operations.md')
const START = '<!-- numbers: written by `npm run operations` -->'
const END = '<!-- end of numbers -->'
/** So many values are written out; more are said in words. */
const MOST_SHOWN = 6

/** Every number, as a server with one MCP server behind it tells them. */
export function everyMetric(): Metric[] {
  const { names: routes } = routesOf('https://door.example', OWN_PATHS, ['/mcp'])
  const resources = ['https://door.example/mcp']
  return metricsOf(numbersOf({ routes, resources, version: '0', node: 'v26', engine: 'postgres' }), processNumbers())
}

/** The page, with its table anew. */
export function operationsDocument(page: string): string {
  const [before = '', rest = ''] = page.split(START)
  const after = rest.split(END)[1] ?? ''
  return `${before}${START}\n${table()}${END}${after}`
}

function table(): string {
  const rows = everyMetric().map(
    ({ name, kind, labels, help }) => `| \`${name}\` | ${kind} | ${labels.map(shown).join('; ')} | ${help} |`,
  )
  return `| name | kind | labels | what it says |\n|---|---|---|---|\n${rows.join('\n')}\n`
}

function shown({ name, values, isOpen }: Metric['labels'][number]): string {
  if (name in ELSEWHERE) return `\`${name}\`: ${ELSEWHERE[name]}`
  const all = isOpen === true ? [...values, 'other'] : values
  return `\`${name}\`: ${all.length > MOST_SHOWN ? `${all.length} of them` : all.join(', ')}`
}

const ELSEWHERE: Readonly<Record<string, string>> = {
  route: 'the first segment of the path, `gateway`, or `other`',
  resource: 'as configured',
  reason: 'those of [errors.md](errors.md), or `other`',
  verbs: 'the groups of `store.ts`',
  version: 'of Doorward',
  node: 'of Node.js',
  engine: 'sqlite, postgres',
}

if (import.meta.main) writeFileSync(OPERATIONS_PAGE, operationsDocument(readFileSync(OPERATIONS_PAGE, 'utf8')))
