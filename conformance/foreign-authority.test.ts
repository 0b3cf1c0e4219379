import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { type Guard, protectResource } from '@doorward/resource'
import { protect as protectHono } from '@doorward/resource/hono'
import { type AuthInfo, protectMcp } from '@doorward/resource/mcp'
import { protectMcp as protectMcpV1 } from '@doorward/resource/mcp-v1'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { toNodeHandler } from '@modelcontextprotocol/node'
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { McpServer as McpServerV1 } from '@modelcontextprotocol/sdk/server/mcp.js'
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import express from 'express'
import { Hono } from 'hono'
import { memoryProvider, SDK_CLIENTS } from './sdk-clients.ts'

// An authorization server that has never heard of Doorward, and three MCP servers that trust it.

/** What is used of oidc-provider, which brings no types. */
interface Provider {
  readonly callback: () => RequestListener
}
type ProviderModule = { default: new (issuer: string, options: object) => Provider }
const UNTYPED: string = 'oidc-provider'

const REDIRECT_URI = 'http://127.0.0.1/callback'
const SCOPES = 'notes:read notes:write'
const closing: (() => Promise<unknown>)[] = []
let issuer = ''
const servers = new Map<string, Guard>()

before(async () => {
  issuer = await startAuthority()
  await startServer('SDK v1 on Express', (guard) => {
    const app = express()
    app.use(protectMcpV1(guard, ({ subject }) => makeServerV1(subject)))
    return app
  })
  await startServer('SDK v2 on Hono', (guard) => {
    const app = new Hono<{ Variables: { auth: AuthInfo } }>()
    app.use(protectHono(guard))
    app.all('/mcp', (c) => makeHandler().fetch(c.req.raw, { authInfo: c.get('auth') }))
    return toNodeHandler({ fetch: async (request) => app.fetch(request) })
  })
  await startServer('SDK v2 on node:http', (guard) => toNodeHandler(protectMcp(guard, makeHandler())))
})

after(async () => {
  await Promise.all(closing.map((close) => close()))
})

async function startAuthority(): Promise<string> {
  const { default: OidcProvider } = (await import(UNTYPED)) as ProviderModule
  const { origin, serve } = await listen()
  const provider = new OidcProvider(origin, {
    clients: [
      {
        client_id: 'robot',
        client_secret: 'robot-secret',
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
        scope: SCOPES,
      },
      {
        client_id: 'editor',
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code'],
        redirect_uris: [REDIRECT_URI],
      },
    ],
    scopes: SCOPES.split(' '),
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: true },
      resourceIndicators: {
        enabled: true,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({ scope: SCOPES, accessTokenFormat: 'jwt', accessTokenTTL: 300 }),
      },
    },
  })
  serve(provider.callback())
  return origin
}

async function startServer(name: string, make: (guard: Guard) => RequestListener): Promise<void> {
  const { origin, serve } = await listen()
  const guard = protectResource({
    resource: `${origin}/mcp`,
    authorizationServers: [issuer],
    scopes: { 'notes:read': 'Read notes', 'notes:write': 'Add notes' },
    requiredScopes: ['notes:read'],
    tools: { add_note: ['notes:write'] },
  })
  serve(make(guard))
  servers.set(name, guard)
}

/** A listening server whose listener comes later, since it must know its own address. */
async function listen(): Promise<{ origin: string; serve: (listener: RequestListener) => void }> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    serve: (listener) => server.on('request', listener),
  }
}

function makeServerV1(subject: string): McpServerV1 {
  const server = new McpServerV1({ name: 'notes', version: '1.0.0' })
  server.registerTool('whoami', {}, ({ authInfo }) => text(`${subject} by ${authInfo?.clientId}`))
  server.registerTool('add_note', {}, () => text('Noted.'))
  return server
}

function makeHandler() {
  return createMcpHandler(() => {
    const server = new McpServer({ name: 'notes', version: '1.0.0' })
    server.registerTool('whoami', {}, ({ http }) =>
      text(`${http?.authInfo?.extra?.subject} by ${http?.authInfo?.clientId}`),
    )
    server.registerTool('add_note', {}, () => text('Noted.'))
    return server
  })
}

function text(words: string) {
  return { content: [{ type: 'text' as const, text: words }] }
}

/** A token of the foreign authorization server, for a machine (RFC 6749 §4.4, RFC 8707 §2). */
async function machineToken(resource: string, scope: string): Promise<string> {
  const response = await fetch(`${issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa('robot:robot-secret')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', resource, scope }),
  })
  const answer = (await response.json()) as { access_token?: string }
  return answer.access_token ?? assert.fail(JSON.stringify(answer))
}

type Call = (tool: string) => Promise<unknown>

/** Both official clients, each with a fixed token. */
const clients: Record<string, (resource: string, token: string) => Promise<Call>> = {
  'client v1': async (resource, token) => {
    const client = new ClientV1({ name: 'test', version: '1.0.0' })
    const requestInit = { headers: { authorization: `Bearer ${token}` } }
    await client.connect(new TransportV1(new URL(resource), { requestInit }))
    closing.push(() => client.close())
    return async (name) => (await client.callTool({ name })).content
  },
  'client v2': async (resource, token) => {
    const client = new Client({ name: 'test', version: '1.0.0' })
    const requestInit = { headers: { authorization: `Bearer ${token}` } }
    await client.connect(new StreamableHTTPClientTransport(new URL(resource), { requestInit }))
    closing.push(() => client.close())
    return async (name) => (await client.callTool({ name })).content
  },
}

for (const name of ['SDK v1 on Express', 'SDK v2 on Hono', 'SDK v2 on node:http']) {
  const guardOf = () => servers.get(name) ?? assert.fail(name)
  const post = (resource: string, token: string | undefined, tool = 'whoami') =>
    fetch(resource, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: tool, arguments: {} } }),
    })

  test(`${name}: shows a stranger the way to the authorization server`, async () => {
    const { resource, metadataUrl } = guardOf()
    const response = await post(resource, undefined)
    assert.equal(response.status, 401)
    assert.equal(
      response.headers.get('www-authenticate'),
      `Bearer scope="notes:read", resource_metadata="${metadataUrl}"`,
    )
    const metadata = (await (await fetch(metadataUrl)).json()) as Record<string, unknown>
    assert.equal(metadata.resource, resource)
    assert.deepEqual(metadata.authorization_servers, [issuer])
    assert.deepEqual(metadata.scopes_supported, ['notes:read', 'notes:write'])
  })

  test(`${name}: refuses a token for another server, and one that was changed`, async () => {
    const { resource } = guardOf()
    const other = [...servers.values()].find((guard) => guard.resource !== resource)?.resource ?? assert.fail()
    const foreign = await post(resource, await machineToken(other, SCOPES))
    assert.equal(foreign.status, 401)
    assert.match(foreign.headers.get('www-authenticate') ?? '', /error="invalid_token"/)
    const token = await machineToken(resource, SCOPES)
    assert.equal((await post(resource, `${token.slice(0, -6)}AAAAAA`)).status, 401)
  })

  test(`${name}: asks for the scope of one tool, and for that alone`, async () => {
    const { resource } = guardOf()
    const response = await post(resource, await machineToken(resource, 'notes:read'), 'add_note')
    assert.equal(response.status, 403)
    assert.match(
      response.headers.get('www-authenticate') ?? '',
      /error="insufficient_scope".*scope="notes:read notes:write"/,
    )
    assert.equal((await post(resource, await machineToken(resource, ''))).status, 403)
  })

  for (const [client, connect] of Object.entries(clients)) {
    test(`${name}: lets ${client} call what its token is for`, async () => {
      const { resource } = guardOf()
      const reader = await connect(resource, await machineToken(resource, 'notes:read'))
      assert.deepEqual(await reader('whoami'), text('robot by robot').content)
      await assert.rejects(reader('add_note'))
      const writer = await connect(resource, await machineToken(resource, SCOPES))
      assert.deepEqual(await writer('add_note'), text('Noted.').content)
    })
  }

  // Clients of 2025-06-18 take no scope from a challenge, so nobody signs in again for more with them.
  for (const sdk of SDK_CLIENTS.filter(({ name }) => !name.endsWith('2025-06-18'))) {
    test(`${name}: a person signs in with ${sdk.name}, and again for more`, async () => {
      const { resource } = guardOf()
      const { provider, asked, walk } = visitor()
      const connect = async () => {
        const client = await sdk.connect(resource, provider)
        closing.push(client.close)
        return client
      }

      await assert.rejects(connect())
      assert.equal(asked().get('scope'), 'notes:read')
      assert.equal(asked().get('resource'), resource)
      await sdk.finish(resource, provider, await walk())
      const client = await connect()
      assert.match(await client.call('whoami', {}), /ada by editor/)

      await assert.rejects(client.call('add_note', {}))
      assert.equal(asked().get('scope'), 'notes:read notes:write')
      await sdk.finish(resource, provider, await walk())
      assert.match(await (await connect()).call('add_note', {}), /Noted/)
    })
  }
}

/** A client that is known as `editor`, and Ada, who signs in and consents by plain HTTP. */
function visitor() {
  const { memory, provider } = memoryProvider(REDIRECT_URI)
  memory.information = { client_id: 'editor' }
  const address = () => memory.authorizeUrl ?? assert.fail('no authorization request yet')
  const cookies = new Map<string, string>()

  const visit = async (url: URL, form?: Record<string, string>): Promise<URL | string> => {
    const response = await fetch(url, {
      method: form === undefined ? 'GET' : 'POST',
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(form === undefined ? {} : { body: new URLSearchParams(form) }),
    })
    for (const cookie of response.headers.getSetCookie()) {
      const [, key, value] = /^([^=]+)=([^;]*)/.exec(cookie) ?? assert.fail(cookie)
      cookies.set(key as string, value as string)
    }
    const location = response.headers.get('location')
    return location === null ? await response.text() : new URL(location, url)
  }

  return {
    provider,
    /** The parameters of the latest authorization request. */
    asked: () => address().searchParams,
    /** What comes back to the client in the end. */
    walk: async () => {
      let at = address()
      for (let step = 0; step < 20; step++) {
        if (at.href.startsWith(REDIRECT_URI)) return at.searchParams
        const seen = await visit(at)
        if (seen instanceof URL) {
          at = seen
          continue
        }
        const login = { prompt: 'login', login: 'ada', password: 'any' }
        const next = await visit(at, seen.includes('name="prompt" value="login"') ? login : { prompt: 'consent' })
        at = next instanceof URL ? next : assert.fail(next)
      }
      return assert.fail('lost on the way')
    },
  }
}
