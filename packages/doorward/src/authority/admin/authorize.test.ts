import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto'
import { afterEach, beforeEach, test } from 'node:test'
import { exportJWK, SignJWT } from 'jose'
import { CALLBACK, ISSUER, makeWorld, VERIFIER, type World } from '../../testing/world.ts'

const API = `${ISSUER}/admin/api`
type Pair = { readonly privateKey: KeyObject; readonly publicKey: KeyObject }
const pair: Pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const thief = generateKeyPairSync('ec', { namedCurve: 'P-256' })

let world: World
beforeEach(async () => {
  world = await makeWorld()
})
afterEach(() => world.close())

async function proof(claims: Record<string, unknown>, { privateKey, publicKey }: Pair = pair, alg = 'ES256') {
  return new SignJWT({ htm: 'GET', htu: `${API}/clients`, jti: randomUUID(), iat: world.ctx.now(), ...claims })
    .setProtectedHeader({ typ: 'dpop+jwt', alg, jwk: await exportJWK(publicKey) })
    .sign(privateKey)
}

/** A token for the administration, bound to a key. */
async function boundToken(to = pair, alg = 'ES256'): Promise<string> {
  const metadata = { redirect_uris: [CALLBACK], token_endpoint_auth_method: 'none', scope: '' }
  const client = { id: 'dwo_console', metadata, createdAt: 0, secretsNotBefore: 0 }
  await world.ctx.store.clients.put({ ...client, assurance: 'operator' })
  const code = await world.agree(client.id, { resource: API })
  const form = { grant_type: 'authorization_code', code, code_verifier: VERIFIER, client_id: client.id }
  const at = { htm: 'POST', htu: `${ISSUER}/token` }
  const first = await world.post('/token', form, { dpop: await proof(at, to, alg) })
  const nonce = first.headers.get('dpop-nonce') ?? ''
  const answer = first.ok ? first : await world.post('/token', form, { dpop: await proof({ ...at, nonce }, to, alg) })
  return ((await answer.json()) as { access_token: string }).access_token
}
const clients = (authorization: string, dpop?: string) =>
  world.send('GET', '/admin/api/clients', { headers: { authorization, ...(dpop === undefined ? {} : { dpop }) } })
const ath = (token: string) => createHash('sha256').update(token).digest('base64url')

test('an operator’s bound token is good with a fresh proof of its key, once, and as nothing else [rfc9449-7]', async () => {
  const token = await boundToken()
  const good = await proof({ ath: ath(token) })
  assert.equal((await clients(`DPoP ${token}`, good)).status, 200)
  const attempts: readonly (readonly [string, string | undefined])[] = [
    [`DPoP ${token}`, good],
    [`DPoP ${token}`, undefined],
    [`DPoP ${token}`, await proof({})],
    [`DPoP ${token}`, await proof({ ath: ath(token), htm: 'POST' })],
    [`DPoP ${token}`, await proof({ ath: ath(token), htu: `${API}/invites` })],
    [`DPoP ${token}`, await proof({ ath: ath(token) }, thief)],
    [`Bearer ${token}`, await proof({ ath: ath(token) })],
    [`Bearer ${token}`, undefined],
  ]
  for (const [authorization, dpop] of attempts) assert.equal((await clients(authorization, dpop)).status, 401)
})

test('where proofs need a nonce, those at the administration do as well [rfc9449-9]', async () => {
  await world.close()
  world = await makeWorld({ requireDpopNonce: true })
  const token = await boundToken()
  for (const nonce of [undefined, 'made up']) {
    const asked = await clients(`DPoP ${token}`, await proof({ ath: ath(token), nonce }))
    assert.deepEqual([asked.status, world.events.at(-1)?.reason], [401, 'dpop_nonce'])
    assert.match(asked.headers.get('www-authenticate') ?? '', /^DPoP error="use_dpop_nonce", .*algs="ES256 /)
    const fresh = asked.headers.get('dpop-nonce') ?? ''
    assert.equal((await clients(`DPoP ${token}`, await proof({ ath: ath(token), nonce: fresh }))).status, 200)
  }
})

test('where the policy names the algorithms of proofs, the administration takes no other [doorward-fapi2, rfc9449-4.3-signature]', async () => {
  await world.close()
  world = await makeWorld({ policy: { signatures: 'strict' } })
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const token = await boundToken(rsa, 'PS256')
  for (const alg of ['RS256', 'PS384', 'PS512']) {
    const refused = await clients(`DPoP ${token}`, await proof({ ath: ath(token) }, rsa, alg))
    assert.deepEqual([refused.status, world.events.at(-1)?.reason], [401, 'admin_token'], alg)
  }
  assert.equal((await clients(`DPoP ${token}`, await proof({ ath: ath(token) }, rsa, 'PS256'))).status, 200)
})

test('a refusal is for the scheme that was tried, with the algorithms for DPoP [rfc9449-7.1]', async () => {
  const token = await boundToken()
  const challenge = async (authorization: string, dpop?: string) =>
    (await clients(authorization, dpop)).headers.get('www-authenticate') ?? ''
  const named = /^DPoP error="invalid_token", resource_metadata="[^"]+", scope="[^"]+", algs="ES256 /
  assert.match(await challenge(`DPoP ${token}`), named)
  assert.match(await challenge('DPoP nonsense', await proof({ ath: ath('nonsense') })), named)
  assert.match(await challenge('Bearer nonsense'), /^Bearer error="invalid_token", (?!.*algs=)/)
})
