import { constants } from 'node:crypto'
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import type { ReadableStream as NodeReadableStream } from 'node:stream/web'
import { TLSSocket } from 'node:tls'
import type { Reason } from '@doorward/core/oauth/reasons'
import { getRequestListener, RequestError } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'

const HEADER_BYTES = 16 * 1024
const MOST_HEADERS = 100
const HANDSHAKE_MILLISECONDS = 15_000
const HEADERS_MILLISECONDS = 15_000
const REQUEST_MILLISECONDS = 30_000
const CHECK_MILLISECONDS = 5_000
const KEEP_ALIVE_MILLISECONDS = 65_000
const FINISH_MILLISECONDS = 10_000
const SMALL_BODY_BYTES = 64 * 1024

export interface RequestInfo {
  readonly remoteAddress: string | undefined
  /** The client certificate of the connection, in DER, where this listener asks for one and the caller has it. */
  readonly certificate?: () => Uint8Array | undefined
  /**
   * Sends a body that may go on for hours. When it fails, the connection breaks off, so that half a stream never looks
   * like a whole one; when the caller goes, the body is cancelled.
   */
  readonly pump: (response: Response) => Promise<Response>
}

export type Handler = (request: Request, info: RequestInfo) => Promise<Response>

/** TLS that ends here. */
export interface Tls {
  /** PEM: the chain of this server, and its key. */
  readonly cert: string
  readonly key: string
  /**
   * Whether callers are asked for a certificate. Nobody is turned away for having none or any: whose it is and what it is good
   * for is judged where the client is known (RFC 8705 §2.2, §3).
   */
  readonly asksForCertificates?: boolean
}

export interface Listener {
  readonly port: number
  /** Serves new connections with another certificate. */
  readonly renew: (tls: Tls) => void
  /** Serves on, and tells each caller with its answer to open another connection next time, where others may serve it. */
  readonly leave: () => void
  /** Takes no new caller, ends streams that only listen, lets answers under way finish for ten seconds, then cuts what is left. */
  readonly close: () => Promise<void>
}

/** Linux spreads connections over those who share a port. Elsewhere `node:cluster` hands them around (decision 0025). */
const SPREADS_CONNECTIONS = process.platform === 'linux'

/** Puts a handler of Web requests on a socket, with limits on everything that a stranger can make long. */
export async function listen(
  handler: Handler,
  { host, port, isShared, tls }: { host: string; port: number; isShared?: boolean; tls?: Tls | undefined },
): Promise<Listener> {
  const answering = new Set<ServerResponse>()
  const listening = new Set<() => void>()
  let isLeaving = false
  const listener = getRequestListener(
    (request, { incoming, outgoing }) => {
      const { socket } = incoming
      return handler(request, {
        remoteAddress: socket?.remoteAddress,
        pump: (response) =>
          pump(response, outgoing as ServerResponse, incoming.method === 'GET' ? listening : undefined),
        // Asked at each request; the handshake has shown that the caller holds its key, whoever issued it.
        ...(tls?.asksForCertificates === true && socket instanceof TLSSocket
          ? { certificate: () => socket.getPeerX509Certificate()?.raw }
          : {}),
      })
    },
    {
      errorHandler: (error) =>
        error instanceof RequestError
          ? plain(400, 'invalid_request', 'The request target is not a valid path', 'http_path')
          : plain(500, 'server_error', 'Something went wrong here; try again', 'unexpected_error'),
    },
  )
  const server = open(tls, (incoming, outgoing) => {
    answering.add(outgoing)
    outgoing.once('close', () => answering.delete(outgoing))
    if (isLeaving) outgoing.shouldKeepAlive = false
    whenRead(incoming, () => void listener(incoming, outgoing))
  })
  server.maxHeadersCount = MOST_HEADERS
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => answerClientError(error, socket as Socket))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port, reusePort: isShared === true && SPREADS_CONNECTIONS }, () => {
      server.off('error', reject)
      resolve()
    })
  })
  const address = server.address()
  const leave = () => {
    isLeaving = true
    // What is being answered is the last on its connection, too.
    for (const outgoing of answering) outgoing.shouldKeepAlive = false
  }
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    renew: ({ cert, key }) => {
      if ('setSecureContext' in server) server.setSecureContext({ cert, key, ...HARDENED })
    },
    leave,
    close: () =>
      new Promise((resolve) => {
        leave()
        const cut = setTimeout(() => server.closeAllConnections(), FINISH_MILLISECONDS)
        server.close(() => {
          clearTimeout(cut)
          resolve()
        })
        server.closeIdleConnections()
        for (const end of listening) end()
      }),
  }
}

const LIMITS: ServerOptions = {
  maxHeaderSize: HEADER_BYTES,
  headersTimeout: HEADERS_MILLISECONDS,
  requestTimeout: REQUEST_MILLISECONDS,
  connectionsCheckingInterval: CHECK_MILLISECONDS,
  keepAliveTimeout: KEEP_ALIVE_MILLISECONDS,
  noDelay: true,
}
// RFC 9325 §3.1.1, §3.5. Without renegotiation a connection has one certificate from beginning to end.
const HARDENED = { minVersion: 'TLSv1.2', secureOptions: constants.SSL_OP_NO_RENEGOTIATION } as const

function open(tls: Tls | undefined, listener: RequestListener): Server | ReturnType<typeof createTlsServer> {
  if (tls === undefined) return createServer(LIMITS, listener)
  const { cert, key, asksForCertificates: requestCert = false } = tls
  const options = { cert, key, requestCert, rejectUnauthorized: false, handshakeTimeout: HANDSHAKE_MILLISECONDS }
  return createTlsServer({ ...LIMITS, ...HARDENED, ...options }, listener)
}

/**
 * Takes a small body off the socket before the request is looked at: it is there already or about to be, and as one buffer it costs
 * the adapter no stream. Whoever goes in the middle of it has asked for nothing.
 */
function whenRead(incoming: IncomingMessage & { rawBody?: Buffer }, answer: () => void): void {
  const length = Number(incoming.headers['content-length'])
  if (!(length > 0 && length <= SMALL_BODY_BYTES)) {
    answer()
    return
  }
  const chunks: Buffer[] = []
  incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
  incoming.on('end', () => {
    incoming.rawBody = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)
    answer()
  })
}

/** @param listening where a body is kept that answers nothing, so that it may end at any time */
async function pump(response: Response, outgoing: ServerResponse, listening?: Set<() => void>): Promise<Response> {
  if (response.body === null) return response
  outgoing.writeHead(response.status, [...response.headers].flat())
  outgoing.flushHeaders()
  const body = Readable.fromWeb(response.body as NodeReadableStream)
  body.on('error', () => outgoing.destroy())
  const end = () => {
    body.unpipe(outgoing)
    outgoing.end()
  }
  listening?.add(end)
  outgoing.on('close', () => {
    listening?.delete(end)
    body.destroy()
  })
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
