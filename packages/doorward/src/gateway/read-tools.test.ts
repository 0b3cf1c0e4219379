import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, test } from 'node:test'
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import { GatewayProblem } from './problem.ts'
import { readTools } from './read-tools.ts'

type Message = { readonly id?: number; readonly method: string; readonly params?: Record<string, unknown> }

const patience = () => AbortSignal.timeout(10_000)
const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections()
})

async function listening(listener: RequestListener): Promise<URL> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`)
}

const TOOLS = ['a', 'b', 'c'].map((name) => ({ name, annotations: { readOnlyHint: true } }))
const stream = (...messages: unknown[]) =>
  new Response(messages.map((message) => `event: message\r\ndata: ${JSON.stringify(message)}\r\n\r\n`).join(''), {
    headers: { 'content-type': 'text/event-stream' },
  })

/** A server with sessions and one tool a page, which answers in either shape. */
function withSessions(revision: string, write: (message: unknown) => Response) {
  const seen: string[] = []
  const fetch = async (request: Request): Promise<Response> => {
    const session = request.headers.get('mcp-session-id')
    if (request.method === 'DELETE') {
      seen.push(`DELETE ${session}`)
      return new Response(null, { status: 405 })
    }
    const { id, method, params } = (await request.json()) as Message
    seen.push(method)
    if (method === 'initialize') {
      const response = write({ jsonrpc: '2.0', id, result: { protocolVersion: revision, capabilities: { tools: {} } } })
      response.headers.set('mcp-session-id', 's-1')
      return response
    }
    if (session !== 's-1' || request.headers.get('mcp-protocol-version') !== revision)
      return Response.json(
        { jsonrpc: '2.0', id: null, error: { code: -32000, message: 'No session' } },
        { status: 400 },
      )
    if (id === undefined) return new Response(null, { status: 202 })
    const page = Number(params?.cursor ?? 0)
    const next = page + 1 < TOOLS.length ? { nextCursor: String(page + 1) } : {}
    return write({ jsonrpc: '2.0', id, result: { tools: [TOOLS[page]], ...next } })
  }
  return { fetch, seen }
}

for (const revision of ['2025-03-26', '2025-06-18', '2025-11-25']) {
  for (const [shape, write] of [
    ['JSON', (message: unknown) => Response.json(message)],
    ['event streams', (message: unknown) => stream({ jsonrpc: '2.0', method: 'notifications/message' }, message)],
  ] as const) {
    test(`reads all pages of a server of ${revision} that answers in ${shape}, and ends its session [doorward-proposal]`, async () => {
      const { fetch, seen } = withSessions(revision, write)
      assert.deepEqual(await readTools(fetch, patience()), TOOLS)
      assert.deepEqual(seen, [
        'initialize',
        'notifications/initialized',
        'tools/list',
        'tools/list',
        'tools/list',
        'DELETE s-1',
      ])
    })
  }
}

for (const legacy of ['stateless', 'reject'] as const) {
  test(`reads the tools of the official SDK where it ${legacy === 'reject' ? 'speaks 2026-07-28 alone' : 'speaks every revision'} [doorward-proposal]`, async () => {
    const { fetch } = createMcpHandler(
      () => {
        const server = new McpServer({ name: 'x', version: '1' })
        server.registerTool('a', { annotations: { readOnlyHint: true } }, () => ({ content: [] }))
        server.registerTool('b', {}, () => ({ content: [] }))
        return server
      },
      { legacy },
    )
    assert.deepEqual(await readTools((request) => fetch(request), patience()), [
      { name: 'a', annotations: { readOnlyHint: true } },
      { name: 'b', annotations: {} },
    ])
  })
}

test('does not wait for the end of a stream that has none', async () => {
  const url = await listening((request, response) => {
    void request.toArray().then((chunks) => {
      const { id, method } = JSON.parse(chunks.join('')) as Message
      if (id === undefined) return response.writeHead(202).end()
      const result = method === 'initialize' ? { protocolVersion: '2025-06-18' } : { tools: TOOLS }
      return response
        .writeHead(200, { 'content-type': 'text/event-stream' })
        .write(`data: ${JSON.stringify({ jsonrpc: '2.0', id, result })}\n\n`)
    })
  })
  assert.deepEqual(await readTools(url, patience()), TOOLS)
})

const answering = (write: (message: Message) => Response) => async (request: Request) =>
  request.method === 'DELETE' ? new Response(null, { status: 405 }) : write((await request.json()) as Message)
const listing = (list: unknown) =>
  answering(({ id, method }) =>
    id === undefined
      ? new Response(null, { status: 202 })
      : Response.json({ id, result: method === 'initialize' ? { protocolVersion: '2025-11-25' } : list }),
  )

const WRONG: readonly [string, (request: Request) => Promise<Response>, RegExp][] = [
  ['asks for a token', async () => new Response(null, { status: 401 }), /asks for an authorization of its own/],
  ['redirects', async () => new Response(null, { status: 307 }), /redirects/],
  ['has a web page', async () => new Response('<p>', { headers: { 'content-type': 'text/html' } }), /text\/html/],
  [
    'has nothing there',
    async () => new Response('gone', { status: 404 }),
    /has nothing at its address; check the path/,
  ],
  ['lets nobody in', async () => new Response('no', { status: 403 }), /refused this with status 403/],
  ['fails', async () => new Response('boom', { status: 500 }), /failed with status 500/],
  [
    'answers with no JSON',
    async () => new Response('{', { headers: { 'content-type': 'application/json' } }),
    /said “status 200”/,
  ],
  [
    'refuses with words of its own',
    async () => Response.json({ id: 1, error: { message: `No\u001b[2J${'x'.repeat(500)}` } }, { status: 400 }),
    /said “No \[2Jx{194}”; check its address$/,
  ],
  ['names no revision', answering(({ id }) => Response.json({ id, result: {} })), /without naming a revision/],
  ['lists nothing', listing({}), /without a list of tools/],
  ['lists a tool without a name', listing({ tools: [{}] }), /a tool that has no name/],
  ['goes round in a circle', listing({ tools: [], nextCursor: 'x' }), /round in a circle/],
  [
    'lists without end',
    listing({ tools: Array.from({ length: 2001 }, () => ({ name: 'x' })) }),
    /more than 2000 tools/,
  ],
  [
    'answers beyond measure',
    async () => new Response('x'.repeat(5_000_000), { headers: { 'content-type': 'application/json' } }),
    /more than 4194304 bytes/,
  ],
]
for (const [title, fetch, message] of WRONG) {
  test(`a server that ${title} is told in one sentence [doorward-proposal]`, async () => {
    await assert.rejects(readTools(fetch, patience()), (error) => {
      assert.ok(error instanceof GatewayProblem)
      assert.match(error.message, /^The MCP server behind this gateway /)
      assert.match(error.message, message)
      return true
    })
  })
}

test('a server that is down, or breaks off, is told in one sentence [doorward-proposal]', async () => {
  const url = await listening((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: {')
    setImmediate(() => response.destroy())
  })
  await assert.rejects(readTools(url, patience()), /broke off its answer/)
  await new Promise((resolve) => servers.pop()?.close(resolve))
  await assert.rejects(readTools(url, patience()), /is down/)
})
