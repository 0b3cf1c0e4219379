import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { deriveKey } from '@doorward/core/kernel/seal'
import { addKey, eventOf } from '../authority/keys/keyring.ts'
import { clock, compose, openDatabase, SIGNING_KEYS } from './compose.ts'

test('a server that runs follows what an operator did to the keys from another process, without being asked [doorward-key-rotation, doorward-nodes]', {
  timeout: 20_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'doorward-compose-'))
  const database = join(folder, 'db.sqlite')
  const secret = randomBytes(32)
  const house = await compose({ issuer: 'http://localhost:1', database, secret, resources: [] })
  const leaked = house.context.keyring.signing.kid
  const operator = openDatabase(database)
  const sealingKey = deriveKey(secret, SIGNING_KEYS)
  const world = { now: clock, random: randomBytes }
  const made = await addKey(operator, sealingKey, world, 'ES256', (await operator.keys.list())[0], 'operator_rotated')
  await operator.keys.remove([leaked], eventOf('key.removed', 'operator_removed', [leaked]))
  while (house.context.keyring.signing.kid === leaked) await new Promise((resolve) => setTimeout(resolve, 10))
  assert.equal(house.context.keyring.signing.kid, made?.kid)
  assert.equal(house.context.keyring.publicKey(leaked), undefined)
  await operator.close()
  await house.close()
  rmSync(folder, { recursive: true, force: true })
})

test('of an MCP server that is not behind the gateway it is known that nothing is heard of its calls [doorward-trace]', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'doorward-compose-'))
  const shared = { name: 'Notes', scopes: {}, defaultScopes: [] }
  const own = { ...shared, uri: 'https://notes.example/mcp' }
  const behind = { ...shared, uri: 'http://localhost:1/mcp', upstream: new URL('http://127.0.0.1:2/mcp') }
  const house = await compose({
    issuer: 'http://localhost:1',
    database: join(folder, 'db.sqlite'),
    secret: randomBytes(32),
    resources: [own, behind],
  })
  assert.deepEqual(
    house.context.resources.map(({ uri, verifiesItself }) => [uri, verifiesItself === true]),
    [
      [own.uri, true],
      [behind.uri, false],
    ],
  )
  await house.close()
  rmSync(folder, { recursive: true, force: true })
})
