// Everything on: a flow through a real process, and what Prometheus, the collector and standard output have of it afterwards.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Collector, startCollector } from './collector.ts'
import { type Doorward, makeFolder, runDoorward, startDoorward, waitFor } from './doorward.ts'
import { decide, PlainBrowser } from './person.ts'
import { checkExposition, promtool, readMetrics } from './prometheus.ts'

const VERIFIER = 'telemetry-verifier-telemetry-verifier-telemetry-verifier'
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url')
const REDIRECT = 'http://127.0.0.1:4300/callback'
const PERSON = { email: 'ada.lovelace@example.com', password: 'correct horse battery staple' }
const STATE = 'state-that-only-the-client-knows'
const ADDRESS = '203.0.113.77'
const ARGUMENT = 'what-the-person-told-the-tool'
const STRANGER = { trace: 'a'.repeat(32), span: 'b'.repeat(16) }

let behind: Server
let answer: { status: number; type: string; body: string } = {
  status: 200,
  type: 'application/json',
  body: '{"jsonrpc":"2.0","id":1,"result":{}}',
}
const visits: IncomingHttpHeaders[] = []
let collector: Collector
let door: Doorward
const folder = makeFolder()
/** Everything in the flow that opens something, or says who somebody is. */
const secrets = new Map<string, string>([
  ['the password', PERSON.password],
  ['the address of the person', PERSON.email],
  ['the verifier', VERIFIER],
  ['the state', STATE],
  ['the whole network address', ADDRESS],
  ['the argument of a tool', ARGUMENT],
])

before(async () => {
  behind = createServer((request, response) => {
    visits.push(request.headers)
    request.resume().on('end', () => {
      response.writeHead(answer.status, { 'content-type': answer.type }).end(answer.body)
    })
  }).listen(0, '127.0.0.1')
  await once(behind, 'listening')
  collector = await startCollector()
  const config = join(folder, 'watched.json')
  const upstream = `http://127.0.0.1:${(behind.address() as AddressInfo).port}/mcp`
  const resources = [{ name: 'Notes', path: '/mcp', upstream }]
  writeFileSync(config, JSON.stringify({ resources, policy: { preset: 'zero-touch' }, metrics: { port: 0 } }))
  const env = {
    DOORWARD_DATABASE: join(folder, 'watched.sqlite'),
    DOORWARD_LOG: 'json',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
    OTEL_BSP_SCHEDULE_DELAY: '50',
    OTEL_BLRP_SCHEDULE_DELAY: '50',
    OTEL_METRIC_EXPORT_INTERVAL: '200',
  }
  door = await startDoorward(['serve', '--config', config], { folder, keep: true, env })
  const added = await runDoorward(['user', 'add', PERSON.email, '--operator', '--password-stdin'], {
    folder,
    env: { DOORWARD_DATABASE: env.DOORWARD_DATABASE },
    input: PERSON.password,
  })
  assert.equal(added.status, 0, added.err)
})
after(async () => {
  await door?.stop()
  await collector?.close()
  behind?.close()
  rmSync(folder, { recursive: true, force: true })
})

const scrape = async () => readMetrics(await (await fetch(door.metrics ?? '')).text())
/** Four requests each; ten thousand of them are beside the files. */
const MADE_UP = 250
const FROM = { 'x-forwarded-for': ADDRESS }

async function register(body: unknown): Promise<Record<string, string>> {
  const response = await fetch(`${door.issuer}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...FROM },
    body: JSON.stringify(body),
  })
  return (await response.json()) as Record<string, string>
}

async function token(form: Record<string, string>, basic: string): Promise<Record<string, string>> {
  const headers = { authorization: `Basic ${basic}`, ...FROM }
  const response = await fetch(`${door.issuer}/token`, { method: 'POST', headers, body: new URLSearchParams(form) })
  const body = (await response.json()) as Record<string, string>
  for (const name of ['access_token', 'refresh_token']) {
    if (body[name] !== undefined) secrets.set(`${name} ${secrets.size}`, body[name])
  }
  return body
}

async function call(accessToken: string | undefined, headers: Record<string, string> = {}): Promise<number> {
  const response = await fetch(door.mcp, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...(accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }),
      ...FROM,
      ...headers,
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'note', arguments: { text: ARGUMENT } },
    }),
  })
  await response.text()
  return response.status
}

let accessToken = ''

test('after a flow every number is exactly what was done, and a strict reader and promtool read them [doorward-numbers]', async () => {
  const metadata = {
    redirect_uris: [REDIRECT],
    client_name: 'Watched',
    token_endpoint_auth_method: 'client_secret_basic',
  }
  const client = await register(metadata)
  await register(metadata)
  await register({ redirect_uris: ['javascript:alert(1)'] })
  secrets.set('the client secret', client.client_secret ?? '')
  const basic = Buffer.from(`${client.client_id}:${client.client_secret}`).toString('base64')
  secrets.set('the credentials of the client', basic)
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: client.client_id ?? '',
    redirect_uri: REDIRECT,
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
    resource: door.mcp,
    state: STATE,
  })
  const browser = new PlainBrowser()
  await assert.rejects(
    decide(`${door.issuer}/authorize?${query}`, { ...PERSON, password: 'wrong' }, 'approve', browser),
  )
  const { code } = await decide(`${door.issuer}/authorize?${query}`, PERSON, 'approve', browser)
  secrets.set('the code', code ?? '')
  for (const [name, value] of browser.cookies) secrets.set(`the cookie ${name}`, value)
  const redeem = { grant_type: 'authorization_code', code: code ?? '', code_verifier: VERIFIER, redirect_uri: REDIRECT }
  const first = await token(redeem, basic)
  const refresh = (value: string | undefined) =>
    token({ grant_type: 'refresh_token', refresh_token: value ?? '' }, basic)
  const second = await refresh(first.refresh_token)
  await refresh(first.refresh_token)
  const third = await refresh(second.refresh_token)
  accessToken = third.access_token ?? ''

  assert.equal(await call(accessToken, { traceparent: `00-${STRANGER.trace}-${STRANGER.span}-01` }), 200)
  assert.equal(await call(undefined), 401)
  answer = { status: 500, type: 'text/html', body: 'oops' }
  assert.equal(await call(accessToken), 502)
  answer = { status: 200, type: 'application/json', body: '{"jsonrpc":"2.0","id":1,"result":{}}' }
  assert.equal((await fetch(`${door.issuer}/revoked-grants`)).status, 200)
  const before = await scrape()
  assert.equal(before.get('doorward_grants_total{verdict="reused"}'), 0)
  // Rotated away long ago: thief and owner cannot be told apart.
  assert.equal((await refresh(first.refresh_token)).error, 'invalid_grant')

  const text = await (await fetch(door.metrics ?? '')).text()
  checkExposition(text)
  await promtool(['check', 'metrics'], text)
  await waitFor(async () => (await scrape()).get('doorward_database_up') === 1)
  const numbers = await scrape()
  const expected = {
    'doorward_registrations_total{outcome="new"}': 1,
    'doorward_registrations_total{outcome="repeated"}': 1,
    'doorward_registrations_total{outcome="refused"}': 1,
    'doorward_sign_ins_total{outcome="succeeded"}': 1,
    'doorward_sign_ins_total{outcome="failed"}': 1,
    'doorward_sign_ins_total{outcome="locked"}': 0,
    'doorward_consents_total{answer="given"}': 1,
    'doorward_grants_total{verdict="issued"}': 1,
    'doorward_grants_total{verdict="rotated"}': 2,
    'doorward_grants_total{verdict="repeated"}': 1,
    'doorward_grants_total{verdict="reused"}': 1,
    [`doorward_gateway_calls_total{resource="${door.mcp}",outcome="allowed"}`]: 1,
    [`doorward_gateway_calls_total{resource="${door.mcp}",outcome="refused"}`]: 1,
    [`doorward_gateway_calls_total{resource="${door.mcp}",outcome="failed"}`]: 1,
    [`doorward_upstream_duration_seconds_count{resource="${door.mcp}"}`]: 2,
    'doorward_refusals_total{reason="no_credentials"}': 1,
    'doorward_refusals_total{reason="upstream_failed"}': 1,
    'doorward_refusals_total{reason="password_wrong"}': 1,
    'doorward_requests_total{route="gateway",status="2xx"}': 1,
    'doorward_requests_total{route="gateway",status="4xx"}': 1,
    'doorward_requests_total{route="gateway",status="5xx"}': 1,
    'doorward_requests_total{route="/token",status="2xx"}': 4,
    'doorward_requests_total{route="/token",status="4xx"}': 1,
    'doorward_request_duration_seconds_count{route="/token"}': 5,
    'doorward_requests_total{route="/register",status="2xx"}': 2,
    doorward_requests_in_flight: 0,
    doorward_database_up: 1,
    doorward_database_clock_ahead_seconds: 0,
    doorward_changes_heard: 1,
    'doorward_database_failures_total{kind="unavailable"}': 0,
    doorward_signing_keys: 1,
    doorward_events_dropped_total: 0,
  }
  const found = Object.fromEntries(Object.keys(expected).map((series) => [series, numbers.get(series)]))
  assert.deepEqual(found, expected)
  const age = Date.now() / 1000 - (numbers.get('doorward_revocation_feed_served_timestamp_seconds') ?? 0)
  assert.ok(age < 60, `the feed was served ${age} s ago`)
  const next = numbers.get('doorward_signing_key_next_rotation_seconds') ?? 0
  assert.ok(next > 89 * 86_400 && next < 90 * 86_400, `the next key comes in ${next} s`)
})

test('a request is one trace of ours: its parts, its outcome, and the server behind it; what a stranger says of traces is a link [doorward-traces]', async () => {
  await waitFor(async () => collector.spans().filter(({ name }) => name === 'POST gateway').length === 3)
  const spans = collector.spans()
  const linked = spans.find(({ name, links }) => name === 'POST gateway' && links.length > 0)
  assert.ok(linked)
  assert.notEqual(
    linked.traceId,
    STRANGER.trace,
    'a stranger does not choose which trace it is, nor whether it is kept',
  )
  assert.deepEqual(linked.links, [{ traceId: STRANGER.trace, spanId: STRANGER.span }])
  assert.equal(linked.parentId, '')
  assert.equal(linked.kind, 2)
  assert.equal(linked.attributes['http.response.status_code'], 200)
  assert.equal(linked.attributes['doorward.resource'], door.mcp)
  assert.equal(linked.attributes['doorward.client_kind'], 'open')
  assert.equal(linked.attributes['doorward.network'], '203.0.113.0/24')
  const upstream = spans.find(({ name, parentId }) => name === 'upstream' && parentId === linked.spanId)
  assert.ok(upstream)
  assert.equal(upstream.traceId, linked.traceId)
  assert.equal(
    // Before it the server has looked whether anybody is there, which is no request of anybody.
    visits.find(({ traceparent }) => traceparent !== undefined)?.traceparent,
    `00-${upstream.traceId}-${upstream.spanId}-01`,
    'the server behind goes on in it',
  )
  const refused = spans.find(({ attributes }) => attributes['doorward.reason'] === 'no_credentials')
  assert.equal(refused?.attributes['doorward.outcome'], 'refused')
  assert.equal(refused?.status, 0, 'a refusal is an answer and no failure')
  const failed = spans.find(({ attributes }) => attributes['doorward.reason'] === 'upstream_failed')
  assert.equal(failed?.status, 2)
  await waitFor(async () => collector.spans().filter(({ name }) => name === 'POST /token').length === 5)
  const grants = collector.spans().filter(({ name }) => name === 'POST /token')
  assert.deepEqual(
    grants.map(({ attributes }) => attributes['doorward.grant_type']),
    ['authorization_code', ...Array(4).fill('refresh_token')],
  )
  const parts = collector.spans().filter(({ parentId }) => parentId === grants[1]?.spanId)
  assert.ok(
    parts.some(({ name }) => name === 'store grants.rotate'),
    JSON.stringify(parts.map(({ name }) => name)),
  )
  assert.equal(collector.resource()['service.name'], 'doorward')
  assert.equal(collector.resource()['deployment.environment.name'], 'test')
})

test('every event is a log record with its trace, and the same line of JSON on standard output', async () => {
  await waitFor(async () => collector.logs().some(({ eventName }) => eventName === 'doorward.token.reused'))
  const reused = collector.logs().find(({ eventName }) => eventName === 'doorward.token.reused')
  assert.equal(reused?.severity, 'WARN')
  assert.equal(reused?.attributes['doorward.reason'], 'refresh_token_reused')
  assert.match(String(reused?.attributes['doorward.correlation']), /^[0-9A-Z]{10}$/)
  const span = collector.spans().find(({ spanId }) => spanId === reused?.spanId)
  assert.equal(span?.name, 'POST /token')
  assert.equal(span?.traceId, reused?.traceId)
  const linesNow = () =>
    door
      .printed()
      .filter((line) => !line.startsWith('{"issuer"'))
      .map((line) => JSON.parse(line) as Record<string, string>)
  // The pipe of standard output is read in its own time.
  await waitFor(async () => linesNow().some(({ type }) => type === 'token.reused'))
  const lines = linesNow()
  const line = lines.find(({ type }) => type === 'token.reused')
  assert.equal(line?.trace_id, reused?.traceId)
  assert.equal(line?.correlation, reused?.attributes['doorward.correlation'])
  assert.match(line?.time ?? '', /^\d{4}-\d\d-\d\dT/)
  assert.deepEqual(
    lines.filter(({ type }) => type?.startsWith('token.')).map(({ type }) => type),
    ['token.issued', 'token.refreshed', 'token.repeated', 'token.refreshed', 'token.reused'],
  )
})

test('the collector gets the numbers that Prometheus reads', async () => {
  const numbers = await scrape()
  const series = [
    'doorward_grants_total{verdict="rotated"}',
    'doorward_registrations_total{outcome="new"}',
    'doorward_signing_keys',
    'doorward_request_duration_seconds_count{route="/token"}',
  ]
  await waitFor(async () => series.every((name) => collector.numbers().get(name) === numbers.get(name)))
})

test('nothing that opens anything, no address of a person and no whole network address leaves, in no form [doorward-telemetry-secrets]', async () => {
  assert.ok(secrets.size > 14, [...secrets.keys()].join(', '))
  const exported = collector.bytes().toString('latin1')
  const printed = door.printed().join('\n')
  const told = await (await fetch(door.metrics ?? '')).text()
  assert.ok(exported.includes('doorward.token.issued') && printed.includes('"token.issued"'))
  for (const [what, secret] of secrets) {
    assert.ok(secret.length > 5, what)
    for (const form of [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')]) {
      assert.ok(!exported.includes(form), `the collector got ${what}`)
      assert.ok(!printed.includes(form), `standard output shows ${what}`)
      assert.ok(!told.includes(form), `the numbers show ${what}`)
    }
  }
})

test('names that strangers make up are not one series more, from outside [doorward-bounded-series]', async () => {
  const before = [...(await scrape()).keys()]
  const invent = async (i: number) => {
    const headers = { 'x-forwarded-for': `198.51.${i % 250}.1` }
    const form = new URLSearchParams({ client_id: `made-up-${i}`, grant_type: `grant-${i}`, refresh_token: `x${i}` })
    const asked = [
      fetch(`${door.issuer}/made-up/${i}?q=${i}`, { headers }),
      fetch(`${door.issuer}/token/${i}`, { headers }),
      fetch(`${door.issuer}/token`, { method: 'POST', body: form, headers }),
      fetch(`${door.issuer}/authorize?client_id=made-up-${i}&resource=https://made-up-${i}.example`, { headers }),
    ]
    for (const response of await Promise.all(asked)) await response.arrayBuffer()
  }
  for (let i = 0; i < MADE_UP; i += 10) await Promise.all(Array.from({ length: 10 }, (_, j) => invent(i + j)))
  const after = await scrape()
  assert.deepEqual([...after.keys()], before)
  assert.equal(after.get('doorward_requests_total{route="other",status="4xx"}'), MADE_UP)
})

test('a collector that fails, or hangs, is told of once, and no request waits for it or fails [doorward-telemetry-free]', async () => {
  for (const how of [503, 'hang'] as const) {
    collector.answer(how)
    const began = Date.now()
    for (let i = 0; i < 50; i++) assert.equal((await fetch(`${door.issuer}/jwks`)).status, 200)
    // Far below the ten seconds after which a collector that hangs is given up.
    assert.ok(Date.now() - began < 9_000)
  }
  collector.answer(400)
  await waitFor(
    async () => ((await scrape()).get('doorward_telemetry_exports_total{signal="metrics",outcome="failed"}') ?? 0) > 2,
    // What hangs is given up after ten seconds, and only then is the next one sent.
    1200,
  )
  const complaints = door
    .said()
    .split('\n')
    .filter((line) => line.includes('did not take metrics'))
  assert.equal(complaints.length, 1, door.said())
  collector.answer(200)
  const seen = collector.paths().filter((path) => path === '/v1/metrics').length
  await waitFor(async () => collector.paths().filter((path) => path === '/v1/metrics').length > seen + 1)
  assert.equal(collector.numbers().get('doorward_database_up'), 1)
  collector.answer('hang')
  const began = Date.now()
  assert.equal(await door.stop(), 0)
  assert.ok(Date.now() - began < 10_000, 'a collector that hangs does not keep the process from ending')
})
