import assert from 'node:assert/strict'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import type { Doorward } from './doorward.ts'
import { wordsFor } from './pasted.ts'
import {
  agree,
  count,
  type Desk,
  editJson,
  forget,
  hears,
  installed,
  LIMIT_MILLISECONDS,
  readJson,
  setUp,
  VERSIONS,
  within,
} from './real-clients.ts'
import { scriptedModel } from './scripted-model.ts'

const CODEX = `Codex ${VERSIONS['@openai/codex']}`
const CLAUDE_CODE = `Claude Code ${VERSIONS['@anthropic-ai/claude-code']}`
const GEMINI_CLI = `Gemini CLI ${VERSIONS['@google/gemini-cli']}`

/** Runs a command of a client that asks the person to sign in, and sees it end well. */
async function signIn(door: Doorward, desk: Desk, script: string, ...args: string[]): Promise<string> {
  const started = desk.start(process.execPath, [script, ...args])
  const { asked, callback } = await agree(door, await desk.opened())
  assert.equal(asked.get('resource'), door.mcp)
  assert.equal(callback.iss, door.issuer)
  assert.equal(await within(LIMIT_MILLISECONDS, started.said, started.ended), 0, started.said())
  return started.said()
}

interface CodexTokens {
  client_id: string
  expires_at: number
}

// Left to itself it comes with its metadata document at chatgpt.com, which a machine without that address cannot fetch.
const REGISTERING = ['--oauth-client-registration', 'dcr']

function codexKeeps(desk: Desk): string {
  return join(desk.home, '.codex/.credentials.json')
}

function expireForCodex(desk: Desk): void {
  editJson<Record<string, CodexTokens>>(codexKeeps(desk), (servers) => {
    for (const server of Object.values(servers)) server.expires_at = 1
  })
}

type Answer = Record<string, unknown>

/** Codex as an editor runs it, over stdio: it connects to its MCP servers itself, and needs no account for that. */
function codexServer(desk: Desk, script: string): (method: string, params: object) => Promise<Answer> {
  const started = desk.start(process.execPath, [script, 'app-server'])
  const waiting = new Map<number, (answer: Answer) => void>()
  const { stdin, stdout } = started.process
  assert.ok(stdin && stdout)
  createInterface(stdout).on('line', (line) => {
    const message = JSON.parse(line) as Answer
    if (typeof message.id === 'number') waiting.get(message.id)?.(message)
  })
  let id = 0
  return (method, params) => {
    const { promise, resolve } = Promise.withResolvers<Answer>()
    waiting.set(++id, resolve)
    stdin.write(`${JSON.stringify({ id, method, params })}\n`)
    return within(LIMIT_MILLISECONDS, started.said, promise)
  }
}

/** What comes back when Codex calls a tool of the demo server, as text. */
async function knockWithCodex(desk: Desk, script: string): Promise<string> {
  const ask = codexServer(desk, script)
  await ask('initialize', { clientInfo: { name: 'editor', version: '1.0.0' } })
  const { result } = await ask('thread/start', {})
  const threadId = (result as { thread: { id: string } }).thread.id
  const call = { threadId, server: 'door', tool: 'knock', arguments: { name: 'Codex' } }
  return JSON.stringify(await ask('mcpServer/tool/call', call))
}

async function codex(): Promise<string> {
  return join(await installed('@openai/codex'), 'bin/codex.js')
}

test(`${CODEX} signs in when the server is added, lists the tools and calls one`, async (t) => {
  const { door, desk } = await setUp(t)
  const script = await codex()
  assert.match(
    await signIn(door, desk, script, 'mcp', 'add', 'door', '--url', door.mcp, ...REGISTERING),
    /Successfully logged in/,
  )
  assert.match(await desk.run(process.execPath, [script, 'mcp', 'list']), /enabled +OAuth/)
  const ask = codexServer(desk, script)
  await ask('initialize', { clientInfo: { name: 'editor', version: '1.0.0' } })
  const status = JSON.stringify(await ask('mcpServerStatus/list', {}))
  for (const name of ['knock', 'guest-book-read', 'guest-book-write'])
    assert.match(status, new RegExp(`"name":"${name}"`))
  assert.match(await knockWithCodex(desk, script), /kettle/)
})

test(`${CODEX} refreshes an expired token by itself`, async (t) => {
  const { door, desk } = await setUp(t)
  const script = await codex()
  await signIn(door, desk, script, 'mcp', 'add', 'door', '--url', door.mcp, ...REGISTERING)
  expireForCodex(desk)
  assert.match(await knockWithCodex(desk, script), /kettle/)
  assert.ok((await count(door, 'token.refreshed')) >= 1)
  assert.equal(await count(door, 'token.reused'), 0)
})

test(`${CODEX} is told to register again when the server has forgotten it, and its login does so [q09]`, async (t) => {
  const { door, desk } = await setUp(t)
  const script = await codex()
  await signIn(door, desk, script, 'mcp', 'add', 'door', '--url', door.mcp, ...REGISTERING)
  const [kept] = Object.values(readJson<Record<string, CodexTokens>>(codexKeeps(desk)))
  await forget(door, kept?.client_id)
  expireForCodex(desk)
  assert.match(
    await knockWithCodex(desk, script),
    /invalid_client: Client ID '.+' is not registered .*; register again/,
  )

  await signIn(door, desk, script, 'mcp', 'login', 'door', ...REGISTERING)
  assert.match(await knockWithCodex(desk, script), /kettle/)
  assert.equal(await count(door, 'client.registered'), 2)
})

const CLAUDE_SETTINGS = {
  ANTHROPIC_API_KEY: 'sk-ant-nobody',
  // Nothing is asked of a model but in the one test that brings its own; a port that refuses keeps it from waiting.
  ANTHROPIC_BASE_URL: 'http://127.0.0.1:9',
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
}

interface ClaudeTokens {
  mcpOAuth: Record<string, { clientId: string; expiresAt: number }>
}

function claudeKeeps(desk: Desk): string {
  return join(desk.home, '.claude/.credentials.json')
}

async function claude(): Promise<string> {
  return join(await installed('@anthropic-ai/claude-code'), 'cli-wrapper.cjs')
}

async function signInToClaude(door: Doorward, desk: Desk, script: string): Promise<void> {
  const started = desk.startInTerminal(process.execPath, [script, 'mcp', 'login', 'door'])
  const { asked, callback } = await agree(door, await desk.opened())
  assert.equal(asked.get('resource'), door.mcp)
  assert.equal(callback.iss, door.issuer)
  await hears(started, /Authenticated with "door"/)
  await within(LIMIT_MILLISECONDS, started.said, started.ended)
}

async function addToClaude(desk: Desk, door: Doorward, script: string): Promise<void> {
  // As the start page has it, but for the name.
  const [, ...words] = await wordsFor(door, 'Claude Code')
  const named = words.map((word) => (word === 'doorward-demo' ? 'door' : word))
  assert.ok(named.includes('door'), words.join(' '))
  await desk.run(process.execPath, [script, ...named])
}

test(`${CLAUDE_CODE} signs in, connects, and calls a tool in a conversation`, async (t) => {
  const model = await scriptedModel('mcp__door__knock', { name: 'Claude' })
  t.after(model.close)
  const { door, desk } = await setUp(t, { ...CLAUDE_SETTINGS, ANTHROPIC_BASE_URL: model.url })
  const script = await claude()
  await addToClaude(desk, door, script)
  assert.match(await desk.run(process.execPath, [script, 'mcp', 'list']), /Needs authentication/)
  await signInToClaude(door, desk, script)
  assert.match(await desk.run(process.execPath, [script, 'mcp', 'list']), /Connected/)

  const talk = [
    '-p',
    'Knock, please.',
    '--allowedTools',
    'mcp__door__knock',
    '--output-format',
    'stream-json',
    '--verbose',
  ]
  assert.match(await desk.run(process.execPath, [script, ...talk]), /Who is there\? Claude! Come in, the kettle is on/)
})

test(`${CLAUDE_CODE} refreshes an expired token by itself, also in two windows at once`, async (t) => {
  const { door, desk } = await setUp(t, CLAUDE_SETTINGS)
  const script = await claude()
  await addToClaude(desk, door, script)
  await signInToClaude(door, desk, script)
  editJson<ClaudeTokens>(claudeKeeps(desk), ({ mcpOAuth }) => {
    for (const server of Object.values(mcpOAuth)) server.expiresAt = 1
  })
  const windows = [1, 2].map(() => desk.run(process.execPath, [script, 'mcp', 'list']))
  for (const said of await Promise.all(windows)) assert.match(said, /Connected/)
  assert.ok((await count(door, 'token.refreshed')) >= 1)
  assert.equal(await count(door, 'token.reused'), 0)
})

test(`${CLAUDE_CODE} asks to sign in when the server has forgotten it, and comes with its metadata document [q09, q12, q14]`, async (t) => {
  const { door, desk } = await setUp(t, CLAUDE_SETTINGS)
  const script = await claude()
  await addToClaude(desk, door, script)
  await signInToClaude(door, desk, script)
  const [kept] = Object.values(readJson<ClaudeTokens>(claudeKeeps(desk)).mcpOAuth)
  assert.equal(kept?.clientId, 'https://claude.ai/oauth/claude-code-client-metadata')
  await forget(door, kept?.clientId)
  assert.match(await desk.run(process.execPath, [script, 'mcp', 'list']), /Needs authentication/)

  await signInToClaude(door, desk, script)
  assert.match(await desk.run(process.execPath, [script, 'mcp', 'list']), /Connected/)
  assert.equal(await count(door, 'client.registered'), 0)
})

const GEMINI_SETTINGS = {
  // It opens no browser where it sees no display, and it only looks at the name.
  DISPLAY: ':0',
  GEMINI_API_KEY: 'nobody',
  GEMINI_CLI_TRUST_WORKSPACE: 'true',
  GEMINI_FORCE_FILE_STORAGE: 'true',
}

// Gemini CLI brings its own scripted model, for its own tests.
const GEMINI_SCRIPT = [{ functionCall: { name: 'mcp_door_knock', args: { name: 'Gemini' } } }, { text: 'Done.' }].map(
  (part) => ({
    method: 'generateContentStream',
    response: [{ candidates: [{ index: 0, finishReason: 'STOP', content: { role: 'model', parts: [part] } }] }],
  }),
)

interface GeminiServer {
  clientId: string
  token: { expiresAt: number }
}

function geminiKeeps(desk: Desk): string {
  return join(desk.home, '.gemini/mcp-oauth-tokens.json')
}

async function setUpGemini(t: TestContext): Promise<{ door: Doorward; desk: Desk; script: string }> {
  const { door, desk } = await setUp(t, GEMINI_SETTINGS)
  mkdirSync(join(desk.home, '.gemini'))
  const settings = {
    security: { auth: { selectedType: 'gemini-api-key' }, folderTrust: { enabled: false } },
    privacy: { usageStatisticsEnabled: false },
    general: { enableAutoUpdate: false },
    mcpServers: { door: { httpUrl: door.mcp, trust: true } },
  }
  writeFileSync(join(desk.home, '.gemini/settings.json'), JSON.stringify(settings))
  writeFileSync(join(desk.home, 'script.jsonl'), GEMINI_SCRIPT.map((line) => JSON.stringify(line)).join('\n'))
  return { door, desk, script: join(await installed('@google/gemini-cli'), 'bundle/gemini.js') }
}

/** `/mcp auth`, typed in its own screen, which is the only place where it signs in. */
async function signInToGemini(door: Doorward, desk: Desk, script: string): Promise<void> {
  const screen = desk.startInTerminal(process.execPath, [script, '--screen-reader'])
  await hears(screen, /1 MCP server\n>/)
  await type(screen.process.stdin, '/mcp auth door')
  await hears(screen, /Do you want to continue\?/)
  await type(screen.process.stdin, '')
  const { asked, callback } = await agree(door, await desk.opened())
  assert.equal(asked.get('resource'), door.mcp)
  assert.equal(callback.iss, door.issuer)
  await hears(screen, /Successfully authenticated and reloaded tools/)
  screen.process.kill('SIGTERM')
}

/** Key by key and not too fast, or it takes it for pasted text, in which Return is a new line. */
async function type(stdin: NodeJS.WritableStream | null, text: string): Promise<void> {
  for (const key of [...text, '\r']) {
    await new Promise((resolve) => setTimeout(resolve, key === '\r' ? 500 : 30))
    stdin?.write(key)
  }
}

function knockWithGemini(desk: Desk, script: string): Promise<string> {
  const model = ['-m', 'gemini-2.5-pro', '--fake-responses-non-strict', join(desk.home, 'script.jsonl')]
  return desk.run(process.execPath, [
    script,
    '-p',
    'Knock, please.',
    '--yolo',
    '--output-format',
    'stream-json',
    ...model,
  ])
}

test(`${GEMINI_CLI} signs in by its /mcp auth, and calls a tool in a conversation`, async (t) => {
  const { door, desk, script } = await setUpGemini(t)
  await signInToGemini(door, desk, script)
  assert.match(await knockWithGemini(desk, script), /Who is there\? Gemini! Come in, the kettle is on/)
})

test(`${GEMINI_CLI} refreshes an expired token by itself, and keeps its grant`, async (t) => {
  const { door, desk, script } = await setUpGemini(t)
  await signInToGemini(door, desk, script)
  editJson<GeminiServer[]>(geminiKeeps(desk), (servers) => {
    for (const { token } of servers) token.expiresAt = 1
  })
  assert.match(await knockWithGemini(desk, script), /kettle/)
  assert.ok((await count(door, 'token.refreshed')) >= 1)
  assert.equal(await count(door, 'token.reused'), 0)
})

test(`${GEMINI_CLI} has no tool when the server has forgotten it, and registers again by its /mcp auth [q09]`, async (t) => {
  const { door, desk, script } = await setUpGemini(t)
  await signInToGemini(door, desk, script)
  await forget(door, readJson<GeminiServer[]>(geminiKeeps(desk))[0]?.clientId)
  // It looks at its refresh token only when the access token is about to end.
  editJson<GeminiServer[]>(geminiKeeps(desk), (servers) => {
    for (const { token } of servers) token.expiresAt = 1
  })
  assert.match(await knockWithGemini(desk, script), /"mcp_door_knock\\" not found/)
  assert.ok(!existsSync(geminiKeeps(desk)), 'what was refused is not kept')

  await signInToGemini(door, desk, script)
  assert.match(await knockWithGemini(desk, script), /kettle/)
  assert.equal(await count(door, 'client.registered'), 2)
})
