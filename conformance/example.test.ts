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

test('the example of the README, beside `dev --resource`, lets a real client in and asks for more where a tool needs it', async () => {
  const [own, issuer] = [await freePort(), await freePort()]
  const file = join(ROOT, `examples/first-steps-${own}.ts`)
  // The very file, on ports that are free here.
  const text = readFileSync(join(ROOT, 'examples/first-steps.ts'), 'utf8')
  writeFileSync(file, text.replaceAll('3000', String(own)).replaceAll('8421', String(issuer)))
  const child = spawn(process.execPath, ['--conditions=doorward-source', file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
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
      await client.close()
    } finally {
      await door.stop()
    }
  } finally {
    child.kill()
    rmSync(file, { force: true })
  }
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
