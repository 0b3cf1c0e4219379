import { STEPS } from './client.ts'
import type { Report, Step } from './replay.ts'

const SIGNS: Readonly<Record<Step['outcome'], string>> = { ok: '✓', failed: '✗', 'not reached': '·' }
const LONGEST_REASON = 600

/** A table of client and step, the reasons below it, and what to do next. */
export function reportText(reports: readonly Report[], { mcp, own }: { mcp: string; own: boolean }): string {
  const wide = Math.max(...reports.map(({ client }) => client.length))
  const row = (first: string, cells: readonly string[]) =>
    `  ${first.padEnd(wide)}  ${cells.map((cell, index) => cell.padEnd(STEPS[index]?.length ?? 0)).join('  ')}`
  const rows = reports.map(({ client, steps, outcome }) => {
    const sign = (step: Step) => (outcome === 'stopped' && step.outcome === 'failed' ? '!' : SIGNS[step.outcome])
    return row(client, steps.map(sign)).trimEnd()
  })
  const failed = reports.filter(({ outcome }) => outcome === 'failed')
  const stopped = reports.filter(({ outcome }) => outcome === 'stopped')
  const reduced = reports.flatMap(({ client, steps }) => {
    const said = steps.find(({ name }) => name === 'register')?.said ?? ''
    return said.startsWith('dynamic; ') ? [client] : []
  })
  return [
    '',
    `  ${mcp}`,
    '',
    row('', STEPS),
    ...rows,
    ...section('✗ failed', failed.map(reasonOf)),
    ...section('! stopped for a fault of its own, as it should be', stopped.map(reasonOf)),
    ...section(
      '✓ all the same, though',
      reports.flatMap(({ client, notes }) => notes.map((note) => `${client}: ${note}`)),
    ),
    ...section(
      'registered dynamically, since the server takes no metadata documents',
      reduced.length === 0 ? [] : [reduced.join(', ')],
    ),
    '',
    ...next(reports, failed, own ? "what 'npm start' prints" : mcp).map((line) => `  ${line}`),
    '',
  ].join('\n')
}

function reasonOf({ client, steps }: Report): string {
  const step = steps.find(({ outcome }) => outcome === 'failed')
  return `${client}, ${step?.name}: ${step?.said.slice(0, LONGEST_REASON)}`
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', `  ${title}`, ...lines.map((line) => `    ${line}`)]
}

function next(reports: readonly Report[], failed: readonly Report[], place: string): string[] {
  const through = reports.length - failed.length
  if (failed.length === 0) {
    return [
      `${through} of ${reports.length} as they should be. Next: connect a real one to ${place}.`,
      'What is assumed of each stands in conformance/replay/clients/.',
    ]
  }
  const names = failed.map(({ client }) => client).join(',')
  return [
    `${through} of ${reports.length} as they should be. Next, the same command for those that failed alone:`,
    `--as ${names} --json`,
    "A '(ref …)' in a reason is the correlation that 'doorward events' lists.",
  ]
}
