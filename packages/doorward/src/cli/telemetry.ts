import type { KeySettings } from '../authority/keys/schedule.ts'
import type { Metric } from '../telemetry/instruments.ts'
import type { OpenTelemetrySettings, Signal } from '../telemetry/open-telemetry/settings.ts'
import type { Watch } from '../telemetry/watch.ts'
import type { Terminal } from './commands/command.ts'
import { OWN_PATHS } from './config.ts'
import type { Config } from './config-schema.ts'
import { isPostgres } from './database-address.ts'
import type { ServedResource } from './door.ts'
import type { MetricsConfig } from './telemetry-schema.ts'
import { openTelemetryOf } from './telemetry-settings.ts'

export interface TelemetryWanted {
  readonly metrics: MetricsConfig | undefined
  readonly log: 'json' | undefined
  readonly openTelemetry: OpenTelemetrySettings | undefined
  readonly trustsProxies: boolean
}

export interface TelemetryWorld {
  readonly version: string
  readonly issuer: string
  readonly database: string
  /** Of the MCP servers behind the gateway. */
  readonly resources: readonly string[]
  /** Results, on standard output. */
  readonly print: (line: string) => void
  /** Hints for whoever runs this, on standard error. */
  readonly say: (line: string) => void
}

/** What of the house is asked when numbers are read. */
export interface Readings {
  readonly keys: () => Promise<readonly { readonly kid: string; readonly createdAt: number }[]>
  readonly signingKid: () => string
  readonly keySettings: KeySettings
  readonly databaseWaiting: () => number
  /** In milliseconds. */
  readonly clockAhead: () => number
  readonly areChangesHeard: () => boolean
  readonly eventsWaiting: () => number
  readonly eventsDropped: () => number
}

export interface Telemetry {
  readonly watch: Watch
  /** Once the house stands. */
  readonly attach: (readings: Readings) => void
  /** Where the numbers are read, if anywhere. */
  readonly metricsAt: string | undefined
  readonly close: () => Promise<void>
}

const HOST = '127.0.0.1'
/** A database that does not answer keeps nobody from reading the other numbers. */
const READ_MILLISECONDS = 2000
/** Nor does a collector that does not answer keep the process from ending. */
const CLOSE_MILLISECONDS = 3000

/** What config file and environment ask for, for the server that they describe. */
export function telemetryOf(
  config: Config,
  { env, print, say, outliveReader }: Terminal,
  served: { issuer: string; database: string; version: string; resources: readonly ServedResource[] },
): Promise<Telemetry | undefined> {
  if (config.log !== undefined) outliveReader?.()
  const wanted = {
    metrics: config.metrics,
    log: config.log,
    openTelemetry: openTelemetryOf(env),
    trustsProxies: config.telemetry?.trustTraceparent === true,
  }
  const resources = served.resources.filter(({ upstream }) => upstream !== undefined).map(({ uri }) => uri)
  return openTelemetry(wanted, { ...served, resources, print, say })
}

/** Loads what was asked for, and nothing where nothing was. */
export async function openTelemetry(wanted: TelemetryWanted, world: TelemetryWorld): Promise<Telemetry | undefined> {
  const { metrics, log, openTelemetry: otlp, trustsProxies } = wanted
  if (metrics === undefined && log === undefined && otlp === undefined) return undefined
  const [{ metricsOf, numbersOf, processNumbers }, { routesOf }, { watch }, { processReader }] = await Promise.all([
    import('../telemetry/numbers.ts'),
    import('../telemetry/routes.ts'),
    import('../telemetry/watch.ts'),
    import('./process-numbers.ts'),
  ])
  const { version, issuer, database, resources, print, say } = world
  const routes = routesOf(
    issuer,
    OWN_PATHS,
    resources.map((uri) => new URL(uri).pathname),
  )
  const engine = isPostgres(database) ? 'postgres' : 'sqlite'
  const numbers = numbersOf({ routes: routes.names, resources, version, node: process.version, engine })
  const ofProcess = processNumbers()
  const reader = processReader(ofProcess)
  const all = metricsOf(numbers, ofProcess)
  let readings: Readings | undefined
  let dropped = 0

  async function read(): Promise<readonly Metric[]> {
    reader.read()
    if (readings === undefined) return all
    const { keys, signingKid, keySettings, databaseWaiting, clockAhead, eventsWaiting, eventsDropped } = readings
    numbers.databaseWaiting.set([], databaseWaiting())
    numbers.clockAhead.set([], clockAhead() / 1000)
    numbers.changesHeard.set([], readings.areChangesHeard() ? 1 : 0)
    numbers.eventsWaiting.set([], eventsWaiting())
    numbers.eventsDropped.add([], eventsDropped() - dropped)
    dropped = eventsDropped()
    const known = await inTime(keys(), READ_MILLISECONDS)
    numbers.databaseUp.set([], known === undefined ? 0 : 1)
    if (known === undefined) return all
    const { nextKeyAt } = await import('../authority/keys/schedule.ts')
    const now = (Date.now() + clockAhead()) / 1000
    const signing = known.find(({ kid }) => kid === signingKid())
    const newest = known.at(-1)
    numbers.keys.set([], known.length)
    if (signing !== undefined) numbers.keyAge.set([], now - signing.createdAt)
    if (newest !== undefined) numbers.keyNext.set([], nextKeyAt(newest, keySettings) - now)
    return all
  }

  const failing = new Set<Signal>()
  const tell = (signal: Signal, problem: string | undefined): void => {
    numbers.exports.add([signal, problem === undefined ? 'sent' : 'failed'])
    if (problem === undefined) return void failing.delete(signal)
    if (failing.has(signal)) return
    // Once, until it works again: requests go on as if nothing were wrong, and so they should.
    failing.add(signal)
    say(
      `The OpenTelemetry collector did not take ${signal} (${problem}); see that it runs at OTEL_EXPORTER_OTLP_ENDPOINT. Doorward goes on without it and tries again.`,
    )
  }
  const exporting =
    otlp === undefined
      ? undefined
      : await (await import('../telemetry/open-telemetry/open.ts')).openTelemetry(otlp, {
          version,
          tell,
          read,
          now: () => Date.now(),
        })
  const listener =
    metrics === undefined
      ? undefined
      : await (await import('./metrics-listener.ts')).serveMetrics(
          { host: metrics.host ?? HOST, port: metrics.port },
          await exposition(read),
        )
  return {
    watch: watch({
      numbers,
      nameOf: routes.nameOf,
      tracing: exporting?.tracing,
      trustsProxies,
      log: sinkOf(log === undefined ? undefined : print, exporting?.log),
      elapsed: () => performance.now() / 1000,
      now: () => Math.floor(Date.now() / 1000),
    }),
    attach: (given) => {
      readings = given
    },
    metricsAt: listener && `http://${hostText(metrics?.host ?? HOST)}:${listener.port}/metrics`,
    close: async () => {
      reader.stop()
      // The house is closed by now: what it said last stands.
      readings = undefined
      await Promise.all([listener?.close(), inTime(exporting?.close() ?? Promise.resolve(), CLOSE_MILLISECONDS)])
    },
  }
}

async function exposition(read: () => Promise<readonly Metric[]>) {
  const { EXPOSITION_TYPE, expositionOf } = await import('../telemetry/exposition.ts')
  return { type: EXPOSITION_TYPE, read: async () => expositionOf(await read()) }
}

type Log = NonNullable<Parameters<typeof import('../telemetry/watch.ts')['watch']>[0]['log']>

function sinkOf(print: ((line: string) => void) | undefined, send: Log | undefined): Log | undefined {
  if (print === undefined) return send
  return (event, span) => {
    const time = new Date().toISOString()
    print(
      JSON.stringify({
        time,
        ...event,
        ...(span === undefined ? {} : { trace_id: span.traceId, span_id: span.spanId }),
      }),
    )
    send?.(event, span)
  }
}

/** RFC 3986 §3.2.2. */
function hostText(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}

/** What came of it; undefined where it failed, or took longer. */
async function inTime<T>(work: Promise<T>, milliseconds: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), milliseconds)
  })
  return Promise.race([work.catch(() => undefined), late]).finally(() => clearTimeout(timer))
}
