import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { sha256 } from '@doorward/core/kernel/digest'
import { PERMISSIONS } from '../../authority/admin/permissions.ts'
import type { StoredUser } from '../../authority/context.ts'
import { BROWSER, cookieName, SESSION } from '../../authority/cookies.ts'
import { CALLBACK, ISSUER, makeWorld, VISIT, type World } from '../../testing/world.ts'
import { consoleRoutes } from '../routes.ts'
import { FORMS } from './forms.ts'
import { ADMIN_ROUTES } from './routes.ts'

const BOB: StoredUser = {
  id: 'dwu_bob',
  email: 'bob@x.example',
  password: 'x',
  operator: false,
  groups: [],
  createdAt: 0,
}
const HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>\u202e'

let world: World
let pages: ReturnType<typeof consoleRoutes>
beforeEach(async () => {
  world = await makeWorld()
  await world.ctx.store.users.add(BOB)
  pages = consoleRoutes(world.ctx, [])
})
afterEach(() => world.close())

/** A browser with a name, and a session where somebody is signed in. */
async function browser(name: string, user?: StoredUser) {
  const cookies = [`${cookieName(world.ctx, BROWSER)}=${name.repeat(32)}`]
  if (user !== undefined) {
    const value = `${user.id}-${name}`.padEnd(32, '-')
    const now = world.ctx.now()
    await world.ctx.store.users.signedIn(
      {
        digest: sha256(value),
        userId: user.id,
        createdAt: now,
        expiresAt: now + 3600,
        authentication: { at: now, method: 'password', amr: ['pwd'] },
        network: '203.0.113.0/24',
        browser: 'Firefox',
        usedAt: now,
      },
      {},
    )
    cookies.push(`${cookieName(world.ctx, SESSION)}=${value}`)
  }
  const headers = { cookie: cookies.join('; '), accept: 'text/html' }
  const send = async (request: Request) => {
    const response = await pages(request, new URL(request.url).pathname, VISIT)
    return {
      status: response.status,
      headers: response.headers,
      location: response.headers.get('location') ?? '',
      html: await response.text(),
    }
  }
  const post = (path: string, form: Record<string, string>) =>
    send(
      new Request(new URL(`/admin${path}`, ISSUER), {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams(form),
      }),
    )
  const get = (path: string) => send(new Request(new URL(`/admin${path}`, ISSUER), { headers }))
  /** With the token of the console's own pages. */
  const press = async (path: string, form: Record<string, string>) =>
    post(path, { request: tokenOf((await get('')).html), ...form })
  return { get, post, press }
}
const tokenOf = (html: string) => /name="request" value="([^"]+)"/.exec(html)?.[1] ?? ''
const plain = (path: string) => path.replace('*', 'ABCDEFGHJK')
/** What differs between two answers at all: the reference and the sealed values. */
const shape = ({ status, html }: { status: number; html: string }) => [status, html.replace(/value="[^"]*"/g, '')]

test('every route of the console declares a permission that there is, and no two are at one address [doorward-console-default-deny]', () => {
  assert.ok(ADMIN_ROUTES.length > 30)
  for (const { permission } of ADMIN_ROUTES) assert.ok(Object.hasOwn(PERMISSIONS, permission))
  const addresses = ADMIN_ROUTES.map(({ method, path }) => `${method} ${path}`)
  assert.equal(new Set(addresses).size, addresses.length)
})

for (const { method, path } of ADMIN_ROUTES) {
  test(`${method} /admin${path}: a stranger signs in first, a person is refused, and neither learns what is there [doorward-console-default-deny]`, async () => {
    const stranger = await browser('s')
    const bob = await browser('b', BOB)
    if (method === 'GET') {
      const asked = await stranger.get(plain(path))
      assert.equal(asked.status, 303)
      assert.match(asked.location, /^https:\/\/door\.example\/sign-in\?request=/)
      assert.deepEqual(shape(await bob.get(plain(path))), shape(await bob.get('/nothing/is/here')))
      assert.equal((await bob.get(plain(path))).status, 403)
    } else {
      const form = { id: 'x', sure: 'yes', request: 'x' }
      assert.equal((await stranger.post(path, form)).status, 403)
      assert.equal((await bob.post(path, form)).status, 403)
      assert.deepEqual(shape(await bob.post(path, form)), shape(await bob.post('/nothing', form)))
    }
    assert.equal(world.events.at(-1)?.reason, 'admin_not_an_operator')
  })
}

test('whoever is no operator any more is refused at once [doorward-console-default-deny]', async () => {
  const ada = await browser('a', world.user)
  assert.equal((await ada.get('')).status, 200)
  await world.ctx.store.users.disable(world.user.id, world.ctx.now())
  assert.equal((await ada.get('')).status, 303)
})

for (const { path, fields } of FORMS) {
  test(`POST /admin${path}: nothing happens without the token of a page of ours in this browser [doorward-console-forms]`, async () => {
    const ada = await browser('a', world.user)
    const mallory = await browser('m', world.user)
    const foreign = tokenOf((await mallory.get('')).html)
    const form = { ...Object.fromEntries(fields.map((name) => [name, 'x'])), sure: 'yes' }
    const before = world.events.length
    for (const request of ['', 'made-up', foreign]) {
      const { status } = await ada.post(path, { ...form, ...(request === '' ? {} : { request }) })
      assert.equal(status, 400)
    }
    const told = world.events.slice(before).map(({ type }) => type)
    assert.deepEqual(
      told.filter((type) => type !== 'request.refused'),
      [],
    )
  })
}

test('pages cannot be framed, and run no script but ours', async () => {
  const { headers } = await (await browser('a', world.user)).get('')
  assert.equal(headers.get('x-frame-options'), 'DENY')
  const policy = headers.get('content-security-policy') ?? ''
  assert.match(policy, /frame-ancestors 'none'/)
  assert.match(policy, /default-src 'none'/)
  assert.doesNotMatch(policy, /unsafe/)
})

test('blocking is asked about first, done once, and told on the page after it', async () => {
  const { client_id } = await world.register({ client_name: 'Some editor' })
  const ada = await browser('a', world.user)
  const asked = await ada.press('/clients/block', { id: client_id })
  assert.match(asked.html, /Block this application\?/)
  assert.equal((await world.ctx.store.clients.find(client_id))?.blockedAt, undefined)
  const done = await ada.press('/clients/block', { id: client_id, sure: 'yes' })
  assert.equal(done.status, 303)
  assert.notEqual((await world.ctx.store.clients.find(client_id))?.blockedAt, undefined)
  const after = await ada.get(done.location.slice(`${ISSUER}/admin`.length))
  assert.match(after.html, /role="status">.*The application is blocked/)
  assert.match(after.html, /Unblock/)
  const [blocked] = (await world.ctx.store.events.list({ limit: 200 })).filter(({ type }) => type === 'client.blocked')
  assert.deepEqual([blocked?.actor, blocked?.client], [world.user.id, client_id])
})

test('an application that waits is a card with what is known of it; admitting it is one press, and means the application on that card [doorward-approval]', async () => {
  const { client_id } = await world.register({ client_name: 'Claude' })
  const client = await world.ctx.store.clients.find(client_id)
  assert.ok(client)
  await world.ctx.store.clients.ask(client, { now: world.ctx.now(), by: BOB.id })
  const ada = await browser('a', world.user)
  const { html } = await ada.get('/approvals')
  assert.match(html, /Unverified application/)
  assert.match(html, /looks like that of/)
  assert.match(html, /bob@x\.example/)
  assert.ok(html.replaceAll('<wbr>', '').includes(CALLBACK))
  const fields = (page: string) => ({
    id: client_id,
    from: 'approvals',
    digest: /name="digest" value="([^"]+)"/.exec(page)?.[1] ?? '',
  })
  const metadata = { ...client.metadata, redirect_uris: [CALLBACK, 'https://b.example/cb'] }
  await world.ctx.store.clients.change(client_id, { metadata })
  const late = await ada.press('/clients/approve', fields(html))
  assert.deepEqual([late.status, /said something else of itself/.test(late.html)], [409, true])
  assert.equal((await world.ctx.store.clients.find(client_id))?.approvedAt, undefined)
  const done = await ada.press('/clients/approve', fields((await ada.get('/approvals')).html))
  assert.equal(done.status, 303)
  assert.notEqual((await world.ctx.store.clients.find(client_id))?.approvedAt, undefined)
  assert.match((await ada.get('/approvals')).html, /Nothing waits for you/)
})

test('a secret is shown once, on the page that made it, and nowhere after', async () => {
  const ada = await browser('a', world.user)
  const made = await ada.press('/invites/create', { uses: '2', days: '1', note: 'for Bob', hosts: '', scopes: '' })
  const token = /dwi_[\w.-]+/.exec(made.html)?.[0] ?? 'none'
  assert.notEqual(token, 'none')
  const list = (await ada.get('/invites')).html
  assert.ok(list.includes('for Bob') && !list.includes(token))
  const person = await ada.press('/people/add', { email: 'eve@x.example' })
  assert.match(person.html, /First password/)
  assert.ok((await ada.get('/people')).html.includes('eve@x.example'))
})

test('a rule is looked at before it counts', async () => {
  const { client_id } = await world.register()
  const ada = await browser('a', world.user)
  const query = new URLSearchParams({ effect: 'deny', kind: 'clientId', value: client_id })
  const preview = await ada.get(`/rules?${query}`)
  assert.match(preview.html, /Decided otherwise: applications 1, attempts 0/)
  assert.equal((await world.ctx.store.rules.list()).length, 0)
  await ada.press('/rules/add', { effect: 'deny', kind: 'clientId', value: client_id, note: '' })
  assert.equal((await world.ctx.store.rules.list()).length, 1)
  assert.match((await ada.get('/rules?kind=domain&value=no+domain')).html, /That is no rule/)
})

test('a notice says our words alone, whatever the address says', async () => {
  const { html } = await (await browser('a', world.user)).get(`?done=${encodeURIComponent(HOSTILE)}`)
  assert.ok(!html.includes('role="status"') && !html.includes('alert(1)'))
})

test('nothing that a stranger says becomes markup, on any page that shows it [rfc6749-10.14-injection]', async () => {
  const { client_id } = await world.register({ client_name: HOSTILE, client_uri: 'https://x.example/<b>' })
  const client = await world.ctx.store.clients.find(client_id)
  assert.ok(client)
  await world.ctx.store.clients.ask(client, { now: world.ctx.now(), by: BOB.id })
  await world.ctx.store.users.add({ ...BOB, id: 'dwu_x', email: `${HOSTILE}@x.example`, groups: [HOSTILE] })
  await world.ctx.store.events.append(
    ['authorization.refused', 'token.refused', 'client.refused'].map((type) => ({
      type: type as 'token.refused',
      outcome: 'refused' as const,
      reason: HOSTILE,
      correlation: 'HOSTILE000',
      client: HOSTILE,
      resource: HOSTILE,
      network: HOSTILE,
      actor: HOSTILE,
      detail: { [HOSTILE]: HOSTILE, what: HOSTILE, flow: HOSTILE },
    })),
  )
  const ada = await browser('a', world.user)
  const asked = encodeURIComponent(HOSTILE)
  const paths = [
    '',
    '/traces',
    '/trace/HOSTILE000',
    `/trace/${asked}`,
    '/approvals',
    `/clients?text=${asked}`,
    `/clients/one?id=${client_id}`,
    `/clients/one?id=${asked}`,
    `/rules?kind=clientId&value=${asked}&note=${asked}`,
    `/grants?person=${asked}&client=${asked}`,
    '/people',
    `/people?text=${asked}`,
    '/people/one?id=dwu_x',
    '/events',
    `/events?reason=${asked}&client=${asked}`,
  ]
  for (const path of paths) {
    const { html, status } = await ada.get(path)
    assert.ok([200, 404].includes(status), `${path}: ${status}`)
    assert.ok(!html.includes('<script>alert') && !html.includes('<img src=x'), path)
    assert.ok(!html.includes('\u202e'), path)
  }
})

test('an operator who meets an error goes from there to its story; nobody else is shown the way', async () => {
  const ada = await browser('a', world.user)
  const bob = await browser('b', BOB)
  const failed = await ada.get('/clients/one?id=nobody')
  assert.equal(failed.status, 404)
  assert.ok(failed.html.includes(`href="${ISSUER}/admin/trace/${VISIT.correlation}"`))
  assert.ok(!(await bob.get('/clients')).html.includes('/admin/trace/'))
})

test('a storm of strangers at the console leaves a few events, and each is asked to sign in [doorward-trace]', async () => {
  for (let i = 0; i < 50; i++) {
    const { location } = await (await browser('s')).get('/clients')
    assert.match(location, /\/sign-in\?request=/)
  }
  assert.ok(world.events.filter(({ reason }) => reason === 'admin_not_signed_in').length <= 5)
})

test('groups that are saved as they stand are the same groups, whatever is in their names [doorward-console-forms]', async () => {
  const groups = ['eng admins', 'sales, north']
  await world.ctx.store.users.setGroups(BOB.id, undefined, groups)
  const ada = await browser('a', world.user)
  const { html } = await ada.get(`/people/one?id=${BOB.id}`)
  const shown = /name="groups"[^>]*>([^<]*)</.exec(html)?.[1] ?? ''
  await ada.press('/people/groups', { id: BOB.id, groups: shown.replaceAll('\n', '\r\n') })
  assert.deepEqual((await world.ctx.store.users.byId(BOB.id))?.groups, groups)
})
