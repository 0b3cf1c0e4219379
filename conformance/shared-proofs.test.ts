// Two processes of one MCP server, with the shared memory of proofs that the README of @doorward/resource shows, in a real Redis.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createClient } from '@redis/client'
import { freePort } from '../packages/doorward/src/testing/free-port.ts'
import { type Doorward, makeFolder, ROOT, runDoorward, startDoorward, waitFor } from './doorward.ts'
import { startServer } from './guarded.ts'
import { makeProver } from './prover.ts'

const folder = makeFolder()
const RESOURCE = 'http://localhost:4199/mcp'
let door: Doorward
let redis: ChildProcess
let redisPort: number
let servers: readonly Awaited<ReturnType<typeof startSharing>>[] = []
let token = ''
let proof: () => Promise<string>

before(async () => {
  const resources = [{ name: 'Notes', resource: RESOURCE, scopes: { use: 'Use it' } }]
  writeFileSync(join(folder, 'doorward.config.json'), JSON.stringify({ resources }))
  door = await startDoorward(['serve'], { folder, env: { DOORWARD_PORT: String(await freePort()) } })
  const { issuer } = door
  const words = ['--id', 'robot', '--grant', 'client_credentials', '--auth', 'client_secret_post', '--scope', 'use']
  const { out, err } = await runDoorward(['client', 'add', ...words, '--json'], { folder })
  assert.notEqual(out, '', err)
  const { client_secret } = JSON.parse(out) as { client_secret: string }
  const prove = await makeProver()
  const form = { grant_type: 'client_credentials', client_id: 'robot', client_secret, resource: RESOURCE }
  const response = await fetch(`${issuer}/token`, {
    method: 'POST',
    headers: { dpop: await prove(`${issuer}/token`) },
    body: new URLSearchParams(form),
  })
  const body = (await response.json()) as Record<string, string>
  assert.equal(body.token_type, 'DPoP', JSON.stringify(body))
  token = body.access_token ?? ''
  const ath = createHash('sha256').update(token).digest('base64url')
  proof = () => prove(RESOURCE, { ath })
  redisPort = await freePort()
  redis = await startRedis()
  servers = await Promise.all([0, 1].map(() => startSharing(issuer)))
})
after(async () => {
  await Promise.all(servers.map(({ stop }) => stop()))
  redis?.kill('SIGKILL')
  await door?.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** One that has written down what it answers, as the README wants it. */
async function startRedis(): Promise<ChildProcess> {
  const kept = ['--appendonly', 'yes', '--appendfsync', 'always', '--save', '']
  const args = ['--port', `${redisPort}`, '--bind', '127.0.0.1', '--dir', folder, ...kept]
  const child = spawn('redis-server', args, { stdio: 'ignore' })
  const client = createClient({ url: `redis://127.0.0.1:${redisPort}`, disableOfflineQueue: true })
  client.on('error', () => {})
  await client.connect()
  await waitFor(async () => (await client.ping().catch(() => '')) === 'PONG')
  client.destroy()
  return child
}

async function startSharing(issuer: string) {
  const port = await freePort()
  const args = [issuer, RESOURCE, `${port}`, `redis://127.0.0.1:${redisPort}`]
  return { port, ...(await startServer('sharing-server.ts', args)) }
}

async function call(at: 0 | 1, dpop: string) {
  const response = await fetch(`http://127.0.0.1:${servers[at]?.port}/mcp`, {
    method: 'POST',
    headers: { authorization: `DPoP ${token}`, dpop },
    signal: AbortSignal.timeout(60_000),
  })
  await response.text()
  const error = /error="(\w+)"/.exec(response.headers.get('www-authenticate') ?? '')?.[1]
  return { status: response.status, error, retryAfter: response.headers.get('retry-after') }
}

const IN = { status: 200, error: undefined, retryAfter: null }
const REPLAYED = { status: 401, error: 'invalid_dpop_proof', retryAfter: null }

test('a proof is good once at all processes together, also where they are asked at once [rfc9449-11.1]', async () => {
  const once = await proof()
  assert.deepEqual(await call(0, once), IN)
  for (const at of [0, 1] as const) assert.deepEqual(await call(at, once), REPLAYED)
  const raced = await proof()
  const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => call(i % 2 === 0 ? 0 : 1, raced)))
  assert.equal(answers.filter(({ status }) => status === 200).length, 1)
})

const AWAY: readonly (readonly [string, () => Promise<void>, () => Promise<void>])[] = [
  ['hangs', async () => void redis.kill('SIGSTOP'), async () => void redis.kill('SIGCONT')],
  [
    'is killed',
    async () => {
      redis.kill('SIGKILL')
      await once(redis, 'close')
    },
    async () => {
      redis = await startRedis()
    },
  ],
]
for (const [what, takeAway, bringBack] of AWAY) {
  test(`while Redis ${what} everybody is refused with 503 and nobody waits for it; after it what was used stays used [rfc9449-11.1, doorward-honest-outage]`, async () => {
    const used = await proof()
    assert.deepEqual(await call(0, used), IN)
    await takeAway()
    try {
      const heard = servers.map(({ notices }) => notices().length)
      const refused = await Promise.all(([0, 1] as const).map(async (at) => call(at, await proof())))
      assert.deepEqual(
        refused,
        [0, 1].map(() => ({ status: 503, error: undefined, retryAfter: '5' })),
      )
      const said = () =>
        servers.map(({ notices }, at) =>
          notices()
            .slice(heard[at])
            .map((line) => line.split(' ')[0]),
        )
      await waitFor(async () => said().every(({ length }) => length > 0))
      assert.deepEqual(said(), [['proof_unknown'], ['proof_unknown']])
      assert.equal((await call(1, used)).status, 503)
    } finally {
      await bringBack()
    }
    // Its client reaches it again when it next tries.
    await waitFor(async () => (await call(1, await proof())).status === 200)
    await waitFor(async () => (await call(0, await proof())).status === 200)
    for (const at of [0, 1] as const) assert.deepEqual(await call(at, used), REPLAYED)
  })
}

test('the sample of the README is what ran here', () => {
  const line = 'claim: async (key, until) => (await redis.set(key, '
  const of = (file: string) =>
    readFileSync(join(ROOT, file), 'utf8')
      .split('\n')
      .find((each) => each.includes(line))
      ?.trim()
  assert.match(of('packages/resource/README.md') ?? '', /^claim: /)
  assert.equal(of('packages/resource/README.md'), of('conformance/sharing-server.ts'))
})
