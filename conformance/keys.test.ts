import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import type { JSONWebKeySet } from 'jose'
import { freePort } from '../packages/doorward/src/testing/free-port.ts'
import { openFile } from './database-file.ts'
import { makeFolder, runDoorward, startDoorward, waitFor } from './doorward.ts'
import { startGuarded } from './guarded.ts'
import { decide, PlainBrowser } from './person.ts'
import { authorizeUrl, redemption, register } from './public-client.ts'

const SERVED = { resources: [{ name: 'Elsewhere', resource: 'https://mcp.example/mcp' }] }
const config = (folder: string, extra: object = {}) =>
  writeFileSync(join(folder, 'doorward.config.json'), JSON.stringify({ ...SERVED, ...extra }))
const published = async (issuer: string) =>
  ((await (await fetch(`${issuer}/jwks`)).json()) as JSONWebKeySet).keys.map(({ kid, alg }) => ({ kid, alg }))
type Listed = { kid: string; alg: string }

test('key rotate adds a key of the configured algorithm beside the others; --now leaves it alone [doorward-key-rotation]', async () => {
  const folder = makeFolder()
  config(folder)
  const first = await startDoorward(['serve'], { folder, keep: true })
  const [old] = await published(first.issuer)
  await first.stop()
  config(folder, { signingKeys: { algorithm: 'EdDSA' } })
  const made = await runDoorward(['key', 'rotate', '--json'], { folder })
  const { kid } = JSON.parse(made.out) as Listed
  const list = async () =>
    (await runDoorward(['key', 'list', '--json'], { folder })).out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Listed)
      .map(({ kid, alg }) => ({ kid, alg }))
  assert.deepEqual(await list(), [old, { kid, alg: 'EdDSA' }])
  const second = await startDoorward(['serve'], { folder, keep: true })
  assert.deepEqual(await published(second.issuer), [old, { kid, alg: 'EdDSA' }])
  await second.stop()
  const leaked = await runDoorward(['key', 'rotate', '--now'], { folder })
  assert.match(leaked.out, /removed the others/)
  const [only, ...none] = await list()
  assert.deepEqual([only?.alg, none], ['EdDSA', []])
  assert.notEqual(only?.kid, kid)
  const events = (await runDoorward(['events', '--json', '--limit', '100'], { folder })).out
  for (const reason of ['operator_rotated', 'operator_removed']) assert.ok(events.includes(reason), reason)
  rmSync(folder, { recursive: true, force: true })
})

/** The header of an access token. */
const kidOf = (token: string) =>
  (JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as { kid: string }).kid

test('while a key is followed by another, tokens that are in use go on, at the gateway and at servers that verify by themselves [doorward-key-rotation]', {
  timeout: 600_000,
}, async () => {
  const folder = makeFolder()
  const env = { DOORWARD_PORT: String(await freePort()) }
  const guarded = await startGuarded(`http://localhost:${env.DOORWARD_PORT}`, 'refuse')
  const start = () => startDoorward(['dev', '--resource', guarded.mcp], { folder, env, keep: true })
  let door = await start()
  const ask = async (form: Record<string, string>) =>
    (await (await fetch(`${door.issuer}/token`, { method: 'POST', body: new URLSearchParams(form) })).json()) as {
      access_token: string
      refresh_token: string
    }
  const knock = async (mcp: string, token: string) => {
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    }
    const body = JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'read', arguments: {} },
    })
    const response = await fetch(mcp, { method: 'POST', headers, body })
    await response.body?.cancel()
    return response.status
  }
  try {
    const browser = new PlainBrowser()
    const client = await register(door.issuer)
    const agree = async (resource: string) => {
      const { code } = await decide(authorizeUrl(door.issuer, client, { resource }), door.operator, 'approve', browser)
      return ask(redemption(client, code))
    }
    const [behind, beside] = [await agree(door.mcp), await agree(guarded.mcp)]
    const inUse = () => Promise.all([knock(door.mcp, behind.access_token), knock(guarded.mcp, beside.access_token)])
    assert.deepEqual(await inUse(), [200, 200])
    const old = kidOf(behind.access_token)

    const { kid } = JSON.parse((await runDoorward(['key', 'rotate', '--json'], { folder })).out) as Listed
    await waitFor(async () => (await published(door.issuer)).some((key) => key.kid === kid))
    assert.deepEqual(
      (await published(door.issuer)).map((key) => key.kid),
      [old, kid],
    )
    assert.deepEqual(await inUse(), [200, 200])
    const refresh = (refresh_token: string) => ask({ grant_type: 'refresh_token', refresh_token, client_id: client })
    let renewed = await refresh(behind.refresh_token)
    assert.equal(kidOf(renewed.access_token), old, 'it is published for an hour before it signs')

    // The hour passes: both are older by it.
    await door.stop()
    const database = openFile(resolve(folder, door.database))
    database.exec('UPDATE keys SET created_at = created_at - 3601')
    database.close()
    door = await start()
    renewed = await refresh(renewed.refresh_token)
    assert.equal(kidOf(renewed.access_token), kid)
    assert.deepEqual(
      (await published(door.issuer)).map((key) => key.kid),
      [old, kid],
    )
    // A server that refuses what it cannot ask about has heard again from one that was away for long.
    await waitFor(async () => (await knock(guarded.mcp, beside.access_token)) === 200)
    assert.deepEqual(await inUse(), [200, 200])
    assert.equal(await knock(door.mcp, renewed.access_token), 200)
    assert.equal(await knock(guarded.mcp, (await refresh(beside.refresh_token)).access_token), 200)
  } finally {
    await door.stop()
    await guarded.stop()
    rmSync(folder, { recursive: true, force: true })
  }
})

test('the secret comes from a file or a command as well, and is the same secret [doorward-secret-sources]', async () => {
  const folder = makeFolder()
  config(folder)
  const secret = randomBytes(32).toString('base64url')
  writeFileSync(join(folder, 'secret'), `${secret}\n`)
  const ways: Record<string, string>[] = [
    { DOORWARD_SECRET: secret },
    { DOORWARD_SECRET_FILE: 'secret' },
    { DOORWARD_SECRET_COMMAND: 'cat secret' },
  ]
  const kids = new Set<string | undefined>()
  for (const env of ways) {
    const door = await startDoorward(['serve'], { folder, env, keep: true })
    kids.add((await published(door.issuer))[0]?.kid)
    await door.stop()
  }
  assert.equal(kids.size, 1)
  assert.equal(readFileSync(join(folder, 'doorward.sqlite')).includes(secret), false)
  rmSync(folder, { recursive: true, force: true })
})

const WRONG: readonly [string, Record<string, string>, RegExp][] = [
  ['two sources', { DOORWARD_SECRET: 'a', DOORWARD_SECRET_FILE: 'b' }, /Both DOORWARD_SECRET and DOORWARD_SECRET_FILE/],
  ['a file that is not there', { DOORWARD_SECRET_FILE: 'nowhere' }, /DOORWARD_SECRET_FILE names 'nowhere'/],
  [
    'a command that fails',
    { DOORWARD_SECRET_COMMAND: 'exit 7' },
    /DOORWARD_SECRET_COMMAND did not end well \(status 7\)/,
  ],
  [
    'a command that prints a refusal and ends well',
    { DOORWARD_SECRET_COMMAND: `echo '{"errors":["permission denied; token has no policy for this path"]}'` },
    /DOORWARD_SECRET_COMMAND is no secret; it has to be base64url and nothing else/,
  ],
  ['a command that prints nothing', { DOORWARD_SECRET_COMMAND: 'true' }, /DOORWARD_SECRET_COMMAND is too short/],
]
for (const [title, env, message] of WRONG) {
  test(`a secret from ${title} is refused with its mend [doorward-secret-sources]`, async () => {
    const folder = makeFolder()
    config(folder)
    const result = await runDoorward(['serve'], { folder, env })
    rmSync(folder, { recursive: true, force: true })
    assert.equal(result.status, 2)
    assert.match(result.err, message)
  })
}

test('fapi2 with RS256 is refused at the start: the profile forbids it [doorward-fapi2]', async () => {
  const folder = makeFolder()
  config(folder, { policy: { preset: 'fapi2' }, signingKeys: { algorithm: 'RS256' } })
  const result = await runDoorward(['serve'], { folder })
  rmSync(folder, { recursive: true, force: true })
  assert.equal(result.status, 2)
  assert.match(result.err, /RS256, which the preset fapi2 forbids/)
})
