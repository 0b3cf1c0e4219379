import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync, mkdtempSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { freePort } from '../packages/doorward/src/testing/free-port.ts'
import { type Doorward, ROOT, runDoorward, startDoorward, startEverything } from './doorward.ts'
import { decide } from './person.ts'

const RUNNER = join(ROOT, 'node_modules/@modelcontextprotocol/conformance/dist/index.js')

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

interface Verdict {
  readonly id: string
  readonly status: 'SUCCESS' | 'FAILURE' | 'WARNING' | 'SKIPPED' | 'INFO'
}

/** Runs the official runner; it prints the authorization URL and waits, a person without a screen answers. */
async function conformance(
  args: readonly string[],
): Promise<{ status: number | null; out: string; checks: Verdict[] }> {
  // What is printed says how many passed, and a warning passes; the files say it check by check.
  const results = mkdtempSync(join(door.folder, 'official-'))
  const child = spawn(process.execPath, [RUNNER, 'authorization', '--url', door.issuer, ...args, '-o', results], {
    cwd: door.folder,
  })
  let out = ''
  let answered = false
  const read = (text: Buffer) => {
    out += text.toString()
    // With the end of its line: it may come in parts.
    const url = /^(https?:\/\/\S+code_challenge_method=S256\S*)\n/m.exec(out)?.[1]
    if (url === undefined || answered) return
    answered = true
    void decide(url, door.operator).then((callback) => fetch(callback.url))
  }
  child.stdout.on('data', read)
  child.stderr.on('data', read)
  await once(child, 'close')
  const checks = globSync('*/checks.json', { cwd: results }).flatMap(
    (file) => JSON.parse(readFileSync(join(results, file), 'utf8')) as Verdict[],
  )
  return { status: child.exitCode, out, checks }
}

for (const [title, extra] of [
  ['without a resource', []],
  ['with a resource', ['--resource']],
] as const) {
  test(`the official conformance runner passes ${title} [mcp-2026-07-28-as4, mcp-2026-07-28-as6, rfc6749-4.1]`, async () => {
    const port = await freePort()
    const redirect = `http://127.0.0.1:${port}/callback`
    const added = await runDoorward(['client', 'add', '--redirect', redirect, '--name', 'Conformance', '--json'], {
      folder: door.folder,
    })
    const { client_id } = JSON.parse(added.out) as { client_id: string }
    const resource = extra.length > 0 ? ['--resource', door.mcp] : []
    const { status, out, checks } = await conformance(['--client-id', client_id, '-p', String(port), ...resource])
    assert.equal(status, 0, out)
    const by = (wanted: Verdict['status']) => checks.filter((check) => check.status === wanted).map(({ id }) => id)
    assert.deepEqual(by('SUCCESS').sort(), [
      'authorization-code-grant',
      'authorization-server-metadata',
      'authorization-server-metadata-cimd',
    ])
    assert.deepEqual([by('FAILURE'), by('SKIPPED')], [[], []])
    assert.deepEqual(by('WARNING'), [])
  })
}
