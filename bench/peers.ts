// Doorward beside others and beside the floor, by turns in one run: npm run bench:peers
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dotChart } from './chart.ts'
import { type Contender, OPERATIONS, type Operation } from './contenders.ts'
import { circumstances, isWhole, keepMeasured, markdown, putSection } from './document.ts'
import { enter } from './field.ts'
import { type Load, type Measured, measureForSeconds } from './load.ts'
import { type Latencies, openLoop } from './open-loop.ts'

const SCALE = Number(process.env.BENCH_SCALE ?? 1)
const SLICES = { warmSeconds: 1.2 * SCALE, turns: 5, turnSeconds: 0.6 * SCALE }
const LOADED = { share: 0.7, turns: 5, saturateSeconds: 1.5 * SCALE, seconds: 4 * SCALE, callers: 128 }
const SHOWN: readonly Operation[] = [
  'code flow',
  'refresh',
  'registration',
  'client credentials',
  'introspection',
  'metadata',
]
const IMAGE = new URL('../docs/images/peers.svg', import.meta.url)
const say = (line: string): void => void process.stderr.write(`${line}\n`)

type Figures = Partial<Record<Operation, Measured>>

process.setMaxListeners(100)
const folder = mkdtempSync(join(tmpdir(), 'doorward-peers-'))
const all: Contender[] = []
let failed: unknown
try {
  await enter(all, folder, say)
  const figures = await race()
  const loaded = await underLoad()
  report(figures, loaded)
} catch (error) {
  failed = error
} finally {
  for (const one of all) await one.stop()
  rmSync(folder, { recursive: true, force: true })
}
if (failed !== undefined) throw failed
process.exit()

async function race(): Promise<Figures[]> {
  const figures: Figures[] = all.map(() => ({}))
  for (const operation of OPERATIONS) {
    const able = all.flatMap(({ operations }, i) => (operations[operation] === undefined ? [] : [i]))
    const loads = able.map((i) => all[i]?.operations[operation] as Load)
    const results = await measureForSeconds(loads, SLICES)
    for (const [k, i] of able.entries()) (figures[i] as Figures)[operation] = results[k] as Measured
    say(
      `${operation}: ${able.map((i) => `${all[i]?.name} ${figures[i]?.[operation]?.cpuMilliseconds.toFixed(3)}`).join(', ')}`,
    )
  }
  return figures
}

function isDurable(one: Contender): boolean {
  return one.isDurable
}

/** What stands behind the router of the SDK is of the benchmark's own making. */
function isProduct(one: Contender): boolean {
  return one.isDurable && !one.name.startsWith('MCP SDK router')
}

interface UnderLoad {
  readonly name: string
  readonly saturated: number
  /** Each turn's, by its p99. */
  readonly turns: readonly Latencies[]
}

/** What a refresh waits for at 70 % of what the server can do at that moment, which is found out just before. */
async function underLoad(): Promise<UnderLoad[]> {
  const able = all.filter(({ refreshing }) => refreshing !== undefined)
  // A server that has nothing to do still takes a moment of the cores now and then.
  for (const one of all) if (!able.includes(one)) await one.stop()
  const operations = able.map((one) => one.refreshing?.(LOADED.callers) as Load['operation'])
  const turns: { saturated: number; latencies: Latencies }[][] = able.map(() => [])
  // The first turn opens the grants and warms.
  for (let turn = 0; turn <= LOADED.turns; turn++) {
    for (const [i, one] of able.entries()) {
      const operation = operations[i] as Load['operation']
      const pid = one.operations.refresh?.pid as number
      const slice = { warmSeconds: 0, turns: 1, turnSeconds: LOADED.saturateSeconds }
      const [full] = await measureForSeconds([{ pid, callers: LOADED.callers, operation }], slice)
      const saturated = full?.perSecond ?? 0
      const perSecond = saturated * LOADED.share
      const latencies = await openLoop(operation, { ...LOADED, perSecond })
      if (turn > 0) turns[i]?.push({ saturated, latencies })
    }
  }
  return able.map(({ name }, i) => {
    const own = turns[i] ?? []
    const sorted = own.map(({ latencies }) => latencies).sort((a, b) => a.p99Milliseconds - b.p99Milliseconds)
    return { name, saturated: median(own.map(({ saturated }) => saturated)), turns: sorted }
  })
}

function report(figures: readonly Figures[], loaded: readonly UnderLoad[]): void {
  const peersTable = markdown(
    ['CPU ms for one', ...SHOWN],
    all.map(({ name, missing }, i) => [
      name,
      ...SHOWN.map((operation) => cell(figures[i]?.[operation], missing[operation] !== undefined)),
    ]),
  )
  const sqlite = figures[1] as Figures
  const ratios = markdown(
    ['Doorward on SQLite', ...SHOWN],
    [
      ['times the floor', ...SHOWN.map((operation) => times(sqlite[operation], figures[0]?.[operation]))],
      ['the cheapest durable product, times Doorward', ...SHOWN.map((operation) => cheapest(operation, isProduct))],
      ['the cheapest durable peer, times Doorward', ...SHOWN.map((operation) => cheapest(operation, isDurable))],
      ['the cheapest peer of all, times Doorward', ...SHOWN.map((operation) => cheapest(operation, () => true))],
    ],
  )
  const rates = markdown(
    ['each second', ...SHOWN],
    all.map(({ name }, i) => [name, ...SHOWN.map((operation) => figures[i]?.[operation]?.perSecond.toFixed(0) ?? '—')]),
  )
  const latencyTable = markdown(
    ['refresh', 'at most, each second', 'offered', 'p50 ms', 'p99 ms', 'worst p99 of a turn', 'p99.9 ms'],
    loaded.map(({ name, saturated, turns }) => {
      const middle = turns[Math.floor(turns.length / 2)] as Latencies
      return [
        name,
        saturated.toFixed(0),
        (saturated * LOADED.share).toFixed(0),
        middle.p50Milliseconds.toFixed(1),
        middle.p99Milliseconds.toFixed(1),
        (turns.at(-1)?.p99Milliseconds ?? 0).toFixed(1),
        middle.p999Milliseconds.toFixed(1),
      ]
    }),
  )
  const when = `\`npm run bench:peers\`, ${circumstances()}.`
  const text = [when, '![CPU of each](images/peers.svg)', peersTable, ratios, rates].join('\n\n')
  process.stdout.write(`${text}\n\n${latencyTable}\n`)
  if (!isWhole) return
  mkdirSync(new URL('.', IMAGE), { recursive: true })
  writeFileSync(IMAGE, chart(figures))
  putSection('peers', text)
  putSection('latency', `${when}\n\n${latencyTable}`)
  keepMeasured('peers', {
    circumstances: circumstances(),
    contenders: Object.fromEntries(all.map(({ name }, i) => [name, rounded(figures[i] as Figures)])),
    underLoad: loaded.map(({ name, saturated, turns }) => ({ name, saturated, turns })),
  })

  function cheapest(operation: Operation, counts: (one: Contender) => boolean): string {
    const peers = all.flatMap((one, i) => {
      const cpu = figures[i]?.[operation]?.cpuMilliseconds
      const isPeer = i > 0 && !one.name.startsWith('Doorward')
      return isPeer && cpu !== undefined && counts(one) ? [{ name: one.name, cpu }] : []
    })
    const best = peers.sort((a, b) => a.cpu - b.cpu)[0]
    const own = sqlite[operation]?.cpuMilliseconds
    return best === undefined || own === undefined ? '—' : `${(best.cpu / own).toFixed(2)} (${best.name})`
  }
}

function chart(figures: readonly Figures[]): string {
  const rows = SHOWN.map((name) => ({ name, values: figures.map((one) => one[name]?.cpuMilliseconds) }))
  return dotChart(
    'What one costs the server',
    'milliseconds of CPU (logarithmic)',
    all.map(({ name }) => name),
    rows,
  )
}

function cell(measured: Measured | undefined, isMissing: boolean): string {
  if (measured === undefined) return isMissing ? '—' : '?'
  const beside = measured.besideMilliseconds >= 0.0005 ? ` + ${measured.besideMilliseconds.toFixed(3)}` : ''
  return measured.cpuMilliseconds.toFixed(3) + beside
}

function times(one: Measured | undefined, other: Measured | undefined): string {
  return one === undefined || other === undefined ? '—' : (one.cpuMilliseconds / other.cpuMilliseconds).toFixed(2)
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}

function rounded(figures: Figures): unknown {
  return JSON.parse(
    JSON.stringify(figures, (_, value) => (typeof value === 'number' ? Number(value.toPrecision(4)) : value)),
  )
}
