import { readAtMost } from '@doorward/core/kernel/read-at-most'
import { isPlainJson } from '@doorward/core/oauth/content-type'
import type { GatewayLimits } from './limits.ts'
import { isAmbiguous } from './members.ts'
import { GatewayProblem, INVALID_REQUEST, PARSE_ERROR } from './problem.ts'

export interface ReadBody {
  readonly bytes: Uint8Array
  readonly message: unknown
}

/**
 * A JSON-RPC message is one JSON text, so it is read whole, within limits, and parsed once, at every door: what has two
 * readings, or none, is not for the server behind to find out.
 */
export async function readBody(request: Request, limits: GatewayLimits): Promise<ReadBody> {
  if (!isPlainJson(request.headers.get('content-type'))) {
    throw new GatewayProblem(
      415,
      INVALID_REQUEST,
      'The content type has to be application/json, in UTF-8 and without further parameters',
      'wrong_content_type',
    )
  }
  // What is unpacked behind us was not read by us.
  const coding = request.headers.get('content-encoding')?.trim().toLowerCase() ?? 'identity'
  if (coding !== 'identity' && coding !== '') {
    throw new GatewayProblem(415, INVALID_REQUEST, 'Send the message without Content-Encoding', 'encoded_body')
  }
  const bytes = await readBytes(request, limits.requestBytes)
  return { bytes, message: parse(bytes, limits) }
}

/** Whether somebody waits for an answer: a request, or a batch with one, and not a notification or an answer itself. */
export function isRequest(message: unknown): boolean {
  if (Array.isArray(message)) return message.some((one) => !Array.isArray(one) && isRequest(one))
  if (typeof message !== 'object' || message === null) return false
  const { method, id } = message as { method?: unknown; id?: unknown }
  return method !== undefined && id !== undefined
}

/** The id of a request, for the error that answers it. */
export function requestId(message: unknown): string | number | null {
  const id = typeof message === 'object' && message !== null ? (message as { id?: unknown }).id : null
  return typeof id === 'number' || (typeof id === 'string' && id.length <= 200) ? id : null
}

/** What a message asks for, short enough for an event. */
export function summary(message: unknown): Record<string, string> {
  if (typeof message !== 'object' || message === null || Array.isArray(message)) return {}
  const { method, params } = message as { method?: unknown; params?: { name?: unknown } | null }
  return {
    ...(typeof method === 'string' ? { method: method.slice(0, 80) } : {}),
    ...(typeof params?.name === 'string' ? { name: params.name.slice(0, 80) } : {}),
  }
}

async function readBytes(request: Request, most: number): Promise<Uint8Array> {
  const length = request.headers.get('content-length')
  if (length !== null) {
    if (Number(length) > most) tooLarge(most)
    return new Uint8Array(await request.arrayBuffer().catch(incomplete))
  }
  if (request.body === null) return new Uint8Array()
  return (await readAtMost(request.body, most).catch(incomplete)) ?? tooLarge(most)
}

/** A body fails in one way: its connection ends. Whoever sends it can make that happen, so it is no bug of ours. */
function incomplete(): never {
  throw new GatewayProblem(400, INVALID_REQUEST, 'The connection ended before the body was whole', 'body_incomplete')
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function parse(bytes: Uint8Array, { jsonDepth }: GatewayLimits): unknown {
  let deepest = 0
  let depth = 0
  let inString = false
  for (let i = 0; i < bytes.length; i++) {
    const c = bytes[i]
    if (inString) {
      if (c === 0x5c) i++
      else if (c === 0x22) inString = false
    } else if (c === 0x22) inString = true
    else if (c === 0x7b || c === 0x5b) deepest = Math.max(deepest, ++depth)
    else if (c === 0x7d || c === 0x5d) depth--
  }
  if (deepest > jsonDepth) {
    throw new GatewayProblem(
      400,
      INVALID_REQUEST,
      `The JSON is nested deeper than ${jsonDepth} levels`,
      'json_too_deep',
    )
  }
  let text: string
  let value: unknown
  try {
    text = utf8.decode(bytes)
    value = JSON.parse(text)
  } catch {
    throw new GatewayProblem(400, PARSE_ERROR, 'The body is not valid JSON in UTF-8', 'json_malformed')
  }
  if (isAmbiguous(text)) {
    throw new GatewayProblem(
      400,
      INVALID_REQUEST,
      'A member of the message stands twice, or is spelled in other letters than the protocol does',
      'json_ambiguous',
    )
  }
  return value
}

function tooLarge(most: number): never {
  throw new GatewayProblem(413, INVALID_REQUEST, `The body is larger than ${most} bytes`, 'body_too_large')
}
