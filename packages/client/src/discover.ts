import { isResourceUri, sameResource } from '@doorward/core/oauth/resource-uri'
import {
  type ResourceMetadata,
  resourceMetadataUrl,
  type ServerMetadata,
  serverMetadataUrls,
} from '@doorward/core/oauth/server-metadata'
import { parseChallenges } from '@doorward/core/oauth/www-authenticate'

export type Fetch = (request: Request) => Promise<Response>

export interface Discovered {
  readonly resource: ResourceMetadata
  readonly server: ServerMetadata
  /** What the challenge asked for; undefined where it named no scope. */
  readonly challengedScope: string | undefined
}

const MOST_BYTES = 256 * 1024

/**
 * Finds out where a person has to sign in for an MCP server (MCP 2026-07-28, authorization server discovery): the
 * challenge first, then the well-known addresses.
 * @throws Error naming the address that was asked last and what was wrong with the answer.
 */
export async function discover(mcpUrl: string, fetch: Fetch): Promise<Discovered> {
  const knock = await fetch(
    new Request(mcpUrl, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }),
  )
  await knock.body?.cancel()
  const challenge = parseChallenges(knock.headers.get('www-authenticate') ?? '').find(({ scheme }) =>
    /^(bearer|dpop)$/i.test(scheme),
  )
  const named = challenge?.parameters.resource_metadata
  const addresses =
    named === undefined ? [resourceMetadataUrl(mcpUrl), resourceMetadataUrl(new URL(mcpUrl).origin)] : [named]
  const resource = await firstGood<ResourceMetadata>(addresses, fetch, (document) => {
    // RFC 9728 §3.3: a document about another resource is not to be used. A root document may speak for the whole origin.
    const about = document.resource
    if (typeof about !== 'string' || !isResourceUri(about)) return 'it names no resource'
    const covers = sameResource(about, mcpUrl) || sameResource(about, new URL(mcpUrl).origin)
    return covers ? undefined : `it is about ${about}`
  })
  const issuer = resource.authorization_servers?.[0]
  if (issuer === undefined) throw new Error(`The metadata of ${mcpUrl} names no authorization server.`)
  const server = await firstGood<ServerMetadata>(serverMetadataUrls(issuer), fetch, (document) => {
    // RFC 8414 §3.3: identical, character by character.
    if (document.issuer !== issuer) return `its issuer is ${String(document.issuer)}, not ${issuer}`
    return document.code_challenge_methods_supported?.includes('S256') ? undefined : 'it does not offer PKCE with S256'
  })
  return { resource, server, challengedScope: challenge?.parameters.scope }
}

async function firstGood<Document>(
  addresses: readonly string[],
  fetch: Fetch,
  judge: (document: Document) => string | undefined,
): Promise<Document> {
  let absent = 'there is no address to ask'
  let unusable: string | undefined
  for (const address of addresses) {
    const response = await fetch(new Request(address, { headers: { accept: 'application/json' }, redirect: 'error' }))
    const text = await limitedText(response)
    if (response.status !== 200) {
      absent = `${address} answered ${response.status}`
      continue
    }
    let document: Document
    try {
      document = JSON.parse(text) as Document
    } catch {
      unusable ??= `${address} did not answer in JSON`
      continue
    }
    const wrong = judge(document)
    if (wrong === undefined) return document
    unusable ??= `${address} cannot be used: ${wrong}`
  }
  throw new Error(`Discovery failed: ${unusable ?? absent}.`)
}

async function limitedText(response: Response): Promise<string> {
  const text = await response.text()
  if (text.length > MOST_BYTES) throw new Error(`The answer of ${response.url} is larger than ${MOST_BYTES} bytes.`)
  return text
}
