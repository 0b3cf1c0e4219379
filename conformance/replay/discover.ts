import type { ReplayClient } from './client.ts'
import { Refused, readable, text, type Wire } from './wire.ts'

export interface Challenge {
  readonly resourceMetadata: string | undefined
  readonly scope: string | undefined
}

export interface Discovered {
  readonly mcp: string
  readonly challenge: Challenge
  readonly resource: Readonly<Record<string, unknown>>
  readonly server: Readonly<Record<string, unknown>>
}

export const REVISION = '2025-06-18'

/** From the address that a person typed to the metadata of the authorization server, as MCP 2025-06-18 has it. */
export async function discover(client: ReplayClient, wire: Wire, mcp: string): Promise<Discovered> {
  const knock = await wire(mcp, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 0,
      method: 'initialize',
      params: { protocolVersion: REVISION, capabilities: {}, clientInfo: { name: client.name, version: '1.0.0' } },
    }),
  })
  if (knock.status !== 401) throw new Refused('the MCP server does not ask for a token', knock)
  const challenge = readChallenge(readable(client, knock, 'www-authenticate'))
  const { origin, pathname } = new URL(mcp)
  const resource = await firstOf(wire, [
    ...(challenge.resourceMetadata === undefined ? [] : [challenge.resourceMetadata]),
    `${origin}/.well-known/oauth-protected-resource${pathname === '/' ? '' : pathname}`,
    `${origin}/.well-known/oauth-protected-resource`,
  ])
  const issuer = text((resource.authorization_servers as unknown[] | undefined)?.[0])
  if (issuer === undefined) throw new Refused('the resource metadata names no authorization server')
  const server = await firstOf(wire, serverMetadataUrls(issuer))
  if (server.issuer !== issuer) {
    throw new Refused(`the resource metadata names ${issuer}, whose metadata says it is ${String(server.issuer)}`)
  }
  return { mcp, challenge, resource, server }
}

/** RFC 8414 §3.1 inserts its path; OpenID Connect inserts or appends it. In the order in which MCP clients try. */
export function serverMetadataUrls(issuer: string): string[] {
  const { origin, pathname } = new URL(issuer)
  const path = pathname === '/' ? '' : pathname.replace(/\/$/, '')
  const tried = [
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}/.well-known/openid-configuration${path}`,
    `${origin}${path}/.well-known/openid-configuration`,
  ]
  return [...new Set(tried)]
}

async function firstOf(wire: Wire, urls: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  let last = new Refused('there is nowhere to look')
  for (const url of urls) {
    const answer = await wire(url, { headers: { accept: 'application/json', 'mcp-protocol-version': REVISION } })
    if (answer.status === 200 && answer.json !== undefined) return answer.json
    last = new Refused(url, answer)
    // The SDKs go on after a 4xx and give up at anything of the server's own.
    if (answer.status >= 500 && answer.status !== 502) throw last
  }
  throw last
}

function readChallenge(header: string | undefined): Challenge {
  const parameter = (name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(header ?? '')?.[1]
  return { resourceMetadata: parameter('resource_metadata'), scope: parameter('scope') }
}
