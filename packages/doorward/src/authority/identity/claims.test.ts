import assert from 'node:assert/strict'
import { test } from 'node:test'
import { claimsTogether, cleanGroups, cleanLabel } from './claims.ts'

const GROUPS: readonly (readonly [string, unknown, readonly string[], number])[] = [
  ['nothing', undefined, [], 0],
  ['null', null, [], 0],
  ['one name', 'staff', ['staff'], 0],
  ['names, one of them twice', ['b', 'a', 'b'], ['b', 'a'], 0],
  ['numbers, objects and empty names', [1, {}, '', ' ', 'a'], ['a'], 4],
  ['the full path of a group', ['/staff', '/staff/dev'], ['/staff', '/staff/dev'], 0],
  [
    'names that would be another one if what cannot be seen were taken out',
    ['ad\u202emins', 'admins\u0000', ' admins', 'a\u200bdmins'],
    [],
    4,
  ],
  ['too long a name', ['x'.repeat(129), 'y'.repeat(100_000), 'z'.repeat(128)], ['z'.repeat(128)], 2],
]
for (const [what, claim, names, dropped] of GROUPS) {
  test(`groups: ${what} [doorward-provider-groups]`, () => {
    assert.deepEqual(cleanGroups(claim), { names, dropped })
  })
}

test('of more groups than are looked at the rest is left out and counted [doorward-provider-groups]', () => {
  const { names, dropped } = cleanGroups(Array.from({ length: 100_000 }, (_, i) => `g${i}`))
  assert.deepEqual([names.length, dropped], [200, 99_800])
})

test('a label is short and visible, whatever it was', () => {
  assert.equal(cleanLabel('a\u202eb'), 'ab')
  assert.equal(cleanLabel('x'.repeat(999)).length, 254)
  assert.equal(cleanLabel({ toString: () => 'x' }), '')
})

const TOGETHER: readonly (readonly [string, Record<string, unknown>, Record<string, unknown>, unknown, unknown])[] = [
  [
    'another address',
    { email: 'boss@a.example' },
    { email: 'eve@a.example', email_verified: true },
    'boss@a.example',
    undefined,
  ],
  ['no address', { email_verified: true }, { email: 'boss@a.example', email_verified: false }, 'boss@a.example', false],
  ['nothing', {}, { email: 'eve@a.example', email_verified: true }, 'eve@a.example', true],
]
for (const [what, idToken, userInfo, email, verified] of TOGETHER) {
  test(`an ID token with ${what} takes no verification from, and gives none to, what stands elsewhere`, () => {
    const claims = claimsTogether({ sub: '1', ...idToken }, { groups: ['a'], ...userInfo })
    assert.deepEqual([claims.email, claims.email_verified, claims.groups], [email, verified, ['a']])
  })
}
