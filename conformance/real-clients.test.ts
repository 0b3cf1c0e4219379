import assert from 'node:assert/strict'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, type TestContext, test } from 'node:test'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { type Doorward, runDoorward, startDoorward, waitFor } from './doorward.ts'
import { agree, type Desk, type Event, eventsOf, installed, makeDesk, VERSIONS, within } from './real-clients.ts'

const DEMO_TOOLS = ['guest-book-read', 'guest-book-write', 'knock']
const LIMIT = 60_000

let door: Doorward
before(async () => {
  door = await startDoorward(['dev'])
})
after(() => door?.stop())

function deskFor(t: TestContext, env?: Record<string, string>): Desk {
  const desk = makeDesk(env)
  t.after(desk.clear)
  return desk
}

interface Remote {
  readonly client: Client
  readonly connected: Promise<void>
  readonly said: () => string
}

/** A host that only speaks stdio, like Claude Desktop, with mcp-remote as its server. */
async function connectRemote(t: TestContext, desk: Desk): Promise<Remote> {
  const client = new Client({ name: 'host', version: '1.0.0' })
  t.after(() => client.close())
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [join(await installed('mcp-remote'), 'dist/proxy.js'), door.mcp],
    env: desk.env,
    cwd: desk.home,
    stderr: 'pipe',
  })
  let said = ''
  transport.stderr?.on('data', (text: Buffer) => {
    said += text.toString()
  })
  const connected = within(LIMIT, () => `mcp-remote, which said: ${said}`, client.connect(transport))
  connected.catch(() => undefined)
  return { client, connected, said: () => said }
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

function read(path: string): Record<string, string> {
  return JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>
}

async function happened(type: string, client: string | undefined): Promise<Event[]> {
  return (await eventsOf(door)).filter((event) => event.type === type && event.client === client)
}

/** Signs in and lists the tools, then ends that session as a host does when it is closed. */
async function signInOnce(t: TestContext, desk: Desk): Promise<string> {
  const { client, connected } = await connectRemote(t, desk)
  await agree(door, await desk.opened())
  await connected
  assert.deepEqual(await toolsOf(client), DEMO_TOOLS)
  await client.close()
  return read(kept(desk, 'client_info')).client_id ?? ''
}

test(`mcp-remote ${VERSIONS['mcp-remote']} signs in, lists the tools, calls one, and comes back without asking the person again`, async (t) => {
  const desk = deskFor(t)
  const first = await connectRemote(t, desk)
  const { asked, callback } = await agree(door, await desk.opened())
  assert.equal(asked.get('resource'), door.mcp)
  assert.equal(callback.iss, door.issuer)
  await first.connected
  assert.deepEqual(await toolsOf(first.client), DEMO_TOOLS)
  assert.match(await knock(first.client), /kettle/)
  await first.client.close()

  const again = await connectRemote(t, desk)
  await again.connected
  assert.match(await knock(again.client), /kettle/)
})

test(`mcp-remote ${VERSIONS['mcp-remote']} takes a refused access token to the token endpoint, not to the person`, async (t) => {
  const desk = deskFor(t)
  const id = await signInOnce(t, desk)
  const tokens = kept(desk, 'tokens')
  const before = read(tokens)
  writeFileSync(tokens, JSON.stringify({ ...before, access_token: 'spoiled' }))

  const { client, connected } = await connectRemote(t, desk)
  await connected
  assert.match(await knock(client), /kettle/)
  assert.notEqual(read(tokens).refresh_token, before.refresh_token)
  await waitFor(async () => (await happened('token.refreshed', id)).length === 1)
})

/** Makes the server forget the client of this desk, as a database that was lost would. */
async function forget(id: string): Promise<void> {
  assert.equal((await runDoorward(['client', 'remove', id], { folder: door.folder })).status, 0)
  await waitFor(async () => (await happened('client.removed', id)).length > 0)
}

test(`mcp-remote ${VERSIONS['mcp-remote']} registers again when the token endpoint has forgotten it, and signs in [q09]`, async (t) => {
  const desk = deskFor(t)
  const id = await signInOnce(t, desk)
  await forget(id)

  const { client, connected } = await connectRemote(t, desk)
  const { asked } = await agree(door, await desk.opened())
  await connected
  assert.match(await knock(client), /kettle/)
  const next = read(kept(desk, 'client_info')).client_id
  assert.equal(asked.get('client_id'), next)
  await waitFor(async () => (await happened('client.authentication.refused', id)).length > 0)
})

// Without tokens it asks the authorization endpoint before it opens the browser. Told there, it registers again, but takes
// its own second attempt for another instance and opens no browser ("A sign-in for this server is already under way").
// What it printed before still leads in, because the same registration gets the same client id from us.
test(`mcp-remote ${VERSIONS['mcp-remote']} registers again when the authorization endpoint has forgotten it, and the address it printed before leads in [q08, q09]`, async (t) => {
  const desk = deskFor(t)
  const id = await signInOnce(t, desk)
  await forget(id)
  rmSync(kept(desk, 'tokens'))

  const { client, connected, said } = await connectRemote(t, desk)
  await waitFor(async () => /already under way/.test(said()), 400).catch(() => assert.fail(said()))
  const printed = /^http\S+\/authorize\?\S+$/m.exec(said())?.[0] ?? ''
  await agree(door, printed)
  await connected
  assert.match(await knock(client), /kettle/)
  assert.equal(read(kept(desk, 'client_info')).client_id, id)
})
