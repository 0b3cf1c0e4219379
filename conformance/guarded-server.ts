// An MCP server with @doorward/resource in a process of its own: `guarded-server.ts <issuer> <port> <whenUnreachable>`.
// Prints a line when it listens, then one for each notice of the guard.
import { createServer } from 'node:http'
import { protectResource } from '@doorward/resource'
import { protectMcp } from '@doorward/resource/mcp'
import { toNodeHandler } from '@modelcontextprotocol/node'
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'

const [issuer = '', port = '', whenUnreachable] = process.argv.slice(2)
const guard = protectResource({
  resource: `http://localhost:${port}/mcp`,
  name: `Guarded ${port}`,
  authorizationServers: [issuer],
  scopes: { notes: 'Read notes' },
  requiredScopes: ['notes'],
  revocation: {
    whenUnreachable: whenUnreachable === 'refuse' ? 'refuse' : 'expiry',
    onNotice: ({ state, reason }) => console.log(`${state}: ${reason}`),
  },
})
const handler = createMcpHandler(() => {
  const server = new McpServer({ name: 'guarded', version: '1.0.0' })
  server.registerTool('read', { description: 'Read' }, () => ({ content: [{ type: 'text', text: 'A note.' }] }))
  return server
})
const server = createServer(toNodeHandler(protectMcp(guard, handler))).listen(Number(port), 'localhost', () =>
  console.log('listening'),
)
// Nothing of the guard keeps a server that has ended alive.
process.once('SIGTERM', () => {
  guard.close()
  server.close()
  server.closeAllConnections()
})
