// The oldest Node.js that each package says it runs on, as npm has it: fetched on the first run, about 50 MB each.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { MAIN, ROOT, startDoorward } from './doorward.ts'
import { fromNpm } from './from-npm.ts'
import { decide } from './person.ts'
import { authorizeUrl, redemption, register } from './public-client.ts'

interface Manifest {
  readonly engines: { readonly node: string }
  readonly exports: Readonly<Record<string, { readonly default?: string }>>
}

const manifest = (folder: string) => JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')) as Manifest

/** `>=24.7` is 24.7.0, and not the newest 24.7. */
async function oldestFor(folder: string): Promise<{ node: string; version: string }> {
  const version = `${/^>=(\d+\.\d+)$/.exec(manifest(folder).engines.node)?.[1]}.0`
  const system = process.platform === 'win32' ? 'win' : process.platform
  const home = await fromNpm('doorward-oldest-node', `node-${system}-${process.arch}`, version)
  const node = join(home, process.platform === 'win32' ? 'bin/node.exe' : 'bin/node')
  const { stdout } = await promisify(execFile)(node, ['--version'])
  assert.equal(stdout, `v${version}\n`)
  return { node, version }
}

const BIN = join(ROOT, 'packages/doorward/bin/doorward.js')

for (const [what, words] of [
  ['the program as it is published', [BIN]],
  ['the program of a clone', ['--conditions=doorward-source', MAIN]],
] as const) {
  test(`${what} starts on the oldest Node.js that it names, and a person signs in and connects`, async () => {
    const { node } = await oldestFor('packages/doorward')
    const door = await startDoorward(['dev'], { program: [node, ...words] })
    try {
      const metadata = await fetch(`${door.issuer}/.well-known/oauth-authorization-server`)
      assert.equal(((await metadata.json()) as { issuer: string }).issuer, door.issuer)
      const client = await register(door.issuer)
      const { code } = await decide(authorizeUrl(door.issuer, client), door.operator)
      const issued = await fetch(`${door.issuer}/token`, {
        method: 'POST',
        body: new URLSearchParams(redemption(client, code)),
      })
      assert.equal(issued.status, 200)
      const { access_token } = (await issued.json()) as { access_token: string }
      const listed = await fetch(door.mcp, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${access_token}`,
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
        },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
      })
      assert.match(await listed.text(), /guest-book-read/)
    } finally {
      assert.equal(await door.stop(), 0)
    }
  })
}

for (const name of ['core', 'client', 'resource']) {
  test(`each door of @doorward/${name}, as it is published, opens on the oldest Node.js that it names`, async () => {
    const folder = `packages/${name}`
    const { node } = await oldestFor(folder)
    // What has only a source is for our own tests.
    const built = Object.entries(manifest(folder).exports).filter(([, door]) => door.default !== undefined)
    const doors = built.map(([path]) => path.replace('.', `@doorward/${name}`))
    assert.ok(doors.length > 0)
    const script = `for (const door of ${JSON.stringify(doors)}) await import(door)`
    await promisify(execFile)(node, ['--input-type=module', '-e', script], { cwd: join(ROOT, folder) })
  })
}

test('the toolkit refuses a request without a token on the oldest Node.js that it names', async () => {
  const { node } = await oldestFor('packages/resource')
  const script = `
    import { protectResource } from '@doorward/resource'
    import { protectFetch } from '@doorward/resource/fetch'
    const resource = 'http://localhost:3000/mcp'
    const guard = protectResource({ resource, name: 'Notes', authorizationServers: ['http://localhost:8421'] })
    const answer = await protectFetch(guard, () => new Response('in'))(new Request(resource, { method: 'POST', body: '{}' }))
    console.log(answer.status, answer.headers.get('www-authenticate'))`
  const { stdout } = await promisify(execFile)(node, ['--input-type=module', '-e', script], {
    cwd: join(ROOT, 'packages/resource'),
  })
  assert.match(
    stdout,
    /^401 Bearer .*resource_metadata="http:\/\/localhost:3000\/\.well-known\/oauth-protected-resource\/mcp"/,
  )
})
