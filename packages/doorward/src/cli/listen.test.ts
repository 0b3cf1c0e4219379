import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, test } from 'node:test'
import { type Handler, type Listener, type ListenOptions, listen } from './listen.ts'

const listeners: Listener[] = []
afterEach(async () => {
  for (const listener of listeners.splice(0)) await listener.close()
})

async function serve(handler: Handler, options: Partial<ListenOptions> = {}): Promise<string> {
  const listener = await listen(handler, { host: '127.0.0.1', port: 0, ...options })
  listeners.push(listener)
  return `http://127.0.0.1:${listener.port}`
}

test('a request comes as it was sent, and the answer goes as it was made', async () => {
  const url = await serve(async (request, { remoteAddress }) =>
    Response.json(
      { method: request.method, path: new URL(request.url).pathname, body: await request.text(), remoteAddress },
      { status: 201 },
    ),
  )
  const response = await fetch(`${url}/a?b`, { method: 'POST', body: 'hello' })
  assert.equal(response.status, 201)
  assert.deepEqual(await response.json(), { method: 'POST', path: '/a', body: 'hello', remoteAddress: '127.0.0.1' })
})

test('a body arrives whole, long or short, of a known length or in chunks, as text or as a stream', async () => {
  const url = await serve(async (request) => {
    const body = request.url.endsWith('/text') ? await request.text() : await new Response(request.body).text()
    return new Response(String(body.length))
  })
  const bodies: [string, () => BodyInit][] = [0, 1, 65_536, 65_537, 300_000].flatMap((size) => [
    [String(size), () => 'x'.repeat(size)],
    [String(size), () => new Blob(['x'.repeat(size)]).stream()],
  ])
  for (const [size, body] of bodies) {
    for (const how of ['text', 'stream']) {
      const response = await fetch(`${url}/${how}`, { method: 'POST', body: body(), duplex: 'half' } as RequestInit)
      assert.equal(await response.text(), size, how)
    }
  }
})

test('who goes in the middle of a body has asked for nothing, and the next caller is served', async () => {
  const asked: string[] = []
  const url = await serve(async (request) => {
    asked.push(await request.text())
    return new Response('ok')
  })
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  await once(socket, 'connect')
  socket.write('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nhalf')
  await new Promise((resolve) => setImmediate(resolve))
  socket.destroy()
  await once(socket, 'close')
  assert.equal(await (await fetch(url, { method: 'POST', body: 'whole' })).text(), 'ok')
  assert.deepEqual(asked, ['whole'])
})

test('what a handler throws is answered with 500 in JSON, without its words', async () => {
  const url = await serve(async () => {
    throw new Error('secret words')
  })
  const response = await fetch(url)
  assert.equal(response.status, 500)
  assert.doesNotMatch(await response.text(), /secret/)
})

test('a pumped body that fails breaks the connection off [doorward-half-stream]', async () => {
  const url = await serve(async (_, { pump }) => {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode('half')),
      pull: (controller) => controller.error(new Error('gone')),
    })
    return pump(new Response(body, { headers: { 'content-type': 'text/event-stream' } }))
  })
  await assert.rejects(fetch(url).then((response) => response.text()))
})

test('a caller who goes away cancels the pumped body [doorward-cancellation]', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const url = await serve(async (_, { pump }) =>
    pump(
      new Response(
        new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(1)), cancel: () => resolve() }),
      ),
    ),
  )
  const leaving = new AbortController()
  const response = await fetch(url, { signal: leaving.signal })
  leaving.abort()
  await assert.rejects(response.text())
  await promise
})

test('closing lets the answer under way finish and takes no new caller', async () => {
  const { promise: goOn, resolve } = Promise.withResolvers<void>()
  const { promise: entered, resolve: enter } = Promise.withResolvers<void>()
  const listener = await listen(
    async () => {
      enter()
      await goOn
      return new Response('finished')
    },
    { host: '127.0.0.1', port: 0 },
  )
  const answer = fetch(`http://127.0.0.1:${listener.port}`).then((response) => response.text())
  await entered
  const closed = listener.close()
  const late = connect(listener.port, '127.0.0.1')
  const [error] = (await once(late, 'error')) as [NodeJS.ErrnoException]
  assert.equal(error.code, 'ECONNREFUSED')
  resolve()
  assert.equal(await answer, 'finished')
  await closed
})

test('who takes leave serves on, and each answer ends its connection, also one that was begun before [doorward-drain]', async () => {
  const { promise: goOn, resolve } = Promise.withResolvers<void>()
  const { promise: entered, resolve: enter } = Promise.withResolvers<void>()
  const listener = await listen(
    async (request) => {
      if (request.url.endsWith('/slow')) {
        enter()
        await goOn
      }
      return new Response('served')
    },
    { host: '127.0.0.1', port: 0 },
  )
  listeners.push(listener)
  const url = `http://127.0.0.1:${listener.port}`
  const connectionOf = async (path: string) => (await fetch(url + path)).headers.get('connection')
  assert.equal(await connectionOf('/'), 'keep-alive')
  const begun = connectionOf('/slow')
  await entered
  listener.leave()
  resolve()
  assert.equal(await begun, 'close')
  assert.equal(await connectionOf('/'), 'close')
})

test('closing ends a stream that only listens as a whole one, and lets one that answers come to its end [doorward-drain]', async () => {
  const { promise: last, resolve: sendLast } = Promise.withResolvers<void>()
  const words = (text: string) => new TextEncoder().encode(text)
  const listener = await listen(
    async (request, { pump }) => {
      const answers = request.method === 'POST'
      const body = new ReadableStream<Uint8Array>({
        start: async (controller) => {
          controller.enqueue(words('first '))
          if (!answers) return
          await last
          controller.enqueue(words('last'))
          controller.close()
        },
      })
      return pump(new Response(body))
    },
    { host: '127.0.0.1', port: 0 },
  )
  const url = `http://127.0.0.1:${listener.port}`
  const [listening, answering] = await Promise.all([fetch(url), fetch(url, { method: 'POST', body: 'x' })])
  const closed = listener.close()
  assert.equal(await listening.text(), 'first ')
  sendLast()
  assert.equal(await answering.text(), 'first last')
  await closed
})

/** Sends the parts, each when the one before is on its way, and returns all that comes back until the other side closes. */
async function raw(url: string, ...parts: readonly string[]): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.on('error', () => undefined)
  for (const part of parts) await new Promise<void>((resolve) => void socket.write(part, () => resolve()))
  return Buffer.concat(await socket.toArray()).toString('latin1')
}

const BEGUN = 'POST / HTTP/1.1\r\nhost: a\r\n'
const SLOW: readonly (readonly [string, string, Partial<ListenOptions['patience']>])[] = [
  ['a header', BEGUN, { headers: 40, request: 600_000 }],
  ['a body of a known length', `${BEGUN}content-length: 10\r\n\r\nhalf`, { headers: 40, request: 80 }],
  ['a body in chunks', `${BEGUN}transfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n`, { headers: 40, request: 80 }],
]
for (const [what, bytes, patience] of SLOW) {
  test(`${what} that does not come to its end is cut off with 408 in JSON, and told [doorward-unread-told, doorward-answer-headers]`, {
    timeout: 20_000,
  }, async () => {
    const told: string[] = []
    const url = await serve(async (request) => new Response(await request.text().catch(() => 'gone')), {
      patience: { check: 10, ...patience },
      unread: (reason, address) => told.push(`${reason} ${address}`),
    })
    const answer = await raw(url, bytes)
    assert.match(answer, /^HTTP\/1\.1 408 Request Timeout\r\n/)
    const [head = '', body = ''] = answer.split('\r\n\r\n')
    for (const line of ['content-type: application/json', 'cache-control: no-store', 'x-content-type-options: nosniff'])
      assert.ok(head.includes(`\r\n${line}`), head)
    assert.match((JSON.parse(body) as { error_description: string }).error_description, / \[http_too_slow\]$/)
    assert.deepEqual(told, ['http_too_slow 127.0.0.1'])
  })
}

test('a connection that nothing came by is closed, and nothing is told of it: browsers open some in advance', {
  timeout: 20_000,
}, async () => {
  const told: string[] = []
  const url = await serve(async () => new Response('ok'), {
    patience: { check: 10, headers: 40, request: 80 },
    unread: (reason) => told.push(reason),
  })
  assert.match(await raw(url), /^HTTP\/1\.1 408 /)
  assert.deepEqual(told, [])
})

const UNREAD: readonly (readonly [string, string, string, string])[] = [
  ['what is not HTTP', 'HELLO\r\n\r\n', '400', 'http_malformed'],
  ['TLS where http is spoken', '\x16\x03\x01\x00\x05\x01\x00\x00\x01\x03', '400', 'http_not_plain'],
  ['a request without a host', 'GET / HTTP/1.1\r\nconnection: close\r\n\r\n', '400', 'http_path'],
  ['a request with two hosts', 'GET / HTTP/1.1\r\nHost: a\r\nhost: b\r\nconnection: close\r\n\r\n', '400', 'http_path'],
  ['a target that is no path', 'GET http://[::1 HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n', '400', 'http_path'],
  ['large headers', `${BEGUN}x: ${'y'.repeat(20_000)}\r\n\r\n`, '431', 'http_headers_too_large'],
  ['many headers', `${BEGUN}${'x: y\r\n'.repeat(150)}\r\n`, '431', 'http_headers_too_large'],
]
for (const [what, bytes, status, reason] of UNREAD) {
  test(`${what}: no handler sees it, it is answered ${status} in JSON that nobody keeps, and told as ${reason} [doorward-unread-told, doorward-answer-headers]`, async () => {
    const told: string[] = []
    const url = await serve(async () => assert.fail('seen'), { unread: (why) => told.push(why) })
    const answer = await raw(url, bytes)
    assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} [\\s\\S]*\\[${reason}\\]`))
    assert.match(answer, /^cache-control: no-store\r$/im)
    assert.match(answer, /^x-content-type-options: nosniff\r$/im)
    assert.deepEqual(told, [reason])
  })
}

test('what somebody expects besides is passed over, and the request is served', async () => {
  const url = await serve(async () => new Response('served'))
  const answer = await raw(url, 'GET / HTTP/1.1\r\nhost: a\r\nexpect: wonders\r\nconnection: close\r\n\r\n')
  assert.match(answer, /^HTTP\/1\.1 200 [\s\S]*served$/)
})
