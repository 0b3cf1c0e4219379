// Builds what is published: the libraries file by file, the program as one bundle (decision 0035).
import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'

const ROOT = dirname(import.meta.dirname)
const PROGRAM = join(ROOT, 'packages/doorward')
const OLDEST_NODE = 'node24.7'

const { status } = spawnSync(
  process.execPath,
  [join(ROOT, 'node_modules/typescript/bin/tsc'), '-b', join(ROOT, 'tsconfig.build.json')],
  { stdio: 'inherit' },
)
if (status !== 0) process.exit(status ?? 1)

const { dependencies } = JSON.parse(readFileSync(join(PROGRAM, 'package.json'), 'utf8')) as {
  dependencies: Record<string, string>
}
// Pieces have their contents in their names: those of the build before would stay.
rmSync(join(PROGRAM, 'dist'), { recursive: true, force: true })
await build({
  entryPoints: [join(PROGRAM, 'src/cli/main.ts')],
  outdir: join(PROGRAM, 'dist'),
  bundle: true,
  // What is read later stays a file of its own.
  splitting: true,
  chunkNames: 'pieces/[name]-[hash]',
  format: 'esm',
  platform: 'node',
  target: OLDEST_NODE,
  conditions: ['doorward-source'],
  // Other people's packages are installed beside it, where everybody can see and mend them.
  external: Object.keys(dependencies).flatMap((name) => [name, `${name}/*`]),
  sourcemap: 'linked',
  charset: 'utf8',
  logLevel: 'warning',
})
