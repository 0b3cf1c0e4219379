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
import { endOfTurn } from './turn.ts'
import { answerClientError, HEADER_BYTES, MOST_HEADERS, plain, STRICT_TRANSPORT } from './unread-answers.ts'

const HANDSHAKE_MILLISECONDS = 15_000
const HEADERS_MILLISECONDS = 15_000
const REQUEST_MILLISECONDS = 30_000
const CHECK_MILLISECONDS = 5_000
const KEEP_ALIVE_MILLISECONDS = 65_000
/** How long a request may take to arrive, and how often that is looked at. */
const PATIENCE = { headers: HEADERS_MILLISECONDS, request: REQUEST_MILLISECONDS, check: CHECK_MILLISECONDS }
const FINISH_MILLISECONDS = 10_000
const SMALL_BODY_BYTES = 64 * 1024

export interface RequestInfo {
  readonly remoteAddress: string | undefined
  /** The client certificate of the connection, in DER, where this listener asks for one and the caller has it. */
  readonly certificate?: (() => Uint8Array | undefined) | undefined
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
  /** Asked at each answer: what `Strict-Transport-Security` says, if anything (decision 0039). */
  readonly strictTransport?: () => string | undefined
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

export interface ListenOptions {
  readonly host: string
  readonly port: number
  readonly isShared?: boolean
  readonly tls?: Tls | undefined
  /** Is told of each request that no handler sees, because it could not be read as one. */
  readonly unread?: (reason: Reason, remoteAddress: string | undefined) => void
  /** In milliseconds. */
  readonly patience?: Partial<typeof PATIENCE>
}

/** Puts a handler of Web requests on a socket, with limits on everything that a stranger can make long. */
export async function listen(
  handler: Handler,
  { host, port, isShared, tls, unread = () => {}, patience }: ListenOptions,
): Promise<Listener> {
  /** What each connection was last asked, answered or not: who leaves says so on the last answer of each. */
  const latest = new Map<Socket, ServerResponse>()
  const listening = new Set<() => void>()
  let isLeaving = false
  /** Whose target the adapter reads, which it does before it waits for anything. */
  let arriving: IncomingMessage | undefined
  const listener = getRequestListener(
    async (request, { incoming, outgoing }) => {
      const { socket } = incoming
      const ended = endOfTurn()
      const response = await handler(request, {
        remoteAddress: socket?.remoteAddress,
        pump: (response) =>
          pump(response, outgoing as ServerResponse, incoming.method === 'GET' ? listening : undefined),
        // Asked at each request; the handshake has shown that the caller holds its key, whoever issued it.
        certificate:
          tls?.asksForCertificates === true && socket instanceof TLSSocket
            ? () => socket.getPeerX509Certificate()?.raw
            : undefined,
      })
      await ended
      return response
    },
    {
      errorHandler: (error) => {
        if (!(error instanceof RequestError))
          return plain(500, 'server_error', 'Something went wrong here; try again', 'unexpected_error')
        unread('http_path', arriving?.socket.remoteAddress)
        return plain(400, 'invalid_request', 'The path of the request, or its Host header, cannot be read', 'http_path')
      },
    },
  )
  const answer: RequestListener = (incoming, outgoing) => {
    latest.set(incoming.socket, outgoing)
    if (isLeaving) outgoing.shouldKeepAlive = false
    const strict = tls?.strictTransport?.()
    if (strict !== undefined) outgoing.setHeader(STRICT_TRANSPORT, strict)
    // RFC 9112 §3.2: who names two hosts names none. Node would take the first, and a proxy before it perhaps the other.
    if (namesTwoHosts(incoming.rawHeaders)) delete incoming.headers.host
    whenRead(incoming, () => {
      arriving = incoming
      void listener(incoming, outgoing)
    })
  }
  const server = open(tls, { ...PATIENCE, ...patience }, answer)
  // RFC 9110 §10.1.1: what else somebody expects may be passed over, and Node's own refusal would say nothing.
  server.on('checkExpectation', answer)
  server.maxHeadersCount = MOST_HEADERS
  const connected = tls === undefined ? 'connection' : 'secureConnection'
  server.on(connected, (socket: Socket) => socket.once('close', () => latest.delete(socket)))
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    const { remoteAddress, bytesRead } = socket
    const reason = answerClientError(error, socket, tls?.strictTransport?.())
    // Browsers open connections that they may never need: where nothing was sent, nothing is wrong.
    if (reason !== undefined && bytesRead > 0) unread(reason, remoteAddress)
  })
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
    for (const outgoing of latest.values()) outgoing.shouldKeepAlive = false
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

/** @param raw names and values in turn, as they came */
function namesTwoHosts(raw: readonly string[]): boolean {
  let hosts = 0
  for (let i = 0; i < raw.length; i += 2) if (raw[i]?.length === 4 && raw[i]?.toLowerCase() === 'host') hosts++
  return hosts > 1
}

const LIMITS: ServerOptions = {
  maxHeaderSize: HEADER_BYTES,
  keepAliveTimeout: KEEP_ALIVE_MILLISECONDS,
  noDelay: true,
  // RFC 9112 §3.2: a request without one is refused, here as everything else is.
  requireHostHeader: false,
}
// RFC 9325 §3.1.1, §3.5. Without renegotiation a connection has one certificate from beginning to end.
const HARDENED = { minVersion: 'TLSv1.2', secureOptions: constants.SSL_OP_NO_RENEGOTIATION } as const

function open(
  tls: Tls | undefined,
  patience: typeof PATIENCE,
  listener: RequestListener,
): Server | ReturnType<typeof createTlsServer> {
  const limits: ServerOptions = {
    ...LIMITS,
    headersTimeout: patience.headers,
    requestTimeout: patience.request,
    connectionsCheckingInterval: patience.check,
  }
  if (tls === undefined) return createServer(limits, listener)
  const { cert, key, asksForCertificates: requestCert = false } = tls
  const options = { cert, key, requestCert, rejectUnauthorized: false, handshakeTimeout: HANDSHAKE_MILLISECONDS }
  return createTlsServer({ ...limits, ...HARDENED, ...options }, listener)
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
