// What the RFCs print, byte for byte: no key, proof or digest here was made by us.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judgeProof, thumbprintOf } from './proof.ts'

const TOKEN_PROOF = [
  'eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6Ik',
  'VDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCR',
  'nMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JE',
  'QSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIj',
  'oiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwia',
  'WF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg',
  '4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg',
].join('')
const RESOURCE_PROOF = [
  'eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6Ik',
  'VDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCR',
  'nMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JE',
  'QSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIj',
  'oiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0Z',
  'WRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNF',
  'c05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71E',
  'OptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA',
].join('')
const ACCESS_TOKEN = 'Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU'
const JKT = '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I'
const AT_TOKEN = { method: 'POST', url: 'https://server.example.com/token', now: 1562262616 }
const AT_RESOURCE = {
  method: 'GET',
  url: 'https://resource.example.org/protectedresource',
  now: 1562262618,
  accessToken: ACCESS_TOKEN,
  thumbprint: JKT,
}

test('the token request of RFC 9449 §5, with the proof of §4.1 and §4.2, shows the key of §6.1 [rfc9449-4.3, rfc9449-5]', () => {
  const judged = judgeProof(TOKEN_PROOF, AT_TOKEN)
  assert.ok(judged.verdict === 'good', JSON.stringify(judged))
  assert.equal(judged.proof.thumbprint, JKT)
  assert.equal(judged.proof.nonce, undefined)
})

test('the resource request of RFC 9449 §7.1 is good for its token, and for nothing else [rfc9449-7.1]', () => {
  assert.equal(judgeProof(RESOURCE_PROOF, AT_RESOURCE).verdict, 'good')
  const others = [
    [{ accessToken: `${ACCESS_TOKEN.slice(0, -1)}V` }, 'access_token'],
    [{ thumbprint: `${JKT.slice(0, -1)}J` }, 'other_key'],
    [{ method: 'POST' }, 'method'],
    [{ url: `${AT_RESOURCE.url}/other` }, 'url'],
    [{ now: AT_RESOURCE.now + 301 }, 'time'],
  ] as const
  for (const [change, problem] of others) {
    assert.deepEqual(judgeProof(RESOURCE_PROOF, { ...AT_RESOURCE, ...change }), { verdict: 'bad', problem })
  }
  // The proof of the token request names no access token, so it opens no resource.
  assert.deepEqual(judgeProof(TOKEN_PROOF, { ...AT_TOKEN, accessToken: ACCESS_TOKEN }), {
    verdict: 'bad',
    problem: 'access_token',
  })
})

const THUMBPRINTS: readonly (readonly [string, Record<string, unknown>, string])[] = [
  [
    'RFC 7638 §3.1 (RSA)',
    {
      kty: 'RSA',
      n: '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw',
      e: 'AQAB',
      alg: 'RS256',
      kid: '2011-04-29',
    },
    'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs',
  ],
  [
    'RFC 8037 appendix A.3 (Ed25519)',
    { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' },
    'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k',
  ],
  [
    'RFC 9449 §6.1 (P-256)',
    {
      kty: 'EC',
      x: 'l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs',
      y: '9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA',
      crv: 'P-256',
    },
    JKT,
  ],
]
for (const [title, jwk, thumbprint] of THUMBPRINTS) {
  test(`the thumbprint of ${title} comes out as it stands there, in whatever order the key is written [rfc7638-3.1]`, () => {
    assert.equal(thumbprintOf(jwk), thumbprint)
    assert.equal(thumbprintOf(Object.fromEntries(Object.entries({ ...jwk, use: 'sig' }).reverse())), thumbprint)
  })
}
