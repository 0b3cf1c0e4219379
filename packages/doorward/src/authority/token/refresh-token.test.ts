import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { deriveRefreshToken, readRefreshToken } from './refresh-token.ts'

const KEY = createSecretKey(Buffer.alloc(32, 1))
const OTHER = createSecretKey(Buffer.alloc(32, 2))
const grantId = '0123456789abcdef0123456789abcdef'
const TOKEN = deriveRefreshToken(KEY, { grantId, generation: 7 })
const bytes = Buffer.from(TOKEN.slice(4), 'base64url')
const tokenOf = (data: Uint8Array) => `dwr_${Buffer.from(data).toString('base64url')}`

test('a refresh token says its grant and generation, and is another for each of them [doorward-no-stored-secret]', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.nat(0xffffffff), (id, generation) => {
      const said = { grantId: Buffer.from(id).toString('hex'), generation }
      assert.deepEqual(readRefreshToken(KEY, deriveRefreshToken(KEY, said)), said)
    }),
  )
  assert.notEqual(TOKEN, deriveRefreshToken(KEY, { grantId, generation: 8 }))
})

test('whoever knows a grant makes no refresh token of it: of another key, with a bit changed, without its seal or with another’s [doorward-no-stored-secret]', () => {
  assert.equal(readRefreshToken(OTHER, TOKEN), undefined)
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const changed = Buffer.from(bytes)
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    assert.equal(readRefreshToken(KEY, tokenOf(changed)), undefined, `bit ${bit}`)
  }
  const next = Buffer.from(deriveRefreshToken(KEY, { grantId, generation: 8 }).slice(4), 'base64url')
  assert.equal(readRefreshToken(KEY, tokenOf(Buffer.concat([next.subarray(0, 20), bytes.subarray(20)]))), undefined)
  for (let length = 0; length < bytes.length; length++)
    assert.equal(readRefreshToken(KEY, tokenOf(bytes.subarray(0, length))), undefined, `${length} bytes`)
  assert.equal(readRefreshToken(KEY, tokenOf(Buffer.concat([bytes, Buffer.alloc(1)]))), undefined)
  assert.equal(readRefreshToken(KEY, TOKEN.replace('dwr_', 'dws_')), undefined)
})

test('whatever comes as a refresh token is read and never thrown at [doorward-no-stored-secret]', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.equal(readRefreshToken(KEY, text), undefined)
      assert.equal(readRefreshToken(KEY, `dwr_${text}`), undefined)
    }),
  )
})
