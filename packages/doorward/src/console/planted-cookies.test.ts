import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, test } from 'node:test'
import { sha256 } from '@doorward/core/kernel/digest'
import type { StoredUser } from '../authority/context.ts'
import { ACCOUNTS, cookieName, SESSION } from '../authority/cookies.ts'
import { hashPassword } from '../authority/identity/password.ts'
import { sealedIn, type Visitor, visitor } from '../testing/visitor.ts'
import { makeWorld, type World } from '../testing/world.ts'
import { consoleRoutes, type Pages } from './routes.ts'

// Session fixation: somebody puts cookies into a browser, as another port of this computer or a page beside ours may, and waits for
// its owner to sign in.

const PASSWORD = 'correct horse battery'
const MALLORY: StoredUser = {
  id: 'dwu_mallory',
  email: 'mallory@x.example',
  password: 'x',
  operator: true,
  groups: [],
  createdAt: 0,
}

let world: World
let pages: Pages
beforeEach(async () => {
  world = await makeWorld()
  pages = consoleRoutes(world.ctx, [])
  const { store } = world.ctx
  await store.users.add(MALLORY)
  const change = { expected: world.user.password, password: await hashPassword(PASSWORD), keep: '' }
  await store.users.setPassword(world.user.id, change)
})
afterEach(() => world.close())

const session = (who: Visitor) => who.jar.get(cookieName(world.ctx, SESSION)) ?? ''
const ownerOf = async (value: string) => (await world.ctx.store.sessions.find(sha256(value), world.ctx.now()))?.user.id

async function signIn(who: Visitor): Promise<void> {
  const request = sealedIn(await who.get('/sign-in'))
  const { status } = await who.post('/sign-in', { request, email: world.user.email, password: PASSWORD })
  assert.equal(status, 303)
  assert.equal(await ownerOf(session(who)), world.user.id)
}

for (const [what, plant] of [
  ['a made-up session', async () => randomBytes(32).toString('base64url')],
  ['the session of somebody else', async () => session(await visitor(world, pages, { user: MALLORY }))],
] as const) {
  test(`${what} that was in the browser before is not who signs in there`, async () => {
    const planted = await plant()
    const before = await ownerOf(planted)
    const ada = await visitor(world, pages)
    ada.jar.set(cookieName(world.ctx, SESSION), planted)
    await signIn(ada)
    assert.notEqual(session(ada), planted)
    assert.equal(await ownerOf(planted), before)
    assert.notEqual(before, world.user.id)
  })
}

test('a session of one’s own that somebody knows ends with the next sign-in there', async () => {
  const known = session(await visitor(world, pages, { user: world.user }))
  const ada = await visitor(world, pages)
  ada.jar.set(cookieName(world.ctx, SESSION), known)
  await signIn(ada)
  assert.equal(await ownerOf(known), undefined)
})

test('accounts that were put into the browser are never those of who signs in; what is none is gone', async () => {
  const mallory = session(await visitor(world, pages, { user: MALLORY }))
  const madeUp = randomBytes(32).toString('base64url')
  const known = session(await visitor(world, pages, { user: world.user }))
  const ada = await visitor(world, pages)
  ada.jar.set(cookieName(world.ctx, ACCOUNTS), `${mallory}${madeUp}${known}`)
  await signIn(ada)
  // Their own account is shown beside, by its address, as it would be had they signed in here.
  assert.equal(ada.jar.get(cookieName(world.ctx, ACCOUNTS)), mallory)
  assert.deepEqual(await Promise.all([mallory, madeUp, known].map(ownerOf)), [MALLORY.id, undefined, undefined])
})

// Chromium takes such a name from any host beside ours, since it does not begin with the prefix, and sends it as it came.
test('a no-break space before the name of our cookie does not plant a session [doorward-csrf]', async () => {
  const ada = await visitor(world, pages)
  const planted = session(await visitor(world, pages, { user: MALLORY }))
  ada.jar.set(`\u00a0${cookieName(world.ctx, SESSION)}`, planted)
  assert.equal((await ada.get('/account')).status, 303)
  await signIn(ada)
  assert.ok((await ada.get('/account')).html.includes(world.user.email))
})

/** What somebody can make who knows the name of the browser: every token of our pages, but for nobody's account but theirs. */
const MADE: readonly (readonly [string, (mallory: Visitor) => Promise<string>])[] = [
  ['the sign-in page', async (mallory) => sealedIn(await mallory.get('/sign-in'))],
  ['their own account', async (mallory) => sealedIn(await mallory.get('/account'))],
  ['their own console', async (mallory) => sealedIn(await mallory.get('/admin'))],
]
const ACTS: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ['/account', { decision: 'disconnect-all' }],
  ['/account/clients', { decision: 'add', name: 'Theirs', redirect_uris: 'https://evil.example/cb' }],
  ['/account/sign-in', { action: 'end-others' }],
  ['/device', { user_code: 'BCDF-GHJK' }],
  ['/sign-out', {}],
  ['/admin/people/add', { email: 'eve@x.example', operator: 'yes' }],
  ['/admin/keys/replace', { sure: 'yes' }],
]
for (const [where, make] of MADE) {
  test(`whoever gave the browser its name does nothing in it with a form of ${where} [doorward-csrf, doorward-console-forms]`, async () => {
    const ada = await visitor(world, pages)
    const mallory = await visitor(world, pages, { user: MALLORY, name: ada.name })
    await signIn(ada)
    const other = await visitor(world, pages, { user: world.user })
    const request = await make(mallory)
    assert.notEqual(request, '')
    for (const [path, fields] of ACTS) {
      const before = (await world.ctx.store.events.place(0)).last
      const { status } = await ada.post(path, { ...fields, request })
      assert.deepEqual([status, world.events.at(-1)?.reason], [403, 'form_of_another_account'], path)
      assert.equal((await world.ctx.store.events.place(0)).last, before, path)
    }
    for (const live of [ada, other]) assert.equal(await ownerOf(session(live)), world.user.id)
  })
}

test('nor do they see the pages of who signed in there', async () => {
  const ada = await visitor(world, pages)
  const mallory = await visitor(world, pages, { name: ada.name })
  await signIn(ada)
  assert.equal((await mallory.get('/account')).status, 303)
  assert.ok(!(await mallory.get('/sign-in')).html.includes(world.user.email))
})

test('the page of one account sends nothing for the next one of the same browser [doorward-accounts-apart]', async () => {
  const bob = await visitor(world, pages, { user: MALLORY })
  const request = sealedIn(await bob.get('/account'))
  await signIn(bob)
  const { status } = await bob.post('/account', { request, decision: 'disconnect-all' })
  assert.deepEqual([status, world.events.at(-1)?.reason], [403, 'form_of_another_account'])
})
