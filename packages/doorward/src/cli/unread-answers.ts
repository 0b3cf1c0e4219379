import type { Socket } from 'node:net'
import type { Reason } from '@doorward/core/oauth/reasons'

/** Together, and how many. */
export const HEADER_BYTES = 16 * 1024
export const MOST_HEADERS = 100

export const STRICT_TRANSPORT = 'strict-transport-security'

const UNREAD_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'application/json',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
}

/** The answer to a request of which no handler hears. */
export function plain(status: number, error: string, description: string, reason: Reason): Response {
  return new Response(JSON.stringify({ error, error_description: `${description} [${reason}]` }), {
    status,
    headers: UNREAD_HEADERS,
  })
}

/** What Node says of what it could not read, with the bytes. */
type Unread = NodeJS.ErrnoException & { readonly rawPacket?: Uint8Array }

type ClientError = readonly [status: string, description: string, reason: Reason]

const CLIENT_ERRORS: Readonly<Record<string, ClientError>> = {
  HPE_HEADER_OVERFLOW: [
    '431 Request Header Fields Too Large',
    // Node does not say which.
    `There are more than ${MOST_HEADERS} headers, or they are larger than ${HEADER_BYTES / 1024} KiB`,
    'http_headers_too_large',
  ],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'The request took too long to arrive', 'http_too_slow'],
}

const MALFORMED: ClientError = ['400 Bad Request', 'This is not a valid HTTP request', 'http_malformed']
const NOT_PLAIN: ClientError = ['400 Bad Request', 'This is TLS, and plain http is spoken here', 'http_not_plain']

/** RFC 8446 §5.1: a record of the kind handshake, of any version. */
function isTls({ rawPacket }: Unread): boolean {
  return rawPacket?.[0] === 0x16 && rawPacket[1] === 0x03
}

/**
 * What Node could not read as HTTP still gets an answer in JSON, and nothing of it is echoed.
 * @returns why it was refused; undefined where nobody is there any more to be told.
 */
export function answerClientError(
  error: Unread,
  socket: Socket,
  strictTransport: string | undefined,
): Reason | undefined {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return undefined
  }
  const [status, description, reason] = CLIENT_ERRORS[error.code ?? ''] ?? (isTls(error) ? NOT_PLAIN : MALFORMED)
  const body = JSON.stringify({ error: 'invalid_request', error_description: `${description} [${reason}]` })
  const headers = {
    ...UNREAD_HEADERS,
    ...(strictTransport === undefined ? {} : { [STRICT_TRANSPORT]: strictTransport }),
    'content-length': body.length,
    connection: 'close',
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${status}\r\n${lines.join('')}\r\n${body}`)
  return reason
}
