import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { everyMetric, OPERATIONS_PAGE, operationsDocument } from './operations.ts'

const ROOT = dirname(import.meta.dirname)
const page = readFileSync(OPERATIONS_PAGE, 'utf8')
const rules = readFileSync(join(ROOT, 'deploy/prometheus-rules.yaml'), 'utf8')
const dashboard = readFileSync(join(ROOT, 'deploy/grafana-dashboard.json'), 'utf8')

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly annotations: { readonly summary: string }
}
const alarms = (parse(rules) as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules)

interface Panel {
  readonly title: string
  readonly targets: { readonly expr: string }[]
}
const panels = (JSON.parse(dashboard) as { panels: Panel[] }).panels

test('docs/operations.md lists the numbers that the code tells', () => {
  assert.equal(page, operationsDocument(page), 'run: npm run operations')
})

const NAMES = /\b(?:doorward|process|nodejs)_[a-z0-9_]+\b/g
/** Labels that Prometheus adds, and what Grafana fills in. */
const OF_PROMETHEUS = ['job', 'instance', 'le']

/** Names and labels of a query that no number has. */
function unknownOf(query: string): string[] {
  const metrics = new Map(everyMetric().map((metric) => [metric.name, metric]))
  return [...query.matchAll(/\b((?:doorward|process|nodejs)_[a-z0-9_]+)\b(?:\{([^}]*)\})?/g)].flatMap(
    ([, name = '', matchers = '']) => {
      const own = metrics.get(name)
      const metric = own ?? metrics.get(name.replace(/_(bucket|sum|count)$/, ''))
      if (metric === undefined || (own === undefined) !== (metric.kind === 'histogram')) return [name]
      return [...matchers.matchAll(/(\w+)(!?=~?)"([^"]*)"/g)].flatMap(([, label = '', operator, value = '']) => {
        if (OF_PROMETHEUS.includes(label)) return []
        const known = metric.labels.find((one) => one.name === label)
        if (known === undefined) return [`${name}{${label}}`]
        return operator?.endsWith('~') || known.values.includes(value) ? [] : [`${name}{${label}="${value}"}`]
      })
    },
  )
}

test('what a query may name is checked: a number, a label or a value that there is not is found', () => {
  assert.deepEqual(unknownOf('rate(doorward_grant_total[5m])'), ['doorward_grant_total'])
  assert.deepEqual(unknownOf('doorward_grants_total_bucket'), ['doorward_grants_total_bucket'])
  assert.deepEqual(unknownOf('doorward_request_duration_seconds'), ['doorward_request_duration_seconds'])
  assert.deepEqual(unknownOf('doorward_grants_total{kind="x"}'), ['doorward_grants_total{kind}'])
  assert.deepEqual(unknownOf('doorward_grants_total{verdict="stolen"}'), ['doorward_grants_total{verdict="stolen"}'])
  assert.deepEqual(unknownOf('doorward_grants_total{verdict="reused",job="doorward"}'), [])
})

for (const { alert, expr } of alarms) {
  test(`the alarm ${alert} asks for numbers that there are`, () => {
    assert.ok(expr.includes('up{') || NAMES.test(expr))
    NAMES.lastIndex = 0
    assert.deepEqual(unknownOf(expr), [])
  })
}

test('the dashboard asks for numbers that there are, each panel for some', () => {
  for (const { title, targets } of panels) {
    assert.ok(targets.length > 0, title)
    assert.deepEqual(
      targets.flatMap(({ expr }) => unknownOf(expr)),
      [],
      title,
    )
  }
  // The same number in the list of instances.
  assert.deepEqual(unknownOf(dashboard.match(/label_values\([^)]*\)/)?.[0] ?? ''), [])
})

test('every number that is told is on the dashboard', () => {
  const shown = panels.flatMap(({ targets }) => targets.flatMap(({ expr }) => expr.match(NAMES) ?? []))
  const bare = new Set(shown.map((name) => name.replace(/_bucket$/, '')))
  assert.deepEqual(
    everyMetric()
      .map(({ name }) => name)
      .filter((name) => !bare.has(name)),
    [],
  )
})

test('docs/operations.md says of every alarm what to do, and of no other', () => {
  const told = [...page.matchAll(/^\| `(Doorward\w+)` \|/gm)].map(([, name]) => name)
  assert.deepEqual(
    told,
    alarms.map(({ alert }) => alert),
  )
})
