import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { afterEach, beforeEach, test } from 'node:test'
import { sha256 } from '@doorward/core/kernel/digest'
import { seal } from '@doorward/core/kernel/seal'
import { makeWorld, VISIT, type World } from '../../testing/world.ts'
import { hashPassword, verifyPassword } from './password.ts'
import type { Provider } from './settings.ts'
import { backOff, signIn } from './sign-in.ts'
import { addUser } from './users.ts'

let world: World
beforeEach(async () => {
  world = await makeWorld()
})
afterEach(() => world.close())

const PASSWORD = 'correct horse battery'
const grace = () => addUser(world.ctx, { email: ' Grace@Example.COM ', password: PASSWORD, operator: false })
const attempt = (password = PASSWORD, email = 'grace@example.com') => signIn(world.ctx, VISIT, email, password)

/** Why sign-ins were refused since it was asked last, as the events say. */
function refusals(): string[] {
  const said = world.events.splice(0)
  for (const { outcome, network, correlation } of said.filter(({ type }) => type === 'sign-in.refused'))
    assert.deepEqual([outcome, network, correlation], ['refused', VISIT.network, VISIT.correlation])
  return said.flatMap(({ type, reason }) => (type === 'sign-in.refused' ? [reason] : []))
}
const times = (count: number, reason: string) => Array.from({ length: count }, () => reason)

test('a password is kept as argon2id with a salt of its own, and only the password opens it', async () => {
  const [a, b] = [await hashPassword(PASSWORD), await hashPassword(PASSWORD)]
  assert.match(a, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
  assert.notEqual(a, b)
  assert.equal(await verifyPassword(PASSWORD, a), true)
  assert.equal(await verifyPassword(`${PASSWORD} `, a), false)
  for (const broken of ['', '$argon2id$', '$argon2id$v=19$m=1,t=1,p=1$$'])
    assert.equal(await verifyPassword(PASSWORD, broken), false)
})

test('signing in opens a session of which only the digest is kept', async () => {
  const { user } = await grace()
  const outcome = await attempt()
  assert.ok(outcome.verdict === 'signed-in')
  assert.equal(outcome.user.id, user.id)
  const found = await world.ctx.store.sessions.find(sha256(outcome.session), world.ctx.now())
  assert.equal(found?.user.id, user.id)
  assert.equal(await world.ctx.store.sessions.find(outcome.session, world.ctx.now()), undefined)
})

test('failures make one wait, longer each time, and a success forgets them [doorward-lockout]', async () => {
  assert.deepEqual([1, 4, 5, 6, 7, 14, 99].map(backOff), [0, 0, 2, 4, 8, 900, 900])
  await grace()
  for (let i = 0; i < 5; i++) assert.equal((await attempt('wrong')).verdict, 'wrong')
  assert.deepEqual(refusals(), times(5, 'password_wrong'))
  assert.deepEqual(await attempt(), { verdict: 'wait', seconds: 2 })
  assert.deepEqual(refusals(), ['locked_out'])
  world.wait(2)
  assert.equal((await attempt()).verdict, 'signed-in')
  assert.equal((await attempt('wrong')).verdict, 'wrong')
  assert.equal((await attempt()).verdict, 'signed-in')
})

test('parallel guesses cannot slip past the count [doorward-lockout]', async () => {
  await grace()
  const verdicts = await Promise.all(Array.from({ length: 12 }, (_, i) => attempt(`guess ${i}`)))
  assert.equal(verdicts.filter(({ verdict }) => verdict === 'wrong').length, 5)
  assert.equal(verdicts.filter(({ verdict }) => verdict === 'wait').length, 7)
  assert.deepEqual(refusals().sort(), [...times(7, 'locked_out'), ...times(5, 'password_wrong')])
})

test('an address that belongs to nobody waits like any other, also after a restart [doorward-lockout]', async () => {
  await grace()
  const story = async (email: string) => {
    const verdicts = []
    for (let i = 0; i < 7; i++) verdicts.push((await attempt('wrong', email)).verdict)
    return verdicts
  }
  assert.deepEqual(await story('nobody@example.com'), await story('grace@example.com'))
  const events = (reason: string) => [...times(5, reason), ...times(2, 'locked_out')]
  assert.deepEqual(refusals(), [...events('user_unknown'), ...events('password_wrong')], 'operators learn it')
})

test('a stranger who guesses does not lock out a browser that was here before [doorward-lockout]', async () => {
  await grace()
  const first = await attempt()
  assert.ok(first.verdict === 'signed-in')
  for (let i = 0; i < 5; i++) await attempt('wrong')
  assert.equal((await attempt()).verdict, 'wait')
  const signInKnown = (password: string) => signIn(world.ctx, VISIT, 'grace@example.com', password, first.known)
  assert.equal((await signInKnown(PASSWORD)).verdict, 'signed-in')
  for (let i = 0; i < 5; i++) assert.equal((await signInKnown('wrong')).verdict, 'wrong')
  assert.equal((await signInKnown(PASSWORD)).verdict, 'wait', 'its own guesses count')
  const elsewhere = await signIn(world.ctx, VISIT, 'ada@example.com', 'wrong', first.known)
  assert.equal(elsewhere.verdict, 'wrong', 'it is known for one address')
})

test('a browser that several people use stays known for each of them, and each has guesses of their own [doorward-lockout]', async () => {
  const people = Array.from({ length: 5 }, (_, i) => `person${i}@example.com`)
  let known: string | undefined
  const enter = async (email: string, password = PASSWORD) => {
    const outcome = await signIn(world.ctx, VISIT, email, password, known)
    if (outcome.verdict === 'signed-in') known = outcome.known
    return outcome.verdict
  }
  for (const email of people) {
    await addUser(world.ctx, { email, password: PASSWORD, operator: false })
    assert.equal(await enter(email), 'signed-in')
  }
  assert.match(known ?? '', /^[A-Za-z0-9_-]{16,256}$/, 'it fits into a cookie of ours')
  const [first = '', second = ''] = people
  for (let i = 0; i < 6; i++) await attempt('wrong', first)
  assert.equal((await attempt(PASSWORD, first)).verdict, 'wait')
  assert.equal(await enter(first), 'signed-in')
  for (let i = 0; i < 5; i++) await enter(second, 'wrong')
  assert.equal(await enter(second), 'wait', 'its own guesses count')
  assert.equal(await enter(first), 'signed-in', 'for nobody else')
  const { user } = await grace()
  assert.equal(await enter(user.email), 'signed-in')
  world.wait(900)
  for (let i = 0; i < 6; i++) await attempt('wrong', second)
  assert.equal(await enter(second), 'wait', 'of six the one that was away longest makes room')
})

test('a browser that a release before knew goes on to be known [doorward-lockout]', async () => {
  const { user } = await grace()
  const text = JSON.stringify(['known', sha256(user.email), 'a'.repeat(22)])
  const known = seal(world.ctx.keys.pending, Buffer.from(text), world.ctx.random(12))
  for (let i = 0; i < 6; i++) await attempt('wrong')
  assert.equal((await signIn(world.ctx, VISIT, user.email, PASSWORD, known)).verdict, 'signed-in')
  const foreign = await signIn(world.ctx, VISIT, 'ada@example.com', 'wrong', known)
  assert.equal(foreign.verdict, 'wrong')
})

test('one network tries only so often, whatever addresses it names', async () => {
  const storm = await Promise.all(Array.from({ length: 100 }, (_, i) => attempt('wrong', `stranger${i}@example.com`)))
  assert.equal(storm.filter(({ verdict }) => verdict === 'wait').length, 40)
  assert.deepEqual(refusals().sort(), [...times(40, 'network_busy'), ...times(60, 'user_unknown')])
  assert.equal((await attempt()).verdict, 'wait')
  world.wait(1)
  assert.equal((await attempt()).verdict, 'wrong')
})

test('a person who is disabled is told nothing but that it does not work', async () => {
  const { user } = await grace()
  await world.ctx.store.users.disable(user.id, world.ctx.now())
  assert.equal((await attempt()).verdict, 'wrong')
  assert.equal(world.events.at(-1)?.reason, 'user_disabled')
})

test('a weak password or an address that is none is refused in words for the operator', async () => {
  await assert.rejects(
    addUser(world.ctx, { email: 'a@b.example', password: 'short', operator: false }),
    /12 to 1024 characters/,
  )
  for (const email of [
    'nobody',
    'a@b@c.example',
    'a b@c.example',
    'a\u0000@c.example',
    'a\u202e@c.example',
    'a@\u200bc.example',
  ])
    await assert.rejects(addUser(world.ctx, { email, password: PASSWORD, operator: false }), /is not an e-mail address/)
})

/** Addresses that have nobody, somebody without a password, somebody who is disabled, and a domain that signs in elsewhere. */
async function strangers(): Promise<readonly string[]> {
  const { store, now } = world.ctx
  const person = (id: string, email: string) => ({
    id,
    email,
    password: '',
    operator: false,
    groups: [],
    createdAt: now(),
  })
  await store.users.add(person('dwu_elsewhere', 'elsewhere@example.com'))
  const gone = await addUser(world.ctx, { email: 'gone@example.com', password: PASSWORD, operator: false })
  await store.users.disable(gone.user.id, now())
  await addUser(world.ctx, { email: 'old@corp.example', password: PASSWORD, operator: false })
  Object.assign(world.ctx, { signIn: { password: true, providers: [COMPANY] } })
  return ['nobody@example.com', 'elsewhere@example.com', 'gone@example.com', 'old@corp.example', 'nobody@corp.example']
}

const COMPANY: Provider = {
  id: 'company',
  name: 'Company',
  kind: 'oidc',
  issuer: 'https://login.corp.example',
  clientId: 'doorward',
  clientSecret: createSecretKey(Buffer.from('a secret')),
  authentication: 'client_secret_basic',
  scopes: [],
  domains: ['corp.example'],
  newPeople: 'everybody',
}

test('nobody learns from an answer who is here, who signs in elsewhere, or who is disabled [doorward-no-enumeration]', async () => {
  for (const email of await strangers()) {
    for (const password of [PASSWORD, '', 'x'.repeat(1024)])
      assert.deepEqual(await attempt(password, email), { verdict: 'wrong' }, email)
  }
})

test('operators learn from the event what a stranger does not from the answer', async () => {
  const said: [string, string[]][] = []
  for (const email of await strangers()) {
    refusals()
    await attempt(PASSWORD, email)
    said.push([email, refusals()])
  }
  assert.deepEqual(said, [
    ['nobody@example.com', ['user_unknown']],
    ['elsewhere@example.com', ['password_wrong']],
    ['gone@example.com', ['user_disabled']],
    ['old@corp.example', ['federated_domain']],
    ['nobody@corp.example', ['federated_domain']],
  ])
})

test('nobody learns it from the time either: the same is worked out for each [doorward-no-enumeration]', async () => {
  const emails = await strangers()
  // Where all that hash are busy, whoever asks for a hash is told so.
  const busy = Array.from({ length: 66 }, () => verifyPassword('x', ''))
  const verdicts = await Promise.all(emails.map((email) => attempt(PASSWORD, email)))
  assert.deepEqual(
    verdicts.map(({ verdict }) => verdict),
    emails.map(() => 'busy'),
  )
  assert.deepEqual(refusals(), times(emails.length, 'too_busy'))
  await Promise.all(busy)
})

test('a new sign-in takes the place of the session that the browser had', async () => {
  await grace()
  const first = await attempt()
  assert.ok(first.verdict === 'signed-in')
  const from = { browser: 'Firefox, Linux', replaces: sha256(first.session) }
  const second = await signIn(world.ctx, VISIT, 'grace@example.com', PASSWORD, undefined, from)
  assert.ok(second.verdict === 'signed-in' && second.session !== first.session)
  assert.equal(await world.ctx.store.sessions.find(sha256(first.session), world.ctx.now()), undefined)
})
