import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openFile } from './database-file.ts'
import { cleanEnvironment, FROM_SOURCE, makeFolder, ROOT, startDoorward } from './doorward.ts'
import { decide } from './person.ts'
import { authorizeUrl, redemption, register } from './public-client.ts'

const DATABASE = '.doorward/dev.sqlite'
/** The same sources dozens of times: they are compiled once. */
const COMPILED = { NODE_COMPILE_CACHE: join(ROOT, 'node_modules/.cache/doorward') }
/** More changes than a first start makes; the loop ends with the last one. */
const MOST_CHANGES = 60

/** Everything that a start has made so far: names, sizes, and what is being written beside its place by any name. */
function madeIn(folder: string): string {
  const home = join(folder, '.doorward')
  if (!existsSync(home)) return ''
  return readdirSync(home)
    .sort()
    .map((name) => {
      const shown = name.replace(/[0-9a-f]{12}/, '…')
      return `${shown} ${statSync(join(home, name), { throwIfNoEntry: false })?.size ?? 'gone'}`
    })
    .join(', ')
}

/**
 * Starts `doorward dev` and kills it as soon as what it makes has changed so often.
 * @returns what there was then, or undefined where it was ready before
 */
async function killAfter(folder: string, changes: number): Promise<string | undefined> {
  const [node = '', ...words] = FROM_SOURCE
  const child = spawn(node, [...words, 'dev', '--json'], {
    cwd: folder,
    env: { ...cleanEnvironment(), DOORWARD_PORT: '0', ...COMPILED },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'close')
  let [ready, said] = [false, '']
  child.stdout.on('data', (text: Buffer) => {
    ready ||= text.includes('{"issuer"')
  })
  child.stderr.on('data', (text: Buffer) => {
    said += text.toString()
  })
  let seen = madeIn(folder)
  for (let left = changes; left > 0 && !ready && child.exitCode === null; ) {
    await new Promise((resolve) => setImmediate(resolve))
    const now = madeIn(folder)
    if (now === seen) continue
    seen = now
    left--
  }
  const [at, byItself] = [ready ? undefined : seen, child.exitCode]
  child.kill('SIGKILL')
  await ended
  assert.equal(byItself, null, `it ended by itself: ${said}`)
  return at
}

test('kill -9 at each moment of a first start, and again at the same moment of the next, leaves a folder in which the third start lets people in [doorward-durable]', {
  timeout: 900_000,
}, async (t) => {
  const moments = new Set<string>()
  for (let changes = 1; changes <= MOST_CHANGES; changes++) {
    const folder = makeFolder()
    try {
      const first = await killAfter(folder, changes)
      if (first === undefined) break
      moments.add(first)
      await killAfter(folder, changes)
      const secret = join(folder, `${DATABASE}.key`)
      const before = existsSync(secret) ? readFileSync(secret, 'utf8') : undefined
      const door = await startDoorward(['dev'], { folder, keep: true, env: COMPILED })
      try {
        const client = await register(door.issuer)
        const { code } = await decide(authorizeUrl(door.issuer, client), door.operator)
        const body = new URLSearchParams(redemption(client, code))
        assert.equal((await fetch(`${door.issuer}/token`, { method: 'POST', body })).status, 200, first)
      } finally {
        assert.equal(await door.stop(), 0)
      }
      assert.equal(statSync(secret).mode & 0o777, 0o600)
      // Once it is there it is whole, and stays the one.
      if (before !== undefined) assert.equal(readFileSync(secret, 'utf8'), before, first)
      const database = openFile(join(folder, DATABASE), { readOnly: true })
      assert.deepEqual({ ...database.prepare('PRAGMA integrity_check').get() }, { integrity_check: 'ok' }, first)
      database.close()
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }
  for (const moment of moments) t.diagnostic(`killed with: ${moment}`)
  assert.ok(moments.size > 0, 'it was ready before anything was seen of it')
})
