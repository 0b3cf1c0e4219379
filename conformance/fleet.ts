// Several `doorward serve` on one database, a person who agrees, an application that proves who it is, and an MCP server behind the gateway.

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { freePort } from '../packages/doorward/src/testing/free-port.ts'
import { type Doorward, makeFolder, runDoorward, startDoorward, waitFor } from './doorward.ts'
import { decide, PlainBrowser } from './person.ts'
import { authorizeUrl, REDIRECT, redemption } from './public-client.ts'

const OPERATOR = { email: 'ada@example.com', password: 'correct horse battery' }
const CLIENT = 'survivor'
/** A request that is not answered by then hangs. The driver needs eight seconds to tell a silent network from a slow database. */
export const HANG_MILLISECONDS = 20_000
/** What a process may hold more than before once all is over: the heap breathes. */
const BREATH_MIB = 64
const BREATH_FILES = 16

export interface Answer {
  /** 0 where nobody listened or the connection broke. */
  readonly status: number
  readonly retryAfter: string | null
  readonly body: Readonly<Record<string, unknown>>
  readonly milliseconds: number
}

export interface Fleet {
  readonly size: number
  /** What the application is called. */
  readonly client: string
  readonly origin: (node: number) => string
  /** A form, as the application, to one of the nodes. */
  readonly ask: (node: number, path: string, form: Record<string, string>) => Promise<Answer>
  /** A call through the gateway of one of the nodes. */
  readonly call: (node: number, accessToken: string) => Promise<Answer>
  /** The page of a person who is signed in. */
  readonly page: (node: number) => Promise<Response>
  /** A code that a person gave. */
  readonly code: () => Promise<string>
  readonly redeem: (node: number, code: string) => Promise<Answer>
  /** A command of `doorward` on the same database; its standard output. */
  readonly run: (args: readonly string[]) => Promise<string>
  readonly nodes: Doorward[]
  /** Starts a node again that has ended. */
  readonly restart: (node: number) => Promise<void>
  /** Remembers what the processes hold; the returned promise ends when they hold no more than that again. */
  readonly level: () => () => Promise<void>
  readonly stop: () => Promise<void>
}

/** @param each the environment of each node, where it is another */
export async function startFleet(database: string, each: readonly Record<string, string>[] = [{}, {}]): Promise<Fleet> {
  const folder = makeFolder()
  const mcp = createServer((request, response) => {
    request.resume().on('end', () => {
      response.setHeader('content-type', 'application/json')
      response.end('{"jsonrpc":"2.0","id":1,"result":{}}')
    })
  }).listen(0, '127.0.0.1')
  await once(mcp, 'listening')
  const { port: upstream } = mcp.address() as { port: number }
  const ports = await Promise.all(each.map(freePort))
  const issuer = `http://localhost:${ports[0]}`
  const config = join(folder, 'fleet.json')
  const resource = {
    name: 'Notes',
    path: '/mcp',
    upstream: `http://127.0.0.1:${upstream}/mcp`,
    scopes: { use: 'Use it' },
  }
  writeFileSync(config, JSON.stringify({ resources: [resource], policy: { preset: 'zero-touch' } }))
  const env = {
    DOORWARD_DATABASE: database,
    DOORWARD_SECRET: randomBytes(32).toString('base64url'),
    DOORWARD_ISSUER: issuer,
  }
  const start = (node: number) =>
    startDoorward(['serve', '--config', config], {
      folder,
      keep: true,
      env: { ...env, ...each[node], DOORWARD_PORT: String(ports[node]) },
    })
  const close = () => {
    mcp.close()
    mcp.closeAllConnections()
    rmSync(folder, { recursive: true, force: true })
  }
  const starts = await Promise.allSettled(each.map((_, node) => start(node)))
  const nodes = starts.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  const failed = starts.find((one) => one.status === 'rejected')
  if (failed !== undefined) {
    await Promise.all(nodes.map((node) => node.stop()))
    close()
    throw failed.reason
  }
  const run = async (args: readonly string[], input?: string) => {
    const { status, out, err } = await runDoorward(args, { folder, env, ...(input === undefined ? {} : { input }) })
    assert.equal(status, 0, err)
    return out
  }
  await run(['user', 'add', OPERATOR.email, '--operator', '--password-stdin'], OPERATOR.password)
  const added = ['client', 'add', '--id', CLIENT, '--auth', 'client_secret_post', '--redirect', REDIRECT, '--json']
  const { client_secret = '' } = JSON.parse(await run(added)) as { client_secret?: string }
  const browser = new PlainBrowser()

  async function send(node: number, path: string, init: RequestInit): Promise<Answer> {
    const began = performance.now()
    const signal = AbortSignal.timeout(HANG_MILLISECONDS)
    try {
      const response = await fetch(`http://localhost:${ports[node]}${path}`, { method: 'POST', signal, ...init })
      const text = await response.text()
      return {
        status: response.status,
        retryAfter: response.headers.get('retry-after'),
        body: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {},
        milliseconds: performance.now() - began,
      }
    } catch (error) {
      const milliseconds = performance.now() - began
      assert.ok(!signal.aborted, `${path} was not answered for ${Math.round(milliseconds)} ms: ${error}`)
      return { status: 0, retryAfter: null, body: {}, milliseconds }
    }
  }
  const ask: Fleet['ask'] = (node, path, form) =>
    send(node, path, { body: new URLSearchParams({ ...form, client_id: CLIENT, client_secret }) })

  return {
    size: each.length,
    client: CLIENT,
    origin: (node) => `http://localhost:${ports[node]}`,
    run,
    nodes,
    ask,
    call: (node, accessToken) =>
      send(node, '/mcp', {
        headers: {
          authorization: `Bearer ${accessToken}`,
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
        },
        body: '{"jsonrpc":"2.0","id":1,"method":"tools/list"}',
      }),
    page: (node) => {
      const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      return fetch(`http://localhost:${ports[node]}/account`, {
        headers: { cookie, accept: 'text/html' },
        signal: AbortSignal.timeout(HANG_MILLISECONDS),
      })
    },
    code: async () => {
      return (await decide(authorizeUrl(issuer, CLIENT), OPERATOR, 'approve', browser)).code ?? ''
    },
    redeem: (node, code) => ask(node, '/token', redemption(CLIENT, code)),
    restart: async (node) => {
      nodes[node] = await start(node)
    },
    level: () => {
      const before = nodes.map(holds)
      return () =>
        waitFor(async () =>
          nodes.map(holds).every(({ mib, files }, i) => {
            const had = before[i] ?? { mib: 0, files: 0 }
            return mib <= had.mib + BREATH_MIB && files <= had.files + BREATH_FILES
          }),
        ).catch(() => assert.fail(`before ${JSON.stringify(before)}, after ${JSON.stringify(nodes.map(holds))}`))
    },
    stop: async () => {
      await Promise.all(nodes.map((node) => node.stop()))
      close()
    },
  }
}

/** Resident memory and open files of a process, as Linux counts them. */
function holds({ process: { pid } }: Doorward): { mib: number; files: number } {
  const kib = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return { mib: Number(kib) / 1024, files: readdirSync(`/proc/${pid}/fd`).length }
}
