// Better Auth with its OAuth provider on SQLite, as its documentation has it: `node better-auth.ts <file>`.
import { createServer } from 'node:http'
import { DatabaseSync } from 'node:sqlite'
import { oauthProvider } from '@better-auth/oauth-provider'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { toNodeHandler } from 'better-auth/node'
import { jwt } from 'better-auth/plugins'

const database = new DatabaseSync(process.argv[2] ?? ':memory:')
// Its documentation sets neither; without them a commit would cost it two writes of the disk in place of one.
database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')

const server = createServer()
await new Promise((done) => server.listen(0, '127.0.0.1', done))
const origin = `http://127.0.0.1:${server.address().port}`
const resource = `${origin}/mcp`

const options = {
  baseURL: origin,
  secret: 'a-secret-of-the-benchmark-that-guards-nothing',
  database,
  emailAndPassword: { enabled: true },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  logger: { level: 'error' },
  disabledPaths: ['/token'],
  plugins: [
    jwt({ jwks: { keyPairConfig: { alg: 'ES256' } } }),
    oauthProvider({
      loginPage: '/sign-in',
      consentPage: '/consent',
      scopes: ['mcp', 'offline_access'],
      resources: [{ identifier: resource, name: 'The MCP server' }],
      cachedResources: new Set([resource]),
      enforcePerClientResources: false,
      clientPrivileges: () => true,
      allowDynamicClientRegistration: true,
      allowUnauthenticatedClientRegistration: true,
      clientRegistrationDefaultScopes: ['mcp', 'offline_access'],
      silenceWarnings: { oauthAuthServerConfig: true, openidConfig: true },
    }),
  ],
}
// Before it starts, since it puts its resources into the tables when it does.
await (await getMigrations(options)).runMigrations()
const auth = betterAuth(options)
const { headers } = await auth.api.signUpEmail({
  body: { email: 'somebody@example.com', password: 'a password of somebody', name: 'Somebody' },
  returnHeaders: true,
})
const cookie = headers
  .getSetCookie()
  .map((line) => line.split(';')[0])
  .join('; ')
const robot = await auth.api.adminCreateOAuthClient({
  headers: new Headers({ cookie }),
  body: {
    client_name: 'Robot',
    grant_types: ['client_credentials'],
    token_endpoint_auth_method: 'client_secret_post',
    client_credentials_scopes: ['mcp'],
  },
})

const handle = toNodeHandler(auth)
const escaped = (text) => String(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`)
server.on('request', async (request, response) => {
  // The page that whoever uses it writes; what it signed comes back with the answer.
  if (request.url.startsWith('/consent?')) {
    const query = request.url.slice(request.url.indexOf('?') + 1)
    const asks = `${escaped(new URLSearchParams(query).get('client_id'))} asks for ${escaped(new URLSearchParams(query).get('scope'))}`
    const page = `<!doctype html><title>consent</title><h1>${asks}</h1><form><input name="request" value="${escaped(query)}"></form>`
    return void response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page)
  }
  if (request.url === '/.well-known/oauth-authorization-server') {
    const metadata = await auth.api.getOAuthServerConfig()
    return void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(metadata))
  }
  return handle(request, response)
})
process.stdout.write(
  `${JSON.stringify({ origin, resource, cookie, robot: { id: robot.client_id, secret: robot.client_secret } })}\n`,
)
