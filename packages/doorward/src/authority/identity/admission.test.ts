import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { afterEach, beforeEach, test } from 'node:test'
import { sha256 } from '@doorward/core/kernel/digest'
import { OAuthError } from '@doorward/core/oauth/error'
import { makeWorld, VISIT, type World } from '../../testing/world.ts'
import { act } from '../admin/act.ts'
import { type Admitted, admit } from './admission.ts'
import type { Arrival } from './connectors/connector.ts'
import { acceptLink } from './linking.ts'
import { unlink } from './own-sign-in.ts'
import { openSession } from './session.ts'
import type { Provider } from './settings.ts'

const BROWSER = 'b'.repeat(32)
const COMPANY: Provider = {
  id: 'company',
  name: 'Company',
  kind: 'oidc',
  issuer: 'https://login.corp.example',
  clientId: 'doorward',
  clientSecret: createSecretKey(Buffer.from('a secret')),
  authentication: 'client_secret_basic',
  scopes: [],
  groupsClaim: ['groups'],
  operatorsGroup: 'admins',
  domains: ['corp.example', 'xn--bcher-kva.example'],
  newPeople: 'of_its_domains',
}
const GITHUB: Provider = { ...COMPANY, id: 'github', kind: 'github', domains: [], newPeople: 'everybody' }

let world: World
beforeEach(async () => {
  world = await makeWorld({ signIn: { providers: [COMPANY, GITHUB] } })
})
afterEach(() => world.close())

const coming = (changes: { linkTo?: string; replaces?: string } = {}) => ({
  browser: BROWSER,
  from: { browser: 'Firefox, Linux', replaces: changes.replaces },
  at: world.ctx.now(),
  linkTo: changes.linkTo,
  request: 'sealed',
})
const arrival = (subject: string, email: string | undefined, groups?: readonly string[]): Arrival => ({
  subject,
  email,
  label: email ?? subject,
  groups,
  authenticatedAt: undefined,
  amr: [],
})
const arrive = (provider: Provider, of: Arrival, how = coming()) => admit(world.ctx, VISIT, provider, of, how)

async function reasonOf(attempt: Promise<Admitted>): Promise<string> {
  const error = await attempt.then(
    ({ verdict }) => verdict,
    (thrown: unknown) => thrown,
  )
  return error instanceof OAuthError ? error.reason : String(error)
}

const NEW: readonly (readonly [Provider['newPeople'], string, string])[] = [
  ['of_its_domains', 'eve@corp.example', 'signed-in'],
  // A public provider has accounts of the whole world; its domains say which of them are the company's.
  ['of_its_domains', 'eve@anywhere.example', 'person_not_admitted'],
  ['everybody', 'eve@anywhere.example', 'signed-in'],
  ['nobody', 'eve@corp.example', 'person_not_admitted'],
]
for (const [newPeople, email, outcome] of NEW) {
  test(`where new people may come in, ${newPeople}, ${email} finds ${outcome} [doorward-provider-newcomers]`, async () => {
    assert.equal(await reasonOf(arrive({ ...COMPANY, newPeople }, arrival('eve', email))), outcome)
  })
}

for (const email of ['eve@corp.example', 'eve@corp.example.', 'eve@bücher.example', 'eve@xn--bcher-kva.example']) {
  test(`GitHub is not believed about ${email}, which signs in elsewhere`, async () => {
    assert.equal(await reasonOf(arrive(GITHUB, arrival('7', email))), 'domain_of_another_provider')
  })
}

/** A session of Ada's, as its cookie would be. */
async function session(): Promise<string> {
  const { ctx, user } = world
  const authentication = { at: ctx.now(), method: 'password', amr: ['pwd'] }
  return sha256((await openSession(ctx, VISIT, user, authentication, { reason: 'password' })) ?? '')
}

test('who asked to link an account is still signed in, in that browser, when it comes [doorward-link-both]', async () => {
  const linkTo = world.user.id
  const link = (replaces?: string) =>
    reasonOf(
      arrive(GITHUB, arrival('666', undefined), coming({ linkTo, ...(replaces === undefined ? {} : { replaces }) })),
    )
  const stolen = await session()
  // Its owner saw the thief, and ended all other sessions.
  await world.ctx.store.sessions.closeOthers(linkTo, await session())
  assert.equal(await link(stolen), 'link_other_account')
  assert.equal(await link(), 'link_other_account')
  const other = await arrive(GITHUB, arrival('9', 'bob@home.example'))
  assert.ok(other.verdict === 'signed-in')
  assert.equal(await link(sha256(other.session)), 'link_other_account')
  assert.deepEqual(await world.ctx.store.identities.ofUser(linkTo), [])
  assert.equal(await link(await session()), 'linked')
})

test('a provider that is asked for groups no more has none to say, and makes no operators [doorward-provider-groups]', async () => {
  const first = await arrive(COMPANY, arrival('eve', 'eve@corp.example', ['admins', 'staff']))
  assert.ok(first.verdict === 'signed-in' && first.user.operator)
  const { groupsClaim: _claim, operatorsGroup: _group, ...silent } = COMPANY
  const later = await arrive(silent, arrival('eve', 'eve@corp.example'))
  assert.ok(later.verdict === 'signed-in')
  assert.deepEqual([later.user.groups, later.user.operator], [[], false])
})

test('what is left out of the groups is counted in the event of the sign-in, or of the link [doorward-provider-groups]', async () => {
  const hostile = ['staff', '*', 'ad\u202emins', 'x'.repeat(129), '']
  const last = async (type: string) =>
    (await world.ctx.store.events.list({ limit: 100 })).find((event) => event.type === type)?.detail?.groups_dropped
  const eve = await arrive(COMPANY, arrival('eve', 'eve@corp.example', hostile))
  assert.ok(eve.verdict === 'signed-in')
  assert.deepEqual(eve.user.groups, ['company/staff'])
  assert.equal(await last('sign-in.succeeded'), 4)
  const linking = coming({ linkTo: world.user.id, replaces: await session() })
  assert.equal((await arrive(COMPANY, arrival('ada', undefined, hostile), linking)).verdict, 'linked')
  assert.equal(await last('identity.linked'), 4)
})

/** Somebody whom an operator added, with a password or without. */
async function added(email: string, password: string): Promise<string> {
  const id = `dwu_${email}`
  await world.ctx.store.users.add({ id, email, password, operator: true, groups: [], createdAt: 0 })
  return id
}

test('an account without any way in is opened by the provider that speaks for its address, and by no other [doorward-link-both]', async () => {
  const id = await added('boss@corp.example', '')
  assert.equal(await reasonOf(arrive(GITHUB, arrival('1', 'boss@corp.example'))), 'domain_of_another_provider')
  const entered = await arrive(COMPANY, arrival('boss', 'boss@corp.example', ['staff']))
  assert.ok(entered.verdict === 'signed-in')
  assert.deepEqual([entered.user.id, entered.user.operator, entered.user.groups], [id, true, ['company/staff']])
  // Now there is a way in: another account with the address is asked for it.
  assert.equal(await reasonOf(arrive(COMPANY, arrival('new boss', 'boss@corp.example'))), 'proposed')
  const away = await added('boss@home.example', '')
  assert.equal(await reasonOf(arrive(GITHUB, arrival('2', 'boss@home.example'))), 'only_a_password')
  assert.deepEqual(await world.ctx.store.identities.ofUser(away), [])
})

test('who has a password alone that is not taken is told so, and keeps the account until an operator gives it up [doorward-link-both]', async () => {
  const id = await added('old@corp.example', 'a hash')
  const come = () => arrive(COMPANY, arrival('old', 'old@corp.example'))
  assert.equal(await reasonOf(come()), 'only_a_password')
  assert.deepEqual(await world.ctx.store.identities.ofUser(id), [])
  const boss = { id: 'dwu_ada', permissions: ['doorward:admin'] }
  const input = { id: 'old@corp.example', none: true }
  assert.deepEqual(await act(world.ctx, VISIT, boss, 'people.password', input), {
    id,
    email: 'old@corp.example',
    signsInAt: 'Company',
  })
  assert.equal((await come()).verdict, 'signed-in')
})

test('who is added with an address that signs in elsewhere gets no password that would not be taken', async () => {
  const boss = { id: 'dwu_ada', permissions: ['doorward:admin'] }
  const eve = await act(world.ctx, VISIT, boss, 'people.add', { email: 'eve@corp.example' })
  assert.deepEqual([eve.password, eve.signsInAt], [undefined, 'Company'])
  assert.equal(await reasonOf(arrive(COMPANY, arrival('eve', 'eve@corp.example'))), 'signed-in')
  const bob = await act(world.ctx, VISIT, boss, 'people.add', { email: 'bob@home.example' })
  assert.deepEqual([typeof bob.password, bob.signsInAt], ['string', undefined])
})

test('who links one account in two tabs at once has linked it, and is not told that it is somebody else’s [doorward-link-both]', async () => {
  const linkTo = world.user.id
  const tab = async () => coming({ linkTo, replaces: await session() })
  const verdicts = [await tab(), await tab()].map((how) => reasonOf(arrive(GITHUB, arrival('7', undefined), how)))
  assert.deepEqual(await Promise.all(verdicts), ['linked', 'linked'])
  assert.equal((await world.ctx.store.identities.ofUser(linkTo)).length, 1)
})

test('the question whether to link, asked in two tabs, is answered in both; of two people the first has the account [doorward-link-both]', async () => {
  const { ctx, user } = world
  const questions = []
  for (const _ of ['one tab', 'another']) {
    const asked = await arrive(GITHUB, arrival('7', user.email))
    assert.ok(asked.verdict === 'proposed')
    questions.push(asked.link)
  }
  const found = (await ctx.store.sessions.find(await session(), ctx.now())) ?? assert.fail()
  for (const link of questions) await acceptLink(ctx, VISIT, BROWSER, link, found)
  assert.equal((await ctx.store.identities.ofUser(user.id)).length, 1)
  const third = await arrive(COMPANY, arrival('ada', user.email))
  assert.ok(third.verdict === 'proposed')
  const eve = await added('eve@home.example', 'a hash')
  await ctx.store.identities.add({ ...TAKEN, userId: eve }, undefined)
  const late = acceptLink(ctx, VISIT, BROWSER, third.link, found)
  await assert.rejects(late, { reason: 'identity_taken' })
})
const TAKEN = { provider: 'company', subject: 'ada', label: 'ada', createdAt: 0, usedAt: 0 }

test('who comes for the first time in two tabs at once is one person, and in by both', async () => {
  const both = await Promise.all([1, 2].map(() => arrive(COMPANY, arrival('eve', 'eve@corp.example', ['staff']))))
  const people = both.map((entered) => (entered.verdict === 'signed-in' ? entered.user.id : entered.verdict))
  assert.equal(people[0], people[1])
  assert.match(people[0] ?? '', /^dwu_/)
})

for (const before of ['setGroups', 'setOperatorBy', 'signedIn'] as const) {
  test(`who unlinks an account while another tab signs in with it, before ${before}, is not in by it and keeps nothing that it said [doorward-provider-groups]`, async () => {
    const { ctx } = world
    const { users, identities, sessions } = ctx.store
    const eve = { ...world.user, id: 'dwu_eve', email: 'eve@home.example', operator: false }
    await users.add(eve)
    await identities.add({ ...TAKEN, userId: eve.id }, undefined)
    const session = sha256((await openSession(ctx, VISIT, eve, BY_PASSWORD, { reason: 'password' })) ?? '')
    const found = (await sessions.find(session, ctx.now())) ?? assert.fail()
    // Of the store, so that it comes between two steps of the other tab.
    const meanwhile = {
      ...users,
      [before]: async (...words: never[]) => {
        await unlink(ctx, VISIT, found, 'company', 'ada')
        return (users[before] as (...words: never[]) => Promise<unknown>)(...words)
      },
    }
    const here = { ...ctx, store: { ...ctx.store, users: meanwhile as typeof users } }
    const come = admit(here, VISIT, COMPANY, arrival('ada', undefined, ['admins', 'staff']), coming())
    assert.equal(await reasonOf(come), 'sign_in_state')
    const after = await users.byId(eve.id)
    assert.deepEqual([after?.groups, after?.operator], [[], false])
    assert.deepEqual(
      (await sessions.ofUser(eve.id, ctx.now())).map(({ digest }) => digest),
      [session],
    )
  })
}
const BY_PASSWORD = { at: 0, method: 'password', amr: [] }
