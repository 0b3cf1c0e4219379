import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { decodeJwt } from 'jose'
import { CALLBACK, ISSUER, MCP, makeWorld, VERIFIER, type World } from '../../testing/world.ts'
import type { GroupRules } from './group-rules.ts'
import { changeGroups } from './membership.ts'

const BOTH = 'notes:read notes:write'
const OTHER = `${ISSUER}/other`
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const ACCESS = 'urn:ietf:params:oauth:token-type:access_token'
const RULES: GroupRules = new Map([
  [
    MCP,
    [
      { group: 'staff', scopes: ['notes:read'] },
      { group: 'okta/editors', scopes: ['notes:write'] },
    ],
  ],
])

let world: World
let app: { client_id: string; client_secret: string }
async function open(groupRules: GroupRules = RULES): Promise<void> {
  const exchanges = [{ to: OTHER, scopes: { 'notes:read': ['notes:read'] } }]
  world = await makeWorld({ groupRules, second: true, resource: { servers: ['dwo_notes'], exchanges } })
  app = await world.operatorsClient({ redirect_uris: [CALLBACK] }, 'dwo_app')
}
beforeEach(() => open())
afterEach(() => world.close())

interface Body {
  readonly access_token: string
  readonly refresh_token: string
  readonly scope: string
  readonly error?: string
}
async function token(form: Record<string, string>): Promise<Body> {
  return (await (await world.post('/token', form)).json()) as Body
}
/** The person as the world knows them is asked anew, with the groups of now. */
async function connect(scope = BOTH, resource = MCP): Promise<Body> {
  Object.assign(world.user, await world.ctx.store.users.byId(world.user.id))
  const code = await world.agree('dwo_app', { scope, resource })
  return token({ grant_type: 'authorization_code', code, code_verifier: VERIFIER, ...app })
}
const refresh = ({ refresh_token }: Body) => token({ grant_type: 'refresh_token', refresh_token, ...app })
const are = (names: readonly string[], provider?: string) =>
  changeGroups(world.ctx, { userId: world.user.id, provider, names, reason: 'operator_asked' })
async function isActive({ access_token }: Body): Promise<boolean> {
  const answer = await world.post('/introspect', { token: access_token, ...app })
  return ((await answer.json()) as { active: boolean }).active
}
const why = () => world.events.at(-1)?.reason
const change = (rules: GroupRules) => Object.assign(world.ctx, { groupRules: rules })

const CONSENTS: readonly (readonly [string, readonly string[], readonly string[], string, string | undefined])[] = [
  ['no group', [], [], BOTH, undefined],
  ['a group that no rule names', ['guests'], ['staff'], BOTH, undefined],
  ['a group that gives some of it', ['staff'], [], BOTH, 'notes:read'],
  ['a group that gives it with what it contains', [], ['editors'], BOTH, BOTH],
  ['a group that gives what is contained in what is asked for', ['staff'], [], 'notes:write', 'notes:read'],
  ['a group, and a wish to stay connected', ['staff'], [], `${BOTH} offline_access`, 'notes:read offline_access'],
  ['no group, and a wish to stay connected', [], [], 'notes:read offline_access', undefined],
]
for (const [title, own, oktas, asked, granted] of CONSENTS) {
  test(`somebody in ${title} is granted ${granted ?? 'nothing'} of ${asked} [doorward-groups]`, async () => {
    await are(own)
    await are(oktas, 'okta')
    if (granted !== undefined) assert.equal((await connect(asked)).scope, granted)
    else await assert.rejects(connect(asked), { reason: 'groups_lack', status: 403 })
  })
}

test('where no rule speaks of a server it is for everybody, and so it is without any rules [doorward-groups]', async () => {
  assert.equal((await connect(BOTH, OTHER)).scope, BOTH)
  await world.close()
  await open(new Map())
  assert.equal((await connect()).scope, BOTH)
})

test('what everybody may have needs no group [doorward-groups]', async () => {
  change(new Map([[MCP, [{ group: '*', scopes: ['notes:read'] }]]]))
  assert.equal((await connect()).scope, 'notes:read')
})

test('whoever leaves a group loses at once what it gave, and the client refreshes to what is left [doorward-groups]', async () => {
  await are(['staff'])
  await are(['editors'], 'okta')
  const [tokens, elsewhere] = [await connect(), await connect(BOTH, OTHER)]
  assert.equal(await are([], 'okta'), 'changed')
  assert.deepEqual([await isActive(tokens), await isActive(elsewhere)], [false, true])
  const after = await refresh(tokens)
  assert.deepEqual([after.scope, await isActive(after)], ['notes:read', true])
  assert.equal(await are([]), 'changed')
  assert.deepEqual([(await refresh(after)).error, why()], ['invalid_grant', 'grant_revoked'])
  const events = await world.ctx.store.events.list({ limit: 100 })
  assert.deepEqual(
    events.filter(({ type }) => type.startsWith('grant.')).map(({ type, reason }) => [type, reason]),
    [
      ['grant.narrowed', 'groups_changed'],
      ['grant.revoked', 'groups_changed'],
    ],
  )
})

test('whoever joins a group again is asked again: nothing comes back by itself [doorward-groups]', async () => {
  await are(['editors'], 'okta')
  const tokens = await connect()
  await are([], 'okta')
  await are(['editors'], 'okta')
  assert.deepEqual([(await refresh(tokens)).error, why()], ['invalid_grant', 'grant_revoked'])
})

test('whoever leaves a group in the moment of saying yes has not given what it gave [doorward-groups]', async () => {
  await are(['staff'])
  await are(['editors'], 'okta')
  Object.assign(world.user, await world.ctx.store.users.byId(world.user.id))
  const redeem = async () => {
    // Still in both, as far as this yes knows.
    const code = await world.agree('dwo_app', { scope: BOTH, resource: MCP })
    return token({ grant_type: 'authorization_code', code, code_verifier: VERIFIER, ...app })
  }
  await are([], 'okta')
  const less = await redeem()
  assert.equal(less.scope, 'notes:read')
  assert.equal((await refresh(less)).scope, 'notes:read')
  await are([])
  assert.deepEqual([(await redeem()).error, why()], ['invalid_grant', 'groups_left'])
})

test('rules that changed while the server was away shrink a grant at its next refresh, or end it [doorward-groups]', async () => {
  await are(['editors'], 'okta')
  const tokens = await connect()
  world.wait(60)
  change(new Map([[MCP, [{ group: 'okta/editors', scopes: ['notes:read'] }]]]))
  const less = await refresh(tokens)
  assert.equal(less.scope, 'notes:read')
  assert.deepEqual([await isActive(tokens), await isActive(less)], [false, true])
  const again = await refresh(less)
  assert.equal(again.scope, 'notes:read')
  change(new Map([[MCP, [{ group: 'staff', scopes: ['notes:read'] }]]]))
  assert.deepEqual([(await refresh(again)).error, why()], ['invalid_grant', 'groups_left'])
  assert.equal(await isActive(again), false, 'the grant has ended with it')
})

test('a refresh token of another client ends nothing, whatever the rules say [doorward-groups]', async () => {
  await are(['staff'])
  const tokens = await connect()
  const stranger = await world.operatorsClient({ redirect_uris: [CALLBACK] }, 'dwo_stranger')
  change(new Map([[MCP, []]]))
  const { error } = await token({ grant_type: 'refresh_token', refresh_token: tokens.refresh_token, ...stranger })
  assert.deepEqual([error, why()], ['invalid_grant', 'refresh_token_of_another_client'])
  assert.equal(await isActive(tokens), true)
})

test('what is exchanged follows the groups of the person, not those of nobody [doorward-groups]', async () => {
  const server = await world.operatorsClient(
    { grant_types: ['client_credentials'], redirect_uris: undefined },
    'dwo_notes',
  )
  const exchange = ({ access_token: subject_token }: Body) =>
    token({ grant_type: EXCHANGE, subject_token, subject_token_type: ACCESS, resource: OTHER, ...server })
  change(new Map([[OTHER, [{ group: 'staff', scopes: ['notes:read'] }]]]))
  const tokens = await connect()
  assert.deepEqual([(await exchange(tokens)).error, why()], ['invalid_scope', 'scope_not_allowed'])
  await are(['staff'])
  const child = await exchange(tokens)
  assert.equal(child.scope, 'notes:read')
  await are([])
  const ended = await world.ctx.store.grants.find(String(decodeJwt(child.access_token).grant_id))
  assert.equal(ended?.revokedReason, 'groups_changed')
  assert.equal(await isActive(tokens), true)
})

test('a program that asks for itself is in no group and needs none [doorward-groups]', async () => {
  const robot = await world.operatorsClient({ grant_types: ['client_credentials'], redirect_uris: undefined })
  const answer = await token({ grant_type: 'client_credentials', scope: 'notes:read', resource: MCP, ...robot })
  assert.equal(answer.scope, 'notes:read')
})

const NAMES: readonly (readonly [string, string | undefined])[] = [
  ['', undefined],
  ['*', undefined],
  [' staff', undefined],
  ['okta/editors', undefined],
  ['a\u0000b', 'okta'],
  ['a\u202eb', 'okta'],
  ['x'.repeat(129), 'okta'],
  ['*', 'okta'],
]
for (const [name, provider] of NAMES) {
  test(`${JSON.stringify(name.slice(0, 20))} is no group of ${provider ?? 'an operator'}, and changes nothing`, async () => {
    await are(['staff'])
    await assert.rejects(are(['fine', name], provider), /cannot be the name of a group/)
    assert.deepEqual((await world.ctx.store.users.byId(world.user.id))?.groups, ['staff'])
  })
}
