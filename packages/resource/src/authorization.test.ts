import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readCredentials } from './authorization.ts'
import { Refusal } from './refusal.ts'

test('reads the token, whatever the case of the scheme and the spaces around [rfc6750-2.1-header]', () => {
  for (const header of ['Bearer a.b.c', 'bearer a.b.c', 'BEARER   a.b.c', '  Bearer a.b.c\t']) {
    assert.deepEqual(readCredentials(header), { scheme: 'Bearer', token: 'a.b.c' }, header)
  }
})

test('tells a bearer token from one that comes with a proof [rfc9449-7.1]', () => {
  for (const header of ['DPoP a.b.c', 'dpop a.b.c', ' DPOP  a.b.c'])
    assert.deepEqual(readCredentials(header), { scheme: 'DPoP', token: 'a.b.c' }, header)
})

const refused: [string, string | null | undefined, number, string][] = [
  ['no header', undefined, 401, 'no_credentials'],
  ['null', null, 401, 'no_credentials'],
  ['an empty header', '', 401, 'no_credentials'],
  ['spaces', '  \t', 401, 'no_credentials'],
  ['Basic', 'Basic YTpi', 401, 'other_scheme'],
  ['a scheme that only begins like DPoP', 'DPoPx a.b.c', 401, 'other_scheme'],
  ['DPoP and Bearer at once', 'DPoP a.b.c, Bearer a.b.c', 400, 'several_credentials'],
  ['Digest, whose parameters have commas', 'Digest username="a", realm="b"', 401, 'other_scheme'],
  ['a scheme that only begins alike', 'Bearerx a.b.c', 401, 'other_scheme'],
  ['a token without scheme', 'a.b.c', 401, 'other_scheme'],
  ['the scheme alone', 'Bearer', 400, 'malformed_header'],
  ['two words', 'Bearer a.b.c d.e.f', 400, 'malformed_header'],
  ['a quoted token', 'Bearer "a.b.c"', 400, 'malformed_header'],
  ['a tab for the space', 'Bearer\ta.b.c', 400, 'malformed_header'],
  ['a line break', 'Bearer a.b.c\r\nX-Admin: yes', 400, 'malformed_header'],
  ['a NUL', 'Bearer a.b\0c', 400, 'malformed_header'],
  ['no-break space', 'Bearer\u00a0a.b.c', 400, 'malformed_header'],
  ['two tokens', 'Bearer a.b.c, Bearer d.e.f', 400, 'several_credentials'],
  ['two tokens, the first empty', 'Bearer, Bearer d.e.f', 400, 'several_credentials'],
  ['a token after other credentials', 'Basic YTpi, Bearer a.b.c', 400, 'several_credentials'],
  ['more than 16 KB', `Bearer ${'a'.repeat(16_384)}`, 400, 'header_too_long'],
]

for (const [name, header, status, reason] of refused) {
  test(`refuses ${name} with ${status}`, () => {
    assert.throws(
      () => readCredentials(header),
      (error) => error instanceof Refusal && error.status === status && error.reason === reason,
    )
  })
}

test('gives no error code to whoever sent no bearer token [rfc6750-3.1-no-error]', () => {
  for (const [, header, status] of refused) {
    if (status !== 401) continue
    assert.throws(() => readCredentials(header), { code: undefined })
  }
})

test('answers any header with a token of its own characters or a refusal, soon', () => {
  const hostile = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 400 }),
    fc.string({ maxLength: 400 }).map((text) => `Bearer ${text}`),
    fc
      .array(fc.constantFrom('Bearer', 'bearer', ',', ' ', '\t', '=', 'a', '"', 'Basic', '\n'), { maxLength: 200 })
      .map((parts) => parts.join('')),
    fc.nat({ max: 40_000 }).map((count) => `Bearer ${' '.repeat(count)}x, ${','.repeat(count % 999)}`),
  )
  fc.assert(
    fc.property(hostile, (header) => {
      try {
        const { token } = readCredentials(header)
        assert.match(token, /^[A-Za-z0-9\-._~+/]+=*$/)
        assert.ok(header.includes(token))
      } catch (error) {
        assert.ok(error instanceof Refusal)
        assert.ok(error.status === 400 || error.status === 401)
      }
    }),
    { numRuns: 2000 },
  )
})
