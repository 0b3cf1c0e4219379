import assert from 'node:assert/strict'
import { createSecretKey, generateKeyPairSync, type KeyObject, randomBytes, randomUUID } from 'node:crypto'
import { afterEach, test } from 'node:test'
import { sha256 } from '@doorward/core/kernel/digest'
import { type Confirmation, signAccessToken } from '@doorward/core/token/access-token'
import { calculateJwkThumbprint, exportJWK, SignJWT } from 'jose'
import { fapi2 } from '../authority/registration/policies/fapi2.ts'
import { strict } from '../authority/registration/policies/strict.ts'
import type { TokenStandings } from '../gateway/streams.ts'
import { CALLBACK, ISSUER, MCP, makeWorld, VERIFIER, VISIT, type World } from '../testing/world.ts'
import { door } from './door.ts'

type Pair = { readonly privateKey: KeyObject; readonly publicKey: KeyObject }
const pair: Pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })

let world: World
afterEach(() => world.close())

/** The gateway before a server that answers whoever comes through, as a program makes it. */
async function gatewayIn(changes: Parameters<typeof makeWorld>[0] = {}, standing: ReturnType<TokenStandings> = 'live') {
  world = await makeWorld(changes)
  const keys = new Map<string, KeyObject>()
  const key = (purpose: string) => {
    const made = keys.get(purpose) ?? createSecretKey(randomBytes(32))
    keys.set(purpose, made)
    return made
  }
  const [resource] = world.ctx.resources
  assert.ok(resource !== undefined)
  const upstream = async () => Response.json({ jsonrpc: '2.0', id: 1, result: {} })
  const [made] = door(world.ctx, () => standing, { ...resource, upstream }, key, undefined)
  assert.ok(made !== undefined)
  const ask = async (headers: Record<string, string>) => {
    const answer = await made.enter(new Request(MCP, { headers }), VISIT)
    const challenge = answer.headers.get('www-authenticate') ?? ''
    const nonce = answer.headers.get('dpop-nonce') ?? undefined
    return { status: answer.status, challenge, nonce, reason: world.events.at(-1)?.reason }
  }
  return { guard: made.guard, ask }
}

const tokenFor = (cnf?: Confirmation, key = world.ctx.keyring.signing) => {
  const now = world.ctx.now()
  const claims = { iss: ISSUER, sub: world.user.id, aud: MCP, client_id: 'c', scope: 'notes:read', iat: now }
  return signAccessToken(key, { ...claims, exp: now + 3600, jti: 'j', grant_id: 'g', cnf })
}
const boundTo = async ({ publicKey }: Pair) =>
  tokenFor({ jkt: await calculateJwkThumbprint(await exportJWK(publicKey)) })

async function proof(token: string, claims: object = {}, alg = 'ES256', { privateKey, publicKey }: Pair = pair) {
  return new SignJWT({ jti: randomUUID(), htm: 'GET', htu: MCP, iat: world.ctx.now(), ath: sha256(token), ...claims })
    .setProtectedHeader({ typ: 'dpop+jwt', alg, jwk: await exportJWK(publicKey) })
    .sign(privateKey)
}
const shown = async (token: string, ...rest: [object?, string?, Pair?]) => ({
  authorization: `DPoP ${token}`,
  dpop: await proof(token, ...rest),
})

test('under fapi2 the gateway takes proofs of its algorithms alone, and says which [doorward-fapi2, rfc9449-4.3-signature]', async () => {
  const { guard, ask } = await gatewayIn({ policy: fapi2 })
  const named = ['ES256', 'EdDSA', 'Ed25519', 'PS256']
  assert.deepEqual(guard.metadata.dpop_signing_alg_values_supported, named)
  const token = await boundTo(rsa)
  for (const alg of ['RS256', 'PS384', 'PS512']) {
    const refused = await ask(await shown(token, {}, alg, rsa))
    assert.deepEqual([refused.status, refused.reason], [401, 'proof_algorithm'], alg)
    assert.match(refused.challenge, new RegExp(`^DPoP error="invalid_dpop_proof".*, algs="${named.join(' ')}"$`))
  }
  assert.equal((await ask(await shown(token, {}, 'PS256', rsa))).status, 200)
  await world.close()
  const open = await gatewayIn()
  assert.equal((await open.ask(await shown(await boundTo(rsa), {}, 'RS256', rsa))).status, 200)
})

const WANTING: readonly (readonly [string, Parameters<typeof makeWorld>[0]])[] = [
  ['the policy becomes strict', { policy: strict }],
  ['the policy becomes fapi2', { policy: fapi2 }],
  ['its resource wants bound tokens', { resource: { senderConstraint: 'required' } }],
]
for (const [title, changes] of WANTING) {
  test(`a token that is bound to nothing, from before ${title}, opens the gateway no more [doorward-constraint-policy]`, async () => {
    const { guard, ask } = await gatewayIn(changes)
    for (const scheme of ['Bearer', 'DPoP']) {
      const refused = await ask({ authorization: `${scheme} ${tokenFor()}` })
      assert.deepEqual([refused.status, refused.reason], [401, 'not_bound'])
      assert.match(refused.challenge, /^DPoP error="invalid_token".*algs="ES256 /)
    }
    assert.match((await ask({})).challenge, /^DPoP resource_metadata=|^DPoP scope=/)
    assert.equal(guard.metadata.dpop_bound_access_tokens_required, true)
    assert.equal((await ask(await shown(await boundTo(pair)))).status, 200)
  })
}

test('where certificates bind as well, nobody is told that DPoP is the only way [doorward-constraint-policy]', async () => {
  const { guard, ask } = await gatewayIn({ policy: strict, mtls: { origin: undefined, authorities: [] } })
  assert.equal(guard.metadata.dpop_bound_access_tokens_required, undefined)
  assert.equal((await ask({ authorization: `Bearer ${tokenFor()}` })).reason, 'not_bound')
  await world.close()
  const open = await gatewayIn()
  assert.equal((await open.ask({ authorization: `Bearer ${tokenFor()}` })).status, 200)
})

test('a token of a key that is not here, as from before a restore, is of an unknown key; the keys themselves are in order [doorward-restore]', async () => {
  const { ask } = await gatewayIn()
  const signing = { ...world.ctx.keyring.signing, kid: 'gone', privateKey: pair.privateKey }
  for (const kid of ['gone', '']) {
    const refused = await ask({ authorization: `Bearer ${tokenFor(undefined, { ...signing, kid })}` })
    assert.deepEqual([refused.status, refused.reason], [401, 'unknown_key'])
    assert.match(refused.challenge, /^Bearer error="invalid_token"/)
  }
})

for (const [standing, reason] of [
  ['revoked', 'grant_revoked'],
  ['outdated', 'token_outdated'],
] as const) {
  test(`that a grant is ${standing} is said for the scheme that was tried [rfc9449-7.1]`, async () => {
    const { ask } = await gatewayIn({}, standing)
    const bound = await ask(await shown(await boundTo(pair)))
    assert.deepEqual([bound.status, bound.reason], [401, reason])
    assert.match(bound.challenge, /^DPoP error="invalid_token".*algs="ES256 /)
    const bearer = await ask({ authorization: `Bearer ${tokenFor()}` })
    assert.match(bearer.challenge, /^Bearer error="invalid_token"(?!.*algs=)/)
  })
}

test('the gateway’s nonces are good for five to ten minutes, and those of the token endpoint are not its own [rfc9449-9]', async () => {
  const { ask } = await gatewayIn({ requireDpopNonce: true })
  const token = await boundTo(pair)
  const first = await ask(await shown(token))
  assert.deepEqual([first.status, first.reason], [401, 'no_nonce'])
  assert.match(first.challenge, /^DPoP error="use_dpop_nonce"/)
  const { nonce } = first
  assert.ok(nonce !== undefined)
  assert.equal((await ask(await shown(token, { nonce }))).status, 200)
  world.wait(300)
  assert.equal((await ask(await shown(token, { nonce }))).status, 200)
  const second = await ask(await shown(token))
  assert.notEqual(second.nonce, nonce)
  world.wait(300)
  const late = await ask(await shown(token, { nonce }))
  assert.deepEqual([late.status, late.reason], [401, 'no_nonce'])
  assert.equal((await ask(await shown(token, { nonce: late.nonce }))).status, 200)

  // RFC 9449 §8, §9: a server's nonce is for that server, and these two are two also where they share an origin.
  const { client_id } = await world.register()
  const form = {
    grant_type: 'authorization_code',
    code: await world.agree(client_id),
    code_verifier: VERIFIER,
    client_id,
  }
  const at = { htm: 'POST', htu: `${ISSUER}/token` }
  const redeem = async (claims: object) =>
    world.post('/token', { ...form, redirect_uri: CALLBACK }, { dpop: await proof('', { ...at, ...claims }) })
  const theirs = (await redeem({ nonce: late.nonce })).headers.get('dpop-nonce')
  assert.ok(theirs !== null && theirs !== late.nonce)
  assert.equal(world.events.at(-1)?.reason, 'dpop_nonce')
  assert.equal((await ask(await shown(token, { nonce: theirs }))).reason, 'no_nonce')
  assert.equal((await redeem({ nonce: theirs })).status, 200)
})
