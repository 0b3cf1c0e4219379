import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a path answers, in place until it is changed. */
export interface Published {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** A web server on this computer that publishes what a client would: its document, its keys, its logo. */
export async function makePublisher() {
  const answers = new Map<string, Published>()
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    const { status = 200, headers = {}, body = {} } = answers.get(request.url ?? '') ?? { status: 404 }
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`
  return {
    origin,
    /** Every path that was asked for, in order. */
    asked,
    publish: (path: string, published: Published) => void answers.set(path, published),
    /** A document that is good, at `/client.json` where nothing else is said; returns the client id. */
    document: (fields: Record<string, unknown> = {}, headers: Record<string, string> = {}, path = '/client.json') => {
      const body = {
        client_id: `${origin}${path}`,
        client_name: 'App',
        redirect_uris: ['https://client.example/callback'],
        ...fields,
      }
      answers.set(path, { body, headers })
      return `${origin}${path}`
    },
    close: () => void server.close().closeAllConnections(),
  }
}
