import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { exportJWK, SignJWT } from 'jose'
import { CALLBACK, ISSUER, MCP, makeWorld } from '../../testing/world.ts'
import { PRESETS } from '../registration/policies/index.ts'
import { JWT_BEARER } from './client-assertion.ts'

const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })

/** Whether a client gets past the door with an assertion that says this of itself. */
async function judged(policy: object, claims: object): Promise<string> {
  const world = await makeWorld({ policy })
  try {
    await world.ctx.store.clients.put({
      id: 'dwo_signer',
      assurance: 'operator',
      metadata: {
        redirect_uris: [CALLBACK],
        token_endpoint_auth_method: 'private_key_jwt',
        grant_types: ['client_credentials'],
        scope: 'notes:read',
        jwks: { keys: [await exportJWK(pair.publicKey)] },
      },
      createdAt: 0,
      secretsNotBefore: 0,
    })
    const now = world.ctx.now()
    const all = { iss: 'dwo_signer', sub: 'dwo_signer', aud: ISSUER, jti: 'one', exp: now + 60 }
    const given = Object.entries({ ...all, ...claims }).map(([name, value]) => [
      name,
      name === 'iat' || name === 'nbf' ? now + Number(value) : value,
    ])
    const client_assertion = await new SignJWT(Object.fromEntries(given))
      .setProtectedHeader({ alg: 'ES256' })
      .sign(pair.privateKey)
    const answer = await world.post('/introspect', {
      token: 'x',
      client_assertion,
      client_assertion_type: JWT_BEARER,
    })
    return answer.status === 200 ? 'good' : String(world.events.at(-1)?.reason)
  } finally {
    await world.close()
  }
}

const AUDIENCES: readonly (readonly [string, unknown, { readonly alone: string; readonly both: string }])[] = [
  ['the issuer', ISSUER, { alone: 'good', both: 'good' }],
  ['the token endpoint', `${ISSUER}/token`, { alone: 'assertion_for_somebody_else', both: 'good' }],
  ['a list of the issuer alone', [ISSUER], { alone: 'assertion_for_somebody_else', both: 'good' }],
  ...[
    ['a list of both', [ISSUER, `${ISSUER}/token`]],
    ['a list of nobody', []],
    ['the pushing endpoint', `${ISSUER}/par`],
    ['the endpoint that it is sent to', `${ISSUER}/introspect`],
    ['the issuer and a slash', `${ISSUER}/`],
    ['an MCP server here', MCP],
    ['another server', 'https://other.example'],
  ].map(
    ([title, audience]) =>
      [String(title), audience, { alone: 'assertion_for_somebody_else', both: 'assertion_for_somebody_else' }] as const,
  ),
]
for (const preset of PRESETS) {
  const isAlone = ['strict', 'fapi2'].includes(preset.preset)
  for (const [title, aud, { alone, both }] of AUDIENCES) {
    const expected = isAlone ? alone : both
    test(`under ${preset.preset} an assertion for ${title} is ${expected === 'good' ? 'good' : 'refused'} [rfc7523-3]`, async () => {
      assert.equal(await judged(preset, { aud }), expected)
    })
  }

  for (const [claims, expected] of [
    [{ iat: 10, nbf: 10 }, 'good'],
    [{ iat: 60 }, 'good'],
    [{ iat: 61 }, 'assertion_from_the_future'],
    [{ iat: 8 * 3600 }, 'assertion_from_the_future'],
    [{ nbf: 61 }, 'assertion_from_the_future'],
  ] as const) {
    const when = Object.entries(claims).map(([name, seconds]) => `${name} ${seconds} seconds ahead`)
    test(`under ${preset.preset} an assertion with ${when.join(' and ')} is ${expected === 'good' ? 'good' : 'refused'} [rfc7523-3]`, async () => {
      assert.equal(await judged(preset, claims), expected)
    })
  }
}

test('an operator says whether the token endpoint counts as audience, whatever the preset [doorward-policy, rfc7523-3]', async () => {
  const aud = `${ISSUER}/token`
  for (const preset of PRESETS) {
    assert.equal(
      await judged({ ...preset, assertionAudience: 'issuer' }, { aud }),
      'assertion_for_somebody_else',
      preset.preset,
    )
    assert.equal(await judged({ ...preset, assertionAudience: 'issuer-or-token-endpoint' }, { aud }), 'good')
  }
})
