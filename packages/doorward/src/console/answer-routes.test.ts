import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { BROWSER, cookieName, SESSION } from '../authority/cookies.ts'
import { changeGroups } from '../authority/identity/membership.ts'
import { openSession } from '../authority/identity/session.ts'
import { CHANGED_ELSEWHERE, unaware } from '../testing/unaware.ts'
import { sealedIn } from '../testing/visitor.ts'
import { CALLBACK, ISSUER, MCP, makeWorld, VERIFIER, VISIT, type World } from '../testing/world.ts'
import { askPerson, consoleRoutes, type Pages } from './routes.ts'

// What was on the page, and nothing else, is what somebody agreed to.

const NAME = 'b'.repeat(32)
const SCOPES = {
  'notes:read': { description: 'Read', access: 'read' },
  'notes:write': { description: 'Write', access: 'write', includes: ['notes:read'] },
  'notes:tag': { description: 'Tag' },
} as const
const GROUPS = new Map([
  [
    MCP,
    [
      { group: 'readers', scopes: ['notes:read'] },
      { group: 'writers', scopes: ['notes:write'] },
      { group: 'taggers', scopes: ['notes:tag'] },
    ],
  ],
])

let world: World
let pages: Pages
let cookie = ''
beforeEach(async () => {
  world = await makeWorld({ askPerson, resource: { scopes: SCOPES }, groupRules: GROUPS })
  pages = consoleRoutes(world.ctx, [])
  const authentication = { at: world.ctx.now(), method: 'password', amr: [] }
  const session = await openSession(world.ctx, VISIT, world.user, authentication, { reason: 'password' })
  cookie = `${cookieName(world.ctx, BROWSER)}=${NAME}; ${cookieName(world.ctx, SESSION)}=${session}`
})
afterEach(() => world.close())

const are = (...names: string[]) =>
  changeGroups(world.ctx, { userId: world.user.id, provider: undefined, names, reason: 'operator_asked' })

async function visit(path: string, form?: Record<string, string>) {
  const request = new Request(new URL(path, world.ctx.issuer), {
    method: form === undefined ? 'GET' : 'POST',
    headers: { cookie, accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded' },
    ...(form === undefined ? {} : { body: new URLSearchParams(form).toString() }),
  })
  const response = await pages(request, new URL(request.url).pathname, VISIT)
  return { status: response.status, location: response.headers.get('location') ?? '', html: await response.text() }
}

/** The page, with what has to come back with its form. */
async function question(scope: string) {
  const { client_id } = await world.register()
  const answer = await world.ask(client_id, { scope }, { cookie })
  const html = await answer.text()
  return { client_id, html, request: /name="request" value="([^"]+)"/.exec(html)?.[1] ?? assert.fail(html) }
}
const granted = async () => (await world.ctx.store.grants.list()).map(({ scope }) => scope)

for (const [title, change, refusal] of CHANGED_ELSEWHERE) {
  test(`whatever is answered for an application that was ${title}, in a process that has not heard of it, nothing is granted [doorward-answer-anew]`, async () => {
    await are('readers')
    const { client_id, request } = await question('notes:read')
    pages = consoleRoutes(await unaware(world.ctx, client_id), [])
    await change(world.ctx, client_id)
    for (const decision of ['approve', 'show', 'deny']) {
      const { status, html } = await visit('/consent', { request, decision })
      assert.ok(status >= 400 && refusal.test(html), `${decision}: ${status} ${html.slice(html.indexOf('<main'))}`)
    }
    assert.deepEqual(await granted(), [])
  })
}

const SINCE: readonly [string, (id: string) => Promise<unknown>][] = [
  ['has lost that since', (id) => world.ctx.store.clients.change(id, { withdrawApproval: true })],
  [
    'is another one by now',
    async (id) => {
      const metadata = {
        ...(await world.ctx.store.clients.find(id))?.metadata,
        redirect_uris: [CALLBACK, 'https://b.example/'],
      }
      await world.ctx.store.clients.change(id, { metadata, withdrawApproval: true })
    },
  ],
]
for (const [title, change] of SINCE) {
  test(`an operator whose page was of an admitted application that ${title} is asked again, and that page says that a yes admits it [doorward-approval]`, async () => {
    await are('readers')
    const { client_id } = await world.register()
    const at = { now: world.ctx.now(), by: world.user.id }
    await world.ctx.store.clients.ask({ ...((await world.ctx.store.clients.find(client_id)) ?? assert.fail()) }, at)
    await world.ctx.store.clients.approve(client_id, at)
    const asked = await world.ask(client_id, { scope: 'notes:read' }, { cookie })
    const html = await asked.text()
    assert.doesNotMatch(html, /admits this application/)
    await change(client_id)
    const form = (page: string) => ({
      request: /name="request" value="([^"]+)"/.exec(page)?.[1] ?? '',
      decision: 'approve',
    })
    const again = await visit('/consent', form(html))
    assert.match(again.location, /\/consent\?request=/)
    assert.deepEqual(await granted(), [])
    assert.equal((await world.ctx.store.clients.find(client_id))?.approvedAt, undefined)
    const said = await visit(again.location)
    assert.match(said.html, /admits this application/)
    assert.match((await visit('/consent', form(said.html))).location, /code=/)
    assert.notEqual((await world.ctx.store.clients.find(client_id))?.approvedAt, undefined)
  })
}

test('an application that became another one after the page said that a yes admits it is shown again before it is admitted [doorward-approval]', async () => {
  await are('readers')
  const { client_id, html, request } = await question('notes:read')
  assert.match(html, /admits this application/)
  const metadata = {
    ...(await world.ctx.store.clients.find(client_id))?.metadata,
    redirect_uris: [CALLBACK, 'https://b.example/'],
  }
  await world.ctx.store.clients.change(client_id, { metadata })
  const again = await visit('/consent', { request, decision: 'approve' })
  assert.match((await visit(again.location)).html, /b\.example/)
  assert.equal((await world.ctx.store.clients.find(client_id))?.approvedAt, undefined)
})

test('a box of what the groups leave of a scope counts like any other [doorward-narrowed]', async () => {
  await are('readers', 'taggers')
  const { html, request } = await question('notes:write notes:tag')
  assert.match(html, /name="scope\.notes:read"/)
  await visit('/consent', { request, decision: 'approve', 'scope.notes:read': 'yes' })
  assert.deepEqual(await granted(), ['notes:read notes:tag'])
})

test('what was not on the page is not granted, whatever somebody’s groups give since [doorward-narrowed]', async () => {
  await are('readers')
  const { request } = await question('notes:read notes:tag')
  await are('readers', 'taggers')
  await visit('/consent', { request, decision: 'approve', 'scope.notes:read': 'yes' })
  assert.deepEqual(await granted(), ['notes:read'])
})

test('a page that is loaded again asks for what the groups leave now, and its answer counts for that', async () => {
  await are('readers')
  const { request } = await question('notes:read notes:tag')
  await are('readers', 'taggers')
  const again = await visit(`/consent?request=${request}`)
  assert.match(again.html, /Tag/)
  const form = { request: sealedIn(again), decision: 'approve', 'scope.notes:read': 'yes' }
  await visit('/consent', form)
  assert.deepEqual(await granted(), ['notes:read notes:tag'])
})

test('a box that was left empty stays empty, also where the groups leave nothing else since [doorward-narrowed]', async () => {
  await are('writers', 'taggers')
  const { html, request } = await question('notes:write notes:tag')
  assert.match(html, /name="scope\.notes:write"/)
  await are('writers')
  const { status } = await visit('/consent', { request, decision: 'approve' })
  assert.equal(status, 403)
  assert.deepEqual(await granted(), [])
})

/** Where an answer goes, with everything in it but the code. */
function without(location: string): { to: string; code: string } {
  const url = new URL(location)
  const code = url.searchParams.get('code') ?? ''
  url.searchParams.delete('code')
  return { to: url.href, code }
}

for (const times of [2, 5]) {
  test(`one page that is answered ${times} times at once opens one grant; all answers lead to the same place, and the one that arrives is good [q27]`, async () => {
    await are('writers', 'taggers')
    const { client_id, request } = await question('notes:write')
    const press = () => visit('/consent', { request, decision: 'approve', 'scope.notes:write': 'yes' })
    const answers = await Promise.all(Array.from({ length: times }, press))
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([303]))
    const places = answers.map(({ location }) => without(location))
    assert.deepEqual(
      new Set(places.map(({ to }) => to)),
      new Set([`${CALLBACK}?state=s&iss=${encodeURIComponent(ISSUER)}`]),
    )
    assert.deepEqual(await granted(), ['notes:write'])
    const told = (await world.ctx.store.events.list({ limit: 100 })).filter(({ type }) => type === 'consent.given')
    assert.equal(told.length, 1)
    // A browser follows the last answer, and gives up those before.
    const code = places.at(-1)?.code ?? ''
    const form = { grant_type: 'authorization_code', client_id, code, code_verifier: VERIFIER, redirect_uri: CALLBACK }
    const redeemed = await world.post('/token', form)
    assert.equal(redeemed.status, 200)
    const [grant] = await world.ctx.store.grants.list({ live: true, now: world.ctx.now() })
    assert.equal(grant?.scope, 'notes:write')
  })
}

test('yes and no at once are one answer of the two, and never a grant of a no alone', async () => {
  await are('writers')
  const { request } = await question('notes:write')
  const [yes, no] = await Promise.all([
    visit('/consent', { request, decision: 'approve', 'scope.notes:write': 'yes' }),
    visit('/consent', { request, decision: 'deny' }),
  ])
  assert.match(yes.location, /[?&]code=/)
  assert.match(no.location, /[?&]error=access_denied/)
  assert.doesNotMatch(no.location, /code=/)
  assert.deepEqual(await granted(), ['notes:write'])
})
