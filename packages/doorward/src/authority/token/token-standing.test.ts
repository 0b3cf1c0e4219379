import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type GrantStanding, tokenStanding } from './token-standing.ts'

const NOW = 1_800_000_000
const GRANT: GrantStanding = { userDisabled: false, clientBlocked: false }

const TABLE: readonly (readonly [string, GrantStanding | undefined, ReturnType<typeof tokenStanding>])[] = [
  ['lives', GRANT, 'live'],
  ['is not there', undefined, 'revoked'],
  ['was revoked', { ...GRANT, revokedAt: NOW - 100 }, 'revoked'],
  ['was revoked in the first second of all', { ...GRANT, revokedAt: 0 }, 'revoked'],
  ['is of a person who is disabled', { ...GRANT, userDisabled: true }, 'revoked'],
  ['is of a client that is blocked', { ...GRANT, clientBlocked: true }, 'revoked'],
  ['ends in this second', { ...GRANT, endsAt: NOW }, 'revoked'],
  ['ends in the next second', { ...GRANT, endsAt: NOW + 1 }, 'live'],
  ['was narrowed in the second after it was issued', { ...GRANT, narrowedAt: NOW - 59 }, 'outdated'],
  ['was narrowed in the second in which it was issued', { ...GRANT, narrowedAt: NOW - 60 }, 'live'],
  ['was narrowed and revoked', { ...GRANT, narrowedAt: NOW, revokedAt: NOW }, 'revoked'],
]
for (const [title, grant, standing] of TABLE) {
  test(`a token whose grant ${title} is ${standing} [doorward-narrowing]`, () => {
    assert.equal(tokenStanding(grant, NOW - 60, NOW), standing)
  })
}
