import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { createServer, type Socket } from 'node:net'
import { afterEach, test } from 'node:test'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { closeServers, door, errorOf, PING, upstream } from './testing/door.ts'

afterEach(closeServers)

const EVENTS = { 'content-type': 'text/event-stream' }
const JSON_TYPE = { 'content-type': 'application/json' }
const ANSWER = '{"jsonrpc":"2.0","id":7,"result":{}}'

test('whatever pieces an event stream comes in, it goes on byte for byte [doorward-streaming]', async () => {
  const piece = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 50 }),
    // More than waits here, so that the server behind has to.
    fc.integer({ min: 60_000, max: 200_000 }).map((size) => new Uint8Array(size).fill(size)),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(piece, fc.boolean()), { maxLength: 12 }), async (pieces) => {
      const behind = await upstream(async (_, response) => {
        response.writeHead(200, EVENTS).flushHeaders()
        for (const [bytes, isAlone] of pieces) {
          response.write(bytes)
          if (isAlone) await new Promise(setImmediate)
        }
        response.end()
      })
      const received = await (await door(behind).ask({ body: PING })).arrayBuffer()
      assert.deepEqual(Buffer.from(received), Buffer.concat(pieces.map(([bytes]) => bytes)))
    }),
    { numRuns: 30 },
  )
})

test('a server behind that is faster than its client has to wait for it, and no more than a little lies here [doorward-streaming]', async () => {
  const block = Buffer.alloc(64 * 1024, 'x')
  let written = 0
  const stuck = Promise.withResolvers<void>()
  const behind = await upstream((request, response) => {
    response.writeHead(200, EVENTS)
    const more = (): void => {
      // What the kernel takes for both sockets is a few megabytes; a hundred would have been held in between.
      while (written < 100 * 1024 * 1024) {
        written += block.byteLength
        if (!response.write(block)) return void response.once('drain', more)
      }
    }
    more()
    let before = -1
    const timer = setInterval(() => {
      if (written === before) stuck.resolve()
      before = written
    }, 200)
    request.socket.once('close', () => clearInterval(timer))
  })
  const response = await door(behind).ask({ body: PING })
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  await reader.read()
  await stuck.promise
  assert.ok(written < 50 * 1024 * 1024, `${written} bytes went on to nobody`)
  const before = written
  let read = 0
  while (read <= before) read += (await reader.read()).value?.byteLength ?? Number.NaN
  assert.ok(written > before, 'it goes on where the client does')
  await reader.cancel()
})

test('a client that goes away before the answer begins, whenever that is, ends the work behind the door [doorward-cancellation]', {
  timeout: 60_000,
}, async () => {
  const underWay = new Set<ServerResponse>()
  let asked = 0
  const behind = await upstream((_, response) => {
    asked++
    underWay.add(response)
    response.on('close', () => underWay.delete(response))
  })
  // Between any two steps of ours, also while the connection comes about.
  for (let step = 0; step < 150; step++) {
    // Of its own, so that it has to connect first; nothing but its client ends what it asks.
    const { ask, events } = door(behind, { limits: { firstByteMilliseconds: 3_600_000 } })
    const leaving = new AbortController()
    const answered = ask({ body: PING, signal: leaving.signal })
    for (let turn = 0; turn < step % 5; turn++) await new Promise(setImmediate)
    for (let turn = 0; turn < step; turn++) await undefined
    leaving.abort()
    assert.equal((await answered).status, 499)
    assert.deepEqual([events.length, events[0]?.reason], [1, 'client_gone'])
  }
  assert.ok(asked > 0, 'every client was gone before the server behind was asked')
  for (let turn = 0; turn < 200 || underWay.size > 0; turn++) await new Promise(setImmediate)
})

test('a client that is gone already is not asked for [doorward-cancellation]', async () => {
  const { ask } = door(await upstream(() => assert.fail('it was asked')))
  assert.equal((await ask({ body: PING, signal: AbortSignal.abort() })).status, 499)
})

const ENDS: readonly (readonly [string, (of: Ending) => unknown, 'is whole' | 'fails', boolean])[] = [
  ['is left', ({ reader }) => reader.cancel(), 'is whole', false],
  ['loses its client', ({ leaving }) => leaving.abort(), 'fails', false],
  ['is cut since its grant is revoked', ({ revoked }) => revoked.push('g'), 'fails', false],
  ['breaks off behind the door', ({ response }) => response.destroy(), 'fails', true],
]
interface Ending {
  readonly reader: ReadableStreamDefaultReader<Uint8Array>
  readonly leaving: AbortController
  readonly revoked: string[]
  readonly response: ServerResponse
}
for (const [how, act, outcome, isFailure] of ENDS) {
  test(`an event stream that ${how} ${outcome} for its client, and is ${isFailure ? 'an' : 'no'} event of failure [doorward-half-stream, doorward-upstream-errors, doorward-stream-revocation]`, async () => {
    const closed = Promise.withResolvers<void>()
    const answering = Promise.withResolvers<ServerResponse>()
    const revoked: string[] = []
    const leaving = new AbortController()
    const behind = await upstream((_, response) => {
      response.on('close', closed.resolve)
      response.writeHead(200, EVENTS).write('data: half\n\n')
      answering.resolve(response)
    })
    const { ask, events } = door(behind, { revoked })
    const response = await ask({ body: PING, signal: leaving.signal })
    const reader = (response.body as ReadableStream<Uint8Array>).getReader()
    await reader.read()
    const waiting = reader.read()
    await act({ reader, leaving, revoked, response: await answering.promise })
    if (outcome === 'fails') await assert.rejects(waiting)
    else assert.equal((await waiting).done, true)
    await closed.promise
    const told = events.map(({ type, reason }) => [type, reason])
    const broken = isFailure ? [['upstream.failed', 'upstream_down']] : []
    assert.deepEqual(told, [['access.allowed', 'token_good'], ...broken])
  })
}

test('nothing that came before a stream was cut goes on after it [doorward-stream-revocation]', async () => {
  const closed = Promise.withResolvers<void>()
  const revoked: string[] = []
  const behind = await upstream((_, response) => {
    response.on('close', closed.resolve)
    response.writeHead(200, EVENTS).write('data: 1\n\n')
  })
  const response = await door(behind, { revoked }).ask({ method: 'GET' })
  revoked.push('g')
  await closed.promise
  await assert.rejects((response.body as ReadableStream<Uint8Array>).getReader().read())
})

test('what comes before the answer stays here: a hint of what will be wanted (RFC 9110 §15.2)', async () => {
  const { ask } = door(
    await upstream((_, response) => {
      response.writeEarlyHints({ link: '</style.css>; rel=preload' })
      response.writeHead(200, JSON_TYPE).end(ANSWER)
    }),
  )
  const response = await ask({ body: PING })
  assert.deepEqual([response.status, response.headers.get('link'), await response.text()], [200, null, ANSWER])
})

test('no packed answers are asked for; one that comes all the same is unpacked, or refused with its reason [doorward-upstream-errors]', async () => {
  for (const [coding, packed, isKnown] of [
    ['gzip', gzipSync(ANSWER), true],
    ['X-Gzip', gzipSync(ANSWER), true],
    ['deflate', deflateSync(ANSWER), true],
    ['identity', ANSWER, true],
    ['br', brotliCompressSync(ANSWER), false],
    ['constructor', ANSWER, false],
  ] as const) {
    const asked: unknown[] = []
    const { ask, events } = door(
      await upstream((request, response) => {
        asked.push(request.headers['accept-encoding'])
        response.writeHead(200, { ...JSON_TYPE, 'content-encoding': coding }).end(packed)
      }),
    )
    const response = await ask({ body: PING, headers: { 'accept-encoding': 'br' } })
    assert.deepEqual(asked, ['identity'])
    if (isKnown) {
      assert.deepEqual([response.headers.get('content-encoding'), await response.text()], [null, ANSWER])
    } else {
      assert.match((await errorOf(response)).error.message, /packs its answers .* turn that off \[upstream_nonsense\]/)
      assert.equal(events.at(-1)?.reason, 'upstream_nonsense')
    }
  }
})

test('a packed answer that is none, or that grows beyond all measure, is an error in its place or breaks off [doorward-upstream-errors]', async () => {
  const behind = (body: Buffer) =>
    upstream((_, response) => void response.writeHead(200, { ...JSON_TYPE, 'content-encoding': 'gzip' }).end(body))
  const broken = await door(await behind(Buffer.from('not packed'))).ask({ body: PING })
  assert.deepEqual([broken.status, (await errorOf(broken)).id], [502, 7])
  const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024, ' '))
  const before = process.memoryUsage().arrayBuffers
  const response = await door(await behind(bomb)).ask({ body: PING })
  assert.ok(process.memoryUsage().arrayBuffers - before < 50 * 1024 * 1024, 'it was unpacked whole')
  await response.body?.cancel()
})

test('a header that comes several times goes on as one (RFC 9110 §5.3)', async () => {
  const { ask } = door(
    await upstream((_, response) => {
      response.writeHead(200, [...Object.entries(JSON_TYPE).flat(), 'Vary', 'Accept', 'Vary', 'Origin']).end(ANSWER)
    }),
  )
  assert.equal((await ask({ body: PING })).headers.get('vary'), 'Accept, Origin')
})

test('an answer that is no HTTP is an error in its place [doorward-upstream-errors]', async () => {
  for (const text of ['SSH-2.0-OpenSSH_9.2\r\n', 'HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n', '']) {
    const sockets: Socket[] = []
    const server = createServer((socket) => {
      sockets.push(socket)
      socket.on('error', () => undefined).once('data', () => socket.end(text))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    const response = await door(new URL(`http://127.0.0.1:${port}/mcp`)).ask({ body: PING })
    assert.deepEqual([response.status, (await errorOf(response)).id], [502, 7], text)
    for (const socket of sockets) socket.destroy()
    server.close()
  }
})
