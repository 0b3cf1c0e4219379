// The company's identity provider in a process of its own: node company.ts ISSUER REDIRECT_URI. Each start has a new signing key. What it
// says of people is changed by PUT /people, and at which paths it hangs up by PUT /hang-up.
import { generateKeyPairSync } from 'node:crypto'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'

interface Provider {
  readonly callback: () => RequestListener
}
type ProviderModule = { default: new (issuer: string, options: object) => Provider }
const UNTYPED: string = 'oidc-provider'
const { default: OidcProvider } = (await import(UNTYPED)) as ProviderModule

const [issuer = '', redirectUri = ''] = process.argv.slice(2)
const { hostname, port } = new URL(issuer)
let people: Record<string, Record<string, unknown>> = {}
let dead: readonly string[] = []

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const kid = String(process.pid)
const provider = new OidcProvider(issuer, {
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' }] },
  clients: [{ client_id: 'doorward', client_secret: 'a secret of the company', redirect_uris: [redirectUri] }],
  scopes: ['openid', 'email', 'groups'],
  claims: { openid: ['sub'], email: ['email', 'email_verified'], groups: ['groups'] },
  features: { devInteractions: { enabled: true } },
  findAccount: (_: unknown, id: string) => ({
    accountId: id,
    claims: () => ({ sub: id, email: `${id}@corp.example`, email_verified: true, ...people[id] }),
  }),
})

const serve = provider.callback()
async function change(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const said: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'))
  if (request.url === '/hang-up') dead = said as typeof dead
  else people = said as typeof people
  response.end('changed\n')
}
createServer((request, response) => {
  if (request.method === 'PUT') void change(request, response)
  else if (dead.includes(request.url ?? '')) request.socket.destroy()
  else serve(request, response)
}).listen(Number(port), hostname, () => process.stdout.write('ready\n'))
