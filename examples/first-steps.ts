import { createServer } from 'node:http'
import { protectResource } from '@doorward/resource'
import { protectMcp } from '@doorward/resource/mcp'
import { toNodeHandler } from '@modelcontextprotocol/node'
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import { z } from 'zod'

// An ordinary MCP server.
const notes: string[] = []
const handler = createMcpHandler(() => {
  const server = new McpServer({ name: 'notes', version: '1.0.0' })
  server.registerTool('read_notes', { description: 'Read all notes' }, () => ({
    content: [{ type: 'text', text: notes.join('\n') }],
  }))
  server.registerTool(
    'add_note',
    { description: 'Add a note', inputSchema: z.object({ text: z.string() }) },
    ({ text }, context) => {
      notes.push(`${text} (${context.http?.authInfo?.extra?.subject})`)
      return { content: [{ type: 'text', text: 'Noted.' }] }
    },
  )
  return server
})

// The ten lines that protect it.
const guard = protectResource({
  resource: 'http://localhost:3000/mcp',
  name: 'Notes',
  authorizationServers: ['http://localhost:8421'], // Any whose tokens are JWTs: Doorward, Keycloak, Auth0 …
  scopes: { 'notes:read': 'Read your notes', 'notes:write': 'Add notes' },
  requiredScopes: ['notes:read'],
  tools: { add_note: ['notes:write'] },
})
createServer(toNodeHandler(protectMcp(guard, handler))).listen(3000, 'localhost', () => {
  console.log(`Connect a client to ${guard.resource}`)
})
