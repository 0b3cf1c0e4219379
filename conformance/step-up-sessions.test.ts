import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { ToolListChangedNotificationSchema } from '@modelcontextprotocol/sdk/types.js'
import { type Doorward, makeFolder, runDoorward, startDoorward, waitFor } from './doorward.ts'
import { decide } from './person.ts'
import { memoryProvider } from './sdk-clients.ts'

// A server with sessions, whose tools change while a client listens.

const FILE = 'accepted.json'
const folder = makeFolder()
const sessions = new Map<string, StreamableHTTPServerTransport>()
let behind: Server
let door: Doorward

function makeServer(): McpServer {
  const server = new McpServer({ name: 'growing', version: '1.0.0' })
  const answer = async () => ({ content: [] })
  let grown = 0
  server.registerTool('wipe', {}, answer)
  server.registerTool('grow', { annotations: { readOnlyHint: true } }, async () => {
    server.registerTool(`late-${++grown}`, { annotations: { readOnlyHint: true } }, answer)
    return answer()
  })
  return server
}

before(async () => {
  behind = createServer(async (request, response) => {
    const known = sessions.get(String(request.headers['mcp-session-id']))
    if (known !== undefined) return known.handleRequest(request, response)
    const transport: StreamableHTTPServerTransport = new StreamableHTTPServerTransport({
      sessionIdGenerator: () => `session-${sessions.size}`,
      onsessioninitialized: (id) => void sessions.set(id, transport),
    })
    await makeServer().connect(transport as never)
    return transport.handleRequest(request, response)
  }).listen(0, '127.0.0.1')
  await once(behind, 'listening')
  const upstream = `http://127.0.0.1:${(behind.address() as AddressInfo).port}/mcp`
  const proposed = await runDoorward(['protect', upstream, '--propose-scopes', '--write', FILE], { folder })
  assert.equal(proposed.status, 0, proposed.err)
  door = await startDoorward(['protect', upstream, '--config', FILE], { folder })
})
after(async () => {
  await door?.stop()
  behind?.close().closeAllConnections()
})

async function connected(scope: string) {
  const { memory, provider } = memoryProvider('http://127.0.0.1:9/callback', { client_name: scope })
  const open = () => new StreamableHTTPClientTransport(new URL(door.mcp), { authProvider: provider as never })
  await assert.rejects(new Client({ name: 'c', version: '1' }).connect(open() as never))
  const url = new URL(memory.authorizeUrl?.href ?? '')
  assert.equal(url.searchParams.get('scope'), 'tools:read')
  url.searchParams.set('scope', scope)
  await open().finishAuth((await decide(url.href, door.operator)).code ?? '')
  const client = new Client({ name: 'c', version: '1' })
  await client.connect(open() as never)
  const names = async () => (await client.listTools()).tools.map(({ name }) => name)
  return { client, names }
}

test('protect takes an accepted mapping; news of a changed list comes through, and the new tool is seen by who may call it [doorward-hidden-tools]', async () => {
  const reader = await connected('tools:read')
  assert.deepEqual(await reader.names(), ['grow'])
  let isTold = false
  reader.client.setNotificationHandler(ToolListChangedNotificationSchema, () => {
    isTold = true
  })
  // The client opens its stream in its own time, and what came before is not told again.
  await waitFor(async () => {
    await reader.client.callTool({ name: 'grow' })
    return isTold
  })
  assert.deepEqual(await reader.names(), ['grow'], 'nobody has said what the new one needs')
  await reader.client.close()

  const everything = await connected('tools:read tools:destructive')
  await everything.client.callTool({ name: 'grow' })
  assert.deepEqual(await everything.names(), ['wipe', 'grow', 'late-1'])
  await everything.client.close()
})
