// What is loaded, whom telemetry believes, and what it says while the database is away.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { startPostgres } from '../packages/doorward/src/testing/postgres.ts'
import { type Collector, startCollector } from './collector.ts'
import { type Doorward, makeFolder, startDoorward, waitFor } from './doorward.ts'
import { readMetrics } from './prometheus.ts'

const TRACE = 'a'.repeat(32)
const SPAN = 'b'.repeat(16)
const SAMPLED = { traceparent: `00-${TRACE}-${SPAN}-01`, tracestate: 'proxy=1' }
const folder = makeFolder()
let collector: Collector

before(async () => {
  collector = await startCollector()
})
after(async () => {
  await collector.close()
  rmSync(folder, { recursive: true, force: true })
})

let configs = 0
async function serve(changes: Record<string, unknown>, env: Record<string, string> = {}): Promise<Doorward> {
  const config = join(folder, `trust-${configs++}.json`)
  const resources = [{ name: 'Notes', resource: 'https://notes.example/mcp', scopes: { read: 'Read your notes' } }]
  writeFileSync(config, JSON.stringify({ resources, database: ':memory:', ...changes }))
  return startDoorward(['serve', '--config', config], { folder, keep: true, env })
}

const OTLP = () => ({
  OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
  OTEL_TRACES_SAMPLER: 'parentbased_always_off',
  OTEL_BSP_SCHEDULE_DELAY: '50',
  OTEL_BLRP_SCHEDULE_DELAY: '50',
})

test('a stranger who asks for it gets no trace kept; a proxy that is trusted does, and the server goes on in its trace [doorward-traces]', async () => {
  const strict = await serve({}, OTLP())
  assert.equal((await fetch(`${strict.issuer}/jwks`, { headers: SAMPLED })).status, 200)
  // Ends only when everything that waited was sent.
  await strict.stop()
  assert.deepEqual(collector.spans(), [])

  const elsewhere = await serve({ telemetry: { trustTraceparent: true }, trustedProxies: ['10.0.0.0/8'] }, OTLP())
  assert.equal((await fetch(`${elsewhere.issuer}/jwks`, { headers: SAMPLED })).status, 200)
  await elsewhere.stop()
  assert.deepEqual(collector.spans(), [], 'the proxy that is trusted is another')

  const trusting = await serve({ telemetry: { trustTraceparent: true } }, OTLP())
  assert.equal((await fetch(`${trusting.issuer}/jwks`, { headers: SAMPLED })).status, 200)
  assert.equal((await fetch(`${trusting.issuer}/jwks`)).status, 200)
  await trusting.stop()
  assert.notEqual(
    collector.numbers().get('doorward_database_up'),
    0,
    'a server that ends says nothing bad of its database',
  )
  const served = collector.spans().filter(({ kind }) => kind === 2)
  assert.deepEqual(
    served.map(({ name, traceId, parentId }) => [name, traceId, parentId]),
    [['GET /jwks', TRACE, SPAN]],
  )
})

// Says which modules a process loads.
const HOOK = `import{registerHooks}from"node:module";registerHooks({load(u,c,n){process.stderr.write("loads "+u+"\\n");return n(u,c)}})`
const LOUD = { NODE_OPTIONS: `--import=data:text/javascript;base64,${Buffer.from(HOOK).toString('base64')}` }

test('what nobody asked for is not loaded: no telemetry at all, or the numbers without the SDK', async () => {
  const loaded = async (changes: Record<string, unknown>, env: Record<string, string>): Promise<string[]> => {
    const door = await serve(changes, { ...LOUD, ...env })
    await fetch(`${door.issuer}/jwks`)
    await door.stop()
    const names = door
      .said()
      .split('\n')
      .filter((line) => line.startsWith('loads '))
    assert.ok(names.length > 100)
    return names.filter((name) => /src\/telemetry\/|opentelemetry|metrics-listener|process-numbers/.test(name))
  }
  assert.deepEqual(await loaded({}, {}), [])
  const numbers = await loaded({ metrics: { port: 0 } }, {})
  assert.ok(numbers.some((name) => name.endsWith('/telemetry/numbers.ts')))
  assert.ok(!numbers.some((name) => name.includes('@opentelemetry')))
  const traces = await loaded({}, { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.url}/v1/traces` })
  assert.ok(traces.some((name) => name.includes('@opentelemetry/sdk-trace/')))
  assert.ok(!traces.some((name) => /exporter-(metrics|logs)-otlp/.test(name)))
})

test('a server whose log nobody reads any more goes on answering', async () => {
  const door = await serve({}, { DOORWARD_LOG: 'json' })
  door.process.stdout?.destroy()
  // Each of them is an event, and so a line that nobody takes.
  for (let i = 0; i < 20; i++) assert.equal((await fetch(`${door.issuer}/nothing-${i}`)).status, 404)
  assert.equal(door.process.exitCode, null)
  assert.equal(await door.stop(), 0)
})

test('while the database is away the numbers are told within seconds, and say that it is; and again when it is back', async () => {
  const postgres = await startPostgres()
  const secret = randomBytes(32).toString('base64url')
  const env = { DOORWARD_DATABASE: await postgres.fresh(), DOORWARD_SECRET: secret, DOORWARD_METRICS_PORT: '0' }
  const door = await serve({}, env)
  try {
    const read = async () => {
      const signal = AbortSignal.timeout(10_000)
      return readMetrics(await (await fetch(door.metrics ?? '', { signal })).text())
    }
    await waitFor(async () => (await read()).get('doorward_database_up') === 1)
    const healthy = await read()
    assert.equal(healthy.get(`doorward_build_info{version="0.1.0",node="${process.version}",engine="postgres"}`), 1)
    await postgres.kill()
    const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: 'dwo_x', client_secret: 'x' })
    assert.equal((await fetch(`${door.issuer}/token`, { method: 'POST', body })).status, 503)
    await waitFor(async () => (await read()).get('doorward_database_up') === 0)
    const away = await read()
    assert.ok((away.get('doorward_database_failures_total{kind="unavailable"}') ?? 0) > 0)
    assert.equal(away.get('doorward_requests_total{route="/token",status="5xx"}'), 1)
    assert.ok((away.get('doorward_refusals_total{reason="store_unavailable"}') ?? 0) > 0)
    assert.equal(away.get('doorward_signing_keys'), 1, 'what was known last')
    await postgres.start()
    await waitFor(async () => (await read()).get('doorward_database_up') === 1)
  } finally {
    await door.stop()
    await postgres.stop()
  }
})
