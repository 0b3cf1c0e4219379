// The alarms, asked of Prometheus's own tool: whether they are rules, and whether they go off when they should and only then.
import assert from 'node:assert/strict'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { parse } from 'yaml'
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
const OF_DOOR = { job: 'doorward', instance: 'a' }
const STORIES: readonly Story[] = [
  {
    alarm: 'DoorwardDown',
    series: { [`up{${DOOR}}`]: '1x5 0x20' },
    at: '10m',
    goesOff: { severity: 'page', ...OF_DOOR },
  },
  {
    alarm: 'DoorwardRefreshTokenReused',
    series: { [`doorward_grants_total{verdict="reused",${DOOR}}`]: '0x5 1x30' },
    at: '8m',
    goesOff: { severity: 'warn', verdict: 'reused', ...OF_DOOR },
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
    goesOff: { severity: 'warn', ...OF_DOOR },
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
    // Tools are called far more often than tokens are asked for.
    alarm: 'DoorwardErrors',
    series: {
      [`doorward_requests_total{route="/token",status="5xx",${DOOR}}`]: '0+1x30',
      [`doorward_requests_total{route="/token",status="2xx",${DOOR}}`]: '0+5x30',
      [`doorward_requests_total{route="gateway",status="2xx",${DOOR}}`]: '0+594x30',
    },
    at: '15m',
    goesOff: { severity: 'page' },
  },
  {
    alarm: 'DoorwardRefusalsRising',
    series: { [`doorward_refusals_total{reason="client_unknown",${DOOR}}`]: '0+60x1440 86400+300x120' },
    at: '25h',
    goesOff: { severity: 'warn' },
  },
  {
    alarm: 'DoorwardRefusalsRising',
    series: { [`doorward_refusals_total{reason="client_unknown",${DOOR}}`]: '0+180x1560' },
    at: '25h',
    goesOff: undefined,
  },
  {
    alarm: 'DoorwardSignInsLocked',
    series: { [`doorward_sign_ins_total{outcome="locked",${DOOR}}`]: '0+3x30' },
    at: '20m',
    goesOff: { severity: 'warn' },
  },
  {
    alarm: 'DoorwardSlow',
    series: buckets('doorward_request_duration_seconds', 'route="/token"', { 0.25: 90, 1: 100 }),
    at: '25m',
    goesOff: { severity: 'warn' },
  },
  {
    alarm: 'DoorwardSlow',
    series: buckets('doorward_request_duration_seconds', 'route="/token"', { 0.1: 100, 0.25: 100, 1: 100 }),
    at: '25m',
    goesOff: undefined,
  },
  {
    // A tool may take its time.
    alarm: 'DoorwardSlow',
    series: buckets('doorward_request_duration_seconds', 'route="gateway"', { 0.25: 0, 1: 100 }),
    at: '25m',
    goesOff: undefined,
  },
  {
    alarm: 'DoorwardDatabaseDown',
    series: { [`doorward_database_up{${DOOR}}`]: '1x5 0x20' },
    at: '8m',
    goesOff: { severity: 'page', ...OF_DOOR },
  },
  {
    alarm: 'DoorwardDatabaseUnavailable',
    series: { [`doorward_database_failures_total{kind="unavailable",${DOOR}}`]: '0x5 1+1x30' },
    at: '15m',
    goesOff: { severity: 'page', kind: 'unavailable', ...OF_DOOR },
  },
  {
    // One failover, and all is well.
    alarm: 'DoorwardDatabaseUnavailable',
    series: { [`doorward_database_failures_total{kind="unavailable",${DOOR}}`]: '0x5 7x30' },
    at: '11m',
    goesOff: undefined,
  },
  {
    alarm: 'DoorwardDatabaseWaiting',
    series: { [`doorward_database_waiting{${DOOR}}`]: '0x5 600x20' },
    at: '10m',
    goesOff: { severity: 'warn', ...OF_DOOR },
  },
  {
    alarm: 'DoorwardDatabaseSlow',
    series: buckets('doorward_database_duration_seconds', 'verbs="grants"', { 0.1: 90, 0.5: 100 }),
    at: '25m',
    goesOff: { severity: 'warn' },
  },
  {
    // Behind is as far as ahead.
    alarm: 'DoorwardClockApart',
    series: { [`doorward_database_clock_ahead_seconds{${DOOR}}`]: '0x5 -60x30' },
    at: '20m',
    goesOff: { severity: 'warn', ...OF_DOOR },
  },
  {
    alarm: 'DoorwardNotHearing',
    series: { [`doorward_changes_heard{${DOOR}}`]: '1x5 0x20', [`doorward_database_up{${DOOR}}`]: '1x30' },
    at: '15m',
    goesOff: { severity: 'warn', ...OF_DOOR },
  },
  {
    // A process that never heard, where others do.
    alarm: 'DoorwardNotHearing',
    series: {
      [`doorward_changes_heard{${DOOR}}`]: '0x30',
      [`doorward_database_up{${DOOR}}`]: '1x30',
      'doorward_changes_heard{job="doorward",instance="b"}': '1x30',
      'doorward_database_up{job="doorward",instance="b"}': '1x30',
    },
    at: '15m',
    goesOff: { severity: 'warn', ...OF_DOOR },
  },
  {
    // Through a pooler that shares connections.
    alarm: 'DoorwardNotHearing',
    series: { [`doorward_changes_heard{${DOOR}}`]: '0x30', [`doorward_database_up{${DOOR}}`]: '1x30' },
    at: '15m',
    goesOff: undefined,
  },
  {
    // Another alarm tells of that.
    alarm: 'DoorwardNotHearing',
    series: { [`doorward_changes_heard{${DOOR}}`]: '1x5 0x30', [`doorward_database_up{${DOOR}}`]: '0x30' },
    at: '15m',
    goesOff: undefined,
  },
  {
    alarm: 'DoorwardUpstreamFailing',
    series: {
      [`doorward_gateway_calls_total{resource="https://a/mcp",outcome="failed",${DOOR}}`]: '0+6x30',
      [`doorward_gateway_calls_total{resource="https://a/mcp",outcome="allowed",${DOOR}}`]: '0+60x30',
      [`doorward_gateway_calls_total{resource="https://b/mcp",outcome="failed",${DOOR}}`]: '0+6x30',
      [`doorward_gateway_calls_total{resource="https://b/mcp",outcome="allowed",${DOOR}}`]: '0+600x30',
    },
    at: '15m',
    goesOff: { severity: 'warn', resource: 'https://a/mcp' },
  },
  {
    alarm: 'DoorwardEventsDropped',
    series: { [`doorward_events_dropped_total{${DOOR}}`]: '0x5 3x30' },
    at: '8m',
    goesOff: { severity: 'warn', ...OF_DOOR },
  },
  {
    alarm: 'DoorwardLoopLate',
    series: { [`nodejs_eventloop_lag_p99_seconds{${DOOR}}`]: '0.5x30' },
    at: '15m',
    goesOff: { severity: 'warn', ...OF_DOOR },
  },
  {
    // Other programs on Node.js tell the same number.
    alarm: 'DoorwardLoopLate',
    series: { 'nodejs_eventloop_lag_p99_seconds{job="shop",instance="a"}': '0.5x30' },
    at: '15m',
    goesOff: undefined,
  },
  {
    alarm: 'DoorwardFilesRunOut',
    series: { [`process_open_fds{${DOOR}}`]: '900x30', [`process_max_fds{${DOOR}}`]: '1024x30' },
    at: '10m',
    goesOff: { severity: 'warn', ...OF_DOOR },
  },
  {
    alarm: 'DoorwardTelemetryNotSent',
    series: {
      [`doorward_telemetry_exports_total{signal="traces",outcome="failed",${DOOR}}`]: '0+1x90',
      [`doorward_telemetry_exports_total{signal="traces",outcome="sent",${DOOR}}`]: '5x90',
    },
    at: '75m',
    goesOff: { severity: 'warn', signal: 'traces', outcome: 'failed', ...OF_DOOR },
  },
]

/** A histogram of which so many more observations a minute were at most so many seconds. */
function buckets(name: string, label: string, perMinute: Readonly<Record<string, number>>): Record<string, string> {
  const all = Math.max(...Object.values(perMinute))
  return Object.fromEntries(
    [...Object.entries(perMinute), ['+Inf', all] as const].map(([most, count]) => [
      `${name}_bucket{${label},le="${most}",${DOOR}}`,
      `0+${count}x30`,
    ]),
  )
}

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

test('every alarm goes off in some story', () => {
  const { groups } = parse(readFileSync(RULES, 'utf8')) as { groups: { rules: { alert: string }[] }[] }
  const told = new Set(STORIES.filter(({ goesOff }) => goesOff !== undefined).map(({ alarm }) => alarm))
  const alarms = groups.flatMap(({ rules }) => rules).map(({ alert }) => alert)
  assert.deepEqual(
    alarms.filter((alarm) => !told.has(alarm)),
    [],
  )
})

for (const [i, story] of STORIES.entries()) {
  const { alarm, goesOff } = story
  test(`${alarm} ${goesOff === undefined ? 'keeps quiet' : 'goes off'} with ${Object.values(story.series)[0]}`, async (context) => {
    const file = join(folder, `story-${i}.yaml`)
    writeFileSync(file, fileOf(story))
    if ((await promtool(['test', 'rules', file])) === 'not there') context.skip('promtool is not installed')
  })
}
