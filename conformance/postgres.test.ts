// A fleet of two on one PostgreSQL, and what happens to it when the database goes.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { freePort } from '../packages/doorward/src/testing/free-port.ts'
import { startPostgres, type TestPostgres } from '../packages/doorward/src/testing/postgres.ts'
import { type Doorward, makeFolder, runDoorward, startDoorward } from './doorward.ts'
import { startFleet } from './fleet.ts'
import { openLedger, REFUSAL_MILLISECONDS } from './ledger-of-answers.ts'
import { decide, PlainBrowser } from './person.ts'
import { authorizeUrl, redemption, register } from './public-client.ts'

const OPERATOR = { email: 'ada@example.com', password: 'correct horse battery' }
/** Longer than a person waits; a hang is longer. */
const HANG_MILLISECONDS = 20_000

let postgres: TestPostgres
let nodes: Doorward[] = []
let ports: readonly [number, number]
let issuer: string
let client: string
const folder = makeFolder()
const browser = new PlainBrowser()

before(async () => {
  postgres = await startPostgres()
  ports = [await freePort(), await freePort()]
  issuer = `http://localhost:${ports[0]}`
  const env = {
    DOORWARD_DATABASE: await postgres.fresh(),
    DOORWARD_SECRET: randomBytes(32).toString('base64url'),
    DOORWARD_ISSUER: issuer,
  }
  const config = join(folder, 'fleet.json')
  const resource = { name: 'Notes', resource: 'https://notes.example/mcp', scopes: { read: 'Read your notes' } }
  writeFileSync(config, JSON.stringify({ resources: [resource], policy: { preset: 'zero-touch' } }))
  const start = (port: number) =>
    startDoorward(['serve', '--config', config], { folder, keep: true, env: { ...env, DOORWARD_PORT: String(port) } })
  // At once: one of the two makes the tables and the first key.
  nodes = await Promise.all(ports.map(start))
  const added = await runDoorward(['user', 'add', OPERATOR.email, '--operator', '--password-stdin'], {
    folder,
    env,
    input: OPERATOR.password,
  })
  assert.equal(added.status, 0, added.err)
  client = await register(issuer)
})
after(async () => {
  for (const node of nodes) await node.stop()
  await postgres?.stop()
  rmSync(folder, { recursive: true, force: true })
})

type Node = 0 | 1
const NODES = [0, 1] as const
const at = (node: Node) => `http://localhost:${ports[node]}`

async function ask(node: Node, path: string, form: Record<string, string>) {
  const body = new URLSearchParams({ ...form, client_id: client })
  const signal = AbortSignal.timeout(HANG_MILLISECONDS)
  const response = await fetch(`${at(node)}${path}`, { method: 'POST', body, signal })
  const text = await response.text()
  return {
    status: response.status,
    retryAfter: response.headers.get('retry-after'),
    body: (text === '' ? {} : JSON.parse(text)) as Record<string, string>,
  }
}
const refresh = (node: Node, token: string) =>
  ask(node, '/token', { grant_type: 'refresh_token', refresh_token: token })

async function connect(): Promise<string> {
  const { code } = await decide(
    authorizeUrl(issuer, client, { resource: 'https://notes.example/mcp' }),
    OPERATOR,
    'approve',
    browser,
  )
  // The other node redeems what the first one gave.
  const { status, body } = await ask(1, '/token', redemption(client, code))
  assert.equal(status, 200, JSON.stringify(body))
  return body.refresh_token ?? ''
}

test('two nodes are one server: a code, a refresh and a revocation of one hold at the other at once [doorward-fleet]', async () => {
  const [keys, same] = await Promise.all(NODES.map(async (node) => (await fetch(`${at(node)}/jwks`)).json()))
  assert.deepEqual(keys, same)
  const first = await connect()
  const { status, body } = await refresh(0, first)
  assert.equal(status, 200, JSON.stringify(body))
  const repeated = await refresh(1, first)
  assert.equal(repeated.body.refresh_token, body.refresh_token, 'the same successor at either node')
  assert.equal((await ask(1, '/revoke', { token: body.refresh_token ?? '' })).status, 200)
  const after = await refresh(0, body.refresh_token ?? '')
  assert.deepEqual([after.status, after.body.error], [400, 'invalid_grant'])
})

test('kill -9 of the database under load: every answer is a token or a fast and honest 503, no answer is lost or taken twice, and all goes on when it is back [doorward-durable, doorward-honest-outage]', {
  timeout: 180_000,
}, async () => {
  const fleet = await startFleet(await postgres.fresh())
  try {
    await using ledger = await openLedger(fleet)
    await ledger.goesOn()
    const levelled = fleet.level()
    // Answered before it dies, and asked for when it is back.
    await ledger.redeemAndRevoke('half')
    await postgres.kill()
    await ledger.isRefused()
    await ledger.isRefused()
    const { slowest } = ledger.refusals()
    assert.ok(slowest < REFUSAL_MILLISECONDS, `the slowest refusal took ${slowest} ms`)
    await postgres.start()
    await ledger.redeemAndRevoke()
    await ledger.goesOn()
    await ledger.end()
    await ledger.audit()
    await levelled()
  } finally {
    await fleet.stop()
  }
})
