#!/usr/bin/env -S MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=1048576 node --max-semi-space-size=4 --initial-old-space-size=32 --no-allocation-site-pretenuring --v8-pool-size=1
// The first line keeps the process small (docs/performance.md): what hashing a password took is given back to the system, the
// young generation stays small and is swept by one helper and not by four, and the old one before it has grown. Nothing is old
// from birth (decision 0043). The image has the same words in its Dockerfile.
// Says in one sentence what is wrong where the runtime is too old, before anything newer than it is parsed.
import { existsSync } from 'node:fs'
import * as modules from 'node:module'
import { fileURLToPath } from 'node:url'

// Node.js hashes passwords itself (argon2) since 24.7.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 24 || (major === 24 && minor < 7)) {
  process.stderr.write(
    `doorward: Node.js ${process.versions.node} is too old; install Node.js 24.7 or newer (https://nodejs.org).\n`,
  )
  process.exit(2)
}
// A request that waits for PostgreSQL lives longer than one that waits for SQLite, and a young generation of 4 MB is swept while it
// does. With 16 a server that has more to do than it can takes an eighth less CPU (docs/performance.md). The size is set at the start
// alone, so that this process begins again as itself; on Windows there is no such way.
const SMALL = '--max-semi-space-size=4'
const { DOORWARD_DATABASE = '', DOORWARD_DATABASE_FILE } = process.env
if (
  process.platform !== 'win32' &&
  process.execArgv.includes(SMALL) &&
  ['dev', 'protect', 'serve'].includes(process.argv[2] ?? '') &&
  (DOORWARD_DATABASE_FILE !== undefined || /^postgres(ql)?:/.test(DOORWARD_DATABASE))
) {
  const flags = process.execArgv.map((flag) => (flag === SMALL ? '--max-semi-space-size=16' : flag))
  process.execve(process.execPath, [process.execPath, ...flags, ...process.argv.slice(1)], process.env)
}
// What was compiled once need not be compiled at the next start.
modules.enableCompileCache?.()
const built = new URL('../dist/main.js', import.meta.url)
if (existsSync(built)) {
  await import(built.href)
} else {
  // A clone that was not built runs from its sources.
  const source = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url))
  const words = ['--conditions=doorward-source', source, ...process.argv.slice(2)]
  // In this very process, so that whoever stops what they started stops the server.
  if (process.platform !== 'win32') process.execve(process.execPath, [process.execPath, ...words], process.env)
  const { spawnSync } = await import('node:child_process')
  const { status } = spawnSync(process.execPath, words, { stdio: 'inherit' })
  process.exit(status ?? 1)
}
