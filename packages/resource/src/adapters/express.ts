import type { ServerResponse } from 'node:http'
import { type AuthInfo, authInfoOf } from '../auth-info.ts'
import { CORS_HEADERS } from '../preflight.ts'
import type { Access, Guard } from '../resource.ts'
import { arrivalOfNode, type CertificateOptions, type NodeRequest, sendResponse } from './node.ts'

export type { AuthInfo } from '../auth-info.ts'
export type { CertificateOptions } from './node.ts'

/** What the guard leaves on a request. */
export type GuardedRequest = NodeRequest & { auth?: AuthInfo; access?: Access }

export type Middleware = (request: NodeRequest, response: ServerResponse, next: (error?: unknown) => void) => void

/**
 * Express middleware (4 and 5, and Connect): serves the metadata, answers CORS preflights, lets nobody else through
 * without a good token, and leaves who came in on `req.auth` as both MCP SDKs expect it. A body parser may come before
 * or after it, or not at all. A `next` that takes an error is given what could not be judged; with one that takes none, as on plain
 * `node:http`, it is answered with 500.
 *
 * ```ts
 * app.use(protect(guard))
 * ```
 */
export function protect(guard: Guard, { certificate }: CertificateOptions<NodeRequest> = {}): Middleware {
  return (request: GuardedRequest, response, next) => {
    guard
      .admit(arrivalOfNode(request, certificate))
      .then(async (admitted) => {
        if ('status' in admitted) return await sendResponse(admitted, response)
        for (const [name, value] of Object.entries(CORS_HEADERS)) {
          if (!response.hasHeader(name)) response.setHeader(name, value)
        }
        request.auth = authInfoOf(admitted, guard)
        request.access = admitted
        next()
      })
      .catch((error: unknown) => {
        if (next.length > 0) return next(error)
        // Whoever does not look for an error, as a handler of plain node:http, would take it for a yes.
        // biome-ignore lint/style/noRestrictedGlobals: nobody else is there to tell it to
        process.emitWarning(error instanceof Error ? error : String(error))
        if (!response.headersSent)
          return sendResponse(Response.json({ error: 'server_error' }, { status: 500 }), response)
      })
  }
}

/** Serves the metadata alone, at the root of an application that mounts `protect` on a path of its own. */
export function serveMetadata(guard: Guard): Middleware {
  return (request, response, next) => {
    const answer = guard.answerMetadata(arrivalOfNode(request))
    if (answer === undefined) next()
    else sendResponse(answer, response).catch(next)
  }
}
