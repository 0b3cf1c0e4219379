import { wireDescription } from '@doorward/core/oauth/error'
import type { Reason } from '@doorward/core/oauth/reasons'
import { CORS } from './headers.ts'

/** A failure on this side of the upstream. The client is told both `message` and `reason`. */
export class GatewayProblem extends Error {
  readonly status: number
  readonly code: number
  readonly reason: Reason

  constructor(status: number, code: number, message: string, reason: Reason, options?: ErrorOptions) {
    super(message, options)
    this.status = status
    this.code = code
    this.reason = reason
  }
}

// JSON-RPC 2.0 §5.1; -32000 and below are the server's own.
export const PARSE_ERROR = -32700
export const INVALID_REQUEST = -32600
export const UPSTREAM_FAILED = -32010
export const SESSION_NOT_FOUND = -32001
export const UNAVAILABLE = -32011

export function clientGone(): GatewayProblem {
  return new GatewayProblem(499, UPSTREAM_FAILED, 'The client went away', 'client_gone')
}

const RETRY_SECONDS = '2'

/** The failure as a JSON-RPC error, with the id of the request where it is known. */
export function problemResponse(problem: GatewayProblem, id: string | number | null, correlation: string): Response {
  return new Response(
    JSON.stringify({
      jsonrpc: '2.0',
      id,
      error: { code: problem.code, message: wireDescription(problem.message, problem.reason, correlation) },
    }),
    {
      status: problem.status,
      headers: {
        ...CORS,
        'content-type': 'application/json',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        ...(problem.status === 503 ? { 'retry-after': RETRY_SECONDS } : {}),
        ...(problem.status === 405 ? { allow: 'GET, POST, DELETE, OPTIONS' } : {}),
      },
    },
  )
}
