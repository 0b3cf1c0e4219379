// MCP 2026-07-28, RS15: the client's token ends here. A server behind trusts its proxy, and would take `Remote-User` or
// `X-Auth-Request-Email` from a client for a word of ours; so what is not on the list stays here.
const UP = new Set(['accept', 'accept-language', 'baggage', 'last-event-id', 'traceparent', 'tracestate', 'user-agent'])

// The same in the other direction: cookies, redirects, challenges and policies of the upstream would speak for our origin.
const DOWN = new Set([
  'cache-control',
  'content-language',
  'content-type',
  'date',
  'etag',
  'last-modified',
  'retry-after',
  'server-timing',
  'vary',
  'x-accel-buffering',
  'x-request-id',
])

// RFC 3875 §4.1.18: servers of that family know a header by a name in which `-`, `_` and more are one, and would take another spelling
// for a session that we have seen to be theirs. A header of a tool's parameter may have any of these letters.
const isMcp = (name: string): boolean => name.startsWith('mcp-') && name.replace(/[^a-z0-9]/g, '-') !== 'mcp-session-id'

// RFC 9111 §3.5: with one of these a shared cache may keep the answer to a request with a token, for others. The server behind has
// not seen that there was one.
const SHARED = /\b(public|s-maxage|must-revalidate)\b/i

const EXPOSED = 'WWW-Authenticate, Mcp-Session-Id, MCP-Protocol-Version, Last-Event-ID, DPoP-Nonce, Retry-After'
const ALLOWED =
  'authorization, content-type, accept, last-event-id, mcp-session-id, mcp-protocol-version, mcp-method, mcp-name, dpop'

export const CORS: Readonly<Record<string, string>> = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': EXPOSED,
}

/** The headers of a request as the MCP server behind may see them. */
export function headersUp(headers: Headers, further: readonly string[] = []): Record<string, string> {
  return passing(headers, headers.get('connection'), (name) => UP.has(name) || isMcp(name) || further.includes(name))
}

/** The headers of an answer as the client may see them, readable for browsers. */
export function headersDown(headers: Readonly<Record<string, string>>): Record<string, string> {
  const passed = passing(Object.entries(headers), headers.connection, (name) => DOWN.has(name) || isMcp(name))
  const kept = passed['cache-control'] ?? ''
  return {
    ...passed,
    'cache-control': kept === '' || SHARED.test(kept) ? 'no-store' : kept,
    ...CORS,
    'x-content-type-options': 'nosniff',
  }
}

/** RFC 9110 §5.6.2: what a server names its `Mcp-Param-…` is any token. */
const OF_MCP = /^mcp-[a-z0-9!#$%&'*+.^_`|~-]{1,60}$/

/** A browser's preflight carries no token and gets no farther than here. Any `mcp-` header may come. */
export function preflight(request: Request): Response {
  const asked = (request.headers.get('access-control-request-headers') ?? '').toLowerCase().slice(0, 2000).split(',')
  const mcp = asked.map((name) => name.trim()).filter((name) => OF_MCP.test(name))
  return new Response(null, {
    status: 204,
    headers: {
      ...CORS,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'access-control-allow-methods': 'GET, POST, DELETE',
      'access-control-allow-headers': [...new Set([...ALLOWED.split(', '), ...mcp])].join(', '),
      'access-control-max-age': '600',
    },
  })
}

function passing(
  headers: Iterable<readonly [string, string]>,
  connection: string | null | undefined,
  passes: (name: string) => boolean,
): Record<string, string> {
  // RFC 9110 §7.6.1: every header that Connection names is for this hop only.
  const named = (connection ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
  const passed: Record<string, string> = {}
  for (const [name, value] of headers) if (passes(name) && !named.includes(name)) passed[name] = value
  return passed
}
