import { EXPOSED_HEADERS } from './challenge.ts'

const METHODS = 'GET, POST, DELETE, OPTIONS'
const ALLOWED_HEADERS =
  'Authorization, Content-Type, Accept, Last-Event-ID, Mcp-Session-Id, Mcp-Protocol-Version, Mcp-Method, Mcp-Name, DPoP'

/** What of a request makes it a preflight; a Web `Request` is one. */
export interface PreflightRequest {
  readonly method: string
  readonly headers: { readonly get: (name: string) => string | null }
}

/**
 * Answers a CORS preflight, which never carries a token (P13, Q23). Any origin may ask: the token is the only key, and a
 * browser adds none by itself.
 */
export function preflightResponse({ method, headers }: PreflightRequest): Response | undefined {
  if (method !== 'OPTIONS' || headers.get('access-control-request-method') === null) return undefined
  const asked = headers.get('access-control-request-headers') ?? ''
  // MCP 2026-07-28 lets a server name `Mcp-Param-…` headers of its own, with any token (RFC 9110 §5.6.2).
  const own = asked.split(',').filter((name) => /^\s*mcp-[a-z0-9!#$%&'*+.^_`|~-]{1,64}\s*$/i.test(name))
  return new Response(null, {
    status: 204,
    headers: {
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'access-control-allow-origin': '*',
      'access-control-allow-methods': METHODS,
      'access-control-allow-headers': [ALLOWED_HEADERS, ...own.map((name) => name.trim())].join(', '),
      'access-control-max-age': '7200',
    },
  })
}

/** The headers that let a browser client of another origin read an answer. */
export const CORS_HEADERS: Readonly<Record<string, string>> = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': EXPOSED_HEADERS,
}
