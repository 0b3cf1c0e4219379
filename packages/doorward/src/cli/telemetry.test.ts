import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { compose } from './compose.ts'
import { OWN_PATHS } from './config.ts'
import { openTelemetry, type TelemetryWanted } from './telemetry.ts'

const ISSUER = 'http://localhost:8421'
const NOTHING: TelemetryWanted = { metrics: undefined, log: undefined, openTelemetry: undefined, trustsProxies: false }
const WORLD = { version: '0', issuer: ISSUER, database: ':memory:', resources: [`${ISSUER}/mcp`], say: () => {} }

async function watchedHouse() {
  const printed: string[] = []
  const print = (line: string) => void printed.push(line)
  const telemetry = await openTelemetry({ ...NOTHING, metrics: { port: 0 }, log: 'json' }, { ...WORLD, print })
  assert.ok(telemetry?.metricsAt)
  const { metricsAt } = telemetry
  const scopes = { mcp: { description: 'Everything' } }
  const resource = { uri: `${ISSUER}/mcp`, name: 'Notes', scopes, defaultScopes: ['mcp'] }
  const upstream = async () => new Response('{}', { headers: { 'content-type': 'application/json' } })
  const resources = [{ ...resource, upstream }]
  const house = await compose({ issuer: ISSUER, database: ':memory:', secret: randomBytes(32), resources, telemetry })
  return {
    ask: (path: string, init: RequestInit = {}, remoteAddress = '198.51.100.7') =>
      house.fetch(new Request(`${ISSUER}${path}`, init), { remoteAddress }),
    read: async () => {
      const lines = (await (await fetch(metricsAt)).text()).split('\n').filter((line) => /^[a-z]/.test(line))
      return new Map(lines.map((line) => line.split(/ (?=\S+$)/) as [string, string]))
    },
    metricsAt,
    printed,
    close: async () => {
      await house.close()
      await telemetry.close()
    },
  }
}

test('where nothing is asked for, nothing is opened and nothing is loaded', async () => {
  assert.equal(await openTelemetry(NOTHING, { ...WORLD, print: () => {} }), undefined)
})

test('ten thousand paths, client ids, reasons and hosts of strangers leave as many series as there were [doorward-bounded-series]', async () => {
  const { ask, read, close } = await watchedHouse()
  const before = [...(await read()).keys()]
  for (let i = 0; i < 2000; i++) {
    const form = new URLSearchParams({ client_id: `made-up-${i}`, grant_type: `grant-${i}`, code: `code-${i}` })
    await ask(`/made-up-${i}/${i}`, { headers: { host: `host-${i}.example` } })
    await ask(`/token/${i}`, { method: 'POST', body: form }, `203.0.${i % 250}.1`)
    await ask('/token', { method: 'POST', body: form })
    await ask(`/authorize?client_id=made-up-${i}&resource=https://made-up-${i}.example/mcp`)
    await ask('/mcp', { method: 'POST', headers: { authorization: `Bearer made-up-${i}`, 'mcp-session-id': `${i}` } })
  }
  const after = await read()
  assert.deepEqual([...after.keys()], before)
  assert.ok(before.length < 2000, `${before.length} series`)
  assert.equal(after.get('doorward_requests_total{route="other",status="4xx"}'), '2000')
  assert.equal(after.get('doorward_requests_total{route="/token",status="4xx"}'), '4000')
  assert.equal(after.get(`doorward_gateway_calls_total{resource="${ISSUER}/mcp",outcome="refused"}`), '2000')
  await close()
})

test('every path that this server answers at has a route of its own, and no path makes one', async () => {
  const { ask, read, close } = await watchedHouse()
  for (const segment of OWN_PATHS) await ask(`/${segment}`)
  for (const path of ['/', '/mcp', '/admin/api/users', '/.well-known/oauth-protected-resource/mcp']) await ask(path)
  const numbers = await read()
  const counted = (route: string) =>
    ['2xx', '3xx', '4xx', '5xx'].reduce(
      (all, status) => all + Number(numbers.get(`doorward_requests_total{route="${route}",status="${status}"}`)),
      0,
    )
  for (const segment of OWN_PATHS) assert.equal(counted(`/${segment}`), 1, segment)
  for (const route of ['/', 'gateway', '/admin/api', '/.well-known/oauth-protected-resource'])
    assert.equal(counted(route), 1)
  assert.equal(counted('other'), 0)
  await close()
})

test('whether changes are heard, and how far the clock of the database is, is told as it is at that moment', async () => {
  const telemetry = await openTelemetry({ ...NOTHING, metrics: { port: 0 } }, { ...WORLD, print: () => {} })
  let milliseconds = 0
  let isHeard = true
  const made = Math.floor(Date.now() / 1000)
  telemetry?.attach({
    keys: async () => [{ kid: 'a', createdAt: made + 60 }],
    signingKid: () => 'a',
    keySettings: { algorithm: 'ES256', rotateSeconds: 7_776_000, lingerSeconds: 3600 },
    databaseWaiting: () => 0,
    clockAhead: () => milliseconds,
    areChangesHeard: () => isHeard,
    eventsWaiting: () => 0,
    eventsDropped: () => 0,
  })
  const read = async (name: string) =>
    Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(await (await fetch(telemetry?.metricsAt ?? '')).text())?.[1])
  assert.equal(await read('doorward_changes_heard'), 1)
  assert.equal(await read('doorward_database_clock_ahead_seconds'), 0)
  milliseconds = 61_500
  isHeard = false
  assert.equal(await read('doorward_changes_heard'), 0)
  assert.equal(await read('doorward_database_clock_ahead_seconds'), 61.5)
  assert.ok((await read('doorward_signing_key_age_seconds')) >= 0, 'keys are as old as the database says')
  await telemetry?.close()
})

const REFUSED: readonly [string, string, number][] = [
  ['GET', '/', 404],
  ['GET', '/metrics/', 404],
  ['GET', '/token', 404],
  ['GET', '/healthz', 404],
  ['POST', '/metrics', 405],
  ['DELETE', '/metrics', 405],
]

test('the listener of the numbers serves them and nothing else, and the front door serves none', async () => {
  const { ask, metricsAt, close } = await watchedHouse()
  for (const [method, path, status] of REFUSED) {
    const response = await fetch(new URL(path, metricsAt), { method })
    assert.equal(response.status, status, `${method} ${path}`)
  }
  const good = await fetch(`${metricsAt}?again`)
  assert.equal(good.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
  assert.equal(new URL(metricsAt).hostname, '127.0.0.1')
  assert.equal((await ask('/metrics')).status, 404)
  await close()
})

test('two that want one port: the second says so, and which variable helps', async () => {
  const { metricsAt, close } = await watchedHouse()
  const metrics = { port: Number(new URL(metricsAt).port) }
  await assert.rejects(
    openTelemetry({ ...NOTHING, metrics }, { ...WORLD, print: () => {} }),
    /EADDRINUSE.*DOORWARD_METRICS_PORT/,
  )
  await close()
})

test('a line on standard output is one event, whatever a stranger writes', async () => {
  const { ask, printed, close } = await watchedHouse()
  await ask('/nothing\nhere', { headers: { accept: 'text/html' } })
  await ask('/token', { method: 'POST', body: new URLSearchParams({ client_id: 'a"b\nc d' }) })
  assert.ok(printed.length >= 2)
  for (const line of printed) {
    assert.ok(!line.includes('\n'))
    const { time, type, outcome, reason } = JSON.parse(line) as Record<string, string>
    assert.ok(time && type && outcome && reason, line)
  }
  await close()
})
