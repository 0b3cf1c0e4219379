import type { Reason } from '@doorward/core/oauth/reasons'
import type { Agent, fetch as undiciFetch } from 'undici'
import type { GatewayLimits } from './limits.ts'
import { GatewayProblem, UPSTREAM_FAILED } from './problem.ts'

/** Another server, or a handler in this process. */
export type Upstream = URL | ((request: Request) => Promise<Response>)

export interface Outgoing {
  readonly method: string
  readonly headers: Headers
  readonly body: Uint8Array | undefined
  readonly signal: AbortSignal
}

export type Visit = (outgoing: Outgoing) => Promise<Response>

/** Makes the visits to one upstream: no redirects, a short time to connect, a long one to think, streams without end. */
export function visitor(upstream: Upstream, limits: GatewayLimits): Visit {
  if (typeof upstream === 'function') {
    return async ({ method, headers, body, signal }) => {
      const request = new Request('http://in-process/mcp', {
        method,
        headers,
        signal,
        ...(body === undefined ? {} : { body: new Uint8Array(body) }),
      })
      return checked(await upstream(request), method)
    }
  }
  // Loaded at the first visit: a gateway before a handler in this process never needs it.
  let loaded: Promise<{ dispatcher: Agent; send: typeof undiciFetch }> | undefined
  return async ({ method, headers, body, signal }) => {
    loaded ??= load(limits)
    const { dispatcher, send } = await loaded
    let response: Response
    try {
      response = (await send(upstream, {
        method,
        headers: [...headers],
        body: body ?? null,
        signal,
        redirect: 'manual',
        dispatcher,
      })) as unknown as Response
    } catch (error) {
      throw failure(error, signal)
    }
    return checked(response, method)
  }
}

async function load(limits: GatewayLimits): Promise<{ dispatcher: Agent; send: typeof undiciFetch }> {
  const { Agent, fetch: send } = await import('undici')
  const dispatcher = new Agent({
    connect: { timeout: limits.connectMilliseconds },
    headersTimeout: limits.firstByteMilliseconds,
    // An event stream may be silent for as long as it likes; how long anything else may, `answer.ts` knows.
    bodyTimeout: 0,
    pipelining: 1,
  })
  return { dispatcher, send }
}

export function clientGone(): GatewayProblem {
  return new GatewayProblem(499, UPSTREAM_FAILED, 'The client went away', 'client_gone')
}

function failure(error: unknown, signal: AbortSignal): GatewayProblem {
  if (signal.aborted) return clientGone()
  const code = ((error as { cause?: { code?: string } }).cause?.code ?? '') as string
  if (code === 'UND_ERR_HEADERS_TIMEOUT') {
    return new GatewayProblem(
      504,
      UPSTREAM_FAILED,
      'The MCP server behind this gateway did not answer in time',
      'upstream_slow',
    )
  }
  if (code === 'UND_ERR_CONNECT_TIMEOUT') {
    return new GatewayProblem(
      504,
      UPSTREAM_FAILED,
      'The MCP server behind this gateway cannot be reached in time',
      'upstream_unreachable',
    )
  }
  return new GatewayProblem(
    502,
    UPSTREAM_FAILED,
    'The MCP server behind this gateway is down; start it, then try again',
    'upstream_down',
  )
}

/** Lets through what a Streamable HTTP server may answer; everything else is named for what it is. */
function checked(response: Response, method: string): Response {
  const { status } = response
  const type = response.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? ''
  // An empty answer may still come as a body of no bytes; only a message has to be answered with something typed.
  const empty =
    response.body === null || response.headers.get('content-length') === '0' || (method === 'DELETE' && type === '')
  const problem = problemOf(status, type, !empty)
  if (problem === undefined) return response
  response.body?.cancel().catch(() => undefined)
  throw problem
}

function problemOf(status: number, type: string, hasBody: boolean): GatewayProblem | undefined {
  const nonsense = (message: string, reason: Reason) => new GatewayProblem(502, UPSTREAM_FAILED, message, reason)
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
  if (type === 'application/json' || type === 'text/event-stream' || status === 202 || status === 204) return undefined
  if (status === 404 || status === 405 || status === 403 || status === 400) {
    return hasBody && status === 404 && type === 'text/html'
      ? nonsense('The MCP server behind this gateway has nothing at its address; check the path', 'upstream_not_found')
      : undefined
  }
  if (status >= 500)
    return nonsense(`The MCP server behind this gateway failed with status ${status}`, 'upstream_failed')
  if (!hasBody) return undefined
  return nonsense(
    `The MCP server behind this gateway answered with ${/^[a-z0-9.+/-]{1,60}$/.test(type) ? type : 'no content type'}, not with JSON or an event stream; check its address`,
    'upstream_nonsense',
  )
}
