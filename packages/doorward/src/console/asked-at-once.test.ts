import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { BROWSER, cookieName } from '../authority/cookies.ts'
import { sealedIn, type Visitor, visitor } from '../testing/visitor.ts'
import { CALLBACK, CHALLENGE, MCP, makeWorld, VISIT, type World } from '../testing/world.ts'
import { askPerson, consoleRoutes } from './routes.ts'

const NAME = 'b'.repeat(32)

let world: World
let ada: Visitor
let cookie = ''
beforeEach(async () => {
  world = await makeWorld({ askPerson })
  ada = await visitor(world, consoleRoutes(world.ctx, []), { user: world.user, name: NAME })
  cookie = ada.cookie()
})
afterEach(() => world.close())

/** Without what is made anew for each page. */
const plain = (html: string) => html.replaceAll(/request=[\w.-]+|name="request" value="[^"]+"/g, 'REQUEST')

test('a link of an application is answered by the very page that waits at an address of its own', async () => {
  const { client_id } = await world.register()
  const once = await world.ask(client_id, {}, { cookie })
  const waiting = await ada.get(await world.waiting(client_id, NAME))
  assert.deepEqual([once.status, waiting.status], [200, 200])
  assert.deepEqual(Object.fromEntries(once.headers), Object.fromEntries(waiting.headers))
  const html = await once.text()
  assert.match(html, /name="decision" value="approve"/)
  assert.equal(plain(html), plain(waiting.html))
})

test('the address at which the request of such a page waits leads to the same one: two answers are one grant [q27]', async () => {
  const { client_id } = await world.register()
  const html = await (await world.ask(client_id, {}, { cookie })).text()
  const again = await ada.get(`/consent?request=${sealedIn({ html })}`)
  for (const page of [html, again.html]) {
    const answer = await ada.post('/consent', { request: sealedIn({ html: page }), decision: 'approve' })
    assert.match(answer.location, /code=/)
  }
  assert.equal((await world.ctx.store.grants.list()).length, 1)
})

for (const decision of ['approve', 'deny', 'show']) {
  test(`who signed out before they answered ${decision} signs in and is asked the same again; nothing was answered [doorward-answer-anew]`, async () => {
    const { client_id } = await world.register()
    const request = sealedIn({ html: await (await world.ask(client_id, {}, { cookie })).text() })
    await world.ctx.store.sessions.closeOthers(world.user.id, '')
    const answer = await ada.post('/consent', { request, decision })
    assert.deepEqual([answer.status, answer.location], [303, `${world.ctx.issuer}/sign-in?request=${request}`])
    assert.deepEqual(await world.ctx.store.grants.list(), [])
    assert.match((await ada.get(answer.location)).html, /name="password"/)
    const back = await visitor(world, consoleRoutes(world.ctx, []), { user: world.user, name: NAME })
    const again = await back.get(`/consent?request=${request}`)
    assert.match((await back.post('/consent', { request: sealedIn(again), decision: 'approve' })).location, /code=/)
  })
}

test('who asks by another name of this server is led to the issuer first, where the buttons lead', async () => {
  const { client_id } = await world.register()
  const query = new URLSearchParams(asked(client_id))
  const answer = await world.send('GET', `https://other.example/authorize?${query}`, { headers: { cookie } })
  assert.ok(answer.headers.get('location')?.startsWith(`${world.ctx.issuer}/consent?request=`))
})

test('the page of somebody who has to wait for an operator lets their no go to the application [q26]', async () => {
  const bob = { ...world.user, id: 'dwu_bob', email: 'bob@example.com', operator: false }
  await world.ctx.store.users.add(bob)
  const his = await visitor(world, consoleRoutes(world.ctx, []), { user: bob })
  const { client_id } = await world.register()
  const answer = await world.ask(client_id, {}, { cookie: his.cookie() })
  assert.match(await answer.text(), /value="ask"/)
  assert.match(
    answer.headers.get('content-security-policy') ?? '',
    new RegExp(`form-action 'self' https: ${new URL(CALLBACK).origin};`),
  )
})

test('a yes to an application that an operator admits no longer is refused with a way to the page that asks one [doorward-answer-anew, q26]', async () => {
  const bob = { ...world.user, id: 'dwu_bob', email: 'bob@example.com', operator: false }
  await world.ctx.store.users.add(bob)
  const his = await visitor(world, consoleRoutes(world.ctx, []), { user: bob })
  const { client_id } = await world.register()
  const { clients, grants } = world.ctx.store
  const at = { now: world.ctx.now(), by: world.user.id }
  await clients.ask((await clients.find(client_id)) ?? assert.fail(), at)
  await clients.approve(client_id, at)
  const request = sealedIn({ html: await (await world.ask(client_id, {}, { cookie: his.cookie() })).text() })
  await clients.change(client_id, { withdrawApproval: true })
  const answer = await his.post('/consent', { request, decision: 'approve' })
  const again = `${world.ctx.issuer}/consent?request=${request}`
  assert.deepEqual([answer.status, answer.html.includes(`href="${again}"`)], [403, true])
  assert.match(answer.html, /An operator has to admit this application/)
  assert.match((await his.get(again)).html, /value="ask"/)
  assert.deepEqual(await grants.list(), [])
})

test('a yes from another account than the page was shown to gives nothing, and leads to the same question for the one that is signed in [doorward-accounts-apart]', async () => {
  const bob = { ...world.user, id: 'dwu_bob', email: 'bob@example.com' }
  await world.ctx.store.users.add(bob)
  const { client_id } = await world.register()
  const request = sealedIn({ html: await (await world.ask(client_id, {}, { cookie })).text() })
  const his = await visitor(world, consoleRoutes(world.ctx, []), { user: bob, name: NAME })
  const refusal = await his.post('/consent', { request, decision: 'approve' })
  assert.equal(refusal.status, 403)
  assert.deepEqual(await world.ctx.store.grants.list(), [])
  assert.ok(refusal.html.includes(`<a href="${world.ctx.issuer}/consent?request=${request}">Try again</a>`))
  const again = await his.get(`/consent?request=${request}`)
  assert.match(again.html, /bob@example\.com/)
  assert.match((await his.post('/consent', { request: sealedIn(again), decision: 'approve' })).location, /code=/)
  assert.deepEqual(
    (await world.ctx.store.grants.list()).map(({ userId }) => userId),
    [bob.id],
  )
})

test('a request is too long for the page that comes at once where it is for the one that waits', async () => {
  const { client_id } = await world.register()
  const verdict = async (length: number, headers: Record<string, string>) => {
    const answer = await world.ask(client_id, { state: 's'.repeat(length) }, headers)
    return answer.status === 400 ? 'refused' : 'taken'
  }
  const verdicts = new Set<string>()
  for (let length = 4400; length <= 5200; length++) {
    const waits = await verdict(length, {})
    assert.equal(await verdict(length, { cookie: `${cookieName(world.ctx, BROWSER)}=${NAME}` }), waits, `${length}`)
    verdicts.add(waits)
  }
  assert.deepEqual([...verdicts], ['taken', 'refused'])
})

test('nothing is written when the page comes at once', async () => {
  const { client_id } = await world.register()
  await world.ask(client_id, {}, { cookie })
  assert.deepEqual(await world.ctx.store.grants.list(), [])
  assert.deepEqual(
    world.events.filter(({ type }) => type.startsWith('authorization.')).map(({ type, outcome }) => [type, outcome]),
    [['authorization.requested', 'allowed']],
  )
})

/** What cannot be loaded again for as long as its page may be answered, and what has no cookie of ours yet. */
const ELSEWHERE: readonly (readonly [string, (clientId: string) => Promise<Response>])[] = [
  ['a form', async (clientId) => world.post('/authorize', Object.entries(asked(clientId)), { cookie })],
  [
    'a pushed request',
    async (clientId) => {
      const { request_uri } = (await (await world.post('/par', asked(clientId))).json()) as { request_uri: string }
      const query = new URLSearchParams({ client_id: clientId, request_uri })
      return world.send('GET', `/authorize?${query}`, { headers: { cookie } })
    },
  ],
  ['a browser that was never here', async (clientId) => world.ask(clientId)],
]
for (const [what, ask] of ELSEWHERE) {
  test(`${what} is led to a page at an address of its own, which can be loaded again`, async () => {
    const { client_id } = await world.register()
    const answer = await ask(client_id)
    assert.equal(answer.status, 303)
    assert.match(answer.headers.get('location') ?? '', /\/consent\?request=[\w.-]+$/)
  })
}

function asked(client_id: string): Record<string, string> {
  const code = { response_type: 'code', code_challenge: CHALLENGE, code_challenge_method: 'S256' }
  return { ...code, client_id, redirect_uri: CALLBACK, state: 's' }
}

test('who is not signed in is sent to sign in at once, with the request', async () => {
  const { client_id } = await world.register()
  const answer = await world.ask(client_id, {}, { cookie: `${cookieName(world.ctx, BROWSER)}=${NAME}` })
  assert.match(answer.headers.get('location') ?? '', /\/sign-in\?request=[\w.-]+$/)
})

/** Told on a page here, however good the address of the application is. */
const REFUSED: readonly (readonly [string, number, string, (clientId: string) => Promise<unknown>])[] = [
  [
    'for an application of somebody else',
    403,
    'client_of_another_person',
    async (id) => {
      const client = (await world.ctx.store.clients.find(id)) ?? assert.fail()
      await world.ctx.store.clients.remove(id, world.ctx.now())
      await world.ctx.store.clients.put({ ...client, owner: 'dwu_eve' })
    },
  ],
  [
    'after something went wrong here',
    500,
    'unexpected_error',
    async () => {
      const held = () => Promise.reject(new Error('gone'))
      Object.assign(world.ctx, {
        store: { ...world.ctx.store, grants: { ...world.ctx.store.grants, held } },
      })
    },
  ],
]
for (const [what, status, reason, change] of REFUSED) {
  test(`a page that cannot be drawn ${what} says so to the person, and sends nobody anywhere`, async () => {
    const redirect_uri = 'http://127.0.0.1:33418/callback'
    const { client_id } = await world.register({ redirect_uris: [redirect_uri] })
    await change(client_id)
    const answer = await world.ask(client_id, { redirect_uri }, { cookie, accept: 'text/html' })
    assert.deepEqual([answer.status, answer.headers.get('location')], [status, null])
    assert.ok((await answer.text()).includes(VISIT.correlation))
    assert.ok(world.events.some((event) => event.reason === reason && event.correlation === VISIT.correlation))
  })
}

test('a page is shown only where its buttons work: what it said may be too long to come back', async () => {
  const names = Array.from({ length: 60 }, (_, i) => `scope-${'x'.repeat(16)}-${100 + i}`)
  const scopes = Object.fromEntries(names.map((name) => [name, { description: name }]))
  await world.close()
  world = await makeWorld({
    askPerson,
    resource: { scopes, defaultScopes: names },
    groupRules: new Map([[MCP, [{ group: 'staff', scopes: names.slice(0, 59) }]]]),
  })
  const bob = { ...world.user, id: 'dwu_bob', email: 'bob@example.com', operator: false, groups: ['staff'] }
  await world.ctx.store.users.add(bob)
  const his = await visitor(world, consoleRoutes(world.ctx, []), { user: bob })
  const { client_id } = await world.register({ redirect_uris: ['http://127.0.0.1/cb'] })
  const seen = new Set<number>()
  for (let length = 600; length <= 3000; length += 200) {
    const asked = { redirect_uri: 'http://127.0.0.1:33418/cb', scope: names.join(' '), state: 's'.repeat(length) }
    const page = await world.ask(client_id, asked, { cookie: his.cookie() })
    seen.add(page.status)
    if (page.status === 200) {
      const request = sealedIn({ html: await page.text() })
      assert.match(
        (await his.post('/consent', { request, decision: 'deny' })).location,
        /error=access_denied/,
        `${length}`,
      )
    } else assert.deepEqual([page.status, world.events.at(-1)?.reason], [400, 'request_too_long'])
  }
  assert.deepEqual([...seen], [200, 400])
})
