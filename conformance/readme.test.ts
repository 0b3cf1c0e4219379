// What the README says to type, typed.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { test } from 'node:test'
import { freePort } from '../packages/doorward/src/testing/free-port.ts'
import { cleanEnvironment, makeFolder, ROOT } from './doorward.ts'
import { pastedFrom, startSpeaking } from './pasted.ts'

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')
const README = read('README.md')
const [, install = '', one = ''] = /^```sh\n(npm ci .*) && (npm start)\n```$/m.exec(README) ?? []
const [, protect = ''] = /^```sh\n(npm run .* protect http:\/\/localhost:3000\/mcp)\n```$/m.exec(README) ?? []

/** Of somebody who has just installed: nothing of ours on the path, and whatever Node.js this computer has. */
function ownShell(database: string): NodeJS.ProcessEnv {
  const kept = Object.entries(cleanEnvironment()).filter(([name]) => !/^npm_|^INIT_CWD$|^NODE/i.test(name))
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'))
  return { ...Object.fromEntries(kept), PATH: path.join(delimiter), DOORWARD_PORT: '0', DOORWARD_DATABASE: database }
}

async function typed(command: string): Promise<string> {
  const folder = makeFolder()
  try {
    // In the clone itself; only what it keeps goes elsewhere.
    const env = ownShell(join(folder, 'dev.sqlite'))
    const door = await startSpeaking(['sh', '-c', command], { folder: ROOT, env })
    try {
      const mcp = /^ {2}MCP server +(\S+)$/m.exec(door.printed)?.[1] ?? ''
      const issuer = new URL(mcp).origin
      const metadata = await fetch(`${issuer}/.well-known/oauth-authorization-server`)
      assert.equal(((await metadata.json()) as { issuer: string }).issuer, issuer)
      assert.equal(pastedFrom(door.printed).length, 5)
      return door.printed
    } finally {
      await door.stop()
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

test('the one command of the README starts a door, with the Node.js that this computer happens to have', async () => {
  assert.equal(one, 'npm start')
  // The first half is how the tests are installed too.
  assert.equal(install, 'npm ci --loglevel=error')
  assert.match(read('.ci/run'), new RegExp(`^${install}$`, 'm'))
  assert.ok(read('CONTRIBUTING.md').includes(`\n${install} && npm run check\n`))
  assert.match(await typed(one), /Doorward {2}is open, with a demo MCP server behind it\./)
})

test('the command of the README for a server of your own starts a door before it, and prints nothing of npm', async () => {
  const port = await freePort()
  const printed = await typed(protect.replace('3000', String(port)))
  assert.match(printed, new RegExp(`^\\n {2}Doorward {2}protects http://localhost:${port}/mcp\\n`))
})

test('each `npm run` that a page names is a script of the workspace', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  const pages = ['README.md', 'CONTRIBUTING.md', 'ARCHITECTURE.md', 'conformance/README.md', 'bench/README.md']
  const docs = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'))
  const named = [...pages, ...docs.map((name) => `docs/${name}`)].flatMap((page) =>
    [...read(page).matchAll(/npm run (?:--silent )?([\w:-]+)/g)].map(([, name = '']) => ({ page, name })),
  )
  assert.ok(named.some(({ name }) => name === 'example'))
  assert.deepEqual(
    named.filter(({ name }) => scripts[name] === undefined),
    [],
  )
})
