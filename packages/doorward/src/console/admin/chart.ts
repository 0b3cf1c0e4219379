import { type Html, html } from '../html.ts'
import { day } from '../moment.ts'
import type { Words } from '../words/words.ts'
import { table } from './parts.ts'

export interface Series {
  readonly label: string
  /** One for each day. */
  readonly values: readonly number[]
}

/** What `events.count` answers, of days. */
export interface Counted {
  readonly from: number
  readonly step: number
  readonly steps: number
  readonly counts: readonly { readonly at: number; readonly key: string; readonly count: number }[]
}

const MOST_SERIES = 6
const WIDTH = 420
const HEIGHT = 84
const GAP = 3

/** A line of days for each key, those with the most first; what is past the sixth is taken together. */
export function seriesOf({ from, step, steps, counts }: Counted, others: string): Series[] {
  const byKey = new Map<string, number[]>()
  for (const { at, key, count } of counts) {
    const values = byKey.get(key) ?? Array.from({ length: steps }, () => 0)
    byKey.set(key, values)
    const place = Math.floor((at - from) / step)
    if (place >= 0 && place < steps) values[place] = (values[place] ?? 0) + count
  }
  const all = [...byKey].map(([label, values]) => ({ label, values })).sort((a, b) => sum(b.values) - sum(a.values))
  if (all.length <= MOST_SERIES) return all
  const rest = all.slice(MOST_SERIES - 1)
  const values = Array.from({ length: steps }, (_, i) => sum(rest.map((series) => series.values[i] ?? 0)))
  return [...all.slice(0, MOST_SERIES - 1), { label: others, values }]
}

export function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0)
}

/** Bars for each day, with the same figures as a table: nothing in it is said by colour alone. */
export function chart(title: string, series: readonly Series[], { from, step, steps }: Counted, words: Words): Html {
  const { admin, adminOverview } = words
  const days = Array.from({ length: steps }, (_, i) => day(words, (from + i * step) / 1000))
  const total = sum(series.flatMap(({ values }) => values))
  if (total === 0)
    return html`<figure class="panel"><figcaption>${title}</figcaption><p class="soft small">${adminOverview.nothing}</p></figure>`
  // One scale for all of them, so that more looks like more.
  const most = Math.max(1, ...series.flatMap(({ values }) => values))
  const lines = series.map((one) => bars(one, days, most, series.length > 1, words))
  const figures = table(
    title,
    [
      { title: admin.day },
      ...series.map(({ label }) => ({ title: series.length > 1 ? label : admin.count, isNumber: true })),
    ],
    days.map((name, i) => [name, ...series.map(({ values }) => values[i] ?? 0)]),
  )
  return html`<figure class="panel"><figcaption>${title} <span class="soft small">${adminOverview.inAll(total, steps)}</span></figcaption>${lines}
<details class="figures"><summary>${admin.figures}</summary>${figures}</details></figure>`
}

function bars({ label, values }: Series, days: readonly string[], most: number, isNamed: boolean, words: Words): Html {
  const height = isNamed ? HEIGHT / 2 : HEIGHT
  const width = WIDTH / values.length
  const summary = `${label}: ${words.adminOverview.inAll(sum(values), values.length)}, ${words.adminOverview.highest(Math.max(...values))}`
  const drawn = values.map((value, i) => {
    const size = value === 0 ? 0 : Math.max(2, Math.round((value / most) * height))
    return html`<rect x="${round(i * width)}" y="${height - size}" width="${round(width - GAP)}" height="${size}"><title>${days[i]}: ${value}</title></rect>`
  })
  return html`${isNamed && html`<p class="small row"><code>${label}</code><span class="soft">${words.adminOverview.inAll(sum(values), values.length)}</span></p>`}<svg class="chart" viewBox="0 0 ${WIDTH} ${height + 16}" role="img" aria-label="${summary}"><line class="axis" x1="0" y1="${height + 0.5}" x2="${WIDTH}" y2="${height + 0.5}"/>${drawn}<text x="0" y="${height + 13}">${days[0]}</text><text x="${WIDTH}" y="${height + 13}" text-anchor="end">${days.at(-1)}</text></svg>`
}

function round(size: number): number {
  return Math.round(size * 100) / 100
}
