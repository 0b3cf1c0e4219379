import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { freePort } from '../packages/doorward/src/testing/free-port.ts'
import { makeFolder, ROOT, runDoorward, startDoorward } from './doorward.ts'
import { decide } from './person.ts'
import { memoryProvider, SDK_CLIENTS } from './sdk-clients.ts'

const NOTE = { name: 'add_note', arguments: { text: 'milk' } }

test('the example of the README, beside `dev --resource`, lets a real client in and asks for more where a tool needs it', async () => {
  const [own, issuer] = [await freePort(), await freePort()]
  const file = join(ROOT, `examples/first-steps-${own}.ts`)
  // The very file, on ports that are free here.
  const text = readFileSync(join(ROOT, 'examples/first-steps.ts'), 'utf8')
  // In one go: what was put in is not replaced in its turn.
  writeFileSync(
    file,
    text.replaceAll(/3000|8421/g, (port) => String(port === '3000' ? own : issuer)),
  )
  const child = spawn(process.execPath, ['--conditions=doorward-source', file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const [line] = (await Promise.race([
      once(createInterface(child.stdout), 'line'),
      once(child, 'exit').then((how) => assert.fail(`the example ended with ${how}`)),
    ])) as [string]
    const mcp = `http://localhost:${own}/mcp`
    assert.equal(line, `Connect a client to ${mcp}`)
    const door = await startDoorward(['dev', '--resource', mcp], { env: { DOORWARD_PORT: String(issuer) } })
    try {
      const sdk = SDK_CLIENTS.find(({ name }) => name === 'SDK v2, 2025-11-25')
      assert.ok(sdk)
      const { memory, provider } = memoryProvider('http://127.0.0.1:9/callback')
      await assert.rejects(sdk.connect(mcp, provider))
      const answer = await decide(memory.authorizeUrl?.href ?? '', door.operator)
      await sdk.finish(mcp, provider, answer.url.searchParams)
      const client = await sdk.connect(mcp, provider)
      assert.deepEqual((await client.tools()).sort(), ['add_note', 'read_notes'])
      assert.equal(memory.tokens?.scope, 'notes:read offline_access')
      await client.call('read_notes', {})

      const refused = await fetch(mcp, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${memory.tokens?.access_token}`,
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
        },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: NOTE }),
      })
      assert.equal(refused.status, 403)
      const challenge = refused.headers.get('www-authenticate') ?? ''
      assert.match(challenge, /error="insufficient_scope"/)
      const named = /scope="([^"]*)"/.exec(challenge)?.[1]?.split(' ').sort()
      assert.deepEqual(named, ['notes:read', 'notes:write'])

      await assert.rejects(client.call(NOTE.name, NOTE.arguments))
      const more = await decide(memory.authorizeUrl?.href ?? '', door.operator)
      await sdk.finish(mcp, provider, more.url.searchParams)
      const writer = await sdk.connect(mcp, provider)
      assert.match(await writer.call(NOTE.name, NOTE.arguments), /Noted/)
      assert.match(await writer.call('read_notes', {}), /milk/)
      await writer.close()
      await client.close()

      // Of its calls this server hears nothing, and does not take it for one that gave up.
      const told = await runDoorward(['trace'], { folder: door.folder, env: { DOORWARD_DATABASE: door.database } })
      assert.match(told.out, /Has its token/)
      assert.doesNotMatch(told.out, /Gave up/)
    } finally {
      await door.stop()
    }
  } finally {
    child.kill()
    rmSync(file, { force: true })
  }
})

test('the lines that the README shows are those of the example', () => {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8')
  const shown = /```ts\n(const guard = [\s\S]*?\n)```/.exec(readme)?.[1] ?? 'nothing'
  // The example goes on, in the last of them, to say where it listens.
  const lines = shown.replace(/\)\n$/, '')
  assert.match(lines, /\.listen\(3000, 'localhost'$/)
  assert.ok(readFileSync(join(ROOT, 'examples/first-steps.ts'), 'utf8').includes(`\n${lines}`), lines)
})

test('a server that is not there, or calls itself otherwise, is told before anything starts', async () => {
  const folder = makeFolder()
  const port = await freePort()
  const gone = await runDoorward(['dev', '--resource', `http://127.0.0.1:${port}/mcp`], { folder })
  assert.equal(gone.status, 1)
  assert.match(gone.err, /does not describe an MCP server .*; start yours, with protectResource in it, then try again/)
  assert.equal((await runDoorward(['dev', '--resource', 'nonsense'], { folder })).status, 2)
  rmSync(folder, { recursive: true })
})
