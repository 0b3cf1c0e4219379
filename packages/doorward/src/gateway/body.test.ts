import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { bearer, closeServers, door, errorOf, ok, upstream } from './testing/door.ts'

afterEach(closeServers)

test('where tools have scopes, a missing one is named [mcp-2026-07-28-rs17, mcp-2026-07-28-rs18]', async () => {
  const { ask } = door(await upstream(ok), { tools: { send: ['mail:send'] } })
  const call = (name: unknown) => JSON.stringify([{ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name } }])
  for (const body of [call('send'), call(['send'])]) {
    const refused = await ask({ body })
    assert.equal(refused.status, 403)
    assert.match(refused.headers.get('www-authenticate') ?? '', /error="insufficient_scope".*scope="mail:send mcp"/)
  }
  assert.equal((await ask({ body: call('forgotten') })).status, 403, 'a tool that nobody listed is not open')
  assert.equal((await ask({ body: call('forgotten'), token: bearer({ scope: 'mail:send' }) })).status, 200)
  assert.equal((await ask({ body: call('send'), token: bearer({ scope: 'mail:send' }) })).status, 200)
})

const TRICKS: readonly (readonly [string, string | Uint8Array<ArrayBuffer>, Record<string, string>, string])[] = [
  ['another charset', '{"method":"ping"}', { 'content-type': 'application/json; charset=utf-7' }, 'wrong_content_type'],
  [
    'a charset behind a decoy',
    '{"method":"ping"}',
    { 'content-type': 'application/json; x=";charset=utf-8"; charset=utf-7' },
    'wrong_content_type',
  ],
  ['a compressed body', '{"method":"ping"}', { 'content-encoding': 'gzip' }, 'encoded_body'],
  ['a member twice', '{"method":"ping","method":"tools/call","params":{"name":"send"}}', {}, 'json_ambiguous'],
  ['a member twice, once in escapes', '{"method":"ping","\\u006dethod":"tools/call"}', {}, 'json_ambiguous'],
  [
    'a member in other letters',
    '{"method":"ping","Method":"tools/call","params":{"name":"send"}}',
    {},
    'json_ambiguous',
  ],
  ['a name in other letters', '{"method":"tools/call","params":{"name":"other","Name":"send"}}', {}, 'json_ambiguous'],
  ['the same in a batch', '[{"method":"ping"},{"method":"ping","METHOD":"tools/call"}]', {}, 'json_ambiguous'],
  [
    'a member with a letter that is another one in capitals',
    '{"method":"tools/call","params":{"name":"other"},"param\u017f":{"name":"send"}}',
    {},
    'json_ambiguous',
  ],
  ['broken JSON', '{', {}, 'json_malformed'],
  ['nothing at all', '', {}, 'json_malformed'],
  ['a text without an end to its nesting', '['.repeat(1500), {}, 'json_too_deep'],
  ['JSON without a bottom', `${'['.repeat(900)}${']'.repeat(900)}`, {}, 'json_too_deep'],
  [
    'a byte that is no UTF-8',
    new Uint8Array([...Buffer.from('{"method":"ping","id":"'), 0xff, ...Buffer.from('"}')]),
    {},
    'json_malformed',
  ],
  ['an overlong spelling', new Uint8Array([...Buffer.from('{"a":"'), 0xc0, 0xaf, 0x22, 0x7d]), {}, 'json_malformed'],
  ['a byte order mark', '\ufeff{"method":"ping"}', {}, 'json_malformed'],
]
const DOORS: readonly (readonly [string, Parameters<typeof door>[1]])[] = [
  ['where tools have scopes', { tools: { send: ['mail:send'], other: [] } }],
  ['where one scope opens the whole server', {}],
]
for (const [where, changes] of DOORS) {
  for (const [title, body, headers, reason] of TRICKS) {
    test(`${where}, ${title} cannot carry a call past the door that the server behind would read [doorward-one-reading]`, async () => {
      let reached = false
      const { ask, events } = door(
        await upstream((request, response) => {
          reached = true
          ok(request, response)
        }),
        changes,
      )
      const response = await ask({ body, headers })
      assert.equal(response.status, reason.startsWith('json_') ? 400 : 415)
      assert.ok((await errorOf(response)).error.message.endsWith(` [${reason}] (ref GATEWAY000)`))
      assert.deepEqual([events.at(-1)?.type, events.at(-1)?.reason], ['access.refused', reason])
      assert.equal(reached, false)
    })
  }

  test(`${where}, a good message reaches the server behind byte for byte`, async () => {
    let read = ''
    const { ask } = door(
      await upstream((request, response) => {
        request.setEncoding('utf8').on('data', (text: string) => {
          read += text
        })
        request.on('end', () => ok(request, response))
      }),
      changes,
    )
    const written = '{ "jsonrpc":"2.0",\n "id": 7, "method": "ping", "params": {"ü": 1e400} }'
    assert.equal((await ask({ body: written })).status, 200)
    assert.equal(read, written)
  })
}
