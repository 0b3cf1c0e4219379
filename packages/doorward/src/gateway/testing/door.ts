// A gateway as the tests want it: real HTTP behind it, a clock that stands still, small limits.
import { createSecretKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { AuditEvent } from '@doorward/core/kernel/audit'
import { signAccessToken } from '@doorward/core/token/access-token'
import { protectResource } from '@doorward/resource'
import { gateway } from '../gateway.ts'
import type { GatewayLimits } from '../limits.ts'
import type { Upstream } from '../upstream.ts'

const ISSUER = 'https://as.example'
export const MCP = 'https://door.example/mcp'
export const NOW = 1_800_000_000
const VISIT = { correlation: 'GATEWAY000', network: '198.51.100.0/24' }
export const KEY = createSecretKey(randomBytes(32))
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })

export const bearer = (changes: Record<string, unknown> = {}) =>
  `Bearer ${signAccessToken({ kid: 'k', alg: 'ES256', privateKey }, { iss: ISSUER, sub: 'ada', aud: MCP, client_id: 'c', scope: 'mcp', iat: NOW, exp: NOW + 300, jti: 'j', grant_id: 'g', ...changes })}`

const servers: Server[] = []

/** After each test. */
export function closeServers(): void {
  for (const server of servers.splice(0)) server.close().closeAllConnections()
}

/** A server behind on a port of its own. */
export async function upstream(listener: RequestListener): Promise<URL> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`)
}

export function door(
  behind: Upstream,
  changes: {
    revoked?: string[]
    narrowed?: number[]
    tools?: Record<string, string[]>
    limits?: Partial<GatewayLimits>
    now?: () => number
  } = {},
) {
  const events: AuditEvent[] = []
  const guard = protectResource({
    resource: MCP,
    authorizationServers: [ISSUER],
    scopes: { mcp: 'Everything', 'mail:send': 'Send mail' },
    ...(changes.tools === undefined ? {} : { tools: changes.tools }),
    keys: () => async () => publicKey,
    now: () => NOW,
  })
  const enter = gateway({
    guard,
    upstream: behind,
    standing: (grant, issuedAt) => {
      if (changes.revoked?.includes(grant)) return 'revoked'
      return changes.narrowed?.some((at) => issuedAt < at) ? 'outdated' : 'live'
    },
    sessionKey: KEY,
    audit: (event) => void events.push(event),
    now: changes.now ?? (() => NOW),
    forwardHeaders: ['x-project'],
    limits: {
      requestBytes: 2000,
      jsonDepth: 8,
      connectMilliseconds: 500,
      firstByteMilliseconds: 5000,
      silenceMilliseconds: 5000,
      answerBytes: 4000,
      recheckMilliseconds: 10,
      ...changes.limits,
    },
  })
  const ask = (
    init: {
      method?: string
      headers?: Record<string, string>
      body?: string | Uint8Array<ArrayBuffer>
      signal?: AbortSignal
      token?: string | undefined
    } = {},
  ) => {
    const { token = bearer(), headers, ...rest } = init
    const type: Record<string, string> = rest.body === undefined ? {} : { 'content-type': 'application/json' }
    return enter(
      new Request(MCP, {
        method: 'POST',
        ...rest,
        headers: { ...(token === '' ? {} : { authorization: token }), ...type, ...headers },
      }),
      VISIT,
    )
  }
  return { ask, events }
}

export const PING = JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'ping' })
export const ok: RequestListener = (_, response) =>
  void response.setHeader('content-type', 'application/json').end('{"jsonrpc":"2.0","id":7,"result":{}}')

export async function errorOf(response: Response) {
  return (await response.json()) as { jsonrpc: string; id: unknown; error: { code: number; message: string } }
}
