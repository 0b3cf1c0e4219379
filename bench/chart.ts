/** A row of a chart: the same operation of many, each a point. */
export interface Points {
  readonly name: string
  /** By series; undefined where it cannot. */
  readonly values: readonly (number | undefined)[]
}

const WIDTH = 760
const LEFT = 140
const RIGHT = 24
const ROW = 34
const LEGEND_ROW = 20
// Distinct to those who see few colours (Okabe and Ito), and each with a shape besides.
const COLORS = ['#999999', '#0072b2', '#56b4e9', '#e69f00', '#d55e00', '#cc79a7', '#009e73', '#b8a500', '#7a5c3e']
const SHAPES = ['tick', 'disc', 'ring', 'disc', 'square', 'diamond', 'square', 'disc', 'diamond'] as const

/** Points on a logarithmic axis, the smaller the better, as SVG that is readable on light and on dark. */
export function dotChart(title: string, unit: string, series: readonly string[], rows: readonly Points[]): string {
  const all = rows.flatMap(({ values }) => values.filter((value) => value !== undefined))
  const [low, high] = [10 ** Math.floor(Math.log10(Math.min(...all))), 10 ** Math.ceil(Math.log10(Math.max(...all)))]
  const x = (value: number): number =>
    LEFT + ((WIDTH - LEFT - RIGHT) * Math.log10(value / low)) / Math.log10(high / low)
  const columns = 3
  const top = 46 + Math.ceil(series.length / columns) * LEGEND_ROW
  const bottom = top + rows.length * ROW
  const legend = series.map((name, i) => {
    const at = { x: LEFT / 2 + (i % columns) * 225, y: 48 + Math.floor(i / columns) * LEGEND_ROW }
    return `${mark(i, at.x, at.y)}<text x="${at.x + 14}" y="${at.y + 4}">${text(name)}</text>`
  })
  const lines = ticks(low, high).map(
    (value) =>
      `<path class="grid" d="M${x(value).toFixed(1)} ${top - 6}V${bottom}"/><text class="axis" x="${x(value).toFixed(1)}" y="${bottom + 16}">${value}</text>`,
  )
  const points = rows.flatMap(({ name, values }, row) => {
    const y = top + row * ROW + ROW / 2
    const label = `<text x="${LEFT - 12}" y="${y + 4}" text-anchor="end">${text(name)}</text><path class="grid" d="M${LEFT} ${y}H${WIDTH - RIGHT}"/>`
    return [label, ...values.map((value, i) => (value === undefined ? '' : mark(i, x(value), y)))]
  })
  const height = bottom + 44
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${text(title)}">
<style>text{font:13px system-ui,sans-serif;fill:#24292f}.head{font-weight:600;font-size:15px}.axis{text-anchor:middle;font-size:12px}.grid{stroke:#8884;fill:none}
@media (prefers-color-scheme:dark){text{fill:#e6edf3}}</style>
<text class="head" x="${LEFT / 2 - 6}" y="24">${text(title)}</text>
${legend.join('\n')}
${lines.join('\n')}
${points.filter((line) => line !== '').join('\n')}
<text class="axis" x="${(LEFT + WIDTH - RIGHT) / 2}" y="${bottom + 36}">${text(unit)}</text>
</svg>
`
}

function ticks(low: number, high: number): number[] {
  const values: number[] = []
  for (let decade = low; decade <= high * 1.001; decade *= 10)
    for (const step of [1, 3]) if (decade * step <= high * 1.001) values.push(Number((decade * step).toPrecision(2)))
  return values
}

function mark(series: number, x: number, y: number): string {
  const color = COLORS[series % COLORS.length]
  const [cx, cy] = [x.toFixed(1), y.toFixed(1)]
  switch (SHAPES[series % SHAPES.length]) {
    case 'tick':
      return `<path d="M${cx} ${(y - 9).toFixed(1)}v18" stroke="${color}" stroke-width="4"/>`
    case 'ring':
      return `<circle cx="${cx}" cy="${cy}" r="5" fill="none" stroke="${color}" stroke-width="3"/>`
    case 'square':
      return `<path d="M${(x - 5).toFixed(1)} ${(y - 5).toFixed(1)}h10v10h-10z" fill="${color}"/>`
    case 'diamond':
      return `<path d="M${cx} ${(y - 7).toFixed(1)}l7 7l-7 7l-7-7z" fill="${color}"/>`
    default:
      return `<circle cx="${cx}" cy="${cy}" r="5.5" fill="${color}"/>`
  }
}

function text(raw: string): string {
  return raw.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
