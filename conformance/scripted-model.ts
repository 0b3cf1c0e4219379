import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * Stands in for the model behind a coding agent: asks for one tool call, then says a word. It speaks only as much of the
 * Messages API as Claude Code reads. The agent is real, and so is everything between it and the door.
 */
export async function scriptedModel(
  tool: string,
  input: Record<string, unknown>,
): Promise<{ url: string; close: () => void }> {
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request.setEncoding('utf8')) body += chunk
    if (!/^\/v1\/messages(\?|$)/.test(request.url ?? '')) {
      response.writeHead(404).end('{}')
      return
    }
    const { messages } = JSON.parse(body) as { messages: readonly unknown[] }
    // The result of the tool comes back in the last message; then the script is over.
    if (JSON.stringify(messages.at(-1)).includes('"tool_result"')) {
      say(response, 'end_turn', { type: 'text', text: '' }, { type: 'text_delta', text: 'Done.' })
    } else {
      const call = { type: 'tool_use', id: 'toolu_1', name: tool, input: {} }
      say(response, 'tool_use', call, { type: 'input_json_delta', partial_json: JSON.stringify(input) })
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => void server.close().closeAllConnections(),
  }
}

function say(response: ServerResponse, why: string, block: object, delta: object): void {
  response.setHeader('content-type', 'text/event-stream')
  const event = (type: string, more: object) =>
    response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`)
  const usage = { input_tokens: 1, output_tokens: 1 }
  const message = { id: 'msg_1', type: 'message', role: 'assistant', model: 'scripted', content: [], usage }
  event('message_start', { message: { ...message, stop_reason: null, stop_sequence: null } })
  event('content_block_start', { index: 0, content_block: block })
  event('content_block_delta', { index: 0, delta })
  event('content_block_stop', { index: 0 })
  event('message_delta', { delta: { stop_reason: why, stop_sequence: null }, usage })
  event('message_stop', {})
  response.end()
}
