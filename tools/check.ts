// The developer's minute, or with --all everything: one line a step, output only where a step fails.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'

const ROOT = dirname(import.meta.dirname)

interface Step {
  readonly name: string
  readonly command: readonly [string, ...string[]]
  readonly env?: Readonly<Record<string, string>>
  /** Shows its output as it comes, because it takes long or ends in a summary. */
  readonly loud?: boolean
}

const node = process.execPath
// Programs of Node itself and not the links in .bin, which another Node on the path or another system would start otherwise.
const BIOME = join(ROOT, 'node_modules/@biomejs/biome/bin/biome')
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc')
const RUN_TESTS = ['--conditions=doorward-source', '--test'] as const
/** One more than there are cores: there is always a file that waits, for a database or a hash. */
const TOGETHER = availableParallelism() + 1

const QUICK: readonly Step[] = [
  { name: 'floorplan', command: [node, 'tools/floorplan.ts'] },
  { name: 'lint and format', command: [node, BIOME, 'check', '--error-on-warnings', '.'] },
  { name: 'types', command: [node, TSC, '--noEmit', '-p', 'tsconfig.json'] },
  { name: 'ledger', command: [node, 'tools/ledger.ts', '--strict'] },
  {
    name: 'tests beside the files',
    command: [
      node,
      ...RUN_TESTS,
      `--test-concurrency=${TOGETHER}`,
      ...['packages/*/src/**/*.test.ts', 'tools/*.test.ts', 'bench/*.test.ts'],
    ],
    // Each file is a process that reads the same sources: they are compiled once.
    env: { NODE_COMPILE_CACHE: join(ROOT, 'node_modules/.cache/doorward') },
  },
]

const ALL: readonly Step[] = [
  { name: 'build', command: [node, 'tools/build.ts'] },
  { name: 'bundles', command: [node, 'tools/bundles.ts'] },
  {
    name: 'tests from outside',
    command: [node, ...RUN_TESTS, '--test-concurrency=1', 'conformance/*.test.ts'],
    loud: true,
  },
]

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 24 || (major === 24 && minor < 7)) {
  process.stderr.write(
    `This needs Node.js 24.7 or newer and runs ${process.versions.node}; start it with 'npm run check', which brings its own.\n`,
  )
  process.exit(2)
}
if (!existsSync(BIOME)) {
  process.stderr.write("The tools are not installed; run 'npm ci' first.\n")
  process.exit(2)
}

const everything = process.argv.includes('--all')
for (const step of everything ? [...QUICK, ...ALL] : QUICK) {
  if (!(await run(step))) process.exit(1)
}

async function run({ name, command: [program, ...args], env = {}, loud = false }: Step): Promise<boolean> {
  const started = performance.now()
  const child = spawn(program, args, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: loud ? 'inherit' : ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout?.on('data', (text: Buffer) => {
    output += text.toString()
  })
  child.stderr?.on('data', (text: Buffer) => {
    output += text.toString()
  })
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve))
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  // What is loud has said how it ended; its summary stays the last word.
  if (loud) return status === 0
  if (status !== 0) {
    process.stdout.write(`${output}\n✗ ${name} (${seconds} s)\n`)
    return false
  }
  const summary = output.split('\n').filter((line) => /^(ℹ|#) (tests|pass|fail) |^ledger: /.test(line))
  process.stdout.write(`✓ ${name} (${seconds} s)${summary.length > 0 ? `\n${summary.join('\n')}` : ''}\n`)
  return true
}
