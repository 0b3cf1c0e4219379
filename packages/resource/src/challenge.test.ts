import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseChallenges } from '@doorward/core/oauth/www-authenticate'
import fc from 'fast-check'
import { challengeResponse } from './challenge.ts'
import { invalidRequest, invalidToken, noCredentials, Refusal, unavailable } from './refusal.ts'

const invitation = {
  metadataUrl: 'https://notes.example/.well-known/oauth-protected-resource/mcp',
  scopes: ['notes:read'],
  scheme: 'Bearer',
  proofAlgorithms: ['ES256'],
} as const
// Apart, or the ledger would take it for the id of a row.
const EXPIRED = '[expired]'
const METADATA = `resource_metadata="${invitation.metadataUrl}"`

const written: [string, Refusal, number, string | null][] = [
  ['no credentials', noCredentials(), 401, `Bearer scope="notes:read", ${METADATA}`],
  [
    'a bad token',
    invalidToken('It is too old.', 'expired'),
    401,
    `Bearer error="invalid_token", error_description="It is too old. ${EXPIRED}", scope="notes:read", ${METADATA}`,
  ],
  [
    'a malformed header',
    invalidRequest('One only.', 'several_credentials'),
    400,
    `Bearer error="invalid_request", error_description="One only. [several_credentials]", scope="notes:read", ${METADATA}`,
  ],
  [
    'missing scopes',
    new Refusal(403, 'insufficient_scope', 'More.', 'missing_scope', { scopes: ['notes:read', 'notes:write'] }),
    403,
    `Bearer error="insufficient_scope", error_description="More. [missing_scope]", scope="notes:read notes:write", ${METADATA}`,
  ],
  ['an issuer out of reach', unavailable('Later.', 'issuer_unreachable', 5), 503, null],
  ['a long body', invalidRequest('Shorter.', 'body_too_long', 413), 413, null],
]

for (const [name, refusal, status, header] of written) {
  test(`answers ${name} with ${status}`, async () => {
    const response = challengeResponse(refusal, invitation)
    assert.equal(response.status, status)
    assert.equal(response.headers.get('www-authenticate'), header)
    assert.equal(response.headers.get('cache-control'), 'no-store')
    assert.equal(response.headers.get('access-control-allow-origin'), '*')
    assert.match(response.headers.get('access-control-expose-headers') ?? '', /WWW-Authenticate/)
    const body = (await response.json()) as Record<string, unknown>
    assert.equal(body.error, refusal.code)
    assert.equal(body.error_description, `${refusal.description} [${refusal.reason}]`)
  })
}

test('says the cause to nobody but the log, and leads on where somebody explains the reason', async () => {
  const cause = new Error('kid 7 of tenant 3')
  const errorUri = 'https://as.example/errors#wrong_signature'
  const details = { cause, reference: 'REF0', errorUri }
  const refusal = new Refusal(401, 'invalid_token', 'Not valid.', 'wrong_signature', details)
  const response = challengeResponse(refusal, invitation)
  const [challenge] = parseChallenges(response.headers.get('www-authenticate') ?? '')
  const text = await response.text()
  assert.ok(!text.includes('tenant'))
  const body = JSON.parse(text) as Record<string, unknown>
  for (const told of [body, challenge?.parameters]) {
    assert.equal(told?.error_description, 'Not valid. [wrong_signature] (ref REF0)')
    assert.equal(told?.error_uri, errorUri)
  }
})

test('leaves scope out where none is known', () => {
  const response = challengeResponse(noCredentials(), { ...invitation, scopes: [] })
  assert.equal(response.headers.get('www-authenticate'), `Bearer ${METADATA}`)
})

test('writes one challenge that reads back as it was, whatever is in the description [rfc6750-3-once, rfc6750-3-characters]', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (description) => {
      const header =
        challengeResponse(invalidToken(description, 'malformed'), invitation).headers.get('www-authenticate') ?? ''
      const challenges = parseChallenges(header)
      assert.equal(challenges.length, 1)
      assert.equal(challenges[0]?.parameters.resource_metadata, invitation.metadataUrl)
      assert.equal(challenges[0]?.parameters.scope, 'notes:read')
    }),
  )
})

test('a reference stands in every description but that of a missing scope, whose challenge is the same each time [doorward-same-challenge]', async () => {
  const answers = (['invalid_token', 'insufficient_scope'] as const).map((code) =>
    ['AAAA', 'BBBB'].map((reference) =>
      challengeResponse(new Refusal(403, code, 'No.', 'missing_scope', { scopes: ['a'], reference }), invitation),
    ),
  )
  for (const [i, [one, two]] of answers.entries()) {
    const header = one?.headers.get('www-authenticate') ?? ''
    assert.equal(header.includes('(ref AAAA)'), i === 0)
    assert.equal(header === two?.headers.get('www-authenticate'), i === 1)
    assert.match(await (one?.text() ?? ''), /\(ref AAAA\)/)
  }
})
