// What a second worker brings. `npm run bench:workers`
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { startPostgres } from '../packages/doorward/src/testing/postgres.ts'
import { CALLERS, expect, JSON_TYPE, type Ready, registration, rotation, signIn } from './flows.ts'
import { cpuMilliseconds, type Load, type Measured, measureByTurns, residentMegabytes, sender } from './load.ts'

const MAIN = new URL('../packages/doorward/bin/doorward.js', import.meta.url).pathname
const CGROUPS = '/sys/fs/cgroup/cpu'
/** Of a core for each worker, so that the callers and the database, which share this machine with them, are not what is measured. */
const SHARE = Number(process.env.BENCH_SHARE ?? 0.25)
const PERIOD_MICROSECONDS = 20_000
const OPERATOR = { email: 'ada@example.com', password: 'correct horse battery' }
const OPERATIONS = Math.round(4000 * Number(process.env.BENCH_SCALE ?? 1))
const VARIANTS = [1, 2] as const
/** What commits together gets cheaper the more it is: enough that each of two workers has plenty. */
const SETS = 4
const TOGETHER = SETS * CALLERS

interface Server {
  readonly workers: number
  readonly pids: readonly number[]
  readonly refresh: Load['operation']
  readonly discover: Load['operation']
  readonly stop: () => Promise<void>
}

/** Refreshes and discoveries of one worker and of two, by turns, on each kind of database. */
export async function benchWorkers(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'doorward-bench-workers-'))
  const postgres = await startPostgres()
  const lines: string[] = [
    isLimited()
      ? `each worker has ${SHARE * 100} % of a core, ${TOGETHER} callers`
      : `no limits can be set on this machine: callers, database and workers share its cores, ${TOGETHER} callers`,
  ]
  try {
    for (const kind of ['PostgreSQL', 'SQLite'] as const) {
      const servers: Server[] = []
      for (const workers of VARIANTS) {
        const home = join(folder, `${kind}-${workers}`)
        mkdirSync(home)
        const database = kind === 'SQLite' ? join(home, 'db.sqlite') : await postgres.fresh()
        servers.push(await start(home, database, workers))
      }
      try {
        lines.push(`${kind}, refresh rotation: ${await compared(servers, ({ refresh }) => refresh)}`)
        lines.push(`${kind}, discovery: ${await compared(servers, ({ discover }) => discover)}`)
        lines.push(`${kind}, resident: ${servers.map(({ pids }) => pids.map(megabytes).join(' + ')).join('; ')} MB`)
      } finally {
        for (const server of servers) await server.stop()
      }
    }
  } finally {
    await postgres.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  return lines.join('\n')
}

async function compared(
  servers: readonly Server[],
  operationOf: (server: Server) => Load['operation'],
): Promise<string> {
  const before = servers.map(({ pids }) => pids.map(cpuMilliseconds))
  const measured = await measureByTurns(
    servers.map((server) => ({ pid: server.pids[0] as number, callers: TOGETHER, operation: operationOf(server) })),
    OPERATIONS,
  )
  const cpu = servers.map(({ pids }, i) => pids.map((pid, k) => cpuMilliseconds(pid) - (before[i]?.[k] ?? 0)))
  const shown = measured.map(({ perSecond, p50Milliseconds, p99Milliseconds }, i) => {
    // Those that warmed it up count as well.
    const each = cpu[i]?.map((milliseconds) => (milliseconds / (OPERATIONS * 1.5)).toFixed(3)).join(' + ')
    const times = `p50 ${p50Milliseconds.toFixed(1)} ms, p99 ${p99Milliseconds.toFixed(1)} ms`
    return `${servers[i]?.workers} worker(s) ${perSecond.toFixed(0)} a second (${times}, CPU ${each} ms each)`
  })
  const [one, two] = measured as [Measured, Measured]
  return `${shown.join('; ')}: ${(two.perSecond / one.perSecond).toFixed(2)} times`
}

/** The first pid is of the process that hands connections around, where there is one. */
async function start(folder: string, database: string, workers: number): Promise<Server> {
  const config = join(folder, 'doorward.config.json')
  const resource = { name: 'Notes', resource: 'https://notes.example/mcp', scopes: { read: 'Read your notes' } }
  writeFileSync(config, JSON.stringify({ resources: [resource], policy: { preset: 'zero-touch' }, workers }))
  const env = { ...process.env, DOORWARD_DATABASE: database, DOORWARD_SECRET: 's'.repeat(43), DOORWARD_PORT: '0' }
  const child = spawn(MAIN, ['serve', '--json'], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  process.once('exit', () => child.kill('SIGKILL'))
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  const { issuer } = JSON.parse(line) as { issuer: string }
  const add = ['user', 'add', OPERATOR.email, '--operator', '--password-stdin']
  execFileSync(MAIN, add, { cwd: folder, env, input: OPERATOR.password, stdio: 'pipe' })
  const send = sender(issuer, TOGETHER)
  const registered = await send('POST', '/register', registration('Bench'), JSON_TYPE)
  const client = (JSON.parse(registered.body) as { client_id: string }).client_id
  const ready: Ready = { issuer, mcp: '', database, operator: OPERATOR }
  const session = await signIn(send, client, ready)
  const sets: Load['operation'][] = []
  for (let i = 0; i < SETS; i++) sets.push((await rotation(send, client, session)).refresh)
  const own = child.pid as number
  const children = workers === 1 ? [] : childrenOf(own)
  const groups = (workers === 1 ? [own] : children).map(limit)
  return {
    workers,
    pids: [own, ...children],
    refresh: async (caller) => sets[caller % SETS]?.(Math.floor(caller / SETS)),
    discover: async () => expect(await send('GET', '/.well-known/oauth-authorization-server')),
    stop: async () => {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
      for (const group of groups) if (group !== undefined) rmdirSync(group)
    },
  }
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number)
}

const isLimited = (): boolean => SHARE < 1 && existsSync(join(CGROUPS, 'cpu.cfs_quota_us')) && process.getuid?.() === 0

/** Gives a process so much of a core and no more. */
function limit(pid: number): string | undefined {
  if (!isLimited()) return undefined
  const group = join(CGROUPS, `doorward-bench-${pid}`)
  mkdirSync(group)
  writeFileSync(join(group, 'cpu.cfs_period_us'), String(PERIOD_MICROSECONDS))
  writeFileSync(join(group, 'cpu.cfs_quota_us'), String(Math.round(PERIOD_MICROSECONDS * SHARE)))
  writeFileSync(join(group, 'cgroup.procs'), String(pid))
  return group
}

const megabytes = (pid: number): string => residentMegabytes(pid).toFixed(0)

if (import.meta.main) process.stdout.write(`${await benchWorkers()}\n`)
