import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { Pool } from 'undici'

export interface Measured {
  readonly operations: number
  readonly perSecond: number
  readonly p50Milliseconds: number
  readonly p99Milliseconds: number
  /** CPU of the measured process per operation. */
  readonly cpuMilliseconds: number
}

const CLOCK_TICKS_PER_SECOND = 100

/** Starts a command on core 0, or on others (where `taskset` is there) and reads its first line as JSON. */
export async function startPinned<Ready>(
  words: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; cores?: string } = {},
): Promise<{ process: ChildProcess; ready: Ready; startMilliseconds: number }> {
  const pinned = existsSync('/usr/bin/taskset') ? ['/usr/bin/taskset', '-c', options.cores ?? '0'] : []
  const [command, ...rest] = [...pinned, ...words] as [string, ...string[]]
  const started = performance.now()
  const child = spawn(command, rest, {
    stdio: ['ignore', 'pipe', 'ignore'],
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
  })
  // Whatever happens to the benchmark, nothing that it started outlives it.
  process.once('exit', () => child.kill('SIGKILL'))
  const [line] = (await once(createInterface(child.stdout as NodeJS.ReadableStream), 'line')) as [string]
  return { process: child, ready: JSON.parse(line) as Ready, startMilliseconds: performance.now() - started }
}

/** User and system time of a process so far. */
export function cpuMilliseconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / CLOCK_TICKS_PER_SECOND
}

export function residentMegabytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
}

/** What is asked of a process, over and over. */
export interface Load {
  readonly pid: number
  readonly callers: number
  readonly operation: (caller: number) => Promise<void>
}

const TURNS = 10

export async function measure(load: Load, operations: number): Promise<Measured> {
  return (await measureByTurns([load], operations))[0] as Measured
}

/**
 * Each load so many times, in slices that take turns: a shared machine changes within minutes, and then changes for all of
 * them. The callers of a load each wait for their answer.
 */
export async function measureByTurns(loads: readonly Load[], operations: number): Promise<Measured[]> {
  // A cold compiler is not what is measured: half as many go before.
  for (const load of loads) await rounds(Math.ceil(operations / 2), load.callers, load.operation)
  const sums = loads.map(() => ({ operations: 0, seconds: 0, cpuMilliseconds: 0, latencies: [] as number[] }))
  for (let turn = 0; turn < TURNS; turn++) {
    for (const [i, { pid, callers, operation }] of loads.entries()) {
      const sum = sums[i] as (typeof sums)[number]
      const cpu = cpuMilliseconds(pid)
      const started = performance.now()
      const latencies = await rounds(Math.ceil(operations / TURNS), callers, operation)
      sum.seconds += (performance.now() - started) / 1000
      sum.cpuMilliseconds += cpuMilliseconds(pid) - cpu
      sum.operations += latencies.length
      for (const latency of latencies) sum.latencies.push(latency)
    }
  }
  return sums.map(({ operations, seconds, cpuMilliseconds, latencies }) => {
    latencies.sort((a, b) => a - b)
    const at = (share: number) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0
    return {
      operations,
      perSecond: operations / seconds,
      p50Milliseconds: at(0.5),
      p99Milliseconds: at(0.99),
      cpuMilliseconds: cpuMilliseconds / operations,
    }
  })
}

async function rounds(
  operations: number,
  callers: number,
  operation: (caller: number) => Promise<void>,
): Promise<number[]> {
  let left = operations
  const latencies: number[] = []
  await Promise.all(
    Array.from({ length: callers }, async (_, caller) => {
      while (left-- > 0) {
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

/** A client that keeps its connections and does as little as a client can. */
export function sender(origin: string, connections: number): Send {
  const pool = new Pool(origin, { connections, pipelining: 1 })
  return async (method, path, body, headers = {}) => {
    const response = await pool.request({ method, path, body: body ?? null, headers })
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
