import { readBody } from './body.ts'

/** What the guard needs to see of a request, for servers that have no Web `Request`. */
export interface Arrival {
  readonly method: string
  /** Absolute, or from the path on. */
  readonly url: string
  readonly headers: { readonly get: (name: string) => string | null }
  /** The client certificate of the connection, in DER; asked only for a token that is bound to one. */
  readonly certificate?: (() => Uint8Array | undefined) | undefined
  /** The JSON-RPC message, read only when the token is good and tools need scopes; the handler must still find it. */
  readonly message: () => Promise<unknown>
}

export function arrivalOf(request: Request | Arrival): Arrival {
  if ('message' in request) return request
  return { method: request.method, url: request.url, headers: request.headers, message: () => readBody(request) }
}
