import { parseExact } from '@doorward/core/kernel/exact-json'
import type { GatewayLimits } from './limits.ts'
import type { Pieces } from './pieces.ts'
import { clientGone, GatewayProblem, UPSTREAM_FAILED } from './problem.ts'
import { contentType, mayBeTurnedAway, type Outgoing, type Reply, turnedAway } from './upstream.ts'

/** An answer of the server behind: one that was read whole, with its JSON, or one that passes as it comes, if anything does. */
export type Answer =
  | { readonly bytes: Uint8Array<ArrayBuffer>; readonly message: unknown }
  | { readonly bytes: undefined; readonly pieces: Pieces | undefined; readonly isEvents: boolean }

export interface Asked {
  /** What was asked of the server behind. */
  readonly outgoing: Pick<Outgoing, 'method' | 'headers'>
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
export async function readAnswer(reply: Reply, asked: Asked): Promise<Answer> {
  if (reply.pieces === undefined) return { bytes: undefined, pieces: undefined, isEvents: false }
  const type = contentType(reply)
  const isEvents = type === 'text/event-stream'
  const pieces = timely(reply.pieces, asked, isEvents ? undefined : asked.limits.silenceMilliseconds)
  const held: Uint8Array[] = []
  // What refuses a message is one itself, or only looks like it: `{"detail":"Not Found"}` of a framework.
  const refuses = mayBeTurnedAway(reply.status, asked.outgoing)
  if (type === 'application/json' && (refuses || (asked.isRequest && isGood(reply.status)))) {
    let size = 0
    for (let piece = await pieces.next(); ; piece = await pieces.next()) {
      if (piece === undefined)
        return judged(held, () => (refuses ? turnedAway(reply.status, type, asked.outgoing) : noMessage()))
      held.push(piece)
      size += piece.byteLength
      if (size > asked.limits.answerBytes) break
    }
  }
  return { bytes: undefined, pieces: passing(held, pieces, asked), isEvents }
}

/** With an answer to come; 202 says that there is none (MCP 2025-06-18, sending messages to the server). */
const isGood = (status: number): boolean => status >= 200 && status < 300 && status !== 202

/** The same, where what keeps the next piece from coming is said as what it is. */
function timely({ next, leave }: Pieces, { signal }: Asked, silenceMilliseconds: number | undefined): Pieces {
  let isLeft = false
  return {
    next: async () => {
      let isLate = false
      const timer =
        silenceMilliseconds === undefined
          ? undefined
          : setTimeout(() => {
              isLate = true
              leave()
            }, silenceMilliseconds).unref()
      try {
        return await next()
      } catch (cause) {
        if (signal.aborted) throw clientGone()
        if (isLate) throw problem(504, 'stopped in the middle of its answer; look at its log', 'upstream_slow')
        if (isLeft) throw cause
        throw problem(502, 'broke off its answer; look at its log', 'upstream_down', cause)
      } finally {
        clearTimeout(timer)
      }
    },
    leave: () => {
      isLeft = true
      leave()
    },
  }
}

/** What was read already, then the rest as it comes. */
function passing(held: Uint8Array[], { next, leave }: Pieces, { failed }: Asked): Pieces {
  return {
    next: async () => {
      try {
        return held.shift() ?? (await next())
      } catch (error) {
        if (error instanceof GatewayProblem && error.reason !== 'client_gone') failed(error)
        throw error
      }
    },
    leave,
  }
}

function judged(pieces: readonly Uint8Array[], otherwise: () => GatewayProblem): Answer {
  const bytes = (pieces.length === 1 ? pieces[0] : Buffer.concat(pieces)) as Uint8Array<ArrayBuffer>
  const message = parsed(bytes)
  const messages: readonly unknown[] = Array.isArray(message) ? message : [message]
  if (messages.length === 0 || !messages.every(isMessage)) throw otherwise()
  return { bytes, message }
}

function noMessage(): GatewayProblem {
  return problem(502, 'answered with JSON that is none, or no JSON-RPC message; check its address', 'upstream_nonsense')
}

const utf8 = new TextDecoder()

/** The message of these bytes, for whoever writes it again: each number stays as it came. */
export function exactMessage(bytes: Uint8Array): unknown {
  return parseExact(utf8.decode(bytes))
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(utf8.decode(bytes))
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
