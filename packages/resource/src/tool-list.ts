import { parseExact, roundedValue } from '@doorward/core/kernel/exact-json'
import { isObject } from './tools.ts'

interface NamedTool {
  readonly name: string
}

/** Which of the tools in a `tools/list` result may be seen. */
export type KeepTools = (tools: readonly NamedTool[]) => NamedTool[]

/** The `tools/list` requests that a response answers, by id; `every` where nobody can say. */
export type ListIds = ReadonlySet<unknown> | 'every'

/** The ids of the `tools/list` requests in a message or batch. Without a message: a stream that is listened to or resumed. */
export function toolListIds(message: unknown): ListIds {
  if (message === undefined) return 'every'
  const messages: readonly unknown[] = Array.isArray(message) ? message : [message]
  return new Set(messages.filter(isObject).flatMap(({ method, id }) => (method === 'tools/list' ? [id] : [])))
}

/** The longest list, or event, in characters. What is longer is cut off, so that nobody takes it for whole. */
export const LONGEST_LIST = 16 * 1024 * 1024

/** Filters the results for `ids` in a response, JSON or event stream. Everything else passes as it came. */
export function filterToolList(response: Response, ids: ListIds, keep: KeepTools): Response {
  if ((ids !== 'every' && ids.size === 0) || response.body === null) return response
  const type = response.headers.get('content-type') ?? ''
  const headers = new Headers(response.headers)
  headers.delete('content-length')
  const init = { status: response.status, statusText: response.statusText, headers }
  const filter = /^application\/json\b/i.test(type)
    ? jsonFilter(ids, keep)
    : /^text\/event-stream\b/i.test(type)
      ? eventFilter(ids, keep)
      : undefined
  if (filter === undefined) return response
  headers.delete('content-encoding')
  const filtered = uncoded(response).pipeThrough(new TextDecoderStream()).pipeThrough(filter)
  return new Response(filtered.pipeThrough(new TextEncoderStream()), init)
}

/** The body without its content coding (RFC 9110 §8.4): what is compressed shows no tools, and is no text. */
function uncoded({ headers, body }: Response): ReadableStream<BufferSource> {
  const bytes = body as ReadableStream<BufferSource>
  const coding = headers.get('content-encoding')?.trim().toLowerCase() ?? ''
  if (coding === '' || coding === 'identity') return bytes
  const format = DECODED[coding]
  if (format === undefined)
    throw new TypeError(
      `No tools can be hidden in Content-Encoding ${coding}: compress after the guard, not before it.`,
    )
  return bytes.pipeThrough(new DecompressionStream(format))
}

const DECODED: Readonly<Record<string, CompressionFormat>> = { gzip: 'gzip', 'x-gzip': 'gzip', deflate: 'deflate' }

function jsonFilter(ids: ListIds, keep: KeepTools): TransformStream<string, string> {
  let text = ''
  return new TransformStream({
    transform: (chunk) => {
      text += chunk
      checkLength(text.length)
    },
    flush: (controller) => controller.enqueue(filterText(text, ids, keep)),
  })
}

function checkLength(characters: number): void {
  if (characters > LONGEST_LIST) throw new RangeError(`A list of tools is longer than ${LONGEST_LIST} characters`)
}

/** Passes whole events of a stream (WHATWG HTML §9.2), their data filtered, and comments between them at once. */
function eventFilter(ids: ListIds, keep: KeepTools): TransformStream<string, string> {
  let rest = ''
  let endsInReturn = false
  let event: string[] = []
  let held = 0
  const take = (line: string): string => {
    if (/^[\r\n]+$/.test(line)) {
      const whole = filterEvent(event, ids, keep) + line
      event = []
      held = 0
      return whole
    }
    if (event.length === 0 && line.startsWith(':')) return line
    event.push(line)
    held += line.length
    return ''
  }
  return new TransformStream({
    transform: (chunk, controller) => {
      // A long line comes in a thousand pieces, and is not searched from its beginning with each.
      if (!endsInReturn && !/[\r\n]/.test(chunk)) {
        rest += chunk
        checkLength(held + rest.length)
        return
      }
      const lines = (rest + chunk).split(/(?<=\r\n|\n|\r(?!\n))/)
      // What ends in a carriage return may go on with the line feed that belongs to it.
      rest = lines.at(-1)?.endsWith('\n') ? '' : (lines.pop() ?? '')
      endsInReturn = rest.endsWith('\r')
      const text = lines.map(take).join('')
      checkLength(held + rest.length)
      if (text !== '') controller.enqueue(text)
    },
    flush: (controller) => {
      const text = (rest === '' ? '' : take(rest)) + filterEvent(event, ids, keep)
      if (text !== '') controller.enqueue(text)
    },
  })
}

function filterEvent(lines: readonly string[], ids: ListIds, keep: KeepTools): string {
  const isData = (line: string) => /^data(?=[:\r\n]|$)/.test(line)
  const data = lines.filter(isData).map((line) => line.replace(/^data:? ?|[\r\n]+$/g, ''))
  const text = data.join('\n')
  const filtered = filterText(text, ids, keep)
  if (filtered === text) return lines.join('')
  const end = /[\r\n]*$/.exec(lines.find(isData) ?? '')?.[0] || '\n'
  return `${lines.filter((line) => !isData(line)).join('')}data: ${filtered}${end}`
}

function filterText(text: string, ids: ListIds, keep: KeepTools): string {
  let message: unknown
  try {
    message = JSON.parse(text)
  } catch {
    return text
  }
  const filtered = filterAnswer(message, ids, keep)
  // What has nothing to hide stays as it was written; of the rest, each number.
  return filtered === message ? text : JSON.stringify(filterAnswer(parseExact(text), ids, keep))
}

/** Filters the results for `ids` in a message or batch, parsed, exactly or not; the same value where there is none. */
export function filterAnswer(answer: unknown, ids: ListIds, keep: KeepTools): unknown {
  const messages: readonly unknown[] = Array.isArray(answer) ? answer : [answer]
  const filtered = messages.map((one) => filterMessage(one, ids, keep))
  if (filtered.every((one, i) => one === messages[i])) return answer
  return Array.isArray(answer) ? filtered : filtered[0]
}

function filterMessage(message: unknown, ids: ListIds, keep: KeepTools): unknown {
  if (!isObject(message) || !isObject(message.result)) return message
  if (ids !== 'every' && !ids.has(roundedValue(message.id))) return message
  const { tools, cacheScope } = message.result
  if (!Array.isArray(tools)) return message
  // RS31: what depends on the token is nobody else's to keep.
  const scope = cacheScope === undefined ? {} : { cacheScope: 'private' }
  // A tool without a name can be called by nobody.
  return { ...message, result: { ...message.result, tools: keep(tools.filter(isNamed)), ...scope } }
}

function isNamed(tool: unknown): tool is NamedTool {
  return isObject(tool) && typeof tool.name === 'string'
}
