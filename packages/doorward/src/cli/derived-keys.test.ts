import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deriveKey, unseal } from '@doorward/core/kernel/seal'
import { verifyPassword } from '../authority/identity/password.ts'
import { readInviteToken } from '../authority/registration/invite-token.ts'
import { isManagementToken } from '../authority/registration/management-token.ts'
import { judgeClientSecret } from '../authority/token/client-secret.ts'
import { openCode } from '../authority/token/code.ts'
import { readRefreshToken } from '../authority/token/refresh-token.ts'
import { SIGNING_KEYS } from './compose.ts'
import { derivedKeys, PURPOSES } from './derived-keys.ts'

// What applications, people and databases hold from an earlier release, word by word. A change of what makes or reads it would be noticed
// by nobody here who makes and reads it with the same code, and would end every connection at an update.

const SECRET = Buffer.alloc(32, 7)
const THEN = 1_800_000_000
const GRANT = '00112233445566778899aabbccddeeff'
const keys = derivedKeys((purpose) => deriveKey(SECRET, purpose))

const GIVEN: readonly (readonly [string, () => unknown, unknown])[] = [
  [
    'a refresh token',
    () =>
      readRefreshToken(keys.refreshToken, 'dwr_ABEiM0RVZneImaq7zN3u_wAAAANTPK4ShHro2vzNTWgHAPDBywaFrxmsGY-rpDvmJ43QpQ'),
    { grantId: GRANT, generation: 3 },
  ],
  [
    'a client secret',
    () =>
      judgeClientSecret(
        keys.clientSecret,
        'dws_AQEBAQEBAQEBAQEBa0nSAAAAAACq87ZfK3b8DwKEANatnBIOvfGXgBIVHxlz-oOvGWOHAA',
        { id: 'dwo_robot', secretsNotBefore: THEN },
        THEN,
      ),
    'good',
  ],
  [
    'a registration access token',
    () =>
      isManagementToken(
        keys.management,
        { id: 'dwn_invited', createdAt: THEN },
        'dwm_VSBZsPjjEWebre4P98vuh0ElkX_AJlw7l9XLYn9zwLE',
      ),
    true,
  ],
  ['an invite', () => readInviteToken(keys.invite, `dwi_${GRANT}_VrLRs1GUxIZQq_um6PZ6W1QA5TV-hBkoOiVtjnT3AtY`), GRANT],
  [
    'an authorization code',
    () =>
      openCode(
        keys.code,
        'dwa_AQEBAQEBAQEBAQEB3G-a_QRv7wJCgga4kasZOyQmv0EshiqKpOJ0vrILmwTgTh-T3RJIL1x_C_ifpgoXqoggihnEvjYyZELIUZlLpcmSz5zs_gg0_aOPWlu6c5nRpfMeLVG6y_Xp6-iYIEU',
      ),
    { grantId: GRANT, clientId: 'dwo_robot', redirectUri: 'https://a.example/cb', challenge: 'c', correlation: 'r' },
  ],
  [
    'a signing key in the database',
    () =>
      unseal(deriveKey(SECRET, SIGNING_KEYS), 'AQEBAQEBAQEBAQEBaip4pyp_HZv1P0q_wwFLCivq5BkpJji3QdOzBv8')?.toString(),
    'a private key',
  ],
  [
    'a password in the database',
    () =>
      verifyPassword(
        'correct horse battery',
        '$argon2id$v=19$m=19456,t=2,p=1$WdCMs+AVp0IgJA7OGK3qXg$zg6U/KYFIvSsgoczIlFue8TaeXSwYq1QrUNvRdbgqZU',
      ),
    true,
  ],
]
for (const [what, read, expected] of GIVEN) {
  test(`${what} of an earlier release is good in this one [doorward-given-out]`, async () => {
    assert.deepEqual(await read(), expected)
  })
}

/** The beginnings of the keys that come of the secret above. */
const BEGINNINGS: Readonly<Record<keyof typeof PURPOSES, string>> = {
  code: 'e109481b542a02b0',
  refreshToken: '6e2ee52eb4db4422',
  clientSecret: 'da988fd9ad591b1b',
  pending: '3cc6054da1d729c7',
  invite: '40c13ad521708521',
  management: '3f1ffe321881fd96',
  dpopNonce: 'eb0733bcc67e8779',
  pushed: 'cab92ef700eae917',
  deviceCode: 'e3219e12ce8060ef',
  userCode: '5fc9f0e99521e916',
  signIn: 'e7a98ec7df869517',
}
test('each key that comes of the secret is another, and is the one of earlier releases [doorward-given-out]', () => {
  const made = Object.entries(keys).map(([name, key]) => [name, key.export().toString('hex').slice(0, 16)])
  assert.deepEqual(Object.fromEntries(made), BEGINNINGS)
  assert.equal(new Set(Object.values(BEGINNINGS)).size, Object.keys(PURPOSES).length)
})
