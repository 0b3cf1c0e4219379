// The alarms, asked of Prometheus's own tool: whether they are rules, and whether they go off when they should and only then.
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { makeFolder, ROOT } from './doorward.ts'
import { promtool } from './prometheus.ts'

const RULES = join(ROOT, 'deploy/prometheus-rules.yaml')
const folder = makeFolder()
after(() => rmSync(folder, { recursive: true, force: true }))

interface Story {
  readonly alarm: string
  /** Samples, one a minute (https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules). */
  readonly series: Readonly<Record<string, string>>
  readonly at: string
  /** Labels of what goes off, `undefined` where nothing does. */
  readonly goesOff: Readonly<Record<string, string>> | undefined
}

const DOOR = 'job="doorward",instance="a"'
const STORIES: readonly Story[] = [
  {
    alarm: 'DoorwardRefreshTokenReused',
    series: { [`doorward_grants_total{verdict="reused",${DOOR}}`]: '0x5 1x30' },
    at: '8m',
    goesOff: { severity: 'warn', verdict: 'reused', job: 'doorward', instance: 'a' },
  },
  {
    alarm: 'DoorwardRefreshTokenReused',
    series: { [`doorward_grants_total{verdict="reused",${DOOR}}`]: '7x30' },
    at: '20m',
    goesOff: undefined,
  },
  {
    alarm: 'DoorwardKeyNotRotated',
    series: { [`doorward_signing_key_next_rotation_seconds{${DOOR}}`]: '300-60x60' },
    at: '40m',
    goesOff: { severity: 'warn', job: 'doorward', instance: 'a' },
  },
  {
    alarm: 'DoorwardKeyNotRotated',
    series: { [`doorward_signing_key_next_rotation_seconds{${DOOR}}`]: '60-60x3 7776000-60x60' },
    at: '40m',
    goesOff: undefined,
  },
  {
    alarm: 'DoorwardFeedOld',
    series: { [`doorward_revocation_feed_served_timestamp_seconds{${DOOR}}`]: '60x30' },
    at: '10m',
    goesOff: { severity: 'warn' },
  },
  {
    alarm: 'DoorwardErrors',
    series: {
      [`doorward_requests_total{route="/token",status="2xx",${DOOR}}`]: '0+600x30',
      [`doorward_requests_total{route="/token",status="5xx",${DOOR}}`]: '0+60x30',
    },
    at: '15m',
    goesOff: { severity: 'page' },
  },
  {
    alarm: 'DoorwardErrors',
    series: {
      [`doorward_requests_total{route="/token",status="2xx",${DOOR}}`]: '0+600x30',
      [`doorward_requests_total{route="gateway",status="5xx",${DOOR}}`]: '0+60x30',
    },
    at: '15m',
    goesOff: undefined,
  },
  {
    alarm: 'DoorwardTelemetryNotSent',
    series: {
      [`doorward_telemetry_exports_total{signal="traces",outcome="failed",${DOOR}}`]: '0+1x90',
      [`doorward_telemetry_exports_total{signal="traces",outcome="sent",${DOOR}}`]: '5x90',
    },
    at: '75m',
    goesOff: { severity: 'warn', signal: 'traces', outcome: 'failed', job: 'doorward', instance: 'a' },
  },
]

const quoted = (text: string) => `'${text}'`

/** One story as a file for promtool; what an alarm says in words is not compared. */
function fileOf({ alarm, series, at, goesOff }: Story): string {
  const input = Object.entries(series).flatMap(([name, values]) => [
    `      - series: ${quoted(name)}`,
    `        values: ${quoted(values)}`,
  ])
  const labels = Object.entries({ ...goesOff, alertname: alarm, alertstate: 'firing' }).map(
    ([name, value]) => `${name}="${value}"`,
  )
  const samples =
    goesOff === undefined
      ? ['        exp_samples: []']
      : ['        exp_samples:', `          - labels: ${quoted(`ALERTS{${labels.join(',')}}`)}`, '            value: 1']
  return [
    `rule_files: [${RULES}]`,
    'evaluation_interval: 1m',
    'tests:',
    '  - interval: 1m',
    '    input_series:',
    ...input,
    '    promql_expr_test:',
    `      - expr: ${quoted(`ALERTS{alertname="${alarm}",alertstate="firing"}`)}`,
    `        eval_time: ${at}`,
    ...samples,
    '',
  ].join('\n')
}

test('the rules are rules to Prometheus', async (context) => {
  if ((await promtool(['check', 'rules', RULES])) === 'not there') context.skip('promtool is not installed')
})

for (const [i, story] of STORIES.entries()) {
  const { alarm, goesOff } = story
  test(`${alarm} ${goesOff === undefined ? 'keeps quiet' : 'goes off'} with ${Object.values(story.series)[0]}`, async (context) => {
    const file = join(folder, `story-${i}.yaml`)
    writeFileSync(file, fileOf(story))
    if ((await promtool(['test', 'rules', file])) === 'not there') context.skip('promtool is not installed')
  })
}
