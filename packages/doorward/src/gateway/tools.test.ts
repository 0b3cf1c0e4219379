import assert from 'node:assert/strict'
import { createSecretKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { signAccessToken } from '@doorward/core/token/access-token'
import { protectResource } from '@doorward/resource'
import { gateway } from './gateway.ts'

const ISSUER = 'https://as.example'
const MCP = 'https://door.example/mcp'
const NOW = 1_800_000_000
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })

const TOOLS = {
  list: ['tools:read'],
  search: ['tools:read', 'web'],
  add: ['tools:write'],
  wipe: ['tools:destructive'],
}
const LISTED = ['list', 'search', 'add', 'wipe', 'forgotten'].map((name) => ({ name, inputSchema: { type: 'object' } }))

/** A gateway before a server behind that answers with `respond`. */
function door(respond: (request: Request) => Response | Promise<Response>, hideTools = true) {
  const guard = protectResource({
    resource: MCP,
    authorizationServers: [ISSUER],
    scopes: {
      'tools:read': 'Read',
      'tools:write': { description: 'Write', includes: ['tools:read'] },
      'tools:destructive': { description: 'Delete', includes: ['tools:write'] },
      web: 'Search the web',
    },
    firstScopes: ['tools:read'],
    tools: TOOLS,
    keys: () => async () => publicKey,
    now: () => NOW,
  })
  const enter = gateway({
    guard,
    upstream: async (request) => respond(request),
    standing: () => 'live',
    sessionKey: createSecretKey(randomBytes(32)),
    audit: () => undefined,
    now: () => NOW,
    hideTools,
  })
  return (scope: string, message: unknown) => {
    const claims = {
      iss: ISSUER,
      sub: 'ada',
      aud: MCP,
      client_id: 'c',
      iat: NOW,
      exp: NOW + 300,
      jti: 'j',
      grant_id: 'g',
    }
    const token = signAccessToken({ kid: 'k', alg: 'ES256', privateKey }, { ...claims, scope })
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const init = message === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(message) }
    return enter(new Request(MCP, init), { correlation: 'TOOLSTOOLS', network: '198.51.100.0/24' })
  }
}

const call = (name: string, id = 1) => ({ jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: {} } })
const LIST = { jsonrpc: '2.0', id: 7, method: 'tools/list' }
const answer = {
  jsonrpc: '2.0',
  id: 7,
  result: { tools: LISTED, nextCursor: 'page 2', cacheScope: 'public', ttlMs: 5 },
}

// RS20: everything that the message needs, in one challenge. Q36: with what is held, for clients that forget the one for the other.
const CHALLENGED: readonly [string, string, unknown, string[]][] = [
  ['a call beyond the token', 'tools:read', call('add'), ['tools:write', 'tools:read']],
  ['a call that needs two scopes', 'tools:write', call('search'), ['tools:read', 'web', 'tools:write']],
  ['a call with a token for nothing', '', call('search'), ['tools:read', 'web']],
  [
    'a batch of 2025-03-26 with several calls',
    'tools:read',
    [call('list'), call('search', 2), { ...LIST, id: 3 }, call('wipe', 4)],
    ['tools:read', 'web', 'tools:destructive'],
  ],
  [
    'a batch with one call too many',
    'tools:write',
    [call('add'), call('search', 2)],
    ['tools:write', 'tools:read', 'web'],
  ],
  [
    'a tool that nobody listed',
    'tools:destructive',
    call('forgotten'),
    ['tools:read', 'web', 'tools:write', 'tools:destructive'],
  ],
  ['a token with scopes from elsewhere', 'mail offline_access tools:read', call('add'), ['tools:write', 'tools:read']],
]
for (const [title, held, message, scopes] of CHALLENGED) {
  test(`one challenge names all that is needed and what is held: ${title} [mcp-2026-07-28-rs20, mcp-2026-07-28-rs21, mcp-2025-11-25-step-up, q36]`, async () => {
    let reached = false
    const ask = door(() => {
      reached = true
      return Response.json({})
    })
    const response = await ask(held, message)
    assert.equal(response.status, 403)
    const challenge = response.headers.get('www-authenticate') ?? ''
    assert.match(challenge, /^Bearer error="insufficient_scope"/)
    assert.deepEqual(new Set(/scope="([^"]*)"/.exec(challenge)?.[1]?.split(' ')), new Set(scopes))
    assert.equal(reached, false)
  })
}

const SEEN: readonly [string, string[]][] = [
  ['', []],
  ['tools:read', ['list']],
  ['tools:read web', ['list', 'search']],
  ['tools:write', ['list', 'add']],
  ['tools:destructive', ['list', 'add', 'wipe']],
  ['tools:destructive web', ['list', 'search', 'add', 'wipe', 'forgotten']],
]
const SHAPES: readonly [string, (message: unknown) => Response, (response: Response) => Promise<unknown>][] = [
  ['JSON', (message) => Response.json(message), (response) => response.json()],
  [
    'an event stream',
    (message) =>
      new Response(`event: message\ndata: ${JSON.stringify(message)}\n\n`, {
        headers: { 'content-type': 'text/event-stream' },
      }),
    async (response) => JSON.parse(/^data: (.*)$/m.exec(await response.text())?.[1] ?? '') as unknown,
  ],
]
for (const [shape, write, read] of SHAPES) {
  test(`in ${shape} a token sees the tools that it may call and no others; cursors and the rest stay [doorward-hidden-tools, mcp-2026-07-28-rs31]`, async () => {
    const ask = door(() => write(answer))
    for (const [scope, names] of SEEN) {
      const { result } = (await read(await ask(scope, LIST))) as { result: { tools: { name: string }[] } }
      assert.deepEqual(
        result,
        {
          tools: LISTED.filter(({ name }) => names.includes(name)),
          nextCursor: 'page 2',
          cacheScope: 'private',
          ttlMs: 5,
        },
        scope,
      )
    }
  })
}

test('a list that is replayed on a resumed stream is filtered too, and news of a changed list comes through [doorward-hidden-tools]', async () => {
  const changed = 'data: {"jsonrpc":"2.0","method":"notifications/tools/list_changed"}\n\n'
  const ask = door(
    () =>
      new Response(`${changed}id: 4\ndata: ${JSON.stringify(answer)}\n\n`, {
        headers: { 'content-type': 'text/event-stream' },
      }),
  )
  const text = await (await ask('tools:read', undefined)).text()
  assert.ok(text.startsWith(changed))
  assert.ok(text.includes('"list"') && !text.includes('wipe'))
})

test('of the tools that stay every number is as the server behind wrote it [doorward-hidden-tools]', async () => {
  const list = (more: string) =>
    `{"jsonrpc":"2.0","id":7,"result":{"tools":[{"name":"list","inputSchema":{"maximum":9007199254740993,"minimum":1.0}}${more}]}}`
  const headers = { 'content-type': 'application/json' }
  const response = await door(() => new Response(list(',{"name":"wipe"}'), { headers }))('tools:read', LIST)
  const text = await response.text()
  assert.deepEqual([text, response.headers.get('content-length')], [list(''), String(text.length)])
})

test('an answer to anything else passes as it was written, and where nothing is hidden every list does', async () => {
  const written = '{"jsonrpc": "2.0", "id": 7, "result": {"tools": [ {"name": "wipe"} ]}}'
  const respond = () => new Response(written, { headers: { 'content-type': 'application/json' } })
  assert.equal(await (await door(respond)('tools:read', call('list', 7))).text(), written)
  assert.equal(await (await door(respond, false)('tools:read', LIST)).text(), written)
  assert.equal((await door(respond, false)('tools:read', call('wipe'))).status, 403)
})
