import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { RequestListener, ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { afterEach, test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { freePort } from '../testing/free-port.ts'
import { closeServers, door, errorOf, PING, upstream } from './testing/door.ts'

afterEach(closeServers)

const HEAD = { 'content-type': 'application/json' }

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
  [
    'answers with a status that HTTP does not have',
    (_, response) => void response.writeHead(600, HEAD).end('{"jsonrpc":"2.0","id":7,"result":{}}'),
    502,
    'upstream_failed',
  ],
  [
    'sends events with a status that HTTP does not have',
    (_, response) => void response.writeHead(999, { 'content-type': 'text/event-stream' }).end('data: {}\n\n'),
    502,
    'upstream_failed',
  ],
  [
    'stops in the middle of a JSON answer',
    (_, response) => void response.writeHead(200, HEAD).write('{"jsonrpc":"2.0","id":7,'),
    504,
    'upstream_slow',
  ],
  [
    'sends the head of a JSON answer and nothing more',
    (_, response) => void response.writeHead(200, HEAD).flushHeaders(),
    504,
    'upstream_slow',
  ],
  [
    'breaks off in the middle of a JSON answer',
    (_, response) => {
      response.writeHead(200, HEAD).write('{"jsonrpc":"2.0","id":7,')
      setImmediate(() => response.destroy())
    },
    502,
    'upstream_down',
  ],
  ...(
    [
      ['text that is no JSON', 'this is not json <b>'],
      ['half a message, whole', '{"jsonrpc":"2.0","id":7,'],
      ['nothing', ''],
      ['JSON that is no message', '{"hello":"world"}'],
      ['a bare value', '"boom"'],
      ['an empty batch', '[]'],
      ['a batch of which one is no message', '[{"jsonrpc":"2.0","id":7,"result":{}},7]'],
    ] as const
  ).map(([what, text]): (typeof BEHIND)[number] => [
    `sends ${what} as JSON`,
    (_, response) => void response.writeHead(200, HEAD).end(text),
    502,
    'upstream_nonsense',
  ]),
  ['hangs up', (request) => void request.socket.destroy(), 502, 'upstream_down'],
  ['never answers', () => undefined, 504, 'upstream_slow'],
]
for (const [title, listener, status, reason] of BEHIND) {
  test(`a server behind that ${title} becomes ${status} in the shape of JSON-RPC, with a reason [doorward-upstream-errors]`, async () => {
    // Where the answer is searched for hidden tools and where it is not.
    for (const tools of [undefined, { send: ['mail:send'] }]) {
      const limits = { firstByteMilliseconds: 300, silenceMilliseconds: 300 }
      const { ask, events } = door(await upstream(listener), { ...(tools && { tools }), limits })
      const response = await ask({ body: PING })
      assert.equal(response.status, status)
      const body = await errorOf(response)
      assert.equal(body.id, 7)
      assert.ok(body.error.message.endsWith(` [${reason}] (ref GATEWAY000)`))
      assert.match(body.error.message, /behind this gateway/)
      assert.doesNotMatch(body.error.message, /boom|Hello/)
      const told = events.map((event) => [event.type, event.reason])
      assert.deepEqual(told, [['upstream.failed', reason]])
      assert.equal(response.headers.get('www-authenticate'), null)
    }
  })
}

// A queue for one that nobody takes from, since its thread sleeps: once it is full, no further connection comes about.
const DEAF = `
  const { workerData, parentPort } = require('node:worker_threads')
  const server = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    parentPort.postMessage(server.address().port)
    Atomics.wait(new Int32Array(workerData), 0, 0)
    process.exit()
  })`

test('a server behind to which no connection comes about becomes 504, and not for ever [doorward-upstream-errors]', async () => {
  const shared = new SharedArrayBuffer(4)
  const worker = new Worker(DEAF, { eval: true, workerData: shared })
  const [port] = (await once(worker, 'message')) as [number]
  const waiting = Array.from({ length: 8 }, () => connect(port, '127.0.0.1').on('error', () => undefined))
  try {
    await once(waiting[0] as (typeof waiting)[number], 'connect')
    const { ask, events } = door(new URL(`http://127.0.0.1:${port}/mcp`))
    const response = await ask({ body: PING })
    assert.equal(response.status, 504)
    assert.match((await errorOf(response)).error.message, /cannot be reached in time.*\[upstream_unreachable\]/)
    assert.deepEqual([events.at(-1)?.type, events.at(-1)?.reason], ['upstream.failed', 'upstream_unreachable'])
  } finally {
    for (const socket of waiting) socket.destroy()
    Atomics.notify(new Int32Array(shared), 0)
    await worker.terminate()
  }
})

const LONG = JSON.stringify({ jsonrpc: '2.0', id: 7, result: { text: 'x'.repeat(6000) } })

test('a JSON answer beyond what is read whole passes piece by piece, to its last byte [doorward-streaming]', async () => {
  const { promise: seen, resolve: goOn } = Promise.withResolvers<void>()
  const { ask } = door(
    await upstream((_, response) => {
      response.writeHead(200, HEAD).write(LONG.slice(0, 5000))
      void seen.then(() => response.end(LONG.slice(5000)))
    }),
  )
  const reader = ((await ask({ body: PING })).body as ReadableStream<Uint8Array>).getReader()
  let text = ''
  const decoder = new TextDecoder()
  const read = async () => {
    const { done, value } = await reader.read()
    text += decoder.decode(value)
    return !done
  }
  while (text.length < 5000) await read()
  goOn()
  while (await read());
  assert.equal(text, LONG)
})

for (const [title, stop, reason] of [
  ['stalls', () => undefined, 'upstream_slow'],
  ['breaks off', (response) => void response.destroy(), 'upstream_down'],
] as readonly (readonly [string, (response: ServerResponse) => void, string])[]) {
  test(`a long JSON answer that ${title} after its head went out breaks the connection, with an event [doorward-half-stream, doorward-upstream-errors]`, async () => {
    const { promise: closed, resolve } = Promise.withResolvers<void>()
    const { ask, events } = door(
      await upstream((_, response) => {
        response.on('close', resolve)
        response.writeHead(200, HEAD).write(LONG.slice(0, 5000), () => stop(response))
      }),
      { limits: { silenceMilliseconds: 300 } },
    )
    await assert.rejects((await ask({ body: PING })).text())
    await closed
    const told = events.map((event) => [event.type, event.reason])
    assert.deepEqual(told, [
      ['access.allowed', 'token_good'],
      ['upstream.failed', reason],
    ])
  })
}

test('a client that goes away in the middle of a JSON answer ends the work behind the door, in another process or in this one [doorward-cancellation]', async () => {
  const left = Promise.withResolvers<void>()
  const cancelled = Promise.withResolvers<void>()
  const far = await upstream((_, response) => {
    response.on('close', left.resolve)
    response.writeHead(200, HEAD).write('{', () => leaving.abort())
  })
  const near = async () => {
    const body = new ReadableStream({
      pull: (controller) => {
        controller.enqueue(new TextEncoder().encode('{'))
        setImmediate(() => leaving.abort())
        return new Promise(() => undefined)
      },
      cancel: () => cancelled.resolve(),
    })
    return new Response(body, { headers: HEAD })
  }
  let leaving = new AbortController()
  for (const [behind, ended] of [
    [far, left.promise],
    [near, cancelled.promise],
  ] as const) {
    leaving = new AbortController()
    const { ask, events } = door(behind)
    assert.equal((await ask({ body: PING, signal: leaving.signal })).status, 499)
    assert.equal(events.at(-1)?.reason, 'client_gone')
    await ended
  }
})

test('an event stream may be silent for longer than any other answer', async () => {
  const { promise: quiet, resolve: goOn } = Promise.withResolvers<void>()
  const [patient, impatient] = await Promise.all(
    ['text/event-stream', 'application/json'].map((type) =>
      upstream((_, response) => {
        response.writeHead(200, { 'content-type': type }).write(': \n\n')
        void quiet.then(() => response.end('data: late\n\n'))
      }),
    ),
  )
  const limits = { silenceMilliseconds: 200 }
  const streaming = await door(patient as URL, { limits }).ask({ body: PING })
  // As long as it takes for the other to be given up.
  assert.equal((await door(impatient as URL, { limits }).ask({ body: PING })).status, 504)
  goOn()
  assert.equal(await streaming.text(), ': \n\ndata: late\n\n')
})

test('where no message is awaited, an answer passes as it is: to a notification, an error of HTTP, a GET', async () => {
  const written = 'nothing <b>'
  for (const [status, init] of [
    [200, { body: JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' }) }],
    [202, { body: PING }],
    [404, { method: 'GET' }],
    [200, { method: 'GET' }],
  ] as const) {
    const { ask } = door(await upstream((_, response) => void response.writeHead(status, HEAD).end(written)))
    const response = await ask(init)
    assert.deepEqual([response.status, await response.text()], [status, written])
  }
})

test('an answer that was read whole says how long it is, and is the very text that was written', async () => {
  const written = '\ufeff [ { "jsonrpc" : "2.0", "id" : 7, "result" : { "ü" : 1e400 } } ]\n'
  const { ask } = door(await upstream((_, response) => void response.writeHead(200, HEAD).end(written)))
  const response = await ask({ body: PING })
  assert.equal(response.headers.get('content-length'), String(Buffer.byteLength(written)))
  assert.deepEqual(Buffer.from(await response.arrayBuffer()), Buffer.from(written))
})

test('a server behind that is not running becomes 502 at once', async () => {
  const gone = new URL(`http://127.0.0.1:${await freePort()}/mcp`)
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
