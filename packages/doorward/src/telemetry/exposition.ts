import type { Distribution, Metric } from './instruments.ts'

/** The text format of Prometheus, version 0.0.4. */
export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

export function expositionOf(metrics: readonly Metric[]): string {
  return metrics.map(textOf).join('')
}

function textOf(metric: Metric): string {
  const { name, help, kind } = metric
  const lines =
    metric.kind === 'histogram'
      ? metric.distributions().flatMap((distribution) => linesOf(name, metric.bounds, distribution))
      : metric.points().map(({ labels, value }) => `${name}${labelsOf(labels)} ${number(value)}`)
  // A number that is known nowhere yet has nothing to be described.
  if (lines.length === 0) return ''
  return `# HELP ${name} ${escaped(help)}\n# TYPE ${name} ${kind}\n${lines.join('\n')}\n`
}

function linesOf(name: string, bounds: readonly number[], { labels, sum, count, buckets }: Distribution): string[] {
  let below = 0
  const counted = [...bounds.map(String), '+Inf'].map((le, i) => {
    below += buckets[i] ?? 0
    return `${name}_bucket${labelsOf({ ...labels, le })} ${below}`
  })
  return [...counted, `${name}_sum${labelsOf(labels)} ${number(sum)}`, `${name}_count${labelsOf(labels)} ${count}`]
}

function labelsOf(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value).replaceAll('"', '\\"')}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}

function number(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value)
}
