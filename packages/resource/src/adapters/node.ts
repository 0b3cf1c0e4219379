import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TLSSocket } from 'node:tls'
import type { Arrival } from '../arrival.ts'
import { bodyTooLong, checkBodyHeaders, LONGEST_BODY_BYTES, parseBody } from '../body.ts'
import { invalidRequest } from '../refusal.ts'

/** A Node request, with what body parsers and routers leave on it. */
export type NodeRequest = IncomingMessage & { originalUrl?: string; body?: unknown }

export interface CertificateOptions<Request> {
  /**
   * Where the client certificate of a request is, in DER, for tokens that are bound to one (RFC 8705 §3), where TLS ends before this
   * server. Left out: of the connection itself. Never take it from a header that anybody but your own proxy can write.
   */
  readonly certificate?: (request: Request) => Uint8Array | undefined
}

const certificateOfConnection = ({ socket }: IncomingMessage): Uint8Array | undefined => certificateOfNode(socket)

/** Shows a Node request to the guard. Its stream, if nobody has read it yet, stays readable from the first byte. */
export function arrivalOfNode(request: NodeRequest, certificate = certificateOfConnection): Arrival {
  return {
    method: request.method ?? 'GET',
    url: request.originalUrl ?? request.url ?? '/',
    headers: { get: (name) => headerOf(request, name) },
    certificate: () => certificate(request),
    message: () => readMessage(request),
  }
}

/**
 * The client certificate of a TLS connection, in DER. Whoever issued it: what counts is that the handshake showed its key, which
 * it does also where the server was told not to verify (`requestCert: true, rejectUnauthorized: false`).
 */
export function certificateOfNode(socket: unknown): Uint8Array | undefined {
  return (socket as Partial<TLSSocket> | undefined)?.getPeerX509Certificate?.()?.raw
}

/** Every value of a header: Node itself keeps the first of two Authorization headers and drops the other in silence. */
function headerOf({ rawHeaders }: IncomingMessage, name: string): string | null {
  const values = rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name)
  return values.length === 0 ? null : values.join(', ')
}

async function readMessage(request: NodeRequest): Promise<unknown> {
  if (!hasBody(request)) return undefined
  // Only a stream that was read to its end was really parsed; some parsers leave `{}` for what they passed over.
  if (request.readableEnded) return parsedMessage(request.body)
  checkBodyHeaders({
    contentType: request.headers['content-type'],
    contentEncoding: request.headers['content-encoding'],
  })
  return parseBody(new TextDecoder().decode(await peek(request)))
}

/** RFC 9112 §6: in HTTP/1.1 a request has a body if, and only if, it says so. In HTTP/2 it need not say (RFC 9113 §8.1). */
function hasBody({ headers, httpVersionMajor, method }: IncomingMessage): boolean {
  if (httpVersionMajor >= 2) return method !== 'GET' && method !== 'HEAD'
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

function parsedMessage(body: unknown): unknown {
  if (body === undefined)
    throw new TypeError('The body was read before the guard could; leave its value in request.body.')
  if (typeof body === 'string') return parseBody(body)
  return body instanceof Uint8Array ? parseBody(new TextDecoder().decode(body)) : body
}

/**
 * Reads all of a stream and puts it back at once: between the last byte and the `end` event, so that whoever comes next
 * finds a stream which nobody has touched.
 */
function peek(request: IncomingMessage): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const settle = (finish: () => void) => {
      request.off('readable', read).off('error', fail).off('close', aborted)
      finish()
    }
    const fail = (error: unknown) => settle(() => reject(error))
    const aborted = () => fail(invalidRequest('The request ended too early.', 'body_incomplete'))
    const read = () => {
      for (let chunk: Buffer | null = request.read(); chunk !== null; chunk = request.read()) {
        chunks.push(chunk)
        size += chunk.byteLength
      }
      if (size > LONGEST_BODY_BYTES) return fail(bodyTooLong())
      if (!isWhole(request)) return
      const body = Buffer.concat(chunks)
      if (size > 0) request.unshift(body)
      settle(() => resolve(body))
    }
    request.on('readable', read).on('error', fail).on('close', aborted)
    if (isWhole(request)) read()
  })
}

/** In HTTP/2 a request is `complete` only after its `end` event, when nothing can be put back any more; its stream knows before. */
function isWhole(request: IncomingMessage & { readonly stream?: { readonly readableEnded?: boolean } }): boolean {
  return request.complete || request.stream?.readableEnded === true
}

/** Writes a Web response without a stream to a Node response. */
export async function sendResponse(from: Response, to: ServerResponse): Promise<void> {
  to.statusCode = from.status
  from.headers.forEach((value, name) => {
    to.setHeader(name, value)
  })
  to.end(await from.text())
}
