// Three servers on one PostgreSQL behind a balancer that sends each request to the next of them.

import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { createServer, request as httpRequest, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { decodeJwt, decodeProtectedHeader, type JSONWebKeySet } from 'jose'
import { Client } from 'pg'
import { freePort } from '../packages/doorward/src/testing/free-port.ts'
import { startPostgres, type TestPostgres } from '../packages/doorward/src/testing/postgres.ts'
import { type Doorward, makeFolder, runDoorward, startDoorward, waitFor } from './doorward.ts'
import { decide, PlainBrowser } from './person.ts'
import { makeProver } from './prover.ts'
import { authorizeUrl, redemption, register } from './public-client.ts'

const OPERATOR = { email: 'ada@example.com', password: 'correct horse battery' }
const NODES = [0, 1, 2] as const
type Node = (typeof NODES)[number]

/** Of docs/nodes.md, where notices are heard or the network falls silent. */
const FEED_BOUND_MILLISECONDS = 2250
/** Between two tries of `waitFor`. */
const TRY_MILLISECONDS = 50

const folder = makeFolder()
let postgres: TestPostgres
let database: Client
let nodes: Doorward[]
let ports: number[]
let issuer: string
let mcp: string
let env: Record<string, string>
let servers: Server[]
/** Where the balancer sends everybody, while it does. */
let only: Node | undefined
const browser = new PlainBrowser()

before(async () => {
  postgres = await startPostgres()
  ports = [await freePort(), await freePort(), await freePort()]
  const address = await postgres.fresh()
  database = new Client({ connectionString: address })
  await database.connect()
  const upstream = await listening((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"jsonrpc":"2.0","id":1,"result":{}}')
  })
  let turn = 0
  const balancer = await listening((incoming, response) => {
    const { method, url, headers } = incoming
    const outgoing = httpRequest(
      { host: '127.0.0.1', port: ports[only ?? turn++ % 3], method, path: url, headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers)
        answer.pipe(response)
      },
    )
    incoming.pipe(outgoing)
  })
  servers = [upstream, balancer]
  issuer = `http://localhost:${portOf(balancer)}`
  mcp = `${issuer}/mcp`
  env = {
    DOORWARD_DATABASE: address,
    DOORWARD_SECRET: randomBytes(32).toString('base64url'),
    DOORWARD_ISSUER: issuer,
    DOORWARD_CONFIG: join(folder, 'nodes.json'),
  }
  const upstreamAddress = `http://127.0.0.1:${portOf(upstream)}/`
  const resource = { name: 'Notes', path: '/mcp', upstream: upstreamAddress, scopes: { read: 'Read your notes' } }
  writeFileSync(env.DOORWARD_CONFIG ?? '', JSON.stringify({ resources: [resource], policy: { preset: 'zero-touch' } }))
  nodes = await Promise.all(
    ports.map((port) =>
      startDoorward(['serve'], {
        folder,
        keep: true,
        env: { ...env, DOORWARD_PORT: String(port), DOORWARD_HOST: '127.0.0.1' },
      }),
    ),
  )
  await run(['user', 'add', OPERATOR.email, '--operator', '--password-stdin'], OPERATOR.password)
})
after(async () => {
  for (const node of nodes) await node.stop()
  await database.end()
  await postgres.stop()
  for (const server of servers) server.close().closeAllConnections()
  rmSync(folder, { recursive: true, force: true })
})

async function listening(handler: Parameters<typeof createServer>[1]): Promise<Server> {
  const server = createServer({}, handler)
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  return server
}
const portOf = (server: Server) => (server.address() as AddressInfo).port

async function run(args: readonly string[], input = ''): Promise<string> {
  const { status, out, err } = await runDoorward(args, { folder, env, input })
  assert.equal(status, 0, err)
  return out
}

const at = (node: Node) => `http://127.0.0.1:${ports[node]}`

async function form(node: Node, path: string, fields: Record<string, string>) {
  const response = await fetch(`${at(node)}${path}`, { method: 'POST', body: new URLSearchParams(fields) })
  const text = await response.text()
  return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Record<string, string> }
}

async function call(
  node: Node,
  token: string,
  headers: Record<string, string> = {},
  patience = 20_000,
): Promise<number> {
  const response = await fetch(`${at(node)}/mcp`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
    signal: AbortSignal.timeout(patience),
  })
  await response.text()
  return response.status
}

/** Each step at whichever server comes next: the pages, the sign-in, the consent. */
async function agree(client: string): Promise<Record<string, string>> {
  const { code } = await decide(authorizeUrl(issuer, client, { resource: mcp }), OPERATOR, 'approve', browser)
  const { status, body } = await form(0, '/token', redemption(client, code))
  assert.equal(status, 200, JSON.stringify(body))
  return body
}

/** Every server lets it in, twice: by then each remembers it. */
async function known(token: string): Promise<void> {
  for (const node of [...NODES, ...NODES]) assert.equal(await call(node, token), 200)
}
const refusedAt = (node: Node, token: string) => waitFor(async () => (await call(node, token)) === 401)
const kidsAt = async (node: Node) =>
  ((await (await fetch(`${at(node)}/jwks`)).json()) as JSONWebKeySet).keys.map(({ kid }) => kid ?? '')
const kidOf = (token: string) => decodeProtectedHeader(token).kid ?? ''

test('a flow goes from server to server, and what one takes back is refused at the others [doorward-nodes, doorward-fleet]', async () => {
  const client = await register(issuer)
  const { access_token: token = '', refresh_token: first = '' } = await agree(client)
  const refreshed = await form(1, '/token', { grant_type: 'refresh_token', refresh_token: first, client_id: client })
  assert.equal(refreshed.status, 200, JSON.stringify(refreshed.body))
  assert.equal(await call(2, refreshed.body.access_token ?? ''), 200)
  await known(token)
  const revoked = await form(0, '/revoke', { token: refreshed.body.refresh_token ?? '', client_id: client })
  assert.equal(revoked.status, 200)
  assert.equal(await call(0, token), 401, 'at the server that took it back, with its answer')
  for (const node of [1, 2] as const) await refusedAt(node, token)
})

test('a grant that one server takes back is in the feed of another within the bound that docs/nodes.md names [doorward-nodes, doorward-revocation-feed]', async () => {
  const client = await register(issuer)
  const { access_token: token = '', refresh_token: refresh = '' } = await agree(client)
  const listed = createHash('sha256')
    .update(String(decodeJwt(token).grant_id))
    .digest('base64url')
    .slice(0, 22)
  const feed = async () => decodeJwt<{ grants: string[] }>(await (await fetch(`${at(2)}/revoked-grants`)).text()).grants
  assert.ok(!(await feed()).includes(listed))
  assert.equal((await form(0, '/revoke', { token: refresh, client_id: client })).status, 200)
  await waitFor(async () => (await feed()).includes(listed), FEED_BOUND_MILLISECONDS / TRY_MILLISECONDS)
})

test('a server that let a token in before asks the database for nothing when it comes again [doorward-nodes]', async () => {
  const { access_token: token = '' } = await agree(await register(issuer))
  // A machine that stands still for two seconds makes a server forget, as it has to: then all of it is asked again.
  await waitFor(async () => {
    await known(token)
    // Whoever reads a grant now waits.
    await database.query('BEGIN; LOCK TABLE grants IN ACCESS EXCLUSIVE MODE')
    try {
      for (const node of NODES) if ((await call(node, token, {}, 2000)) !== 200) return false
      return true
    } finally {
      await database.query('ROLLBACK')
    }
  }, 5)
})

test('a key that is replaced at once is followed by every server, and what the new one signs is let in by each [doorward-nodes, doorward-key-rotation]', async () => {
  const client = await register(issuer)
  const { access_token: old = '' } = await agree(client)
  await known(old)
  const { kid } = JSON.parse(await run(['key', 'rotate', '--now', '--json'])) as { kid: string }
  for (const node of NODES) {
    await refusedAt(node, old)
    await waitFor(async () => (await kidsAt(node)).join() === kid)
  }
  const { access_token: fresh = '' } = await agree(client)
  assert.equal(kidOf(fresh), kid)
  await known(fresh)
})

test('a rule that an operator adds is in force at every server, and ends what it denies [doorward-nodes, doorward-runtime-rules]', async () => {
  const client = await register(issuer, { client_name: 'To be denied' })
  const { access_token: token = '', refresh_token: refresh = '' } = await agree(client)
  await known(token)
  await run(['rule', 'add', 'deny', 'client-id', client])
  for (const node of NODES) {
    await refusedAt(node, token)
    const { body } = await form(node, '/token', {
      grant_type: 'refresh_token',
      refresh_token: refresh,
      client_id: client,
    })
    assert.equal(body.error, 'invalid_client')
  }
  await assert.rejects(agree(client))
})

test('a proof of possession that one server took is a replay at the others [doorward-nodes, rfc9449-11.1]', async () => {
  const proof = await makeProver()
  const client = await register(issuer)
  const { refresh_token: refresh = '' } = await agree(client)
  const bound = await fetch(`${at(1)}/token`, {
    method: 'POST',
    headers: { dpop: await proof(`${issuer}/token`) },
    body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refresh, client_id: client }),
  })
  const { access_token: token = '', token_type: type } = (await bound.json()) as Record<string, string>
  assert.equal(type, 'DPoP')
  const ath = createHash('sha256').update(token).digest('base64url')
  const headers = { authorization: `DPoP ${token}`, dpop: await proof(mcp, { ath }) }
  assert.equal(await call(0, token, headers), 200)
  for (const node of NODES) assert.equal(await call(node, token, headers), 401)
})

/** One guess by a browser that nobody knows, at one server: what its page says. */
async function guess(client: string, email: string, node: Node): Promise<'wrong' | 'wait'> {
  only = node
  try {
    const stranger = new PlainBrowser()
    const asked = await stranger.follow(authorizeUrl(issuer, client, { resource: mcp }))
    const fields = { email, password: 'wrong wrong' }
    const { response } = await stranger.submit(await asked.response.text(), asked.url, fields)
    return (await response.text()).includes('Too many tries') ? 'wait' : 'wrong'
  } finally {
    only = undefined
  }
}

test('guesses at a password count together, whichever server they are made at, and the others make a stranger wait for those of one [doorward-nodes]', async () => {
  const client = await register(issuer)
  for (const i of [0, 1, 2, 3]) assert.equal(await guess(client, 'eve@example.com', (i % 3) as Node), 'wrong')
  const { rows } = await database.query('SELECT max(failures) AS failures FROM attempts')
  assert.equal(Number(rows[0]?.failures), 4)

  const untilItWaits = () => waitFor(async () => (await guess(client, 'mallory@example.com', 0)) === 'wait')
  for (const node of [1, 2] as const) {
    // Where the wait was over by then the guess counts, and the next wait is twice as long. Three are fewer than a server by itself lets pass.
    const said: string[] = []
    while (said.at(-1) !== 'wait' && said.length < 3) {
      await untilItWaits()
      said.push(await guess(client, 'mallory@example.com', node))
    }
    assert.equal(said.at(-1), 'wait', `another server lets a stranger guess on: ${said}`)
  }
})

test('servers whose connection for notices is cut refuse what is taken back all the same, and hear again [doorward-nodes]', async () => {
  const client = await register(issuer)
  const [one, other] = [await agree(client), await agree(client)]
  await known(one.access_token ?? '')
  await known(other.access_token ?? '')
  const listeners = "FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'SELECT pg_listening%'"
  const untilAllListen = () =>
    waitFor(async () => {
      const { rows } = await database.query(`SELECT count(*) AS n ${listeners} AND pid <> pg_backend_pid()`)
      return Number(rows[0]?.n) === 3
    })
  await untilAllListen()
  const cut = await database.query(`SELECT pg_terminate_backend(pid) ${listeners} AND pid <> pg_backend_pid()`)
  assert.equal(cut.rowCount, 3)
  await form(0, '/revoke', { token: one.refresh_token ?? '', client_id: client })
  for (const node of NODES) await refusedAt(node, one.access_token ?? '')
  await untilAllListen()
  await known(other.access_token ?? '')
  await form(1, '/revoke', { token: other.refresh_token ?? '', client_id: client })
  for (const node of NODES) await refusedAt(node, other.access_token ?? '')
})
