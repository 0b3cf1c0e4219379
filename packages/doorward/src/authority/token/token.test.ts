import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { afterEach, beforeEach, test } from 'node:test'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { CALLBACK, ISSUER, MCP, makeWorld, VERIFIER, type World } from '../../testing/world.ts'
import type { ResourceSettings } from '../context.ts'
import { readRefreshToken } from './refresh-token.ts'

let world: World
let clientId: string

beforeEach(async () => {
  world = await makeWorld()
  clientId = (await world.register()).client_id
})
afterEach(() => world.close())

type Tokens = { access_token: string; refresh_token: string; scope: string; token_type: string; expires_in: number }

const redeem = (code: string, changes: Record<string, string> = {}) =>
  world.post('/token', {
    grant_type: 'authorization_code',
    code,
    code_verifier: VERIFIER,
    client_id: clientId,
    ...changes,
  })
const refresh = (token: string, changes: Record<string, string> = {}) =>
  world.post('/token', { grant_type: 'refresh_token', refresh_token: token, client_id: clientId, ...changes })
const tokens = async (): Promise<Tokens> => (await (await redeem(await world.agree(clientId))).json()) as Tokens
const reasonOf = () => world.events.at(-1)?.reason

test('a code becomes an RFC 9068 token for one audience [rfc9068-2.2-claims, rfc8707-2-audience, q21, q35, oauth21-3.2.3-no-store, rfc6749-3.3-scope-differs, rfc6749-5.1-no-store, rfc6749-5.1-response, rfc9068-2.1-typ, rfc9068-3-aud]', async () => {
  const response = await redeem(await world.agree(clientId, { scope: 'notes:write', resource: MCP }), {
    redirect_uri: CALLBACK,
    resource: MCP,
  })
  assert.equal(response.status, 200)
  assert.equal(response.headers.get('cache-control'), 'no-store')
  assert.equal(response.headers.get('content-type'), 'application/json')
  const body = (await response.json()) as Tokens
  assert.deepEqual([body.token_type, body.expires_in, body.scope], ['Bearer', 600, 'notes:write'])
  const jwks = (await (await world.send('GET', '/jwks')).json()) as Parameters<typeof createLocalJWKSet>[0]
  const { payload, protectedHeader } = await jwtVerify(body.access_token, createLocalJWKSet(jwks), {
    issuer: ISSUER,
    audience: MCP,
    typ: 'at+jwt',
    currentDate: new Date(world.ctx.now() * 1000),
  })
  assert.equal(protectedHeader.alg, 'ES256')
  assert.equal(payload.aud, MCP)
  assert.equal(payload.sub, world.user.id)
  assert.equal(payload.client_id, clientId)
  assert.match(String(payload.jti), /^[\w-]{22}$/)
  assert.match(String(payload.grant_id), /^[0-9a-f]{32}$/)
})

test('the second use of a code ends everything that came of it [oauth21-4.1.3-code-once]', async () => {
  const code = await world.agree(clientId)
  const first = (await (await redeem(code)).json()) as Tokens
  const second = await redeem(code)
  assert.equal(second.status, 400)
  assert.equal(((await second.json()) as { error: string }).error, 'invalid_grant')
  const after = await refresh(first.refresh_token)
  assert.equal(after.status, 400)
  assert.match(((await after.json()) as { error_description: string }).error_description, /revoked/)
})

test('what nobody asked for is ignored: an unknown parameter and credentials in the query [oauth21-3.2.2-ignore, rfc6749-2.3.1-no-uri]', async () => {
  assert.equal((await redeem(await world.agree(clientId), { verbose: 'yes', audience: 'x' })).status, 200)
  const client = await world.register({ token_endpoint_auth_method: 'client_secret_post' })
  const query = new URLSearchParams({ client_id: client.client_id, client_secret: client.client_secret })
  const form = { grant_type: 'authorization_code', code: await world.agree(client.client_id), code_verifier: VERIFIER }
  assert.equal((await world.post(`/token?${query}`, form)).status, 401)
  assert.equal(reasonOf(), 'client_missing')
})

test('who has a secret has to show it, at the token and at the revocation endpoint [rfc6749-3.2.1-authenticate, rfc7009-2.1-authenticate]', async () => {
  clientId = (await world.register({ token_endpoint_auth_method: 'client_secret_post' })).client_id
  assert.equal((await redeem(await world.agree(clientId))).status, 401)
  assert.equal(reasonOf(), 'client_authentication_method')
  const form = { token: 'x', client_id: clientId }
  assert.equal((await world.post('/revoke', form)).status, 401)
  assert.equal((await world.post('/revoke', { ...form, client_secret: 'wrong' })).status, 401)
})

test('a code shows nothing of the request, so a thief cannot read its challenge [rfc7636-4.4-no-challenge-in-code]', async () => {
  const code = await world.agree(clientId, { state: 'same' })
  const bytes = Buffer.from(code.replace(/^dwa_/, ''), 'base64url')
  const challenge = createHash('sha256').update(VERIFIER).digest()
  for (const inside of [challenge, Buffer.from(challenge.toString('base64url')), Buffer.from(clientId)]) {
    assert.equal(bytes.includes(inside), false)
    assert.equal(code.includes(inside.toString('latin1')), false)
  }
})

const CODE_REFUSALS: readonly [string, Record<string, string>, string, string][] = [
  ['no verifier', { code_verifier: '' }, 'invalid_grant', 'pkce_verifier_missing'],
  [
    'another verifier [rfc7636-4.4-associate, rfc7636-4.6-mismatch]',
    { code_verifier: 'w'.repeat(64) },
    'invalid_grant',
    'pkce_mismatch',
  ],
  [
    'another redirect_uri [oauth21-4.1.3-redirect-compatible, rfc6749-4.1.3-redirect-uri]',
    { redirect_uri: `${CALLBACK}/x` },
    'invalid_grant',
    'redirect_uri_differs',
  ],
  [
    'another resource [rfc8707-2.2-subset]',
    { resource: 'https://other.example/mcp' },
    'invalid_target',
    'resource_differs',
  ],
  ['a code that is garbage', { code: 'x' }, 'invalid_grant', 'code_foreign'],
  ['a code of our shape that is garbage', { code: `dwa_${'A'.repeat(80)}` }, 'invalid_grant', 'code_foreign'],
  ['no code', { code: '' }, 'invalid_request', 'parameter_missing'],
  ['no grant type', { grant_type: '' }, 'invalid_request', 'parameter_missing'],
  [
    'the password grant [rfc9700-2.4-no-password-grant]',
    { grant_type: 'password' },
    'unsupported_grant_type',
    'grant_type_unknown',
  ],
  ['no client', { client_id: '' }, 'invalid_client', 'client_missing'],
  ['a client that is not registered', { client_id: 'dwc_nobody' }, 'invalid_client', 'client_unknown'],
  ['a secret for a public client', { client_secret: 'x' }, 'invalid_client', 'client_authentication_method'],
]
for (const [title, changes, error, reason] of CODE_REFUSALS) {
  test(`a code request with ${title} is refused with ${error}, and the code stays good [oauth21-4.1.3-binding, rfc6749-5.2-invalid-scope]`, async () => {
    const code = await world.agree(clientId)
    const response = await redeem(code, changes)
    const body = (await response.json()) as { error: string; error_description: string }
    assert.equal(body.error, error)
    assert.match(body.error_description, /\(ref TESTTEST00\)$/)
    assert.equal(reasonOf(), reason)
    assert.equal(response.status, error === 'invalid_client' ? 401 : 400)
    assert.equal((await redeem(code)).status, 200)
  })
}

test('a redirect_uri that differs by its port is told apart with both strings [q34]', async () => {
  const own = await world.register({ redirect_uris: ['http://127.0.0.1/cb'] })
  clientId = own.client_id
  const code = await world.agree(clientId, { redirect_uri: 'http://127.0.0.1:1111/cb' })
  const body = (await (await redeem(code, { redirect_uri: 'http://127.0.0.1:2222/cb' })).json()) as {
    error_description: string
  }
  assert.match(body.error_description, /'http:\/\/127\.0\.0\.1:2222\/cb' here and was 'http:\/\/127\.0\.0\.1:1111\/cb'/)
})

test('the code of one client is no good to another [oauth21-4.1.3-client]', async () => {
  const other = await world.register({ client_name: 'Other' })
  const code = await world.agree(clientId)
  await redeem(code, { client_id: other.client_id })
  assert.equal(reasonOf(), 'code_of_another_client')
})

test('a code is good for a minute [oauth21-4.1.2-code-lifetime]', async () => {
  const code = await world.agree(clientId)
  world.wait(60)
  await redeem(code)
  assert.equal(reasonOf(), 'code_expired')
})

test('refreshing rotates; the predecessor repeats the same successor for a while, then ends the grant [mcp-2026-07-28-as23, q32, oauth21-4.3.1-public, rfc6749-10.4-public-refresh]', async () => {
  const first = await tokens()
  const second = (await (await refresh(first.refresh_token)).json()) as Tokens
  const again = (await (await refresh(first.refresh_token)).json()) as Tokens
  assert.notEqual(second.refresh_token, first.refresh_token)
  assert.equal(again.refresh_token, second.refresh_token)
  world.wait(31)
  assert.equal((await refresh(first.refresh_token)).status, 400)
  assert.equal((await refresh(second.refresh_token)).status, 400)
})

const ownSecret = () => world.operatorsClient({ redirect_uris: [CALLBACK] })
const anybodysSecret = () => world.register({ token_endpoint_auth_method: 'client_secret_post' })
for (const [policy, title, make, rotates] of [
  ['everybody', 'a client with a secret of its own', ownSecret, true],
  ['public', 'a client with a secret of its own', ownSecret, false],
  ['public', 'a client with a secret that anybody gets', anybodysSecret, true],
  ['public', 'a client without a secret', () => world.register(), true],
] as const) {
  test(`where refresh tokens of ${policy} rotate, that of ${title} ${rotates ? 'does' : 'stays what it is'} [oauth21-4.3.1-public, doorward-proven]`, async () => {
    await world.close()
    world = await makeWorld({ policy: { refreshRotation: policy } })
    const { client_id, client_secret } = await make()
    const credentials = { client_id, ...(client_secret === undefined ? {} : { client_secret }) }
    const first = (await (await redeem(await world.agree(client_id), credentials)).json()) as Tokens
    const second = (await (await refresh(first.refresh_token, credentials)).json()) as Tokens
    assert.equal(second.refresh_token === first.refresh_token, !rotates)
    world.wait(31)
    assert.equal((await refresh(first.refresh_token, credentials)).status, rotates ? 400 : 200)
  })
}

test('five processes of one client that refresh at once all stay signed in [q32]', async () => {
  const { refresh_token } = await tokens()
  const answers = await Promise.all(Array.from({ length: 5 }, () => refresh(refresh_token)))
  const bodies = (await Promise.all(answers.map((answer) => answer.json()))) as Tokens[]
  assert.equal(new Set(bodies.map((body) => body.refresh_token)).size, 1)
  assert.equal((await refresh(bodies[0]?.refresh_token ?? '')).status, 200)
})

const REFRESH_REFUSALS: readonly [string, Record<string, string>, string, string][] = [
  ['a wider scope [rfc6749-6-scope]', { scope: 'notes:read notes:write' }, 'invalid_scope', 'scope_widened'],
  ['another resource', { resource: 'https://other.example/' }, 'invalid_target', 'resource_differs'],
  ['a token that is garbage', { refresh_token: 'dwr_x' }, 'invalid_grant', 'refresh_token_foreign'],
  ['no token', { refresh_token: '' }, 'invalid_request', 'parameter_missing'],
]
for (const [title, changes, error, reason] of REFRESH_REFUSALS) {
  test(`a refresh with ${title} is refused with ${error}, and the token stays good [oauth21-4.3-refresh, rfc9700-4.14-refresh-bound]`, async () => {
    const { refresh_token } = await tokens()
    const body = (await (await refresh(refresh_token, changes)).json()) as { error: string }
    assert.equal(body.error, error)
    assert.equal(reasonOf(), reason)
    assert.equal((await refresh(refresh_token)).status, 200)
  })
}

test('a resource that differs from the one of the grant is refused with both strings, by code and by refresh token [q25]', async () => {
  const resource = 'https://other.example/mcp'
  const { refresh_token } = await tokens()
  for (const response of [
    await redeem(await world.agree(clientId), { resource }),
    await refresh(refresh_token, { resource }),
  ]) {
    const { error_description } = (await response.json()) as { error_description: string }
    assert.ok(
      error_description.includes(`'${resource}'`) && error_description.includes(`'${ISSUER}/mcp'`),
      error_description,
    )
    assert.equal(reasonOf(), 'resource_differs')
  }
})

test('no token is issued for an MCP server that is served no more, and its grant is good again once it is [rfc8707-2-invalid-target]', async () => {
  const resource = `${ISSUER}/other`
  const own = await makeWorld({ second: true })
  const { client_id } = await own.register()
  const redeemOwn = (code: string) =>
    own.post('/token', { grant_type: 'authorization_code', client_id, code, code_verifier: VERIFIER })
  const [first, second] = [await own.agree(client_id, { resource }), await own.agree(client_id, { resource })]
  const { refresh_token } = (await (await redeemOwn(first)).json()) as Tokens
  const refreshOwn = () => own.post('/token', { grant_type: 'refresh_token', client_id, refresh_token })
  const served = own.ctx.resources as ResourceSettings[]
  const gone = served.splice(1)
  for (const response of [await redeemOwn(second), await refreshOwn()]) {
    assert.equal(((await response.json()) as { error: string }).error, 'invalid_target')
    assert.equal(own.events.at(-1)?.reason, 'resource_unknown')
  }
  served.push(...gone)
  assert.equal((await redeemOwn(second)).status, 200)
  assert.equal((await refreshOwn()).status, 200)
  await own.close()
})

test('a refresh may narrow the scope of its token without losing the grant [oauth21-4.3-narrow, rfc6749-6-same-scope]', async () => {
  const code = await world.agree(clientId, { scope: 'notes:read notes:write' })
  const { refresh_token } = (await (await redeem(code)).json()) as Tokens
  const narrow = (await (await refresh(refresh_token, { scope: 'notes:read' })).json()) as Tokens
  assert.equal(narrow.scope, 'notes:read')
  assert.equal(((await (await refresh(narrow.refresh_token)).json()) as Tokens).scope, 'notes:read notes:write')
})

test('a scope that the policy takes from such clients is in no new token, and those from before are outdated [doorward-policy]', async () => {
  const both = { scope: 'notes:read notes:write' }
  const { refresh_token } = (await (await redeem(await world.agree(clientId, both))).json()) as Tokens
  const [code, ofWriting] = [await world.agree(clientId, both), await world.agree(clientId, { scope: 'notes:write' })]
  const { refresh_token: forWriting } = (await (await redeem(ofWriting)).json()) as Tokens
  ;(world.ctx.policy as { neverScopes: object }).neverScopes = { claimed: ['notes:write'] }
  for (const response of [await redeem(code), await refresh(refresh_token)]) {
    assert.equal(((await response.json()) as Tokens).scope, 'notes:read')
  }
  const { grantId = '' } = readRefreshToken(world.ctx.keys.refreshToken, refresh_token) ?? {}
  assert.equal((await world.ctx.store.grants.find(grantId))?.narrowedAt, world.ctx.now())
  assert.equal(((await (await refresh(forWriting)).json()) as { error: string }).error, 'invalid_grant')
  assert.equal(reasonOf(), 'scope_not_allowed')
})

test('the refresh token of one client is no good to another [rfc6749-6-client]', async () => {
  const { refresh_token } = await tokens()
  const other = await world.register({ client_name: 'Other' })
  await refresh(refresh_token, { client_id: other.client_id })
  assert.equal(reasonOf(), 'refresh_token_of_another_client')
})

test('disabling the person, blocking the client or the passing of time ends refreshing', async () => {
  const { refresh_token } = await tokens()
  await world.ctx.store.clients.block(clientId, world.ctx.now())
  assert.equal((await refresh(refresh_token)).status, 401)
  assert.equal(reasonOf(), 'client_blocked')
  await world.ctx.store.clients.block(clientId, undefined)
  assert.equal((await refresh(refresh_token)).status, 400)
  const next = await tokens()
  world.wait(world.ctx.lifetimes.grantIdle)
  await refresh(next.refresh_token)
  assert.equal(reasonOf(), 'grant_expired')
  const last = await tokens()
  await world.ctx.store.users.disable(world.user.id, world.ctx.now())
  assert.equal((await refresh(last.refresh_token)).status, 400)
})

for (const method of ['client_secret_basic', 'client_secret_post']) {
  test(`${method}: the derived secret opens, everything else does not [rfc6749-2.3.1-secret, q04, oauth21-2.4.1-post, rfc6749-5.2-www-authenticate, rfc7591-3.2.1-secret-unique]`, async () => {
    const client = await world.register({ token_endpoint_auth_method: method })
    clientId = client.client_id
    const present = (secret: string): [Record<string, string>, Record<string, string>] =>
      method === 'client_secret_post'
        ? [{ client_id: clientId, client_secret: secret }, {}]
        : [{}, { authorization: `Basic ${btoa(`${encodeURIComponent(clientId)}:${encodeURIComponent(secret)}`)}` }]
    const attempt = async (secret: string) => {
      const [form, headers] = present(secret)
      const code = await world.agree(client.client_id)
      return world.post('/token', { grant_type: 'authorization_code', code, code_verifier: VERIFIER, ...form }, headers)
    }
    assert.equal((await attempt(client.client_secret)).status, 200)
    // The last digit but one holds six bits of the code, whichever they are.
    const change = client.client_secret.at(-2) === 'A' ? 'B' : 'A'
    const wrong = await attempt(`${client.client_secret.slice(0, -2)}${change}${client.client_secret.at(-1)}`)
    assert.equal(wrong.status, 401)
    assert.equal(
      wrong.headers.get('www-authenticate'),
      method === 'client_secret_basic' ? 'Basic realm="doorward"' : null,
    )
    const other = await world.register({ token_endpoint_auth_method: method, client_name: 'Other' })
    assert.equal((await attempt(other.client_secret)).status, 401)
    world.wait(world.ctx.lifetimes.clientSecret)
    assert.equal((await attempt(client.client_secret)).status, 401)
    assert.equal(world.events.at(-1)?.reason, 'client_secret_expired')
  })
}

test('two ways of client authentication at once are refused [rfc6749-2.3-one-method]', async () => {
  const client = await world.register({ token_endpoint_auth_method: 'client_secret_post' })
  const headers = { authorization: `Basic ${btoa(`${client.client_id}:${client.client_secret}`)}` }
  const form = {
    grant_type: 'refresh_token',
    refresh_token: 'x',
    client_id: client.client_id,
    client_secret: client.client_secret,
  }
  const body = (await (await world.post('/token', form, headers)).json()) as { error: string }
  assert.equal(body.error, 'invalid_request')
})

test('revoking either token ends the grant; unknown tokens are fine; foreign ones are not [rfc7009-2.1-grant, rfc7009-2.2-unknown, rfc7009-2.1-owner, rfc7009-2.1-at-once, rfc7009-2.1-hint]', async () => {
  const revoke = (token: string, id = clientId) => world.post('/revoke', { token, client_id: id })
  for (const which of ['refresh_token', 'access_token'] as const) {
    const issued = await tokens()
    const other = await world.register({ client_name: 'Other' })
    assert.equal((await revoke(issued[which], other.client_id)).status, 400)
    const { type, reason, client } = world.events.at(-1) ?? {}
    assert.deepEqual([type, reason, client], ['revocation.refused', 'token_of_another_client', other.client_id])
    assert.equal((await revoke(issued[which])).status, 200)
    assert.equal((await revoke(issued[which])).status, 200)
    assert.equal((await refresh(issued.refresh_token)).status, 400)
  }
  const misled = await tokens()
  const hinted = { token: misled.refresh_token, token_type_hint: 'access_token', client_id: clientId }
  assert.equal((await world.post('/revoke', hinted)).status, 200, 'a hint may be wrong')
  assert.equal((await refresh(misled.refresh_token)).status, 400)
  assert.equal((await revoke('nonsense')).status, 200)
  assert.equal((await world.post('/revoke', { client_id: clientId })).status, 400)
})

test('no event carries a token, a code, a secret or a verifier [doorward-events-no-secret]', async () => {
  const code = await world.agree(clientId)
  const issued = (await (await redeem(code)).json()) as Tokens
  await refresh(issued.refresh_token)
  const story = JSON.stringify([world.events, await world.ctx.store.events.list({ limit: 100 })])
  for (const secret of [code, issued.access_token, issued.refresh_token, VERIFIER]) assert.ok(!story.includes(secret))
  assert.ok(story.includes('token.refreshed'))
})
