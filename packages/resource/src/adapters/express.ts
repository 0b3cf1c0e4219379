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
 * or after it, or not at all. What could not be judged is given to a `next` that takes an error, and is otherwise answered with 500.
 *
 * ```ts
 * app.use(protect(guard))
 * ```
 */
export function protect(guard: Guard, { certificate }: CertificateOptions<NodeRequest> = {}): Middleware {
  return (request: GuardedRequest, response, next) => {
    const arrival = arrivalOfNode(request, certificate)
    // A handler of plain node:http looks for no error: called with one, it would take it for a yes.
    const takesError = next.length > 0
    guard
      .admit(arrival)
      .catch((error: unknown) => (takesError ? Promise.reject(error) : guard.failed(error, arrival)))
      .then(async (admitted) => {
        if ('status' in admitted) return await sendResponse(admitted, response)
        for (const [name, value] of Object.entries(CORS_HEADERS)) {
          if (!response.hasHeader(name)) response.setHeader(name, value)
        }
        request.auth = authInfoOf(admitted, guard)
        request.access = admitted
        next()
      })
      .catch((error: unknown) => (takesError ? next(error) : Promise.reject(error)))
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
