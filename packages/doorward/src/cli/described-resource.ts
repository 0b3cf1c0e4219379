import { resourceMetadataUrl } from '@doorward/core/oauth/server-metadata'
import type { ServedResource } from './door.ts'
import { FailedError, UsageError } from './problem.ts'

const PATIENCE_MILLISECONDS = 3000

interface Metadata {
  readonly resource?: unknown
  readonly resource_name?: unknown
  readonly scopes_supported?: unknown
}

/**
 * An MCP server elsewhere, as it describes itself (RFC 9728 §3): its exact address and its scopes.
 * @throws FailedError where it does not answer, with what to do.
 */
export async function describedResource(address: string): Promise<ServedResource> {
  if (URL.parse(address) === null)
    throw new UsageError(`'${address}' is not an address; give one like http://localhost:3000/mcp.`)
  const url = resourceMetadataUrl(address)
  let metadata: Metadata
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MILLISECONDS) })
    if (!response.ok) throw new Error(`status ${response.status}`)
    metadata = (await response.json()) as Metadata
  } catch (error) {
    const why =
      error instanceof Error ? (error.cause instanceof Error ? error.cause.message : error.message) : 'no answer'
    throw new FailedError(
      `${url} does not describe an MCP server (${why}); start yours, with protectResource in it, then try again.`,
    )
  }
  if (metadata.resource !== address) {
    throw new FailedError(
      `${url} describes '${String(metadata.resource)}' and not '${address}'; make the two the same, byte for byte.`,
    )
  }
  const scopes = Array.isArray(metadata.scopes_supported) ? metadata.scopes_supported.map(String) : []
  const name = typeof metadata.resource_name === 'string' ? metadata.resource_name : new URL(address).host
  const named = scopes.length > 0 ? scopes : ['mcp']
  return {
    uri: address,
    name,
    scopes: Object.fromEntries(
      named.map((scope) => [
        scope,
        { description: scope === 'mcp' ? `Use every tool of ${name}, in your name` : scope },
      ]),
    ),
    defaultScopes: named,
  }
}
