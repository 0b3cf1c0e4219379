import { createServer, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import type { ReadableStream as NodeReadableStream } from 'node:stream/web'
import type { Reason } from '@doorward/core/oauth/reasons'
import { getRequestListener, RequestError } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'

const HEADER_BYTES = 16 * 1024
const MOST_HEADERS = 100
const HEADERS_MILLISECONDS = 15_000
const REQUEST_MILLISECONDS = 30_000
const CHECK_MILLISECONDS = 5_000
const KEEP_ALIVE_MILLISECONDS = 65_000
const DRAIN_MILLISECONDS = 5_000

export interface RequestInfo {
  readonly remoteAddress: string | undefined
  /**
   * Sends a body that may go on for hours. When it fails, the connection breaks off, so that half a stream never looks
   * like a whole one; when the caller goes, the body is cancelled.
   */
  readonly pump: (response: Response) => Promise<Response>
}

export type Handler = (request: Request, info: RequestInfo) => Promise<Response>

export interface Listener {
  readonly port: number
  /** Takes no new caller, lets answers under way finish for five seconds, then cuts what is left. */
  readonly close: () => Promise<void>
}

/** Puts a handler of Web requests on a socket, with limits on everything that a stranger can make long. */
export async function listen(handler: Handler, { host, port }: { host: string; port: number }): Promise<Listener> {
  const listener = getRequestListener(
    async (request, { incoming, outgoing }) => {
      const remoteAddress = incoming.socket?.remoteAddress
      return handler(request, { remoteAddress, pump: (response) => pump(response, outgoing as ServerResponse) })
    },
    {
      errorHandler: (error) =>
        error instanceof RequestError
          ? plain(400, 'invalid_request', 'The request target is not a valid path', 'http_path')
          : plain(500, 'server_error', 'Something went wrong here; try again', 'unexpected_error'),
    },
  )
  const server = createServer(
    {
      maxHeaderSize: HEADER_BYTES,
      headersTimeout: HEADERS_MILLISECONDS,
      requestTimeout: REQUEST_MILLISECONDS,
      connectionsCheckingInterval: CHECK_MILLISECONDS,
      keepAliveTimeout: KEEP_ALIVE_MILLISECONDS,
      noDelay: true,
    },
    (incoming, outgoing) => void listener(incoming, outgoing),
  )
  server.maxHeadersCount = MOST_HEADERS
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => answerClientError(error, socket as Socket))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: () =>
      new Promise((resolve) => {
        const cut = setTimeout(() => server.closeAllConnections(), DRAIN_MILLISECONDS)
        server.close(() => {
          clearTimeout(cut)
          resolve()
        })
        server.closeIdleConnections()
      }),
  }
}

async function pump(response: Response, outgoing: ServerResponse): Promise<Response> {
  if (response.body === null) return response
  outgoing.writeHead(response.status, [...response.headers].flat())
  outgoing.flushHeaders()
  const body = Readable.fromWeb(response.body as NodeReadableStream)
  body.on('error', () => outgoing.destroy())
  outgoing.on('close', () => body.destroy())
  body.pipe(outgoing)
  return RESPONSE_ALREADY_SENT
}

function plain(status: number, error: string, description: string, reason: Reason): Response {
  return new Response(JSON.stringify({ error, error_description: `${description} [${reason}]` }), {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  })
}

const CLIENT_ERRORS: Readonly<Record<string, [string, string, Reason]>> = {
  HPE_HEADER_OVERFLOW: [
    '431 Request Header Fields Too Large',
    'The headers are larger than 16 KiB',
    'http_headers_too_large',
  ],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'The request took too long to arrive', 'http_too_slow'],
}

/** What Node could not read as HTTP still gets an answer in JSON, and nothing of it is echoed. */
function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const [status, description, reason] = CLIENT_ERRORS[error.code ?? ''] ?? [
    '400 Bad Request',
    'This is not a valid HTTP request',
    'http_malformed',
  ]
  const body = JSON.stringify({ error: 'invalid_request', error_description: `${description} [${reason}]` })
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
  )
}
