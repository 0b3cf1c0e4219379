import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Client as ClientV2, StreamableHTTPClientTransport as TransportV2 } from '@modelcontextprotocol/client'
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { Client as Client2025 } from 'sdk-of-2025-06-18/client/index.js'
import { StreamableHTTPClientTransport as Transport2025 } from 'sdk-of-2025-06-18/client/streamableHttp.js'

export interface Tokens {
  access_token: string
  refresh_token?: string
  token_type: string
  scope?: string
}

/** What a client keeps between its steps, and where it listens for the answer. */
export interface ClientMemory {
  information: { client_id: string; client_secret?: string } | undefined
  tokens: Tokens | undefined
  authorizeUrl: URL | undefined
}

/** The smallest provider that either SDK takes. */
export function memoryProvider(redirectUrl: string, metadata: Record<string, unknown> = {}) {
  const memory: ClientMemory = { information: undefined, tokens: undefined, authorizeUrl: undefined }
  let verifier = ''
  let discovery: unknown
  const provider = {
    redirectUrl,
    clientMetadata: {
      redirect_uris: [redirectUrl],
      client_name: 'Conformance client',
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      ...metadata,
    },
    state: () => 'state-of-the-client',
    clientInformation: () => memory.information,
    saveClientInformation: (information: ClientMemory['information']) => {
      memory.information = information
    },
    tokens: () => memory.tokens,
    saveTokens: (tokens: Tokens) => {
      memory.tokens = tokens
    },
    redirectToAuthorization: (url: URL) => {
      memory.authorizeUrl = url
    },
    saveCodeVerifier: (value: string) => {
      verifier = value
    },
    codeVerifier: () => verifier,
    discoveryState: () => discovery,
    saveDiscoveryState: (value: unknown) => {
      discovery = value
    },
  }
  return { memory, provider }
}

export interface OpenClient {
  readonly tools: () => Promise<string[]>
  readonly call: (name: string, args: Record<string, unknown>) => Promise<string>
  readonly close: () => Promise<void>
}

export interface SdkClient {
  readonly name: string
  /** Connects; throws where the person has to be asked first. */
  readonly connect: (mcp: string, provider: unknown) => Promise<OpenClient>
  readonly finish: (mcp: string, provider: unknown, callback: URLSearchParams) => Promise<void>
}

interface AnyClient {
  connect: (transport: never) => Promise<void>
  listTools: () => Promise<{ tools: { name: string }[] }>
  callTool: (call: { name: string; arguments: Record<string, unknown> }) => Promise<unknown>
  close: () => Promise<void>
}

function opened(client: AnyClient): OpenClient {
  return {
    tools: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: async (name, args) => JSON.stringify(await client.callTool({ name, arguments: args })),
    close: () => client.close(),
  }
}

const IDENTITY = { name: 'conformance', version: '1.0.0' }

export const SDK_CLIENTS: readonly SdkClient[] = [
  {
    // 1.17, of the summer before: the newest revision that it knows is 2025-06-18.
    name: 'SDK v1, 2025-06-18',
    connect: async (mcp, provider) => {
      const client = new Client2025(IDENTITY)
      await client.connect(new Transport2025(new URL(mcp), { authProvider: provider as never }))
      return opened(client as unknown as AnyClient)
    },
    finish: (mcp, provider, callback) =>
      new Transport2025(new URL(mcp), { authProvider: provider as never }).finishAuth(callback.get('code') ?? ''),
  },
  {
    name: 'SDK v1',
    connect: async (mcp, provider) => {
      const client = new ClientV1(IDENTITY)
      await client.connect(new TransportV1(new URL(mcp), { authProvider: provider as never }))
      return opened(client as unknown as AnyClient)
    },
    finish: (mcp, provider, callback) =>
      new TransportV1(new URL(mcp), { authProvider: provider as never }).finishAuth(callback.get('code') ?? ''),
  },
  ...(['2025-11-25', '2026-07-28'] as const).map(
    (revision): SdkClient => ({
      name: `SDK v2, ${revision}`,
      connect: async (mcp, provider) => {
        const client = new ClientV2(IDENTITY, revision === '2026-07-28' ? { versionNegotiation: { mode: 'auto' } } : {})
        await client.connect(new TransportV2(new URL(mcp), { authProvider: provider as never }))
        return opened(client as unknown as AnyClient)
      },
      finish: (mcp, provider, callback) =>
        new TransportV2(new URL(mcp), { authProvider: provider as never }).finishAuth(callback),
    }),
  ),
]

/** The client's own loopback listener, where the browser ends up. */
export async function callbackListener(): Promise<{
  redirectUrl: string
  answer: Promise<URLSearchParams>
  close: () => void
}> {
  const { promise, resolve } = Promise.withResolvers<URLSearchParams>()
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1')
    response.setHeader('content-type', 'text/html').end('<!doctype html><title>Connected</title><h1>Connected</h1>')
    if (url.pathname === '/callback') resolve(url.searchParams)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    redirectUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback`,
    answer: promise,
    close: () => void server.close().closeAllConnections(),
  }
}
