import { type AuthInfo, authInfoOf } from '../auth-info.ts'
import { type FetchOptions, guardedFetch } from '../guarded-fetch.ts'
import type { Guard } from '../resource.ts'

export type { AuthInfo } from '../auth-info.ts'
export type { FetchOptions } from './fetch.ts'

/** What `createMcpHandler` of the official SDK (v2) returns, and everything shaped like it. */
export interface McpHandler {
  readonly fetch: (request: Request, options?: McpHandlerOptions) => Promise<Response>
}

export interface McpHandlerOptions {
  authInfo?: AuthInfo
  parsedBody?: unknown
}

/**
 * Puts the guard before an MCP handler. Tools find who calls in `ctx.http.authInfo`. A `parsedBody` is judged in place of the body.
 * `toNodeHandler` reads the body of everybody first, and shows of two Authorization headers the first; where that matters put `protect`
 * of `@doorward/resource/express` before `toNodeHandler(createMcpHandler(…))`.
 *
 * ```ts
 * const handler = protectMcp(guard, createMcpHandler(() => makeServer()))
 * createServer(toNodeHandler(handler)).listen(3000)
 * ```
 */
export function protectMcp<Handler extends McpHandler>(
  guard: Guard,
  handler: Handler,
  options: FetchOptions = {},
): Handler {
  const fetch = guardedFetch(
    guard,
    (request, access, more?: McpHandlerOptions) =>
      // Whatever authInfo came from elsewhere, only what the guard saw goes in.
      handler.fetch(request, { ...more, authInfo: authInfoOf(access, guard) }),
    options,
    (more) => more?.parsedBody,
  )
  return { ...handler, fetch }
}
