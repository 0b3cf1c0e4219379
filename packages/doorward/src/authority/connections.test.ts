import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { OAuthError } from '@doorward/core/oauth/error'
import { decodeJwt } from 'jose'
import type { StoredUser } from '../store/store.ts'
import { CALLBACK, ISSUER, MCP, makeWorld, VERIFIER, VISIT, type World } from '../testing/world.ts'
import { connectionsOf, disconnect, disconnectAll, endConnectionAt, narrowConnection } from './connections.ts'

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const ACCESS = 'urn:ietf:params:oauth:token-type:access_token'
const OTHER = `${ISSUER}/other`
const BOTH = 'notes:read notes:write'

let world: World
let app: { client_id: string; client_secret: string }
let server: { client_id: string; client_secret: string }
let bob: StoredUser
beforeEach(async () => {
  const exchanges = [{ to: OTHER, scopes: { 'notes:read': ['notes:read'] } }]
  world = await makeWorld({ second: true, resource: { servers: ['dwo_notes'], exchanges } })
  app = await world.operatorsClient({ redirect_uris: [CALLBACK] }, 'dwo_app')
  server = await world.operatorsClient({ grant_types: ['client_credentials'], redirect_uris: undefined }, 'dwo_notes')
  bob = { ...world.user, id: 'dwu_bob', email: 'bob@example.com' }
  await world.ctx.store.users.add(bob)
})
afterEach(() => world.close())

interface Body {
  readonly access_token: string
  readonly refresh_token: string
  readonly scope: string
  readonly expires_in: number
  readonly error?: string
}
async function token(form: Record<string, string>): Promise<Body> {
  return (await (await world.post('/token', form)).json()) as Body
}
async function connect(scope = BOTH): Promise<Body & { id: string }> {
  const code = await world.agree('dwo_app', { scope, resource: MCP })
  const body = await token({ grant_type: 'authorization_code', code, code_verifier: VERIFIER, ...app })
  return { ...body, id: String(decodeJwt(body.access_token).grant_id) }
}
const refresh = ({ refresh_token }: Body, more = {}) =>
  token({ grant_type: 'refresh_token', refresh_token, ...app, ...more })
const exchange = ({ access_token: subject_token }: Body) =>
  token({ grant_type: EXCHANGE, subject_token, subject_token_type: ACCESS, resource: OTHER, ...server })
async function isActive({ access_token }: Body): Promise<boolean> {
  const answer = await world.post('/introspect', { token: access_token, ...app })
  return ((await answer.json()) as { active: boolean }).active
}
const narrow = (id: string, ...scopes: string[]) =>
  narrowConnection(world.ctx, VISIT, world.user, id, (scope) => scopes.includes(scope))
const endAt = (id: string, endsAt?: number) => endConnectionAt(world.ctx, VISIT, world.user, id, endsAt)
const why = () => world.events.at(-1)?.reason

test('a token from before a narrowing is void in the very second of it, and one from right after is good [doorward-narrowing]', async () => {
  const before = await connect()
  await narrow(before.id, 'notes:read')
  assert.equal(await isActive(before), false)
  const after = await refresh(before)
  assert.equal(after.scope, 'notes:read')
  assert.equal(await isActive(after), true)
  assert.equal(decodeJwt(after.access_token).scope, 'notes:read')
})

test('a client that still asks for what its grant held gets what is left, and nothing where nothing of it is [doorward-narrowing]', async () => {
  const tokens = await connect()
  await narrow(tokens.id, 'notes:read')
  const less = await refresh(tokens, { scope: BOTH })
  assert.equal(less.scope, 'notes:read')
  const none = await refresh(less, { scope: 'notes:write' })
  assert.deepEqual([none.error, why()], ['invalid_scope', 'scope_widened'])
})

test('what was exchanged for a connection ends with its narrowing, and an older token is exchanged for nothing [doorward-narrowing]', async () => {
  const tokens = await connect()
  const child = await exchange(tokens)
  assert.equal(await isActive(child), false, 'the tokens of others are nobody’s business')
  const standing = (await world.ctx.store.grants.list()).find(({ parent }) => parent === tokens.id)
  await narrow(tokens.id, 'notes:read')
  assert.equal((await world.ctx.store.grants.find(standing?.id ?? ''))?.revokedReason, 'parent_narrowed')
  assert.deepEqual([(await exchange(tokens)).error, why()], ['invalid_request', 'exchange_outdated'])
  assert.equal((await exchange(await refresh(tokens))).scope, 'notes:read')
})

test('a refresh is judged by what the grant holds when it acts, not when it was asked for [doorward-narrowing]', async () => {
  const tokens = await connect()
  const { grants } = world.ctx.store
  const rotate: typeof grants.rotate = async (...asked) => {
    await narrow(tokens.id, 'notes:read')
    return grants.rotate(...asked)
  }
  Object.assign(world.ctx, { store: { ...world.ctx.store, grants: { ...grants, rotate } } })
  const after = await refresh(tokens)
  assert.equal(after.scope, 'notes:read')
  assert.equal(decodeJwt(after.access_token).scope, 'notes:read')
  assert.equal((await grants.find(tokens.id))?.generation, 2)
})

test('no token outlives the end of its grant: not a new one, not one in exchange, and not one that there is [doorward-grant-end]', async () => {
  const tokens = await connect()
  const endsAt = world.ctx.now() + 120
  await endAt(tokens.id, endsAt)
  assert.equal(await isActive(tokens), false, 'it would have lived longer')
  const after = await refresh(tokens)
  assert.equal(after.expires_in, 120)
  assert.equal(decodeJwt(after.access_token).exp, endsAt)
  assert.equal(decodeJwt((await exchange(after)).access_token).exp, endsAt)
  world.wait(120)
  assert.deepEqual([(await refresh(after)).error, why()], ['invalid_grant', 'grant_expired'])
  assert.deepEqual(await connectionsOf(world.ctx, world.user), [])
})

test('an end far ahead leaves the tokens alone; it can be moved, and taken away [doorward-grant-end]', async () => {
  const tokens = await connect()
  const day = 86_400
  await endAt(tokens.id, world.ctx.now() + 2 * day)
  assert.equal(await isActive(tokens), true)
  const [shown] = await connectionsOf(world.ctx, world.user)
  assert.equal(shown?.grant.endsAt, world.ctx.now() + 2 * day)
  await endAt(tokens.id)
  const after = await refresh(tokens)
  world.wait(3 * day)
  assert.equal((await refresh(after)).error, undefined)
})

test('whoever disconnects one ends that, and whoever disconnects all ends all of theirs [doorward-connections]', async () => {
  const [first, second, third] = [await connect(), await connect(), await connect()]
  await disconnect(world.ctx, VISIT, world.user, first.id)
  assert.deepEqual(await Promise.all([first, second, third].map(isActive)), [false, true, true])
  assert.equal(await disconnectAll(world.ctx, VISIT, bob), 0)
  assert.equal((await connectionsOf(world.ctx, world.user)).length, 2)
  assert.equal(await disconnectAll(world.ctx, VISIT, world.user), 2)
  assert.deepEqual(await connectionsOf(world.ctx, world.user), [])
  const events = await world.ctx.store.events.list({ limit: 100 })
  const ended = events.filter(({ type }) => type === 'grant.revoked')
  assert.deepEqual(
    ended.map(({ reason, actor, grant }) => [reason, actor, grant]).sort(),
    [first, second, third].map(({ id }) => ['person_disconnected', world.user.id, id]).sort(),
  )
})

type Attempt = (user: StoredUser, id: string) => Promise<unknown>
const WAYS: readonly (readonly [string, Attempt])[] = [
  ['narrows', (user, id) => narrowConnection(world.ctx, VISIT, user, id, (scope) => scope === 'notes:read')],
  ['sets an end for', (user, id) => endConnectionAt(world.ctx, VISIT, user, id, world.ctx.now() + 60)],
  ['disconnects', (user, id) => disconnect(world.ctx, VISIT, user, id)],
]
const TARGETS: readonly (readonly [string, (id: string) => Promise<readonly [StoredUser, string]>])[] = [
  ['what somebody else allowed', async (id) => [bob, id]],
  ['what never was', async () => [world.user, 'f'.repeat(32)]],
  [
    'what has ended',
    async (id) => {
      await world.ctx.store.grants.revoke(id, { now: world.ctx.now(), reason: 'operator_revoked' })
      return [world.user, id]
    },
  ],
  [
    'what was exchanged, apart from what it was exchanged for',
    async (id) => {
      const { access_token } = await token({
        grant_type: EXCHANGE,
        subject_token: (await connect()).access_token,
        subject_token_type: ACCESS,
        resource: OTHER,
        ...server,
      })
      assert.notEqual(decodeJwt(access_token).grant_id, id)
      return [world.user, String(decodeJwt(access_token).grant_id)]
    },
  ],
]
for (const [way, attempt] of WAYS) {
  for (const [target, find] of TARGETS) {
    test(`nobody ${way} ${target} [doorward-connections]`, async () => {
      const [user, id] = await find((await connect()).id)
      const before = await world.ctx.store.grants.list()
      await assert.rejects(
        attempt(user, id),
        (error) => error instanceof OAuthError && error.reason === 'connection_unknown' && error.status === 404,
      )
      assert.deepEqual(await world.ctx.store.grants.list(), before)
    })
  }
}

const WISHES: readonly (readonly [string, (id: string) => Promise<unknown>])[] = [
  ['nothing at all left', (id) => narrow(id)],
  ['only what it never held left', (id) => narrow(id, 'everything')],
  ['an end that has passed', (id) => endAt(id, world.ctx.now())],
]
for (const [title, wish] of WISHES) {
  test(`a connection with ${title} is refused, and stays as it is [doorward-connections]`, async () => {
    const tokens = await connect(`${BOTH} offline_access`)
    await assert.rejects(wish(tokens.id), (error) => error instanceof OAuthError && error.reason === 'connection_wish')
    assert.equal((await refresh(tokens)).scope, `${BOTH} offline_access`)
  })
}
