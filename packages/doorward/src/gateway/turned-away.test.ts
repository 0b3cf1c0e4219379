import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { sealSession } from './session.ts'
import { closeServers, door, errorOf, KEY, MCP, PING, upstream } from './testing/door.ts'

afterEach(closeServers)

const INITIALIZE = JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'initialize', params: {} })
const JSON_TYPE = { 'content-type': 'application/json' }
const TEXT = { 'content-type': 'text/plain' }
/** Of the person whose token the door's `ask` shows. */
const OWNER = { subject: 'ada', clientId: 'c', resource: MCP }
const SESSION: Record<string, string> = { 'mcp-session-id': sealSession(KEY, OWNER, 's-1') ?? '' }

const answering = (status: number, headers: Record<string, string>, body: string) =>
  upstream((_, response) => void response.writeHead(status, headers).end(body))

/** What the server behind says to a message, whether that names a session, and what comes of it. */
const REFUSED: readonly (readonly [number, Record<string, string>, string, boolean, number, string])[] = [
  [404, {}, 'nope', false, 404, 'upstream_not_found'],
  [404, {}, '', false, 404, 'upstream_not_found'],
  [404, TEXT, 'Not found', false, 404, 'upstream_not_found'],
  [404, JSON_TYPE, '{"detail":"Not Found"}', false, 404, 'upstream_not_found'],
  [404, { 'content-type': 'text/html' }, '<h1>Nothing</h1>', false, 502, 'upstream_not_found'],
  [405, {}, '', false, 404, 'upstream_not_found'],
  [405, JSON_TYPE, '{"detail":"Method Not Allowed"}', false, 404, 'upstream_not_found'],
  // 404 would end the session, which nobody said.
  [405, {}, '', true, 502, 'upstream_not_found'],
  [403, TEXT, 'Invalid Host header', false, 502, 'upstream_refuses'],
  [403, {}, '', true, 502, 'upstream_refuses'],
  [403, JSON_TYPE, '{"error":"forbidden"}', false, 502, 'upstream_refuses'],
  // Newer clients ask for less where a server of an older revision answers so.
  [400, TEXT, 'Bad request', false, 400, 'upstream_refuses'],
  [400, JSON_TYPE, '', true, 400, 'upstream_refuses'],
  [422, TEXT, 'expected initialize', false, 422, 'upstream_refuses'],
  [429, {}, '', false, 429, 'upstream_refuses'],
]
for (const [was, headers, body, inSession, status, reason] of REFUSED) {
  const said = `${was} with ${body === '' ? 'nothing' : `‘${body}’`} as ${headers['content-type'] ?? 'no type'}`
  test(`a message ${inSession ? 'of a session' : 'without a session'} that is answered ${said} was refused, and is told so [doorward-upstream-errors]`, async () => {
    for (const message of [INITIALIZE, PING]) {
      const { ask, events } = door(await answering(was, headers, body))
      const response = await ask({ body: message, headers: inSession ? SESSION : {} })
      assert.equal(response.status, status)
      const { id, error } = await errorOf(response)
      assert.equal(id, 7)
      assert.ok(error.message.endsWith(` [${reason}] (ref GATEWAY000)`), error.message)
      if (reason === 'upstream_refuses') assert.match(error.message, new RegExp(`with status ${was};`))
      assert.deepEqual(
        events.map((event) => [event.type, event.outcome, event.reason]),
        [['upstream.failed', 'refused', reason]],
      )
      assert.match(String(events[0]?.detail?.message), new RegExp(`^status ${was}`))
    }
  })
}

test('a notification that nothing takes is told of as well [doorward-upstream-errors]', async () => {
  const notification = JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' })
  const { ask, events } = door(await answering(404, JSON_TYPE, '{"detail":"Not Found"}'))
  assert.equal((await ask({ body: notification })).status, 404)
  assert.equal(events.at(-1)?.reason, 'upstream_not_found')
})

const ERROR = '{"jsonrpc":"2.0","error":{"code":-32001,"message":"Session not found"},"id":null}'
/** What MCP gives a meaning of its own. */
const PASSED: readonly (readonly [string, number, Record<string, string>, string, Parameters<typeof passes>[0]])[] = [
  ['404 to a message of a session, by which it ends', 404, TEXT, 'gone', { body: PING, headers: SESSION }],
  ['404 in JSON to a message of a session', 404, JSON_TYPE, '{"detail":"gone"}', { body: PING, headers: SESSION }],
  ['400 with a JSON-RPC error', 400, JSON_TYPE, ERROR, { body: PING }],
  ['403 with a JSON-RPC error', 403, JSON_TYPE, ERROR, { body: PING }],
  ['404 with a JSON-RPC error, as for an unknown method', 404, JSON_TYPE, ERROR, { body: PING }],
  ['405 to a GET, where no events are offered', 405, TEXT, 'no', { method: 'GET' }],
  ['404 to a GET', 404, {}, '', { method: 'GET' }],
  ['405 to a DELETE, where sessions cannot be ended', 405, {}, '', { method: 'DELETE', headers: SESSION }],
]
function passes(init: { method?: string; body?: string; headers?: Record<string, string> }) {
  return init
}
for (const [title, status, headers, body, init] of PASSED) {
  test(`${title}, passes as it is [doorward-upstream-errors]`, async () => {
    const { ask, events } = door(await answering(status, headers, body))
    const response = await ask(passes(init))
    assert.deepEqual([response.status, await response.text()], [status, body])
    assert.deepEqual(
      events.map(({ type, reason }) => [type, reason]),
      [['access.allowed', 'token_good']],
    )
  })
}
