import type { Measured } from './load.ts'

export interface Row {
  readonly name: string
  readonly measured: Measured
  readonly ceilingName: string
  readonly ceiling: Measured
}

const HEAD = ['what', 'per second', 'p50 ms', 'p99 ms', 'CPU ms', 'ceiling', 'its CPU ms', 'times']

export function tableOf(rows: readonly Row[]): string {
  const cells = rows.map(({ name, measured, ceilingName, ceiling }) => [
    name,
    measured.perSecond.toFixed(0),
    measured.p50Milliseconds.toFixed(2),
    measured.p99Milliseconds.toFixed(2),
    measured.cpuMilliseconds.toFixed(3),
    ceilingName,
    ceiling.cpuMilliseconds.toFixed(3),
    (measured.cpuMilliseconds / ceiling.cpuMilliseconds).toFixed(2),
  ])
  const widths = HEAD.map((title, i) => Math.max(title.length, ...cells.map((row) => (row[i] ?? '').length)))
  return [HEAD, ...cells]
    .map((row) =>
      row
        .map((cell, i) => (i === 0 || i === 5 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
        .join('  '),
    )
    .join('\n')
}
