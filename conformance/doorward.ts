import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { freePort } from '../packages/doorward/src/testing/free-port.ts'

export const ROOT = new URL('..', import.meta.url).pathname
export const MAIN = join(ROOT, 'packages/doorward/src/cli/main.ts')

export interface Ready {
  readonly issuer: string
  readonly mcp: string
  readonly operator: { readonly email: string; readonly password: string }
  readonly database: string
  /** Where Prometheus reads the numbers, if anywhere. */
  readonly metrics?: string
}

export interface Doorward extends Ready {
  readonly process: ChildProcess
  readonly folder: string
  /** Everything that the process wrote on standard error. */
  readonly said: () => string
  /** Every line on standard output so far. */
  readonly printed: () => readonly string[]
  /** `SIGTERM`, then waits; or another signal. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<number | null>
}

export interface StartOptions {
  readonly folder?: string
  readonly env?: Readonly<Record<string, string>>
  readonly keep?: boolean
  readonly mostKibPerFile?: number
  /** Another runtime, or another build. */
  readonly program?: readonly string[]
}

export const FROM_SOURCE = [process.execPath, '--conditions=doorward-source', MAIN]

export function makeFolder(): string {
  return mkdtempSync(join(tmpdir(), 'doorward-outside-'))
}

/** Starts `doorward <args> --json` in a folder of its own (or a given one) and waits for the ready line. */
export async function startDoorward(args: readonly string[], options: StartOptions = {}): Promise<Doorward> {
  const folder = options.folder ?? makeFolder()
  const words = [...(options.program ?? FROM_SOURCE), ...args, '--json']
  // A file that may grow no more is, for whoever writes it, a disk that is full.
  const most = options.mostKibPerFile
  const limited = most === undefined ? words : ['bash', '-c', `ulimit -f ${most}; exec "$@"`, 'bash', ...words]
  const child = spawn(limited[0] as string, limited.slice(1), {
    cwd: folder,
    env: { ...cleanEnvironment(), DOORWARD_PORT: '0', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  // What it said last may be read after it has ended; once its pipes are closed all of it has been.
  const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>
  const printed: string[] = []
  const line = await Promise.race([
    new Promise<string>((resolve) => {
      createInterface(child.stdout).on('line', (text) => {
        printed.push(text)
        // Events may stand before it.
        if (text.startsWith('{"issuer"')) resolve(text)
      })
    }),
    closed.then(([code, signal]) => Promise.reject(new Error(`doorward ended with ${code ?? signal}: ${said}`))),
  ])
  const ready = JSON.parse(line) as Ready
  return {
    ...ready,
    process: child,
    folder,
    said: () => said,
    printed: () => printed,
    stop: async (signal = 'SIGTERM') => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal)
      await closed
      if (options.keep !== true) rmSync(folder, { recursive: true, force: true })
      return child.exitCode
    },
  }
}

/** Runs one command to its end. */
export async function runDoorward(
  args: readonly string[],
  options: { folder: string; env?: Record<string, string>; input?: string },
): Promise<{ status: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, ['--conditions=doorward-source', MAIN, ...args], {
    cwd: options.folder,
    env: { ...cleanEnvironment(), ...options.env },
  })
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text
  })
  child.stdin.end(options.input ?? '')
  await once(child, 'close')
  return { status: child.exitCode, out, err }
}

export function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !name.startsWith('DOORWARD_') && name !== 'NODE_OPTIONS' && name !== 'NODE_TEST_CONTEXT',
    ),
  )
}

/** The everything server of the MCP project, unmodified, over Streamable HTTP. */
export async function startEverything(): Promise<{ url: string; stop: () => Promise<void> }> {
  const port = await freePort()
  const child = spawn(
    process.execPath,
    [join(ROOT, 'node_modules/@modelcontextprotocol/server-everything/dist/index.js'), 'streamableHttp'],
    {
      env: { ...cleanEnvironment(), PORT: String(port) },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  // It writes a line for each request, and one that nobody reads would make it wait in the end.
  child.stdout.resume()
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const closed = once(child, 'close')
  await waitFor(async () => child.exitCode !== null || said.includes(`listening on port ${port}`))
  if (child.exitCode !== null) throw new Error(`the everything server ended: ${said}`)
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    stop: async () => {
      child.kill('SIGKILL')
      await closed
    },
  }
}

/** A minute and more: what comes about within a second may take its time on a machine that has much to do. */
const MOST_TRIES = 1200

/** Asks again until it answers true; for things that other processes do in their own time. */
export async function waitFor(ask: () => Promise<boolean>, tries = MOST_TRIES): Promise<void> {
  let cause: unknown
  for (let i = 0; i < tries; i++) {
    try {
      if (await ask()) return
    } catch (error) {
      cause = error
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('it did not come about', { cause })
}
