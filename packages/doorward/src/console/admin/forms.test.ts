import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { afterEach, beforeEach, test } from 'node:test'
import type { EventType } from '@doorward/core/kernel/audit'
import type { StoredUser } from '../../authority/context.ts'
import { verifyPassword } from '../../authority/identity/password.ts'
import type { Provider } from '../../authority/identity/settings.ts'
import { judgeClientSecret } from '../../authority/token/client-secret.ts'
import { type Answer, type Visitor, visitor } from '../../testing/visitor.ts'
import { CALLBACK, ISSUER, MCP, makeWorld, VERIFIER, type World } from '../../testing/world.ts'
import { consoleRoutes } from '../routes.ts'
import type { FormKey } from './act-form.ts'
import { FORMS } from './forms.ts'

const OKTA: Provider = {
  id: 'okta',
  name: 'Okta',
  kind: 'oidc',
  issuer: 'https://okta.example',
  clientId: 'doorward',
  clientSecret: createSecretKey(Buffer.from('a secret')),
  authentication: 'client_secret_basic',
  scopes: ['openid'],
  domains: ['okta.example'],
  newPeople: 'nobody',
}
const BOB: StoredUser = {
  id: 'dwu_bob',
  email: 'bob@x.example',
  password: 'hashed',
  operator: false,
  groups: ['staff'],
  createdAt: 0,
}
const EVE: StoredUser = { ...BOB, id: 'dwu_eve', email: 'eve@okta.example' }

let world: World
let ada: Visitor
beforeEach(async () => {
  world = await makeWorld({ signIn: { providers: [OKTA] }, policy: { refreshRotation: 'everybody' } })
  for (const person of [BOB, EVE]) await world.ctx.store.users.add(person)
  ada = await visitor(world, consoleRoutes(world.ctx, []), { user: world.user })
})
afterEach(() => world.close())

const found = (id: string) => world.ctx.store.clients.find(id)
const grantOf = (id: string) => world.ctx.store.grants.find(id)
const personOf = (id: string) => world.ctx.store.users.byId(id)
const sessionsOf = async (id: string) => (await world.ctx.store.sessions.ofUser(id, world.ctx.now())).length

async function client(): Promise<string> {
  return (await world.register({ client_name: 'Editor' })).client_id
}

async function blocked(): Promise<string> {
  const id = await client()
  await world.ctx.store.clients.block(id, world.ctx.now())
  return id
}

async function waiting(): Promise<string> {
  const id = await client()
  const row = (await found(id)) ?? assert.fail('there is no client')
  await world.ctx.store.clients.ask(row, { now: world.ctx.now(), by: BOB.id })
  return id
}

/** A live connection of two scopes, with its first refresh token. */
async function connection(): Promise<string> {
  const client_id = await client()
  const code = await world.agree(client_id, { scope: 'notes:read notes:write' })
  const form = { grant_type: 'authorization_code', code, code_verifier: VERIFIER, client_id, redirect_uri: CALLBACK }
  assert.equal((await world.post('/token', form)).status, 200)
  const [grant] = await world.ctx.store.grants.list({ live: true, now: world.ctx.now() })
  return grant?.id ?? assert.fail('there is no grant')
}

async function signedIn(user: StoredUser): Promise<string> {
  await visitor(world, consoleRoutes(world.ctx, []), { user })
  assert.equal(await sessionsOf(user.id), 1)
  return user.id
}

async function shutOut(): Promise<string> {
  await world.ctx.store.users.disable(BOB.id, world.ctx.now())
  return BOB.id
}

async function invite(): Promise<string> {
  const createdAt = world.ctx.now()
  const rest = { redirectHosts: [], scopes: [], createdAt, expiresAt: createdAt + 3600 }
  await world.ctx.store.invites.add({ id: 'dwi_1', note: 'for Bob', mostUses: 1, ...rest })
  return 'dwi_1'
}

async function rule(): Promise<string> {
  const given = { effect: 'deny', kind: 'domain', value: 'evil.example', note: '' } as const
  const now = world.ctx.now()
  const stored = { id: 'r1', ...given, createdAt: now, createdBy: world.user.id }
  await world.ctx.store.rules.add(stored, { now, most: 10, isMeant: () => false })
  return 'r1'
}

const shown = (html: string) => [...html.matchAll(/<pre[^>]*><bdi[^>]*>([^<]+)</g)].map(([, text = '']) => text)
const none = async () => ''

interface Row {
  /** What it is about; returns its id. */
  readonly seed: () => Promise<string>
  /** Where the form stands, below the console. */
  readonly at: (id: string) => string
  /** What an operator types into it, or ticks away (undefined). */
  readonly typed?: Readonly<Record<string, string | undefined>>
  readonly event: EventType
  /** What is stored then. */
  readonly effect: (id: string, answer: Answer) => Promise<void>
}

const clientPage = (id: string) => `/clients/one?id=${id}`
const personPage = (id: string) => `/people/one?id=${id}`

/** Every form of the console, pressed as on its page. The compiler wants a row of each. */
const ROWS: Readonly<Record<FormKey, Row>> = {
  'client-approved': {
    seed: waiting,
    at: () => '/approvals',
    event: 'client.approved',
    effect: async (id) => assert.equal((await found(id))?.approvedBy, world.user.id),
  },
  'client-blocked': {
    seed: client,
    at: clientPage,
    event: 'client.blocked',
    effect: async (id) => assert.equal((await found(id))?.blockedAt, world.ctx.now()),
  },
  'client-unblocked': {
    seed: blocked,
    at: clientPage,
    event: 'client.unblocked',
    effect: async (id) => assert.deepEqual([(await found(id))?.id, (await found(id))?.blockedAt], [id, undefined]),
  },
  'client-secret': {
    seed: async () => (await world.operatorsClient({ redirect_uris: [CALLBACK] })).client_id,
    at: clientPage,
    event: 'client.secret.added',
    effect: async (id, { html }) => {
      const { secretsNotBefore } = (await found(id)) ?? assert.fail('there is no client')
      assert.equal(secretsNotBefore, world.ctx.now() + 1)
      const [, presented = ''] = shown(html)
      const of = { id, secretsNotBefore }
      assert.equal(judgeClientSecret(world.ctx.keys.clientSecret, presented, of, world.ctx.now()), 'good')
    },
  },
  'client-removed': {
    seed: client,
    at: clientPage,
    event: 'client.removed',
    effect: async (id) => assert.equal(await found(id), undefined),
  },
  'client-added': {
    seed: none,
    at: () => '/clients',
    typed: { name: 'Mine', redirect_uris: 'https://a.example/cb', scope: 'notes:read', secret: 'yes' },
    event: 'client.added',
    effect: async (_, { html }) => {
      const [id = '', secret = ''] = shown(html)
      assert.deepEqual((await found(id))?.metadata.redirect_uris, ['https://a.example/cb'])
      assert.equal((await found(id))?.assurance, 'operator')
      assert.ok(secret.length > 20, 'a secret is shown')
    },
  },
  'grant-narrowed': {
    seed: connection,
    at: () => '/grants',
    typed: { 'keep notes:write': undefined },
    event: 'grant.narrowed',
    effect: async (id) => assert.equal((await grantOf(id))?.scope, 'notes:read'),
  },
  'grant-revoked': {
    seed: connection,
    at: () => '/grants',
    event: 'grant.revoked',
    effect: async (id) => assert.equal((await grantOf(id))?.revokedReason, 'operator_revoked'),
  },
  'person-added': {
    seed: none,
    at: () => '/people',
    typed: { email: 'kim@x.example', operator: 'yes' },
    event: 'user.added',
    effect: async (_, { html }) => {
      const [email = '', password = ''] = shown(html)
      const kim = await world.ctx.store.users.byEmail(email)
      assert.deepEqual([kim?.email, kim?.operator], ['kim@x.example', true])
      assert.equal(await verifyPassword(password, kim?.password ?? ''), true)
    },
  },
  'person-disabled': {
    seed: () => signedIn(BOB),
    at: personPage,
    event: 'user.disabled',
    effect: async (id) => {
      assert.equal((await personOf(id))?.disabledAt, world.ctx.now())
      assert.equal(await sessionsOf(id), 0)
    },
  },
  'person-enabled': {
    seed: shutOut,
    at: personPage,
    event: 'user.enabled',
    effect: async (id) => assert.equal((await personOf(id))?.disabledAt, undefined),
  },
  'person-groups': {
    seed: async () => BOB.id,
    at: personPage,
    typed: { groups: 'ops\r\nboard' },
    event: 'user.groups.changed',
    effect: async (id) => assert.deepEqual((await personOf(id))?.groups, ['board', 'ops']),
  },
  'person-signed-out': {
    seed: () => signedIn(BOB),
    at: personPage,
    event: 'sign-out',
    effect: async (id) => assert.equal(await sessionsOf(id), 0),
  },
  'person-password': {
    seed: () => signedIn(BOB),
    at: personPage,
    event: 'password.changed',
    effect: async (id, { html }) => {
      assert.equal(await verifyPassword(shown(html)[1] ?? '', (await personOf(id))?.password ?? ''), true)
      assert.equal(await sessionsOf(id), 0)
    },
  },
  'person-no-password': {
    seed: () => signedIn(EVE),
    at: personPage,
    event: 'password.changed',
    effect: async (id) => {
      assert.equal((await personOf(id))?.password, '')
      assert.equal(await sessionsOf(id), 0)
    },
  },
  'invite-created': {
    seed: none,
    at: () => '/invites',
    typed: { uses: '3', days: '5', note: 'for Kim', hosts: 'a.example', scopes: 'notes:read' },
    event: 'invite.created',
    effect: async (_, { html }) => {
      const [made] = await world.ctx.store.invites.list()
      const { mostUses, note, redirectHosts, scopes, expiresAt } = made ?? assert.fail('there is no invite')
      assert.deepEqual([mostUses, note, redirectHosts, scopes], [3, 'for Kim', ['a.example'], ['notes:read']])
      assert.equal(expiresAt, world.ctx.now() + 5 * 86_400)
      assert.match(shown(html)[1] ?? '', /^dwi_/)
    },
  },
  'invite-revoked': {
    seed: invite,
    at: () => '/invites',
    event: 'invite.revoked',
    effect: async (id) => assert.equal((await world.ctx.store.invites.find(id))?.revokedAt, world.ctx.now()),
  },
  'rule-added': {
    seed: none,
    at: () => '/rules?effect=deny&kind=domain&value=evil.example&note=phishing',
    event: 'rule.added',
    effect: async () => {
      const [added] = await world.ctx.store.rules.list()
      const { effect, kind, value, note, createdBy } = added ?? assert.fail('there is no rule')
      assert.deepEqual([effect, kind, value, note], ['deny', 'domain', 'evil.example', 'phishing'])
      assert.equal(createdBy, world.user.id)
    },
  },
  'rule-removed': {
    seed: rule,
    at: () => '/rules',
    event: 'rule.removed',
    effect: async () => assert.deepEqual(await world.ctx.store.rules.list(), []),
  },
  'key-rotated': {
    seed: async () => (await world.ctx.store.keys.list())[0]?.kid ?? '',
    at: () => '/server',
    event: 'key.added',
    effect: async (old) => {
      const keys = await world.ctx.store.keys.list()
      assert.deepEqual([keys.length, keys[0]?.kid], [2, old])
    },
  },
  'key-replaced': {
    seed: async () => (await world.ctx.store.keys.list())[0]?.kid ?? '',
    at: () => '/server',
    event: 'key.removed',
    effect: async (old) => {
      const keys = await world.ctx.store.keys.list()
      assert.equal(keys.length, 1)
      assert.notEqual(keys[0]?.kid, old)
    },
  },
}

/** The form of a page that is sent to this address, about this, as a browser would send it. */
function formOf(html: string, path: string, id: string): Record<string, string> {
  const forms = [...html.matchAll(/<form method="post" action="([^"]+)">(.*?)<\/form>/gs)]
    .filter(([, action]) => action === `${ISSUER}/admin${path}`)
    .map(([, , inside = '']) => fieldsOf(inside))
  const wanted = forms.filter((fields) => fields.id === undefined || fields.id === id)
  assert.equal(wanted.length, 1, `${path} stands ${wanted.length} times on the page`)
  return wanted[0] as Record<string, string>
}

function fieldsOf(inside: string): Record<string, string> {
  const attribute = (tag: string, name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1]
  const inputs = [...inside.matchAll(/<input[^>]*>/g)].flatMap(([tag]) =>
    attribute(tag, 'type') === 'checkbox' && !/ checked\b/.test(tag)
      ? []
      : [[attribute(tag, 'name') ?? '', attribute(tag, 'value') ?? ''] as const],
  )
  const areas = [...inside.matchAll(/<textarea[^>]*name="([^"]+)"[^>]*>([^<]*)</g)].map(
    ([, name = '', text = '']) => [name, text] as const,
  )
  return Object.fromEntries([...inputs, ...areas])
}

const filled = (fields: Record<string, string>, typed: Row['typed'] = {}) => {
  for (const name of Object.keys(typed)) assert.ok(name === 'secret' || name === 'operator' || name in fields, name)
  return Object.fromEntries(
    Object.entries({ ...fields, ...typed }).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}
const types = async () => (await world.ctx.store.events.list({ limit: 500 })).map(({ type }) => type)

test('each form of the console is pressed below', () => {
  assert.deepEqual(Object.keys(ROWS).toSorted(), FORMS.map(({ key }) => key).toSorted())
})

for (const { key, path, isFinal } of FORMS) {
  const { seed, at, typed, event, effect } = ROWS[key]
  test(`POST /admin${path}, pressed on its page, does what it says${isFinal ? ', once the operator is sure,' : ''} and is an event of that operator [doorward-console-forms]`, async () => {
    const id = await seed()
    const page = await ada.get(`/admin${at(id)}`)
    assert.equal(page.status, 200)
    const before = await types()
    let answer = await ada.post(`/admin${path}`, filled(formOf(page.html, path, id), typed))
    if (isFinal) {
      assert.equal(answer.status, 200)
      assert.deepEqual(await types(), before)
      answer = await ada.post(`/admin${path}`, formOf(answer.html, path, id))
    }
    const told = (await world.ctx.store.events.list({ limit: 500 })).slice(before.length)
    const [done] = told.filter(({ type }) => type === event)
    assert.deepEqual([done?.outcome, done?.actor], ['allowed', world.user.id], JSON.stringify(told))
    await effect(id, answer)
    if (answer.status === 200) return
    assert.equal(answer.status, 303)
    const after = await ada.get(answer.location.slice(ISSUER.length))
    assert.equal(after.status, 200)
    assert.match(after.html, /<div class="note good" role="status">/)
  })
}

for (const { key, path, isFinal } of FORMS.filter(({ showsOnce }) => showsOnce)) {
  const { seed, at, typed } = ROWS[key]
  test(`POST /admin${path} gives out what it shows once, also where its page is loaded again [doorward-console-forms]`, async () => {
    const id = await seed()
    const page = await ada.get(`/admin${at(id)}`)
    let sent = filled(formOf(page.html, path, id), typed)
    if (isFinal) sent = formOf((await ada.post(`/admin${path}`, sent)).html, path, id)
    const first = await ada.post(`/admin${path}`, sent)
    assert.equal(first.status, 200)
    const told = (await types()).length
    const again = await ada.post(`/admin${path}`, sent)
    assert.equal(again.status, 409)
    // Where there is something to fill in it comes back with that, else as a page with the way back.
    assert.ok(again.html.includes(isFinal ? 'form_repeated' : 'This form was sent before.'))
    assert.equal((await types()).length, told)
  })
}

test('what is shown once is all that a form answers itself', () => {
  const once = FORMS.filter(({ showsOnce }) => showsOnce).map(({ key }) => key)
  assert.deepEqual(once, ['client-secret', 'client-added', 'person-added', 'person-password', 'invite-created'])
})

test('a connection of which nothing would be left is ended and not narrowed', async () => {
  const id = await connection()
  const { html } = await ada.get('/admin/grants')
  const nothing = { 'keep notes:read': undefined, 'keep notes:write': undefined }
  const { status } = await ada.post('/admin/grants/narrow', filled(formOf(html, '/grants/narrow', id), nothing))
  assert.equal(status, 400)
  assert.equal((await grantOf(id))?.scope, 'notes:read notes:write')
})

for (const scope of ['notes:read', 'notes:read offline_access']) {
  test(`of ‘${scope}’ nothing can be taken but all`, async () => {
    const client_id = await client()
    const openedAt = world.ctx.now()
    const grant = { id: 'dwg_one', userId: BOB.id, clientId: client_id, resource: MCP, scope, openedAt }
    await world.ctx.store.grants.open({ ...grant, codeExpiresAt: openedAt + 60 })
    await world.ctx.store.grants.redeem(grant.id, { now: openedAt, expiresAt: openedAt + 60 })
    const { html } = await ada.get('/admin/grants')
    assert.ok(html.includes('/grants/revoke') && !html.includes('/grants/narrow'))
  })
}

test('to stay connected is kept where something else is taken', async () => {
  const clientId = await client()
  const openedAt = world.ctx.now()
  const scope = 'notes:read notes:write offline_access'
  const grant = { id: 'dwg_one', userId: BOB.id, clientId, resource: MCP, scope, openedAt }
  await world.ctx.store.grants.open({ ...grant, codeExpiresAt: openedAt + 60 })
  await world.ctx.store.grants.redeem(grant.id, { now: openedAt, expiresAt: openedAt + 60 })
  const { html } = await ada.get('/admin/grants')
  const press = (typed: Row['typed']) =>
    ada.post('/admin/grants/narrow', filled(formOf(html, '/grants/narrow', grant.id), typed))
  assert.equal((await press({ 'keep notes:write': undefined, 'keep notes:read': undefined })).status, 400)
  assert.equal((await press({ 'keep notes:write': undefined })).status, 303)
  assert.equal((await grantOf(grant.id))?.scope, 'notes:read offline_access')
})
