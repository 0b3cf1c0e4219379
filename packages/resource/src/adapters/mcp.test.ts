import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InsufficientScopeError, InvalidTokenError, ServerError } from '@modelcontextprotocol/sdk/server/auth/errors.js'
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import { createLocalJWKSet } from 'jose'
import { protectResource, Refusal } from '../resource.ts'
import { makeKey, NOW, RESOURCE, signToken } from '../testing/issuer.ts'
import { protectMcp } from './mcp.ts'
import { tokenVerifier } from './mcp-v1.ts'

const ISSUER = 'https://login.example'
const key = await makeKey('now')
const OPTIONS = {
  resource: RESOURCE,
  authorizationServers: [ISSUER],
  requiredScopes: ['notes:read'],
  tools: { add_note: ['notes:write'] },
  keys: () => createLocalJWKSet({ keys: [key.jwk] }),
  now: () => NOW,
}
const guard = protectResource(OPTIONS)
const token = (scope: string, iss = ISSUER) => signToken(key, iss, { claims: { scope, grant_id: 'g1' } })

const handler = createMcpHandler(() => {
  const server = new McpServer({ name: 'notes', version: '1.0.0' })
  server.registerTool('whoami', {}, ({ http }) => ({
    content: [{ type: 'text', text: JSON.stringify(http?.authInfo) }],
  }))
  server.registerTool('add_note', {}, () => ({ content: [] }))
  return server
})

/** Sends one message as a client of the 2025 revisions does, and reads the answer from its event stream. */
async function send(
  to: typeof handler,
  scope: string,
  method: string,
  params: object = {},
  more?: object,
): Promise<string> {
  const request = new Request(RESOURCE, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${await token(scope)}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  })
  return (await to.fetch(request, more)).text()
}

test('tells a tool who calls, and takes that from nobody else', async () => {
  const impostor = { authInfo: { token: 'x', clientId: 'impostor', scopes: ['admin'] } }
  const answer = await send(protectMcp(guard, handler), 'notes:read', 'tools/call', { name: 'whoami' }, impostor)
  assert.match(answer, /\\"clientId\\":\\"editor\\"/)
  assert.match(answer, /\\"resource\\":\\"https:\/\/notes.example\/mcp\\"/)
  assert.match(answer, /\\"subject\\":\\"ada\\".*\\"grantId\\":\\"g1\\"/)
  assert.doesNotMatch(answer, /impostor|admin/)
})

const bodies: [string, RequestInit][] = [
  ['no body', {}],
  ['a body that says something else', { body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' }) }],
]
for (const [name, init] of bodies) {
  test(`judges the message that the handler acts on, where a parsed one comes beside ${name} [mcp-2026-07-28-rs18]`, async () => {
    const guarded = protectMcp(guard, handler)
    const parsedBody = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'add_note', arguments: {} } }
    const post = async (scope: string) => {
      const authorization = `Bearer ${await token(scope)}`
      const accept = 'application/json, text/event-stream'
      const headers = { authorization, accept, 'content-type': 'application/json' }
      return await guarded.fetch(new Request(RESOURCE, { method: 'POST', headers, ...init }), { parsedBody })
    }
    const refused = await post('notes:read')
    assert.equal(refused.status, 403)
    assert.match(refused.headers.get('www-authenticate') ?? '', /notes:write/)
    assert.equal((await post('notes:read notes:write')).status, 200)
  })
}

test('a body that was read already is judged, and its tools are hidden, by what was parsed of it [doorward-hidden-tools]', async () => {
  const guarded = protectMcp(guard, handler, { hideTools: true })
  const parsedBody = { jsonrpc: '2.0', id: 1, method: 'tools/list' }
  const headers = {
    authorization: `Bearer ${await token('notes:read')}`,
    accept: 'application/json, text/event-stream',
    'content-type': 'application/json',
  }
  const request = new Request(RESOURCE, { method: 'POST', headers, body: JSON.stringify(parsedBody) })
  await request.text()
  const text = await (await guarded.fetch(request, { parsedBody })).text()
  assert.ok(text.includes('whoami') && !text.includes('add_note'), text)
})

test('keeps everything else that a handler can do', () => {
  const guarded = protectMcp(guard, handler)
  assert.equal(guarded.close, handler.close)
  assert.equal(guarded.notify, handler.notify)
})

test('hides the tools of others in a real list, where that is wanted', async () => {
  const list = async (hideTools: boolean, scope: string) =>
    (await send(protectMcp(guard, handler, { hideTools }), scope, 'tools/list')).includes('add_note')
  assert.equal(await list(true, 'notes:read'), false)
  assert.equal(await list(true, 'notes:read notes:write'), true)
  assert.equal(await list(false, 'notes:read'), true)
})

test('verifies tokens for the middleware of SDK v1, in its own words', async () => {
  const verifier = tokenVerifier(guard)
  const info = await verifier.verifyAccessToken(await token('notes:read'))
  assert.deepEqual([info.clientId, info.scopes, info.expiresAt], ['editor', ['notes:read'], NOW + 300])
  assert.equal(info.resource.href, RESOURCE)
  await assert.rejects(verifier.verifyAccessToken('garbage'), InvalidTokenError)
  await assert.rejects(verifier.verifyAccessToken('two words'), InvalidTokenError)
  await assert.rejects(
    verifier.verifyAccessToken(await token('notes:read', 'https://other.example')),
    InvalidTokenError,
  )
  await assert.rejects(verifier.verifyAccessToken(await token('')), InsufficientScopeError)
  const away = protectResource({
    ...OPTIONS,
    keys: () => () => Promise.reject(new Refusal(503, 'temporarily_unavailable', 'Later.', 'issuer_unreachable')),
  })
  await assert.rejects(tokenVerifier(away).verifyAccessToken(await token('notes:read')), ServerError)
})
