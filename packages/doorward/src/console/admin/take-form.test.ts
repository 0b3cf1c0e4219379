import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, test } from 'node:test'
import { sha256 } from '@doorward/core/kernel/digest'
import type { Action } from '../../authority/admin/actions/action.ts'
import { ACTIONS } from '../../authority/admin/actions/index.ts'
import type { StoredUser } from '../../authority/context.ts'
import { BROWSER, cookieName, SESSION } from '../../authority/cookies.ts'
import { ISSUER, makeWorld, VISIT, type World } from '../../testing/world.ts'
import { lookAtFormToken, ownFormToken } from '../form-token.ts'
import { consoleRoutes } from '../routes.ts'
import { FORMS } from './forms.ts'
import { ADMIN_ROUTES } from './routes.ts'

const BOB: StoredUser = {
  id: 'dwu_bob',
  email: 'bob@x.example',
  password: 'x',
  operator: true,
  groups: ['staff'],
  createdAt: 0,
}
const NAME = 'b'.repeat(32)

let world: World
let pages: ReturnType<typeof consoleRoutes>
beforeEach(async () => {
  world = await makeWorld()
  await world.ctx.store.users.add(BOB)
  pages = consoleRoutes(world.ctx, [])
})
afterEach(() => world.close())

/** An operator who signed in `ago` seconds ago. */
async function operator({ ago = 0, user = world.user, language = 'en' } = {}) {
  const value = randomBytes(32).toString('base64url')
  const now = world.ctx.now()
  await world.ctx.store.users.signedIn(
    {
      digest: sha256(value),
      userId: user.id,
      createdAt: now,
      expiresAt: now + 36_000,
      authentication: { at: now - ago, method: 'password', amr: ['pwd'] },
      network: '203.0.113.0/24',
      browser: 'Firefox',
      usedAt: now,
    },
    {},
  )
  const cookie = `${cookieName(world.ctx, BROWSER)}=${NAME}; ${cookieName(world.ctx, SESSION)}=${value}`
  const headers = { cookie, accept: 'text/html', 'accept-language': language }
  const send = async (request: Request) => {
    const response = await pages(request, new URL(request.url).pathname, VISIT)
    const location = response.headers.get('location') ?? ''
    return { status: response.status, location, html: await response.text() }
  }
  return {
    get: (path: string) => send(new Request(new URL(`/admin${path}`, ISSUER), { headers })),
    press: (path: string, form: Record<string, string>) =>
      send(
        new Request(new URL(`/admin${path}`, ISSUER), {
          method: 'POST',
          headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
          body: new URLSearchParams({ request: ownFormToken(world.ctx, NAME, user), ...form }),
        }),
      ),
  }
}

const INVITE = { uses: '3', days: '5', note: 'for <Bob>', hosts: 'a.example', scopes: '' }
const CLIENT = { name: 'Mine', redirect_uris: 'https://a.example/cb', scope: '' }
/** What is sent, the field that is marked, and words that are still there. */
const WRONG: readonly (readonly [string, Record<string, string>, string, readonly string[], number?])[] = [
  ['/people/add', { email: 'no address', operator: 'yes' }, 'email', ['no address', 'checked']],
  ['/people/add', { email: 'Bob@x.example' }, 'email', ['Bob@x.example'], 409],
  ['/people/groups', { id: BOB.id, groups: 'ops\nokta/admins' }, 'groups', ['ops\nokta/admins']],
  ['/invites/create', { ...INVITE, uses: 'many' }, 'uses', ['many', 'for &lt;Bob&gt;', 'a.example']],
  ['/invites/create', { ...INVITE, days: '0' }, 'days', ['value="3"', 'value="0"']],
  ['/clients/add', { ...CLIENT, name: 'x'.repeat(5000) }, 'name', ['https://a.example/cb']],
  ['/invites/create', { ...INVITE, note: 'x'.repeat(201) }, 'note', ['value="3"']],
  [
    '/clients/add',
    { ...CLIENT, redirect_uris: 'http://a.example/cb' },
    'redirect_uris',
    ['Mine', 'http://a.example/cb'],
  ],
  ['/clients/add', { ...CLIENT, redirect_uris: 'javascript:alert(1)' }, 'redirect_uris', ['Mine']],
  ['/clients/add', { ...CLIENT, scope: 'what ever' }, 'scope', ['what ever', 'https://a.example/cb']],
  ['/rules/add', { effect: 'deny', kind: 'domain', value: 'no domain/', note: 'why' }, 'value', ['no domain/', 'why']],
  ['/rules/add', { effect: 'deny', kind: 'domain', value: 'a.example', note: 'x'.repeat(201) }, 'note', ['a.example']],
]
for (const [path, form, field, kept, status = 400] of WRONG) {
  test(`POST /admin${path} with a wrong ${field} (${form[field]?.slice(0, 20)}) comes back filled in, the field marked and named on top [doorward-console-forms]`, async () => {
    for (const language of ['en', 'de', 'fr']) {
      const { html, ...answer } = await (await operator({ language })).press(path, form)
      assert.equal(answer.status, status, html.replace(/<style[\s\S]*?<\/style>/g, '').slice(0, 2000))
      const marked = [...html.matchAll(/<(?:input|textarea)[^>]*aria-invalid="true"[^>]*>/g)].map(([tag]) => tag)
      assert.ok(marked.length === 1 && marked[0]?.includes(`id="${field}"`), `${field}: ${marked}`)
      assert.match(marked[0] ?? '', /aria-describedby="(problem|wrong)\b/)
      const [notice = ''] = /<div class="note bad" role="alert" id="problem">.*?<\/div>/s.exec(html) ?? []
      assert.match(notice, new RegExp(`href="#${field}"`))
      assert.equal(html.split(' id="problem"').length, 2)
      for (const text of kept) assert.ok(html.includes(text), `${text} is lost`)
      assert.match(html, new RegExp(`<html lang="${language}">`))
    }
    assert.equal(world.events.at(-1)?.type, 'request.refused')
    assert.deepEqual(await world.ctx.store.invites.list(), [])
  })
}

test('what comes back once is taken when it is mended', async () => {
  const ada = await operator()
  await ada.press('/people/add', { email: 'eve' })
  assert.match((await ada.press('/people/add', { email: 'eve@x.example' })).html, /First password/)
})

test('what nobody can mend in a form stays a page of its own', async () => {
  const ada = await operator()
  const answer = await ada.press('/people/groups', { id: 'dwu_nobody', groups: 'x' })
  assert.equal(answer.status, 404)
  assert.doesNotMatch(answer.html, /aria-invalid="true"/)
})

test('groups that somebody else changed meanwhile are not overwritten; the form says what changed [doorward-console-forms]', async () => {
  const [ada, bob] = [await operator(), await operator({ user: BOB })]
  const fields = { id: BOB.id, before: 'staff' }
  assert.equal((await bob.press('/people/groups', { ...fields, groups: 'ops' })).status, 303)
  const stale = await ada.press('/people/groups', { ...fields, groups: 'staff\nboard' })
  assert.equal(stale.status, 409)
  assert.match(stale.html, /Somebody else has added &#39;ops&#39; and removed &#39;staff&#39; meanwhile/)
  assert.match(stale.html, />staff\nboard<\/textarea><input type="hidden" name="before" value="ops">/)
  const groups = async () => (await world.ctx.store.users.byId(BOB.id))?.groups
  assert.deepEqual(await groups(), ['ops'])
  assert.equal((await ada.press('/people/groups', { id: BOB.id, before: 'ops', groups: 'ops\nboard' })).status, 303)
  assert.deepEqual(await groups(), ['board', 'ops'])
  // The same wish twice is no conflict.
  assert.equal((await bob.press('/people/groups', { id: BOB.id, before: 'ops', groups: 'board\nops' })).status, 303)
})

test('what wants a sign-in that is not older stands in one table [doorward-fresh-sign-in]', () => {
  const all = Object.entries(ACTIONS) as [string, Action][]
  assert.deepEqual(all.flatMap(([name, { needsFresh }]) => (needsFresh ? [name] : [])).sort(), [
    'clients.add',
    'clients.remove',
    'clients.renewSecret',
    'invites.create',
    'keys.rotate',
    'people.add',
    'people.disable',
    'people.enable',
    'people.groups',
    'people.password',
    'rules.add',
    'rules.remove',
  ])
  const forms = FORMS.filter(({ needsFresh }) => needsFresh).map(({ path }) => path)
  const routes = ADMIN_ROUTES.filter(({ needsFresh }) => needsFresh).map(({ path }) => path)
  assert.deepEqual(routes, forms)
})

for (const { path, key, needsFresh } of FORMS) {
  const filled = { id: BOB.id, sure: 'yes', email: 'eve@x.example', groups: 'ops', name: 'Mine', value: 'a.example' }
  test(`POST /admin${path} ${needsFresh ? 'wants a sign-in that is not older' : 'is not held up by an old sign-in'} [doorward-fresh-sign-in]`, async () => {
    const ada = await operator({ ago: 900 })
    const before = await world.ctx.store.users.byId(BOB.id)
    const answer = await ada.press(path, filled)
    const told = world.events.filter(({ reason }) => reason === 'sign_in_too_old')
    assert.equal(told.length, needsFresh ? 1 : 0)
    if (!needsFresh) return
    assert.deepEqual([answer.status, told[0]?.detail?.form], [303, key])
    assert.match(answer.location, /^https:\/\/door\.example\/sign-in\?request=/)
    assert.deepEqual(await world.ctx.store.users.byId(BOB.id), before)
    assert.equal((await world.ctx.store.keys.list()).length, 1)
  })
}

/** A form that was sent after an old sign-in, and the address at which it is found after a new one. */
async function keptAt(sent: Record<string, string>, path = '/people/groups'): Promise<string> {
  const { location } = await (await operator({ ago: 3600 })).press(path, sent)
  const token = new URL(location).searchParams.get('request') ?? ''
  const next = lookAtFormToken(world.ctx, NAME, token)?.next ?? assert.fail(location)
  assert.match(next, /^\/admin\/again\?form=[\w-]{32}$/)
  return next.slice('/admin'.length)
}

test('the form that was kept comes back filled in after the sign-in, and does nothing until it is sent [doorward-fresh-sign-in]', async () => {
  const at = await keptAt({ id: BOB.id, before: 'staff', groups: 'ops\r\nboard' })
  const ada = await operator()
  const { status, html } = await ada.get(at)
  assert.equal(status, 200)
  assert.match(html, /You are signed in again/)
  assert.match(html, />ops\nboard<\/textarea><input type="hidden" name="before" value="staff">/)
  assert.deepEqual((await world.ctx.store.users.byId(BOB.id))?.groups, ['staff'])
  const final = await keptAt({ id: BOB.id, sure: 'yes' }, '/people/disable')
  const question = await ada.get(final)
  assert.match(question.html, /Shut this person out\?/)
  assert.ok(question.html.includes(`value="${BOB.id}"`))
  assert.equal((await world.ctx.store.users.byId(BOB.id))?.disabledAt, undefined)
})

const NOBODYS: readonly (readonly [string, (at: string) => Promise<{ status: number; location: string }>])[] = [
  ['another operator in the same browser', async (at) => (await operator({ user: BOB })).get(at)],
  ['a made-up address', async () => (await operator()).get('/again?form=x')],
  ['no form at all', async () => (await operator()).get('/again')],
  [
    'somebody ten minutes later',
    async (at) => {
      world.wait(601)
      return (await operator()).get(at)
    },
  ],
]
for (const [who, come] of NOBODYS) {
  test(`a kept form is not shown to ${who} [doorward-fresh-sign-in]`, async () => {
    const { status, location } = await come(await keptAt({ id: BOB.id, groups: 'ops' }))
    assert.deepEqual([status, location], [303, `${ISSUER}/admin`])
  })
}

for (const { path, key, isFinal, inputs } of FORMS) {
  const sent = {
    id: BOB.id,
    digest: 'x',
    sure: 'yes',
    email: 'eve@x.example',
    groups: 'ops',
    name: 'Mine',
    value: 'a.example',
  }
  test(`POST /admin${path}: an operator whose session has ended signs in and goes on from there; nothing is done before [doorward-console-forms]`, async () => {
    const ada = await operator()
    await world.ctx.store.sessions.closeOthers(world.user.id, '')
    const { status, location } = await ada.press(path, sent)
    assert.equal(status, 303)
    const token = new URL(location).searchParams.get('request') ?? ''
    const next = lookAtFormToken(world.ctx, NAME, token)?.next ?? assert.fail(location)
    const isKept = isFinal || Object.keys(inputs).length > 0
    assert.match(
      next,
      isKept ? /^\/admin\/again\?form=[\w-]{32}$/ : /^\/admin\/(clients|grants|people|server|approvals)/,
      key,
    )
    const told = world.events.filter(({ reason }) => reason === 'admin_not_signed_in')
    assert.deepEqual(
      told.map(({ actor }) => actor),
      [world.user.id],
    )
    assert.deepEqual((await world.ctx.store.users.byId(BOB.id))?.groups, ['staff'])
    if (!isKept) return
    const page = await (await operator()).get(next.slice('/admin'.length))
    assert.deepEqual([page.status, page.html.includes(`/admin${path}"`)], [200, true])
  })
}

test('who is an operator no more is told so, though the page was one of theirs; nothing is kept [doorward-console-default-deny]', async () => {
  const ada = await operator()
  await world.ctx.store.users.disable(world.user.id, world.ctx.now())
  const form = { id: BOB.id, groups: 'ops' }
  assert.equal((await ada.press('/people/groups', form)).status, 403)
  assert.equal(world.events.at(-1)?.reason, 'admin_not_an_operator')
})
