import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deflateSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { filterToolList, LONGEST_LIST, toolListIds } from './tool-list.ts'
import { callableTools, scopesOfCalls, scopesOfUnnamed } from './tools.ts'

const TOOLS = { read_note: ['notes:read'], add_note: ['notes:read', 'notes:write'], wipe: ['admin'] }
const call = (name: unknown, id = 1) => ({ jsonrpc: '2.0', id, method: 'tools/call', params: { name } })

const needed: [string, unknown, string[]][] = [
  ['a call', call('add_note'), ['notes:read', 'notes:write']],
  ['a call of a tool without scopes', call('ping'), []],
  [
    'a batch, each scope once',
    [call('read_note'), call('wipe'), call('add_note')],
    ['notes:read', 'admin', 'notes:write'],
  ],
  ['another method', { method: 'tools/list' }, []],
  ['a name from the prototype', call('constructor'), []],
  ['a name that is a list: everything', call(['wipe']), ['notes:read', 'notes:write', 'admin']],
  ['no name: everything', { method: 'tools/call' }, ['notes:read', 'notes:write', 'admin']],
  [
    'params that are a list: everything',
    { method: 'tools/call', params: ['x'] },
    ['notes:read', 'notes:write', 'admin'],
  ],
  ['nothing', undefined, []],
  ['null', null, []],
  ['a string', 'tools/call', []],
]

for (const [name, message, scopes] of needed) {
  test(`knows the scopes of ${name}`, () => assert.deepEqual(scopesOfCalls(message, TOOLS), scopes))
}

test('a tool that was forgotten is not open: it needs what is said of all others, what everything needs, or all there is', () => {
  assert.deepEqual(scopesOfUnnamed(TOOLS, []), ['notes:read', 'notes:write', 'admin'])
  assert.deepEqual(scopesOfUnnamed(TOOLS, ['notes:read']), [])
  assert.deepEqual(scopesOfUnnamed({ ...TOOLS, '*': ['notes:read'] }, []), ['notes:read'])
  assert.deepEqual(scopesOfCalls(call('ping'), TOOLS, ['admin']), ['admin'])
  assert.deepEqual(scopesOfCalls(call('*'), { '*': [] }, ['admin']), ['admin'], 'nobody calls the star itself')
})

test('never throws at a message, and misses no call in a batch', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), fc.nat(), (others, at) => {
      const batch: unknown[] = [...others]
      batch.splice(at % (batch.length + 1), 0, call('wipe'))
      assert.ok(scopesOfCalls(batch, TOOLS).includes('admin'))
    }),
  )
})

test('shows the tools that a token may call, contained scopes considered', () => {
  const offered = [...Object.keys(TOOLS), 'ping'].map((name) => ({ name }))
  const names = (granted: string[], hierarchy = {}) =>
    callableTools(offered, granted, TOOLS, hierarchy).map(({ name }) => name)
  assert.deepEqual(names([]), ['ping'])
  assert.deepEqual(names(['notes:read']), ['read_note', 'ping'])
  assert.deepEqual(names(['notes:write']), ['ping'])
  assert.deepEqual(names(['notes:write'], { 'notes:write': ['notes:read'] }), ['read_note', 'add_note', 'ping'])
})

const result = (id: number) => ({
  jsonrpc: '2.0',
  id,
  result: { tools: [{ name: 'a' }, { name: 'b' }], cacheScope: 'public' },
})
const keepA = (tools: readonly { name: string }[]) => tools.filter(({ name }) => name === 'a')
const filtered = { jsonrpc: '2.0', id: 1, result: { tools: [{ name: 'a' }], cacheScope: 'private' } }

test('finds the lists that a message asks for', () => {
  assert.deepEqual(toolListIds({ id: 7, method: 'tools/list' }), new Set([7]))
  assert.deepEqual(toolListIds([{ id: 'x', method: 'tools/list' }, { id: 2, method: 'ping' }, null]), new Set(['x']))
})

test('of the tools that stay every number is as the server wrote it, and so is the id of the answer', async () => {
  const schema = '{"type":"integer","minimum":1.0,"maximum":9007199254740993,"multipleOf":0.10}'
  const list = (tools: string) => `{"jsonrpc":"2.0","id":9007199254740993,"result":{"tools":[${tools}]}}`
  const written = list(`{"name":"a","inputSchema":${schema}},{"name":"b"}`)
  const ids = toolListIds(JSON.parse('{"id":9007199254740993,"method":"tools/list"}'))
  const response = new Response(written, { headers: { 'content-type': 'application/json' } })
  assert.equal(await filterToolList(response, ids, keepA).text(), list(`{"name":"a","inputSchema":${schema}}`))
})

test('filters a list in JSON and makes it private (RS31) [mcp-2026-07-28-rs31]', async () => {
  const response = Response.json(result(1), { headers: { 'content-length': '999', 'mcp-session-id': 's' } })
  const answer = filterToolList(response, new Set([1]), keepA)
  assert.deepEqual(await answer.json(), filtered)
  assert.equal(answer.headers.get('mcp-session-id'), 's')
  assert.equal(answer.headers.get('content-length'), null)
})

function streamOf(chunks: readonly Uint8Array[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start: (controller) => {
      for (const chunk of chunks) controller.enqueue(chunk)
      controller.close()
    },
  })
}

test('filters a list in an event stream, however it is cut, and touches no other event', async () => {
  const before = 'id: 0\nevent: message\ndata: {"jsonrpc":"2.0","method":"notifications/progress"}\n\n: alive\n\n'
  const event = `id: 1\r\nevent: message\r\ndata: ${JSON.stringify(result(1))}\r\n\r\n`
  const after = `data: ${JSON.stringify(result(2))}\n\n`
  const bytes = new TextEncoder().encode(before + event + after)
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 40 }), async (size) => {
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
        bytes.slice(i * size, (i + 1) * size),
      )
      const response = new Response(streamOf(chunks), { headers: { 'content-type': 'text/event-stream' } })
      const text = await filterToolList(response, new Set([1]), keepA).text()
      assert.equal(text, `${before}id: 1\r\nevent: message\r\ndata: ${JSON.stringify(filtered)}\r\n\r\n${after}`)
    }),
  )
})

test('a compressed list is filtered, too, and one that cannot be read is a mistake that says so [doorward-hidden-tools]', async () => {
  const coded = (body: BodyInit, coding: string) =>
    new Response(body, { headers: { 'content-type': 'application/json', 'content-encoding': coding } })
  for (const [coding, compress] of [
    ['gzip', gzipSync],
    ['Deflate', deflateSync],
  ] as const) {
    const answer = filterToolList(coded(compress(JSON.stringify(result(1))), coding), new Set([1]), keepA)
    assert.deepEqual(await answer.json(), filtered)
    assert.equal(answer.headers.get('content-encoding'), null)
  }
  assert.throws(() => filterToolList(coded('x', 'br'), new Set([1]), keepA), /compress after the guard/)
  const other = coded('x', 'br')
  assert.equal(filterToolList(other, new Set(), keepA), other)
})

test('passes what it was not asked to filter as it came', async () => {
  const response = Response.json(result(1))
  assert.equal(filterToolList(response, new Set(), keepA), response)
  const error = Response.json({ id: 1, error: { code: -32_601 } })
  assert.deepEqual(await filterToolList(error, new Set([1]), keepA).json(), { id: 1, error: { code: -32_601 } })
})

const HIDDEN: readonly [string, string][] = [
  ['lines that end in a carriage return', `data: ${JSON.stringify(result(1))}\r\r`],
  ['data on several lines', `data: ${JSON.stringify(result(1), null, 1).replaceAll('\n', '\ndata: ')}\n\n`],
  ['data without a space', `data:${JSON.stringify(result(1))}\n\n`],
  ['a last event that is not ended', `data: ${JSON.stringify(result(1))}`],
]
for (const [title, stream] of HIDDEN) {
  test(`no tool shows through ${title} [doorward-hidden-tools]`, async () => {
    const response = new Response(stream, { headers: { 'content-type': 'text/event-stream' } })
    const text = await filterToolList(response, new Set([1]), keepA).text()
    assert.ok(text.includes(JSON.stringify(filtered)) && !text.includes('"b"'), text)
  })
}

test('on a stream that answers no message in particular each list is filtered, and nothing else [doorward-hidden-tools]', async () => {
  const changed = 'data: {"jsonrpc": "2.0", "method": "notifications/tools/list_changed"}\n\n'
  const other = 'data: {"jsonrpc":"2.0","id":4,"result":{"content":[],"tools":3}}\n\n'
  const stream = `${changed}data: ${JSON.stringify(result(3))}\n\n${other}`
  const response = new Response(stream, { headers: { 'content-type': 'text/event-stream' } })
  const text = await filterToolList(response, toolListIds(undefined), keepA).text()
  assert.equal(text, `${changed}data: ${JSON.stringify({ ...filtered, id: 3 })}\n\n${other}`)
})

test('a long line in small pieces is read once, and not once for each piece', { timeout: 60_000 }, async () => {
  const [head, tail] = ['data: {"id":1,"result":{"tools":[],"x":"', '"}}\r\n\r\n']
  let left = 8192
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(Buffer.from(head)),
    pull: async (controller) => {
      await new Promise(setImmediate)
      controller.enqueue(left > 0 ? Buffer.alloc(512, 'a') : Buffer.from(tail))
      if (left-- === 0) controller.close()
    },
  })
  const response = new Response(body, { headers: { 'content-type': 'text/event-stream' } })
  const text = await filterToolList(response, 'every', keepA).text()
  assert.equal(text.length, head.length + 8192 * 512 + tail.length)
})

test('cursors stay, a tool without a name shows nothing of the others, and a comment passes before its event is whole', async () => {
  const page = { id: 1, result: { tools: [{ name: 'a' }, {}, { name: 'b' }], nextCursor: 'c2' } }
  const answer = filterToolList(Response.json(page), new Set([1]), keepA)
  assert.deepEqual(await answer.json(), { id: 1, result: { tools: [{ name: 'a' }], nextCursor: 'c2' } })
  const alive = new TransformStream<Uint8Array>()
  const response = new Response(alive.readable, { headers: { 'content-type': 'text/event-stream' } })
  const reader = filterToolList(response, new Set([1]), keepA).body?.getReader()
  void alive.writable.getWriter().write(new TextEncoder().encode(': alive\n'))
  assert.equal(new TextDecoder().decode((await reader?.read())?.value), ': alive\n')
})

for (const type of ['application/json', 'text/event-stream']) {
  test(`a list without end in ${type} is cut off, and not held in memory`, async () => {
    let pulled = 0
    const chunk = new TextEncoder().encode('data: '.padEnd(1_048_576, 'x'))
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        pulled++
        controller.enqueue(chunk)
      },
    })
    const response = new Response(endless, { headers: { 'content-type': type } })
    await assert.rejects(filterToolList(response, new Set([1]), keepA).text(), RangeError)
    assert.ok(pulled < LONGEST_LIST / chunk.length + 20)
  })
}
