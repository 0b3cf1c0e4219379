import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { type Doorward, ROOT, runDoorward, waitFor } from './doorward.ts'
import { type Callback, decide } from './person.ts'

// Not in our own lock: the five bring hundreds of packages and a gigabyte of binaries, which nobody who works on Doorward
// should have to install, audit or update. The versions here are exact; a new one is a new claim and wants a new run.
export const VERSIONS = {
  'mcp-remote': '0.15.1',
} as const

const CACHE = join(ROOT, 'node_modules/.cache/doorward-real-clients')
const INSTALL_MILLISECONDS = 600_000

/** The folder of a client as npm published it, fetched on the first run. No script of a package runs. */
export async function installed(name: keyof typeof VERSIONS): Promise<string> {
  const spec = `${name}@${VERSIONS[name]}`
  const folder = join(CACHE, spec.replaceAll('/', '+'))
  if (!existsSync(folder)) {
    // Moved into place when whole, so that an interrupted install is never taken for a client.
    const part = `${folder}.part`
    rmSync(part, { recursive: true, force: true })
    mkdirSync(part, { recursive: true })
    writeFileSync(join(part, 'package.json'), '{ "private": true }\n')
    await promisify(execFile)(
      'npm',
      ['install', '--prefix', part, '--no-save', '--ignore-scripts', '--loglevel=error', spec],
      { timeout: INSTALL_MILLISECONDS },
    ).catch((error: { stderr?: string; message: string }) => {
      throw new Error(`${spec} cannot be installed, so nothing is proved about it: ${error.stderr ?? error.message}`)
    })
    renameSync(part, folder)
  }
  return join(folder, 'node_modules', name)
}

/** A program of somebody else, running. */
export interface Started {
  /** Everything that it wrote, on either stream. */
  readonly said: () => string
  readonly ended: Promise<number | null>
  readonly process: ChildProcess
}

/** The computer of a person who uses a client: a home that starts empty, and a browser that hands every address to us. */
export interface Desk {
  readonly home: string
  readonly env: Record<string, string>
  readonly start: (command: string, args: readonly string[]) => Started
  /** The next address that a client opens in the browser. */
  readonly opened: () => Promise<string>
  /** Ends every process that was started here, with its children, and forgets the home. */
  readonly clear: () => Promise<void>
}

export function makeDesk(more: Record<string, string> = {}): Desk {
  const home = mkdtempSync(join(tmpdir(), 'doorward-desk-'))
  const addresses = join(home, 'opened')
  const browser = join(home, 'bin/xdg-open')
  mkdirSync(dirname(browser))
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
  return {
    home,
    env,
    start: (command, args) => {
      // In a group of its own, because some clients are a script that starts the real program.
      const child = spawn(command, args, { cwd: home, env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] })
      let said = ''
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (text: string) => {
          said += text
        })
      }
      const { promise: ended, resolve, reject } = Promise.withResolvers<number | null>()
      ended.catch(() => undefined)
      child.once('error', reject).once('close', resolve)
      const started = { said: () => said, ended, process: child }
      children.push(started)
      return started
    },
    opened: async () => {
      const lines = () => (existsSync(addresses) ? readFileSync(addresses, 'utf8').split('\n').slice(0, -1) : [])
      await waitFor(async () => lines().length > read, 600).catch(() => {
        throw new Error(`no browser was opened; the client said: ${children.map(({ said }) => said()).join('\n')}`)
      })
      return lines()[read++] ?? ''
    },
    clear: async () => {
      for (const { process: child, ended } of children) {
        if (child.pid !== undefined) killGroup(child.pid)
        await ended.catch(() => undefined)
      }
      rmSync(home, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}

/** Gives up on what takes too long, and says what that was. */
export async function within<T>(milliseconds: number, what: () => string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`longer than ${milliseconds} ms: ${what()}`)), milliseconds)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

/** The person: signs in and agrees at the address that the client opened (or printed), and lets it have the answer. */
export async function agree(door: Doorward, address: string): Promise<{ asked: URLSearchParams; callback: Callback }> {
  const callback = await decide(address, door.operator)
  const response = await fetch(callback.url, { signal: AbortSignal.timeout(20_000) })
  await response.text()
  if (response.status !== 200) throw new Error(`the client answered its own callback with ${response.status}`)
  return { asked: new URL(address).searchParams, callback }
}

export interface Event {
  readonly id: number
  readonly type: string
  readonly reason: string
  readonly client?: string
}

/** What the door decided, in order. */
export async function eventsOf(door: Doorward): Promise<Event[]> {
  const { out } = await runDoorward(['events', '--json', '--limit', '1000'], { folder: door.folder })
  return out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Event)
}
