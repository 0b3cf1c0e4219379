import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LANGUAGES } from '../words/words.ts'
import { explain, explainRefusal, nameOfCause } from './explain.ts'

const REFUSED = { outcome: 'refused', stoppedAt: 'call', reason: 'grant_revoked' } as const
const GAVE_UP = { outcome: 'silent', stoppedAt: 'server-metadata' } as const
const ELSEWHERE = { host: 'localhost:3443', issuer: 'https://door.example' }

/** Everything by which a grant ends, as its row names it. */
const ENDS = [
  'client_blocked',
  'client_removed',
  'client_revoked',
  'code_reused',
  'groups_changed',
  'operator_revoked',
  'parent_narrowed',
  'parent_revoked',
  'person_disconnected',
  'refresh_token_ahead',
  'refresh_token_reused',
  'restored',
  'rule_denies',
  'upstream_changed',
  'user_disabled',
]

for (const words of LANGUAGES) {
  test(`whatever ends a grant has a cause and a mend of its own where a call is refused for it: ${words.lang} [doorward-trace]`, () => {
    const told = [undefined, ...ENDS].map((ended) => explain({ ...REFUSED, ended }, words))
    for (const explained of told) assert.ok(explained?.cause && explained.mend)
    assert.equal(new Set(told.map((explained) => explained?.cause)).size, ENDS.length + 1)
    for (const ended of ENDS) assert.equal(nameOfCause({ ...REFUSED, ended }), ended)
  })

  test(`of who has a token for a server that tells nothing here it is said that nothing is wrong here: ${words.lang} [doorward-trace]`, () => {
    assert.deepEqual(explain({ outcome: 'issued' }, words), words.adminTrace.issued)
  })

  test(`another address than the issuer’s is the cause where it is certain, and stands before the usual one where it is a guess: ${words.lang} [doorward-trace, q22]`, () => {
    const usual = explain(GAVE_UP, words)
    const certain = explain({ ...GAVE_UP, elsewhere: { ...ELSEWHERE, join: 'certain' } }, words)
    const guess = explain({ ...GAVE_UP, elsewhere: { ...ELSEWHERE, join: 'guess' } }, words)
    for (const { cause = '', mend = '' } of [certain ?? {}, guess ?? {}]) {
      for (const text of [cause, mend]) for (const name of Object.values(ELSEWHERE)) assert.ok(text.includes(name))
    }
    assert.ok(guess?.cause.endsWith(usual?.cause ?? 'none') && guess.mend.endsWith(usual?.mend ?? 'none'))
    assert.ok(!certain?.cause.includes(usual?.cause ?? ''))
  })
}

const [english] = LANGUAGES
const OTHERS: readonly (readonly [string, object, string])[] = [
  ['that was refused for something else', { ...REFUSED, reason: 'missing_scope', ended: 'restored' }, 'missing_scope'],
  ['of which nobody knows the end', REFUSED, 'grant_revoked'],
  ['that ended in a way without words', { ...REFUSED, ended: 'of_another_version' }, 'grant_revoked'],
]
for (const [title, stopped, reason] of OTHERS) {
  test(`the end of a grant explains no call ${title} [doorward-trace]`, () => {
    assert.equal(explain(stopped as typeof REFUSED, english ?? assert.fail())?.reason, reason)
  })
}

test('a refusal is explained by the end of its own grant, and of no other [doorward-trace]', () => {
  const words = english ?? assert.fail()
  const own = { reason: 'grant_revoked', grant: 'g1' }
  const { restored } = words.adminTrace.endings
  assert.equal(explainRefusal(own, { grant: 'g1', ended: 'restored' }, words), restored)
  assert.notEqual(explainRefusal(own, { grant: 'g2', ended: 'restored' }, words), restored)
  assert.notEqual(explainRefusal({ reason: 'grant_revoked' }, { ended: 'restored' }, words), restored)
})
