import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { createLocalJWKSet } from 'jose'
import { protectFetch } from './adapters/fetch.ts'
import { protectResource, type ResourceOptions } from './resource.ts'
import { makeKey, NOW, RESOURCE, signToken } from './testing/issuer.ts'

const ISSUER = 'https://login.example'
const key = await makeKey('now')
const OPTIONS: ResourceOptions = {
  resource: RESOURCE,
  authorizationServers: [ISSUER],
  scopes: {
    'notes:read': 'Read notes',
    'notes:write': { description: 'Change notes', includes: ['notes:read'] },
    'notes:share': 'Share notes',
  },
  requiredScopes: ['notes:read'],
  tools: { add_note: ['notes:write'], share_note: ['notes:write', 'notes:share'] },
  keys: () => createLocalJWKSet({ keys: [key.jwk] }),
  now: () => NOW,
}
const guard = protectResource(OPTIONS)
const METADATA = 'https://notes.example/.well-known/oauth-protected-resource/mcp'

const call = (name: string) => JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name } })

async function request(
  scope: string | undefined,
  body?: BodyInit,
  headers: Record<string, string> = {},
): Promise<Request> {
  const authorization: Record<string, string> =
    scope === undefined ? {} : { authorization: `Bearer ${await token(scope)}` }
  const init = body === undefined ? {} : { method: 'POST', body, duplex: 'half' }
  return new Request(RESOURCE, { ...init, headers: { ...authorization, ...headers } })
}

const token = (scope: string) => signToken(key, ISSUER, { claims: { scope } })

/** Runs the whole corridor: 200 with the body that the handler could still read, or the answer of the guard. */
const handle = protectFetch(guard, async (arrived, { subject }) => new Response(`${subject}: ${await arrived.text()}`))

const ways: [string, string | undefined, string | undefined, number, string | undefined][] = [
  ['no token [oauth21-5.3.1-challenge, rfc6750-3-challenge]', undefined, call('add_note'), 401, undefined],
  ['a token for the tool', 'notes:write', call('add_note'), 200, undefined],
  ['a token for every request, no tool', 'notes:read', undefined, 200, undefined],
  ['a tool without scopes of its own', 'notes:read', call('ping'), 200, undefined],
  ['a body that is not JSON: the handler says so', 'notes:read', 'not json', 200, undefined],
  ['no scope at all', '', undefined, 403, 'notes:read'],
  ['a tool beyond the token', 'notes:read', call('add_note'), 403, 'notes:read notes:write'],
  ['a tool that needs more still', 'notes:read', call('share_note'), 403, 'notes:read notes:write notes:share'],
  [
    'a batch with one call too many',
    'notes:write',
    `[${call('add_note')},${call('share_note')}]`,
    403,
    'notes:read notes:write notes:share',
  ],
  [
    'what is held already, to keep it',
    'notes:share notes:read',
    call('add_note'),
    403,
    'notes:read notes:write notes:share',
  ],
  ['what is held from elsewhere, not to spread it', 'mail notes:read', call('add_note'), 403, 'notes:read notes:write'],
]

for (const [name, scope, body, status, asked] of ways) {
  test(`answers ${status} to ${name}`, async () => {
    const response = await handle(await request(scope, body))
    assert.equal(response.status, status)
    const challenge = response.headers.get('www-authenticate')
    if (status === 200) assert.equal(await response.text(), `ada: ${body ?? ''}`)
    if (status === 401) assert.equal(challenge, `Bearer scope="notes:read", resource_metadata="${METADATA}"`)
    if (status === 403) {
      assert.match(challenge ?? '', /^Bearer error="insufficient_scope"/)
      assert.ok(challenge?.includes(`scope="${asked}", resource_metadata="${METADATA}"`), challenge ?? '')
    }
  })
}

test('a tool call does not hide in a body that the handler may read otherwise', async () => {
  const utf16 = Buffer.from(call('add_note'), 'utf16le')
  const hidden: [BodyInit, Record<string, string>, number][] = [
    [gzipSync(call('add_note')), { 'content-encoding': 'gzip' }, 415],
    [utf16, { 'content-type': 'application/json; charset=utf-16le' }, 415],
    [call('add_note'), { 'content-type': 'text/plain' }, 403],
    [call('add_note'), { 'content-type': 'application/json; charset="UTF-8"' }, 403],
    [call('add_note'), { 'content-type': 'application/json; x=";charset=utf-8"; charset=utf-7' }, 415],
    [call('add_note'), { 'content-encoding': 'identity' }, 403],
    [`\ufeff${call('add_note')}`, {}, 403],
  ]
  for (const [body, headers, status] of hidden) {
    assert.equal((await handle(await request('notes:read', body, headers))).status, status, JSON.stringify(headers))
  }
})

test('reads at most 4 MiB of a body, and nothing of a stranger', async () => {
  let pulled = 0
  const endless = () =>
    new ReadableStream<Uint8Array>({
      pull: (controller) => {
        pulled++
        controller.enqueue(new Uint8Array(1_048_576))
      },
    })
  assert.equal((await handle(await request(undefined, endless()))).status, 401)
  assert.ok(pulled <= 1)
  assert.equal((await handle(await request('notes:read', endless()))).status, 413)
  assert.ok(pulled < 10)
})

test('takes no token from the query [oauth21-5.1-no-query]', async () => {
  const address = `${RESOURCE}?access_token=${await token('notes:read')}`
  const response = await handle(new Request(address))
  assert.equal(response.status, 401)
  assert.doesNotMatch(response.headers.get('www-authenticate') ?? '', /error/)
})

test('takes no two tokens, and none but that of the header where another comes with it [rfc6750-2-one-method]', async () => {
  const less = await request('notes:read', call('add_note'))
  const twice = new Request(`${less.url}?access_token=${await token('notes:write')}`, less)
  assert.equal((await handle(twice)).status, 403)
  const arrived = await request('notes:read')
  arrived.headers.append('authorization', `Bearer ${await token('notes:write')}`)
  assert.equal((await handle(arrived)).status, 400)
})

test('serves its metadata, and says that nothing else is well known here', async () => {
  assert.equal((await handle(new Request(METADATA))).status, 200)
  const other = await handle(new Request('https://notes.example/.well-known/oauth-authorization-server'))
  assert.equal(other.status, 404)
})

test('answers a preflight from any origin, and only a preflight', async () => {
  const ask = (headers: Record<string, string>) => handle(new Request(RESOURCE, { method: 'OPTIONS', headers }))
  const preflight = await ask({
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization, mcp-param-tenant_id, x-evil',
  })
  assert.equal(preflight.status, 204)
  assert.equal(preflight.headers.get('access-control-allow-origin'), '*')
  assert.match(
    preflight.headers.get('access-control-allow-headers') ?? '',
    /Authorization.*, DPoP, mcp-param-tenant_id$/,
  )
  assert.equal((await ask({})).status, 401)
})

test('a browser of another origin may send a proof, and read the nonce for the next [rfc9449-9]', async () => {
  const preflight = await handle(
    new Request(RESOURCE, {
      method: 'OPTIONS',
      headers: { 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization, dpop' },
    }),
  )
  const names = (answer: Response, header: string) => (answer.headers.get(header) ?? '').split(', ')
  assert.ok(names(preflight, 'access-control-allow-headers').includes('DPoP'))
  const refused = await handle(new Request(RESOURCE))
  assert.equal(refused.status, 401)
  for (const answer of [refused, await handle(await request('notes:read'))])
    assert.ok(names(answer, 'access-control-expose-headers').includes('DPoP-Nonce'))
})

test('lets a browser read what it was let in to, unless the handler decides otherwise', async () => {
  const open = await handle(await request('notes:read'))
  assert.equal(open.headers.get('access-control-allow-origin'), '*')
  const ownOrigin = new Response('', { headers: { 'access-control-allow-origin': 'https://a.example' } })
  const own = protectFetch(guard, () => ownOrigin)
  assert.equal((await own(await request('notes:read'))).headers.get('access-control-allow-origin'), 'https://a.example')
})

test('says first what a newcomer needs, and everything only where nothing is required', async () => {
  const first = async (options: Partial<ResourceOptions>) => {
    const answer = await protectResource({ ...OPTIONS, ...options }).admit(new Request(RESOURCE))
    return 'status' in answer ? answer.headers.get('www-authenticate') : null
  }
  assert.match((await first({})) ?? '', /scope="notes:read"/)
  assert.match((await first({ requiredScopes: [] })) ?? '', /scope="notes:read notes:write notes:share"/)
})

test('adds the required scopes to those of a call', () => {
  assert.deepEqual(guard.neededFor(JSON.parse(call('share_note'))), ['notes:read', 'notes:write', 'notes:share'])
  assert.deepEqual(guard.neededFor({ method: 'initialize' }), ['notes:read'])
})

test('judges the message that it is given, where the body was read before', async () => {
  const arrived = await request('notes:read', call('add_note'))
  const message: unknown = await arrived.json()
  await assert.rejects(guard.check(arrived, message), { status: 403 })
  await assert.rejects(guard.check(arrived), { name: 'TypeError' })
})

test('hides the tools of others where that is wanted', async () => {
  const tools = ['ping', 'add_note', 'share_note'].map((name) => ({ name }))
  const list = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' })
  const serve = (hideTools: boolean) =>
    protectFetch(guard, () => Response.json({ jsonrpc: '2.0', id: 1, result: { tools } }), { hideTools })
  const names = async (hideTools: boolean, scope: string) => {
    const response = await serve(hideTools)(await request(scope, list))
    const { result } = (await response.json()) as { result: { tools: { name: string }[] } }
    return result.tools.map(({ name }) => name)
  }
  assert.deepEqual(await names(true, 'notes:read'), ['ping'])
  assert.deepEqual(await names(true, 'notes:write'), ['ping', 'add_note'])
  assert.deepEqual(await names(false, 'notes:read'), ['ping', 'add_note', 'share_note'])
})

test('hides tools in an answer that was parsed already, and hands back the very value where there are none', async () => {
  const access = await guard.check(await request('notes:read', list()), JSON.parse(list()))
  const answer = { jsonrpc: '2.0', id: 1, result: { tools: ['ping', 'add_note'].map((name) => ({ name })) } }
  const seen = guard.hideToolsIn([answer], JSON.parse(list()), access)
  assert.deepEqual(seen, [{ ...answer, result: { tools: [{ name: 'ping' }] } }])
  for (const [other, message] of [
    [{ ...answer, id: 2 }, JSON.parse(list())],
    [answer, JSON.parse(call('ping'))],
    [{ ...answer, result: { text: 'no list' } }, JSON.parse(list())],
  ])
    assert.equal(guard.hideToolsIn(other, message, access), other)
})

function list(): string {
  return JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' })
}
