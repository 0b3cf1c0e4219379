import assert from 'node:assert/strict'
import { createSecretKey, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { seal, unseal } from './seal.ts'

test('a seal opens in the one spelling in which it was made', () => {
  const key = createSecretKey(randomBytes(32))
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  // 0 to 2 bytes beyond a whole group: none, four or two bits at the end say nothing.
  for (const length of [2, 3, 4]) {
    const sealed = seal(key, randomBytes(length), randomBytes(12))
    assert.equal(unseal(key, sealed)?.length, length)
    const spellings = [...alphabet].map((last) => `${sealed.slice(0, -1)}${last}`).filter((one) => one !== sealed)
    for (const other of [...spellings, `${sealed}=`, `${sealed} `, ` ${sealed}`, `${sealed}A`])
      assert.equal(unseal(key, other), undefined, other)
  }
})
