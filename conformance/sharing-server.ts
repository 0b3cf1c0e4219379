// A server with @doorward/resource whose proofs of possession a Redis remembers, in a process of its own:
// `sharing-server.ts <issuer> <resource> <port> <address of Redis>`. Prints `listening`, then one line for each refusal.
import { createServer } from 'node:http'
import { protectResource } from '@doorward/resource'
import { protect } from '@doorward/resource/express'
import { createClient } from '@redis/client'

const [issuer = '', resource = '', port = '', address = ''] = process.argv.slice(2)
const redis = createClient({ url: address })
// Without a listener the client ends the process when Redis goes away.
redis.on('error', () => {})
await redis.connect()
const guard = protectResource({
  resource,
  authorizationServers: [issuer],
  requiredScopes: ['use'],
  proofs: {
    // As the README has it.
    claim: async (key, until) => (await redis.set(key, '1', { NX: true, EXAT: until })) === 'OK',
  },
  onRefusal: ({ reason, cause }) => console.log(reason, String(cause)),
})
const door = protect(guard)
const server = createServer((request, response) => {
  void door(request, response, () => response.end('in'))
}).listen(Number(port), '127.0.0.1', () => console.log('listening'))
process.once('SIGTERM', () => {
  guard.close()
  redis.destroy()
  server.close()
  server.closeAllConnections()
})
