import assert from 'node:assert/strict'
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { freePort } from '../packages/doorward/src/testing/free-port.ts'
import { type Doorward, waitFor } from './doorward.ts'
import { wordsFor } from './pasted.ts'
import { launchChromium } from './person.ts'
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

const REMOTE = `mcp-remote ${VERSIONS['mcp-remote']}`
const INSPECTOR = `MCP Inspector ${VERSIONS['@modelcontextprotocol/inspector']}`
const DEMO_TOOLS = ['guest-book-read', 'guest-book-write', 'knock']

interface Remote {
  readonly client: Client
  readonly connected: Promise<void>
  readonly said: () => string
}

/** A host that only speaks stdio, like Claude Desktop, with mcp-remote as its server. */
async function connectRemote(t: TestContext, door: Doorward, desk: Desk): Promise<Remote> {
  const client = new Client({ name: 'host', version: '1.0.0' })
  t.after(() => client.close())
  // As the start page has it: `npx mcp-remote <url>`.
  const [, , ...words] = await wordsFor(door, 'mcp-remote')
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [join(await installed('mcp-remote'), 'dist/proxy.js'), ...words],
    env: desk.env,
    cwd: desk.folder,
    stderr: 'pipe',
  })
  let text = ''
  transport.stderr?.on('data', (chunk: Buffer) => {
    text += chunk.toString()
  })
  const said = () => text
  const connected = within(LIMIT_MILLISECONDS, said, client.connect(transport))
  connected.catch(() => undefined)
  return { client, connected, said }
}

async function toolsOf(client: Client): Promise<string[]> {
  return (await client.listTools()).tools.map(({ name }) => name).sort()
}

async function knock(client: Client): Promise<string> {
  return JSON.stringify(await client.callTool({ name: 'knock', arguments: { name: 'mcp-remote' } }))
}

/** A file that mcp-remote keeps for this server. */
function kept(desk: Desk, name: 'tokens' | 'client_info'): string {
  const folder = join(desk.home, '.mcp-auth/mcp-remote-v1')
  const file = readdirSync(folder).find((entry) => entry.endsWith(`_${name}.json`))
  assert.ok(file, `mcp-remote keeps no ${name}`)
  return join(folder, file)
}

function clientId(desk: Desk): string | undefined {
  return readJson<{ client_id?: string }>(kept(desk, 'client_info')).client_id
}

/** Signs in and lists the tools, then ends as a host does when it is closed. */
async function signInOnce(t: TestContext, door: Doorward, desk: Desk): Promise<void> {
  const { client, connected } = await connectRemote(t, door, desk)
  const { asked, callback } = await agree(door, await desk.opened())
  assert.equal(asked.get('resource'), door.mcp)
  assert.equal(callback.iss, door.issuer)
  await connected
  assert.deepEqual(await toolsOf(client), DEMO_TOOLS)
  assert.match(await knock(client), /kettle/)
  await client.close()
}

test(`${REMOTE} signs in, lists the tools, calls one, and comes back without asking the person again`, async (t) => {
  const { door, desk } = await setUp(t)
  await signInOnce(t, door, desk)
  const { client, connected } = await connectRemote(t, door, desk)
  await connected
  assert.match(await knock(client), /kettle/)
  assert.equal(await count(door, 'client.registered'), 1)
})

test(`${REMOTE} takes a refused access token to the token endpoint, not to the person`, async (t) => {
  const { door, desk } = await setUp(t)
  await signInOnce(t, door, desk)
  editJson<{ access_token: string }>(kept(desk, 'tokens'), (tokens) => {
    tokens.access_token = 'spoiled'
  })
  const { client, connected } = await connectRemote(t, door, desk)
  await connected
  assert.match(await knock(client), /kettle/)
  assert.equal(await count(door, 'token.refreshed'), 1)
})

test(`${REMOTE} registers again when the token endpoint has forgotten it, and signs in [q09]`, async (t) => {
  const { door, desk } = await setUp(t)
  await signInOnce(t, door, desk)
  await forget(door, clientId(desk))

  const { client, connected } = await connectRemote(t, door, desk)
  const { asked } = await agree(door, await desk.opened())
  await connected
  assert.match(await knock(client), /kettle/)
  assert.equal(asked.get('client_id'), clientId(desk))
  assert.equal(await count(door, 'client.registered'), 2)
  await waitFor(async () => (await count(door, 'client.authentication.refused')) === 1)
})

// Without tokens it asks the authorization endpoint before it opens the browser. Told there, it registers again, but takes
// its own second attempt for another instance and opens no browser ("A sign-in for this server is already under way").
// What it printed before still leads in, because the same registration gets the same client id from us.
test(`${REMOTE} registers again when the authorization endpoint has forgotten it, and the address it printed before leads in [q08, q09]`, async (t) => {
  const { door, desk } = await setUp(t)
  await signInOnce(t, door, desk)
  const id = clientId(desk)
  await forget(door, id)
  rmSync(kept(desk, 'tokens'))

  const { client, connected, said } = await connectRemote(t, door, desk)
  await hears({ said }, /already under way/)
  await agree(door, /^http\S+\/authorize\?\S+$/m.exec(said())?.[0] ?? '')
  await connected
  assert.match(await knock(client), /kettle/)
  assert.equal(clientId(desk), id)
  assert.equal(await count(door, 'client.registered'), 2)
})

const INSPECTOR_SETTINGS = { MCP_AUTO_OPEN_ENABLED: 'true', MCP_INSPECTOR_SECRET_STORE: 'file' }

async function inspectorArgs(door: Doorward, ...more: string[]): Promise<string[]> {
  const launcher = join(await installed('@modelcontextprotocol/inspector'), 'clients/launcher/build/index.js')
  const callback = `http://127.0.0.1:${await freePort()}/oauth/callback`
  return [launcher, '--cli', door.mcp, '--transport', 'http', '--format', 'json', '--callback-url', callback, ...more]
}

for (const era of ['legacy', 'modern'] as const) {
  test(`${INSPECTOR} signs in from its command line, lists, calls and comes back, as a ${era} client`, async (t) => {
    const { door, desk } = await setUp(t, INSPECTOR_SETTINGS)
    const call = ['--method', 'tools/call', '--tool-name', 'knock', '--tool-arg', 'name=Inspector']
    const first = desk.start(process.execPath, await inspectorArgs(door, '--protocol-era', era, ...call))
    const { asked, callback } = await agree(door, await desk.opened())
    assert.equal(asked.get('resource'), door.mcp)
    assert.equal(callback.iss, door.issuer)
    assert.equal(await within(LIMIT_MILLISECONDS, first.said, first.ended), 0, first.said())
    assert.match(first.said(), /kettle/)

    const list = ['--method', 'tools/list', '--stored-auth-only', '--protocol-era', era]
    const listed = await desk.run(process.execPath, await inspectorArgs(door, ...list))
    for (const name of DEMO_TOOLS) assert.match(listed, new RegExp(`"name":"${name}"`))
    assert.equal(await count(door, 'client.registered'), 1)

    editJson<{ secrets: Record<string, string> }>(join(desk.home, '.mcp-inspector/secrets.json'), ({ secrets }) => {
      for (const [name, secret] of Object.entries(secrets))
        secrets[name] = secret.replace(/"access_token":"[^"]+"/, '"access_token":"spoiled"')
    })
    assert.match(await desk.run(process.execPath, await inspectorArgs(door, ...list)), /knock/)
    assert.equal(await count(door, 'token.refreshed'), 1)
  })
}

test(`${INSPECTOR} signs in from its web page in Chromium, lists the tools and calls one [q26]`, async (t) => {
  const { door, desk } = await setUp(t, {
    MCP_AUTO_OPEN_ENABLED: 'false',
    MCP_INSPECTOR_SECRET_STORE: 'memory',
    MCP_SANDBOX_PORT: '0',
    CLIENT_PORT: String(await freePort()),
  })
  const launcher = join(await installed('@modelcontextprotocol/inspector'), 'clients/launcher/build/index.js')
  const web = desk.start(process.execPath, [launcher, '--web', '--transport', 'http', '--server-url', door.mcp])
  const [address] = await hears(web, /http:\/\/127\S+TOKEN=\S+/)

  const browser = await launchChromium()
  t.after(() => browser.close())
  const page = await browser.newPage()
  await page.goto(address)
  await page.getByRole('switch').click({ force: true })
  await page.fill('input[name=email]', door.operator.email)
  await page.fill('input[name=password]', door.operator.password)
  await page.locator('input[name=password]').press('Enter')
  await page.locator('button[name=decision][value=approve]').click()
  await page.getByText('Authorization complete').waitFor()
  await page
    .locator('label')
    .filter({ hasText: /^Tools$/ })
    .click()
  await page.getByText('Knock', { exact: true }).click()
  await page.getByRole('textbox', { name: 'name' }).fill('Inspector')
  await page.getByRole('button', { name: 'Execute Tool' }).click()
  await page
    .getByText(/Who is there\? Inspector!/)
    .first()
    .waitFor()
})
