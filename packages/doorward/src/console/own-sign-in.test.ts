import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { sha256 } from '@doorward/core/kernel/digest'
import { BROWSER, cookieName, SESSION } from '../authority/cookies.ts'
import { hashPassword, verifyPassword } from '../authority/identity/password.ts'
import { CALLBACK, CHALLENGE, makeWorld, VERIFIER, VISIT, type World } from '../testing/world.ts'
import { ownFormToken } from './form-token.ts'
import { MOST_AT_ONCE } from './portion.ts'
import { consoleRoutes, type Pages } from './routes.ts'

let world: World
let pages: Pages
beforeEach(async () => {
  world = await makeWorld()
  pages = consoleRoutes(world.ctx, [])
})
afterEach(() => world.close())

const NAME = 'b'.repeat(32)

/** A browser of Ada's, signed in `ago` seconds ago. */
async function browser(session: string, ago = 0, method = 'password', userId = world.user.id) {
  const value = session.padEnd(32, '-')
  const now = world.ctx.now()
  await world.ctx.store.users.signedIn(
    {
      digest: sha256(value),
      userId,
      createdAt: now,
      expiresAt: now + 3600,
      usedAt: now,
      authentication: { at: now - ago, method, amr: method === 'passkey' ? ['hwk', 'user'] : ['pwd'] },
      network: '203.0.113.0/24',
      browser: `Browser ${session}`,
    },
    {},
  )
  const cookie = `${cookieName(world.ctx, BROWSER)}=${NAME}; ${cookieName(world.ctx, SESSION)}=${value}`
  return async (path: string, form?: Record<string, string>) => {
    const request = new Request(new URL(path, world.ctx.issuer), {
      method: form === undefined ? 'GET' : 'POST',
      headers: { cookie, accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded' },
      ...(form === undefined ? {} : { body: new URLSearchParams(form).toString() }),
    })
    const response = await pages(request, new URL(request.url).pathname, VISIT)
    const location = response.headers.get('location') ?? ''
    return { status: response.status, location, html: await response.text() }
  }
}

const token = (user: Pick<World['user'], 'id'> = world.user) => ownFormToken(world.ctx, NAME, user)
const live = async () =>
  (await world.ctx.store.sessions.ofUser(world.user.id, world.ctx.now())).map(({ browser: name }) => name).sort()

test('a person sees where they are signed in, and ends one session or all others', async () => {
  const here = await browser('here')
  for (const other of ['two', 'three']) await browser(other)
  const { html } = await here('/account/sign-in')
  for (const name of ['here', 'two', 'three']) assert.ok(html.includes(`Browser ${name}`))
  const act = (fields: Record<string, string>) => here('/account/sign-in', { request: token(), ...fields })
  await act({ action: 'end-session', session: sha256('two'.padEnd(32, '-')) })
  assert.deepEqual(await live(), ['Browser here', 'Browser three'])
  await act({ action: 'end-others' })
  assert.deepEqual(await live(), ['Browser here'])
})

test('of many sessions a page shows some, this one first, and leads on to the others, each once', async () => {
  const here = await browser('here', 0)
  world.wait(60)
  const names = Array.from({ length: 2 * MOST_AT_ONCE + 5 }, (_, i) => `other ${i}.`)
  for (const name of names) await browser(name)
  const seen: string[] = []
  let path: string | undefined = '/account/sign-in'
  for (let pages = 0; path !== undefined && pages < 9; pages++) {
    const { html } = await here(path)
    const shown = [...html.matchAll(/<strong><bdi>Browser ([^<]+)</g)].map(([, name = '']) => name)
    assert.ok(shown.length <= MOST_AT_ONCE)
    assert.ok(html.includes('Sign out everywhere else'))
    assert.equal(html.includes('>Newest</a>'), pages > 0)
    seen.push(...shown)
    path = /href="([^"]+)">Older</.exec(html)?.[1]
  }
  assert.equal(seen[0], 'here')
  assert.deepEqual(seen.toSorted(), ['here', ...names].toSorted())
  for (const from of ['-1', '0', '45.5', '1e1', '46', 'x', '9'.repeat(400)])
    assert.match((await here(`/account/sign-in?from=${from}`)).html, /Browser here</, from)
})

test('nobody ends the session of somebody else', async () => {
  await world.ctx.store.users.add({ ...world.user, id: 'dwu_bob', email: 'bob@example.com' })
  const bob = await browser('bob', 0, 'password', 'dwu_bob')
  await browser('ada')
  const session = sha256('ada'.padEnd(32, '-'))
  await bob('/account/sign-in', { request: token({ id: 'dwu_bob' }), action: 'end-session', session })
  assert.deepEqual(await live(), ['Browser ada'])
})

const WITHOUT_TOKEN: readonly (readonly [string, () => Record<string, string>])[] = [
  ['no token', () => ({ action: 'end-others' })],
  [
    'a token of another browser',
    () => ({ action: 'end-others', request: ownFormToken(world.ctx, 'x'.repeat(32), world.user) }),
  ],
  ['a token that is none', () => ({ action: 'end-others', request: 'x' })],
  ['no action that there is', () => ({ action: 'constructor', request: token() })],
]
for (const [what, form] of WITHOUT_TOKEN) {
  test(`a form with ${what} changes nothing [doorward-csrf]`, async () => {
    const here = await browser('here')
    await browser('other')
    assert.equal((await here('/account/sign-in', form())).status, 400)
    assert.deepEqual(await live(), ['Browser here', 'Browser other'])
  })
}

for (const action of ['add-passkey', 'rename-passkey', 'remove-passkey', 'change-password', 'link', 'unlink']) {
  test(`${action} wants a sign-in that is not older [doorward-fresh-sign-in]`, async () => {
    const here = await browser('here', 900)
    const answer = await here('/account/sign-in', { request: token(), action, id: 'x', old: 'x', new: 'x'.repeat(12) })
    assert.equal(answer.status, 303)
    assert.match(answer.location, /\/sign-in\?request=/)
  })
}

test('a new password wants the old one, is long enough, and ends every other session; where it does not do, typing begins there', async () => {
  const old = 'the old password'
  const password = await hashPassword(old)
  await world.ctx.store.users.setPassword(world.user.id, { expected: world.user.password, password, keep: '' })
  const here = await browser('here')
  await browser('other')
  const change = (given: string, next: string) =>
    here('/account/sign-in', { request: token(), action: 'change-password', old: given, new: next })
  const wrong = await change('another password', 'the new password')
  assert.equal(wrong.status, 403)
  assert.match(wrong.html, /role="alert" id="problem"/)
  assert.match(wrong.html, / id="old"[^>]* aria-describedby="problem" autofocus/)
  assert.match(wrong.html, / id="new"[^>]* aria-describedby="problem"/)
  assert.equal((await change(old, 'short')).status, 400)
  assert.deepEqual(await live(), ['Browser here', 'Browser other'])
  assert.equal((await change(old, 'the new password')).status, 200)
  assert.deepEqual(await live(), ['Browser here'])
  const user = await world.ctx.store.users.byId(world.user.id)
  assert.equal(await verifyPassword('the new password', user?.password ?? ''), true)
})

async function consent(send: Awaited<ReturnType<typeof browser>>, change: Record<string, string>, id?: string) {
  const client_id = id ?? (await world.register()).client_id
  const shown = await send(await world.waiting(client_id, NAME, change))
  return { client_id, ...shown }
}

const ENOUGH: readonly (readonly [string, Record<string, string>, number, string, boolean])[] = [
  ['nothing', {}, 100, 'password', true],
  ['a sign-in of the last minute, and it is', { max_age: '60' }, 60, 'password', true],
  ['a sign-in of the last minute, and it is older', { max_age: '60' }, 61, 'password', false],
  ['a new sign-in', { prompt: 'login' }, 1, 'passkey', false],
  ['max_age=0', { max_age: '0' }, 1, 'passkey', false],
  ['a passkey, and it was one', { acr_values: 'phr' }, 100, 'passkey', true],
  ['a passkey, and it was a password', { acr_values: 'phr' }, 0, 'password', false],
]
for (const [what, change, ago, method, isEnough] of ENOUGH) {
  test(`an application that asks for ${what}, ${isEnough ? 'gets the question' : 'sends the person to sign in'} [doorward-fresh-sign-in]`, async () => {
    const { status, location } = await consent(await browser('here', ago, method), change)
    assert.equal(status, isEnough ? 200 : 303)
    if (!isEnough) assert.match(location, /\/sign-in\?request=/)
  })
}

for (const [what, max_age, ago, isEnough] of [
  ['a quarter of an hour ago', undefined, 900, true],
  ['longer ago', undefined, 901, false],
  ['longer ago, and the application says that a day is enough', '86400', 901, false],
  ['a minute ago, and the application asks for less', '30', 60, false],
] as const) {
  test(`for the administration, a sign-in of ${what} ${isEnough ? 'gets the question' : 'has to be made anew'} [doorward-fresh-sign-in]`, async () => {
    const { client_id } = await world.operatorsClient({
      redirect_uris: [CALLBACK],
      token_endpoint_auth_method: 'none',
      scope: 'doorward:admin.read',
    })
    await world.ctx.store.users.setOperatorBy(world.user.id, 'okta', true)
    const change = { resource: world.ctx.admin.uri, scope: 'doorward:admin.read', ...(max_age && { max_age }) }
    const { status, location } = await consent(await browser('here', ago), change, client_id)
    assert.equal(status, isEnough ? 200 : 303)
    if (!isEnough) assert.match(location, /\/sign-in\?request=/)
  })
}

for (const [what, wish, ago, words] of [
  ['a new sign-in', { prompt: 'login' }, 1, /needs a sign-in that is not older/],
  ['one of the last minute', { max_age: '60' }, 61, /needs a sign-in that is not older/],
  ['nothing of it', {}, undefined, undefined],
] as const) {
  test(`who is ${ago === undefined ? 'not ' : ''}signed in and comes from an application that asks for ${what} is ${words === undefined ? 'asked without a reason' : 'told why they sign in again'} [doorward-fresh-sign-in]`, async () => {
    const here = await browser('here', ago)
    if (ago === undefined) await world.ctx.store.sessions.closeOthers(world.user.id, '')
    const { location } = await consent(here, wish)
    const { html } = await here(location)
    assert.match(html, /name="password"/)
    if (words === undefined) assert.doesNotMatch(html, /not older/)
    else assert.match(html, words)
  })
}

test('who is asked for a passkey and has none, or no script, is told what helps, and never of another way that is not there [doorward-fresh-sign-in]', async () => {
  const here = await browser('here')
  const { location } = await consent(here, { acr_values: 'phr' })
  const page = await here(location)
  assert.match(page.html, /data-without-passkeys>To sign in with a passkey, this page needs JavaScript/)
  assert.match(page.html, /You have none yet\? <a href="https:\/\/door\.example\/account\/sign-in">Add one/)
  const request = new URL(location).searchParams.get('request') ?? ''
  const wrong = await here('/sign-in/passkey', { request, passkey: 'x', response: '{}' })
  assert.equal(wrong.status, 401)
  for (const { html } of [page, wrong]) assert.doesNotMatch(html, /in another way/)
  assert.match(wrong.html, /role="alert" id="problem">.*Try again, or use another passkey/)
  const plain = await here('/sign-in')
  assert.match(plain.html, /in another way/)
  assert.doesNotMatch(plain.html, /<p data-without-passkeys|You have none yet/)
})

for (const [what, change, ago, method] of [
  ['a passkey', { acr_values: 'phr' }, 0, 'password'],
  ['a new sign-in', { prompt: 'login' }, 500, 'passkey'],
] as const) {
  test(`the page that was shown after ${what} is not answered by another sign-in of the same person [doorward-fresh-sign-in]`, async () => {
    const started = await consent(await browser('asked', 0, 'passkey'), change)
    const sealed = /name="request" value="([^"]+)"/.exec(started.html)?.[1] ?? assert.fail(started.html)
    const other = await browser('other', ago, method)
    for (const decision of ['approve', 'show']) {
      const answer = await other('/consent', { request: sealed, decision })
      assert.match(answer.location, /\/sign-in\?request=/)
    }
    assert.deepEqual(await world.ctx.store.grants.list(), [])
    const right = await (await browser('again', 0, 'passkey'))('/consent', { request: sealed, decision: 'approve' })
    assert.match(right.location, /[?&]code=/)
  })
}

test('what belongs to a form is no request that waits for an answer', async () => {
  const here = await browser('here')
  assert.equal((await here(`/consent?request=${token()}`)).status, 400)
  assert.equal((await here('/consent', { request: token(), decision: 'approve' })).status, 400)
  assert.equal((await here(`/consent/approval?request=${token()}`)).status, 400)
})

for (const [change, error, reason] of [
  [{ max_age: '-1' }, 'invalid_request', 'max_age_invalid'],
  [{ max_age: 'soon' }, 'invalid_request', 'max_age_invalid'],
  [{ acr_values: 'urn:other' }, 'unmet_authentication_requirements', 'acr_unmet'],
] as const) {
  test(`the request with ${JSON.stringify(change)} is told ${error}`, async () => {
    const { client_id } = await world.register()
    await world.ask(client_id, change)
    const event = world.events.findLast(({ type }) => type === 'authorization.refused')
    assert.equal(event?.reason, reason)
  })
}

test('a token says when and how the person had signed in, and still does after a refresh', async () => {
  const { client_id, html } = await consent(await browser('here', 7, 'passkey'), {})
  const sealed = /name="request" value="([^"]+)"/.exec(html)?.[1] ?? ''
  const answer = await (await browser('here2', 7, 'passkey'))('/consent', { request: sealed, decision: 'approve' })
  const code = new URL(answer.location).searchParams.get('code') ?? ''
  assert.equal(CHALLENGE, sha256(VERIFIER))
  const first = await world.post('/token', {
    grant_type: 'authorization_code',
    client_id,
    code,
    code_verifier: VERIFIER,
    redirect_uri: CALLBACK,
  })
  const tokens = (await first.json()) as { access_token: string; refresh_token: string }
  const authenticatedAt = world.ctx.now() - 7
  world.wait(100)
  const second = await world.post('/token', {
    grant_type: 'refresh_token',
    client_id,
    refresh_token: tokens.refresh_token,
  })
  for (const { access_token } of [tokens, (await second.json()) as { access_token: string }]) {
    const claims = JSON.parse(Buffer.from(access_token.split('.')[1] ?? '', 'base64url').toString('utf8'))
    assert.deepEqual([claims.auth_time, claims.acr, claims.amr], [authenticatedAt, 'phr', ['hwk', 'user']])
  }
})

test('of a sign-in that nobody knows the time of no token says one, and the page says when it came [doorward-fresh-sign-in]', async () => {
  const { now } = world.ctx
  const here = await browser('here', now())
  const shown = await here('/account/sign-in')
  assert.doesNotMatch(shown.html, /datetime="1970/)
  const { client_id, html } = await consent(here, {})
  const sealed = /name="request" value="([^"]+)"/.exec(html)?.[1] ?? ''
  const answer = await here('/consent', { request: sealed, decision: 'approve' })
  const code = new URL(answer.location).searchParams.get('code') ?? ''
  const form = { grant_type: 'authorization_code', client_id, code, code_verifier: VERIFIER, redirect_uri: CALLBACK }
  const { access_token } = (await (await world.post('/token', form)).json()) as { access_token: string }
  const claims = JSON.parse(Buffer.from(access_token.split('.')[1] ?? '', 'base64url').toString('utf8'))
  assert.deepEqual([claims.auth_time, claims.amr], [undefined, ['pwd']])
})

test('who unlinks the account that made them an operator is none any more, and that is told', async () => {
  const { store, now } = world.ctx
  const user = { ...world.user, id: 'dwu_bob', email: 'bob@example.com', operator: false }
  await store.users.add(user)
  const identity = { provider: 'okta', subject: '1', userId: user.id, label: 'bob', createdAt: now(), usedAt: now() }
  await store.identities.add(identity, undefined)
  await store.users.setOperatorBy(user.id, 'okta', true)
  const bob = await browser('bob', 0, 'password', user.id)
  await bob('/account/sign-in', { request: token(user), action: 'unlink', provider: 'okta', subject: '1' })
  assert.equal((await store.users.byId(user.id))?.operator, false)
  const told = (await store.events.list({ limit: 10 })).find(({ type }) => type === 'user.role.changed')
  assert.deepEqual([told?.actor, told?.reason], [user.id, 'person'])
})

test('where nobody signs in with a password, nobody is asked to change theirs', async () => {
  for (const password of [true, false]) {
    await world.close()
    world = await makeWorld({ signIn: { password } })
    pages = consoleRoutes(world.ctx, [])
    const { html } = await (await browser('here'))('/account/sign-in')
    assert.equal(html.includes('Change the password'), password)
  }
})
