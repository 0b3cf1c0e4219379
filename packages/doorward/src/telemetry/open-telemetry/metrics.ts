import { type HrTime, ValueType } from '@opentelemetry/api'
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto'
import type { Resource } from '@opentelemetry/resources'
import {
  AggregationTemporality,
  DataPointType,
  type MetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics'
import type { Metric } from '../instruments.ts'
import type { Tell } from './open.ts'
import { telling } from './telling.ts'

export interface MetricsSettings {
  readonly resource: Resource
  readonly version: string
  readonly milliseconds: number
  readonly tell: Tell
  readonly read: () => Promise<readonly Metric[]>
  readonly now: () => number
}

/** The same numbers as Prometheus reads, under the same names, as they stand at each interval. */
export function openMetrics({ resource, version, milliseconds, tell, read, now }: MetricsSettings) {
  const exporter = telling<ResourceMetrics, OTLPMetricExporter>(new OTLPMetricExporter(), 'metrics', tell)
  const startTime = timeOf(now())
  async function send(): Promise<void> {
    const metrics = await read()
    const endTime = timeOf(now())
    const scope = { name: 'doorward', version }
    const scopeMetrics = [{ scope, metrics: metrics.map((metric) => dataOf(metric, { startTime, endTime })) }]
    await new Promise<void>((resolve) => exporter.export({ resource, scopeMetrics }, () => resolve()))
  }
  const timer = setInterval(() => void send().catch(() => undefined), milliseconds)
  timer.unref()
  return {
    close: async () => {
      clearInterval(timer)
      await send()
      await exporter.shutdown()
    },
  }
}

function timeOf(milliseconds: number): HrTime {
  return [Math.floor(milliseconds / 1000), Math.round((milliseconds % 1000) * 1e6)]
}

function dataOf(metric: Metric, times: { readonly startTime: HrTime; readonly endTime: HrTime }): MetricData {
  const base = {
    descriptor: {
      name: metric.name,
      description: metric.help,
      unit: /seconds/.test(metric.name) ? 's' : /bytes/.test(metric.name) ? 'By' : '',
      valueType: ValueType.DOUBLE,
    },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  }
  if (metric.kind === 'histogram') {
    const dataPoints = metric.distributions().map(({ labels, sum, count, buckets }) => ({
      ...times,
      attributes: labels,
      value: { sum, count, buckets: { boundaries: [...metric.bounds], counts: [...buckets] } },
    }))
    return { ...base, dataPointType: DataPointType.HISTOGRAM, dataPoints }
  }
  const dataPoints = metric.points().map(({ labels, value }) => ({ ...times, attributes: labels, value }))
  return metric.kind === 'counter'
    ? { ...base, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints }
    : { ...base, dataPointType: DataPointType.GAUGE, dataPoints }
}
