import assert from 'node:assert/strict'
import { afterEach, beforeEach, mock, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { DEVICE_GRANT } from '@doorward/core/oauth/client-metadata'
import type { StoredInvite } from '../../store/store.ts'
import { StoreUnavailable } from '../../store/unavailable.ts'
import { CALLBACK, ISSUER, makeWorld, VISIT, type World } from '../../testing/world.ts'
import { timeOrderedId } from '../ids.ts'
import { inviteToken } from './invite-token.ts'
import { managementEndpoint } from './manage.ts'
import { managementToken } from './management-token.ts'

let world: World
beforeEach(async () => {
  world = await makeWorld()
})
afterEach(() => world.close())

type Body = Record<string, string> & { redirect_uris: string[] }
const send = async (method: string, path: string, body?: unknown, token?: string) => {
  const headers = {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    'content-type': 'application/json',
  }
  const response = await world.send(method, path, {
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: (text === '' ? {} : JSON.parse(text)) as Body }
}
const GOOD = { redirect_uris: [CALLBACK], token_endpoint_auth_method: 'none', client_name: 'App' }

test('repeats of one application are free however many come; new ones are scarce, by network and in all [doorward-registration-limits, q10]', async () => {
  await world.close()
  world = await makeWorld({ registration: { newPerHourAndNetwork: 3 } })
  const names = (count: number) => Array.from({ length: count }, (_, i) => ({ ...GOOD, client_name: `App ${i}` }))
  const answers = await Promise.all(names(5).map((body) => send('POST', '/register', body)))
  assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 201, 201, 429, 429])
  const refused = answers.find(({ status }) => status === 429)
  assert.equal(refused?.body.error, 'temporarily_unavailable')
  assert.match(refused?.headers.get('retry-after') ?? '', /^\d+$/)
  const repeats = await Promise.all(Array.from({ length: 500 }, () => send('POST', '/register', names(1)[0])))
  assert.ok(repeats.every(({ status }) => status === 201))
  assert.equal((await world.ctx.store.clients.list()).length, 3)
  world.wait(1200)
  assert.equal((await send('POST', '/register', { ...GOOD, client_name: 'Later' })).status, 201)
})

test('an application has the id that it had in earlier releases [doorward-given-out]', async () => {
  const { body } = await send('POST', '/register', GOOD)
  assert.equal(body.client_id, 'dwc__ynCeA8frDQYp3BrtqWwly')
})

test('what this process has never seen and the database knows is free too, also where no new one may come [doorward-registration-limits, q10]', async () => {
  await world.close()
  world = await makeWorld({ registration: { newPerHourAndNetwork: 2 } })
  const named = (name: string) => send('POST', '/register', { ...GOOD, client_name: name })
  const first = await named('First')
  world.wait(30)
  // What a restart forgets.
  const restart = () => world.ctx.openings.clear()
  restart()
  const again = await Promise.all(Array.from({ length: 20 }, () => named('First')))
  for (const { status, body } of again) assert.deepEqual([status, body], [201, first.body])
  assert.equal((await named('Second')).status, 201)
  assert.equal((await named('Third')).status, 429)
  restart()
  assert.deepEqual((await named('First')).body, first.body)
  assert.equal((await named('Third')).status, 429)
  const events = await world.ctx.store.events.list({ limit: 100 })
  assert.deepEqual(
    events.filter(({ type }) => type === 'client.registered').map(({ client }) => client === first.body.client_id),
    [true, false],
  )
})

test('a registration that the database refuses is not counted [doorward-registration-limits]', async () => {
  await world.close()
  world = await makeWorld({ registration: { newPerHourAndNetwork: 1 } })
  const { clients } = world.ctx.store
  const down = mock.method(clients, 'put', () => Promise.reject(new StoreUnavailable('down')), { times: 3 })
  for (const name of ['A', 'B', 'C']) {
    assert.equal((await send('POST', '/register', { ...GOOD, client_name: name })).status, 503)
  }
  assert.equal(down.mock.callCount(), 3)
  assert.equal((await send('POST', '/register', GOOD)).status, 201)
})

test('what turns out to be known late gives back what it took, and nothing that came meanwhile twice [doorward-registration-limits]', async () => {
  await world.close()
  world = await makeWorld({ registration: { newPerHourAndNetwork: 4 } })
  const named = (name: string) => send('POST', '/register', { ...GOOD, client_name: name })
  for (const name of ['Known', 'A', 'B']) await named(name)
  world.ctx.openings.clear()
  // The database takes a quarter of an hour, in which all but a second's worth of one comes again.
  const { clients } = world.ctx.store
  const { promise, resolve } = Promise.withResolvers<void>()
  const put = clients.put.bind(clients)
  mock.method(clients, 'put', (...call: Parameters<typeof put>) => promise.then(() => put(...call)), { times: 1 })
  const late = named('Known')
  await setImmediate()
  world.wait(899)
  assert.equal((await named('Second')).status, 429)
  resolve()
  assert.equal((await late).status, 201)
  assert.equal((await named('Third')).status, 201)
  assert.equal((await named('Fourth')).status, 429)
})

test('an application that nobody has seen takes one verb of the store, a repeated one a look', async () => {
  const { clients } = world.ctx.store
  const [put, look] = [mock.method(clients, 'put'), mock.method(clients, 'knownSince')]
  await send('POST', '/register', GOOD)
  assert.deepEqual([put.mock.callCount(), look.mock.callCount()], [1, 0])
  await send('POST', '/register', GOOD)
  assert.deepEqual([put.mock.callCount(), look.mock.callCount()], [1, 1])
})

test('what nobody uses is forgotten after a day, and asking again yields the same id [doorward-registration-expiry]', async () => {
  const sweep = { unusedClientSeconds: 86_400, usedClientSeconds: 90 * 86_400, mostEvents: 1000 }
  const before = (await send('POST', '/register', GOOD)).body.client_id
  world.wait(86_400)
  await world.ctx.store.sweep({ now: world.ctx.now(), ...sweep })
  assert.equal((await world.ctx.store.clients.list()).length, 0)
  const stale = await world.post('/token', { grant_type: 'refresh_token', refresh_token: 'x', client_id: before ?? '' })
  assert.equal(stale.status, 401)
  assert.match(((await stale.json()) as { error_description: string }).error_description, /is not registered/)
  assert.equal((await send('POST', '/register', GOOD)).body.client_id, before)
})

const TYPES: readonly (readonly [string, Record<string, unknown>, string])[] = [
  ['answers on the web', { redirect_uris: [CALLBACK] }, 'web'],
  ['answers on this computer', { redirect_uris: ['http://127.0.0.1/cb'] }, 'native'],
  ['answers at a scheme of its own', { redirect_uris: ['cursor://x/cb', CALLBACK] }, 'native'],
  ['says so', { redirect_uris: [CALLBACK], application_type: 'native' }, 'native'],
]
for (const [title, fields, type] of TYPES) {
  test(`a client that ${title} is of type ${type}, and told so [oidc-registration-application-type, mcp-2026-07-28-c15]`, async () => {
    assert.equal((await send('POST', '/register', { ...GOOD, ...fields })).body.application_type, type)
  })
}

test('a web application that wants its answer on this computer is refused, naming the redirect [oidc-registration-application-type, rfc7591-3.2.2-errors]', async () => {
  const { status, body } = await send('POST', '/register', {
    ...GOOD,
    redirect_uris: ['http://localhost/cb'],
    application_type: 'web',
  })
  assert.deepEqual([status, body.error], [400, 'invalid_redirect_uri'])
  assert.match(body.error_description ?? '', /'http:\/\/localhost\/cb' is not on the web; register as 'native'/)
})

test('an impostor is registered, and seen', async () => {
  await send('POST', '/register', { ...GOOD, client_name: 'Cl\u0430ude' })
  const event = world.events.find(({ type }) => type === 'client.suspicious')
  assert.deepEqual([event?.reason, event?.detail?.resembles], ['name_resembles_well_known_client', 'Claude'])
})

async function invite(changes: Partial<StoredInvite> = {}): Promise<string> {
  const now = world.ctx.now()
  const id = timeOrderedId(now * 1000, world.ctx.random)
  const entry = {
    id,
    note: '',
    mostUses: 1,
    redirectHosts: [],
    scopes: [],
    createdAt: now,
    expiresAt: now + 60,
    ...changes,
  }
  await world.ctx.store.invites.add(entry)
  return inviteToken(world.ctx.keys.invite, id)
}

test('an invite makes clients of their own, one for each use [rfc7591-3-initial-access-token]', async () => {
  const token = await invite({ mostUses: 2 })
  const [first, second, third] = [
    await send('POST', '/register', GOOD, token),
    await send('POST', '/register', GOOD, token),
    await send('POST', '/register', GOOD, token),
  ]
  assert.deepEqual([first.status, second.status, third.status], [201, 201, 401])
  assert.notEqual(first.body.client_id, second.body.client_id)
  assert.equal((await world.ctx.store.clients.find(first.body.client_id ?? ''))?.assurance, 'invited')
  assert.equal(world.events.at(-1)?.reason, 'invite_exhausted')
})

const BAD_TOKENS: readonly (readonly [string, () => Promise<string>, string])[] = [
  ['made up', async () => `dwi_${'a'.repeat(32)}_${'A'.repeat(43)}`, 'invite_unknown'],
  ['changed', async () => (await invite()).replace(/.$/, (last) => (last === 'A' ? 'E' : 'A')), 'invite_unknown'],
  ['nonsense', async () => 'nonsense', 'invite_unknown'],
  ['expired', () => invite({ expiresAt: 0 }), 'invite_expired'],
]
for (const [title, make, reason] of BAD_TOKENS) {
  test(`an initial access token that is ${title} is refused as RFC 6750 has it, with its own reason [rfc7591-3-initial-access-token]`, async () => {
    const { status, headers, body } = await send('POST', '/register', GOOD, await make())
    assert.deepEqual([status, body.error], [401, 'invalid_token'])
    assert.equal(headers.get('www-authenticate'), 'Bearer error="invalid_token"')
    assert.equal(world.events.at(-1)?.reason, reason)
  })
}

test('an invite bounds where answers go and what is ever granted, and a refusal costs no use [doorward-invite-bounds]', async () => {
  const token = await invite({ redirectHosts: ['client.example', 'cursor:'], scopes: ['notes:read'] })
  const stray = await send('POST', '/register', { ...GOOD, redirect_uris: [CALLBACK, 'https://evil.example/'] }, token)
  assert.deepEqual([stray.status, stray.body.error], [400, 'invalid_redirect_uri'])
  assert.match(
    stray.body.error_description ?? '',
    /evil\.example\/' is not at one of the hosts of this invite: client\.example, cursor:/,
  )
  const good = await send('POST', '/register', { ...GOOD, scope: 'notes:read notes:write' }, token)
  assert.deepEqual([good.status, good.body.scope], [201, 'notes:read'])
  const answer = await world.ask(good.body.client_id ?? '', { scope: 'notes:write' })
  assert.equal(world.events.at(-1)?.reason, 'scope_not_allowed')
  assert.equal(answer.headers.get('location'), null)
})

/** What it bounds, what is asked for, what is registered. */
const SCOPES_OF_AN_INVITE: readonly (readonly [readonly string[], string | undefined, string])[] = [
  [['notes:read'], 'notes:read notes:write', 'notes:read'],
  [['notes:read'], 'notes:write', 'notes:read'],
  [['notes:read'], undefined, 'notes:read'],
  [['notes:read', 'notes:write'], 'notes:write', 'notes:write'],
  [[], 'notes:read notes:write', 'notes:read notes:write'],
  [[], undefined, 'notes:read'],
]
for (const [bounds, asked, scope] of SCOPES_OF_AN_INVITE) {
  test(`an invite for [${bounds.join(' ')}] gives one that asks for ${asked ?? 'nothing'} ${scope} [doorward-invite-bounds]`, async () => {
    const { body } = await send('POST', '/register', { ...GOOD, scope: asked }, await invite({ scopes: [...bounds] }))
    assert.equal(body.scope, scope)
  })
}

test('a rule denies those that are invited as well, and that costs no use [doorward-deny-beats-allow, doorward-invite-bounds]', async () => {
  await world.close()
  world = await makeWorld({ policy: { deny: [{ redirectHost: new URL(CALLBACK).hostname }] } })
  const { status } = await send('POST', '/register', GOOD, await invite())
  assert.deepEqual([status, world.events.at(-1)?.reason], [403, 'policy_refused'])
  assert.equal((await world.ctx.store.clients.list()).length, 0)
  assert.equal((await world.ctx.store.invites.list())[0]?.uses, 0)
})

test('who was invited is an event with the invite, an impostor is seen, and one too many is no registration', async () => {
  const token = await invite()
  await send('POST', '/register', { ...GOOD, client_name: 'Claude' }, token)
  await send('POST', '/register', { ...GOOD, client_name: 'Claude' }, token)
  const stored = await world.ctx.store.events.list({ limit: 99 })
  const told = stored.filter(({ type }) => type === 'client.registered')
  const [entry] = await world.ctx.store.invites.list()
  assert.deepEqual(
    told.map(({ reason, detail }) => [reason, detail?.invite]),
    [['invited', entry?.id]],
  )
  assert.equal(world.events.filter(({ type }) => type === 'client.suspicious').length, 1)
})

for (const [deviceAuthorization, hosts, takesDevices] of [
  ['allow', [], true],
  ['allow', ['client.example'], false],
  ['refuse', [], false],
] as const) {
  test(`where devices are a matter of '${deviceAuthorization}', an invite for ${hosts[0] ?? 'any host'} gives answers on them to ${takesDevices ? 'one that asks' : 'nobody'} [doorward-invite-bounds]`, async () => {
    await world.close()
    world = await makeWorld({ policy: { deviceAuthorization } })
    const wish = { ...GOOD, grant_types: ['authorization_code', DEVICE_GRANT] }
    const { body } = await send('POST', '/register', wish, await invite({ redirectHosts: [...hosts] }))
    assert.equal(body.grant_types?.includes(DEVICE_GRANT), takesDevices)
  })
}

test('where registration is closed, an invite is the way in [rfc7591-3-initial-access-token]', async () => {
  await world.close()
  world = await makeWorld({ registration: { isOpen: false } })
  const refused = await send('POST', '/register', GOOD)
  assert.deepEqual([refused.status, refused.headers.get('www-authenticate')], [401, 'Bearer'])
  assert.equal((await send('POST', '/register', GOOD, await invite())).status, 201)
})

async function managed(fields: Record<string, unknown> = {}) {
  const { body } = await send(
    'POST',
    '/register',
    { ...GOOD, ...fields },
    await invite({ redirectHosts: ['client.example'] }),
  )
  return {
    body,
    path: new URL(body.registration_client_uri ?? '').pathname,
    token: body.registration_access_token ?? '',
  }
}

test('an invited client reads, changes and removes itself with its own token [rfc7592-2.1, rfc7592-2.2, rfc7592-2.3]', async () => {
  const { body, path, token } = await managed({ token_endpoint_auth_method: 'client_secret_post' })
  const read = await send('GET', path, undefined, token)
  assert.deepEqual([read.status, read.body.client_name], [200, 'App'])
  const put = { ...GOOD, client_id: body.client_id, client_name: 'Renamed', client_secret: body.client_secret }
  const changed = await send('PUT', path, put, token)
  assert.deepEqual([changed.status, changed.body.client_name, changed.body.client_id], [200, 'Renamed', body.client_id])
  assert.equal((await world.ctx.store.clients.find(body.client_id ?? ''))?.metadata.client_name, 'Renamed')
  assert.equal((await send('DELETE', path, undefined, token)).status, 204)
  const gone = await send('GET', path, undefined, token)
  assert.deepEqual([gone.status, gone.headers.get('www-authenticate')], [401, 'Bearer error="invalid_token"'])
})

test('removing itself ends what the client was granted [rfc7592-2.3]', async () => {
  const { body, path, token } = await managed()
  await world.agree(body.client_id ?? '')
  await send('DELETE', path, undefined, token)
  assert.equal((await world.ctx.store.grants.list())[0]?.revokedReason, 'client_removed')
})

for (const [title, method, between, expected] of [
  ['removed', 'PUT', (id: string) => world.ctx.store.clients.remove(id, world.ctx.now()), 'management_token'],
  ['blocked', 'DELETE', (id: string) => world.ctx.store.clients.block(id, world.ctx.now()), 'client_blocked'],
] as const) {
  test(`a client that is ${title} while it is at it is told so, and no event says that it did [rfc7592-2.1]`, async () => {
    const { body, path, token } = await managed()
    const id = body.client_id ?? ''
    const { clients } = world.ctx.store
    const find: typeof clients.find = async (...words) => {
      const found = await clients.find(...words)
      await between(id)
      return found
    }
    const ctx = { ...world.ctx, store: { ...world.ctx.store, clients: { ...clients, find } } }
    const request = new Request(new URL(path, ISSUER), {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(method === 'PUT' ? { body: JSON.stringify({ ...GOOD, client_id: id }) } : {}),
    })
    await assert.rejects(async () => managementEndpoint(ctx, request, VISIT), { reason: expected })
    const told = (await world.ctx.store.events.list({ limit: 99 })).map(({ reason }) => reason)
    assert.equal(told.includes('client_asked'), false)
  })
}

test('a client that an operator blocked reads, changes and removes nothing [rfc7592-2.1]', async () => {
  const { body, path, token } = await managed()
  await world.ctx.store.clients.block(body.client_id ?? '', world.ctx.now())
  for (const method of ['GET', 'PUT', 'DELETE']) {
    const put = method === 'PUT' ? { ...GOOD, client_id: body.client_id } : undefined
    assert.equal((await send(method, path, put, token)).status, 403)
    const { reason, correlation } = world.events.at(-1) ?? {}
    assert.deepEqual([reason, correlation], ['client_blocked', VISIT.correlation])
  }
})

test('a change that is no object changes nothing [rfc7592-2.2]', async () => {
  const { path, token } = await managed()
  for (const body of [null, 'App', [], 1]) {
    assert.equal((await send('PUT', path, body, token)).status, 400)
    assert.equal(world.events.at(-1)?.reason, 'management_client_id')
  }
})

const BAD_CHANGES: readonly (readonly [string, Record<string, unknown>, string])[] = [
  ['another client_id', { client_id: 'other' }, 'management_client_id'],
  ['no client_id', { client_id: undefined }, 'management_client_id'],
  ['a management token', { registration_access_token: 'x' }, 'management_not_to_set'],
  ['a date of registration', { client_id_issued_at: 1 }, 'management_not_to_set'],
  ['a secret of its own choice', { client_secret: 'chosen' }, 'management_secret'],
  ['a secret that is no text', { client_secret: 5 }, 'management_secret'],
  ['a redirect beyond its invite', { redirect_uris: ['https://evil.example/'] }, 'invite_redirect_host'],
  ['bad metadata', { redirect_uris: [] }, 'redirect_uris_missing'],
]
for (const [title, changes, reason] of BAD_CHANGES) {
  test(`a change with ${title} is refused and changes nothing [rfc7592-2.2]`, async () => {
    const { body, path, token } = await managed()
    const response = await send(
      'PUT',
      path,
      { ...GOOD, client_id: body.client_id, client_name: 'Changed', ...changes },
      token,
    )
    assert.equal(response.status, 400)
    assert.match(response.body.error_description ?? '', new RegExp(`\\(ref ${VISIT.correlation}\\)`))
    assert.equal(world.events.at(-1)?.reason, reason)
    assert.equal((await world.ctx.store.clients.find(body.client_id ?? ''))?.metadata.client_name, 'App')
  })
}

test('an invite that is forgotten bounds nothing any more, so nothing is changed after that', async () => {
  const { body, path, token } = await managed()
  world.wait(92 * 86_400)
  await world.ctx.store.sweep({
    now: world.ctx.now(),
    unusedClientSeconds: 86_400,
    usedClientSeconds: 90 * 86_400,
    mostEvents: 1000,
  })
  const put = await send(
    'PUT',
    path,
    { ...GOOD, client_id: body.client_id, redirect_uris: ['https://evil.example/'] },
    token,
  )
  assert.equal(put.status, 403)
})

test('a change that leads answers elsewhere takes back what an operator said [doorward-approval]', async () => {
  const { body, path, token } = await managed()
  await world.ctx.store.clients.approve(body.client_id ?? '', { now: world.ctx.now(), by: 'somebody' })
  const put = (uris: string[]) => send('PUT', path, { ...GOOD, client_id: body.client_id, redirect_uris: uris }, token)
  await put([`${CALLBACK}/other`])
  assert.notEqual((await world.ctx.store.clients.find(body.client_id ?? ''))?.approvedAt, undefined)
  await world.ctx.store.clients.change(body.client_id ?? '', {
    metadata: { redirect_uris: ['https://before.example/'] },
  })
  await put([CALLBACK])
  assert.equal((await world.ctx.store.clients.find(body.client_id ?? ''))?.approvedAt, undefined)
})

test('an id that is no id is answered like any other wrong one', async () => {
  assert.equal((await send('GET', '/register/%zz', undefined, 'dwm_x')).status, 401)
})

test('a client is managed with its own token only, and an open registration not at all [rfc7592-3, doorward-open-immutable]', async () => {
  const [one, two] = [await managed(), await managed()]
  assert.equal((await send('GET', one.path, undefined, two.token)).status, 401)
  const none = await send('GET', one.path)
  assert.deepEqual([none.status, none.headers.get('www-authenticate')], [401, 'Bearer'])
  const open = await send('POST', '/register', GOOD)
  assert.deepEqual([open.body.registration_client_uri, open.body.registration_access_token], [undefined, undefined])
  const stored = await world.ctx.store.clients.find(open.body.client_id ?? '')
  // As if somebody had got hold of the key.
  const forged = managementToken(world.ctx.keys.management, stored ?? assert.fail('there is no client'))
  for (const token of [one.token, forged])
    assert.equal((await send('GET', `/register/${open.body.client_id}`, undefined, token)).status, 401)
  assert.equal((await send('POST', one.path, GOOD, one.token)).status, 405)
  assert.equal(one.body.registration_client_uri, `${ISSUER}/register/${one.body.client_id}`)
})
