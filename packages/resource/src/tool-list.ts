import { isObject } from './tools.ts'

interface NamedTool {
  readonly name: string
}

/** Which of the tools in a `tools/list` result may be seen. */
export type KeepTools = (tools: readonly NamedTool[]) => NamedTool[]

/** The ids of the `tools/list` requests in a message or batch. */
export function toolListIds(message: unknown): Set<unknown> {
  const messages: readonly unknown[] = Array.isArray(message) ? message : [message]
  return new Set(messages.filter(isObject).flatMap(({ method, id }) => (method === 'tools/list' ? [id] : [])))
}

/** Filters the results for `ids` in a response, JSON or event stream. Everything else passes as it came. */
export async function filterToolList(
  response: Response,
  ids: ReadonlySet<unknown>,
  keep: KeepTools,
): Promise<Response> {
  if (ids.size === 0 || response.body === null) return response
  const type = response.headers.get('content-type') ?? ''
  const headers = new Headers(response.headers)
  headers.delete('content-length')
  const init = { status: response.status, statusText: response.statusText, headers }
  if (/^application\/json\b/i.test(type)) return new Response(filterText(await response.text(), ids, keep), init)
  if (!/^text\/event-stream\b/i.test(type)) return response
  const events = response.body.pipeThrough(new TextDecoderStream()).pipeThrough(eventFilter(ids, keep))
  return new Response(events.pipeThrough(new TextEncoderStream()), init)
}

/** Passes whole events of a stream (WHATWG HTML §9.2), their data filtered. */
function eventFilter(ids: ReadonlySet<unknown>, keep: KeepTools): TransformStream<string, string> {
  let rest = ''
  return new TransformStream({
    transform: (chunk, controller) => {
      const events = (rest + chunk).split(/(?<=\r\n\r\n|\n\n)/)
      rest = /\n\r?\n$/.test(events.at(-1) ?? '') ? '' : (events.pop() ?? '')
      for (const event of events) controller.enqueue(filterEvent(event, ids, keep))
    },
    flush: (controller) => {
      if (rest !== '') controller.enqueue(filterEvent(rest, ids, keep))
    },
  })
}

function filterEvent(event: string, ids: ReadonlySet<unknown>, keep: KeepTools): string {
  const lines = event.split(/\r?\n/)
  const data = lines.filter((line) => line.startsWith('data:')).map((line) => line.slice(5).replace(/^ /, ''))
  const filtered = filterText(data.join('\n'), ids, keep)
  if (filtered === data.join('\n')) return event
  const others = lines.filter((line) => !line.startsWith('data:') && line !== '')
  return `${[...others, `data: ${filtered}`].join('\n')}\n\n`
}

function filterText(text: string, ids: ReadonlySet<unknown>, keep: KeepTools): string {
  try {
    const message: unknown = JSON.parse(text)
    const filtered = Array.isArray(message)
      ? message.map((one) => filterMessage(one, ids, keep))
      : filterMessage(message, ids, keep)
    return JSON.stringify(filtered)
  } catch {
    return text
  }
}

function filterMessage(message: unknown, ids: ReadonlySet<unknown>, keep: KeepTools): unknown {
  if (!isObject(message) || !ids.has(message.id) || !isObject(message.result)) return message
  const { tools, cacheScope } = message.result
  if (!Array.isArray(tools) || !tools.every(isNamed)) return message
  // RS31: what depends on the token is nobody else's to keep.
  const scope = cacheScope === undefined ? {} : { cacheScope: 'private' }
  return { ...message, result: { ...message.result, tools: keep(tools), ...scope } }
}

function isNamed(tool: unknown): tool is NamedTool {
  return isObject(tool) && typeof tool.name === 'string'
}
