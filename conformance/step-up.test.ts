import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { AxeBuilder } from '@axe-core/playwright'
import { toNodeHandler } from '@modelcontextprotocol/node'
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import type { Browser, BrowserContextOptions } from 'playwright-core'
import { type Doorward, makeFolder, runDoorward, startDoorward } from './doorward.ts'
import { decide, launchChromium } from './person.ts'
import { callbackListener, memoryProvider, SDK_CLIENTS, type SdkClient } from './sdk-clients.ts'

// Proposed, accepted, served, asked for, asked for more: the whole way of a scope before a server that knows of none.

const ADA = { email: 'ada@example.com', password: 'correct horse battery' }
const FILE = 'doorward.config.json'
const folder = makeFolder()
let behind: Server
let upstream: string
let door: Doorward
let browser: Browser

before(async () => {
  const handler = createMcpHandler(() => {
    const server = new McpServer({ name: 'unmodified', version: '1.0.0' })
    const says = (text: string) => () => ({ content: [{ type: 'text' as const, text }] })
    server.registerTool('list_notes', { annotations: { readOnlyHint: true } }, says('Milk, bread'))
    server.registerTool('add_note', { annotations: { destructiveHint: false } }, says('Noted.'))
    server.registerTool('wipe', {}, says('Gone.'))
    return server
  })
  behind = createServer(toNodeHandler(handler)).listen(0, '127.0.0.1')
  await once(behind, 'listening')
  upstream = `http://127.0.0.1:${(behind.address() as AddressInfo).port}/mcp`
  const proposed = await propose('--write', FILE, '--name', 'Notes')
  assert.equal(proposed.status, 0, proposed.err)
  door = await startDoorward(['serve'], { folder })
  const add = ['user', 'add', ADA.email, '--operator', '--password-stdin', '--database', door.database]
  assert.equal((await runDoorward(add, { folder, input: `${ADA.password}\n` })).status, 0)
  browser = await launchChromium()
})
after(async () => {
  await browser?.close()
  await door?.stop()
  behind?.close().closeAllConnections()
})

const propose = (...args: string[]) => runDoorward(['protect', upstream, '--propose-scopes', ...args], { folder })

const PROPOSED = {
  name: 'Notes',
  path: '/mcp',
  scopes: {
    'tools:read': { description: 'Use the tools of Notes that only read', access: 'read' },
    'tools:write': {
      description: 'Use the tools of Notes that add or change things',
      access: 'write',
      includes: ['tools:read'],
    },
    'tools:destructive': {
      description: 'Use the tools of Notes that may overwrite or delete things',
      access: 'write',
      includes: ['tools:write'],
    },
  },
  defaultScopes: ['tools:read'],
  tools: { list_notes: ['tools:read'], add_note: ['tools:write'], wipe: ['tools:destructive'] },
}

test('a proposal is words for a person, and with --json exactly what a config file says of the server [doorward-proposal, mcp-2025-11-25-annotations]', async () => {
  const { out } = await propose('--name', 'Notes')
  for (const words of [
    /list_notes +tools:read +only reads/,
    /wipe +tools:destructive +nothing/,
    /word of the server itself/,
  ])
    assert.match(out, words)
  const fragment = JSON.parse((await propose('--name', 'Notes', '--json')).out) as object
  assert.deepEqual(fragment, { ...PROPOSED, upstream })
  assert.deepEqual(JSON.parse(readFileSync(join(folder, FILE), 'utf8')), { resources: [fragment] })
})

const FILES: readonly [string, object, number, RegExp, (before: Config) => object][] = [
  [
    'nothing of the server',
    { port: 0, resources: [{ name: 'A', path: '/mcp', upstream: 'http://h/mcp' }] },
    0,
    /Added .* at \/notes\/mcp/,
    (config) => ({ ...config, resources: [...config.resources, { ...PROPOSED, upstream: '', path: '/notes/mcp' }] }),
  ],
  [
    'no scopes of the server',
    { resources: [{ name: 'Mine', path: '/n/mcp', upstream: '' }] },
    0,
    /Added scopes and tools to Mine/,
    ({ resources }) => ({ resources: [{ ...PROPOSED, ...resources[0] }] }),
  ],
  ['the same', { resources: [{ ...PROPOSED, upstream: '' }] }, 0, /nothing was changed/, (config) => config],
  [
    'something else of its tools',
    { resources: [{ ...PROPOSED, upstream: '', tools: { list_notes: [], wipe: [] } }] },
    1,
    /says other scopes or tools of Notes already \(tools that it does not name: "add_note"\); change them there/,
    (config) => config,
  ],
  ['what is no config', { resources: [], what: 1 }, 2, /is not known|resources/, (config) => config],
]
interface Config {
  readonly resources: readonly object[]
}
for (const [title, config, status, words, expected] of FILES) {
  test(`--write goes into a file that says ${title} without changing what an operator wrote [doorward-proposal]`, async () => {
    const here = (value: object) =>
      JSON.parse(JSON.stringify(value).replaceAll('"upstream":""', `"upstream":"${upstream}"`))
    const path = join(folder, 'other.json')
    writeFileSync(path, JSON.stringify(here(config)))
    const result = await propose('--name', 'Notes', '--write', 'other.json')
    assert.equal(result.status, status, result.err)
    assert.match(result.err, words)
    assert.deepEqual(JSON.parse(readFileSync(path, 'utf8')), here(expected(config as Config)))
  })
}

test('a server that is down, and options that do not go together, are told in one sentence', async () => {
  const run = (...args: string[]) => runDoorward(['protect', ...args], { folder })
  const down = await run('http://127.0.0.1:9/mcp', '--propose-scopes', '--write', 'never.json')
  assert.deepEqual([down.status, down.out], [1, ''])
  assert.match(down.err, /^doorward: http:\/\/127\.0\.0\.1:9\/mcp is down; start it, then try again\.\n$/)
  assert.ok(!existsSync(join(folder, 'never.json')))
  const alone = await run(upstream, '--write', 'never.json')
  assert.deepEqual(
    [alone.status, alone.err],
    [2, 'doorward: --write says where a proposal goes; add --propose-scopes to it.\n'],
  )
  const other = await run('http://127.0.0.1:9/mcp', '--config', FILE)
  assert.equal(other.status, 2)
  assert.match(other.err, /says nothing of the upstream http:\/\/127\.0\.0\.1:9\/mcp/)
})

/** One installation of an application: its memory, and how it is let in. */
async function installation(sdk: SdkClient, redirectUrl: string, name: string) {
  const { memory, provider } = memoryProvider(redirectUrl, { client_name: name })
  return {
    memory,
    asked: () => scopesOf(memory.authorizeUrl?.searchParams.get('scope')),
    granted: () => scopesOf(memory.tokens?.scope),
    connect: () => sdk.connect(door.mcp, provider),
    agree: async (url = memory.authorizeUrl?.href ?? '') =>
      sdk.finish(door.mcp, provider, (await decide(url, ADA)).url.searchParams),
    finish: (callback: URLSearchParams) => sdk.finish(door.mcp, provider, callback),
  }
}

/** The newer SDK asks to stay connected besides. */
const scopesOf = (scope: string | null | undefined) =>
  new Set(scope?.split(' ').filter((name) => name !== 'offline_access'))
const call = (name: string, id = 1) => ({ jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: {} } })

// Clients of 2025-06-18 take no scope from a challenge.
for (const sdk of SDK_CLIENTS.filter(({ name }) => !name.endsWith('2025-06-18'))) {
  test(`${sdk.name} sees the tools that it may call, asks for more by calling another, and keeps what it had [doorward-hidden-tools, doorward-step-up-kept, mcp-2026-07-28-rs20, q36]`, async () => {
    const app = await installation(sdk, 'http://127.0.0.1:9/callback', sdk.name)
    await assert.rejects(app.connect())
    assert.deepEqual(app.asked(), new Set(['tools:read']))
    await app.agree()
    const reader = await app.connect()
    assert.deepEqual(await reader.tools(), ['list_notes'])
    assert.match(await reader.call('list_notes', {}), /Milk/)
    const before = app.memory.tokens?.access_token

    // This one would answer the challenge by refreshing, and then give up: see below.
    if (sdk.name === 'SDK v1') delete app.memory.tokens?.refresh_token
    await assert.rejects(reader.call('add_note', {}))
    assert.deepEqual(app.asked(), new Set(['tools:read', 'tools:write']))
    // A client that asks for the new one alone, as some do.
    const url = new URL(app.memory.authorizeUrl?.href ?? '')
    url.searchParams.set('scope', 'tools:write')
    await app.agree(url.href)
    assert.deepEqual(app.granted(), new Set(['tools:read', 'tools:write']))
    const writer = await app.connect()
    assert.deepEqual(await writer.tools(), ['list_notes', 'add_note'])
    assert.match(await writer.call('add_note', {}), /Noted/)
    await writer.close()

    const old = await post(before ?? '', call('list_notes'))
    assert.equal(old.status, 200, 'another installation may live on the earlier grant')
    await old.body?.cancel()
    const batch = await post(before ?? '', [call('list_notes'), call('add_note', 2), call('wipe', 3), call('new', 4)])
    assert.equal(batch.status, 403)
    assert.deepEqual(
      scopesOf(/scope="([^"]*)"/.exec(batch.headers.get('www-authenticate') ?? '')?.[1]),
      new Set(['tools:read', 'tools:write', 'tools:destructive']),
    )
    await reader.close()
  })
}

test('a client that answers a challenge by refreshing is not led round in circles [doorward-same-challenge]', async () => {
  const sdk = SDK_CLIENTS.find(({ name }) => name === 'SDK v1') ?? assert.fail()
  const app = await installation(sdk, 'http://127.0.0.1:9/callback', 'Refreshes')
  await assert.rejects(app.connect())
  await app.agree()
  const client = await app.connect()
  await assert.rejects(client.call('wipe', {}), /403 after trying upscoping/)
  assert.match(await client.call('list_notes', {}), /Milk/)
  await client.close()
})

const post = (token: string, body: unknown) =>
  fetch(door.mcp, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    },
    body: JSON.stringify(body),
  })

const LOOKS: readonly [string, BrowserContextOptions][] = [
  ['in light', { colorScheme: 'light' }],
  ['in dark on a phone', { colorScheme: 'dark', viewport: { width: 320, height: 640 } }],
  ['without JavaScript', { javaScriptEnabled: false }],
]
for (const [look, options] of LOOKS) {
  test(`in Chromium, ${look}, the page shows what is new, names what is kept, and one press gives both [doorward-step-up-page]`, async () => {
    const sdk = SDK_CLIENTS.find(({ name }) => name === 'SDK v2, 2025-11-25') ?? assert.fail()
    const listener = await callbackListener()
    const context = await browser.newContext(options)
    const page = await context.newPage()
    try {
      const app = await installation(sdk, listener.redirectUrl, `Chromium ${look}`)
      await assert.rejects(app.connect())
      await app.agree()
      const reader = await app.connect()
      await assert.rejects(reader.call('wipe', {}))
      await reader.close()

      await page.goto(app.memory.authorizeUrl?.href ?? '')
      await page.fill('input[name=email]', ADA.email)
      await page.fill('input[name=password]', ADA.password)
      await page.locator('input[name=password]').press('Enter')
      await page.getByRole('heading', { name: 'Allow more access to Notes?' }).waitFor()
      const fact = (title: string) =>
        page
          .locator('.facts > div')
          .filter({ has: page.getByText(title, { exact: true }) })
          .locator('li')
          .allInnerTexts()
      const [added, ...others] = await fact('It may also')
      assert.match(added ?? '', /may overwrite or delete things\s+tools:destructive opens/)
      assert.deepEqual(others, [], 'what is held is not asked for again')
      const kept = await fact('As before')
      assert.ok(kept.some((words) => /only read tools:read/.test(words)))
      if (options.javaScriptEnabled !== false) {
        const { violations } = await new AxeBuilder({ page }).analyze()
        assert.deepEqual(
          violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`),
          [],
        )
        const wider = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        )
        assert.ok(wider <= 0, `scrolls sideways by ${wider}`)
      }
      await page.locator('button[name=decision][value=approve]').click()
      await app.finish(await listener.answer)
      assert.deepEqual(app.granted(), new Set(['tools:read', 'tools:destructive']))
      const client = await app.connect()
      assert.deepEqual(await client.tools(), ['list_notes', 'add_note', 'wipe'])
      assert.match(await client.call('wipe', {}), /Gone/)
      await client.close()
    } finally {
      await context.close()
      listener.close()
    }
  })
}
