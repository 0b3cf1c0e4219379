// A server behind the gateway that does as the test says, one visit at a time.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Doorward } from './doorward.ts'
import { decide } from './person.ts'
import { authorizeUrl, redemption, register } from './public-client.ts'

export interface Arrival {
  readonly request: IncomingMessage
  readonly body: Buffer
  readonly response: ServerResponse
  /** Whether the answer had been written to its end when the connection was done with. */
  readonly closed: Promise<boolean>
}

export async function startBehind() {
  const arrived: Arrival[] = []
  const waiting: ((arrival: Arrival) => void)[] = []
  const server = createServer(async (request, response) => {
    const closed = once(response, 'close').then(() => response.writableFinished)
    const chunks: Buffer[] = []
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer)
    } catch {
      // Whoever hangs up in the middle of a body has not asked.
      return
    }
    const arrival = { request, body: Buffer.concat(chunks), response, closed }
    const taker = waiting.shift()
    if (taker === undefined) arrived.push(arrival)
    else taker(arrival)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    /** The next request that came, or will. */
    next: async (): Promise<Arrival> =>
      arrived.shift() ?? new Promise<Arrival>((resolve) => void waiting.push(resolve)),
    /** Those that nobody has taken. */
    untaken: (): number => arrived.length,
    stop: () => void server.close().closeAllConnections(),
  }
}

/** For the operator of the door, through a client that registered itself. */
export async function accessToken(door: Doorward): Promise<string> {
  const client = await register(door.issuer)
  const { code } = await decide(authorizeUrl(door.issuer, client, { resource: door.mcp }), door.operator)
  const body = new URLSearchParams(redemption(client, code))
  const answer = await fetch(`${door.issuer}/token`, { method: 'POST', body })
  return ((await answer.json()) as { access_token: string }).access_token
}

const ACCEPT = 'application/json, text/event-stream'

/** One request at the door with this token; a message where there is one. */
export function ask(
  door: Doorward,
  token: string,
  init: { body?: unknown; headers?: Record<string, string>; method?: string; signal?: AbortSignal } = {},
): Promise<Response> {
  const { body, headers, ...rest } = init
  const raw = typeof body === 'string' || body instanceof Uint8Array
  return fetch(door.mcp, {
    method: body === undefined ? 'GET' : 'POST',
    ...rest,
    headers: {
      authorization: `Bearer ${token}`,
      accept: ACCEPT,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: (raw ? body : JSON.stringify(body)) as string }),
  })
}
