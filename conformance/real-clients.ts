import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import { promisify } from 'node:util'
import { type Doorward, runDoorward, startDoorward, waitFor } from './doorward.ts'
import { fromNpm } from './from-npm.ts'
import { type Callback, decide } from './person.ts'

// Not in our own lock: the five bring some hundred packages and a gigabyte, which nobody who works on Doorward should have
// to install, audit or update. The versions are exact; a newer one is a new claim and wants a new run.
export const VERSIONS = {
  'mcp-remote': '0.15.1',
  '@modelcontextprotocol/inspector': '2.12.0',
  '@openai/codex': '0.169.0',
  '@google/gemini-cli': '0.61.0',
  '@anthropic-ai/claude-code': '2.1.329',
} as const

// Long enough for programs of this size on a machine that is slow and busy; where all is well nobody waits for them.
const BROWSER_MILLISECONDS = 90_000
const CALLBACK_MILLISECONDS = 60_000

/** The folder of a client as npm published it, fetched on the first run. */
export function installed(name: keyof typeof VERSIONS): Promise<string> {
  return fromNpm('doorward-real-clients', name, VERSIONS[name])
}

/** A program of somebody else, running. */
export interface Started {
  /** Everything that it wrote, on either stream, without colours and cursor movements. */
  readonly said: () => string
  readonly ended: Promise<number | null>
  readonly process: ChildProcess
}

/** The computer of a person who uses a client: a home that starts empty, and a browser that hands every address to us. */
export interface Desk {
  readonly home: string
  readonly folder: string
  readonly env: Record<string, string>
  readonly start: (command: string, args: readonly string[]) => Started
  /** The same for a client that only signs in where it finds a terminal. */
  readonly startInTerminal: (command: string, args: readonly string[]) => Started
  /** Runs one command to its end, and tells what it said. It has to end well. */
  readonly run: (command: string, args: readonly string[]) => Promise<string>
  /** The next address that a client opens in the browser. */
  readonly opened: () => Promise<string>
}

export const LIMIT_MILLISECONDS = 180_000

/** A door that nobody used, and a desk before it. Both are gone at the end of the test, with all that was started. */
export async function setUp(
  t: TestContext,
  env: Record<string, string> = {},
): Promise<{ readonly door: Doorward; readonly desk: Desk }> {
  // The desk first, so that its clients are gone before the door closes, which waits for open streams.
  const desk = makeDesk(t, env)
  const door = await startDoorward(['dev'])
  t.after(() => door.stop())
  return { door, desk }
}

function makeDesk(t: TestContext, more: Record<string, string>): Desk {
  const home = mkdtempSync(join(tmpdir(), 'doorward-desk-'))
  const folder = join(home, 'work')
  const addresses = join(home, 'opened')
  const browser = join(home, 'bin/xdg-open')
  for (const path of [folder, dirname(browser)]) mkdirSync(path)
  writeFileSync(browser, `#!/bin/sh\nfor address; do :; done\nprintf '%s\\n' "$address" >> '${addresses}'\n`)
  chmodSync(browser, 0o755)
  const env = {
    PATH: [dirname(browser), dirname(process.execPath), process.env.PATH].join(delimiter),
    HOME: home,
    BROWSER: browser,
    TERM: 'xterm-256color',
    LANG: 'C.UTF-8',
    ...more,
  }
  const children: Started[] = []
  let read = 0

  const start: Desk['start'] = (command, args) => {
    const child = spawn(command, args, { cwd: folder, env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] })
    let said = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text
      })
    }
    // It may have ended before it was told all; that shows in what it said.
    child.stdin.on('error', () => undefined)
    const { promise: ended, resolve, reject } = Promise.withResolvers<number | null>()
    ended.catch(() => undefined)
    child.once('error', reject).once('close', resolve)
    const started = { said: () => plain(said), ended, process: child }
    children.push(started)
    return started
  }

  t.after(async () => {
    for (const { process: child, ended } of children) {
      if (child.pid !== undefined) await killWithChildren(child.pid)
      await ended.catch(() => undefined)
    }
    rmSync(home, { recursive: true, force: true, maxRetries: 5 })
  })

  return {
    home,
    folder,
    env,
    start,
    startInTerminal: (command, args) => {
      const line = [command, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ')
      return start('script', ['-qefc', `stty rows 50 cols 250; exec ${line}`, '/dev/null'])
    },
    run: async (command, args) => {
      const started = start(command, args)
      started.process.stdin?.end()
      const status = await within(LIMIT_MILLISECONDS, started.said, started.ended)
      if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}: ${started.said()}`)
      return started.said()
    },
    opened: async () => {
      const lines = () => (existsSync(addresses) ? readFileSync(addresses, 'utf8').split('\n').slice(0, -1) : [])
      await waitFor(async () => lines().length > read, BROWSER_MILLISECONDS / 50).catch(() => {
        throw new Error(`no browser was opened; the client said: ${children.map(({ said }) => said()).join('\n')}`)
      })
      return lines()[read++] ?? ''
    },
  }
}

function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: These are what a terminal is told with.
  return text.replace(/\x1b(?:\[[0-9;?<>=]*[a-zA-Z]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[=>78])/g, '').replaceAll('\r', '')
}

/** Some clients are a script that starts the real program, and a terminal puts what runs in it into a group of its own. */
async function killWithChildren(pid: number): Promise<void> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid='])
  const rows = stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
  const family = [pid]
  for (const parent of family) for (const [child = 0, of] of rows) if (of === parent) family.push(child)
  for (const id of family) {
    try {
      process.kill(id, 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
  }
}

/** Gives up on what takes too long, and says what was heard until then. */
export async function within<T>(milliseconds: number, heard: () => string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it took longer than ${milliseconds} ms: ${heard()}`)), milliseconds)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

/** Waits until a program has said it, and tells how. */
export async function hears(started: Pick<Started, 'said'>, what: RegExp): Promise<RegExpExecArray> {
  await waitFor(async () => what.test(started.said()), LIMIT_MILLISECONDS / 50).catch(() => {
    throw new Error(`it never said ${what}, but: ${started.said()}`)
  })
  return what.exec(started.said()) as RegExpExecArray
}

/** The person signs in and agrees at the address that the client opened (or printed), and lets it have the answer. */
export async function agree(door: Doorward, address: string): Promise<{ asked: URLSearchParams; callback: Callback }> {
  const callback = await decide(address, door.operator)
  const response = await fetch(callback.url, { signal: AbortSignal.timeout(CALLBACK_MILLISECONDS) })
  await response.text()
  if (response.status !== 200) throw new Error(`the client answered its own callback with ${response.status}`)
  return { asked: new URL(address).searchParams, callback }
}

/** How often the door decided this. Events that change nothing are written a moment later. */
export async function count(door: Doorward, type: string): Promise<number> {
  const { out } = await runDoorward(['events', '--json', '--limit', '1000'], { folder: door.folder })
  return out.split('\n').filter((line) => line !== '' && (JSON.parse(line) as { type: string }).type === type).length
}

/** Makes the server forget a client, as a database that was lost would. */
export async function forget(door: Doorward, id: string | undefined): Promise<void> {
  const { status, err } = await runDoorward(['client', 'remove', id ?? ''], { folder: door.folder })
  if (status !== 0) throw new Error(`the client was not removed: ${err}`)
}

export function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T
}

/** Changes a file that a client keeps, to stand for time that has passed. */
export function editJson<T>(path: string, change: (value: T) => void): void {
  const value = readJson<T>(path)
  change(value)
  writeFileSync(path, JSON.stringify(value))
}
