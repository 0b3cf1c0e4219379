import type { Dispatcher, Pool } from 'undici'
import { connectionFailure } from './connection-failure.ts'
import type { GatewayLimits } from './limits.ts'
import { left, type Pieces } from './pieces.ts'
import { clientGone, GatewayProblem, UPSTREAM_FAILED } from './problem.ts'
import type { Outgoing, Reply, Visit } from './upstream.ts'

/** So much may wait for a client that is slow to read, before the server behind has to. */
const MOST_HELD_BYTES = 64 * 1024

/**
 * Visits to a server by HTTP, on undici's own connections: `fetch` would put two streams around each body, and leave more of
 * each call behind than everything else here together (decision 0042).
 */
export function overHttp(upstream: URL, limits: GatewayLimits): Visit {
  // Loaded at the first visit: a gateway before a handler in this process never needs it.
  let opened: Promise<Pool> | undefined
  const path = upstream.pathname + upstream.search
  return async ({ method, headers, body, signal }) => {
    opened ??= open(upstream, limits)
    const pool = await opened
    // RFC 9110 §12.5.3: who says nothing takes any coding.
    const asked = { path, method, headers: { ...headers, 'accept-encoding': 'identity' }, body: body ?? null }
    return exchange(pool, asked as Dispatcher.DispatchOptions, signal)
  }
}

async function open({ origin }: URL, limits: GatewayLimits): Promise<Pool> {
  const { Pool } = await import('undici')
  return new Pool(origin, {
    connect: { timeout: limits.connectMilliseconds },
    headersTimeout: limits.firstByteMilliseconds,
    // An event stream may be silent for as long as it likes; how long anything else may, `answer.ts` knows.
    bodyTimeout: 0,
    pipelining: 1,
    // A call has its connection to itself, so that its end is how a server hears that the client went away.
    allowH2: false,
  })
}

function exchange(pool: Pool, asked: Dispatcher.DispatchOptions, signal: Outgoing['signal']): Promise<Reply> {
  if (signal.aborted) return Promise.reject(clientGone())
  const { promise, resolve, reject } = Promise.withResolvers<Reply>()
  const held: Uint8Array[] = []
  let heldBytes = 0
  let waiting: PromiseWithResolvers<Uint8Array | undefined> | undefined
  let over: { readonly error?: Error } | undefined
  let control: Dispatcher.DispatchController | undefined

  const end = (how: { readonly error?: Error }): void => {
    if (over !== undefined) return
    over = how
    signal.removeEventListener('abort', leave)
    if (how.error === undefined) {
      waiting?.resolve(undefined)
    } else {
      waiting?.reject(how.error)
      reject(failure(how.error, signal))
    }
  }
  function leave(): void {
    const error = left()
    held.length = 0
    end({ error })
    control?.abort(error)
  }
  const pieces: Pieces = {
    next: () => {
      const piece = held.shift()
      if (piece !== undefined) {
        heldBytes -= piece.byteLength
        return Promise.resolve(piece)
      }
      if (over !== undefined) return over.error === undefined ? Promise.resolve(undefined) : Promise.reject(over.error)
      const wanted = Promise.withResolvers<Uint8Array | undefined>()
      waiting = wanted
      control?.resume()
      return wanted.promise
    },
    leave,
  }
  signal.addEventListener('abort', leave)
  pool.dispatch(asked, {
    onRequestStart: (controller) => {
      control = controller
      if (over?.error !== undefined) controller.abort(over.error)
    },
    onResponseStart: (_, status, headers) => {
      // RFC 9110 §15.2: what is before the answer is for this hop.
      if (status >= 200) resolve({ status, headers: joined(headers), pieces: hasBody(status) ? pieces : undefined })
    },
    onResponseData: (controller, piece) => {
      if (over !== undefined) return
      if (waiting !== undefined) {
        waiting.resolve(piece)
        waiting = undefined
        return
      }
      held.push(piece)
      heldBytes += piece.byteLength
      if (heldBytes > MOST_HELD_BYTES) controller.pause()
    },
    onResponseEnd: () => end({}),
    onResponseError: (_, error) => end({ error }),
  })
  return promise
}

/** RFC 9110 §6.4.1. */
function hasBody(status: number): boolean {
  return status !== 204 && status !== 205 && status !== 304
}

/** RFC 9110 §5.3: of one that comes several times, all together. */
function joined(headers: Readonly<Record<string, string | readonly string[] | undefined>>): Record<string, string> {
  const all: Record<string, string> = Object.create(null)
  for (const name in headers) {
    const value = headers[name]
    if (value !== undefined) all[name] = typeof value === 'string' ? value : value.join(', ')
  }
  return all
}

function failure(error: Error, signal: Outgoing['signal']): GatewayProblem {
  if (signal.aborted) return clientGone()
  const { status, what, reason } = connectionFailure(error)
  return new GatewayProblem(status, UPSTREAM_FAILED, `The MCP server behind this gateway ${what}`, reason, {
    cause: error,
  })
}
