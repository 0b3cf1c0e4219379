import type { Reason } from '@doorward/core/oauth/reasons'
import type { GatewayLimits } from './limits.ts'
import { overHttp } from './over-http.ts'
import { type Pieces, piecesOf, streamOf } from './pieces.ts'
import { GatewayProblem, UPSTREAM_FAILED } from './problem.ts'

/** Another server, or a handler in this process. */
export type Upstream = URL | ((request: Request) => Promise<Response>)

export interface Outgoing {
  readonly method: string
  /** By names in lower case. */
  readonly headers: Record<string, string>
  readonly body: Uint8Array | undefined
  readonly signal: AbortSignal
}

/** The head of an answer, and the rest of it to be asked for. */
export interface Reply {
  readonly status: number
  /** By names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** Left when the signal of the visit says so; undefined where the status allows none. */
  readonly pieces: Pieces | undefined
}

export type Visit = (outgoing: Outgoing) => Promise<Reply>

/** Makes the visits to one upstream: no redirects, a short time to connect, a long one to think, streams without end. */
export function visitor(upstream: Upstream, limits: GatewayLimits): Visit {
  const visit = typeof upstream === 'function' ? inProcess(upstream) : overHttp(upstream, limits)
  return async (outgoing) => decoded(checked(await visit(outgoing), outgoing))
}

function inProcess(handler: (request: Request) => Promise<Response>): Visit {
  return async ({ method, headers, body, signal }) => {
    const request = new Request('http://in-process/mcp', {
      method,
      headers,
      signal,
      ...(body === undefined ? {} : { body: new Uint8Array(body) }),
    })
    const response = await handler(request)
    const pieces = response.body === null ? undefined : piecesOf(response.body)
    if (pieces !== undefined) {
      // Nobody else cancels what a handler writes to nobody.
      signal.addEventListener('abort', pieces.leave)
      if (signal.aborted) pieces.leave()
    }
    return { status: response.status, headers: Object.fromEntries(response.headers), pieces }
  }
}

/** What was packed though nobody asked for that (RFC 9110 §8.4.1), by the name of its coding, and of the format here. */
const FORMATS: Readonly<Record<string, CompressionFormat>> = {
  gzip: 'gzip',
  'x-gzip': 'gzip',
  deflate: 'deflate',
}

/** Its types know no bytes that are not in an ArrayBuffer. */
type Unpacking = ReadableWritablePair<Uint8Array, Uint8Array>

function decoded(reply: Reply): Reply {
  const coding = reply.headers['content-encoding']?.trim().toLowerCase()
  if (coding === undefined || coding === '' || coding === 'identity' || reply.pieces === undefined) return reply
  const format = Object.hasOwn(FORMATS, coding) ? FORMATS[coding] : undefined
  if (format === undefined) {
    reply.pieces.leave()
    throw nonsense('The MCP server behind this gateway packs its answers in a way nobody asked for; turn that off')
  }
  // Whoever leaves it cancels the stream, and so leaves what is packed.
  const unpacked = streamOf(reply.pieces).pipeThrough(new DecompressionStream(format) as Unpacking)
  return { ...reply, pieces: piecesOf(unpacked) }
}

export function contentType({ headers }: Reply): string | undefined {
  return headers['content-type']?.split(';')[0]?.trim().toLowerCase()
}

/** Lets through what a Streamable HTTP server may answer; everything else is named for what it is. */
function checked(reply: Reply, outgoing: Outgoing): Reply {
  const { status, headers, pieces } = reply
  const { method } = outgoing
  const type = contentType(reply) ?? ''
  // An empty answer may still come as a body of no bytes; only a message has to be answered with something typed.
  const empty = pieces === undefined || headers['content-length'] === '0' || (method === 'DELETE' && type === '')
  const problem = problemOf(status, type, !empty, outgoing)
  if (problem === undefined) return reply
  pieces?.leave()
  throw problem
}

function problemOf(status: number, type: string, hasBody: boolean, outgoing: Outgoing): GatewayProblem | undefined {
  if (status >= 300 && status < 400) {
    return nonsense(
      'The MCP server behind this gateway redirects; give the gateway the address that it redirects to',
      'upstream_redirects',
    )
  }
  if (status === 401 || status === 407) {
    return nonsense(
      'The MCP server behind this gateway asks for an authorization of its own; turn that off, the gateway does it',
      'upstream_unauthorized',
    )
  }
  // RFC 9110 §15: there is no such class, so it is taken for a failure; nothing here could pass it on.
  if (status > 599) return failed(status)
  if (type === 'application/json' || type === 'text/event-stream' || status === 202 || status === 204) return undefined
  if (status === 404 && hasBody && type === 'text/html') return notFound(502)
  if (mayBeTurnedAway(status, outgoing)) return turnedAway(status, type, outgoing)
  if (status === 404 || status === 405 || status === 403 || status === 400) return undefined
  if (status >= 500) return failed(status)
  if (!hasBody) return undefined
  return nonsense(
    `The MCP server behind this gateway answered with ${named(type)}, not with JSON or an event stream; check its address`,
  )
}

/**
 * Whether a status ends a message, unless a JSON-RPC error says more. 404 to one of a session is how that ends; GET and DELETE may
 * go unanswered (MCP 2025-11-25, session management, listening for messages).
 */
export function mayBeTurnedAway(status: number, { method, headers }: Pick<Outgoing, 'method' | 'headers'>): boolean {
  return method === 'POST' && status >= 400 && status < 500 && !(status === 404 && hasSession(headers))
}

/**
 * A message that the server behind did not take. The status stays: by it newer clients know a server that wants `initialize` first
 * (MCP 2026-07-28, backward compatibility). 403 does not, for a client takes it as a word of this door about its token.
 */
export function turnedAway(status: number, type: string, { headers }: Pick<Outgoing, 'headers'>): GatewayProblem {
  if (status === 404 || status === 405) return notFound(hasSession(headers) ? 502 : 404, status)
  return new GatewayProblem(
    status === 403 ? 502 : status,
    UPSTREAM_FAILED,
    `The MCP server behind this gateway refused this with status ${status}; look at its log, and at what it allows`,
    'upstream_refuses',
    { cause: new Error(`status ${status}, ${named(type)}`) },
  )
}

function notFound(status: number, was = 404): GatewayProblem {
  const message = 'The MCP server behind this gateway has nothing at its address; check the path'
  return new GatewayProblem(status, UPSTREAM_FAILED, message, 'upstream_not_found', {
    cause: new Error(`status ${was}`),
  })
}

function failed(status: number): GatewayProblem {
  return nonsense(`The MCP server behind this gateway failed with status ${status}`, 'upstream_failed')
}

function hasSession(headers: Outgoing['headers']): boolean {
  return headers['mcp-session-id'] !== undefined
}

function named(type: string): string {
  return /^[a-z0-9.+/-]{1,60}$/.test(type) ? type : 'no content type'
}

function nonsense(message: string, reason: Reason = 'upstream_nonsense'): GatewayProblem {
  return new GatewayProblem(502, UPSTREAM_FAILED, message, reason)
}
