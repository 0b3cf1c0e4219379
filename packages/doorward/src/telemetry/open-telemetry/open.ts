import {
  detectResources,
  envDetector,
  resourceFromAttributes,
  serviceInstanceIdDetector,
} from '@opentelemetry/resources'
import type { Exported } from '../exported.ts'
import type { Metric } from '../instruments.ts'
import type { Span, Tracing } from '../tracing.ts'
import type { OpenTelemetrySettings, Signal } from './settings.ts'

/** What a collector said to a batch of ours. */
export type Tell = (signal: Signal, problem: string | undefined) => void

export interface OpenTelemetry {
  readonly tracing: Tracing | undefined
  readonly log: ((event: Exported, span: Span | undefined) => void) | undefined
  /** Sends what waits. A collector that does not answer is waited for as long as its timeout says. */
  readonly close: () => Promise<void>
}

export interface OpenTelemetryWorld {
  readonly version: string
  readonly tell: Tell
  /** Brings the numbers up to date and gives them. */
  readonly read: () => Promise<readonly Metric[]>
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Sends by OTLP what was asked for; of the SDK no more is loaded than that. */
export async function openTelemetry(
  { signals, sampling, spans, records, metricsMilliseconds }: OpenTelemetrySettings,
  { version, tell, read, now }: OpenTelemetryWorld,
): Promise<OpenTelemetry> {
  const own = resourceFromAttributes({ 'service.name': 'doorward', 'service.version': version })
  // What the environment says of itself stands above what we say.
  const resource = own.merge(detectResources({ detectors: [serviceInstanceIdDetector, envDetector] }))
  const traces = signals.includes('traces')
    ? (await import('./traces.ts')).openTraces({ resource, version, sampling, batch: spans, tell })
    : undefined
  const logs = signals.includes('logs')
    ? (await import('./logs.ts')).openLogs({ resource, version, batch: records, tell })
    : undefined
  const metrics = signals.includes('metrics')
    ? (await import('./metrics.ts')).openMetrics({
        resource,
        version,
        milliseconds: metricsMilliseconds,
        tell,
        read,
        now,
      })
    : undefined
  return {
    tracing: traces?.tracing,
    log: logs?.log,
    close: async () => {
      await Promise.allSettled([traces?.close(), logs?.close(), metrics?.close()])
    },
  }
}
