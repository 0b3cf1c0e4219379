import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { sha256 } from '@doorward/core/kernel/digest'
import fc from 'fast-check'
import { sealToBrowser } from '../authority/authorize/pending.ts'
import { cookieName, SESSION } from '../authority/cookies.ts'
import { type Visitor, visitor } from '../testing/visitor.ts'
import { makeWorld, type World } from '../testing/world.ts'
import { formToken, lookAtFormToken, ownFormToken, requireFormToken } from './form-token.ts'
import { consoleRoutes } from './routes.ts'

// Below a path, so that what is beside it on the same host is somebody else's.
const ISSUER = 'https://door.example/tenant'
const NAME = 'b'.repeat(32)

let world: World
before(async () => {
  world = await makeWorld({ issuer: ISSUER })
})
after(() => world.close())

const person = () => visitor(world, consoleRoutes(world.ctx, []), { user: world.user })
/** A token as only our key makes them, with whatever in it. */
const sealed = (who: Visitor, value: unknown) =>
  sealToBrowser(world.ctx.keys.pending, who.name, world.ctx.now() + 60, value, world.ctx.random(12))
/** Somebody who is signed in says with a form which account it is, and goes on. */
const goOn = (who: Visitor, request: string, more: Readonly<Record<string, string>> = {}) => {
  const account = sha256(who.jar.get(cookieName(world.ctx, SESSION)) ?? '')
  return who.post('/tenant/sign-in/account', { request, account, decision: 'choose', ...more })
}

for (const next of [
  '/',
  '/account?done=end',
  '/admin/clients/one?id=https%3A%2F%2Fa.example',
  '/device?user_code=X',
] as const) {
  test(`who signs in on the way to ${next} gets there`, async () => {
    const who = await person()
    const { status, location } = await goOn(who, formToken(world.ctx, who.name, next))
    assert.deepEqual([status, location], [303, `${ISSUER}${next}`])
  })
}

const AWAY: readonly unknown[] = [
  'https://evil.example/',
  '@evil.example/',
  '.evil.example/',
  ':443@evil.example/',
  'evil',
  '',
  '/../beside',
  '/%2e%2e/beside',
  '/.%2E\\beside',
  '/a/../../beside',
  '\\..\\beside',
  '/\t../beside',
  '/\n/',
  '/ü',
  ['/account'],
  { toString: () => '/account' },
  null,
]
for (const next of AWAY) {
  test(`a way on to ${JSON.stringify(next)} is no way of ours, whoever sealed it`, async () => {
    const who = await person()
    const request = sealed(who, ['form', next])
    assert.equal(lookAtFormToken(world.ctx, who.name, request), undefined)
    const { status, location } = await goOn(who, request)
    assert.deepEqual([status, location], [400, ''])
    assert.equal(world.events.at(-1)?.type, 'request.refused')
  })
}

test('whatever was sealed as the way on, nobody leaves this server for it', async () => {
  const who = await person()
  const piece = fc.constantFrom(
    '/',
    '\\',
    '.',
    '..',
    '@',
    ':',
    '//',
    '%2e',
    '\t',
    '\n',
    '#',
    '?',
    'evil.example',
    'https:',
  )
  const hostile = fc.oneof(
    fc.array(piece, { maxLength: 12 }).map((all) => all.join('')),
    fc.string(),
  )
  await fc.assert(
    fc.asyncProperty(hostile, async (next) => {
      const { status, location } = await goOn(who, sealed(who, ['form', next]))
      if (status === 400) return location === ''
      const { origin, pathname, username } = new URL(location)
      return status === 303 && origin === 'https://door.example' && username === '' && pathname.startsWith('/tenant/')
    }),
    { numRuns: 400 },
  )
})

test('a way on that somebody changed is none: the whole token is refused', async () => {
  const who = await person()
  const good = formToken(world.ctx, who.name, '/account')
  for (let i = 0; i < good.length; i++) {
    const changed = `${good.slice(0, i)}${good[i] === 'A' ? 'Q' : 'A'}${good.slice(i + 1)}`
    // The last character of base64url may hold bits that mean nothing.
    if (i === good.length - 1 && Buffer.from(changed, 'base64url').equals(Buffer.from(good, 'base64url'))) continue
    assert.equal(lookAtFormToken(world.ctx, who.name, changed), undefined, `character ${i}`)
  }
  for (const changed of [good.slice(1), good.slice(0, -4), `${good}AAAA`, ''])
    assert.equal(lookAtFormToken(world.ctx, who.name, changed), undefined)
})

test('a way on is read from nothing but the sealed value', async () => {
  const who = await person()
  const evil = 'https://evil.example/'
  const names = ['next', 'return_to', 'redirect', 'redirect_uri', 'continue', 'url', 'to']
  const wishes = Object.fromEntries(names.map((name) => [name, evil]))
  const { location } = await goOn(who, formToken(world.ctx, who.name, '/account'), wishes)
  assert.equal(location, `${ISSUER}/account`)
  const page = await who.get(`/tenant/sign-in?${new URLSearchParams(wishes)}`)
  assert.equal(page.status, 200)
  assert.ok(!page.html.includes('evil.example'))
})

test('a token counts for its browser and its hour, and one that acts for somebody for them alone [doorward-csrf]', async () => {
  const { ctx, user } = world
  const [bare, own] = [formToken(ctx, NAME), ownFormToken(ctx, NAME, user)]
  const taken = (browser: string | undefined, token: string) => {
    try {
      return requireFormToken(ctx, browser, token)
    } catch {
      return undefined
    }
  }
  const count = (token: string, browser: string | undefined = NAME, id = user.id) => [
    taken(browser, token) !== undefined,
    taken(browser, token)?.userId === id,
  ]
  assert.deepEqual(count(bare), [true, false])
  assert.deepEqual(count(own), [true, true])
  assert.deepEqual(count(own, NAME, 'dwu_bob'), [true, false])
  assert.deepEqual(count(own, 'x'.repeat(32)), [false, false])
  assert.deepEqual(taken(undefined, own) !== undefined, false)
  world.wait(3600)
  assert.deepEqual(count(own), [false, false])
})
