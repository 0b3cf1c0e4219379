import { accessSync, constants } from 'node:fs'
import type { Batch, OpenTelemetrySettings, Sampling, Signal } from '../telemetry/open-telemetry/settings.ts'
import { systemWords, UsageError } from './problem.ts'

type Environment = Readonly<Record<string, string | undefined>>

const SIGNALS: readonly Signal[] = ['traces', 'metrics', 'logs']
const PROTOCOL = 'http/protobuf'
const COMPRESSIONS = ['none', 'gzip']
const FILES = ['CERTIFICATE', 'CLIENT_KEY', 'CLIENT_CERTIFICATE']
const ROOTS = ['always_on', 'always_off', 'traceidratio'] as const
const INTERVAL_MILLISECONDS = 60_000

/**
 * What the variables of OpenTelemetry ask for; undefined where they name no collector. An empty variable is one that is not set.
 * @throws UsageError for what cannot be done as asked.
 */
export function openTelemetryOf(env: Environment): OpenTelemetrySettings | undefined {
  if (env.OTEL_SDK_DISABLED?.toLowerCase() === 'true') return undefined
  const signals = SIGNALS.filter((signal) => isWanted(env, signal))
  if (signals.length === 0) return undefined
  return {
    signals,
    sampling: samplingOf(env),
    spans: batchOf(env, 'OTEL_BSP'),
    records: batchOf(env, 'OTEL_BLRP'),
    metricsMilliseconds: wholeNumber(env, 'OTEL_METRIC_EXPORT_INTERVAL') ?? INTERVAL_MILLISECONDS,
  }
}

function isWanted(env: Environment, signal: Signal): boolean {
  const upper = signal.toUpperCase()
  const name = meant(env, upper, 'ENDPOINT')
  if (name === undefined) return false
  const exporter = env[`OTEL_${upper}_EXPORTER`] || 'otlp'
  if (exporter === 'none') return false
  if (exporter !== 'otlp')
    throw new UsageError(`OTEL_${upper}_EXPORTER is '${exporter}'; Doorward speaks otlp, or none of ${signal}.`)
  if (!/^https?:$/.test(URL.parse(env[name] ?? '')?.protocol ?? ''))
    throw new UsageError(`${name} is no http or https address; give one like http://localhost:4318.`)
  const protocol = env[`OTEL_EXPORTER_OTLP_${upper}_PROTOCOL`] || env.OTEL_EXPORTER_OTLP_PROTOCOL || PROTOCOL
  if (protocol !== PROTOCOL)
    throw new UsageError(
      `The protocol for ${signal} is '${protocol}' (OTEL_EXPORTER_OTLP_PROTOCOL); Doorward speaks ${PROTOCOL}, which every collector takes, mostly at port 4318.`,
    )
  checkWay(env, upper)
  return true
}

/** The variable that counts: that of the signal, or the one for all. */
function meant(env: Environment, upper: string, what: string): string | undefined {
  return [`OTEL_EXPORTER_OTLP_${upper}_${what}`, `OTEL_EXPORTER_OTLP_${what}`].find((one) => env[one])
}

/** What the SDK reads by itself. It leaves out what it cannot read and sends without it, and says so to nobody. */
function checkWay(env: Environment, upper: string): void {
  for (const what of FILES) {
    const name = meant(env, upper, what)
    if (name === undefined) continue
    try {
      accessSync(env[name] ?? '', constants.R_OK)
    } catch (error) {
      throw new UsageError(
        `${name} names '${env[name]}', which cannot be read (${systemWords(error)}); check the path and who may read it.`,
      )
    }
  }
  const compression = meant(env, upper, 'COMPRESSION')
  if (compression !== undefined && !COMPRESSIONS.includes(env[compression] ?? ''))
    throw new UsageError(`${compression} is '${env[compression]}'; it may be gzip or none.`)
  const headers = meant(env, upper, 'HEADERS')
  // A key may stand there, so it is not repeated.
  if (headers !== undefined && !(env[headers] ?? '').split(',').every((one) => /^\s*[^\s=]+\s*=|^\s*$/.test(one)))
    throw new UsageError(`${headers} is no list of headers; write it as name=value,name=value.`)
  wholeNumber(env, meant(env, upper, 'TIMEOUT') ?? '')
}

function samplingOf(env: Environment): Sampling {
  const name = env.OTEL_TRACES_SAMPLER || 'parentbased_always_on'
  const isParentBased = name.startsWith('parentbased_')
  const root = ROOTS.find((one) => one === name.replace(/^parentbased_/, ''))
  if (root === undefined) {
    const all = ROOTS.flatMap((one) => [one, `parentbased_${one}`]).join(', ')
    throw new UsageError(`OTEL_TRACES_SAMPLER is '${name}'; it has to be one of ${all}.`)
  }
  const given = env.OTEL_TRACES_SAMPLER_ARG || '1'
  const ratio = Number(given)
  if (root === 'traceidratio' && !(ratio >= 0 && ratio <= 1))
    throw new UsageError(`OTEL_TRACES_SAMPLER_ARG is '${given}'; it has to be a number from 0 to 1.`)
  return { root, isParentBased, ratio }
}

function batchOf(env: Environment, prefix: 'OTEL_BSP' | 'OTEL_BLRP'): Batch {
  return {
    scheduledDelayMillis: wholeNumber(env, `${prefix}_SCHEDULE_DELAY`),
    exportTimeoutMillis: wholeNumber(env, `${prefix}_EXPORT_TIMEOUT`),
    maxQueueSize: wholeNumber(env, `${prefix}_MAX_QUEUE_SIZE`),
    maxExportBatchSize: wholeNumber(env, `${prefix}_MAX_EXPORT_BATCH_SIZE`),
  }
}

function wholeNumber(env: Environment, name: string): number | undefined {
  const text = env[name]
  if (text === undefined || text === '') return undefined
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new UsageError(`${name} is '${text}'; it has to be a whole number from 1 on.`)
  return Number(text)
}
