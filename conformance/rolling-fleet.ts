// Several processes of one server, and callers who keep refreshing while things happen to them.

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../packages/doorward/src/testing/free-port.ts'
import { type Doorward, makeFolder, runDoorward, startDoorward } from './doorward.ts'
import { decide, PlainBrowser } from './person.ts'
import { authorizeUrl, redemption, register } from './public-client.ts'

const RESOURCE = 'https://notes.example/mcp'
const OPERATOR = { email: 'ada@example.com', password: 'correct horse battery' }
/** Longer than anybody waits; a hang is longer. */
const HANG_MILLISECONDS = 20_000
/** What callers may meet when a node is replaced: nobody is there, or was about to go (nothing of the request was read then). */
const NOBODY_THERE = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']

export interface Fleet {
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
  /** The path of the config file. */
  readonly config: string
  /** The issuer's is the first. */
  readonly ports: readonly number[]
  /** Starts `doorward serve` at one of the ports. */
  readonly start: (port: number, args?: readonly string[], env?: Readonly<Record<string, string>>) => Promise<Doorward>
  readonly remove: () => void
}

/** @param database a file in the folder of the fleet where left out */
export async function fleet(count: number, database?: string, config: object = {}): Promise<Fleet> {
  const folder = makeFolder()
  const ports: number[] = []
  for (let i = 0; i < count; i++) ports.push(await freePort())
  const env = {
    DOORWARD_DATABASE: database ?? join(folder, 'db.sqlite'),
    DOORWARD_SECRET: randomBytes(32).toString('base64url'),
    DOORWARD_ISSUER: `http://localhost:${ports[0]}`,
  }
  const file = join(folder, 'fleet.json')
  const resource = { name: 'Notes', resource: RESOURCE, scopes: { read: 'Read your notes' } }
  writeFileSync(file, JSON.stringify({ resources: [resource], policy: { preset: 'zero-touch' }, ...config }))
  return {
    folder,
    env,
    config: file,
    ports,
    start: (port, args = [], more = {}) =>
      startDoorward(['serve', '--config', file, ...args], {
        folder,
        keep: true,
        env: { ...env, DOORWARD_PORT: String(port), ...more },
      }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

export interface Family {
  token: string
  answers: number
}

export interface Callers {
  readonly client: string
  readonly families: readonly Family[]
}

/** So many grants, each with its newest refresh token, at a server that runs at the issuer's address. */
export async function callersOf({ folder, env }: Fleet, count: number): Promise<Callers> {
  const added = await runDoorward(['user', 'add', OPERATOR.email, '--operator', '--password-stdin'], {
    folder,
    env,
    input: OPERATOR.password,
  })
  assert.equal(added.status, 0, added.err)
  const issuer = env.DOORWARD_ISSUER as string
  const client = await register(issuer)
  const browser = new PlainBrowser()
  const url = authorizeUrl(issuer, client, { resource: RESOURCE })
  const families: Family[] = []
  for (let i = 0; i < count; i++) {
    const { code } = await decide(url, OPERATOR, 'approve', browser)
    const form = redemption(client, code)
    const { status, body } = await ask(Number(new URL(issuer).port), form)
    assert.equal(status, 200, JSON.stringify(body))
    families.push({ token: body.refresh_token ?? '', answers: 0 })
  }
  return { client, families }
}

export async function ask(port: number, form: Record<string, string>) {
  const response = await fetch(`http://localhost:${port}/token`, {
    method: 'POST',
    body: new URLSearchParams(form),
    signal: AbortSignal.timeout(HANG_MILLISECONDS),
  })
  const text = await response.text()
  return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Record<string, string> }
}

export const refresh = (port: number, client: string, token: string) =>
  ask(port, { grant_type: 'refresh_token', refresh_token: token, client_id: client })

export interface Load {
  /** Each caller has got so many more answers. */
  readonly answered: (more: number) => Promise<void>
  /** How requests ended that got no answer, by the name of the failure. */
  readonly failures: ReadonlyMap<string, number>
  readonly stop: () => Promise<void>
}

/** Every family refreshes over and over, going round the ports; where nobody answers, it asks at the next. */
export function keepRefreshing({ client, families }: Callers, ports: readonly number[]): Load {
  let running = true
  const failures = new Map<string, number>()
  let turn = 0
  const load = families.map(async (family) => {
    while (running) {
      const port = ports[turn++ % ports.length] as number
      try {
        const { status, body } = await refresh(port, client, family.token)
        assert.equal(status, 200, JSON.stringify(body))
        family.token = body.refresh_token ?? ''
        family.answers++
      } catch (error) {
        if (!(error instanceof TypeError)) throw error
        const cause = error.cause as (NodeJS.ErrnoException & { errors?: NodeJS.ErrnoException[] }) | undefined
        const code = cause?.code ?? cause?.errors?.[0]?.code ?? error.message
        failures.set(code, (failures.get(code) ?? 0) + 1)
        await pause()
      }
    }
  })
  const all = Promise.all(load)
  // Told by whoever waits next.
  all.catch(() => undefined)
  return {
    failures,
    answered: async (more) => {
      const aims = families.map(({ answers }) => answers + more)
      while (families.some(({ answers }, i) => answers < (aims[i] as number))) await Promise.race([pause(), all])
    },
    stop: async () => {
      running = false
      await all
    },
  }
}

/** A refresh that was done and whose answer got lost would have been asked for again, and the server tells of that. */
export async function assertAllAnswered({ folder, env }: Fleet, load: Load): Promise<void> {
  assert.deepEqual(
    [...load.failures.keys()].filter((code) => !NOBODY_THERE.includes(code)),
    [],
  )
  const listed = await runDoorward(['events', '--type', 'token.repeated', '--json'], { folder, env })
  assert.deepEqual([listed.status, listed.out], [0, ''])
}

/** What a server says of itself. */
export async function readyz(port: number): Promise<{ status: number; because: readonly string[] }> {
  const response = await fetch(`http://localhost:${port}/readyz`, { signal: AbortSignal.timeout(HANG_MILLISECONDS) })
  const body = (await response.json()) as { because?: readonly { reason: string; cause: string }[] }
  return { status: response.status, because: (body.because ?? []).map(({ reason }) => reason) }
}

/** The processes that a process has started and that live. */
export function childrenOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  return children === '' ? [] : children.split(' ').map(Number)
}

export function isAlive(pid: number): boolean {
  try {
    // Dead, and not yet taken note of by its parent, is dead.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 20))
