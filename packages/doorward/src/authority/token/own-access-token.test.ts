import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { decodeJwt } from 'jose'
import { makeWorld, VERIFIER, type World } from '../../testing/world.ts'
import { readAccessToken } from './own-access-token.ts'

let world: World
let token: string
beforeEach(async () => {
  world = await makeWorld()
  const client = await world.register()
  const code = await world.agree(client.client_id)
  const form = { grant_type: 'authorization_code', code, code_verifier: VERIFIER, client_id: client.client_id }
  token = ((await (await world.post('/token', form)).json()) as { access_token: string }).access_token
})
afterEach(() => world.close())

const read = (text = token, at = world.ctx.now()) => readAccessToken(world.ctx, text, at)

test('a token that was read before says the same, and its signature is not checked again', async () => {
  const first = await read()
  assert.deepEqual(first, decodeJwt(token))
  assert.equal(await read(), first)
})

test('a token that was read before is worth nothing when its time is over, and can still be told whose it is', async () => {
  const { exp } = (await read()) ?? assert.fail()
  assert.notEqual(await read(token, exp - 1), undefined)
  assert.equal(await read(token, exp), undefined)
  assert.notEqual(await read(token, 0), undefined)
})

test('a token that was read before is worth nothing from the moment its key is removed', async () => {
  assert.notEqual(await read(), undefined)
  await world.ctx.keyring.rotate({ now: true, by: {} })
  assert.equal(await read(), undefined)
  assert.equal(await read(token, 0), undefined)
})

test('of what was read the digest is kept and not the token, and of so many the oldest goes', async () => {
  const { checkedTokens } = world.ctx
  for (let i = 0; i < 5000; i++) checkedTokens.set(String(i), {} as never)
  await read()
  assert.deepEqual([checkedTokens.size, checkedTokens.has('0'), checkedTokens.has('1')], [5000, false, true])
  assert.ok(![...checkedTokens.keys()].includes(token))
})

test('one that is changed anywhere is none that was read before', async () => {
  await read()
  for (const part of [0, 1, 2]) {
    const parts = token.split('.')
    const text = parts[part] as string
    parts[part] = `${text.slice(0, 5)}${text[5] === 'A' ? 'B' : 'A'}${text.slice(6)}`
    assert.equal(await read(parts.join('.')), undefined)
  }
})
