import assert from 'node:assert/strict'
import { createSecretKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import type { AuditEvent } from '@doorward/core/kernel/audit'
import { signAccessToken } from '@doorward/core/token/access-token'
import { protectResource, Refusal } from '@doorward/resource'
import { StoreUnavailable } from '../store/unavailable.ts'
import { gateway } from './gateway.ts'
import type { TokenStandings } from './streams.ts'

const ISSUER = 'https://as.example'
const MCP = 'https://door.example/mcp'
const NOW = 1_800_000_000
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const CLAIMS = { sub: 'ada', aud: MCP, client_id: 'c', scope: 'mcp', iat: NOW, exp: NOW + 300, jti: 'j', grant_id: 'g' }
const TOKEN = signAccessToken({ kid: 'k', alg: 'ES256', privateKey }, { iss: ISSUER, ...CLAIMS })

const guard = protectResource({
  resource: MCP,
  authorizationServers: [ISSUER],
  scopes: { mcp: 'Everything' },
  keys: () => async () => publicKey,
  now: () => NOW,
})
const VISIT = { correlation: 'GATEWAY000', network: '198.51.100.0/24' }

/** A gateway that nobody gets through. */
function shutGateway(standing: TokenStandings, events: AuditEvent[], by = guard) {
  return gateway({
    guard: by,
    upstream: new URL('http://127.0.0.1:1/mcp'),
    standing,
    sessionKey: createSecretKey(randomBytes(32)),
    audit: (event) => void events.push(event),
    now: () => NOW,
  })
}

const FAILURES: readonly (readonly [string, Error, number, string, string | null])[] = [
  ['the database does not answer', new StoreUnavailable('postgres://u:p@h'), 503, 'store_unavailable', '2'],
  ['something of ours is wrong', new Error('p4ssword'), 500, 'unexpected_error', null],
]
/** Where it shows: whether the grant stands, or whether the proof was used before. */
const SHOWN: readonly (readonly [string, (failure: Error, events: AuditEvent[]) => ReturnType<typeof gateway>])[] = [
  ['', (failure, events) => shutGateway(() => Promise.reject(failure), events)],
  [
    ' when a proof is looked up',
    (failure, events) => {
      const unknown = new Refusal(503, 'temporarily_unavailable', 'Unknown.', 'proof_unknown', { cause: failure })
      return shutGateway(() => 'live', events, { ...guard, verify: () => Promise.reject(unknown) })
    },
  ],
]
const LATE = new DOMException('proofs.claim gave no answer', 'TimeoutError')
const TOO_LATE = ['the database takes too long', LATE, 503, 'store_unavailable', '2'] as const
for (const [what, failure, status, reason, retryAfter, where, shut] of [
  ...FAILURES.flatMap((row) => SHOWN.map((shown) => [...row, ...shown] as const)),
  ...SHOWN.slice(1).map((shown) => [...TOO_LATE, ...shown] as const),
]) {
  test(`where ${what}${where}, a call is answered ${status} as JSON-RPC, with its event, and nothing of what it was [doorward-honest-outage]`, async () => {
    const events: AuditEvent[] = []
    const enter = shut(failure, events)
    const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' }
    const request = new Request(MCP, { method: 'POST', headers, body: '{"jsonrpc":"2.0","id":7,"method":"ping"}' })
    const response = await enter(request, VISIT)
    const text = await response.text()
    assert.deepEqual([response.status, response.headers.get('retry-after')], [status, retryAfter])
    assert.match(text, new RegExp(`"jsonrpc":"2.0".*${reason}`))
    assert.ok(!text.includes(failure.message))
    const told = events.map((event) => [event.type, event.reason])
    assert.deepEqual(told, [['server.failed', reason]])
  })
}

for (const more of [{}, { 'content-length': '1000' }]) {
  test(`who hangs up in the middle of a message ${'content-length' in more ? 'of a known length' : 'in chunks'} is refused, and no failure of ours is told [doorward-body-cut-off]`, async () => {
    const events: AuditEvent[] = []
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode('{"jsonrpc":')),
      pull: (controller) => controller.error(Object.assign(new Error('aborted'), { code: 'ECONNRESET' })),
    })
    const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', ...more }
    const request = new Request(MCP, { method: 'POST', headers, body, duplex: 'half' } as RequestInit)
    const response = await shutGateway(() => 'live', events)(request, VISIT)
    assert.equal(response.status, 400)
    assert.match(await response.text(), /"id":null.*\[body_incomplete\]/)
    assert.deepEqual(
      events.map(({ type, reason }) => [type, reason]),
      [['access.refused', 'body_incomplete']],
    )
  })
}
