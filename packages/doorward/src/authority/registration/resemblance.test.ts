import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StoredClient } from '../../store/store.ts'
import { resembled, skeleton } from './resemblance.ts'
import { isSharedHost } from './shared-hosts.ts'

type Case = Pick<StoredClient, 'id' | 'assurance' | 'metadata'>
const claims = (name: string, ...uris: string[]): Case => ({
  id: 'dwc_1',
  assurance: 'claimed',
  metadata: { client_name: name, redirect_uris: uris },
})
const EVIL = 'https://evil.example/cb'

const IMPOSTORS: readonly (readonly [string, string])[] = [
  ['Claude', 'Claude'],
  ['claude code', 'Claude'],
  ['Claude (official)', 'Claude'],
  ['Сlaude', 'Claude'], // Cyrillic Es
  ['Cl\u0430ude', 'Claude'], // Cyrillic a
  ['C1aude', 'Claude'],
  ['CIaude', 'Claude'], // capital i
  ['Clau\u200bde', 'Claude'], // zero width space
  ['\u202eedualC\u202c Claude', 'Claude'],
  ['Clâüdé', 'Claude'],
  ['Cloude', 'Claude'],
  ['Claudee', 'Claude'],
  ['ＣｌａｕｄＥ', 'Claude'],
  ['AnthropicMCP', 'Claude'],
  ['ChatGPT Connector', 'ChatGPT and Codex'],
  ['Visual Studio Code', 'Visual Studio Code'],
  ['VS Code', 'Visual Studio Code'],
  ['Сursоr', 'Cursor'],
  ['Gernini CLI', 'Gemini'], // rn for m
  ['G3mini CLI', 'Gemini'],
  ['MCP Inspector', 'MCP Inspector'],
]
for (const [name, known] of IMPOSTORS) {
  test(`‘${name}’ from elsewhere is told to look like ${known} [doorward-impersonation]`, () => {
    assert.equal(resembled(claims(name, EVIL))?.name, known)
  })
}

const HONEST: readonly (readonly [string, Case])[] = [
  ['a name of its own', claims('Acme Notes', EVIL)],
  ['a name with a short word inside another', claims('Organized Thoughts', EVIL)],
  ['Claude at its own redirect', claims('Claude', 'https://claude.ai/api/mcp/auth_callback')],
  ['Claude Code on this computer', claims('Claude Code', 'http://localhost:4567/callback')],
  [
    'VS Code at its four redirects',
    claims(
      'Visual Studio Code',
      'https://insiders.vscode.dev/redirect',
      'https://vscode.dev/redirect',
      'http://127.0.0.1/',
      'http://127.0.0.1:33418/',
    ),
  ],
  [
    'Cursor at its three',
    claims(
      'Cursor',
      'cursor://anysphere.cursor-mcp/oauth/callback',
      'https://www.cursor.com/agents/mcp/oauth/callback',
      'http://localhost:8787/callback',
    ),
  ],
  ['Gemini on this computer', claims('Gemini CLI MCP Client', 'http://localhost:7777/oauth/callback')],
  [
    'its maker’s domain',
    {
      id: 'https://claude.ai/oauth/x',
      assurance: 'domain',
      metadata: { client_name: 'Claude', redirect_uris: [EVIL] },
    },
  ],
  [
    'a domain below it',
    { id: 'https://code.claude.ai/x', assurance: 'domain', metadata: { client_name: 'Claude', redirect_uris: [EVIL] } },
  ],
  [
    'what an operator calls so',
    { id: 'x', assurance: 'operator', metadata: { client_name: 'Claude', redirect_uris: [EVIL] } },
  ],
  ['no name', claims(undefined as unknown as string, EVIL)],
]
for (const [title, judged] of HONEST) {
  test(`no warning for ${title} [doorward-impersonation]`, () => assert.equal(resembled(judged), undefined))
}

const withLogo = (logo_uri: string, id = 'https://evil.example/client.json'): Case => ({
  id,
  assurance: 'domain',
  metadata: { client_name: 'Notes', redirect_uris: [EVIL], logo_uri },
})
test('a logo that lies at a maker’s domain is told as such, whatever the name is [doorward-impersonation]', () => {
  for (const uri of ['https://claude.ai/logo.png', 'https://cdn.claude.ai/a.svg']) {
    assert.deepEqual(resembled(withLogo(uri)), { name: 'Claude', by: 'logo' })
  }
  for (const uri of ['https://evil.example/claude.ai/logo.png', 'https://github.com/acme/notes/raw/main/l.png', 'x']) {
    assert.equal(resembled(withLogo(uri)), undefined, uri)
  }
  assert.equal(resembled(withLogo('https://claude.ai/logo.png', 'https://claude.ai/oauth/x')), undefined)
})

test('one redirect among good ones that leads elsewhere is enough for a warning, and so is a domain that only looks alike', () => {
  assert.ok(resembled(claims('Claude', 'https://claude.ai/api/mcp/auth_callback', EVIL)))
  const id = 'https://claude.ai.evil.example/x'
  assert.ok(resembled({ id, assurance: 'domain', metadata: { client_name: 'Claude', redirect_uris: [EVIL] } }))
})

test('to the eye all of these are one', () => {
  assert.equal(new Set(['Claude', 'ⅽlaude', 'СLАUDЕ', 'C|aude', 'c\u200bl\u0301aude'].map(skeleton)).size, 1)
})

test('places where anybody can put a file are known, names below them included [q18]', () => {
  for (const host of [
    'raw.githubusercontent.com',
    'x.s3.eu-west-1.amazonaws.com',
    'cdn.jsdelivr.net',
    'webhook.site',
  ]) {
    assert.equal(isSharedHost(host), true, host)
  }
  for (const host of ['claude.ai', 'github.com', 'notamazonaws.com', 'vscode.dev'])
    assert.equal(isSharedHost(host), false, host)
})
