// RFC 9110 §7.6.1: what concerns one connection only is not passed on.
const HOP_BY_HOP = ['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade']

// MCP 2026-07-28, RS15: the client's token ends here; so does everything else that speaks for the client's side of the door.
const NEVER_UP = new Set([
  ...HOP_BY_HOP,
  'authorization',
  'cookie',
  'dpop',
  'content-length',
  'expect',
  'forwarded',
  'host',
  'mcp-session-id',
  'origin',
  'referer',
  'via',
  'x-real-ip',
])

// The upstream's own authorization, cookies and CORS would speak for us.
const NEVER_DOWN = new Set([
  ...HOP_BY_HOP,
  'alt-svc',
  'content-encoding',
  'content-length',
  'mcp-session-id',
  'server',
  'set-cookie',
  'strict-transport-security',
  'www-authenticate',
  'x-powered-by',
])

const EXPOSED = 'WWW-Authenticate, Mcp-Session-Id, MCP-Protocol-Version, Last-Event-ID, DPoP-Nonce, Retry-After'
const ALLOWED =
  'authorization, content-type, accept, last-event-id, mcp-session-id, mcp-protocol-version, mcp-method, mcp-name, dpop'

export const CORS: Readonly<Record<string, string>> = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': EXPOSED,
}

/** The headers of a request as the MCP server behind may see them. */
export function headersUp(headers: Headers): Headers {
  return passing(headers, (name) => NEVER_UP.has(name) || /^(proxy-|x-forwarded-|sec-|cf-|access-control-)/.test(name))
}

/** The headers of an answer as the client may see them, readable for browsers. */
export function headersDown(headers: Headers): Headers {
  const passed = passing(headers, (name) => NEVER_DOWN.has(name) || /^(proxy-|access-control-)/.test(name))
  for (const [name, value] of Object.entries(CORS)) passed.set(name, value)
  if (!passed.has('cache-control')) passed.set('cache-control', 'no-store')
  passed.set('x-content-type-options', 'nosniff')
  return passed
}

/** A browser's preflight carries no token and gets no farther than here. Any `mcp-` header may come. */
export function preflight(request: Request): Response {
  const asked = (request.headers.get('access-control-request-headers') ?? '').toLowerCase().slice(0, 2000).split(',')
  const mcp = asked.map((name) => name.trim()).filter((name) => /^mcp-[a-z0-9-]{1,60}$/.test(name))
  return new Response(null, {
    status: 204,
    headers: {
      ...CORS,
      'access-control-allow-methods': 'GET, POST, DELETE',
      'access-control-allow-headers': [...new Set([...ALLOWED.split(', '), ...mcp])].join(', '),
      'access-control-max-age': '600',
    },
  })
}

function passing(headers: Headers, stops: (name: string) => boolean): Headers {
  // RFC 9110 §7.6.1: every header that Connection names is for this hop only.
  const named = new Set(
    (headers.get('connection') ?? '')
      .toLowerCase()
      .split(',')
      .map((name) => name.trim()),
  )
  const passed = new Headers()
  for (const [name, value] of headers) if (!stops(name) && !named.has(name)) passed.append(name, value)
  return passed
}
