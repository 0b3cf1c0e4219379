import { availableParallelism } from 'node:os'
import { DEFAULT_HOST, DEFAULT_PORT, readConfig } from './config.ts'
import type { Config } from './config-schema.ts'
import { CONFIG_FILE, configFile, SERVE_DATABASE } from './database.ts'
import { prepareDatabaseFile, SERVER_SETTING } from './database-file.ts'
import { UsageError } from './problem.ts'
import type { Address } from './run.ts'
import { serverSecret } from './secret.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Everything that `serve` was given, read once: a worker that replaces another serves what that one served. */
export interface Plan {
  readonly config: Config
  readonly database: string
  /** The server secret, in base64url. */
  readonly secret: string
  readonly workers: number
  readonly drainSeconds: number
}

export interface ServeOptions {
  readonly config?: string
  readonly workers?: string
  readonly json?: boolean
}

const DRAIN_SECONDS = 1
const MOST_WORKERS = 64

/** @throws UsageError in one sentence that names key, value and mend. */
export function planOf(options: ServeOptions, env: Environment): Plan {
  const file = configFile(options, env)
  const config = readConfig(file, env)
  if (config.resources === undefined) {
    throw new UsageError(
      `No resources are configured; list at least one MCP server under "resources" in ${file ?? CONFIG_FILE}.`,
    )
  }
  const database = config.database ?? SERVE_DATABASE
  const workers = workersOf(options.workers, config)
  if (workers > 1 && database === ':memory:')
    throw new UsageError('A database in memory belongs to one process; use one worker, or name a file or postgres://….')
  prepareDatabaseFile(database, SERVER_SETTING)
  const secret = serverSecret(database, env).toString('base64url')
  return { config, database, secret, workers, drainSeconds: config.drainSeconds ?? DRAIN_SECONDS }
}

function workersOf(option: string | undefined, { workers = 1 }: Config): number {
  const wanted = option ?? workers
  if (wanted === 'auto') return availableParallelism()
  const count = Number(wanted)
  if (Number.isInteger(count) && count >= 1 && count <= MOST_WORKERS) return count
  throw new UsageError(`--workers is '${wanted}'; give a number from 1 to ${MOST_WORKERS}, or auto.`)
}

/**
 * The same with the ports that all workers are to listen at.
 * @param take finds out whether addresses are free, all at once, and gives the port of each; any where it is 0
 */
export async function withPorts(
  plan: Plan,
  take: (addresses: readonly Address[]) => Promise<readonly number[]>,
): Promise<Plan> {
  const { config } = plan
  const { mtls } = config
  const host = config.host ?? DEFAULT_HOST
  const own = { host, port: config.port ?? DEFAULT_PORT }
  if (mtls?.port === undefined) {
    const [port] = await take([own])
    return { ...plan, config: { ...config, port } }
  }
  const [port, mtlsPort] = await take([own, { host: mtls.host ?? host, port: mtls.port }])
  return { ...plan, config: { ...config, port, mtls: { ...mtls, port: mtlsPort } } }
}
