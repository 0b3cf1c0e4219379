import { arrivalOf } from './arrival.ts'
import { CORS_HEADERS } from './preflight.ts'
import type { Access, Guard } from './resource.ts'

export interface FetchOptions {
  /**
   * The client certificate of the connection that a request came by, in DER, for tokens that are bound to one (RFC 8705 §3): a Web
   * `Request` does not know it. Never take it from a header that anybody but your own proxy can write.
   */
  readonly certificate?: (request: Request) => Uint8Array | undefined
  /**
   * Leave tools out of `tools/list` that the token may not call. Off by default: a client that cannot see a tool will
   * never ask its user for the scope.
   */
  readonly hideTools?: boolean
}

/**
 * A Web `fetch` handler behind the guard. Where `parsedOf` finds a message that was parsed before, that is what the handler acts on, so
 * that is what is judged; the body of the request may be empty, read already or something else.
 */
export function guardedFetch<More extends readonly unknown[]>(
  guard: Guard,
  handler: (request: Request, access: Access, ...more: More) => Response | Promise<Response>,
  { hideTools = false, certificate }: FetchOptions,
  parsedOf: (...more: More) => unknown,
): (request: Request, ...more: More) => Promise<Response> {
  return async (request, ...more) => {
    const arrival = arrivalOf(request)
    const parsed = parsedOf(...more)
    const read = parsed === undefined ? arrival.message : async () => parsed
    const admitted = await guard.admit({ ...arrival, certificate: () => certificate?.(request), message: read })
    if ('status' in admitted) return admitted
    // A body that cannot be read was refused above, unless no tool needs a scope: then there is nothing to hide.
    const message = hideTools ? await read().catch(() => undefined) : undefined
    const response = await handler(request, admitted, ...more)
    return openToBrowsers(hideTools ? guard.hideTools(response, message, admitted) : response)
  }
}

/** P13: the answer to a request with a token may be read from any origin, unless the handler decided otherwise. */
function openToBrowsers(response: Response): Response {
  if (response.headers.has('access-control-allow-origin') || response.status === 101) return response
  const headers = new Headers(response.headers)
  for (const [name, value] of Object.entries(CORS_HEADERS)) headers.set(name, value)
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers })
}
