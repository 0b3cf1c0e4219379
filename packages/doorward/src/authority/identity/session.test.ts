import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { sha256 } from '@doorward/core/kernel/digest'
import { ISSUER, makeWorld, VISIT, type World } from '../../testing/world.ts'
import { cookieName, SESSION } from '../cookies.ts'
import { acrOf, isFresh, openSession, signedInUser, signInClaims } from './session.ts'

let world: World
beforeEach(async () => {
  world = await makeWorld()
})
afterEach(() => world.close())

const BOB = { id: 'dwu_bob', email: 'bob@example.com', password: 'x', operator: false, groups: [], createdAt: 0 }
const signIn = (also: object = {}, user: { id: string } = world.user) => {
  const authentication = { at: world.ctx.now(), method: 'password', amr: ['pwd'] }
  return openSession(world.ctx, VISIT, user, authentication, { reason: 'password_right', browser: 'Firefox', ...also })
}
const found = (session: string | undefined) => {
  const headers = { cookie: `${cookieName(world.ctx, SESSION)}=${session ?? ''}` }
  return signedInUser(world.ctx, new Request(ISSUER, { headers }))
}
const told = async () =>
  (await world.ctx.store.events.list({ limit: 99 }))
    .filter(({ type }) => type.startsWith('sign-in.'))
    .map(({ type, reason, actor, correlation, detail }) => [type, reason, actor, correlation, detail])

test('a session is opened with the event of it, and is found by its cookie alone', async () => {
  const session = await signIn({ dropped: 2 })
  const { user, session: stored } = (await found(session)) ?? assert.fail('nobody is signed in')
  assert.deepEqual([user.id, stored.browser, stored.network], [world.user.id, 'Firefox', VISIT.network])
  assert.equal(stored.digest, sha256(session ?? ''))
  const detail = { method: 'password', groups_dropped: 2 }
  assert.deepEqual(await told(), [['sign-in.succeeded', 'password_right', world.user.id, VISIT.correlation, detail]])
  assert.equal(await found(`${session}x`), undefined)
  assert.equal(await found(stored.digest), undefined)
})

test('whoever is shut out while they sign in gets no session, and that is the event', async () => {
  await world.ctx.store.users.disable(world.user.id, world.ctx.now())
  assert.equal(await signIn(), undefined)
  assert.deepEqual(await told(), [
    ['sign-in.refused', 'user_disabled', world.user.id, VISIT.correlation, { method: 'password' }],
  ])
  assert.equal((await world.ctx.store.sessions.ofUser(world.user.id, world.ctx.now())).length, 0)
})

test('a sign-in ends the session that this browser had of the same person, and none of anybody else', async () => {
  await world.ctx.store.users.add(BOB)
  const [before, elsewhere, bobs] = [await signIn(), await signIn(), await signIn({}, BOB)]
  const digest = (session: string | undefined) => sha256(session ?? '')
  const after = await signIn({ replaces: digest(before), beside: [digest(bobs)] })
  const standing = [before, elsewhere, bobs, after].map(async (one) => (await found(one))?.user.id)
  assert.deepEqual(await Promise.all(standing), [undefined, world.user.id, BOB.id, world.user.id])
})

test('that a session is used is written down each five minutes, and not at each page', async () => {
  const session = await signIn()
  const openedAt = world.ctx.now()
  const usedAt = async () =>
    (await world.ctx.store.sessions.find(sha256(session ?? ''), world.ctx.now()))?.session.usedAt
  world.wait(299)
  await found(session)
  assert.equal(await usedAt(), openedAt)
  world.wait(1)
  await found(session)
  assert.equal(await usedAt(), openedAt + 300)
})

test('a session ends when it was to, however much it was used', async () => {
  const session = await signIn()
  world.wait(world.ctx.lifetimes.session - 1)
  assert.notEqual(await found(session), undefined)
  world.wait(1)
  assert.equal(await found(session), undefined)
})

test('a sign-in is fresh for a quarter of an hour, to the second', () => {
  const at = (ago: number) => isFresh(world.ctx, { at: world.ctx.now() - ago, method: 'password', amr: ['pwd'] })
  assert.deepEqual([0, 899, 900].map(at), [true, true, false])
})

test('tokens say of a sign-in what is known: when, how, and its class where there is a name for it', () => {
  assert.deepEqual(signInClaims(undefined), {})
  const passkey = { at: 5, method: 'passkey', amr: ['hwk', 'user'] }
  assert.deepEqual([acrOf(passkey), acrOf({ ...passkey, method: 'password' })], ['phr', undefined])
  const { auth_time, acr, amr } = signInClaims(passkey)
  assert.deepEqual([auth_time, acr, amr], [5, 'phr', ['hwk', 'user']])
  assert.equal(signInClaims({ ...passkey, at: 0 }).auth_time, undefined)
})
