import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, test } from 'node:test'
import { type Doorward, startDoorward, startEverything } from './doorward.ts'
import { decide } from './person.ts'

// A client of MCP 2025-03-26 knows no resource metadata and no resource parameter: the origin of the server is its issuer.
const REVISION = '2025-03-26'
const REDIRECT = 'http://localhost:4300/callback'
const VERIFIER = 'o'.repeat(64)

let everything: Awaited<ReturnType<typeof startEverything>>
let door: Doorward
before(async () => {
  everything = await startEverything()
  door = await startDoorward(['protect', everything.url])
})
after(async () => {
  await door?.stop()
  await everything?.stop()
})

async function oldToken(): Promise<string> {
  const origin = new URL(door.mcp).origin
  const metadata = await fetch(`${origin}/.well-known/oauth-authorization-server`, {
    headers: { 'mcp-protocol-version': REVISION },
  })
  assert.equal(((await metadata.json()) as { issuer: string }).issuer, origin)
  // Its fall-back addresses, used without looking at the metadata.
  const registered = await fetch(`${origin}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ redirect_uris: [REDIRECT], token_endpoint_auth_method: 'none' }),
  })
  const { client_id } = (await registered.json()) as { client_id: string }
  const code_challenge = createHash('sha256').update(VERIFIER).digest('base64url')
  const query = {
    response_type: 'code',
    client_id,
    redirect_uri: REDIRECT,
    code_challenge,
    code_challenge_method: 'S256',
  }
  const { code } = await decide(`${origin}/authorize?${new URLSearchParams(query)}`, door.operator)
  const form = {
    grant_type: 'authorization_code',
    client_id,
    code: code ?? '',
    code_verifier: VERIFIER,
    redirect_uri: REDIRECT,
  }
  const answer = await fetch(`${origin}/token`, { method: 'POST', body: new URLSearchParams(form) })
  return ((await answer.json()) as { access_token: string }).access_token
}

test('a client of 2025-03-26 finds the door from the origin alone, keeps a session, resumes its stream and ends it [q19, q25]', async () => {
  const authorization = `Bearer ${await oldToken()}`
  const accept = 'application/json, text/event-stream'
  const post = (body: object, headers: Record<string, string> = {}) =>
    fetch(door.mcp, {
      method: 'POST',
      headers: { authorization, accept, 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ jsonrpc: '2.0', ...body }),
    })

  const opened = await post({
    id: 1,
    method: 'initialize',
    params: { protocolVersion: REVISION, capabilities: {}, clientInfo: { name: 'old', version: '1' } },
  })
  assert.equal(opened.status, 200)
  assert.match(await opened.text(), new RegExp(`"protocolVersion":"${REVISION}"`))
  const session = { 'mcp-session-id': opened.headers.get('mcp-session-id') ?? '' }
  assert.ok(session['mcp-session-id'])
  assert.equal((await post({ method: 'notifications/initialized' }, session)).status, 202)

  const called = await post(
    { id: 2, method: 'tools/call', params: { name: 'echo', arguments: { message: 'old friend' } } },
    session,
  )
  assert.match(called.headers.get('content-type') ?? '', /text\/event-stream/)
  const events = await called.text()
  assert.match(events, /Echo: old friend/)

  const id = /^id: (.+)$/m.exec(events)?.[1] ?? ''
  assert.ok(id, 'the server behind numbers its events')
  const leaving = new AbortController()
  const resumed = await fetch(door.mcp, {
    headers: { authorization, accept: 'text/event-stream', 'last-event-id': id, ...session },
    signal: leaving.signal,
  })
  assert.equal(resumed.status, 200)
  assert.match(resumed.headers.get('content-type') ?? '', /text\/event-stream/)
  leaving.abort()

  const ended = await fetch(door.mcp, { method: 'DELETE', headers: { authorization, ...session } })
  assert.equal(ended.status, 200)
  const late = await post({ id: 3, method: 'tools/list' }, session)
  assert.ok([400, 404].includes(late.status), `the session is over, not ${late.status}`)
})
