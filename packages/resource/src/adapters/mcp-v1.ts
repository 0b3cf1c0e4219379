import { InsufficientScopeError, InvalidTokenError, ServerError } from '@modelcontextprotocol/sdk/server/auth/errors.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { type AuthInfo, authInfoOf } from '../auth-info.ts'
import { type Access, type Guard, Refusal } from '../resource.ts'
import { type GuardedRequest, type Middleware, protect } from './express.ts'

/** `McpServer` or `Server` of the official SDK (v1). */
export interface McpServer {
  readonly connect: (transport: Transport) => Promise<void>
  readonly close: () => Promise<void>
}

/**
 * A whole protected MCP endpoint for Express, stateless: each request has a server of its own, made for who calls.
 * Tools find who calls in `extra.authInfo`. For sessions use `protect` of `@doorward/resource/express` before your own
 * transport: it reads `req.auth` by itself.
 *
 * ```ts
 * app.use(protectMcp(guard, () => makeServer()))
 * ```
 */
export function protectMcp(guard: Guard, makeServer: (access: Access) => McpServer | Promise<McpServer>): Middleware {
  const admit = protect(guard)
  return (request: GuardedRequest, response, next) => {
    admit(request, response, (error) => {
      if (error !== undefined || request.access === undefined) return next(error)
      serve(request.access).catch(next)
    })
    const serve = async (access: Access): Promise<void> => {
      const server = await makeServer(access)
      const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined })
      response.on('close', () => {
        server.close().catch(() => undefined)
      })
      await server.connect(transport)
      await transport.handleRequest(request, response, request.readableEnded ? request.body : undefined)
    }
  }
}

/**
 * For `requireBearerAuth` of SDK v1, where a server has it already. It knows neither the scopes of tools nor the
 * challenge of a first visit; `protect` and `protectMcp` do.
 */
export function tokenVerifier(guard: Guard): { verifyAccessToken: (token: string) => Promise<AuthInfo> } {
  return {
    verifyAccessToken: async (token) => {
      try {
        return authInfoOf(await guard.verify(`Bearer ${token}`), guard)
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        if (error.status >= 500) throw new ServerError(error.description)
        if (error.status === 403) throw new InsufficientScopeError(error.description)
        throw new InvalidTokenError(error.description)
      }
    },
  }
}
