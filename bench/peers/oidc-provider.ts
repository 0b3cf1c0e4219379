// oidc-provider as its documentation has it, with what an MCP client asks for: `node oidc-provider.ts memory|sqlite|redis <where>`.
import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import { Provider } from 'oidc-provider'
import { redisAdapter } from './redis-adapter.ts'
import { sqliteAdapter } from './sqlite-adapter.ts'

const [kind = 'memory', where = ''] = process.argv.slice(2)
const ADAPTERS = { memory: undefined, sqlite: sqliteAdapter, redis: redisAdapter }
const adapter = ADAPTERS[kind]?.(where)
const SECRET = 'a-secret-of-the-benchmark-that-guards-nothing'

const server = createServer()
await new Promise((done) => server.listen(0, '127.0.0.1', done))
const issuer = `http://127.0.0.1:${server.address().port}`
const resource = `${issuer}/mcp`
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const jwtOfResource = {
  scope: 'mcp',
  audience: resource,
  accessTokenFormat: 'jwt',
  accessTokenTTL: 600,
  jwt: { sign: { alg: 'ES256' } },
}

const provider = new Provider(issuer, {
  ...(adapter === undefined ? {} : { adapter }),
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'k', alg: 'ES256', use: 'sig' }] },
  clients: [
    {
      client_id: 'robot',
      client_secret: SECRET,
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      token_endpoint_auth_method: 'client_secret_post',
      scope: 'mcp',
      id_token_signed_response_alg: 'ES256',
    },
  ],
  clientDefaults: { id_token_signed_response_alg: 'ES256' },
  clientAuthMethods: ['none', 'client_secret_basic', 'client_secret_post'],
  cookies: { keys: ['a key of the benchmark'] },
  scopes: ['mcp', 'offline_access'],
  pkce: { required: () => true },
  rotateRefreshToken: true,
  issueRefreshToken: async () => true,
  findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
  features: {
    devInteractions: { enabled: false },
    registration: { enabled: true },
    introspection: { enabled: true, allowedPolicy: () => true },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      // Without `resource` its token is opaque, and can be introspected.
      defaultResource: () => undefined,
      useGrantedResource: () => true,
      getResourceServerInfo: () => jwtOfResource,
    },
  },
})

const escaped = (text) => String(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`)
const callback = provider.callback()

/** The pages that whoever uses it writes: who are you, and do you agree. */
async function interaction(request, response) {
  const details = await provider.interactionDetails(request, response)
  const { uid, prompt, params, session } = details
  if (request.method === 'GET') {
    const page = `<!doctype html><title>${escaped(prompt.name)}</title><h1>${escaped(params.client_id)} asks for ${escaped(params.scope)}</h1>
<form method="post" action="/interaction/${uid}"><input type="hidden" name="request" value="${uid}"><button>Allow</button></form>`
    return void response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page)
  }
  for await (const _ of request);
  if (prompt.name === 'login')
    return provider.interactionFinished(request, response, { login: { accountId: 'somebody' } })
  const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id })
  for (const asked of [params.scope]) grant.addOIDCScope(asked)
  grant.addResourceScope(params.resource, 'mcp')
  return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } })
}

server.on('request', (request, response) => {
  if (!request.url.startsWith('/interaction/')) return callback(request, response)
  interaction(request, response).catch((error) => response.writeHead(500).end(error.stack))
})
process.stdout.write(`${JSON.stringify({ origin: issuer, resource, robot: { id: 'robot', secret: SECRET } })}\n`)
