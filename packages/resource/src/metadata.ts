import { type ResourceMetadata, resourceMetadataUrl } from '@doorward/core/oauth/server-metadata'
import type { Settings } from './settings.ts'

const ROOT_PATH = '/.well-known/oauth-protected-resource'
const MAX_AGE_SECONDS = 300
/** For what is no document. */
const UNKEPT = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' } as const

/** What of a request decides the answer; a Web `Request` is one. */
export interface MetadataRequest {
  readonly method: string
  readonly url: string
}

/** The document of RFC 9728 §2. Empty arrays are left out: a client has taken `[]` for "no scope at all" (Q24). */
export function resourceMetadata(settings: Settings): ResourceMetadata {
  return {
    resource: settings.resource, // RFC 9728 §3.3: byte for byte.
    authorization_servers: settings.authorizationServers,
    ...(settings.knownScopes.length === 0 ? {} : { scopes_supported: settings.knownScopes }),
    bearer_methods_supported: ['header'],
    dpop_signing_alg_values_supported: settings.proofAlgorithms,
    ...(settings.senderConstraint === 'dpop' ? { dpop_bound_access_tokens_required: true } : {}),
    ...(settings.authorizationDetailsTypes.length === 0
      ? {}
      : { authorization_details_types_supported: settings.authorizationDetailsTypes }),
    ...(settings.senderConstraint === 'certificate' ? { tls_client_certificate_bound_access_tokens: true } : {}),
    ...(settings.name === undefined ? {} : { resource_name: settings.name }),
    ...(settings.documentation === undefined ? {} : { resource_documentation: settings.documentation }),
  }
}

/** RS3, D2: the inserted path first, then the root, where some clients look. */
export function metadataPaths(resource: string): string[] {
  return [...new Set([new URL(resourceMetadataUrl(resource)).pathname, ROOT_PATH])]
}

/** Answers a request for the document, from any origin; `undefined` for every other path. */
export function metadataResponse(
  request: MetadataRequest,
  paths: readonly string[],
  metadata: ResourceMetadata,
): Response | undefined {
  const path = pathOf(request.url)
  if (!paths.includes(path) && !paths.includes(path.replace(/\/$/, ''))) return undefined
  switch (request.method) {
    case 'GET':
      return new Response(JSON.stringify(metadata), { headers: documentHeaders() })
    case 'HEAD':
      return new Response(null, { headers: documentHeaders() })
    case 'OPTIONS':
      return new Response(null, {
        status: 204,
        headers: {
          ...UNKEPT,
          'access-control-allow-origin': '*',
          'access-control-allow-methods': 'GET, HEAD, OPTIONS',
          'access-control-allow-headers': 'MCP-Protocol-Version, Content-Type, Authorization',
          'access-control-max-age': '86400',
        },
      })
    default:
      return new Response(null, {
        status: 405,
        headers: { ...UNKEPT, allow: 'GET, HEAD, OPTIONS', 'access-control-allow-origin': '*' },
      })
  }
}

function documentHeaders(): Record<string, string> {
  return {
    'content-type': 'application/json',
    'cache-control': `public, max-age=${MAX_AGE_SECONDS}`,
    'access-control-allow-origin': '*',
    'x-content-type-options': 'nosniff',
  }
}

/** The path of a request target, absolute (`https://host/path`) or not (`/path`), without query. */
export function pathOf(url: string): string {
  const rest = url.startsWith('/') ? url : url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '')
  const end = rest.search(/[?#]/)
  const path = end === -1 ? rest : rest.slice(0, end)
  return path === '' ? '/' : path
}
