import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { toNodeHandler } from '@modelcontextprotocol/node'
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import { z } from 'zod'
import { type Doorward, startDoorward } from './doorward.ts'
import { decide } from './person.ts'
import { memoryProvider, SDK_CLIENTS } from './sdk-clients.ts'

let door: Doorward
let behind: Server
const seen: { revision: string | undefined; authorization: string | undefined; method: string | undefined }[] = []

before(async () => {
  const handler = toNodeHandler(
    createMcpHandler(() => {
      const server = new McpServer({ name: 'unmodified', version: '1.0.0' })
      server.registerTool(
        'echo',
        { description: 'Says it again', inputSchema: z.object({ text: z.string() }) },
        ({ text }) => ({
          content: [{ type: 'text', text }],
        }),
      )
      return server
    }),
  )
  behind = createServer((request, response) => {
    const { 'mcp-protocol-version': revision, 'mcp-method': method, authorization } = request.headers
    seen.push({ revision: revision as string | undefined, method: method as string | undefined, authorization })
    void handler(request, response)
  }).listen(0, '127.0.0.1')
  await once(behind, 'listening')
  door = await startDoorward(['protect', `http://127.0.0.1:${(behind.address() as AddressInfo).port}/mcp`])
})
after(async () => {
  await door?.stop()
  behind?.close().closeAllConnections()
})

const SPOKEN: Readonly<Record<string, string>> = {
  'SDK v1, 2025-06-18': '2025-06-18',
  'SDK v1': '2025-11-25',
  'SDK v2, 2025-11-25': '2025-11-25',
  'SDK v2, 2026-07-28': '2026-07-28',
}

for (const sdk of SDK_CLIENTS) {
  test(`${sdk.name} speaks its own revision to an unmodified server of the newest SDK, without its token [mcp-2026-07-28-gw8, mcp-2026-07-28-rs15]`, async () => {
    seen.length = 0
    const { memory, provider } = memoryProvider('http://127.0.0.1:9/callback', { client_name: sdk.name })
    await assert.rejects(sdk.connect(door.mcp, provider))
    await sdk.finish(
      door.mcp,
      provider,
      (await decide(memory.authorizeUrl?.href ?? '', door.operator)).url.searchParams,
    )
    const client = await sdk.connect(door.mcp, provider)
    assert.deepEqual(await client.tools(), ['echo'])
    assert.match(await client.call('echo', { text: 'across the revisions' }), /across the revisions/)
    await client.close()
    assert.ok(seen.length > 0)
    assert.ok(seen.every(({ authorization }) => authorization === undefined))
    assert.equal(seen.at(-1)?.revision, SPOKEN[sdk.name])
    if (SPOKEN[sdk.name] === '2026-07-28') assert.equal(seen.at(-1)?.method, 'tools/call')
  })
}
