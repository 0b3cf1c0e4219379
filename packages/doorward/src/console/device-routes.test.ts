import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { sha256 } from '@doorward/core/kernel/digest'
import { DEVICE_GRANT } from '@doorward/core/oauth/client-metadata'
import type { StoredUser } from '../authority/context.ts'
import { BROWSER, cookieName, SESSION } from '../authority/cookies.ts'
import { ISSUER, makeWorld, VISIT, type World } from '../testing/world.ts'
import { consoleRoutes } from './routes.ts'

const BOB: StoredUser = {
  id: 'dwu_bob',
  email: 'bob@x.example',
  password: 'x',
  operator: false,
  groups: [],
  createdAt: 0,
}

let world: World
let pages: ReturnType<typeof consoleRoutes>
let device: { device_code: string; user_code: string; verification_uri_complete: string }
beforeEach(async () => {
  world = await makeWorld()
  await world.ctx.store.users.add(BOB)
  pages = consoleRoutes(world.ctx, [])
  const { client_id } = await world.register({ grant_types: [DEVICE_GRANT], redirect_uris: undefined })
  device = (await (await world.post('/device_authorization', { client_id })).json()) as typeof device
})
afterEach(() => world.close())

/** A browser with a name, and a session where somebody is signed in. */
async function browser(name: string, user?: StoredUser) {
  const cookies = [`${cookieName(world.ctx, BROWSER)}=${name.repeat(32)}`]
  if (user !== undefined) {
    const value = `${user.id}-${name}`.padEnd(32, '-')
    const now = world.ctx.now()
    const session = { digest: sha256(value), userId: user.id, createdAt: now, expiresAt: now + 3600, usedAt: now }
    const authentication = { at: now, method: 'password', amr: ['pwd'] }
    await world.ctx.store.users.signedIn({ ...session, authentication, network: '', browser: '' }, {})
    cookies.push(`${cookieName(world.ctx, SESSION)}=${value}`)
  }
  const headers = { cookie: cookies.join('; '), accept: 'text/html' }
  const send = async (request: Request) => {
    const response = await pages(request, new URL(request.url).pathname, VISIT)
    return { status: response.status, location: response.headers.get('location') ?? '', html: await response.text() }
  }
  return {
    get: (path: string) => send(new Request(new URL(path, ISSUER), { headers })),
    post: (path: string, form: Record<string, string>) =>
      send(
        new Request(new URL(path, ISSUER), {
          method: 'POST',
          headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
          body: new URLSearchParams(form),
        }),
      ),
  }
}
type Browser = Awaited<ReturnType<typeof browser>>
const hidden = (html: string) => /name="request" value="([^"]+)"/.exec(html)?.[1] ?? ''
const formToken = async (from: Browser) => hidden((await from.get('/device')).html)
const why = () => world.events.at(-1)?.reason
const poll = async () => {
  world.wait(5)
  const form = { grant_type: DEVICE_GRANT, device_code: device.device_code }
  const [client] = await world.ctx.store.clients.list()
  return (await (await world.post('/token', { ...form, client_id: client?.id ?? '' })).json()) as { error?: string }
}

test('a link with the code leads past the sign-in to a filled-in form, and neither asks nor answers anything [rfc8628-3.3.1]', async () => {
  const stranger = await (await browser('s')).get(device.verification_uri_complete)
  assert.equal(stranger.status, 303)
  assert.ok(stranger.location.startsWith(`${ISSUER}/sign-in?request=`))
  const ada = await browser('a', world.user)
  const { html } = await ada.get(device.verification_uri_complete)
  assert.ok(html.includes(`value="${device.user_code}"`))
  assert.ok(!html.includes('name="decision"'))
  assert.equal(world.events.filter(({ type }) => type.startsWith('device.code')).length, 0)
  assert.equal((await poll()).error, 'authorization_pending')
})

test('the code is shown again with whence it was asked and a warning, and only the button decides [rfc8628-3.3.1, rfc8628-5.4, rfc8628-3.3]', async () => {
  const ada = await browser('a', world.user)
  const entered = await ada.post('/device', { request: await formToken(ada), user_code: device.user_code })
  assert.ok(entered.location.startsWith(`${ISSUER}/consent?request=`))
  world.wait(120)
  const { html } = await ada.get(entered.location)
  for (const words of [
    device.user_code,
    '2 minutes ago',
    '203.0.113.0',
    'like this browser',
    'Go on only if you started',
  ])
    assert.ok(html.includes(words), words)
  assert.equal((await poll()).error, 'authorization_pending')
  const done = await ada.post('/consent', { request: hidden(html), decision: 'approve' })
  assert.equal(done.location, `${ISSUER}/device/approved`)
  assert.ok((await ada.get(done.location)).html.includes('Return to your device'))
  assert.equal((await ada.post('/consent', { request: hidden(html), decision: 'approve' })).location, done.location)
  assert.equal((await poll()).error, undefined)
})

const WRONG: readonly (readonly [string, string, number, string])[] = [
  ['that is no code', 'hello<script>', 400, 'device_code_malformed'],
  ['that no device shows', 'BCDF-GHJK', 400, 'device_code_unknown'],
]
for (const [title, user_code, status, reason] of WRONG) {
  test(`a code ${title} is asked for again, in words`, async () => {
    const ada = await browser('a', world.user)
    const again = await ada.post('/device', { request: await formToken(ada), user_code })
    assert.deepEqual([again.status, again.location, why()], [status, '', reason])
    assert.ok(again.html.includes('role="alert"'))
    assert.ok(!again.html.includes('<script>'))
  })
}

const FOREIGN: readonly (readonly [string, () => Promise<Awaited<ReturnType<Browser['post']>>>, string])[] = [
  [
    'types a code for the person',
    async () => (await browser('a', world.user)).post('/device', { request: 'x', user_code: device.user_code }),
    'form_foreign',
  ],
  [
    'types it with the form of another browser',
    async () => {
      const request = await formToken(await browser('m', BOB))
      return (await browser('a', world.user)).post('/device', { request, user_code: device.user_code })
    },
    'form_foreign',
  ],
  [
    'answers with a page of another browser',
    async () => {
      const mallory = await browser('m', BOB)
      const { location } = await mallory.post('/device', {
        request: await formToken(mallory),
        user_code: device.user_code,
      })
      const request = new URL(location).searchParams.get('request') ?? ''
      return (await browser('a', world.user)).post('/consent', { request, decision: 'approve' })
    },
    'pending_foreign',
  ],
  [
    'answers before the question was shown to the person',
    async () => {
      const ada = await browser('a', world.user)
      const { location } = await ada.post('/device', { request: await formToken(ada), user_code: device.user_code })
      const request = new URL(location).searchParams.get('request') ?? ''
      return ada.post('/consent', { request, decision: 'approve' })
    },
    'consent_of_another_account',
  ],
]
for (const [title, attack, reason] of FOREIGN) {
  test(`a site that ${title} gets nothing [doorward-csrf, doorward-pending-bound, rfc8628-5.4]`, async () => {
    const refused = await attack()
    assert.ok(refused.status >= 400)
    assert.equal(why(), reason)
    assert.equal((await poll()).error, 'authorization_pending')
  })
}

test('where the policy refuses devices there is no such page, and none is linked', async () => {
  assert.ok((await (await browser('a')).get('/')).html.includes('/device'))
  await world.close()
  world = await makeWorld({ policy: { deviceAuthorization: 'refuse' } })
  pages = consoleRoutes(world.ctx, [])
  for (const path of ['/device', '/device/approved']) assert.equal((await (await browser('a')).get(path)).status, 404)
  assert.ok(!(await (await browser('a')).get('/')).html.includes('/device'))
})
