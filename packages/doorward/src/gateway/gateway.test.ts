import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingMessage, RequestListener } from 'node:http'
import { afterEach, test } from 'node:test'
import fc from 'fast-check'
import { openSession, sealSession } from './session.ts'
import { bearer, closeServers, door, errorOf, KEY, MCP, NOW, ok, PING, upstream } from './testing/door.ts'

const OWNER = { subject: 'ada', clientId: 'c', resource: MCP }

afterEach(closeServers)

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
      response.end('{"jsonrpc":"2.0","id":7,"result":{}}')
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

const KEPT: readonly (readonly [string | undefined, string])[] = [
  [undefined, 'no-store'],
  ['no-cache, no-transform', 'no-cache, no-transform'],
  ['private, max-age=60', 'private, max-age=60'],
  ['public, max-age=600', 'no-store'],
  ['max-age=0, S-MaxAge=600', 'no-store'],
  ['max-age=60, must-revalidate', 'no-store'],
]
for (const [said, passed] of KEPT) {
  test(`where the server behind says ${said ?? 'nothing'} of caches, none that is shared may keep an answer to a token`, async () => {
    const { ask } = door(
      await upstream((request, response) => {
        if (said !== undefined) response.setHeader('cache-control', said)
        ok(request, response)
      }),
    )
    for (const init of [{ method: 'GET' }, { body: PING }])
      assert.equal((await ask(init)).headers.get('cache-control'), passed)
  })
}

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

test('no other spelling of its header carries the session of somebody else past the door [mcp-2026-07-28-gw14]', async () => {
  let seen: readonly string[] = []
  const { ask } = door(
    await upstream((request, response) => {
      seen = Object.keys(request.headers).filter((name) => name.startsWith('mcp'))
      ok(request, response)
    }),
  )
  const spelled = ['mcp-session_id', 'mcp_session_id', 'mcp-session.id', "mcp-session'id", 'mcp-session|id']
  const headers = Object.fromEntries([...spelled, 'mcp-param-tenant_id'].map((name) => [name, 'upstream-session']))
  assert.equal((await ask({ body: PING, headers })).status, 200)
  assert.deepEqual(seen, ['mcp-param-tenant_id'])
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
    let clock = NOW
    let gone: Promise<unknown> | undefined
    const { ask } = door(
      await upstream((_, response) => {
        gone = once(response, 'close')
        response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n')
      }),
      { revoked, narrowed, now: () => clock },
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

test('a browser may ask first, without a token, for any mcp- header and for proofs, and reads the nonce for the next [q23, rfc9449-9]', async () => {
  const { ask } = door(await upstream(ok))
  const response = await ask({
    method: 'OPTIONS',
    token: '',
    headers: { 'access-control-request-headers': 'mcp-param-tenant_id, authorization, x-evil' },
  })
  assert.equal(response.status, 204)
  const allowed = (response.headers.get('access-control-allow-headers') ?? '').split(', ')
  assert.ok(allowed.includes('dpop'))
  assert.ok(allowed.includes('mcp-param-tenant_id') && allowed.includes('authorization') && !allowed.includes('x-evil'))
  for (const { headers } of [response, await ask({ token: '' }), await ask({ body: PING })])
    assert.match(String(headers.get('access-control-expose-headers')), /WWW-Authenticate, Mcp-Session-Id.*DPoP-Nonce/)
})
