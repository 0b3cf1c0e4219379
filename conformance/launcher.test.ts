import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { cleanEnvironment, makeFolder, ROOT } from './doorward.ts'

test('a server on PostgreSQL begins with a larger young generation than one on SQLite, and a command does not', () => {
  const [serve, list] = [
    ['serve', '--no-such-flag'],
    ['user', 'list', '--no-such-flag'],
  ]
  for (const [words, database, size] of [
    [serve, 'postgres://localhost/x', '16'],
    [serve, 'postgresql://localhost/x', '16'],
    [serve, 'here.sqlite', '4'],
    [list, 'postgres://localhost/x', '4'],
  ] as const) {
    const { status, stderr } = spawnSync(join(ROOT, 'packages/doorward/bin/doorward.js'), words, {
      env: {
        PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
        DOORWARD_DATABASE: database,
        NODE_OPTIONS: '--import=data:text/javascript,console.error(process.execArgv.join())',
      },
      encoding: 'utf8',
    })
    // The last that has such a flag: a clone that was not built starts its sources besides.
    const sizes = [...stderr.matchAll(/--max-semi-space-size=(\d+)/g)].map(([, found]) => found)
    assert.deepEqual([status, sizes.at(-1), sizes.length], [2, size, size === '4' ? 1 : 2], stderr)
  }
})

test('whoever stops what they started in a clone that was not built stops the server', async () => {
  const folder = makeFolder()
  const clone = join(folder, 'doorward')
  mkdirSync(join(clone, 'bin'), { recursive: true })
  for (const file of ['package.json', 'bin/doorward.js'])
    copyFileSync(join(ROOT, 'packages/doorward', file), join(clone, file))
  symlinkSync(join(ROOT, 'packages/doorward/src'), join(clone, 'src'))
  const child = spawn(process.execPath, [join(clone, 'bin/doorward.js'), 'dev', '--json'], {
    cwd: folder,
    env: { ...cleanEnvironment(), DOORWARD_PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  try {
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
    const { issuer } = JSON.parse(line) as { issuer: string }
    assert.equal((await fetch(`${issuer}/healthz`)).status, 200)
    child.kill('SIGTERM')
    assert.deepEqual(await once(child, 'exit'), [0, null])
    await assert.rejects(fetch(`${issuer}/healthz`))
  } finally {
    // Where it is not so, the server is still there, in the group of its launcher.
    if (child.pid !== undefined) endGroup(child.pid)
    rmSync(folder, { recursive: true, force: true })
  }
})

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ESRCH')
  }
}
