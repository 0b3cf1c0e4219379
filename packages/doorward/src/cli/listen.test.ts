import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, test } from 'node:test'
import { type Handler, type Listener, listen } from './listen.ts'

const listeners: Listener[] = []
afterEach(async () => {
  for (const listener of listeners.splice(0)) await listener.close()
})

async function serve(handler: Handler): Promise<string> {
  const listener = await listen(handler, { host: '127.0.0.1', port: 0 })
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
