import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { Client as ClientV2, StreamableHTTPClientTransport as TransportV2 } from '@modelcontextprotocol/client'
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { Client as Client2025 } from 'sdk-of-2025-06-18/client/index.js'
import { StreamableHTTPClientTransport as Transport2025 } from 'sdk-of-2025-06-18/client/streamableHttp.js'
import { type Arrival, accessToken, ask, startBehind } from './behind.ts'
import { type Doorward, startDoorward } from './doorward.ts'

let behind: Awaited<ReturnType<typeof startBehind>>
let door: Doorward
let token: string
let numbered: ReturnType<typeof numberedServer>

before(async () => {
  behind = await startBehind()
  door = await startDoorward(['protect', behind.url])
  // What `protect` asked at its start.
  ;(await behind.next()).response.writeHead(405).end()
  token = await accessToken(door)
  void serve()
})
beforeEach(() => {
  numbered = numberedServer()
})
after(async () => {
  await door?.stop()
  behind?.stop()
})

async function serve(): Promise<void> {
  for (;;) {
    const arrival = await behind.next()
    numbered.answer(arrival)
  }
}

const SSE = { 'content-type': 'text/event-stream' }
const SESSION = 'session-of-the-server'

/** Numbers its events, breaks off after the second, keeps what comes after, and sends exactly that to who asks for the rest. */
function numberedServer() {
  const seen: { method: string; session?: string; revision?: string; last?: string }[] = []
  const breaking = Promise.withResolvers<void>()
  let log: string[] = []

  function write(id: unknown): void {
    const message = (n: number) => ({
      jsonrpc: '2.0',
      method: 'notifications/message',
      params: { level: 'info', data: n },
    })
    const result = { jsonrpc: '2.0', id, result: { content: [{ type: 'text', text: 'the end' }] } }
    log = [message(1), message(2), message(3), result].map(
      (one, i) => `id: e-${i + 1}\ndata: ${JSON.stringify(one)}\n\n`,
    )
  }

  function answer({ request, body, response }: Arrival): void {
    const { method = '', headers } = request
    const message = (method === 'POST' ? JSON.parse(body.toString()) : {}) as {
      id?: unknown
      method?: string
      params?: { protocolVersion?: string }
    }
    const last = headers['last-event-id'] as string | undefined
    seen.push({
      method: message.method ?? method,
      session: headers['mcp-session-id'] as string,
      revision: headers['mcp-protocol-version'] as string,
      ...(last === undefined ? {} : { last }),
    })
    if (message.method === 'initialize') {
      const { protocolVersion } = message.params ?? {}
      const result = { protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'numbered', version: '1' } }
      response.writeHead(200, { 'content-type': 'application/json', 'mcp-session-id': SESSION })
      response.end(JSON.stringify({ jsonrpc: '2.0', id: message.id, result }))
    } else if (method === 'DELETE') response.writeHead(200).end()
    else if (last !== undefined) response.writeHead(200, SSE).end(log.slice(Number(last.slice(2))).join(''))
    else if (message.method === 'tools/call' || (method === 'GET' && listens)) {
      write(message.id)
      response.writeHead(200, SSE).write(log.slice(0, 2).join(''))
      void breaking.promise.then(() => response.destroy())
    } else response.writeHead(method === 'GET' ? 405 : 202).end()
  }

  let listens = false
  return {
    answer,
    seen,
    log: () => log,
    /** What is open breaks off. */
    breakOff: breaking.resolve,
    /** Answers a GET that resumes nothing with the same numbered events. */
    listen: () => {
      listens = true
    },
  }
}

const INITIALIZE = { capabilities: {}, clientInfo: { name: 'resuming', version: '1' } }
const CALL = { jsonrpc: '2.0', id: 5, method: 'tools/call', params: { name: 'long', arguments: {} } }

async function textUntil(response: Response, length: number): Promise<string> {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  let text = ''
  while (text.length < length) {
    const { done, value } = await reader.read()
    if (done) break
    text += new TextDecoder().decode(value)
  }
  return text
}

for (const revision of ['2025-06-18', '2025-11-25']) {
  for (const [kind, body] of [
    ['POST', CALL],
    ['GET', undefined],
  ] as const) {
    test(`${revision}: who leaves a ${kind} stream in its middle and comes back with Last-Event-ID reads exactly the rest [doorward-streaming]`, async () => {
      if (kind === 'GET') numbered.listen()
      const opening = {
        jsonrpc: '2.0',
        id: 0,
        method: 'initialize',
        params: { protocolVersion: revision, ...INITIALIZE },
      }
      const opened = await ask(door, token, { body: opening })
      await opened.text()
      const session = { 'mcp-session-id': opened.headers.get('mcp-session-id') ?? '', 'mcp-protocol-version': revision }
      assert.notEqual(session['mcp-session-id'], SESSION)

      const leaving = new AbortController()
      const first = await ask(door, token, { body, headers: session, signal: leaving.signal })
      const [one = '', two = '', three, four] = numbered.log()
      assert.equal(await textUntil(first, one.length + two.length), one + two)
      leaving.abort()

      const rest = (last: string) => ask(door, token, { headers: { ...session, 'last-event-id': last } })
      assert.equal(await (await rest('e-2')).text(), `${three}${four}`)
      assert.equal(await (await rest('e-3')).text(), four)
      assert.equal(await (await rest('e-4')).text(), '')

      const ended = await ask(door, token, { method: 'DELETE', headers: session })
      assert.equal(ended.status, 200)
      assert.deepEqual(
        numbered.seen.slice(1).map(({ method, last }) => last ?? method),
        [kind === 'GET' ? 'GET' : 'tools/call', 'e-2', 'e-3', 'e-4', 'DELETE'],
      )
      for (const { session: named, revision: spoken } of numbered.seen.slice(1))
        assert.deepEqual([named, spoken], [SESSION, revision])
    })
  }
}

const IDENTITY = { name: 'resuming', version: '1.0.0' }
const options = () => ({
  requestInit: { headers: { authorization: `Bearer ${token}` } },
  reconnectionOptions: {
    initialReconnectionDelay: 10,
    maxReconnectionDelay: 100,
    reconnectionDelayGrowFactor: 1,
    maxRetries: 5,
  },
})

for (const [name, revision, connect] of [
  [
    'SDK v1',
    '2025-11-25',
    async () => {
      const [client, transport] = [new ClientV1(IDENTITY), new TransportV1(new URL(door.mcp), options())]
      await client.connect(transport as never)
      return { client, transport }
    },
  ],
  [
    'SDK v2',
    '2025-11-25',
    async () => {
      const [client, transport] = [new ClientV2(IDENTITY), new TransportV2(new URL(door.mcp), options())]
      await client.connect(transport)
      return { client, transport }
    },
  ],
] as const) {
  test(`${name} of ${revision} resumes a call whose stream broke off, by itself, and ends its session behind the door [doorward-streaming]`, async () => {
    const { client, transport } = await connect()
    const heard: unknown[] = []
    transport.onmessage = hearing(transport.onmessage as Hear, heard) as never
    const called = client.callTool({ name: 'long', arguments: {} })
    await until(() => heard.length === 2)
    numbered.breakOff()
    assert.match(JSON.stringify(await called), /the end/)
    assert.deepEqual(heard, [1, 2, 3], 'nothing is missed and nothing comes twice')
    assert.deepEqual(
      numbered.seen.flatMap(({ last }) => last ?? []),
      ['e-2'],
    )
    await transport.terminateSession()
    assert.deepEqual(numbered.seen.at(-1), { method: 'DELETE', session: SESSION, revision })
    await client.close()
  })
}

test('SDK v1 of 2025-06-18 resumes a call from the token that it kept, and ends its session behind the door [doorward-streaming]', async () => {
  const [client, transport] = [new Client2025(IDENTITY), new Transport2025(new URL(door.mcp), options())]
  await client.connect(transport as never)
  const heard: unknown[] = []
  transport.onmessage = hearing(transport.onmessage as Hear, heard) as never
  let kept = ''
  const giveUp = new AbortController()
  const first = client.callTool({ name: 'long', arguments: {} }, undefined, {
    onresumptiontoken: (given: string) => {
      kept = given
    },
    signal: giveUp.signal,
  })
  await until(() => heard.length === 2)
  numbered.breakOff()
  giveUp.abort()
  await assert.rejects(first)
  assert.equal(kept, 'e-2')
  // The SDK answers the new call with what is replayed for the old one.
  const again = await client.callTool({ name: 'long', arguments: {} }, undefined, { resumptionToken: kept })
  assert.match(JSON.stringify(again), /the end/)
  assert.deepEqual(heard, [1, 2, 3])
  await transport.terminateSession()
  assert.deepEqual(numbered.seen.at(-1), { method: 'DELETE', session: SESSION, revision: '2025-06-18' })
  await client.close()
})

type Hear = (message: { params?: { data?: unknown } }, ...more: unknown[]) => void

/** Writes down the numbers in the notifications, and passes everything on. */
function hearing(pass: Hear, heard: unknown[]): Hear {
  return (message, ...more) => {
    if (message.params?.data !== undefined) heard.push(message.params.data)
    pass(message, ...more)
  }
}

async function until(isSo: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !isSo(); i++) await new Promise((resolve) => setTimeout(resolve, 20))
  assert.ok(isSo(), 'it did not come about')
}
