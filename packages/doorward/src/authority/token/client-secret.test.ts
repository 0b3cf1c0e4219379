import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { deriveClientSecret, judgeClientSecret } from './client-secret.ts'

const KEY = createSecretKey(Buffer.alloc(32, 1))
const NOW = 1_800_000_000
const nonce = Buffer.alloc(12, 7)
const secretOf = (changes: Partial<Parameters<typeof deriveClientSecret>[1]> = {}) =>
  deriveClientSecret(KEY, { clientId: 'app', nonce, issuedAt: NOW, expiresAt: 0, ...changes })
const judge = (presented: string, { id = 'app', secretsNotBefore = 0, now = NOW } = {}) =>
  judgeClientSecret(KEY, presented, { id, secretsNotBefore }, now)

test('a secret is another for each client, draw, time and end, and none of them tells of another [doorward-no-stored-secret]', () => {
  const others = [{ clientId: 'apq' }, { nonce: Buffer.alloc(12, 8) }, { issuedAt: NOW + 1 }, { expiresAt: NOW + 1 }]
  const all = new Set([secretOf(), ...others.map(secretOf)])
  assert.equal(all.size, 5)
  const macs = new Set([...all].map((secret) => Buffer.from(secret.slice(4), 'base64url').subarray(20).toString('hex')))
  assert.equal(macs.size, 5)
})

const JUDGED: readonly (readonly [string, string, Parameters<typeof judge>[1], string])[] = [
  ['as it was given', secretOf(), {}, 'good'],
  ['of another client', secretOf({ clientId: 'other' }), {}, 'wrong'],
  ['at another client', secretOf(), { id: 'other' }, 'wrong'],
  ['without what it begins with', secretOf().slice(4), {}, 'wrong'],
  ['that begins like another token', secretOf().replace('dws_', 'dwr_'), {}, 'wrong'],
  ['with a byte more', `${secretOf()}AA`, {}, 'wrong'],
  ['with a byte less', secretOf().slice(0, -2), {}, 'wrong'],
  ['that is empty', '', {}, 'wrong'],
  ['that is nothing but its beginning', 'dws_', {}, 'wrong'],
  ['in the last second of its time', secretOf({ expiresAt: NOW + 1 }), {}, 'good'],
  ['when its time is over', secretOf({ expiresAt: NOW }), {}, 'expired'],
  ['of the second from which on they are good', secretOf(), { secretsNotBefore: NOW }, 'good'],
  ['of the second before that', secretOf(), { secretsNotBefore: NOW + 1 }, 'revoked'],
  ['of before, whose time is over too', secretOf({ expiresAt: NOW }), { secretsNotBefore: NOW + 1 }, 'revoked'],
]
for (const [title, presented, at, verdict] of JUDGED) {
  test(`a secret ${title} is ${verdict} [doorward-no-stored-secret]`, () => {
    assert.equal(judge(presented, at), verdict)
  })
}

test('no secret is good with a bit of it changed, and nothing that is presented throws [doorward-no-stored-secret]', () => {
  const bytes = Buffer.from(secretOf().slice(4), 'base64url')
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const changed = Buffer.from(bytes)
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    assert.equal(judge(`dws_${changed.toString('base64url')}`), 'wrong', `bit ${bit}`)
  }
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => judge(text) === 'wrong' && judge(`dws_${text}`) === 'wrong'),
  )
})
