/** A label and every value that it may have. */
export interface Label {
  readonly name: string
  readonly values: readonly string[]
  /** What is none of them counts as `other`; where it is not open, it is not counted. */
  readonly isOpen?: boolean
}

export interface Instrument {
  /** As Prometheus calls it: snake case, unit last, `_total` where it only grows. */
  readonly name: string
  /** One sentence for whoever reads the number. */
  readonly help: string
  readonly kind: 'counter' | 'gauge' | 'histogram'
  readonly labels: readonly Label[]
}

export interface Counter extends Instrument {
  readonly kind: 'counter'
  readonly add: (values: readonly string[], by?: number) => void
  readonly points: () => readonly Point[]
}

export interface Gauge extends Instrument {
  readonly kind: 'gauge'
  readonly set: (values: readonly string[], to: number) => void
  readonly points: () => readonly Point[]
}

export interface Histogram extends Instrument {
  readonly kind: 'histogram'
  /** Upper bounds of the buckets, the last of which has none. */
  readonly bounds: readonly number[]
  /** In the unit of its name. */
  readonly observe: (values: readonly string[], value: number) => void
  readonly distributions: () => readonly Distribution[]
}

export type Metric = Counter | Gauge | Histogram

export interface Point {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export interface Distribution {
  readonly labels: Readonly<Record<string, string>>
  readonly sum: number
  readonly count: number
  /** How many fell into each bucket, and into none of those before it; one more than there are bounds. */
  readonly buckets: readonly number[]
}

export const OTHER = 'other'
const NOWHERE = -1

type Described = Omit<Instrument, 'kind'>

/** Only grows. Each of its series is there from the start, at 0, so that the first step up can be seen. */
export function counter(described: Described): Counter {
  const series = seriesOf(described)
  const values = new Float64Array(series.labels.length)
  return {
    ...described,
    kind: 'counter',
    add: (of, by = 1) => {
      const at = series.at(of)
      if (at !== NOWHERE) values[at] = (values[at] ?? 0) + by
    },
    points: () => series.labels.map((labels, at) => ({ labels, value: values[at] ?? 0 })),
  }
}

/** Goes up and down. What was never set is not told: nobody knows it. */
export function gauge(described: Described): Gauge {
  const series = seriesOf(described)
  const values = new Float64Array(series.labels.length).fill(Number.NaN)
  return {
    ...described,
    kind: 'gauge',
    set: (of, to) => {
      const at = series.at(of)
      if (at !== NOWHERE) values[at] = to
    },
    points: () =>
      series.labels
        .map((labels, at) => ({ labels, value: values[at] ?? Number.NaN }))
        .filter(({ value }) => !Number.isNaN(value)),
  }
}

export function histogram(described: Described & { readonly bounds: readonly number[] }): Histogram {
  const series = seriesOf(described)
  const { bounds } = described
  const width = bounds.length + 1
  const buckets = new Float64Array(series.labels.length * width)
  const sums = new Float64Array(series.labels.length)
  return {
    ...described,
    kind: 'histogram',
    observe: (of, value) => {
      const at = series.at(of)
      if (at === NOWHERE) return
      let bucket = 0
      while (bucket < bounds.length && value > (bounds[bucket] as number)) bucket++
      buckets[at * width + bucket] = (buckets[at * width + bucket] ?? 0) + 1
      sums[at] = (sums[at] ?? 0) + value
    },
    distributions: () =>
      series.labels.map((labels, at) => {
        const own = [...buckets.subarray(at * width, (at + 1) * width)]
        return { labels, sum: sums[at] ?? 0, count: own.reduce((all, one) => all + one, 0), buckets: own }
      }),
  }
}

/**
 * Every series that there can be, made at once: whatever strangers send, there are never more. A series is found by counting
 * through the values of its labels, like the digits of a number.
 */
function seriesOf({ labels }: Described) {
  const places = labels.map(({ values, isOpen }) => {
    const all = isOpen === true ? [...values.filter((value) => value !== OTHER), OTHER] : values
    return new Map(all.map((value, i) => [value, i]))
  })
  let all: Readonly<Record<string, string>>[] = [{}]
  for (const [i, { name }] of labels.entries()) {
    const values = [...(places[i] as Map<string, number>).keys()]
    all = all.flatMap((before) => values.map((value) => ({ ...before, [name]: value })))
  }
  return {
    labels: all,
    at: (of: readonly string[]): number => {
      let at = 0
      for (let i = 0; i < places.length; i++) {
        const place = places[i] as Map<string, number>
        const digit = place.get(of[i] ?? OTHER) ?? place.get(OTHER)
        if (digit === undefined) return NOWHERE
        at = at * place.size + digit
      }
      return at
    },
  }
}
