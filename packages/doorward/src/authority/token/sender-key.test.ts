import assert from 'node:assert/strict'
import { test } from 'node:test'
import { senderKeyOf } from './sender-key.ts'

const THUMBPRINT = 'a'.repeat(43)
const KEYS: readonly (readonly [string, unknown, string | undefined])[] = [
  ['a key of DPoP is its thumbprint', { jkt: THUMBPRINT }, THUMBPRINT],
  ['a certificate is its thumbprint, with its kind before it', { 'x5t#S256': THUMBPRINT }, `x5t#S256:${THUMBPRINT}`],
  ['two kinds at once are none', { jkt: THUMBPRINT, 'x5t#S256': THUMBPRINT }, undefined],
  ['another kind is none', { 'x5t#S512': THUMBPRINT }, undefined],
  ['nothing is none', { jkt: '' }, undefined],
  ['what is no text is none', { jkt: 7 }, undefined],
  ['an empty confirmation is none', {}, undefined],
  ['no confirmation is none', undefined, undefined],
]
for (const [title, confirmation, key] of KEYS) {
  test(`${title} [rfc8705-4]`, () => assert.equal(senderKeyOf(confirmation), key))
}
