import { readAtMost } from '@doorward/core/kernel/read-at-most'
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

export interface DiscoverOptions {
  /** How long each address has for all of its answer; ten seconds where left out. */
  readonly patienceMilliseconds?: number
}

const MOST_BYTES = 256 * 1024
const PATIENCE_MILLISECONDS = 10_000

/**
 * Finds out where a person has to sign in for an MCP server (MCP 2026-07-28, authorization server discovery): the
 * challenge first, then the well-known addresses.
 * @throws Error naming the address that was asked last and what was wrong with the answer.
 */
export async function discover(
  mcpUrl: string,
  fetch: Fetch,
  { patienceMilliseconds = PATIENCE_MILLISECONDS }: DiscoverOptions = {},
): Promise<Discovered> {
  const signal = () => AbortSignal.timeout(patienceMilliseconds)
  const ask = (address: string, init: RequestInit) =>
    answerOf(address, () => fetch(new Request(address, { ...init, signal: signal() })))
  const knock = await ask(mcpUrl, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' })
  await knock.body?.cancel()
  const challenge = parseChallenges(knock.headers.get('www-authenticate') ?? '').find(({ scheme }) =>
    /^(bearer|dpop)$/i.test(scheme),
  )
  const named = challenge?.parameters.resource_metadata
  if (named !== undefined && !URL.canParse(named))
    throw new Error(`The challenge of ${mcpUrl} names its metadata by ${JSON.stringify(named)}, which is no address.`)
  const addresses =
    named === undefined ? [resourceMetadataUrl(mcpUrl), resourceMetadataUrl(new URL(mcpUrl).origin)] : [named]
  const begun = knock.status === 401 ? '' : `${mcpUrl} answered ${knock.status} and asked for no token, and `
  const resource = await firstGood<ResourceMetadata>(addresses, ask, begun, (document) => {
    // RFC 9728 §3.3: a document about another resource is not to be used. A root document may speak for the whole origin.
    const about = document.resource
    if (typeof about !== 'string' || !isResourceUri(about)) return 'it names no resource'
    const covers = sameResource(about, mcpUrl) || sameResource(about, new URL(mcpUrl).origin)
    return covers ? undefined : `it is about ${about}`
  })
  const issuer: unknown = Array.isArray(resource.authorization_servers) ? resource.authorization_servers[0] : undefined
  if (typeof issuer !== 'string' || !URL.canParse(issuer))
    throw new Error(`The metadata of ${mcpUrl} names no authorization server.`)
  const server = await firstGood<ServerMetadata>(serverMetadataUrls(issuer), ask, '', (document) => {
    // RFC 8414 §3.3: identical, character by character.
    if (document.issuer !== issuer) return `its issuer is ${String(document.issuer)}, not ${issuer}`
    const methods: unknown = document.code_challenge_methods_supported
    return Array.isArray(methods) && methods.includes('S256') ? undefined : 'it does not offer PKCE with S256'
  })
  return { resource, server, challengedScope: challenge?.parameters.scope }
}

/** @param begun what is said before that nothing was there */
async function firstGood<Document>(
  addresses: readonly string[],
  ask: (address: string, init: RequestInit) => Promise<Response>,
  begun: string,
  judge: (document: Document) => string | undefined,
): Promise<Document> {
  let absent = 'there is no address to ask'
  let unusable: string | undefined
  for (const address of addresses) {
    const response = await ask(address, { headers: { accept: 'application/json' }, redirect: 'error' })
    if (response.status !== 200) {
      await response.body?.cancel()
      absent = `${address} answered ${response.status}`
      continue
    }
    const document = parsed<Document>(await answerOf(address, () => limitedText(address, response)))
    if (document === undefined) {
      unusable ??= `${address} did not answer with a JSON object`
      continue
    }
    const wrong = judge(document)
    if (wrong === undefined) return document
    unusable ??= `${address} cannot be used: ${wrong}`
  }
  throw new Error(`Discovery failed: ${unusable ?? `${begun}${absent}`}.`)
}

/** Of a server that is down, or redirects, `fetch` says that it failed, and names no address. Whoever aborts gets what they threw. */
async function answerOf<Answer>(address: string, asked: () => Promise<Answer>): Promise<Answer> {
  try {
    return await asked()
  } catch (error) {
    if (error instanceof DOMException && error.name === 'TimeoutError')
      throw new Error(`Discovery failed: ${address} did not answer in time.`, { cause: error })
    if (!(error instanceof TypeError)) throw error
    const { message } = error.cause instanceof Error ? error.cause : error
    throw new Error(`Discovery failed: ${address} could not be asked (${message.trim()}).`, { cause: error })
  }
}

function parsed<Document>(text: string): Document | undefined {
  try {
    const document: unknown = JSON.parse(text)
    const isObject = typeof document === 'object' && document !== null && !Array.isArray(document)
    return isObject ? (document as Document) : undefined
  } catch {
    return undefined
  }
}

/** Stops reading where it becomes too much: a stranger's answer may have no end. */
async function limitedText(address: string, { body }: Response): Promise<string> {
  const bytes = body === null ? Buffer.alloc(0) : await readAtMost(body, MOST_BYTES)
  if (bytes === undefined) throw new Error(`The answer of ${address} is larger than ${MOST_BYTES} bytes.`)
  return bytes.toString('utf8')
}
