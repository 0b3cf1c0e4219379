import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wordsFor } from '../words/words.ts'
import { type Counted, chart, seriesOf } from './chart.ts'

const DAY = 86_400_000
const FROM = Date.UTC(2026, 0, 1)
const WORDS = wordsFor({ headers: new Headers() })

function counted(counts: Counted['counts']): Counted {
  return { from: FROM, step: DAY, steps: 3, counts }
}

test('what is counted stands at its day, and what is out of the days nowhere', () => {
  const series = seriesOf(
    counted([
      { at: FROM, key: 'a', count: 2 },
      { at: FROM + 2 * DAY, key: 'a', count: 1 },
      { at: FROM + 3 * DAY, key: 'a', count: 9 },
      { at: FROM - DAY, key: 'a', count: 9 },
    ]),
    'others',
  )
  assert.deepEqual(series, [{ label: 'a', values: [2, 0, 1] }])
})

test('of many reasons the most common stand alone and the rest together, and none is lost', () => {
  const counts = Array.from({ length: 9 }, (_, i) => ({ at: FROM, key: `r${i}`, count: i + 1 }))
  const series = seriesOf(counted(counts), 'others')
  assert.deepEqual(
    series.map(({ label, values }) => [label, values[0]]),
    [
      ['r8', 9],
      ['r7', 8],
      ['r6', 7],
      ['r5', 6],
      ['r4', 5],
      ['others', 10],
    ],
  )
})

test('a chart says its figures to who does not see it, and has every one of them in a table', () => {
  const data = counted([
    { at: FROM, key: 'a', count: 7 },
    { at: FROM + DAY, key: 'b', count: 3 },
  ])
  const { text } = chart('Refusals', seriesOf(data, 'others'), data, WORDS)
  assert.match(text, /role="img" aria-label="a: 7 in 3 days, most in a day: 7"/)
  assert.match(text, /<tr><td>Jan 1<\/td><td class="number">7<\/td><td class="number">0<\/td><\/tr>/)
  assert.match(text, /<tr><td>Jan 2<\/td><td class="number">0<\/td><td class="number">3<\/td><\/tr>/)
  assert.doesNotMatch(text, /style=/)
})

test('the name of a reason stays text', () => {
  const data = counted([{ at: FROM, key: '"><script>', count: 1 }])
  assert.doesNotMatch(chart('x', [...seriesOf(data, 'o'), ...seriesOf(data, 'o')], data, WORDS).text, /<script>/)
})
