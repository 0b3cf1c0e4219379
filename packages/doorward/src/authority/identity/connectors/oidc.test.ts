import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, test } from 'node:test'
import { sha256 } from '@doorward/core/kernel/digest'
import { OAuthError } from '@doorward/core/oauth/error'
import { UnsecuredJWT } from 'jose'
import { openStore } from '../../../store/index.ts'
import {
  type Claims,
  type Conduct,
  makeOpenidProvider,
  type OpenidProvider,
  UPSTREAM,
} from '../../../testing/openid-provider.ts'
import { makeWorld, VISIT, type World } from '../../../testing/world.ts'
import { needsSignIn } from '../../authorize/interaction.ts'
import { comeBack, type Leaving, leaveFor } from '../federation.ts'
import { isFresh } from '../session.ts'
import type { Provider } from '../settings.ts'

const BROWSER = 'b'.repeat(32)
const FROM = { browser: 'Firefox, Linux', replaces: undefined }

let world: World
let company: OpenidProvider
let provider: Provider
beforeEach(async () => {
  company = await makeOpenidProvider()
  provider = company.settings
  // ID tokens are judged by the time of this computer.
  const startsAt = Math.floor(Date.now() / 1000)
  world = await makeWorld({ development: true, signIn: { providers: [provider] }, startsAt })
})
afterEach(async () => {
  company.close()
  await world.close()
})

const leave = (leaving: Partial<Leaving> = {}) =>
  leaveFor(world.ctx, VISIT, provider, { browser: BROWSER, request: 'sealed', ...leaving })

async function signIn(changes: Partial<Conduct> = {}, leaving: Partial<Leaving> = {}) {
  company.behave(changes)
  return comeBack(world.ctx, VISIT, provider, company.visit(await leave(leaving)), BROWSER, FROM)
}

async function refusal(attempt: Promise<unknown>): Promise<{ reason: string; fault: unknown }> {
  const error = await attempt.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof OAuthError)) return { reason: `no refusal: ${String(error)}`, fault: undefined }
  return { reason: error.reason, fault: error.detail?.fault }
}

async function sessionOf(returned: Awaited<ReturnType<typeof signIn>>) {
  assert.ok(returned.verdict === 'signed-in')
  const found = await world.ctx.store.sessions.find(sha256(returned.session), world.ctx.now())
  return found?.session ?? assert.fail('no session')
}

test('a good answer signs in whom it names, with what it says', async () => {
  const returned = await signIn()
  assert.ok(returned.verdict === 'signed-in')
  assert.deepEqual([returned.user.email, returned.user.groups], ['ada@corp.example', ['company/staff']])
})

const HTML = { type: 'text/html', body: '<title>Sorry</title>' }
const LARGE = { type: 'application/json', body: JSON.stringify({ filling: 'x'.repeat(256 * 1024) }) }
const HOSTILE: readonly (readonly [string, Partial<Conduct>, RegExp])[] = [
  ['an ID token signed by another key', { sign: (claims) => company.foreignKey(claims) }, /signature/],
  ['an ID token with alg none', { sign: (claims) => new UnsecuredJWT(claims).encode() }, /alg|JWT|JWS/i],
  ['an ID token for another client', { idToken: { aud: 'another' } }, /aud/],
  ['an ID token for several, and another to use it', { idToken: { aud: ['doorward', 'a'], azp: 'a' } }, /azp/],
  ['an ID token for us that another was given', { idToken: { azp: 'another' } }, /azp/],
  ['an ID token of another issuer', { idToken: { iss: 'https://evil.example' } }, /iss/],
  ['an ID token that is over', { idToken: { exp: 1_600_000_000 } }, /exp/],
  ['an ID token with the nonce of another sign-in', { idToken: { nonce: 'n'.repeat(43) } }, /nonce/],
  ['an ID token without a nonce', { idToken: { nonce: undefined } }, /nonce/],
  ['an ID token without a subject', { idToken: { sub: undefined } }, /sub/],
  ['an ID token that is none', { sign: () => 'a.b.c' }, /JWT|JSON|parse|decode/i],
  ['UserInfo of somebody else', { idToken: { groups: undefined }, userInfo: { sub: 'boss' } }, /sub/],
  ['UserInfo in HTML', { idToken: { groups: undefined }, bodies: { '/userinfo': HTML } }, /content-type/],
  ['a token answer in HTML', { bodies: { '/token': HTML } }, /content-type/],
  ['keys in HTML', { bodies: { '/jwks': HTML } }, /content-type/],
  ['a token answer above 256 KiB', { bodies: { '/token': LARGE } }, /large/],
  ['keys above 256 KiB', { bodies: { '/jwks': LARGE } }, /large/],
]
for (const [what, changes, fault] of HOSTILE) {
  test(`${what} brings in nobody [doorward-provider-answer]`, async () => {
    const found = await refusal(signIn(changes))
    assert.equal(found.reason, 'provider_answer')
    assert.match(String(found.fault), fault)
    assert.equal((await world.ctx.store.users.list()).length, 1)
    assert.deepEqual(await world.ctx.store.identities.find('company', 'ada'), undefined)
  })
}

const SAID: readonly (readonly [string, string, string])[] = [
  ['access_denied', 'provider_declined', "the identity provider answered 'access_denied'"],
  ['server_error', 'provider_refused', "the identity provider answered 'server_error'"],
  ['no\nline\u202e', 'provider_refused', "the identity provider answered 'no?line?'"],
]
for (const [error, reason, fault] of SAID) {
  test(`operators learn that a provider answered ${JSON.stringify(error)} [doorward-provider-answer]`, async () => {
    const back = company.visit(await leave())
    back.set('error', error)
    back.set('error_description', 'whatever')
    assert.deepEqual(await refusal(comeBack(world.ctx, VISIT, provider, back, BROWSER, FROM)), { reason, fault })
  })
}

test('operators learn with which error a provider refused a code [doorward-provider-answer]', async () => {
  const back = company.visit(await leave())
  back.set('code', 'another code')
  const fault = "the identity provider answered 'invalid_grant'"
  const found = await refusal(comeBack(world.ctx, VISIT, provider, back, BROWSER, FROM))
  assert.deepEqual(found, { reason: 'provider_refused', fault })
})

const METADATA: readonly (readonly [string, Partial<Conduct>, RegExp])[] = [
  [
    'names another issuer',
    { discovery: { issuer: 'https://evil.example' } },
    /'https:\/\/evil.example', the config http/,
  ],
  ['names no place to go to', { discovery: { authorization_endpoint: undefined } }, /authorization_endpoint/],
  ['names an object as that place', { discovery: { authorization_endpoint: { toString: 5 } } }, /authorization_/],
  ['names a script as that place', { discovery: { authorization_endpoint: 'javascript:alert(1)' } }, /authorization_/],
  ['is HTML', { bodies: { '/.well-known/openid-configuration': HTML } }, /content-type/],
  ['is above 256 KiB', { bodies: { '/.well-known/openid-configuration': LARGE } }, /large/],
]
for (const [what, changes, fault] of METADATA) {
  test(`nobody is sent to a provider whose metadata ${what} [doorward-provider-answer]`, async () => {
    company.behave(changes)
    const found = await refusal(leave())
    assert.equal(found.reason, 'provider_answer')
    assert.match(String(found.fault), fault)
    assert.deepEqual(
      company.asked.map(({ path }) => path),
      ['/.well-known/openid-configuration'],
    )
  })
}

test('a provider is asked with state, nonce and S256, and its tokens are used up and kept nowhere [doorward-provider-answer]', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'doorward-oidc-'))
  const path = join(folder, 'door.db')
  const store = openStore(path, () => world.ctx.now() * 1000)
  Object.assign(world.ctx, { store })
  try {
    const url = await leave()
    const { searchParams: to } = url
    assert.equal(to.get('code_challenge_method'), 'S256')
    for (const name of ['state', 'nonce', 'code_challenge']) assert.match(to.get(name) ?? '', /^[\w-]{43}$/, name)
    // Left out of the ID token, so that the access token is used, too.
    company.behave({ idToken: { groups: undefined }, userInfo: { groups: ['staff'] } })
    const returned = await comeBack(world.ctx, VISIT, provider, company.visit(url), BROWSER, FROM)
    assert.ok(returned.verdict === 'signed-in')
    const exchange = company.asked.find((request) => request.path === '/token')
    const verifier = exchange?.form.get('code_verifier') ?? assert.fail('no verifier')
    assert.equal(sha256(verifier), to.get('code_challenge'))
    assert.equal(
      company.asked.find((request) => request.path === '/userinfo')?.authorization,
      `Bearer ${UPSTREAM.access}`,
    )
    const kept = JSON.stringify([returned, world.events, ...everyRowOf(path)])
    assert.ok(kept.includes('sign-in.succeeded') && kept.includes('ada@corp.example'), 'looked where things are kept')
    const tokens = company.idTokens.flatMap((token) => token.split('.'))
    assert.equal(tokens.length, 3)
    for (const secret of [...Object.values(UPSTREAM), ...tokens, verifier]) assert.ok(!kept.includes(secret), secret)
  } finally {
    await store.close()
    rmSync(folder, { recursive: true })
  }
})

function everyRowOf(path: string): unknown[] {
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all()
    return tables.flatMap(({ name }) =>
      database
        .prepare(`SELECT * FROM "${name}"`)
        .all()
        .map((row) => Object.values(row).map((value) => (value instanceof Uint8Array ? text(value) : value))),
    )
  } finally {
    database.close()
  }
}

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')

const hourAgo = () => world.ctx.now() - 3600

const FRESH: readonly (readonly [string, Partial<Leaving>, Record<string, string | null>])[] = [
  ['a new sign-in', { isFresh: true }, { prompt: 'login', max_age: null }],
  ['one that is a minute old at most', { maxAge: 60 }, { prompt: null, max_age: '60' }],
  ['a new one, and a minute', { isFresh: true, maxAge: 60 }, { prompt: 'login', max_age: '60' }],
  ['one that has just been', { maxAge: 0 }, { prompt: null, max_age: '0' }],
]
for (const [what, leaving, wanted] of FRESH) {
  test(`who needs ${what} is asked for it at the provider, and an old one is not taken for it [doorward-fresh-sign-in]`, async () => {
    const { searchParams } = await leave(leaving)
    for (const [name, value] of Object.entries(wanted)) assert.equal(searchParams.get(name), value, name)
    const { authentication } = await sessionOf(await signIn({ idToken: { auth_time: hourAgo() } }, leaving))
    assert.equal(authentication.at, hourAgo())
    const { maxAge, isFresh: freshSignIn = false } = leaving
    const pending = { freshSignIn, startedAt: world.ctx.now(), maxAge } as Parameters<typeof needsSignIn>[0]
    assert.equal(needsSignIn(pending, authentication), true, 'an application')
    assert.equal(isFresh(world.ctx, authentication), false, 'the account page and the administration')
  })
}

test('a provider that says when somebody signed in is believed no further than now [doorward-fresh-sign-in]', async () => {
  const when = async (authTime: unknown, leaving: Partial<Leaving> = {}) =>
    (await sessionOf(await signIn({ idToken: { auth_time: authTime } }, leaving))).authentication.at
  const now = world.ctx.now()
  assert.deepEqual([await when(now), await when(now + 86_400), await when(now - 600)], [now, now, now - 600])
  assert.equal(await when(undefined), 0, 'nobody knows when')
})

const SUBJECTS: readonly (readonly [string, unknown])[] = [
  ['is empty', ''],
  ['has 256 characters', 'x'.repeat(256)],
  ['has 100 kB', 'x'.repeat(100_000)],
  ['has a control character', 'ada\u0000'],
  ['has a line break', 'ada\n'],
  ['turns the words around it', '\u202eada'],
  ['is Cyrillic in part', '\u0430da'],
  ['is a number', 42],
]
for (const [what, sub] of SUBJECTS) {
  test(`nobody comes in by a subject that ${what} [doorward-provider-answer]`, async () => {
    const { reason, fault } = await refusal(signIn({ idToken: { sub } }))
    assert.equal(reason, 'provider_answer')
    assert.match(String(fault), /sub/)
    assert.equal((await world.ctx.store.users.list()).length, 1)
  })
}

test('a subject is what it is, byte for byte', async () => {
  for (const [i, sub] of ['x', 'X', ' x', 'x'.repeat(255)].entries()) {
    const returned = await signIn({ idToken: { sub, email: `p${i}@corp.example` } })
    assert.ok(returned.verdict === 'signed-in')
    assert.equal(returned.user.email, `p${i}@corp.example`)
  }
})

const ADDRESSES: readonly (readonly [string, unknown])[] = [
  ['has no @', 'ada.example.com'],
  ['has two @', 'ada@evil.example@example.com'],
  ['has a fullwidth @', 'ada\uff20example.com'],
  ['has fullwidth letters', '\uff41da@example.com'],
  ['has a sign that is small as a known letter', '\u212aai@example.com'],
  ['has a control character', 'ada\u0000@example.com'],
  ['turns the words around it', '\u202eada@example.com'],
  ['has what nobody sees', 'a\u200bda@example.com'],
  ['has a space around it', ' ada@example.com'],
  ['has 100 kB', `${'a'.repeat(100_000)}@example.com`],
  ['is a list', ['ada@example.com']],
]
for (const [what, email] of ADDRESSES) {
  test(`an address that ${what} is not verified, whatever the provider says, and nobody's [doorward-provider-answer]`, async () => {
    await world.ctx.store.users.add({ ...world.user, id: 'dwu_kai', email: 'kai@example.com' })
    provider = { ...provider, domains: ['example.com'] }
    Object.assign(world.ctx, { signIn: { password: true, providers: [provider] } })
    assert.equal((await refusal(signIn({ idToken: { email } }))).reason, 'email_unverified')
    assert.equal((await world.ctx.store.users.list()).length, 2)
  })
}

test('an address that only looks like a known one, and a group that looks like that of operators, are others', async () => {
  const returned = await signIn({ idToken: { email: '\u0430da@example.com', groups: ['\u0430dmins', '\uff41dmins'] } })
  assert.ok(returned.verdict === 'signed-in')
  assert.notEqual(returned.user.id, world.user.id)
  assert.equal(returned.user.operator, false)
  assert.deepEqual(returned.user.groups, ['company/\u0430dmins', 'company/\uff41dmins'])
  assert.deepEqual(await world.ctx.store.identities.ofUser(world.user.id), [])
})

// Entra ID, of somebody in more than two hundred groups: the list is elsewhere, and so would be everything that it gives.
const NAMES = { groups: 'src1' }
const SOURCES = { src1: { endpoint: 'https://graph.microsoft.com/v1.0/users/1/getMemberObjects' } }
const OVERAGE: readonly (readonly [string, Claims, Claims])[] = [
  ['names another place for them', { _claim_names: NAMES, _claim_sources: SOURCES }, {}],
  ['names another place for them when it is asked', {}, { _claim_names: NAMES, _claim_sources: SOURCES }],
  ['says that there are some', { hasgroups: true }, {}],
]
for (const [what, idToken, userInfo] of OVERAGE) {
  test(`a provider that lists no groups and ${what} takes nothing away and gives nothing [doorward-provider-groups]`, async () => {
    const before = await signIn({ idToken: { groups: ['admins', 'staff'] } })
    assert.ok(before.verdict === 'signed-in')
    const found = await refusal(signIn({ idToken: { groups: undefined, ...idToken }, userInfo }))
    assert.deepEqual(found, { reason: 'groups_overage', fault: 'too many for one answer' })
    const kept = await world.ctx.store.users.byId(before.user.id)
    assert.deepEqual([kept?.groups, kept?.operator], [['company/admins', 'company/staff'], true])
    const stranger = { sub: 'eve', email: 'eve@corp.example', groups: undefined, ...idToken }
    assert.equal(
      (await refusal(signIn({ idToken: stranger, userInfo: { sub: 'eve', ...userInfo } }))).reason,
      'groups_overage',
    )
    assert.equal(await world.ctx.store.users.byEmail('eve@corp.example'), undefined)
  })
}

const LISTS: readonly (readonly [string, string[] | undefined, Claims, Claims, readonly string[]])[] = [
  ['stand in UserInfo after all', ['groups'], { _claim_names: NAMES }, { groups: ['staff'] }, ['company/staff']],
  ['are not asked for', undefined, { _claim_names: NAMES }, {}, []],
  ['are none', ['groups'], {}, {}, []],
  ['stand within a claim', ['realm_access', 'roles'], { realm_access: { roles: ['staff'] } }, {}, ['company/staff']],
  ['stand within a claim of UserInfo', ['a', 'b'], { a: { c: ['no'] } }, { a: { b: ['staff'] } }, ['company/staff']],
  ['stand at a name with dots', ['https://a.example/groups'], { 'https://a.example/groups': 'x' }, {}, ['company/x']],
  ['would be what every object has', ['constructor', 'name'], {}, {}, []],
  ['would stand within a text', ['email', 'length'], {}, {}, []],
]
for (const [what, groupsClaim, idToken, userInfo, groups] of LISTS) {
  test(`groups that ${what} are ${groups.join() || 'none'} [doorward-provider-groups]`, async () => {
    provider = { ...provider, groupsClaim, operatorsGroup: undefined }
    const returned = await signIn({ idToken: { groups: undefined, ...idToken }, userInfo })
    assert.ok(returned.verdict === 'signed-in')
    assert.deepEqual(returned.user.groups, groups)
  })
}
