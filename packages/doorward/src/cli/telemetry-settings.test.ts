import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openTelemetryOf } from './telemetry-settings.ts'

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://localhost:4318' }

test('one variable turns on traces, metrics and logs; none turns on nothing', () => {
  assert.equal(openTelemetryOf({}), undefined)
  assert.equal(openTelemetryOf({ OTEL_SERVICE_NAME: 'door', OTEL_EXPORTER_OTLP_ENDPOINT: '' }), undefined)
  const settings = openTelemetryOf(ENDPOINT)
  assert.deepEqual(settings?.signals, ['traces', 'metrics', 'logs'])
  assert.deepEqual(settings?.sampling, { root: 'always_on', isParentBased: true, ratio: 1 })
  assert.equal(settings?.metricsMilliseconds, 60_000)
})

test('a signal is on where its own address or the one for all is given, and off where it says none', () => {
  const signals = (env: Record<string, string>) => openTelemetryOf(env)?.signals
  assert.deepEqual(signals({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://collector.example/v1/traces' }), ['traces'])
  assert.deepEqual(signals({ ...ENDPOINT, OTEL_LOGS_EXPORTER: 'none' }), ['traces', 'metrics'])
  assert.equal(signals({ ...ENDPOINT, OTEL_SDK_DISABLED: 'TRUE' }), undefined)
})

test('batches and sampling are what the variables of OpenTelemetry say', () => {
  const settings = openTelemetryOf({
    ...ENDPOINT,
    OTEL_TRACES_SAMPLER: 'traceidratio',
    OTEL_TRACES_SAMPLER_ARG: '0.25',
    OTEL_BSP_SCHEDULE_DELAY: '100',
    OTEL_BSP_MAX_QUEUE_SIZE: '10',
    OTEL_BLRP_MAX_EXPORT_BATCH_SIZE: '5',
    OTEL_BLRP_EXPORT_TIMEOUT: '500',
    OTEL_METRIC_EXPORT_INTERVAL: '1000',
  })
  assert.deepEqual(settings?.sampling, { root: 'traceidratio', isParentBased: false, ratio: 0.25 })
  assert.equal(settings?.spans.scheduledDelayMillis, 100)
  assert.equal(settings?.spans.maxQueueSize, 10)
  assert.equal(settings?.records.maxExportBatchSize, 5)
  assert.equal(settings?.records.exportTimeoutMillis, 500)
  assert.equal(settings?.metricsMilliseconds, 1000)
})

const REFUSED: readonly [string, Record<string, string>, RegExp][] = [
  ['gRPC', { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, /'grpc'.*http\/protobuf/],
  ['JSON for logs', { OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: 'http/json' }, /for logs is 'http\/json'/],
  ['another exporter', { OTEL_TRACES_EXPORTER: 'zipkin' }, /OTEL_TRACES_EXPORTER is 'zipkin'/],
  [
    'an address that is none',
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'localhost:4318' },
    /OTEL_EXPORTER_OTLP_ENDPOINT is no http/,
  ],
  ['an unknown sampler', { OTEL_TRACES_SAMPLER: 'sometimes' }, /'sometimes'.*parentbased_always_on/],
  ['a share above 1', { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '2' }, /SAMPLER_ARG is '2'/],
  ['an interval that is no number', { OTEL_METRIC_EXPORT_INTERVAL: 'often' }, /OTEL_METRIC_EXPORT_INTERVAL is 'often'/],
  [
    'a certificate that is not there',
    { OTEL_EXPORTER_OTLP_CERTIFICATE: '/nowhere' },
    /CERTIFICATE names '\/nowhere'.*ENOENT/,
  ],
  [
    'a key of metrics alone',
    { OTEL_EXPORTER_OTLP_METRICS_CLIENT_KEY: '/nowhere' },
    /_METRICS_CLIENT_KEY names '\/nowhere'/,
  ],
  ['another compression', { OTEL_EXPORTER_OTLP_COMPRESSION: 'zstd' }, /COMPRESSION is 'zstd'; it may be gzip/],
  ['a timeout that is no number', { OTEL_EXPORTER_OTLP_LOGS_TIMEOUT: '10s' }, /_LOGS_TIMEOUT is '10s'; it has to be/],
  ['a header without a name', { OTEL_EXPORTER_OTLP_HEADERS: 'Bearer geheim' }, /^(?!.*geheim).*HEADERS is no list/],
  ['a queue of nothing', { OTEL_BSP_MAX_QUEUE_SIZE: '0' }, /OTEL_BSP_MAX_QUEUE_SIZE is '0'/],
]

for (const [what, env, problem] of REFUSED) {
  test(`${what} is refused at the start, with what helps`, () => {
    assert.throws(() => openTelemetryOf({ ...ENDPOINT, ...env }), problem)
  })
}

test('how to reach the collector is taken as it is meant', () => {
  const way = {
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Basic%20eDp5eg==, x-team = doors,',
    OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
    OTEL_EXPORTER_OTLP_TRACES_COMPRESSION: 'none',
    OTEL_EXPORTER_OTLP_TIMEOUT: '5000',
    OTEL_EXPORTER_OTLP_CERTIFICATE: new URL(import.meta.url).pathname,
    // Empty is not set.
    OTEL_EXPORTER_OTLP_CLIENT_KEY: '',
  }
  assert.equal(openTelemetryOf({ ...ENDPOINT, ...way })?.signals.length, 3)
})
