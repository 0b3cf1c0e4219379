import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createPublicKey, verify } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { cleanEnvironment, type Doorward, ROOT, startDoorward } from './doorward.ts'
import type { ReplayClient } from './replay/client.ts'
import { chatgpt } from './replay/clients/chatgpt.ts'
import { claudeAi } from './replay/clients/claude-ai.ts'
import { CLIENTS } from './replay/clients/index.ts'
import { publishDocument } from './replay/document-listener.ts'
import { register } from './replay/register.ts'
import { type Report, replay } from './replay/replay.ts'
import { wireOf } from './replay/wire.ts'

let door: Doorward
before(async () => {
  door = await startDoorward(['dev'])
})
after(() => door?.stop())

/** What of each client is peculiar, and the quirks that its walk proves. */
const PROMISES: Readonly<Record<string, string>> = {
  'claude-ai':
    'comes back forgotten, registers twice as a confidential client and asks for every scope [q04, q08, q09, q10]',
  'claude-ai-leading-space': 'asks for one scope with a space before it, and for consent [q28]',
  'claude-ai-own-scope': 'asks for a scope that nobody knows [q03, q28]',
  'claude-code': 'registers a new port each time and refreshes from five processes at once [q08, q32]',
  chatgpt: 'goes by the exact issuer and finds its resource verbatim in the audience [q21, q25]',
  codex: 'asks for no scope and wants its answer at a path made for this server [q03, q33, q35]',
  vscode: 'registers four redirect URIs as one and comes from a fifth port [q01]',
  'copilot-cli': 'registers no scope and refreshes from two processes at once [q03, q32]',
  cursor: 'registers three kinds of redirect URI as one and wants its answer at its own scheme [q01, q02]',
  'gemini-cli': 'registers an empty scope, then asks for every scope and repeats it at the refresh [q03]',
  'gemini-enterprise': 'needs a secret and names no resource [q05, q25]',
  antigravity: 'cuts the slash from an origin and keeps a path as it is [q25]',
  'm365-copilot': 'cannot do without a secret, presented in the form [q05]',
  'copilot-studio': 'cannot do without a secret, presented as HTTP Basic [q05]',
  zed: 'registers without refresh_token and refreshes all the same [q07]',
  goose: 'compares iss with the issuer [q21]',
  opencode: 'registers at every login and names 127.0.0.1 in query and body [q08, q37]',
  'mcp-inspector': 'lives in a browser and reads the OpenID document strictly [q20, q23]',
  'mcp-remote': 'looks ahead as a program before it opens a browser [q09]',
  'ts-sdk': 'sends its resource through a URL parser and adds offline_access with prompt=consent [q25, q28]',
  'python-sdk': 'leaves the way of authentication to the server and compares issuer and token type [q05, q21, q35]',
  librechat: 'prefers HTTP Basic and asks for every scope [q05]',
  'open-webui': 'asks for the scope that its registration was answered with [q03]',
  n8n: 'asks for no scope and gets a refresh token all the same [q03, q33]',
  grok: 'has a slash at the end of its redirect URI',
  perplexity: 'asks for no scope and gets a refresh token all the same [q03, q33]',
  mistral: 'asks for no scope and gets a refresh token all the same [q03, q33]',
  devin: 'asks for no scope and gets a refresh token all the same [q03, q33]',
  warp: 'names no resource and wants its answer at its own scheme [q02, q25]',
  'warp-with-server-id': 'adds a query to its redirect URI, and is told both strings [q29]',
  kiro: 'needs scopes in the resource metadata and encodes nothing [q24, q37]',
}

test('every client has its promise', () => {
  assert.deepEqual(CLIENTS.map(({ name }) => name).sort(), Object.keys(PROMISES).sort())
})

for (const client of CLIENTS) {
  test(`${client.name} ${PROMISES[client.name]}`, async () => {
    // What is promised is of the registration that every server offers; documents have a test of their own below.
    const here = { mcp: door.mcp, issuer: door.issuer, person: door.operator, dynamically: true }
    const report = await replay(client, here)
    const expected = client.stopped === undefined ? 'ok' : 'stopped'
    assert.equal(report.outcome, expected, JSON.stringify(report.steps, undefined, 2))
    assert.deepEqual(report.notes, [])
  })
}

for (const client of CLIENTS.filter(({ registration }) => registration.kind === 'metadata-document')) {
  test(`${client.name} comes with its metadata document, or registers where the server takes none`, async () => {
    const metadata = await fetch(`${door.issuer}/.well-known/oauth-authorization-server`)
    const { client_id_metadata_document_supported: takes } = (await metadata.json()) as Record<string, unknown>
    const report = await replay(client, { mcp: door.mcp, issuer: door.issuer, person: door.operator })
    assert.equal(report.outcome, 'ok', JSON.stringify(report.steps, undefined, 2))
    const { said = '' } = report.steps.find(({ name }) => name === 'register') ?? {}
    assert.match(said, takes === true ? /^document https:/ : /^dynamic; the server takes no metadata documents/)
  })
}

test('the command walks a client through a server that is already there', async () => {
  const { email, password } = door.operator
  const args = ['--issuer', door.issuer, '--email', email, '--password', password, '--as', 'zed', '--json']
  // As in a shell, and not while this process stands still: it is the one that reads what the server says.
  const child = spawn(process.execPath, [join(ROOT, 'conformance/replay/main.ts'), ...args], {
    env: cleanEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'close')
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)])
  const [status, signal] = (await ended) as [number | null, NodeJS.Signals | null]
  assert.ok(status === 0, `it ended with ${status ?? signal}, and said '${err}' and '${out}'`)
  const { reports } = JSON.parse(out) as { reports: readonly Report[] }
  assert.deepEqual(
    reports.map(({ outcome }) => outcome),
    ['ok'],
  )
})

/** A server that answers every path with what a case says, and is right otherwise. */
async function faultyServer(faults: Readonly<Record<string, readonly [number, object]>>) {
  const server = createServer((request, response) => {
    const { url = '' } = request
    const answers: Readonly<Record<string, readonly [number, object]>> = {
      '/mcp': [401, {}],
      '/.well-known/oauth-protected-resource/mcp': [
        200,
        { resource: `${origin}/mcp`, authorization_servers: [origin], scopes_supported: ['read'] },
      ],
      '/.well-known/oauth-authorization-server': [
        200,
        {
          issuer: origin,
          authorization_endpoint: `${origin}/authorize`,
          token_endpoint: `${origin}/token`,
          registration_endpoint: `${origin}/register`,
          code_challenge_methods_supported: ['S256'],
        },
      ],
      '/register': [201, { client_id: 'c', redirect_uris: ['http://localhost:8787/callback'] }],
      ...faults,
    }
    const [status, body] = answers[url] ?? [404, {}]
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  server.listen(0, 'localhost')
  await once(server, 'listening')
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`
  return { mcp: `${origin}/mcp`, close: () => void server.close().closeAllConnections() }
}

const RESOURCE = '/.well-known/oauth-protected-resource/mcp'
const NOWHERE = { authorization_servers: ['nowhere'] }
const FAULTS: readonly [string, string, string, RegExp, Readonly<Record<string, readonly [number, object]>>][] = [
  ['an open MCP server', 'zed', 'discover', /does not ask for a token: HTTP 200/, { '/mcp': [200, {}] }],
  ['resource metadata that fails', 'zed', 'discover', /HTTP 503: down/, { [RESOURCE]: [503, { error: 'down' }] }],
  ['a server without CORS', 'mcp-inspector', 'discover', /CORS keeps .* from a client in a browser/, {}],
  ['resource metadata without an authority', 'zed', 'discover', /no authorization server/, { [RESOURCE]: [200, {}] }],
  ['an authority that is no URL', 'zed', 'discover', /cannot be read: Invalid URL/, { [RESOURCE]: [200, NOWHERE] }],
  ['a look ahead that fails', 'mcp-remote', 'authorize', /before a browser opens: HTTP 404/, {}],
  ['a lost redirect URI', 'cursor', 'register', /lost cursor:.*registration-keeps-every-redirect/, {}],
  ['a registration without a secret', 'm365-copilot', 'register', /registration-has-secret/, {}],
  [
    'a refused registration',
    'zed',
    'register',
    /refused: HTTP 400: invalid_redirect_uri: No such host/,
    { '/register': [400, { error: 'invalid_redirect_uri', error_description: 'No such host' }] },
  ],
  ['no authorization page', 'zed', 'authorize', /HTTP 404/, {}],
]

for (const [fault, name, step, reason, answers] of FAULTS) {
  test(`${fault} is told as what stops ${name}`, async () => {
    const server = await faultyServer(answers)
    const client = CLIENTS.find((candidate) => candidate.name === name) as ReplayClient
    const { outcome, steps } = await replay(client, { mcp: server.mcp, person: door.operator })
    server.close()
    assert.equal(outcome, 'failed')
    const failed = steps.find((candidate) => candidate.outcome === 'failed')
    assert.equal(failed?.name, step, failed?.said ?? 'nothing failed')
    assert.match(failed?.said ?? '', reason)
  })
}

test('what a client gets through without is noted and fails nothing', async () => {
  const server = await faultyServer({})
  const notes = await Promise.all(
    CLIENTS.filter(({ name }) => ['mcp-remote', 'open-webui'].includes(name)).map(async (client) => {
      const report = await replay(client, { mcp: server.mcp, person: door.operator })
      assert.equal(report.steps.find(({ outcome }) => outcome === 'failed')?.name, 'authorize')
      return report.notes
    }),
  )
  server.close()
  assert.match(String(notes[0]), /forgotten client is not told so before a browser opens \(HTTP 404\)/)
  assert.match(String(notes[1]), /registration-has-scope/)
})

test('a document is published under its new id, with a key that signs for it', async () => {
  const published = await publishDocument({ client_id: 'https://x.example/c', client_name: 'X', jwks_uri: 'https://x' })
  const answer = await fetch(published.url)
  const document = (await answer.json()) as Record<string, string>
  assert.equal(answer.headers.get('content-type'), 'application/json')
  assert.deepEqual([document.client_id, document.client_name, published.visits()], [published.url, 'X', 1])
  const { keys } = (await (await fetch(document.jwks_uri ?? '')).json()) as { keys: [Record<string, string>] }
  assert.equal(keys[0].d, undefined, 'the private half stays here')
  const [header = '', claims = '', signature = ''] = published.assertion('https://as.example').split('.')
  const key = createPublicKey({ key: keys[0], format: 'jwk' })
  assert.ok(
    verify('RSA-SHA256', Buffer.from(`${header}.${claims}`), key, new Uint8Array(Buffer.from(signature, 'base64url'))),
  )
  const { iss, aud } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<string, string>
  assert.deepEqual([iss, aud], [published.url, 'https://as.example'])
  assert.equal((await fetch(new URL('/other', published.url))).status, 404)
  published.close()
})

const METHODS: readonly [ReplayClient, readonly string[], string, string][] = [
  [chatgpt, ['none', 'private_key_jwt'], 'http://localhost:1', 'private_key_jwt'],
  [chatgpt, ['none'], 'http://localhost:1', 'none'],
  // Nobody else has the vendor's key, so away from this computer the public way is all that can be shown.
  [chatgpt, ['none', 'private_key_jwt'], 'https://as.example', 'none'],
  [claudeAi, ['none'], 'https://as.example', 'none'],
]

for (const [client, methods, issuer, method] of METHODS) {
  test(`${client.name} comes with its document and ${method} where ${issuer} has ${methods}`, async () => {
    const server = {
      issuer,
      token_endpoint: `${door.issuer}/token`,
      client_id_metadata_document_supported: true,
      token_endpoint_auth_methods_supported: methods,
      authorization_response_iss_parameter_supported: true,
    }
    const found = {
      mcp: `${issuer}/mcp`,
      challenge: { resourceMetadata: undefined, scope: undefined },
      resource: {},
      server,
    }
    const registered = await register(client, wireOf(client), found, undefined)
    registered.document?.close()
    assert.equal(registered.method, method)
    const { registration } = client
    const expected = registered.document?.url ?? (registration.kind === 'metadata-document' ? registration.url : '')
    assert.deepEqual([registered.clientId, new URL(issuer).protocol], [expected, new URL(expected).protocol])
  })
}
