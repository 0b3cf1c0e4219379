import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { expositionOf } from './exposition.ts'
import { counter, gauge, histogram } from './instruments.ts'

const LABELS = [
  { name: 'route', values: ['/token', '/jwks'], isOpen: true },
  { name: 'status', values: ['2xx', '4xx'] },
]
const described = { name: 'doorward_requests_total', help: 'Requests.', labels: LABELS }
const value = fc.oneof(
  fc.string(),
  fc.constantFrom('/token', '/jwks', '2xx', '4xx', 'other', '__proto__', 'constructor'),
)

test('whatever names come, there are never more series than at the start, and each count is somewhere', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(value, fc.constantFrom('2xx', '4xx'))), (asked) => {
      const requests = counter(described)
      assert.equal(requests.points().length, 6)
      for (const of of asked) requests.add(of)
      const points = requests.points()
      assert.equal(points.length, 6)
      assert.equal(
        points.reduce((all, { value: one }) => all + one, 0),
        asked.length,
      )
      for (const { labels, value: counted } of points) {
        const same = asked.filter(
          ([route, status]) =>
            status === labels.status && (['/token', '/jwks'].includes(route) ? route : 'other') === labels.route,
        )
        assert.equal(counted, same.length)
      }
    }),
  )
})

test('what a label cannot say is not counted where the label is not open', () => {
  const requests = counter(described)
  requests.add(['/token', '3xx'])
  requests.add(['/token'])
  assert.ok(requests.points().every(({ value: counted }) => counted === 0))
})

test('a number that nobody knows yet is not told, neither its name nor a 0', () => {
  const up = gauge({ name: 'doorward_database_up', help: 'Up.', labels: [] })
  assert.equal(expositionOf([up]), '')
  up.set([], 0)
  assert.equal(
    expositionOf([up]),
    '# HELP doorward_database_up Up.\n# TYPE doorward_database_up gauge\ndoorward_database_up 0\n',
  )
})

test('of a histogram each value falls into one bucket, an upper bound into its own', () => {
  const bounds = [0.1, 1, 5]
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.double({ min: 0, max: 10, noNaN: true }), fc.constantFrom(...bounds))), (seen) => {
      const took = histogram({ name: 'took_seconds', help: 'Took.', labels: [], bounds })
      for (const seconds of seen) took.observe([], seconds)
      const [distribution] = took.distributions()
      assert.equal(distribution?.count, seen.length)
      let below = 0
      for (const [i, bound] of [...bounds, Number.POSITIVE_INFINITY].entries()) {
        below += distribution?.buckets[i] ?? 0
        assert.equal(below, seen.filter((seconds) => seconds <= bound).length)
      }
    }),
  )
})

test('the text of Prometheus: buckets add up, and what stands in a label stays in it', () => {
  const took = histogram({
    name: 'took_seconds',
    help: 'A line\nand a \\.',
    labels: [{ name: 'where', values: ['a "quoted"\n\\place'] }],
    bounds: [0.5, 1],
  })
  took.observe(['a "quoted"\n\\place'], 0.25)
  took.observe(['a "quoted"\n\\place'], 2)
  const where = 'where="a \\"quoted\\"\\n\\\\place"'
  assert.equal(
    expositionOf([took]),
    [
      '# HELP took_seconds A line\\nand a \\\\.',
      '# TYPE took_seconds histogram',
      `took_seconds_bucket{${where},le="0.5"} 1`,
      `took_seconds_bucket{${where},le="1"} 1`,
      `took_seconds_bucket{${where},le="+Inf"} 2`,
      `took_seconds_sum{${where}} 2.25`,
      `took_seconds_count{${where}} 2`,
      '',
    ].join('\n'),
  )
})
