import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { BROWSER, cookieName } from '../authority/cookies.ts'
import { makeOpenidProvider, type OpenidProvider } from '../testing/openid-provider.ts'
import { makeWorld, VISIT, type World } from '../testing/world.ts'
import { FORMS } from './admin/forms.ts'
import { formToken, ownFormToken } from './form-token.ts'
import { consoleRoutes, type Pages } from './routes.ts'

// People come by a provider of ours to do something here.

const NAME = 'b'.repeat(32)
let world: World
let company: OpenidProvider
let pages: Pages
let cookies: Map<string, string>
beforeEach(async () => {
  company = await makeOpenidProvider()
  const startsAt = Math.floor(Date.now() / 1000)
  world = await makeWorld({ development: true, signIn: { providers: [company.settings] }, startsAt })
  pages = consoleRoutes(world.ctx, [])
  cookies = new Map([[cookieName(world.ctx, BROWSER), NAME]])
})
afterEach(async () => {
  company.close()
  await world.close()
})

async function send(path: string, form?: Record<string, string>, language = 'en') {
  const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const request = new Request(new URL(path, world.ctx.issuer), {
    method: form === undefined ? 'GET' : 'POST',
    headers: {
      cookie,
      accept: 'text/html',
      'accept-language': language,
      'content-type': 'application/x-www-form-urlencoded',
    },
    ...(form === undefined ? {} : { body: new URLSearchParams(form).toString() }),
  })
  const response = await pages(request, new URL(request.url).pathname, VISIT)
  for (const line of response.headers.getSetCookie()) {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
    cookies.set(name, value)
  }
  const to = /^0; url=(.*)$/.exec(response.headers.get('refresh') ?? '')?.[1]
  return { location: response.headers.get('location') ?? '', to, html: await response.text() }
}

/** By the company, for whom `request` stands; where they came out, and what the company was asked. */
async function signInFor(request: string, signedInAt: number) {
  const { to } = await send('/sign-in/company/start', { request })
  const url = new URL(to ?? assert.fail('nobody is sent to the company'))
  company.behave({ idToken: { auth_time: signedInAt, groups: ['admins'] } })
  const { location } = await send(`/sign-in/company/callback?${company.visit(url)}`)
  return { asked: url.searchParams, location }
}

/** A form of the page that whoever came by the company sees. */
async function ownForm(): Promise<string> {
  const person = (await world.ctx.store.users.list()).find(({ id }) => id !== world.user.id) ?? world.user
  return ownFormToken(world.ctx, NAME, person)
}

const requestOf = (location: string) =>
  new URL(location, world.ctx.issuer).searchParams.get('request') ?? assert.fail(location)
const wantsSignIn = (location: string) => /\/sign-in\?request=/.test(location)

/** Something that needs a new sign-in, while somebody is signed in at the company since this morning: asked for once by who is signed in, and again each time they come back. */
interface Wish {
  readonly prompt: string | null
  readonly maxAge: string | null
  readonly ask: (location?: string) => Promise<string>
}
const ADMIN = FORMS.find(({ needsFresh, path }) => needsFresh && !path.includes(':')) ?? assert.fail('no such form')
const changes = async () =>
  (await send('/account/sign-in', { request: await ownForm(), action: 'unlink', id: 'x' })).location
const governs = async () => (await send(`/admin${ADMIN.path}`, { request: await ownForm() })).location
const wishes =
  (wish: Record<string, string>) =>
  async (location?: string): Promise<string> => {
    if (location !== undefined) return (await send(location)).location
    const { client_id } = await world.register()
    return (await send(await world.waiting(client_id, NAME, wish))).location
  }

const WISHES: readonly (readonly [string, Wish])[] = [
  ['a change to how they sign in', { prompt: 'login', maxAge: null, ask: changes }],
  ['a form of the console', { prompt: 'login', maxAge: null, ask: governs }],
  ['an application with prompt=login', { prompt: 'login', maxAge: null, ask: wishes({ prompt: 'login' }) }],
  ['an application with max_age=60', { prompt: null, maxAge: '60', ask: wishes({ max_age: '60' }) }],
]
for (const [what, { prompt, maxAge, ask }] of WISHES) {
  test(`${what} is not had by a sign-in of an hour ago at the provider, and by one of now [doorward-fresh-sign-in]`, async () => {
    const hourAgo = world.ctx.now() - 3600
    const plain = await signInFor(formToken(world.ctx, NAME), hourAgo)
    assert.deepEqual([plain.asked.get('prompt'), plain.asked.get('max_age')], [null, null])
    const first = await ask()
    assert.ok(wantsSignIn(first), `it is wanted: ${first}`)
    const old = await signInFor(requestOf(first), hourAgo)
    assert.deepEqual([old.asked.get('prompt'), old.asked.get('max_age')], [prompt, maxAge])
    assert.ok(wantsSignIn(await ask(old.location)), 'an old one is not taken')
    const now = await signInFor(requestOf(first), world.ctx.now())
    assert.ok(!wantsSignIn(await ask(now.location)), 'a new one is')
  })
}

for (const [language, words] of [
  ['en', /does not list all the groups/],
  ['de', /in mehr Gruppen[^<]*unvollständige Liste wird deshalb nicht angenommen/],
  ['fr', /plus de groupes[^<]*incomplète n’est donc pas acceptée/],
] as const) {
  test(`who is in more groups than the provider says is told so (${language}), and operators find why`, async () => {
    const { to } = await send('/sign-in/company/start', { request: formToken(world.ctx, NAME) })
    company.behave({ idToken: { groups: undefined, _claim_names: { groups: 'src1' } } })
    const parameters = company.visit(new URL(to ?? assert.fail('nobody is sent to the company')))
    const { html } = await send(`/sign-in/company/callback?${parameters}`, undefined, language)
    assert.match(html, words)
    assert.match(html, /errors\/groups_overage/)
    const told = world.events.find(({ type }) => type === 'sign-in.refused')
    assert.equal(told?.reason, 'groups_overage')
    assert.deepEqual([told?.detail?.provider, told?.detail?.fault], ['company', 'too many for one answer'])
    assert.equal(cookies.size, 1, 'no session')
  })
}
