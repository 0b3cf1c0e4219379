#!/usr/bin/env -S MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=1048576 node --max-semi-space-size=4 --initial-old-space-size=32
// The first line keeps the process small (docs/performance.md): what hashing a password took is given back to the system, the
// young generation stays small, and the old one is swept before it has grown.
// Says in one sentence what is wrong where the runtime is too old, before anything newer than it is parsed.
import { existsSync } from 'node:fs'
import * as modules from 'node:module'
import { fileURLToPath } from 'node:url'

if (Number(process.versions.node.split('.')[0]) < 24) {
  process.stderr.write(
    `doorward: Node.js ${process.versions.node} is too old; install Node.js 24 or newer (https://nodejs.org).\n`,
  )
  process.exit(2)
}
// What was compiled once need not be compiled at the next start.
modules.enableCompileCache?.()
const built = new URL('../dist/cli/main.js', import.meta.url)
if (existsSync(built)) {
  await import(built.href)
} else {
  // A clone that was not built runs from its sources.
  const source = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url))
  const { spawnSync } = await import('node:child_process')
  const { status } = spawnSync(process.execPath, ['--conditions=doorward-source', source, ...process.argv.slice(2)], {
    stdio: 'inherit',
  })
  process.exit(status ?? 1)
}
