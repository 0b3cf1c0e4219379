import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { test } from 'node:test'
import { freePort } from '../packages/doorward/src/testing/free-port.ts'
import { startPostgres } from '../packages/doorward/src/testing/postgres.ts'
import { makeFolder, startDoorward } from './doorward.ts'
import { decide } from './person.ts'
import { makeProver } from './prover.ts'
import { authorizeUrl, redemption, register } from './public-client.ts'

const TITLE =
  'a proof of possession that was taken is a replay also for the process that comes after kill -9, at the authorization server and at the gateway [rfc9449-11.1, doorward-durable]'

test(`on SQLite, ${TITLE}`, { timeout: 180_000 }, () => walk({}))

test(`on PostgreSQL, ${TITLE}`, { timeout: 180_000 }, async () => {
  const postgres = await startPostgres()
  try {
    const secret = randomBytes(32).toString('base64url')
    await walk({ DOORWARD_DATABASE: await postgres.fresh(), DOORWARD_SECRET: secret })
  } finally {
    await postgres.stop()
  }
})

async function walk(more: Record<string, string>): Promise<void> {
  const folder = makeFolder()
  const env = { ...more, DOORWARD_PORT: String(await freePort()) }
  const start = () => startDoorward(['dev'], { folder, env, keep: true })
  let door = await start()
  const { issuer, mcp } = door
  const proof = await makeProver()
  const ask = async (form: Record<string, string>, dpop: string) => {
    const response = await fetch(`${issuer}/token`, {
      method: 'POST',
      headers: { dpop },
      body: new URLSearchParams(form),
    })
    return { status: response.status, body: (await response.json()) as Record<string, string> }
  }
  const call = async (token: string, dpop: string) => {
    const response = await fetch(mcp, {
      method: 'POST',
      headers: {
        authorization: `DPoP ${token}`,
        dpop,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
    })
    await response.text()
    const error = /error="(\w+)"/.exec(response.headers.get('www-authenticate') ?? '')?.[1]
    return [response.status, error]
  }
  try {
    const client = await register(issuer)
    const { code } = await decide(authorizeUrl(issuer, client), door.operator)
    const [shown, again] = [await proof(`${issuer}/token`), () => proof(`${issuer}/token`)]
    const { status, body } = await ask(redemption(client, code), shown)
    assert.deepEqual([status, body.token_type], [200, 'DPoP'])
    const { access_token: token = '', refresh_token = '' } = body
    const ath = createHash('sha256').update(token).digest('base64url')
    const called = await proof(mcp, { ath })
    assert.deepEqual(await call(token, called), [200, undefined])

    await door.stop('SIGKILL')
    door = await start()
    assert.equal(door.issuer, issuer)

    const form = { grant_type: 'refresh_token', refresh_token, client_id: client }
    const replayed = await ask(form, shown)
    assert.deepEqual([replayed.status, replayed.body.error], [400, 'invalid_dpop_proof'])
    assert.match(replayed.body.error_description ?? '', /dpop_replayed/)
    assert.deepEqual(await call(token, called), [401, 'invalid_dpop_proof'])
    // Nothing else is wrong with either.
    assert.deepEqual(await call(token, await proof(mcp, { ath })), [200, undefined])
    assert.equal((await ask(form, await again())).status, 200)
  } finally {
    await door.stop('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
}
