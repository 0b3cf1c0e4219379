import { createServer } from 'node:http'
import { FailedError } from './problem.ts'
import type { Address } from './run.ts'

const HEADERS_MILLISECONDS = 5_000
const REQUEST_MILLISECONDS = 10_000
const HEADER_BYTES = 8 * 1024
/** Longer than a scraper mostly waits, so that it finds its connection open. */
const KEEP_ALIVE_MILLISECONDS = 125_000
const ALWAYS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' } as const

/**
 * Serves `GET /metrics` and nothing else, at an address of its own: what is told there is for whoever runs this, and not for
 * those who come to the front door.
 */
export async function serveMetrics(
  { host, port }: Address,
  { type, read }: { readonly type: string; readonly read: () => Promise<string> },
): Promise<{ readonly port: number; readonly close: () => Promise<void> }> {
  const server = createServer(
    {
      headersTimeout: HEADERS_MILLISECONDS,
      requestTimeout: REQUEST_MILLISECONDS,
      maxHeaderSize: HEADER_BYTES,
      keepAliveTimeout: KEEP_ALIVE_MILLISECONDS,
    },
    (request, response) => {
      const isRead = request.method === 'GET' || request.method === 'HEAD'
      if (!isRead || request.url?.split('?')[0] !== '/metrics') {
        const status = isRead ? 404 : 405
        response.writeHead(status, {
          ...ALWAYS,
          'content-type': 'text/plain',
          ...(isRead ? {} : { allow: 'GET, HEAD' }),
        })
        return void response.end(isRead ? 'Nothing but /metrics is served here\n' : 'Only GET is answered here\n')
      }
      read().then(
        (text) => response.writeHead(200, { ...ALWAYS, 'content-type': type }).end(text),
        () => response.writeHead(500, ALWAYS).end(),
      )
    },
  )
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    // Exclusive: each of several processes has numbers of its own, and a port of its own to tell them at.
    server.listen({ host, port, exclusive: true }, () => {
      server.off('error', reject)
      resolve()
    })
  }).catch((error: NodeJS.ErrnoException) => {
    throw new FailedError(
      `The metrics cannot be served at port ${port} on ${host} (${error.code ?? error.message}); choose another with DOORWARD_METRICS_PORT, or mend metrics.host.`,
    )
  })
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
