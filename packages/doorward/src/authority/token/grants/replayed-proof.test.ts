import assert from 'node:assert/strict'
import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { afterEach, beforeEach, test } from 'node:test'
import { exportJWK, SignJWT } from 'jose'
import { CALLBACK, ISSUER, MCP, makeWorld, VERIFIER, type World } from '../../../testing/world.ts'
import { JWT_BEARER_GRANT } from '../assertion-issuer.ts'

const own = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const idp = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const IDP = 'https://corp.example'
const ROBOT = { grant_types: ['client_credentials'], redirect_uris: undefined }

let world: World
let robot: Record<string, string>
let app: Record<string, string>
beforeEach(async () => {
  const jwks = { keys: [{ ...(await exportJWK(idp.publicKey)), alg: 'ES256' }] }
  world = await makeWorld({ assertionIssuers: [{ issuer: IDP, jwks, people: {} }] })
  robot = await world.operatorsClient(ROBOT)
  app = await world.operatorsClient({ redirect_uris: [CALLBACK] }, 'dwo_app')
})
afterEach(() => world.close())

async function proof(): Promise<string> {
  const claims = { htm: 'POST', htu: `${ISSUER}/token`, jti: randomUUID(), iat: world.ctx.now() }
  const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: await exportJWK(own.publicKey) }
  return new SignJWT(claims).setProtectedHeader(header).sign(own.privateKey)
}

async function token(form: Record<string, string>, dpop: string) {
  const response = await world.post('/token', form, { dpop })
  const body = (await response.json()) as Record<string, string>
  return { status: response.status, body, why: world.events.at(-1)?.reason }
}

async function signed(): Promise<string> {
  const now = world.ctx.now()
  const claims = { iss: IDP, sub: 'ada', aud: ISSUER, client_id: 'dwo_app', jti: randomUUID(), iat: now, exp: now + 60 }
  return new SignJWT({ ...claims, resource: MCP, scope: 'notes:read' })
    .setProtectedHeader({ alg: 'ES256', typ: 'oauth-id-jag+jwt' })
    .sign(idp.privateKey)
}

/** Each gives a form that is good, over and over. */
const GRANTS: readonly (readonly [string, () => Promise<() => Promise<Record<string, string>>>])[] = [
  ['client credentials', async () => async () => ({ ...robot, grant_type: 'client_credentials' })],
  [
    'token exchange',
    async () => {
      const code = await world.agree('dwo_app')
      const form = { ...app, grant_type: 'authorization_code', code, code_verifier: VERIFIER }
      const { body } = await token(form, await proof())
      return async () => ({
        ...app,
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token: body.access_token ?? '',
        subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      })
    },
  ],
  ['an assertion', async () => async () => ({ ...app, grant_type: JWT_BEARER_GRANT, assertion: await signed() })],
]
for (const [name, begin] of GRANTS) {
  test(`a proof that came with ${name} is good once, however many bring it at once [rfc9449-11.1]`, async () => {
    const form = await begin()
    const same = await proof()
    const forms = await Promise.all([form(), form(), form()])
    const first = await Promise.all(forms.map((one) => token(one, same)))
    assert.deepEqual(first.map(({ status }) => status).sort(), [200, 400, 400])
    const again = await token(await form(), same)
    assert.deepEqual([again.status, again.body.error, again.why], [400, 'invalid_dpop_proof', 'dpop_replayed'])
    assert.equal((await token(await form(), await proof())).status, 200)
  })
}
