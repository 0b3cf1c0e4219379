import { VERSION } from '@doorward/core/kernel/version'
import { isPlainJson } from '@doorward/core/oauth/content-type'
import { LIMITS } from './limits.ts'
import { GatewayProblem, UPSTREAM_FAILED } from './problem.ts'
import { type Reply, type Upstream, type Visit, visitor } from './upstream.ts'

/** What a server says of one of its tools. Its own word: nobody has checked it. */
export interface OfferedTool {
  readonly name: string
  /** Hints of MCP (`readOnlyHint` …), as they came: present and a boolean, or not to be counted. */
  readonly annotations: Readonly<Record<string, unknown>>
}

type Json = Readonly<Record<string, unknown>>

const MOST_BYTES = 4 * 1024 * 1024
const MOST_PAGES = 100
const MOST_TOOLS = 2000
const LONGEST_WORDS = 200
/** The newest revision that begins with a handshake, and the one that has none. */
const HANDSHAKE = '2025-11-25'
const STATELESS = '2026-07-28'
const CLIENT = { name: 'doorward', version: VERSION }

/**
 * Asks an MCP server for all its tools, in whichever revision it speaks, from 2025-03-26 to 2026-07-28.
 * @throws GatewayProblem in a sentence that says what the server did instead.
 */
export async function readTools(upstream: Upstream, signal: AbortSignal): Promise<OfferedTool[]> {
  const visit = visitor(upstream, LIMITS)
  const exchange = (message: Json, headers: Record<string, string>) => ask(visit, message, headers, signal)
  const opened = await exchange(
    request('initialize', { protocolVersion: HANDSHAKE, capabilities: {}, clientInfo: CLIENT }),
    {},
  )
  // A server without sessions says that it knows no such method, or no such revision.
  if (opened.result === undefined) return pagesOf((params) => exchange(...stateless(params)))
  const { protocolVersion } = opened.result
  if (typeof protocolVersion !== 'string') nonsense('answered initialize without naming a revision of MCP')
  const headers = {
    'mcp-protocol-version': protocolVersion,
    ...(opened.session === null ? {} : { 'mcp-session-id': opened.session }),
  }
  await post(visit, { jsonrpc: '2.0', method: 'notifications/initialized' }, headers, signal).then(leave)
  const tools = await pagesOf((params) => exchange(request('tools/list', params), headers))
  if (opened.session !== null) {
    const ended = visit({ method: 'DELETE', headers, body: undefined, signal })
    // Not every server lets its sessions be ended.
    await ended.then(leave).catch(() => undefined)
  }
  return tools
}

function request(method: string, params: Json): Json {
  return { jsonrpc: '2.0', id: 1, method, params }
}

function stateless(params: Json): [Json, Record<string, string>] {
  const meta = {
    'io.modelcontextprotocol/protocolVersion': STATELESS,
    'io.modelcontextprotocol/clientCapabilities': {},
    'io.modelcontextprotocol/clientInfo': CLIENT,
  }
  const headers = { 'mcp-protocol-version': STATELESS, 'mcp-method': 'tools/list' }
  return [request('tools/list', { ...params, _meta: meta }), headers]
}

async function pagesOf(list: (params: Json) => Promise<Answer>): Promise<OfferedTool[]> {
  const tools: OfferedTool[] = []
  const cursors = new Set<string>()
  let cursor: string | undefined
  do {
    const { result, refused } = await list(cursor === undefined ? {} : { cursor })
    if (result === undefined) nonsense(`did not list its tools and said “${refused}”`)
    if (!Array.isArray(result.tools)) nonsense('answered tools/list without a list of tools')
    tools.push(...result.tools.map(toolOf))
    cursor = typeof result.nextCursor === 'string' ? result.nextCursor : undefined
    if (cursor !== undefined && cursors.has(cursor)) nonsense('lists its tools in pages that go round in a circle')
    if (cursor !== undefined) cursors.add(cursor)
    if (cursors.size > MOST_PAGES || tools.length > MOST_TOOLS)
      nonsense(`lists more than ${MOST_TOOLS} tools or ${MOST_PAGES} pages of them`)
  } while (cursor !== undefined)
  return tools
}

function toolOf(tool: unknown): OfferedTool {
  if (!isObject(tool) || typeof tool.name !== 'string' || tool.name === '') nonsense('lists a tool that has no name')
  return { name: tool.name, annotations: isObject(tool.annotations) ? tool.annotations : {} }
}

interface Answer {
  readonly result: Json | undefined
  /** What it said instead, fit to be shown. */
  readonly refused: string
  readonly session: string | null
}

async function ask(visit: Visit, message: Json, headers: Record<string, string>, signal: AbortSignal): Promise<Answer> {
  const reply = await post(visit, message, headers, signal)
  const session = reply.headers['mcp-session-id'] ?? null
  const answer = await answerIn(reply, message.id).catch((error: unknown) => {
    if (error instanceof GatewayProblem) throw error
    return nonsense('broke off its answer')
  })
  if (isObject(answer?.result)) return { result: answer.result, refused: '', session }
  const error = isObject(answer?.error) ? answer.error : {}
  const words = typeof error.message === 'string' ? error.message : `status ${reply.status}`
  return { result: undefined, refused: words.replace(/[\p{Cc}\p{Cf}]/gu, ' ').slice(0, LONGEST_WORDS), session }
}

function post(visit: Visit, message: Json, headers: Record<string, string>, signal: AbortSignal): Promise<Reply> {
  return visit({
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers },
    body: new TextEncoder().encode(JSON.stringify(message)),
    signal,
  })
}

function leave({ pieces }: Reply): void {
  pieces?.leave()
}

/** The message with this id, in JSON or as one event of a stream (WHATWG HTML §9.2); undefined where there is none. */
async function answerIn(reply: Reply, id: unknown): Promise<Json | undefined> {
  const { pieces, headers } = reply
  if (pieces === undefined) return undefined
  const isJson = isPlainJson(headers['content-type'] ?? null)
  const decoder = new TextDecoder()
  let text = ''
  let size = 0
  try {
    for (let piece = await pieces.next(); piece !== undefined; piece = await pieces.next()) {
      size += piece.byteLength
      if (size > MOST_BYTES) nonsense(`answered with more than ${MOST_BYTES} bytes`)
      text += decoder.decode(piece, { stream: true })
      if (isJson) continue
      const events = text.split(/\r\n\r\n|\n\n|\r\r/)
      text = events.pop() ?? ''
      for (const event of events) {
        const found = messageIn(dataOf(event), id)
        if (found !== undefined) return found
      }
    }
  } finally {
    // A stream may have no end of its own.
    leave(reply)
  }
  return messageIn(isJson ? text : dataOf(text), id)
}

function dataOf(event: string): string {
  const lines = event.split(/\r\n|\n|\r/).filter((line) => line.startsWith('data:'))
  return lines.map((line) => line.slice(5)).join('\n')
}

function messageIn(text: string, id: unknown): Json | undefined {
  try {
    const read: unknown = JSON.parse(text)
    const messages: readonly unknown[] = Array.isArray(read) ? read : [read]
    // An error may come without the id, where the server could not read it.
    return messages.filter(isObject).find((one) => one.id === id || (isObject(one.error) && (one.id ?? null) === null))
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function nonsense(what: string): never {
  throw new GatewayProblem(
    502,
    UPSTREAM_FAILED,
    `The MCP server behind this gateway ${what}; check its address`,
    'upstream_nonsense',
  )
}
