import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { OAuthError } from '@doorward/core/oauth/error'
import { CALLBACK, ISSUER, makeWorld, VERIFIER, VISIT, type World } from '../../testing/world.ts'
import { act, type InputOf } from './act.ts'
import type { Action } from './actions/action.ts'
import { ACTIONS, type ActionName } from './actions/index.ts'
import { ADMIN_SCOPE, operatorOf, PERMISSIONS, type Permission } from './permissions.ts'

let world: World
beforeEach(async () => {
  world = await makeWorld()
})
afterEach(() => world.close())

const NAMES = Object.keys(ACTIONS) as ActionName[]
const ALL: readonly Action[] = NAMES.map((name) => ACTIONS[name])
const boss = { id: 'dwu_ada', permissions: [ADMIN_SCOPE] }
const run = <Name extends ActionName>(name: Name, input: InputOf<Name>, operator = boss) =>
  act(world.ctx, VISIT, operator, name, input)
const refusedFor = (reason: string) => (error: unknown) => error instanceof OAuthError && error.reason === reason

async function tokenFor(scope: string): Promise<string> {
  const client_id = 'dwo_console'
  const metadata = { redirect_uris: [CALLBACK], token_endpoint_auth_method: 'none', scope: '' }
  const client = { id: client_id, metadata, createdAt: 0, secretsNotBefore: 0 }
  await world.ctx.store.clients.put({ ...client, assurance: 'operator' })
  const code = await world.agree(client_id, { resource: `${ISSUER}/admin/api`, scope })
  const form = { grant_type: 'authorization_code', code, code_verifier: VERIFIER, client_id }
  return ((await (await world.post('/token', form)).json()) as { access_token: string }).access_token
}

async function call(method: string, path: string, token: string, body?: string, type = 'application/json') {
  const headers = { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': type }) }
  const response = await world.send(method, `/admin/api${path}`, { headers, ...(body === undefined ? {} : { body }) })
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: text === '' ? {} : JSON.parse(text) }
}

for (const name of NAMES) {
  test(`${name} declares a permission, and does nothing before it is there [doorward-admin-permissions]`, async () => {
    const { permission, method } = ACTIONS[name] as Action
    assert.ok(Object.hasOwn(PERMISSIONS, permission))
    // Who may only look changes nothing; a preview writes nothing either.
    assert.equal(permission === 'doorward:admin.read', method === 'GET' || name === 'rules.preview')
    const untouchable = new Proxy({}, { get: () => assert.fail('something was looked at') })
    const ctx = { ...world.ctx, store: untouchable as World['ctx']['store'] }
    const others = (Object.keys(PERMISSIONS) as Permission[]).filter((p) => p !== permission && p !== ADMIN_SCOPE)
    for (const permissions of [[], others, ['admin', `${permission}.`, permission.toUpperCase()]]) {
      const attempt = act(ctx, VISIT, { id: 'dwu_x', permissions }, name, {} as InputOf<typeof name>)
      await assert.rejects(attempt, refusedFor('admin_permission'))
      const { type, reason, actor } = world.events.at(-1) ?? {}
      assert.deepEqual([type, reason, actor], ['request.refused', 'admin_permission', 'dwu_x'])
    }
    for (const permissions of [[permission], [ADMIN_SCOPE]]) {
      const attempt = act(ctx, VISIT, { id: 'dwu_x', permissions }, name, { nothing: 'known' } as InputOf<typeof name>)
      await assert.rejects(attempt, (error) => !refusedFor('admin_permission')(error))
    }
  })
}

test('no two actions answer at one address, and no address is without one but that of the description', async () => {
  const addresses = ALL.map(({ method, path }) => `${method} ${path.replace(/\{\w+\}/g, '*')}`)
  assert.equal(new Set(addresses).size, addresses.length)
  const open = await world.send('GET', '/admin/api/openapi.json')
  const { paths } = (await open.json()) as { paths: Record<string, object> }
  assert.deepEqual(Object.keys(paths).sort(), [...new Set(ALL.map(({ path }) => path))].sort())
  for (const path of ['/', '/clients/x/y', '/openapi', '/openapi.json/', '/CLIENTS', '//clients', '/clients/'])
    assert.equal((await world.send('GET', `/admin/api${path}`)).status, 401, path)
})

test('a token does what it was granted, and is told what it lacks [doorward-admin-permissions]', async () => {
  const token = await tokenFor('doorward:admin.read doorward:admin.invites')
  assert.equal((await call('GET', '/clients', token)).status, 200)
  assert.equal((await call('POST', '/invites', token)).status, 201)
  const lacking = await call('POST', '/keys/rotate', token)
  assert.deepEqual(
    [lacking.status, lacking.body.error, lacking.body.scope],
    [403, 'insufficient_scope', 'doorward:admin.keys'],
  )
  assert.match(
    lacking.headers.get('www-authenticate') ?? '',
    /^Bearer error="insufficient_scope", .*scope="doorward:admin\.keys"$/,
  )
})

test('whoever may add people makes no operators, and touches none [doorward-admin-permissions]', async () => {
  const clerk = { id: 'dwu_clerk', permissions: ['doorward:admin.people'] }
  const eve = { email: 'eve@example.com', password: 'correct horse battery' }
  await assert.rejects(run('people.add', { ...eve, operator: true }, clerk), refusedFor('admin_permission'))
  const { id } = await run('people.add', eve, clerk)
  for (const name of ['people.disable', 'people.enable', 'people.sign-out'] as const) {
    await assert.rejects(run(name, { id: world.user.id }, clerk), refusedFor('admin_permission'))
    await run(name, { id }, clerk)
  }
  await assert.rejects(run('people.groups', { id: world.user.id, groups: [] }, clerk), refusedFor('admin_permission'))
  assert.deepEqual((await run('people.groups', { id, groups: ['b', 'a'] }, clerk)).groups, ['a', 'b'])
  assert.equal((await world.ctx.store.users.byId(world.user.id))?.disabledAt, undefined)
})

test('on the pages an operator may do everything, and nobody else anything', () => {
  assert.deepEqual(operatorOf(world.user).permissions, [ADMIN_SCOPE])
  for (const changes of [{ operator: false }, { disabledAt: 1 }])
    assert.throws(() => operatorOf({ ...world.user, ...changes }), refusedFor('admin_not_an_operator'))
})

const HOSTILE: readonly (readonly [string, string, string, string | undefined, number, string])[] = [
  ['a member that is not known', 'POST', '/invites', '{"admin":true}', 400, 'admin_input'],
  ['a query that is not known', 'GET', '/clients?admin=1', undefined, 400, 'admin_input'],
  ['a query twice', 'GET', '/clients?limit=1&limit=2', undefined, 400, 'admin_input'],
  ['a limit of nothing', 'GET', '/clients?limit=0', undefined, 400, 'admin_input'],
  ['a limit past the bound', 'GET', '/events?limit=501', undefined, 400, 'admin_input'],
  ['a limit that is no number', 'GET', '/clients?limit=1e2', undefined, 400, 'admin_input'],
  ['a yes that is none', 'GET', '/grants?all=yes', undefined, 400, 'admin_input'],
  ['a state that is none', 'GET', '/clients?state=evil', undefined, 400, 'admin_input'],
  ['an id in path and body', 'POST', '/clients/a/block', '{"id":"b"}', 400, 'admin_input'],
  ['an id that is too long', 'GET', `/clients/${'x'.repeat(2049)}`, undefined, 400, 'admin_input'],
  ['a prototype', 'POST', '/invites', '{"__proto__":{"uses":9}}', 400, 'admin_input'],
  ['a list for an object', 'POST', '/invites', '[]', 400, 'admin_body'],
  ['a body past the bound', 'POST', '/invites', `{"note":"${'x'.repeat(70_000)}"}`, 413, 'body_too_large'],
  ['JSON without a floor', 'POST', '/clients', `{"jwks":${'['.repeat(40)}${']'.repeat(40)}}`, 400, 'json_too_deep'],
  ['no JSON', 'POST', '/invites', '{', 400, 'json_malformed'],
  [
    'a rule of two parts',
    'POST',
    '/rules',
    '{"effect":"deny","rule":{"domain":"a.example","clientId":"x"}}',
    400,
    'admin_input',
  ],
  ['a rule for everybody', 'POST', '/rules', '{"effect":"deny","rule":{"domain":"*"}}', 400, 'admin_input'],
  [
    'a rule that is too long',
    'POST',
    '/rules',
    `{"effect":"deny","rule":{"clientId":"${'x'.repeat(2049)}"}}`,
    400,
    'admin_input',
  ],
  ['a group of a provider', 'PUT', '/people/dwu_ada/groups', '{"groups":["okta/admins"]}', 400, 'admin_input'],
  ['a group that rewrites a line', 'PUT', '/people/dwu_ada/groups', '{"groups":["a\\u202eb"]}', 400, 'admin_input'],
  ['an address that is none', 'POST', '/people', '{"email":"nobody"}', 400, 'admin_person'],
  ['a password that is short', 'POST', '/people', '{"email":"a@b.example","password":"short"}', 400, 'admin_person'],
  ['somebody who is there', 'POST', '/people', '{"email":"ADA@example.com"}', 409, 'admin_person_taken'],
  ['nobody', 'POST', '/people/nobody%40example.com/disable', undefined, 404, 'admin_unknown'],
  ['a grant that is none', 'POST', '/grants/x/revoke', undefined, 404, 'admin_unknown'],
  ['a rule that is none', 'DELETE', '/rules/x', undefined, 404, 'admin_unknown'],
  ['a question that is none', 'GET', '/events/count?question=passwords', undefined, 400, 'admin_input'],
  ['a place that is none', 'GET', '/events/since?after=1_2-3', undefined, 400, 'admin_input'],
  ['a path that is none', 'GET', '/passwords', undefined, 404, 'admin_nothing_here'],
  ['an id that is not percent-encoded', 'POST', '/clients/%E0/block', undefined, 400, 'admin_id'],
  ['a type that is a pattern', 'GET', '/events?type=%25', undefined, 400, 'admin_input'],
]
for (const [title, method, path, body, status, reason] of HOSTILE) {
  test(`${title} is refused with ${reason}, and changes nothing`, async () => {
    const token = await tokenFor(ADMIN_SCOPE)
    const before = (await world.ctx.store.events.place(0)).last
    const answer = await call(method, path, token, body)
    assert.deepEqual([answer.status, world.events.at(-1)?.reason], [status, reason])
    assert.equal(world.events.at(-1)?.actor, world.user.id)
    assert.equal((await world.ctx.store.events.place(0)).last, before)
    assert.ok(JSON.stringify(answer.body).length < 1000)
  })
}

test('who may register applications makes none that asks an operator for the administration [doorward-admin-permissions]', async () => {
  const registrar = { id: 'dwu_eve', permissions: ['doorward:admin.clients'] }
  const add = (more: object, operator = registrar) =>
    run('clients.add', { redirect_uris: [CALLBACK], ...more }, operator)
  for (const scope of [ADMIN_SCOPE, 'notes:read doorward:admin.people', 'doorward:admin.read'])
    await assert.rejects(add({ scope }), refusedFor('admin_permission'))
  const itself = { token_endpoint_auth_method: 'client_secret_basic', grant_types: ['client_credentials'] }
  await assert.rejects(add(itself), refusedFor('metadata_scope_missing'))
  for (const more of [{}, { scope: '' }, { grant_types: ['authorization_code'] }]) {
    const { client_id } = await add(more)
    await assert.rejects(world.agree(client_id, { resource: `${ISSUER}/admin/api`, scope: ADMIN_SCOPE }))
    assert.equal(world.events.findLast(({ type }) => type === 'authorization.refused')?.reason, 'scope_not_allowed')
    await world.agree(client_id)
  }
  const { client_id } = await add({}, boss)
  await world.agree(client_id, { resource: `${ISSUER}/admin/api`, scope: ADMIN_SCOPE })
})

test('a body of another type is refused: no form of another site is an act', async () => {
  const token = await tokenFor(ADMIN_SCOPE)
  for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data'])
    assert.equal((await call('POST', '/keys/rotate', token, '{"now":true}', type)).status, 400)
  assert.equal((await world.ctx.store.keys.list()).length, 1)
})

test('nothing leaves that an action does not name: no password, no key, no secret', async () => {
  await run('people.add', { email: 'eve@example.com', password: 'correct horse battery' })
  const said = JSON.stringify([
    await run('people.list', {}),
    await run('people.show', { id: 'eve@example.com' }),
    await run('keys.list', {}),
    await run('policy.show', {}),
    await run('issuers.list', {}),
    await run('resources.list', {}),
    await run('events.list', {}),
  ])
  for (const secret of ['argon2', 'password', 'sealed', 'publicJwk', 'correct horse'])
    assert.ok(!said.includes(secret), secret)
  assert.equal((await run('keys.list', {})).keys[0]?.use, 'signs')
})

test('the policy is shown whole, and nothing of it is left out of what is shown', async () => {
  const { presets, ...shown } = await run('policy.show', {})
  // The lists of whom an operator allows and denies have pages of their own.
  const { allow, deny, ...inForce } = world.ctx.policy
  assert.deepEqual(shown, inForce)
})

test('what is wrong with an input is told without the input: a password of another type is in no event', async () => {
  const given = {
    email: 'eve@example.com',
    password: 48151623 as unknown as string,
    operator: 'pass phrase' as unknown as boolean,
  }
  for (const wrong of [given, { ...given, password: 'correct horse' }, { email: 'e@example.com', pin: 'pass phrase' }])
    await assert.rejects(run('people.add', wrong), (error) => {
      assert.ok(error instanceof OAuthError && error.reason === 'admin_input')
      return !/48151623|pass phrase|correct horse/.test(JSON.stringify([error.description, world.events]))
    })
})

test('two operators at once: each act is done once, and who came late is told', async () => {
  for (const id of ['app', 'both']) await run('clients.add', { client_id: id, redirect_uris: [CALLBACK] })
  const eve = { id: 'dwu_eve', permissions: [ADMIN_SCOPE] }
  const settled = await Promise.allSettled([
    run('clients.remove', { id: 'app' }),
    run('clients.remove', { id: 'app' }, eve),
    run('clients.remove', { id: 'both' }),
    run('clients.block', { id: 'both' }, eve),
    run('keys.rotate', {}),
    run('keys.rotate', {}, eve),
    run('rules.add', { effect: 'deny', rule: { domain: 'a.example' } }),
    run('rules.add', { effect: 'deny', rule: { domain: 'a.example' } }, eve),
  ])
  const outcome = settled.map(({ status }) => (status === 'fulfilled' ? 1 : 0))
  assert.equal((outcome[0] ?? 0) + (outcome[1] ?? 0), 1)
  assert.equal((outcome[6] ?? 0) + (outcome[7] ?? 0), 1)
  // Removed and blocked at once it is one of the two, and who was told so was told the truth.
  const both = await world.ctx.store.clients.find('both')
  assert.deepEqual(outcome.slice(2, 4), both === undefined ? [1, 0] : [0, 1])
  assert.equal(both === undefined, both?.blockedAt === undefined)
  const events = await world.ctx.store.events.list({ limit: 100 })
  const count = (type: string) => events.filter((event) => event.type === type).length
  assert.deepEqual([count('client.removed') + count('client.blocked'), count('rule.added')], [2, 1])
  assert.equal(count('key.added'), (await world.ctx.store.keys.list()).length)
  for (const result of settled)
    if (result.status === 'rejected') assert.ok(result.reason instanceof OAuthError, String(result.reason))
})

test('events are searched and counted as they were written', async () => {
  const { id } = await run('people.add', { email: 'eve@example.com' })
  await run('people.disable', { id })
  const about = (await run('events.list', { person: id })).events.map(({ type }) => type)
  assert.deepEqual(about, ['user.disabled', 'user.added'])
  const page = await run('events.list', { limit: 1 })
  const [older] = (await run('events.list', { limit: 1, before: page.next })).events
  assert.deepEqual([page.events[0]?.type, older?.type], ['user.disabled', 'user.added'])
  const { last, events, next } = await run('events.since', {})
  assert.deepEqual([events, (await run('events.since', { after: `${last - 1}` })).events.length], [[], 1])
  assert.deepEqual((await run('events.since', { after: next })).events, [])
  await run('clients.add', { redirect_uris: [CALLBACK] })
  const { counts, steps, from, step } = await run('events.count', {
    question: 'registrations',
    step: 'day',
    steps: 168,
  })
  assert.deepEqual(
    counts.map(({ key, count }) => [key, count]),
    [['client.added', 1]],
  )
  assert.deepEqual([steps, counts[0]?.at], [92, from + 91 * step])
})
