import assert from 'node:assert/strict'
import { createSecretKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, test } from 'node:test'
import type { AuditEvent } from '@doorward/core/kernel/audit'
import { signAccessToken } from '@doorward/core/token/access-token'
import { protectResource } from '@doorward/resource'
import fc from 'fast-check'
import { gateway } from './gateway.ts'
import { openSession, sealSession } from './session.ts'

const ISSUER = 'https://as.example'
const MCP = 'https://door.example/mcp'
const NOW = 1_800_000_000
const VISIT = { correlation: 'GATEWAY000', network: '198.51.100.0/24' }
const KEY = createSecretKey(randomBytes(32))
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })

const bearer = (changes: Record<string, unknown> = {}) =>
  `Bearer ${signAccessToken({ kid: 'k', alg: 'ES256', privateKey }, { iss: ISSUER, sub: 'ada', aud: MCP, client_id: 'c', scope: 'mcp', iat: NOW, exp: NOW + 300, jti: 'j', grant_id: 'g', ...changes })}`

let clock = NOW
const OWNER = { subject: 'ada', clientId: 'c', resource: MCP }

const servers: Server[] = []
afterEach(() => {
  clock = NOW
  for (const server of servers.splice(0)) server.close().closeAllConnections()
})

async function upstream(listener: RequestListener): Promise<URL> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`)
}

function door(
  behind: URL,
  changes: {
    revoked?: string[]
    narrowed?: number[]
    tools?: Record<string, string[]>
    firstByteMilliseconds?: number
  } = {},
) {
  const events: AuditEvent[] = []
  const guard = protectResource({
    resource: MCP,
    authorizationServers: [ISSUER],
    scopes: { mcp: 'Everything', 'mail:send': 'Send mail' },
    ...(changes.tools === undefined ? {} : { tools: changes.tools }),
    keys: () => async () => publicKey,
    now: () => NOW,
  })
  const enter = gateway({
    guard,
    upstream: behind,
    standing: (grant, issuedAt) => {
      if (changes.revoked?.includes(grant)) return 'revoked'
      return changes.narrowed?.some((at) => issuedAt < at) ? 'outdated' : 'live'
    },
    sessionKey: KEY,
    audit: (event) => void events.push(event),
    now: () => clock,
    forwardHeaders: ['x-project'],
    limits: {
      requestBytes: 2000,
      jsonDepth: 8,
      connectMilliseconds: 500,
      firstByteMilliseconds: changes.firstByteMilliseconds ?? 5000,
      recheckMilliseconds: 10,
    },
  })
  const ask = (
    init: {
      method?: string
      headers?: Record<string, string>
      body?: string
      signal?: AbortSignal
      token?: string | undefined
    } = {},
  ) => {
    const { token = bearer(), headers, ...rest } = init
    const type: Record<string, string> = rest.body === undefined ? {} : { 'content-type': 'application/json' }
    return enter(
      new Request(MCP, {
        method: 'POST',
        ...rest,
        headers: { ...(token === '' ? {} : { authorization: token }), ...type, ...headers },
      }),
      VISIT,
    )
  }
  return { ask, events }
}

const PING = JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'ping' })
const ok: RequestListener = (_, response) =>
  void response.setHeader('content-type', 'application/json').end('{"jsonrpc":"2.0","id":7,"result":{}}')

async function errorOf(response: Response) {
  return (await response.json()) as { jsonrpc: string; id: unknown; error: { code: number; message: string } }
}

test('nothing of the client or of the way reaches the server behind, and its own answers stay its own [mcp-2026-07-28-rs15, mcp-2026-07-28-gw8, doorward-hop-by-hop, rfc9700-4.13-proxy-headers]', async () => {
  let seen: IncomingMessage | undefined
  const { ask } = door(
    await upstream((request, response) => {
      seen = request
      response.writeHead(200, {
        'content-type': 'application/json',
        'set-cookie': 'a=b',
        'www-authenticate': 'Bearer',
        server: 'x',
        'access-control-allow-origin': 'https://evil.example',
        'x-answer': 'ours to keep',
        'clear-site-data': '"*"',
        refresh: '0; url=https://evil.example',
        'x-request-id': 'kept',
      })
      response.end('{}')
    }),
  )
  const response = await ask({
    body: PING,
    headers: {
      cookie: 'session=1',
      origin: 'http://localhost:6274',
      'x-forwarded-for': '1.2.3.4',
      forwarded: 'for=1.2.3.4',
      'proxy-authorization': 'x',
      te: 'trailers',
      'x-hop': 'named by connection',
      connection: 'x-hop',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': 'echo',
      'last-event-id': '42',
      accept: 'application/json, text/event-stream',
      'x-custom': 'a stranger to the list',
      'remote-user': 'root',
      'x-auth-request-email': 'root@example.com',
      'x-http-method-override': 'DELETE',
      'x-project': 'named in the options',
    },
  })
  for (const name of [
    'authorization',
    'cookie',
    'origin',
    'x-forwarded-for',
    'forwarded',
    'proxy-authorization',
    'te',
    'x-hop',
    'x-custom',
    'remote-user',
    'x-auth-request-email',
    'x-http-method-override',
  ]) {
    assert.equal(seen?.headers[name], undefined, name)
  }
  assert.deepEqual(
    ['mcp-protocol-version', 'mcp-method', 'mcp-name', 'last-event-id', 'x-project'].map((name) => seen?.headers[name]),
    ['2026-07-28', 'tools/call', 'echo', '42', 'named in the options'],
  )
  for (const name of ['set-cookie', 'www-authenticate', 'server', 'x-answer', 'clear-site-data', 'refresh'])
    assert.equal(response.headers.get(name), null, name)
  assert.equal(response.headers.get('access-control-allow-origin'), '*')
  assert.equal(response.headers.get('x-request-id'), 'kept')
})

test('an event stream reaches the client piece by piece, as it was written [doorward-streaming]', async () => {
  const { promise: second, resolve: goOn } = Promise.withResolvers<void>()
  const { ask } = door(
    await upstream((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: one\n\n')
      void second.then(() => response.end('data: two\n\n'))
    }),
  )
  const reader = ((await ask({ method: 'GET' })).body as ReadableStream<Uint8Array>).getReader()
  const text = async () => new TextDecoder().decode((await reader.read()).value)
  assert.equal(await text(), 'data: one\n\n')
  goOn()
  assert.equal(await text(), 'data: two\n\n')
  assert.equal((await reader.read()).done, true)
})

test('a stream that breaks off behind the door fails before it, and is never presented as whole [doorward-half-stream]', async () => {
  const { ask } = door(
    await upstream((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: one\n\n')
      setImmediate(() => response.destroy())
    }),
  )
  await assert.rejects((await ask({ method: 'GET' })).text())
})

test('a client that goes away ends the work behind the door [doorward-cancellation]', async () => {
  const { promise: closed, resolve } = Promise.withResolvers<void>()
  const { ask } = door(
    await upstream((request, response) => {
      request.on('close', () => undefined)
      response.on('close', resolve)
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': hello\n\n')
    }),
  )
  const leaving = new AbortController()
  const response = await ask({ body: PING, signal: leaving.signal })
  leaving.abort()
  await assert.rejects(response.text())
  await closed
})

test('a session belongs to the person who opened it, and to nobody else with a good token [mcp-2026-07-28-gw14, mcp-2026-07-28-rs28, mcp-2025-11-25-session-auth, mcp-2025-11-25-session-verify]', async () => {
  const sessions: (string | undefined)[] = []
  const { ask } = door(
    await upstream((request, response) => {
      sessions.push(request.headers['mcp-session-id'] as string | undefined)
      response.setHeader('mcp-session-id', 'upstream-session')
      ok(request, response)
    }),
  )
  const opened = (await ask({ body: PING })).headers.get('mcp-session-id') ?? ''
  assert.notEqual(opened, 'upstream-session')
  assert.equal((await ask({ body: PING, headers: { 'mcp-session-id': opened } })).status, 200)
  assert.deepEqual(sessions, [undefined, 'upstream-session'])
  for (const [token, id] of [
    [bearer({ sub: 'eve' }), opened],
    [bearer(), 'upstream-session'],
    [bearer(), `${opened}x`],
  ] as const) {
    const response = await ask({ body: PING, token, headers: { 'mcp-session-id': id } })
    assert.equal(response.status, 404)
    assert.equal((await errorOf(response)).id, 7)
  }
  assert.equal(sessions.length, 2)
  const deleted = await ask({ method: 'DELETE', headers: { 'mcp-session-id': opened } })
  assert.equal(deleted.status, 200)
})

test('a session ends behind the door with whatever empty answer the server there has [mcp-2026-07-28-gw14]', async () => {
  for (const listener of [
    ((_, response) => void response.writeHead(200).end()) satisfies RequestListener,
    ((_, response) => void response.writeHead(204).end()) satisfies RequestListener,
    ((_, response) => void response.writeHead(200, { 'content-length': '0' }).end()) satisfies RequestListener,
  ]) {
    const { ask } = door(await upstream(listener))
    const id = sealSession(KEY, OWNER, 'upstream-session') ?? ''
    assert.ok((await ask({ method: 'DELETE', headers: { 'mcp-session-id': id } })).ok)
  }
})

test('no text opens as a session but the one sealed for that person, with that application, at that server', () => {
  fc.assert(
    fc.property(fc.string(), fc.string({ minLength: 1 }), fc.string(), (subject, other, id) => {
      const owner = { ...OWNER, subject }
      const upstreamId = `s${id.replace(/[^!-~]/g, '')}`
      const sealed = sealSession(KEY, owner, upstreamId) ?? ''
      assert.equal(openSession(KEY, owner, sealed), upstreamId)
      for (const part of ['subject', 'clientId', 'resource'] as const) {
        assert.equal(openSession(KEY, { ...owner, [part]: `${owner[part]}${other}` }, sealed), undefined)
      }
      assert.equal(openSession(KEY, owner, id), undefined)
    }),
  )
})

const BEHIND: readonly [string, RequestListener, number, string][] = [
  [
    'redirects',
    (_, response) => void response.writeHead(307, { location: 'https://elsewhere.example/' }).end(),
    502,
    'upstream_redirects',
  ],
  [
    'asks for its own authorization',
    (_, response) => void response.writeHead(401, { 'www-authenticate': 'Bearer' }).end(),
    502,
    'upstream_unauthorized',
  ],
  [
    'answers with a web page',
    (_, response) => void response.setHeader('content-type', 'text/html').end('<h1>Hello</h1>'),
    502,
    'upstream_nonsense',
  ],
  [
    'answers with a page that nothing is there',
    (_, response) => void response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>Nothing</h1>'),
    502,
    'upstream_not_found',
  ],
  [
    'fails',
    (_, response) => void response.writeHead(500, { 'content-type': 'text/plain' }).end('boom at line 7'),
    502,
    'upstream_failed',
  ],
  ['hangs up', (request) => void request.socket.destroy(), 502, 'upstream_down'],
  ['never answers', () => undefined, 504, 'upstream_slow'],
]
for (const [title, listener, status, reason] of BEHIND) {
  test(`a server behind that ${title} becomes ${status} in the shape of JSON-RPC, with a reason [doorward-upstream-errors]`, async () => {
    const { ask, events } = door(await upstream(listener), { firstByteMilliseconds: 300 })
    const response = await ask({ body: PING })
    assert.equal(response.status, status)
    const body = await errorOf(response)
    assert.equal(body.id, 7)
    assert.ok(body.error.message.endsWith(` [${reason}] (ref GATEWAY000)`))
    assert.match(body.error.message, /behind this gateway/)
    assert.doesNotMatch(body.error.message, /boom|Hello/)
    assert.deepEqual([events.at(-1)?.type, events.at(-1)?.reason], ['upstream.failed', reason])
    assert.equal(response.headers.get('www-authenticate'), null)
  })
}

test('a server behind that is not running becomes 502 at once', async () => {
  const gone = await upstream(ok)
  await new Promise((resolve) => servers.pop()?.close(resolve))
  assert.equal((await door(gone).ask({ body: PING })).status, 502)
})

test('errors in JSON of the server behind pass, so that clients see 404 for a session that is over', async () => {
  const { ask } = door(
    await upstream(
      (_, response) =>
        void response
          .writeHead(404, { 'content-type': 'application/json' })
          .end('{"jsonrpc":"2.0","error":{"code":-32001,"message":"Session not found"},"id":null}'),
    ),
  )
  const response = await ask({ body: PING })
  assert.equal(response.status, 404)
  assert.equal((await errorOf(response)).error.code, -32001)
})

const REFUSED: readonly [string, Parameters<ReturnType<typeof door>['ask']>[0], number, string][] = [
  ['no token', { body: PING, token: '' }, 401, 'no_credentials'],
  ['an expired token', { body: PING, token: bearer({ exp: NOW - 60 }) }, 401, 'expired'],
  [
    'a token for another resource',
    { body: PING, token: bearer({ aud: 'https://door.example/other' }) },
    401,
    'audience',
  ],
  ['a token of another issuer', { body: PING, token: bearer({ iss: 'https://evil.example' }) }, 401, 'issuer'],
  ['a token in the query only', { body: PING, token: '' }, 401, 'no_credentials'],
  ['a revoked grant', { body: PING, token: bearer({ grant_id: 'revoked' }) }, 401, 'grant_revoked'],
  ['a narrowed grant', { body: PING, token: bearer({ iat: NOW - 9 }) }, 401, 'token_outdated'],
  ['a token of no known age', { body: PING, token: bearer({ iat: undefined }) }, 401, 'token_outdated'],
  ['an origin that is none', { body: PING, headers: { origin: 'not an origin' } }, 403, 'origin_malformed'],
  ['another method', { method: 'PUT', body: PING }, 405, 'wrong_method'],
  ['another content type', { body: PING, headers: { 'content-type': 'text/plain' } }, 415, 'wrong_content_type'],
  ['a body beyond measure', { body: JSON.stringify({ id: 7, x: 'x'.repeat(3000) }) }, 413, 'body_too_large'],
]
for (const [title, init, status, reason] of REFUSED) {
  test(`a request with ${title} is refused with ${status} and never reaches the server behind [mcp-2026-07-28-rs9, mcp-2026-07-28-rs10, mcp-2026-07-28-rs12, mcp-2026-07-28-rs14, mcp-2026-07-28-rs25, mcp-2026-07-28-gw10]`, async () => {
    let reached = 0
    const { ask, events } = door(
      await upstream((request, response) => {
        reached++
        ok(request, response)
      }),
      { revoked: ['revoked'], narrowed: [NOW - 8] },
    )
    const response = await ask(init)
    assert.equal(response.status, status)
    assert.equal(reached, 0)
    assert.equal(events.at(-1)?.outcome, 'refused')
    assert.match(events.at(-1)?.reason ?? '', new RegExp(reason))
    if (status === 401)
      assert.match(
        response.headers.get('www-authenticate') ?? '',
        /resource_metadata="https:\/\/door\.example\/\.well-known\/oauth-protected-resource\/mcp"/,
      )
    if (status === 405) assert.equal(response.headers.get('allow'), 'GET, POST, DELETE, OPTIONS')
  })
}

test('where tools have scopes, the message is read: broken or bottomless JSON is refused, a missing scope is named [mcp-2026-07-28-rs17, mcp-2026-07-28-rs18]', async () => {
  const { ask } = door(await upstream(ok), { tools: { send: ['mail:send'] } })
  assert.equal((await errorOf(await ask({ body: '{' }))).error.code, -32700)
  assert.equal((await ask({ body: `${'['.repeat(50)}${']'.repeat(50)}` })).status, 400)
  const call = (name: unknown) => JSON.stringify([{ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name } }])
  for (const body of [call('send'), call(['send'])]) {
    const refused = await ask({ body })
    assert.equal(refused.status, 403)
    assert.match(refused.headers.get('www-authenticate') ?? '', /error="insufficient_scope".*scope="mail:send mcp"/)
  }
  assert.equal((await ask({ body: call('forgotten') })).status, 403, 'a tool that nobody listed is not open')
  assert.equal((await ask({ body: call('forgotten'), token: bearer({ scope: 'mail:send' }) })).status, 200)
  assert.equal((await ask({ body: call('send'), token: bearer({ scope: 'mail:send' }) })).status, 200)
})

const TRICKS: readonly (readonly [string, string, Record<string, string>, string])[] = [
  ['another charset', '{"method":"ping"}', { 'content-type': 'application/json; charset=utf-7' }, 'wrong_content_type'],
  [
    'a charset behind a decoy',
    '{"method":"ping"}',
    { 'content-type': 'application/json; x=";charset=utf-8"; charset=utf-7' },
    'wrong_content_type',
  ],
  ['a compressed body', '{"method":"ping"}', { 'content-encoding': 'gzip' }, 'encoded_body'],
  ['a member twice', '{"method":"ping","method":"tools/call","params":{"name":"send"}}', {}, 'json_ambiguous'],
  ['a member twice, once in escapes', '{"method":"ping","\\u006dethod":"tools/call"}', {}, 'json_ambiguous'],
  [
    'a member in other letters',
    '{"method":"ping","Method":"tools/call","params":{"name":"send"}}',
    {},
    'json_ambiguous',
  ],
  ['a name in other letters', '{"method":"tools/call","params":{"name":"other","Name":"send"}}', {}, 'json_ambiguous'],
  ['the same in a batch', '[{"method":"ping"},{"method":"ping","METHOD":"tools/call"}]', {}, 'json_ambiguous'],
  ['a byte order mark', '\ufeff{"method":"ping"}', {}, 'json_malformed'],
]
for (const [title, body, headers, reason] of TRICKS) {
  test(`${title} cannot carry a call past the door that the server behind would read [doorward-one-reading]`, async () => {
    let reached = false
    const { ask, events } = door(
      await upstream((request, response) => {
        reached = true
        ok(request, response)
      }),
      { tools: { send: ['mail:send'], other: [] } },
    )
    const response = await ask({ body, headers })
    assert.ok(response.status === 400 || response.status === 415)
    assert.equal(events.at(-1)?.reason, reason)
    assert.equal(reached, false)
  })
}

test('a client that asks with HEAD is shown the way like any other', async () => {
  const { ask } = door(await upstream(ok))
  const response = await ask({ method: 'HEAD', token: '' })
  assert.equal(response.status, 401)
  assert.match(response.headers.get('www-authenticate') ?? '', /resource_metadata=/)
})

test('arguments of a tool may be named as they like', async () => {
  const { ask } = door(await upstream(ok), { tools: { other: [] } })
  const args = { Name: 1, METHOD: 2, deep: [{ name: 'a' }, { name: 'b' }, { Name: 'c' }] }
  const body = JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name: 'other', arguments: args },
  })
  assert.equal((await ask({ body })).status, 200)
})

for (const [title, seconds] of [
  ['its grant is revoked', 0],
  ['its token has run out', 300],
  ['its grant is narrowed', 1],
] as const) {
  test(`an open stream is cut once ${title}, and not taken for whole [doorward-stream-revocation]`, async () => {
    const [revoked, narrowed]: [string[], number[]] = [[], []]
    let gone: Promise<unknown> | undefined
    const { ask } = door(
      await upstream((_, response) => {
        gone = once(response, 'close')
        response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n')
      }),
      { revoked, narrowed },
    )
    const stream = (await ask({ method: 'GET' })).body?.getReader()
    assert.match(new TextDecoder().decode((await stream?.read())?.value), /data: 1/)
    clock += seconds
    if (seconds === 0) revoked.push('g')
    if (seconds === 1) narrowed.push(NOW + 1)
    await assert.rejects(async () => {
      while (!(await stream?.read())?.done);
    })
    await gone
  })
}

test('a browser may ask first, without a token, for any mcp- header [q23]', async () => {
  const { ask } = door(await upstream(ok))
  const response = await ask({
    method: 'OPTIONS',
    token: '',
    headers: { 'access-control-request-headers': 'mcp-param-x, authorization, x-evil' },
  })
  assert.equal(response.status, 204)
  const allowed = response.headers.get('access-control-allow-headers') ?? ''
  assert.ok(allowed.includes('mcp-param-x') && allowed.includes('authorization') && !allowed.includes('x-evil'))
  assert.match(response.headers.get('access-control-expose-headers') ?? '', /WWW-Authenticate, Mcp-Session-Id/)
})
