import assert from 'node:assert/strict'
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import express, { type Express, type Request, type Response } from 'express'
import type { Refusal } from '../refusal.ts'
import { listen, RESOURCE } from '../testing/issuer.ts'
import { notesGuard } from '../testing/notes-guard.ts'
import { type GuardedRequest, protect, serveMetadata } from './express.ts'

const { guard, token } = await notesGuard()
const call = (name: string, filler = '') => JSON.stringify({ method: 'tools/call', params: { name, filler } })

/** Says what of the body the handler can still see, by parser or by stream. */
async function echo(request: Request, response: Response): Promise<void> {
  const { auth } = request as GuardedRequest
  if (request.body !== undefined) {
    response.json({ client: auth?.clientId, body: JSON.stringify(request.body) })
    return
  }
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  response.json({ client: auth?.clientId, body: Buffer.concat(chunks).toString() })
}

const arrangements: [string, (app: Express) => void][] = [
  ['no body parser', (app) => app.use(protect(guard)).all('/mcp', echo)],
  ['a body parser before', (app) => app.use(express.json({ limit: '9mb' }), protect(guard)).all('/mcp', echo)],
  ['a body parser after', (app) => app.use(protect(guard), express.json({ limit: '9mb' })).all('/mcp', echo)],
  [
    'a text parser before',
    (app) => app.use(express.text({ type: '*/*', limit: '9mb' }), protect(guard)).all('/mcp', echo),
  ],
  [
    'a raw parser before',
    (app) => app.use(express.raw({ type: '*/*', limit: '9mb' }), protect(guard)).all('/mcp', echo),
  ],
  ['a mount on its path', (app) => app.use(serveMetadata(guard)).use('/mcp', protect(guard), echo)],
]

for (const [name, arrange] of arrangements) {
  test(`guards an Express application with ${name}`, async (context) => {
    const app = express()
    arrange(app)
    const { origin, close } = await listen(app)
    context.after(close)
    const post = async (scope: string | undefined, body: string, headers: Record<string, string> = {}) =>
      fetch(`${origin}/mcp`, {
        method: 'POST',
        body,
        headers: {
          'content-type': 'application/json',
          ...(scope === undefined ? {} : { authorization: `Bearer ${await token(scope)}` }),
          ...headers,
        },
      })

    assert.equal((await post(undefined, call('ping'))).status, 401)
    assert.equal((await post('notes:read', call('add_note'))).status, 403)
    for (const filler of ['', 'x'.repeat(300_000), 'ü'.repeat(1_000_000)]) {
      const response = await post('notes:write', call('add_note', filler))
      assert.equal(response.status, 200, `${filler.length}`)
      const seen = (await response.json()) as { client: string; body: unknown }
      assert.equal(seen.client, 'editor')
      if (typeof seen.body === 'string' && seen.body.startsWith('{"method')) assert.ok(seen.body.length > filler.length)
    }
    const read = await fetch(`${origin}/mcp`, { headers: { authorization: `Bearer ${await token('notes:read')}` } })
    assert.equal(read.status, 200)
    assert.equal(read.headers.get('access-control-allow-origin'), '*')
    const metadata = await fetch(`${origin}/.well-known/oauth-protected-resource/mcp`)
    assert.equal(((await metadata.json()) as { resource: string }).resource, RESOURCE)
  })
}

test('puts a body back as it was, sent in pieces', async (context) => {
  const { origin, close } = await listen(express().use(protect(guard)).all('/mcp', echo))
  context.after(close)
  const message = call('add_note', 'ü'.repeat(5_000))
  const bytes = new TextEncoder().encode(message)
  const pieces = new ReadableStream<Uint8Array>({
    start: async (controller) => {
      for (let at = 0; at < bytes.length; at += 999) {
        controller.enqueue(bytes.slice(at, at + 999))
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
      controller.close()
    },
  })
  const init = {
    method: 'POST',
    body: pieces,
    duplex: 'half',
    headers: { authorization: `Bearer ${await token('notes:write')}` },
  }
  const response = await fetch(`${origin}/mcp`, init)
  assert.equal(((await response.json()) as { body: string }).body, message)
})

test('lets no call hide behind a parser that passes it over, a compression or a length', async (context) => {
  const careless = express().use((request, _, next) => {
    request.body = {} // As body-parser 1 leaves it for a type that is not its own.
    next()
  })
  const { origin, close } = await listen(careless.use(protect(guard)).all('/mcp', echo))
  context.after(close)
  const hidden: [string, BodyInit, Record<string, string>, number][] = [
    ['another type', call('add_note'), { 'content-type': 'text/plain' }, 403],
    ['gzip', gzipSync(call('add_note')), { 'content-encoding': 'gzip' }, 415],
    ['UTF-16', Buffer.from(call('add_note'), 'utf16le'), { 'content-type': 'application/json;charset=utf-16le' }, 415],
    ['5 MiB', call('add_note', 'x'.repeat(5_242_880)), {}, 413],
  ]
  for (const [name, body, headers, status] of hidden) {
    const authorization = `Bearer ${await token('notes:read')}`
    const response = await fetch(`${origin}/mcp`, { method: 'POST', body, headers: { authorization, ...headers } })
    assert.equal(response.status, status, name)
  }
})

test('sees both of two Authorization headers, of which Node shows one', async (context) => {
  const { origin, close } = await listen(express().use(protect(guard)).all('/mcp', echo))
  context.after(close)
  const [first, second] = [await token('notes:read'), await token('notes:write')]
  const status = await new Promise((resolve, reject) => {
    const sent = httpRequest(`${origin}/mcp`, (response) => resolve(response.resume().statusCode))
    sent.setHeader('authorization', [`Bearer ${first}`, `Bearer ${second}`])
    sent.on('error', reject).end()
  })
  assert.equal(status, 400)
})

test('hands a mistake of the server on to Express, and not a request', async (context) => {
  const swallowed = express().use((request, _, next) => {
    request.resume().on('end', next)
  })
  const failed: unknown[] = []
  swallowed.use(protect(guard)).use((error: unknown, _: Request, response: Response, __: () => void) => {
    failed.push(error)
    response.status(500).end()
  })
  const { origin, close } = await listen(swallowed)
  context.after(close)
  const headers = { authorization: `Bearer ${await token('notes:write')}` }
  assert.equal((await fetch(`${origin}/mcp`, { method: 'POST', body: call('add_note'), headers })).status, 500)
  assert.ok(failed[0] instanceof TypeError)
})

test('what cannot be judged is let in nowhere, also where the handler looks for no error [mcp-2026-07-28-rs1]', async (context) => {
  const heard: Refusal[] = []
  const own = await notesGuard({ onRefusal: (refusal) => void heard.push(refusal) })
  let calls = 0
  const { origin, close } = await listen((request: IncomingMessage, response: ServerResponse) => {
    // Read by somebody else, and not left where the guard could see it.
    request.resume().once('end', () =>
      protect(own.guard)(request, response, () => {
        calls++
        response.end('in')
      }),
    )
  })
  context.after(close)
  const answer = await fetch(`${origin}/mcp`, {
    method: 'POST',
    body: call('add_note'),
    headers: { 'content-type': 'application/json', authorization: `Bearer ${await own.token('notes:write')}` },
  })
  assert.deepEqual([answer.status, calls], [500, 0])
  assert.match(await answer.text(), /could not be judged\. \[guard_failed\]/)
  assert.match(String(heard[0]?.cause), /The body was read before the guard could/)
})
