import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { test } from 'node:test'
import { cleanEnvironment, FROM_SOURCE, makeFolder, startEverything } from './doorward.ts'
import { type Pasted, pastedAt, pastedFrom, startSpeaking } from './pasted.ts'
import { decide } from './person.ts'
import { authorizeUrl, register } from './public-client.ts'

const start = (folder: string, ...words: string[]) =>
  startSpeaking([...FROM_SOURCE, ...words] as unknown as [string, ...string[]], {
    folder,
    env: { ...cleanEnvironment(), DOORWARD_PORT: '0' },
  })

/** A shell reads the line, and a program of that name tells what it was started with. */
function asTyped(line: string, folder: string): string[] {
  for (const name of ['claude', 'code', 'npx']) {
    const script = `#!${process.execPath}\nconst { basename } = require('node:path')\nconsole.log(JSON.stringify([basename(process.argv[1]), ...process.argv.slice(2)]))\n`
    writeFileSync(join(folder, name), script)
    chmodSync(join(folder, name), 0o755)
  }
  const env = { PATH: [folder, process.env.PATH].join(delimiter) }
  const { status, stdout, stderr } = spawnSync('sh', ['-c', line], { env, encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  return JSON.parse(stdout) as string[]
}

function judge(pasted: readonly Pasted[], name: string, url: string): void {
  const folder = makeFolder()
  try {
    assert.deepEqual(
      pasted.map(({ client }) => client),
      ['Claude Code', 'VS Code', 'Cursor', 'MCP Inspector', 'mcp-remote'],
    )
    const [claude, code, cursor, inspector, remote] = pasted.map(({ text }) => text) as [
      string,
      string,
      string,
      string,
      string,
    ]
    assert.deepEqual(asTyped(claude, folder), ['claude', 'mcp', 'add', '--transport', 'http', name, url])
    const [program, option, entry = '', ...rest] = asTyped(code, folder)
    assert.deepEqual([program, option, rest], ['code', '--add-mcp', []])
    assert.deepEqual(JSON.parse(entry), { name, type: 'http', url })
    assert.deepEqual(JSON.parse(cursor), { mcpServers: { [name]: { url } } })
    assert.deepEqual(asTyped(inspector, folder), ['npx', '@modelcontextprotocol/inspector'])
    assert.match(inspector, new RegExp(` # URL: ${url}$`))
    assert.deepEqual(asTyped(remote, folder), ['npx', 'mcp-remote', url])
    for (const { hint } of pasted) assert.match(hint, /^[A-Z].*\.$/)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const fact = (printed: string, name: string) => new RegExp(`^ {2}${name} {2,}(.*)$`, 'm').exec(printed)?.[1] ?? ''

test('what `doorward dev` prints to paste leads each of the five clients to the server, and the sign-in beside it is one', async () => {
  const folder = makeFolder()
  try {
    const door = await start(folder, 'dev')
    const { printed } = door
    const [mcp, page] = [fact(printed, 'MCP server'), fact(printed, 'Start page')]
    const issuer = page.replace(/\/$/, '')
    try {
      assert.match(printed, /^ {2}Doorward {2}is open, with a demo MCP server behind it\.$/m)
      assert.match(mcp, /^http:\/\/localhost:\d+\/mcp$/)
      judge(pastedFrom(printed), 'doorward-demo', mcp)
      assert.deepEqual(await pastedAt({ issuer }), pastedFrom(printed))
      assert.equal(fact(printed, 'Database'), '.doorward/dev.sqlite (new)')
      assert.equal((await fetch(mcp, { method: 'POST', body: '{}' })).status, 401)
      const person = { email: fact(printed, 'Sign in with'), password: fact(printed, 'Password') }
      const { code } = await decide(authorizeUrl(issuer, await register(issuer)), person)
      assert.notEqual(code, null)
    } finally {
      await door.stop()
    }
    const again = await start(folder, 'dev')
    await again.stop()
    assert.equal(fact(again.printed, 'Database'), '.doorward/dev.sqlite')
    assert.equal(fact(again.printed, 'Password'), fact(printed, 'Password'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('what `doorward protect` prints to paste leads each of the five clients to the server behind the door', async () => {
  const folder = makeFolder()
  const everything = await startEverything()
  try {
    const door = await start(folder, 'protect', everything.url)
    try {
      const mcp = fact(door.printed, 'MCP server')
      assert.ok(door.printed.includes(`  Doorward  protects ${everything.url}\n`), door.printed)
      judge(pastedFrom(door.printed), 'my-server', mcp)
      assert.equal((await fetch(mcp, { method: 'POST', body: '{}' })).status, 401)
    } finally {
      await door.stop()
    }
  } finally {
    await everything.stop()
    rmSync(folder, { recursive: true, force: true })
  }
})

test('where the database is another than that of the folder, what is printed to look at it names it [doorward-trace]', async () => {
  const folder = makeFolder()
  try {
    // One from before lies where the commands look where nothing is said.
    await (await start(folder, 'dev')).stop()
    const env = { ...cleanEnvironment(), DOORWARD_PORT: '0', DOORWARD_DATABASE: 'other.sqlite' }
    const door = await startSpeaking([...FROM_SOURCE, 'dev'] as unknown as [string, ...string[]], { folder, env })
    await door.stop()
    assert.match(door.printed, /doorward events --follow --database other\.sqlite'/)
    assert.match(door.printed, /doorward trace --database other\.sqlite'/)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
