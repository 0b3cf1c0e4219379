import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { afterEach, beforeEach, test } from 'node:test'
import { calculateJwkThumbprint, decodeJwt, exportJWK, SignJWT } from 'jose'
import { CALLBACK, ISSUER, makeWorld, VERIFIER, type World } from '../../testing/world.ts'

let world: World
let clientId: string
beforeEach(async () => {
  world = await makeWorld()
  clientId = (await world.register()).client_id
})
afterEach(() => world.close())

const own = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const thief = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const jkt = await calculateJwkThumbprint(await exportJWK(own.publicKey))

let serial = 0
async function proof(
  claims: object = {},
  pair: { privateKey: KeyObject; publicKey: KeyObject } = own,
): Promise<string> {
  const all = { jti: `j${++serial}`, htm: 'POST', htu: `${ISSUER}/token`, iat: world.ctx.now(), ...claims }
  return new SignJWT(all)
    .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk: await exportJWK(pair.publicKey) })
    .sign(pair.privateKey)
}

type Answer = { status: number; nonce: string | null; body: Record<string, string> }
async function token(form: Record<string, string>, dpop?: string): Promise<Answer> {
  const response = await world.post('/token', { client_id: clientId, ...form }, dpop === undefined ? {} : { dpop })
  return {
    status: response.status,
    nonce: response.headers.get('dpop-nonce'),
    body: (await response.json()) as Record<string, string>,
  }
}
const redeem = async (dpop?: string, code?: string) =>
  token(
    { grant_type: 'authorization_code', code: code ?? (await world.agree(clientId)), code_verifier: VERIFIER },
    dpop,
  )
const refresh = (refresh_token: string | undefined, dpop?: string) =>
  token({ grant_type: 'refresh_token', refresh_token: refresh_token ?? '' }, dpop)

test('tokens are bound to the key of the proof, say so, and live longer for it [rfc9449-5, doorward-bound-lifetime]', async () => {
  const { status, body, nonce } = await redeem(await proof())
  assert.deepEqual([status, body.token_type, body.expires_in], [200, 'DPoP', 1800])
  assert.deepEqual(decodeJwt(body.access_token ?? '').cnf, { jkt })
  assert.match(nonce ?? '', /^[\w-]{32}$/)
  const bearer = await redeem()
  assert.deepEqual([bearer.body.token_type, bearer.body.expires_in, bearer.nonce], ['Bearer', 600, null])
})

test('the refresh token of a public client is good with its key only; trying otherwise does not end it [rfc9449-5-refresh]', async () => {
  const { body } = await redeem(await proof())
  for (const attempt of [undefined, await proof({}, thief)]) {
    const refused = await refresh(body.refresh_token, attempt)
    assert.deepEqual([refused.status, refused.body.error], [400, 'invalid_grant'])
    assert.equal(world.events.at(-1)?.reason, 'sender_key_differs')
  }
  const good = await refresh(body.refresh_token, await proof())
  assert.deepEqual([good.status, good.body.token_type], [200, 'DPoP'])
  assert.deepEqual(decodeJwt(good.body.access_token ?? '').cnf, { jkt })
})

test('a client that proves itself otherwise may change its key [rfc9449-5-refresh]', async () => {
  const { client_secret } = await world.operatorsClient({ redirect_uris: [CALLBACK] })
  clientId = 'dwo_robot'
  const code = await world.agree(clientId)
  const { body } = await token(
    { client_secret, grant_type: 'authorization_code', code, code_verifier: VERIFIER },
    await proof(),
  )
  const other = await token(
    { grant_type: 'refresh_token', refresh_token: body.refresh_token ?? '', client_secret },
    await proof({}, thief),
  )
  assert.equal(other.status, 200)
  assert.equal(
    (decodeJwt(other.body.access_token ?? '').cnf as { jkt: string }).jkt,
    await calculateJwkThumbprint(await exportJWK(thief.publicKey)),
  )
})

test('a secret that anybody gets who registers the same words frees no refresh token from its key [doorward-proven]', async () => {
  const words = { token_endpoint_auth_method: 'client_secret_post', client_name: 'Secret' }
  const owner = await world.register(words)
  clientId = owner.client_id
  const code = await world.agree(clientId)
  const form = { grant_type: 'authorization_code', client_secret: owner.client_secret, code, code_verifier: VERIFIER }
  const { body } = await token(form, await proof())
  const other = await world.register(words)
  assert.equal(other.client_id, clientId)
  const stolen = {
    grant_type: 'refresh_token',
    refresh_token: body.refresh_token ?? '',
    client_secret: other.client_secret,
  }
  for (const attempt of [undefined, await proof({}, thief)]) {
    const refused = await token(stolen, attempt)
    assert.deepEqual([refused.status, refused.body.error], [400, 'invalid_grant'])
    assert.equal(world.events.at(-1)?.reason, 'sender_key_differs')
  }
  assert.equal((await token(stolen, await proof())).status, 200)
})

test('a proof is used up with what it is shown for, and nobody fills the store by showing proofs [rfc9449-11.1]', async () => {
  const one = await proof()
  const refused: Record<string, string>[] = [
    { grant_type: 'refresh_token', refresh_token: 'dwr_x' },
    { grant_type: 'authorization_code', code: 'x' },
  ]
  for (const form of refused) assert.equal((await token(form, one)).status, 400)
  const { body, status } = await redeem(one)
  assert.equal(status, 200)
  assert.equal((await refresh(body.refresh_token, one)).body.error, 'invalid_dpop_proof')
  assert.equal(world.events.at(-1)?.reason, 'dpop_replayed')
  assert.equal((await refresh(body.refresh_token, await proof())).status, 200)
})

test('a code that names its key at the start is good in the hands of its holder only, and stays good [rfc9449-10]', async () => {
  const code = await world.agree(clientId, { dpop_jkt: jkt })
  assert.equal((await redeem(undefined, code)).body.error, 'invalid_grant')
  assert.equal((await redeem(await proof({}, thief), code)).body.error, 'invalid_grant')
  assert.equal((await redeem(await proof(), code)).status, 200)
  const malformed = await world.ask(clientId, { dpop_jkt: 'short' })
  assert.equal(malformed.status, 400)
  assert.equal(world.events.at(-1)?.reason, 'dpop_jkt_malformed')
})

const BAD: readonly (readonly [string, () => Promise<string> | string, string])[] = [
  ['that is no JWT', () => 'x', 'dpop_malformed'],
  ['that came twice in one request', async () => `${await proof()}, ${await proof()}`, 'dpop_malformed'],
  ['for another endpoint', () => proof({ htu: `${ISSUER}/revoke` }), 'dpop_url'],
  ['for another method', () => proof({ htm: 'GET' }), 'dpop_method'],
  ['that is old', () => proof({ iat: world.ctx.now() - 301 }), 'dpop_time'],
]
for (const [title, make, reason] of BAD) {
  test(`a proof ${title} is refused, and the code stays good [rfc9449-4.3]`, async () => {
    const code = await world.agree(clientId)
    const refused = await redeem(await make(), code)
    assert.deepEqual([refused.status, refused.body.error], [400, 'invalid_dpop_proof'])
    assert.equal(world.events.at(-1)?.reason, reason)
    assert.equal((await redeem(await proof(), code)).status, 200)
  })
}

test('a proof is good once, however many bring it at once [rfc9449-11.1]', async () => {
  const { body } = await redeem(await proof())
  const same = await proof()
  const answers = await Promise.all(Array.from({ length: 10 }, () => refresh(body.refresh_token, same)))
  assert.equal(answers.filter(({ status }) => status === 200).length, 1)
  assert.ok(answers.every(({ status, body: { error } }) => status === 200 || error === 'invalid_dpop_proof'))
})

test('a nonce that comes has to be ours and young; where it is required, the answer brings it [rfc9449-8]', async () => {
  const foreign = await redeem(await proof({ nonce: 'made up' }))
  assert.deepEqual([foreign.status, foreign.body.error], [400, 'use_dpop_nonce'])
  assert.equal((await redeem(await proof({ nonce: foreign.nonce }))).status, 200)
  world.wait(600)
  assert.equal((await redeem(await proof({ nonce: foreign.nonce }))).body.error, 'use_dpop_nonce')
  await world.close()
  world = await makeWorld({ requireDpopNonce: true })
  clientId = (await world.register()).client_id
  const asked = await redeem(await proof())
  assert.equal(asked.body.error, 'use_dpop_nonce')
  assert.equal((await redeem(await proof({ nonce: asked.nonce }))).status, 200)
})

test('who registered for bound tokens, or meets a policy that wants them, gets no others [rfc9449-5.2, doorward-policy]', async () => {
  const bound = await world.register({ dpop_bound_access_tokens: true, client_name: 'Bound' })
  assert.equal(bound.dpop_bound_access_tokens, true)
  clientId = bound.client_id
  assert.equal((await redeem()).body.error, 'invalid_dpop_proof')
  assert.equal((await redeem(await proof())).status, 200)
  const strict = await makeWorld({ policy: { senderConstraint: 'required' } })
  const { client_id } = await strict.register()
  const form = {
    grant_type: 'authorization_code',
    code: await strict.agree(client_id),
    code_verifier: VERIFIER,
    client_id,
  }
  assert.equal((await strict.post('/token', form)).status, 400)
  assert.equal(strict.events.at(-1)?.reason, 'sender_constraint_missing')
  await strict.close()
})

test('metadata names what proofs may be signed with, and browsers may read the nonce [rfc9449-5.1]', async () => {
  const response = await world.send('GET', '/.well-known/oauth-authorization-server')
  const { dpop_signing_alg_values_supported } = (await response.json()) as {
    dpop_signing_alg_values_supported: string[]
  }
  assert.ok(
    dpop_signing_alg_values_supported.includes('ES256') &&
      !dpop_signing_alg_values_supported.some((alg) => /^(HS|none)/.test(alg)),
  )
  assert.match(response.headers.get('access-control-expose-headers') ?? '', /DPoP-Nonce/)
})
