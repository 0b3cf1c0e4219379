// What a person may not do to their own account, each with its reason, and how it stands then.
import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { OAuthError } from '@doorward/core/oauth/error'
import type { StoredSession, StoredUser } from '../../store/store.ts'
import { CALLBACK, makeWorld, VISIT, type World } from '../../testing/world.ts'
import { registerOwnClient } from '../registration/own-clients.ts'
import { changePassword, removePasskey, unlink } from './own-sign-in.ts'
import { hashPassword } from './password.ts'

const OLD = 'correct horse battery'
const NEXT = 'another horse battery'

let world: World
let signed: { session: StoredSession; user: StoredUser }
beforeEach(async () => {
  world = await makeWorld()
  const user = { ...world.user, id: 'dwu_eve', email: 'eve@example.com', password: await hashPassword(OLD) }
  const now = world.ctx.now()
  const session: StoredSession = {
    digest: 'd',
    userId: user.id,
    createdAt: now,
    expiresAt: now + 3600,
    usedAt: now,
    authentication: { at: now, method: 'password', amr: ['pwd'] },
    network: 'n',
    browser: 'b',
  }
  signed = { session, user }
})
afterEach(() => world.close())

const enter = (changes: Partial<StoredUser> = {}) => {
  signed = { ...signed, user: { ...signed.user, ...changes } }
  return world.ctx.store.users.add(signed.user)
}
const withoutPassword = async () => {
  await enter({ password: '' })
  return { userId: signed.user.id, createdAt: 1 }
}
const change = (old: string, next: string) => changePassword(world.ctx, VISIT, signed, { old, next })
const wish = (name: string) => ({ name, redirectUris: [CALLBACK], withSecret: false })

const REFUSED: readonly (readonly [string, string, number, () => Promise<unknown>, () => Promise<unknown>])[] = [
  ['another password with a wrong old one', 'password_unusable', 403, enter, () => change('wrong', NEXT)],
  ['a password that anybody guesses', 'password_unusable', 400, enter, () => change(OLD, 'short')],
  [
    'a password that was changed by somebody else meanwhile',
    'password_unusable',
    409,
    async () => {
      await enter()
      await world.ctx.store.users.setPassword(signed.user.id, {
        expected: signed.user.password,
        password: 'x',
        keep: '',
      })
    },
    () => change(OLD, NEXT),
  ],
  [
    'one guess of a password after another',
    'sign_in_limit',
    429,
    async () => {
      await enter()
      for (let i = 0; i < 6; i++) await change('wrong', NEXT).catch(() => undefined)
    },
    () => change(OLD, NEXT),
  ],
  [
    'to remove the passkey that is the only way in',
    'last_way',
    409,
    async () => {
      const key = { id: 'p', publicKey: 'c', counter: 0, transports: [], isSynced: true, name: 'Phone' }
      await world.ctx.store.passkeys.add({ ...(await withoutPassword()), ...key }, 5)
    },
    () => removePasskey(world.ctx, VISIT, signed, 'p'),
  ],
  [
    'to unlink the account elsewhere that is the only way in',
    'last_way',
    409,
    async () => {
      const account = { provider: 'okta', subject: '1', label: 'eve', usedAt: 1 }
      await world.ctx.store.identities.add({ ...(await withoutPassword()), ...account }, undefined)
    },
    () => unlink(world.ctx, VISIT, signed, 'okta', '1'),
  ],
  [
    'an application more than a person can look after',
    'own_clients_too_many',
    400,
    async () => {
      await enter()
      for (let i = 0; i < 20; i++) await registerOwnClient(world.ctx, VISIT, signed.user, wish(`My ${i}`))
    },
    () => registerOwnClient(world.ctx, VISIT, signed.user, wish('One more')),
  ],
]
for (const [what, reason, status, before, attempt] of REFUSED) {
  test(`a person is refused ${what}, with ${reason}, and nothing is changed or told as done`, async () => {
    await before()
    const { store } = world.ctx
    const state = async () => [
      await store.users.byId(signed.user.id),
      await store.passkeys.ofUser(signed.user.id),
      await store.identities.ofUser(signed.user.id),
      (await store.clients.list()).length,
      (await store.events.place(0)).last,
    ]
    const stood = await state()
    await assert.rejects(attempt, (error) => {
      assert.ok(error instanceof OAuthError, String(error))
      assert.deepEqual([error.reason, error.status], [reason, status])
      return true
    })
    assert.deepEqual(await state(), stood)
  })
}

test('a try that nobody had time to look at does not count against the person', async () => {
  await enter()
  // Two are hashed at a time, and 64 wait.
  const others = Array.from({ length: 66 }, () => hashPassword('somebody else, elsewhere'))
  const refusedFor = (reason: string, status: number) => (error: unknown) =>
    error instanceof OAuthError && error.reason === reason && error.status === status
  for (let i = 0; i < 6; i++) await assert.rejects(change(OLD, NEXT), refusedFor('sign_in_limit', 503))
  await Promise.all(others)
  await assert.rejects(change('wrong', NEXT), refusedFor('password_unusable', 403))
})
