import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { JSONWebKeySet } from 'jose'
import { makeFolder, runDoorward, startDoorward } from './doorward.ts'

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
