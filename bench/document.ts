import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'

const PAGE = new URL('../docs/performance.md', import.meta.url)
const MEASURED = new URL('./measured.json', import.meta.url)

/** Whether a run is long enough to be written down. */
export const isWhole = Number(process.env.BENCH_SCALE ?? 1) >= 1

/** What a run was measured on, in a line. Of a load, a run on a quiet machine makes some two itself. */
export function circumstances(date = new Date()): string {
  const day = date.toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric' })
  return `${day}, Node ${process.version.slice(1)}, ${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), load average ${loadavg()[1]?.toFixed(0)}`
}

/** Replaces what stands between the markers of a part of docs/performance.md. */
export function putSection(name: string, text: string, page: URL = PAGE): void {
  const [start, end] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`]
  const before = readFileSync(page, 'utf8')
  const [from, to] = [before.indexOf(start), before.indexOf(end)]
  if (from === -1 || to < from) throw new Error(`${page.pathname} has no section between ${start} and ${end}`)
  writeFileSync(page, `${before.slice(0, from + start.length)}\n\n${text.trim()}\n\n${before.slice(to)}`)
}

/** Keeps the figures of a run for the programs that calculate with them. */
export function keepMeasured(name: string, figures: unknown): void {
  const before = existsSync(MEASURED) ? (JSON.parse(readFileSync(MEASURED, 'utf8')) as object) : {}
  writeFileSync(MEASURED, `${JSON.stringify({ ...before, [name]: figures }, undefined, 2)}\n`)
}

/** @throws Error that names the program to run first. */
export function measured<Figures>(name: string, program: string): Figures {
  const all = existsSync(MEASURED) ? (JSON.parse(readFileSync(MEASURED, 'utf8')) as Record<string, unknown>) : {}
  if (all[name] === undefined) throw new Error(`bench/measured.json has no '${name}'; run 'npm run ${program}' first.`)
  return all[name] as Figures
}

/** A table of Markdown; the first column is words, the others are figures. */
export function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), `|---|${'---:|'.repeat(head.length - 1)}`, ...rows.map(line)].join('\n')
}
