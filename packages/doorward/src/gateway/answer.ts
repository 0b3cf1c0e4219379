import type { GatewayLimits } from './limits.ts'
import { GatewayProblem, UPSTREAM_FAILED } from './problem.ts'
import { clientGone } from './upstream.ts'

/** An answer of the server behind: one that was read whole, with its JSON, or one that passes as it comes. */
export type Answer =
  | { readonly bytes: Uint8Array<ArrayBuffer>; readonly message: unknown }
  | { readonly bytes: undefined; readonly response: Response }

export interface Asked {
  /** Whether the client waits for a JSON-RPC message: only then there is one to be judged. */
  readonly isRequest: boolean
  readonly limits: GatewayLimits
  /** Of the client. */
  readonly signal: AbortSignal
  /** Told of what fails once the head of the answer has gone out, when only breaking off is left. */
  readonly failed: (problem: GatewayProblem) => void
}

/**
 * A message in JSON is of no use before its end, so an ordinary one is read whole: what breaks off, stalls or is no message is
 * answered with an error in its place (decision 0038). Event streams are left as they are; anything else passes piece by piece,
 * with a limit on the silence between two.
 * @throws GatewayProblem where an answer that is read whole cannot be passed on.
 */
export async function readAnswer(response: Response, asked: Asked): Promise<Answer> {
  const type = response.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (response.body === null || type === 'text/event-stream') return { bytes: undefined, response }
  const pieces = readPieces(response.body, asked)
  const held: Uint8Array[] = []
  if (asked.isRequest && type === 'application/json' && response.ok && response.status !== 202) {
    // Nobody else cancels what a handler in this process writes to nobody.
    asked.signal.addEventListener('abort', pieces.leave)
    if (asked.signal.aborted) pieces.leave()
    let size = 0
    for (let piece = await pieces.next(); ; piece = await pieces.next()) {
      if (piece === undefined) return judged(held)
      held.push(piece)
      size += piece.byteLength
      if (size > asked.limits.answerBytes) break
    }
  }
  const { status, headers } = response
  return { bytes: undefined, response: new Response(passing(held, pieces, asked), { status, headers }) }
}

interface Pieces {
  /** Undefined at the end. */
  readonly next: () => Promise<Uint8Array | undefined>
  readonly leave: () => void
}

function readPieces(body: ReadableStream<Uint8Array>, { limits, signal }: Asked): Pieces {
  const reader = body.getReader()
  const leave = () => void reader.cancel().catch(() => undefined)
  return {
    leave,
    next: async () => {
      let isLate = false
      const timer = setTimeout(() => {
        isLate = true
        // Whoever waits for the piece hears of an end, and the connection is given up.
        leave()
      }, limits.silenceMilliseconds).unref()
      const piece = await reader.read().catch((cause: unknown) => ({ cause }))
      clearTimeout(timer)
      if (signal.aborted) throw clientGone()
      if (isLate) throw problem(504, 'stopped in the middle of its answer; look at its log', 'upstream_slow')
      if ('cause' in piece) throw problem(502, 'broke off its answer; look at its log', 'upstream_down', piece.cause)
      return piece.done ? undefined : piece.value
    },
  }
}

/** What was read already, then the rest as it comes. */
function passing(held: Uint8Array[], pieces: Pieces, { failed }: Asked): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        try {
          const piece = held.shift() ?? (await pieces.next())
          if (piece === undefined) controller.close()
          else controller.enqueue(piece)
        } catch (error) {
          if (error instanceof GatewayProblem && error.reason !== 'client_gone') failed(error)
          controller.error(error)
        }
      },
      cancel: pieces.leave,
    },
    { highWaterMark: 0 },
  )
}

function judged(pieces: readonly Uint8Array[]): Answer {
  const bytes = (pieces.length === 1 ? pieces[0] : Buffer.concat(pieces)) as Uint8Array<ArrayBuffer>
  const message = parsed(bytes)
  const messages: readonly unknown[] = Array.isArray(message) ? message : [message]
  if (messages.length === 0 || !messages.every(isMessage))
    throw problem(
      502,
      'answered with JSON that is none, or no JSON-RPC message; check its address',
      'upstream_nonsense',
    )
  return { bytes, message }
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    return undefined
  }
}

/** JSON-RPC 2.0 §5: `jsonrpc` MUST be exactly "2.0". What else the message says is the client's to judge. */
function isMessage(value: unknown): boolean {
  return typeof value === 'object' && value !== null && (value as { jsonrpc?: unknown }).jsonrpc === '2.0'
}

function problem(
  status: number,
  what: string,
  reason: 'upstream_down' | 'upstream_nonsense' | 'upstream_slow',
  cause?: unknown,
): GatewayProblem {
  return new GatewayProblem(status, UPSTREAM_FAILED, `The MCP server behind this gateway ${what}`, reason, { cause })
}
