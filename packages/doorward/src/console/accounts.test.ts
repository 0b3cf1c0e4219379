import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, test } from 'node:test'
import { sha256 } from '@doorward/core/kernel/digest'
import type { StoredUser } from '../authority/context.ts'
import { ACCOUNTS, BROWSER, cookieName, MOST_ACCOUNTS, SESSION } from '../authority/cookies.ts'
import { signedInBeside } from '../authority/identity/accounts.ts'
import { arriving, openSession } from '../authority/identity/session.ts'
import { ISSUER, makeWorld, VISIT, type World } from '../testing/world.ts'
import { formToken, type Next, ownFormToken } from './form-token.ts'
import { consoleRoutes, type Pages } from './routes.ts'

let world: World
let pages: Pages
beforeEach(async () => {
  world = await makeWorld()
  pages = consoleRoutes(world.ctx, [])
  for (const name of ['bob', 'eve', 'kim', 'lou', 'max']) await world.ctx.store.users.add(person(name))
})
afterEach(() => world.close())

const person = (name: string): StoredUser => ({
  id: `dwu_${name}`,
  email: `${name}@x.example`,
  password: 'x',
  operator: false,
  groups: [],
  createdAt: 0,
})
const BOB = person('bob')
const EVE = person('eve')

/** A browser with a jar for its cookies. */
function openBrowser(name = randomBytes(24).toString('base64url')) {
  const jar = new Map([[cookieName(world.ctx, BROWSER), name]])
  const headers = () => ({
    cookie: [...jar].map(([key, value]) => `${key}=${value}`).join('; '),
    accept: 'text/html',
    'content-type': 'application/x-www-form-urlencoded',
  })
  const keep = (cookies: readonly string[]) => {
    for (const cookie of cookies) {
      const [, key = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
      if (/Max-Age=0;/.test(cookie)) jar.delete(key)
      else jar.set(key, value)
    }
  }
  return {
    jar,
    name,
    token: (next: Next = '/') => formToken(world.ctx, name, next),
    get: async (path: string) => {
      const request = new Request(new URL(path, ISSUER), { headers: headers() })
      const response = await pages(request, new URL(request.url).pathname, VISIT)
      return { status: response.status, headers: response.headers, html: await response.text() }
    },
    post: async (path: string, form: Record<string, string>) => {
      const request = new Request(new URL(path, ISSUER), {
        method: 'POST',
        headers: headers(),
        body: new URLSearchParams(form),
      })
      const response = await pages(request, new URL(request.url).pathname, VISIT)
      keep(response.headers.getSetCookie())
      return { status: response.status, location: response.headers.get('location') ?? '', html: await response.text() }
    },
    /** As the sign-in page does once it knows who it is. */
    signIn: async (user: StoredUser, ago = 0) => {
      const request = new Request(ISSUER, { headers: headers() })
      const authentication = { at: world.ctx.now() - ago, method: 'password', amr: ['pwd'] }
      const how = { ...arriving(world.ctx, request), reason: 'password' }
      const session = await openSession(world.ctx, VISIT, user, authentication, how)
      assert.ok(session)
      keep(await signedInBeside(world.ctx, VISIT, request, session))
      return { session, digest: sha256(session) }
    },
  }
}
type Opened = ReturnType<typeof openBrowser>
const isLive = async (digest: string) => (await world.ctx.store.sessions.find(digest, world.ctx.now())) !== undefined
const whoIs = async ({ get }: Opened) => /[a-z]+@(?:x\.)?example(?:\.com)?/.exec((await get('/')).html)?.[0]
const listed = (html: string) =>
  [...html.matchAll(/name="account" value="([^"]+)"><button[^>]*>(?:<bdi[^>]*>)?([^<]+)/g)].map(([, , email]) => email)

test('each who signs in stays beside the others, and one press changes between them', async () => {
  const browser = openBrowser()
  const ada = await browser.signIn(world.user)
  await browser.signIn(BOB)
  assert.equal(await whoIs(browser), BOB.email)
  const { html } = await browser.get('/sign-in')
  assert.deepEqual(listed(html), [BOB.email, world.user.email])
  const form = { request: browser.token('/account'), account: ada.digest, decision: 'choose' }
  const answer = await browser.post('/sign-in/account', form)
  assert.deepEqual([answer.status, answer.location], [303, `${ISSUER}/account`])
  assert.equal(await whoIs(browser), world.user.email)
  assert.deepEqual(listed((await browser.get('/sign-in')).html), [world.user.email, BOB.email])
  const chosen = world.events.filter(({ type }) => type === 'session.chosen')
  assert.deepEqual(
    chosen.map(({ actor }) => actor),
    [world.user.id],
  )
})

test('who signs in again ends their own session of before, and nobody else’s', async () => {
  const browser = openBrowser()
  const [first, bob] = [await browser.signIn(world.user), await browser.signIn(BOB)]
  const again = await browser.signIn(world.user)
  assert.deepEqual(
    [await isLive(first.digest), await isLive(bob.digest), await isLive(again.digest)],
    [false, true, true],
  )
  assert.deepEqual(listed((await browser.get('/sign-in')).html), [world.user.email, BOB.email])
})

test('each is signed out alone; nobody takes the place of who signs out', async () => {
  const browser = openBrowser()
  const [ada, bob, eve] = [await browser.signIn(world.user), await browser.signIn(BOB), await browser.signIn(EVE)]
  await browser.post('/sign-in/account', { request: browser.token(), account: bob.digest, decision: 'sign-out' })
  assert.deepEqual([await isLive(ada.digest), await isLive(bob.digest), await isLive(eve.digest)], [true, false, true])
  assert.equal(await whoIs(browser), EVE.email)
  const out = await browser.post('/sign-out', { request: ownFormToken(world.ctx, browser.name, EVE) })
  assert.equal(out.location, `${ISSUER}/sign-in`)
  assert.deepEqual([await isLive(ada.digest), await isLive(eve.digest)], [true, false])
  assert.equal(await whoIs(browser), undefined)
  const last = await browser.post('/sign-in/account', {
    request: browser.token(),
    account: ada.digest,
    decision: 'sign-out',
  })
  assert.equal(last.status, 303)
  assert.deepEqual([...browser.jar.keys()], [cookieName(world.ctx, BROWSER)])
})

test('a browser is signed in to a few accounts at most: the one that waited longest ends', async () => {
  const browser = openBrowser()
  const sessions = []
  for (const user of [world.user, BOB, EVE, person('kim'), person('lou'), person('max')])
    sessions.push((await browser.signIn(user)).digest)
  const live = await Promise.all(sessions.map(isLive))
  assert.deepEqual(live, [false, true, true, true, true, true])
  assert.equal(listed((await browser.get('/sign-in')).html).length, MOST_ACCOUNTS)
  assert.ok((browser.jar.get(cookieName(world.ctx, ACCOUNTS)) ?? '').length <= 256)
})

type Attack = readonly [string, (mine: Opened, other: Opened, digest: string) => Promise<{ status: number }>]
const ATTACKS: readonly Attack[] = [
  ['no token', (mine, _, account) => mine.post('/sign-in/account', { account, decision: 'choose' })],
  [
    'the token of another browser',
    (mine, other, account) => mine.post('/sign-in/account', { request: other.token(), account, decision: 'choose' }),
  ],
  [
    'a made-up token',
    (mine, _, account) => mine.post('/sign-in/account', { request: 'x', account, decision: 'choose' }),
  ],
  [
    'nothing to do',
    (mine, _, account) => mine.post('/sign-in/account', { request: mine.token(), account, decision: '' }),
  ],
]
for (const [what, attack] of ATTACKS) {
  test(`a choice with ${what} changes nothing [doorward-csrf]`, async () => {
    const [mine, other] = [openBrowser(), openBrowser()]
    const ada = await mine.signIn(world.user)
    await mine.signIn(BOB)
    assert.equal((await attack(mine, other, ada.digest)).status, 400)
    assert.equal(await whoIs(mine), BOB.email)
  })
}

test('an account is chosen, or signed out, only where its cookie is [doorward-accounts-apart]', async () => {
  const [mine, other] = [openBrowser(), openBrowser()]
  const ada = await other.signIn(world.user)
  await mine.signIn(BOB)
  for (const decision of ['choose', 'sign-out']) {
    const answer = await mine.post('/sign-in/account', { request: mine.token(), account: ada.digest, decision })
    assert.match(answer.location, /\/sign-in\?request=/)
  }
  assert.equal(await whoIs(mine), BOB.email)
  assert.equal(await isLive(ada.digest), true)
  // The digest that a page shows is no session.
  mine.jar.set(cookieName(world.ctx, SESSION), ada.digest)
  mine.jar.set(cookieName(world.ctx, ACCOUNTS), ada.digest)
  assert.deepEqual(listed((await mine.get('/sign-in')).html), [])
})

test('pages that tell of accounts are read by no script, no frame and no other origin [doorward-accounts-apart]', async () => {
  const browser = openBrowser()
  await browser.signIn(world.user)
  await browser.signIn(BOB)
  const { headers, html } = await browser.get('/sign-in')
  assert.equal(headers.get('access-control-allow-origin'), null)
  assert.equal(headers.get('cache-control'), 'no-store')
  assert.equal(headers.get('x-frame-options'), 'DENY')
  assert.match(headers.get('content-security-policy') ?? '', /^default-src 'none'.*frame-ancestors 'none'/)
  for (const value of browser.jar.values()) assert.ok(!html.includes(value), 'a cookie stands in the page')
  const request = new Request(ISSUER, { headers: { cookie: '' } })
  const { session } = await openBrowser().signIn(EVE)
  for (const cookie of await signedInBeside(world.ctx, VISIT, request, session))
    assert.match(cookie, /^__Host-doorward-\w+=[\w-]*; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax; Secure$/)
})

test('cookies that are cut, doubled or made up are no accounts [doorward-accounts-apart]', async () => {
  const browser = openBrowser()
  const { session } = await browser.signIn(world.user)
  await browser.signIn(BOB)
  const hostile = [
    session.slice(1),
    `${session}${session}`,
    'A'.repeat(43 * 5),
    `${'A'.repeat(43)}${session}`,
    '%00',
    '',
  ]
  for (const value of hostile) {
    browser.jar.set(cookieName(world.ctx, ACCOUNTS), value)
    const { status, html } = await browser.get('/sign-in')
    assert.equal(status, 200)
    const emails = listed(html)
    assert.equal(new Set(emails).size, emails.length)
    assert.ok(emails.every((email) => email === BOB.email || (value.includes(session) && email === world.user.email)))
  }
})

/** Asks, as an application does, and follows to the page that comes. */
async function asked(browser: Opened, change: Record<string, string>) {
  const { client_id } = await world.register()
  return world.waiting(client_id, browser.name, change)
}
const requestOf = (html: string) => /name="request" value="([^"]+)"/.exec(html)?.[1] ?? ''

test('the question names every account, and is put anew to the one that is chosen', async () => {
  const browser = openBrowser()
  const ada = await browser.signIn(world.user)
  await browser.signIn(BOB)
  const consent = await browser.get(await asked(browser, {}))
  assert.match(consent.html, /Your account.*bob@x\.example/s)
  assert.equal(consent.html.split('name="account"').length - 1, 1)
  const form = { request: requestOf(consent.html), account: ada.digest, decision: 'choose' }
  const { location } = await browser.post('/sign-in/account', form)
  const other = await browser.get(location)
  assert.match(other.html, /Your account.*ada@example\.com.*bob@x\.example/s)
  // What was shown to Bob is no yes of Ada's.
  const stale = await browser.post('/consent', { request: requestOf(consent.html), decision: 'approve' })
  assert.equal(stale.status, 403)
})

test('prompt=select_account asks which account, also where one is signed in, and asks once', async () => {
  const browser = openBrowser()
  const ada = await browser.signIn(world.user)
  const location = await asked(browser, { prompt: 'select_account' })
  const request = new Request(location, { headers: { cookie: cookies(browser) } })
  const to = new URL((await pages(request, '/consent', VISIT)).headers.get('location') ?? '')
  assert.equal(to.pathname, '/sign-in')
  const page = await browser.get(to.href)
  assert.match(page.html, /Choose an account/)
  assert.match(page.html, /The application asks which account/)
  const chosen = await browser.post('/sign-in/account', {
    request: requestOf(page.html),
    account: ada.digest,
    decision: 'choose',
  })
  assert.match((await browser.get(chosen.location)).html, /Your account/)
})
const cookies = ({ jar }: Opened) => [...jar].map(([key, value]) => `${key}=${value}`).join('; ')

for (const [prompt, max_age] of [
  ['login', undefined],
  [undefined, '60'],
] as const) {
  test(`an account whose sign-in is too old for ${prompt ?? `max_age=${max_age}`} is not offered [doorward-fresh-sign-in]`, async () => {
    const browser = openBrowser()
    const ada = await browser.signIn(world.user, 3600)
    await browser.signIn(BOB, 3600)
    const location = await asked(browser, { ...(prompt && { prompt }), ...(max_age && { max_age }) })
    const page = await browser.get(location.replace('/consent?', '/sign-in?'))
    assert.deepEqual(listed(page.html), [])
    const form = { request: requestOf(page.html), account: ada.digest, decision: 'choose' }
    const forced = await browser.post('/sign-in/account', form)
    const answer = await pages(
      new Request(forced.location, { headers: { cookie: cookies(browser) } }),
      '/consent',
      VISIT,
    )
    assert.match(answer.headers.get('location') ?? '', /\/sign-in\?/)
  })
}
