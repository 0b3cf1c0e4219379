import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Arrival, accessToken, ask, startBehind } from './behind.ts'
import { type Doorward, makeFolder, startDoorward } from './doorward.ts'

let behind: Awaited<ReturnType<typeof startBehind>>
const doors: Record<string, { door: Doorward; token: string }> = {}

before(async () => {
  behind = await startBehind()
  const folder = makeFolder()
  const tools = { scopes: { read: 'Read' }, tools: { look: ['read'], '*': ['read'] } }
  const resource = { name: 'Watched', path: '/mcp', upstream: behind.url, ...tools }
  writeFileSync(join(folder, 'doorward.json'), JSON.stringify({ resources: [resource] }))
  const plain = await startDoorward(['protect', behind.url])
  doors.plain = { door: plain, token: '' }
  const reading = await startDoorward(['protect', behind.url, '--config', 'doorward.json'], { folder })
  doors.reading = { door: reading, token: '' }
  // What `protect` asked at its start.
  for (let i = 0; i < 2; i++) (await behind.next()).response.writeHead(405).end()
  for (const one of Object.values(doors)) one.token = await accessToken(one.door)
})
after(async () => {
  for (const { door } of Object.values(doors)) await door.stop()
  behind?.stop()
})

const SSE = { 'content-type': 'text/event-stream' }
const JSON_TYPE = { 'content-type': 'application/json' }
const call = (text = '') => ({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'look', arguments: { text } },
})

/** A reader that knows how much of an answer has come. */
function reading(response: Response) {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  const decoder = new TextDecoder()
  let text = ''
  return {
    /** Reads until this much has come; it may come in any number of parts. */
    until: async (length: number): Promise<string> => {
      while (text.length < length) {
        const { done, value } = await reader.read()
        if (done) break
        text += decoder.decode(value, { stream: true })
      }
      return text
    },
    isOver: async () => (await reader.read()).done,
  }
}

/** When it leaves, what it sent, what had been answered, and whether that has come to it: JSON waits for its end. */
const LEAVING: readonly [string, unknown, ((arrival: Arrival) => void) | undefined, boolean][] = [
  ['before the first byte of an answer', call(), undefined, false],
  ['before the first byte of an answer to a large message', call('x'.repeat(1_000_000)), undefined, false],
  [
    'in the middle of a JSON answer',
    call(),
    ({ response }) => void response.writeHead(200, JSON_TYPE).write('{'),
    false,
  ],
  [
    'before the first event of a POST stream',
    call(),
    ({ response }) => response.writeHead(200, SSE).flushHeaders(),
    true,
  ],
  ['during a POST stream', call(), ({ response }) => void response.writeHead(200, SSE).write('data: 1\n\n'), true],
  ['before a GET stream begins', undefined, undefined, false],
  ['during a GET stream', undefined, ({ response }) => void response.writeHead(200, SSE).write('data: 1\n\n'), true],
]
for (const which of ['plain', 'reading'] as const) {
  for (const [when, body, begin, comes] of LEAVING) {
    test(`a client that goes away ${when} ends the work behind the door${which === 'reading' ? ', where answers are searched for tools, too' : ''} [doorward-cancellation]`, async () => {
      const { door, token } = doors[which] as { door: Doorward; token: string }
      const leaving = new AbortController()
      const asked = ask(door, token, { body, signal: leaving.signal })
      const gone = assert.rejects(asked.then((response) => response.text()))
      const arrival = await behind.next()
      begin?.(arrival)
      if (comes) assert.equal((await asked).status, 200)
      leaving.abort()
      await gone
      assert.equal(await arrival.closed, false, 'nobody waited for the end')
      assert.equal(behind.untaken(), 0)
    })
  }

  for (const [kind, body] of [
    ['POST', call()],
    ['GET', undefined],
  ] as const) {
    test(`each event of a ${kind} stream is at the client before the next is written${which === 'reading' ? ', where answers are searched for tools, too' : ''} [doorward-streaming]`, async () => {
      const { door, token } = doors[which] as { door: Doorward; token: string }
      const asked = ask(door, token, { body })
      const { response } = await behind.next()
      response.writeHead(200, SSE).flushHeaders()
      const { until, isOver } = reading(await asked)
      let written = ''
      for (let n = 1; n <= 5; n++) {
        const piece = `id: ${n}\ndata: {"jsonrpc":"2.0","method":"notifications/message","params":{"n":${n}}}\n\n`
        written += piece
        response.write(piece)
        assert.equal(await until(written.length), written)
      }
      // A comment that only says "still here" is no event, and is not held back either.
      written += ': still here\n\n'
      response.write(': still here\n\n')
      assert.equal(await until(written.length), written)
      response.end()
      assert.equal(await isOver(), true)
    })
  }
}

test('a JSON answer that is longer than what is read whole is on its way before it has an end [doorward-streaming]', async () => {
  const { door, token } = doors.plain as { door: Doorward; token: string }
  const text = JSON.stringify({ jsonrpc: '2.0', id: 1, result: { text: 'x'.repeat(3_000_000) } })
  const asked = ask(door, token, { body: call() })
  const { response } = await behind.next()
  response.writeHead(200, JSON_TYPE).write(text.slice(0, 2_000_000))
  const { until, isOver } = reading(await asked)
  assert.equal((await until(2_000_000)).length, 2_000_000)
  response.end(text.slice(2_000_000))
  assert.equal(await until(text.length), text)
  assert.equal(await isOver(), true)
})

test('an answer that breaks off behind the door is never whole before it, whatever its kind [doorward-half-stream]', async () => {
  const { door, token } = doors.plain as { door: Doorward; token: string }
  const half = (bytes: number) => `{"jsonrpc":"2.0","id":1,"result":{"text":"${'x'.repeat(bytes)}`
  for (const [headers, written] of [
    [SSE, 'data: 1\n\n'],
    [JSON_TYPE, half(2_000_000)],
  ] as const) {
    const asked = ask(door, token, { body: call() })
    const { response } = await behind.next()
    response.writeHead(200, headers).write(written)
    const answer = await asked
    assert.equal(answer.status, 200)
    response.destroy()
    await assert.rejects(answer.text())
  }
  const asked = ask(door, token, { body: call() })
  const { response } = await behind.next()
  response.writeHead(200, JSON_TYPE).write(half(10), () => response.destroy())
  const answer = await asked
  assert.equal(answer.status, 502)
  assert.match(await answer.text(), /^\{"jsonrpc":"2.0","id":1,"error":.*upstream_down/)
})
