import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type ClientHttp2Session, connect, createServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { notesGuard } from '../testing/notes-guard.ts'
import { protect } from './express.ts'
import type { NodeRequest } from './node.ts'

const { guard, token } = await notesGuard()
const admit = protect(guard)
const server = createServer((request, response) => {
  // The compatibility API of Node is what a server of HTTP/1.1 is given, but for its types.
  const like = request as unknown as NodeRequest
  admit(like, response as never, async (error) => {
    let bytes = 0
    for await (const chunk of request) bytes += (chunk as Buffer).length
    response.end(error === undefined ? `${bytes} bytes` : String(error))
  })
}).listen(0, '127.0.0.1')
await once(server, 'listening')
const session: ClientHttp2Session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
after(() => {
  session.destroy()
  server.close()
})

const call = JSON.stringify({ method: 'tools/call', params: { name: 'add_note' } })
const long = JSON.stringify({ method: 'ping', filler: 'x'.repeat(1_000_000) })
const messages: [string, string | undefined, string, number, RegExp][] = [
  ['a call that its token allows', call, 'notes:write', 200, new RegExp(`^${call.length} bytes$`)],
  ['a call that its token does not allow', call, 'notes:read', 403, /missing_scope/],
  ['a long message', long, 'notes:read', 200, new RegExp(`^${long.length} bytes$`)],
  ['an empty body', '', 'notes:read', 200, /^0 bytes$/],
  ['no body', undefined, 'notes:read', 200, /^0 bytes$/],
]
for (const [name, body, scope, status, answer] of messages) {
  test(`over HTTP/2 ${name} is judged, and the handler finds all of it [mcp-2026-07-28-rs18]`, {
    timeout: 20_000,
  }, async () => {
    const authorization = `Bearer ${await token(scope)}`
    const sent = session.request(
      { ':path': '/mcp', ':method': 'POST', authorization },
      { endStream: body === undefined },
    )
    if (body !== undefined) sent.end(body)
    const [headers] = await once(sent, 'response')
    let text = ''
    for await (const chunk of sent.setEncoding('utf8')) text += chunk
    assert.equal(headers[':status'], status)
    assert.match(text, answer)
  })
}
