import * as v from 'valibot'

/**
 * A header that a server behind may see. MCP 2026-07-28, RS15: the token is none of them, and neither is the cookie of a session on our
 * pages, which is worth as much. RFC 9110 §7.6.1: what is of one connection is made anew for the next.
 */
export const ForwardedHeader = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9-]+$/, 'a header name is written in lower case'),
  v.check(
    (name) => !STAYS.has(name),
    'what shows who somebody is, or belongs to one connection, is not passed on; take it off the list',
  ),
)

const STAYS = new Set([
  'authorization',
  'connection',
  'content-encoding',
  'content-length',
  'cookie',
  'dpop',
  'expect',
  'host',
  'keep-alive',
  'mcp-session-id',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])
