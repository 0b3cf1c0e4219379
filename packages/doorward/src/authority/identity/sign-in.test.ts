import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { sha256 } from '@doorward/core/kernel/digest'
import { makeWorld, VISIT, type World } from '../../testing/world.ts'
import { hashPassword, verifyPassword } from './password.ts'
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
  assert.deepEqual(await attempt(), { verdict: 'wait', seconds: 2 })
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
})

test('an address that belongs to nobody waits like any other, also after a restart [doorward-lockout]', async () => {
  await grace()
  const story = async (email: string) => {
    const verdicts = []
    for (let i = 0; i < 7; i++) verdicts.push((await attempt('wrong', email)).verdict)
    return verdicts
  }
  assert.deepEqual(await story('nobody@example.com'), await story('grace@example.com'))
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

test('one network tries only so often, whatever addresses it names', async () => {
  const storm = await Promise.all(Array.from({ length: 100 }, (_, i) => attempt('wrong', `stranger${i}@example.com`)))
  assert.equal(storm.filter(({ verdict }) => verdict === 'wait').length, 40)
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
  await assert.rejects(
    addUser(world.ctx, { email: 'nobody', password: PASSWORD, operator: false }),
    /is not an e-mail address/,
  )
})
