import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { createInterface } from 'node:readline'
import { Pool } from 'undici'

export interface Measured {
  readonly operations: number
  readonly perSecond: number
  readonly p50Milliseconds: number
  readonly p99Milliseconds: number
  /** CPU of the measured process per operation. */
  readonly cpuMilliseconds: number
  /** Of what works for it, such as its database. */
  readonly besideMilliseconds: number
}

const CLOCK_TICKS_PER_SECOND = 100
const TASKSET = '/usr/bin/taskset'

/** What is measured has the last core: the first one also serves the system, which takes it for 50 ms every few seconds. */
const MEASURED_CORE = String(cpus().length - 1)
/** The others; the same one where there is no other. */
export const OTHER_CORES = `0-${Math.max(0, cpus().length - 2)}`

/** Starts a command on the measured core, or on others (where `taskset` is there) and reads its first line as JSON. */
export async function startPinned<Ready>(
  words: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; cores?: string } = {},
): Promise<{ process: ChildProcess; ready: Ready; startMilliseconds: number }> {
  const pinned = existsSync(TASKSET) ? [TASKSET, '-c', options.cores ?? MEASURED_CORE] : []
  const [command, ...rest] = [...pinned, ...words] as [string, ...string[]]
  const started = performance.now()
  const child = spawn(command, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
  })
  // Whatever happens to the benchmark, nothing that it started outlives it.
  process.once('exit', () => child.kill('SIGKILL'))
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-2000)
  })
  const ended = once(child, 'exit').then(([status]) => {
    throw new Error(`${words.join(' ')} ended with ${status} before it was ready: ${said}`)
  })
  const lines = createInterface(child.stdout as NodeJS.ReadableStream)
  const [line] = (await Promise.race([once(lines, 'line'), ended])) as [string]
  // From here on it may end whenever it is asked to.
  ended.catch(() => undefined)
  return { process: child, ready: JSON.parse(line) as Ready, startMilliseconds: performance.now() - started }
}

/** User and system time of a process so far, of all its threads: what its own `process.cpuUsage()` says. */
export function cpuMilliseconds(pid: number): number {
  const fields = statOf(pid)
  return ticks(fields[11], fields[12])
}

function statOf(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

function ticks(...counts: readonly (string | undefined)[]): number {
  return (counts.reduce((sum, count) => sum + Number(count), 0) * 1000) / CLOCK_TICKS_PER_SECOND
}

export function residentMegabytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
}

/** What is asked of a process, over and over. */
export interface Load {
  readonly pid: number
  /** CPU so far, in milliseconds, of what works for it, such as a database; it is named apart. */
  readonly beside?: (() => number) | undefined
  readonly callers: number
  readonly operation: (caller: number) => Promise<void>
}

/** Enough has been done, after so many operations in this slice or so many milliseconds. */
type IsEnough = (operations: number, milliseconds: number) => boolean

const TURNS = 10

export async function measure(load: Load, operations: number): Promise<Measured> {
  return (await measureByTurns([load], operations))[0] as Measured
}

/**
 * Each load so many times, in slices that take turns: a shared machine changes within minutes, and then changes for all of
 * them. The callers of a load each wait for their answer.
 */
export function measureByTurns(loads: readonly Load[], operations: number): Promise<Measured[]> {
  // A cold compiler is not what is measured: half as many go before.
  const warm: IsEnough = (done) => done >= operations / 2
  return byTurns(loads, warm, TURNS, (done) => done >= operations / TURNS)
}

/** The same for loads of which some take a hundred times as long as others: each slice lasts so long. */
export function measureForSeconds(
  loads: readonly Load[],
  of: { warmSeconds: number; turns: number; turnSeconds: number },
): Promise<Measured[]> {
  const lasts =
    (seconds: number): IsEnough =>
    (_, milliseconds) =>
      milliseconds >= seconds * 1000
  return byTurns(loads, lasts(of.warmSeconds), of.turns, lasts(of.turnSeconds))
}

async function byTurns(loads: readonly Load[], warm: IsEnough, turns: number, isEnough: IsEnough): Promise<Measured[]> {
  for (const load of loads) await rounds(load, warm)
  const sums = loads.map(() => ({ seconds: 0, cpuMilliseconds: 0, besideMilliseconds: 0, latencies: [] as number[] }))
  for (let turn = 0; turn < turns; turn++) {
    for (const [i, load] of loads.entries()) {
      const sum = sums[i] as (typeof sums)[number]
      const cpu = cpuMilliseconds(load.pid)
      const beside = load.beside?.() ?? 0
      const started = performance.now()
      const latencies = await rounds(load, isEnough)
      sum.seconds += (performance.now() - started) / 1000
      sum.cpuMilliseconds += cpuMilliseconds(load.pid) - cpu
      sum.besideMilliseconds += (load.beside?.() ?? 0) - beside
      for (const latency of latencies) sum.latencies.push(latency)
    }
  }
  return sums.map(({ seconds, cpuMilliseconds, besideMilliseconds, latencies }) => {
    latencies.sort((a, b) => a - b)
    const operations = latencies.length
    return {
      operations,
      perSecond: operations / seconds,
      p50Milliseconds: quantile(latencies, 0.5),
      p99Milliseconds: quantile(latencies, 0.99),
      cpuMilliseconds: cpuMilliseconds / operations,
      besideMilliseconds: besideMilliseconds / operations,
    }
  })
}

/** Of values in ascending order. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

/** Of a process and all that it has started, also those that have ended: PostgreSQL serves each connection by one of its own. */
export function familyMilliseconds(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  const living = children === '' ? [] : children.split(' ').map(Number)
  const ended = statOf(pid)
  return living.reduce((sum, child) => {
    try {
      return sum + cpuMilliseconds(child)
    } catch {
      // It ended while it was looked at.
      return sum
    }
  }, cpuMilliseconds(pid) + ticks(ended[13], ended[14]))
}

async function rounds({ callers, operation }: Load, isEnough: IsEnough): Promise<number[]> {
  const begun = performance.now()
  let operations = 0
  const latencies: number[] = []
  await Promise.all(
    Array.from({ length: callers }, async (_, caller) => {
      while (!isEnough(operations, performance.now() - begun)) {
        operations++
        const started = performance.now()
        await operation(caller)
        latencies.push(performance.now() - started)
      }
    }),
  )
  return latencies
}

export type Send = (
  method: 'GET' | 'POST',
  path: string,
  body?: string,
  headers?: Record<string, string>,
) => Promise<{ status: number; body: string; location: string | undefined; cookies: string[] }>

/** A client that keeps its connections and does as little as a client can: it looks up no name, and asks for the one that it was given. */
export function sender(origin: string, connections: number): Send {
  const { host } = new URL(origin)
  const pool = new Pool(origin.replace('//localhost', '//127.0.0.1'), { connections, pipelining: 1 })
  return async (method, path, body, headers = {}) => {
    const response = await pool.request({ method, path, body: body ?? null, headers: { host, ...headers } })
    const { location } = response.headers
    const cookie = response.headers['set-cookie']
    return {
      status: response.statusCode,
      body: await response.body.text(),
      location: typeof location === 'string' ? location : undefined,
      cookies: cookie === undefined ? [] : Array.isArray(cookie) ? cookie : [cookie],
    }
  }
}
