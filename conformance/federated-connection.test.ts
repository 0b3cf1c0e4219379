import assert from 'node:assert/strict'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { freePort } from '../packages/doorward/src/testing/free-port.ts'
import { atCompany, type Company, choose, companyAt, onTo, press, problemOn, textOf } from './at-company.ts'
import { type Doorward, makeFolder, runDoorward, startDoorward, waitFor } from './doorward.ts'
import { startGuarded } from './guarded.ts'
import { PlainBrowser } from './person.ts'
import { authorizeUrl, REDIRECT, redemption, register } from './public-client.ts'

// An application is connected by somebody who signs in at their company, and what the company changes or breaks on the way.

let door: Doorward
let company: Company
let guarded: Awaited<ReturnType<typeof startGuarded>>
let client = ''

before(async () => {
  const own = await freePort()
  const issuer = `http://localhost:${own}`
  company = companyAt(await freePort(), `${issuer}/sign-in/company/callback`)
  guarded = await startGuarded(issuer, 'expiry')
  const common = { clientId: 'doorward', clientSecretVariable: 'COMPANY_SECRET', scopes: ['email', 'groups'] }
  const config = {
    port: own,
    resources: [{ name: 'Ledger', resource: guarded.mcp, scopes: { notes: 'Read the ledger' } }],
    groups: { 'company/staff': { scopes: ['notes'] } },
    policy: { preset: 'zero-touch' },
    signIn: {
      providers: [
        {
          ...common,
          id: 'company',
          name: 'Company',
          issuer: company.issuer,
          groupsClaim: 'groups',
          domains: ['corp.example'],
        },
        { ...common, id: 'partner', name: 'Partner', issuer: `http://localhost:${await freePort()}` },
      ],
    },
  }
  const folder = makeFolder()
  writeFileSync(join(folder, 'doorward.config.json'), JSON.stringify(config))
  const env = { COMPANY_SECRET: 'a secret of the company', DOORWARD_PORT: String(own) }
  door = await startDoorward(['serve'], { folder, env, keep: true })
  client = await register(door.issuer, { client_name: 'Ledger reader' })
  await company.start()
})
beforeEach(() => company.say({ grace: { groups: ['staff'] } }))
after(async () => {
  await company?.stop()
  await door?.stop()
  await guarded?.stop()
  if (door !== undefined) rmSync(door.folder, { recursive: true, force: true })
})

/** Remembers where it was sent. */
class Watched extends PlainBrowser {
  readonly sentTo: string[] = []

  override async visit(url: string, init?: RequestInit): Promise<Response> {
    const response = await super.visit(url, init)
    const { headers } = response
    this.sentTo.push(...[headers.get('location'), headers.get('refresh')].filter((where) => where !== null))
    return response
  }
}

/** What a browser keeps of ours. */
const cookiesOf = ({ cookies }: PlainBrowser) => [...cookies.keys()].map((name) => name.replace(/^doorward-\d+-/, ''))

interface Told {
  readonly type: string
  readonly outcome: string
  readonly reason: string
  readonly correlation: string
  readonly client?: string
  readonly detail?: Readonly<Record<string, unknown>>
}

async function events(): Promise<Told[]> {
  const { out } = await runDoorward(['events', '--json', '--limit', '30', '--database', door.database], {
    folder: door.folder,
  })
  const lines = out.split('\n').filter((line) => line !== '')
  return lines.map((line) => JSON.parse(line) as Told)
}

/** Events that change nothing are written within a moment. */
async function eventOf(is: (event: Told) => boolean): Promise<Told> {
  let found: Told | undefined
  await waitFor(async () => {
    found = (await events()).findLast(is)
    return found !== undefined
  })
  return found as Told
}

interface Attempt {
  readonly outcome: string
  readonly stoppedAt?: string
  readonly reason?: string
  readonly steps: readonly { readonly step: string; readonly state: string }[]
}

/** The story behind a reference once it has come as far. */
async function traceOf(reference: string, isThere: (states: Record<string, string>) => boolean): Promise<Attempt> {
  let attempt: Attempt | undefined
  await waitFor(async () => {
    const { out } = await runDoorward(['trace', reference, '--json', '--database', door.database], {
      folder: door.folder,
    })
    attempt = (JSON.parse(out) as { attempt?: Attempt }).attempt
    return attempt !== undefined && isThere(statesOf(attempt))
  }).catch(() => assert.fail(JSON.stringify(attempt)))
  return attempt as Attempt
}

const statesOf = ({ steps }: Attempt) => Object.fromEntries(steps.map(({ step, state }) => [step, state]))

/** The reference of the request that this client made last. */
const flowOf = async (id: string) =>
  (await eventOf((event) => event.type === 'authorization.requested' && event.client === id)).correlation

/** From the company's answer to the consent page. */
async function comeBack(browser: PlainBrowser, back: string): Promise<{ html: string; url: string }> {
  const { response, url } = await browser.follow(back)
  assert.match(url, /\/consent\?request=/)
  return { html: await response.text(), url }
}

async function redeem(code: string | null, id = client) {
  const body = new URLSearchParams(redemption(id, code))
  const response = await fetch(`${door.issuer}/token`, { method: 'POST', body })
  return (await response.json()) as { access_token: string; refresh_token?: string }
}

async function call(token: string): Promise<number> {
  const response = await fetch(guarded.mcp, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'read', arguments: {} } }),
  })
  await response.text()
  return response.status
}

const EVERYTHING = { decision: 'approve', 'scope.notes': 'yes' }

test('a company that is down before anybody chose it is told with a way back, and the request waits for it [doorward-trace]', async () => {
  // The first of all: nothing of the company has been read yet.
  await company.stop()
  const browser = new PlainBrowser()
  const { response } = await browser.follow(authorizeUrl(door.issuer, client))
  const answer = await press(browser, await response.text())
  assert.equal(answer.status, 503)
  const { reason, back, reference } = await problemOn(answer)
  assert.equal(reason, 'provider_unreachable')
  const told = await traceOf(reference ?? '', (states) => states['sign-in'] === 'refused')
  assert.deepEqual([told.outcome, told.stoppedAt, told.reason], ['refused', 'sign-in', 'provider_unreachable'])
  assert.equal(reference, await flowOf(client))
  await company.start()
  const { html } = await comeBack(browser, await atCompany(await choose(browser, back ?? ''), 'grace', door.issuer))
  assert.match(textOf(html), /Ledger reader/)
})

test('a whole connection by the company: no code before our own consent, and the trace has all of it [doorward-trace]', async () => {
  const browser = new Watched()
  const back = await atCompany(await choose(browser, authorizeUrl(door.issuer, client)), 'grace', door.issuer)
  const { html, url } = await comeBack(browser, back)
  assert.match(textOf(html), /Ledger reader/)
  assert.match(textOf(html), /Read the ledger/)
  assert.ok(browser.sentTo.length > 0)
  assert.deepEqual(
    browser.sentTo.filter((where) => where.startsWith(REDIRECT) || new URL(where, url).searchParams.has('code')),
    [],
  )
  const agreed = await browser.submit(html, url, EVERYTHING)
  const code = new URL(agreed.response.headers.get('location') ?? '').searchParams.get('code')
  assert.ok(code?.startsWith('dwa_'), agreed.url)
  const { access_token } = await redeem(code)
  assert.equal(await call(access_token), 200)
  const told = statesOf(await traceOf(await flowOf(client), ({ token }) => token === 'done'))
  assert.deepEqual([told.authorize, told['sign-in'], told.consent, told.token], ['done', 'done', 'done', 'done'])
})

test('a company that stops while somebody is there is told as refused at the sign-in, and the page leads back to the request [doorward-trace]', async () => {
  const browser = new PlainBrowser()
  const address = new URL(await choose(browser, authorizeUrl(door.issuer, client)))
  const state = address.searchParams.get('state') ?? ''
  await company.stop()
  const query = new URLSearchParams({ state, code: 'c', iss: company.issuer })
  const answer = await browser.visit(`${door.issuer}/sign-in/company/callback?${query}`)
  await company.start()
  assert.equal(answer.status, 503)
  const { reason, back, reference } = await problemOn(answer)
  assert.equal(reason, 'provider_unreachable')
  assert.equal(reference, await flowOf(client))
  const told = await traceOf(reference ?? '', (states) => states['sign-in'] === 'refused')
  assert.deepEqual([told.outcome, told.stoppedAt, told.reason], ['refused', 'sign-in', 'provider_unreachable'])
  await comeBack(browser, await atCompany(await choose(browser, back ?? ''), 'grace', door.issuer))
  await traceOf(reference ?? '', (states) => states['sign-in'] === 'done')
})

/** Two clients and a browser that the company remembers; somebody has connected the first. */
async function remembered() {
  const atTheCompany = new PlainBrowser()
  const first = new PlainBrowser()
  const address = await choose(first, authorizeUrl(door.issuer, client))
  const { html, url } = await comeBack(first, await atCompany(address, 'grace', door.issuer, atTheCompany))
  const agreed = await first.submit(html, url, EVERYTHING)
  assert.ok(agreed.response.headers.get('location')?.startsWith(`${REDIRECT}?code=`))
  return { atTheCompany, signedIn: first, mallory: await register(door.issuer, { client_name: 'Mallory' }) }
}

test('an application leads nobody to a company that remembers them, and no yes to another application counts for it [doorward-provider-consent, mcp-2026-07-28-gw7]', async () => {
  const { atTheCompany, signedIn, mallory } = await remembered()
  const browser = new Watched()
  const asked = authorizeUrl(door.issuer, mallory, { login_hint: 'grace@corp.example' })
  const { response, url } = await browser.follow(asked)
  const html = await response.text()
  assert.match(url, /\/sign-in\?request=/)
  assert.match(textOf(html), /Mallory/)
  assert.deepEqual(
    browser.sentTo.filter((where) => where.includes(company.issuer)),
    [],
  )
  const sealed = new URL(url).searchParams.get('request') ?? ''
  const typed = await browser.visit(`${door.issuer}/sign-in/company/start?request=${sealed}`)
  assert.deepEqual([typed.status, typed.headers.get('location'), typed.headers.get('refresh')], [404, null, null])
  // Nothing of a state or a consent is in this browser: a name of it, and nothing else.
  assert.deepEqual(cookiesOf(browser), ['browser'])
  // Chosen: the company asks nothing more, and we do.
  const going = await press(browser, html)
  const answer = await atTheCompany.visit(onTo(going))
  const back = answer.headers.get('location') ?? ''
  assert.ok(new URL(back).searchParams.has('code'), 'asked nothing')
  assert.deepEqual(cookiesOf(browser), ['browser'])
  const consent = await comeBack(browser, back)
  assert.match(textOf(consent.html), /Mallory/)
  assert.deepEqual(
    browser.sentTo.filter((where) => where.startsWith(REDIRECT)),
    [],
  )
  const declined = await browser.submit(consent.html, consent.url, { decision: 'deny' })
  assert.match(declined.response.headers.get('location') ?? '', /error=access_denied/)
  const here = await signedIn.follow(asked)
  const question = await here.response.text()
  assert.match(question, /name="decision" value="approve"/)
  assert.match(textOf(question), /Mallory/)
})

test('a redirect that is not exactly the registered one ends before anybody can choose a company [doorward-provider-consent, mcp-2026-07-28-gw5]', async () => {
  for (const redirect_uri of [`${REDIRECT}/`, `${REDIRECT}?x=1`, 'http://127.0.0.1:4200/', 'https://evil.example/']) {
    const browser = new Watched()
    const answer = await browser.visit(authorizeUrl(door.issuer, client, { redirect_uri }))
    assert.deepEqual([answer.status, browser.sentTo], [400, []], redirect_uri)
    assert.equal((await problemOn(answer)).reason, 'redirect_uri_not_registered')
  }
})

/** What another site could make a browser post. */
const FORGED: readonly (readonly [string, (own: string, foreign: string) => Record<string, string>, string])[] = [
  ['no request', () => ({}), 'parameter_missing'],
  ['the request of another browser', (_, foreign) => ({ request: foreign }), 'pending_foreign'],
  ['a changed request', (own) => ({ request: `${own.startsWith('x') ? 'y' : 'x'}${own.slice(1)}` }), 'pending_foreign'],
]
for (const [what, form, reason] of FORGED) {
  test(`a press that comes with ${what} leads nobody to the company [doorward-provider-consent]`, async () => {
    const own = new PlainBrowser()
    const requestOf = async (browser: PlainBrowser) => {
      const { url } = await browser.follow(authorizeUrl(door.issuer, client))
      return new URL(url).searchParams.get('request') ?? assert.fail(url)
    }
    const body = new URLSearchParams(form(await requestOf(own), await requestOf(new PlainBrowser())))
    const answer = await own.visit(`${door.issuer}/sign-in/company/start`, { method: 'POST', body })
    assert.deepEqual([answer.status, answer.headers.get('refresh'), answer.headers.get('location')], [400, null, null])
    const told = await problemOn(answer)
    assert.equal(told.reason, reason)
    const event = await eventOf(({ correlation }) => correlation === told.reference)
    assert.deepEqual([event.outcome, event.reason], ['refused', reason])
  })
}

test('an answer of one provider is refused at the address of another, and stays good at its own [doorward-provider-state]', async () => {
  const browser = new PlainBrowser()
  const address = await choose(browser, authorizeUrl(door.issuer, client))
  const back = await atCompany(address, 'grace', door.issuer)
  const mixed = back.replace('/sign-in/company/', '/sign-in/partner/')
  const answer = await browser.visit(mixed)
  const told = await problemOn(answer)
  assert.deepEqual([answer.status, told.reason], [400, 'sign_in_state'])
  assert.deepEqual(cookiesOf(browser), ['browser'])
  const event = await eventOf(({ correlation }) => correlation === told.reference)
  assert.deepEqual([event.type, event.reason, event.detail?.provider], ['sign-in.refused', 'sign_in_state', 'partner'])
  await comeBack(browser, back)
})

test('who is out of a group at the company is out here at the next sign-in: tokens from before are refused [doorward-provider-groups, doorward-revocation-feed]', async () => {
  const browser = new PlainBrowser()
  const back = await atCompany(await choose(browser, authorizeUrl(door.issuer, client)), 'grace', door.issuer)
  const { html, url } = await comeBack(browser, back)
  const agreed = await browser.submit(html, url, EVERYTHING)
  const { access_token, refresh_token } = await redeem(
    new URL(agreed.response.headers.get('location') ?? '').searchParams.get('code'),
  )
  assert.equal(await call(access_token), 200)
  await company.say({ grace: { groups: [] } })
  const again = new PlainBrowser()
  const answer = await again.visit(await atCompany(await choose(again, `${door.issuer}/sign-in`), 'grace', door.issuer))
  assert.equal(answer.status, 303)
  await waitFor(async () => (await call(access_token)) === 401)
  const form = { grant_type: 'refresh_token', refresh_token: refresh_token ?? '', client_id: client }
  const refreshed = await fetch(`${door.issuer}/token`, { method: 'POST', body: new URLSearchParams(form) })
  const { error } = (await refreshed.json()) as { error: string }
  assert.deepEqual([refreshed.status, error], [400, 'invalid_grant'])
})

test('a question whether to link, and the sign-in that it wants, are part of the story that they came up in [doorward-trace]', async () => {
  const ada = { email: 'ada@home.example', password: 'correct horse battery' }
  const added = await runDoorward(['user', 'add', ada.email, '--password-stdin', '--database', door.database], {
    folder: door.folder,
    input: ada.password,
  })
  assert.equal(added.status, 0, added.err)
  await company.say({ lovelace: { email: ada.email } })
  const browser = new PlainBrowser()
  const address = await choose(browser, authorizeUrl(door.issuer, client))
  const flow = await flowOf(client)
  const first = await browser.follow(await atCompany(address, 'lovelace', door.issuer))
  const second = await browser.submit(await first.response.text(), first.url, { email: ada.email })
  const third = await browser.submit(await second.response.text(), second.url, ada)
  const page = await third.response.text()
  assert.ok(textOf(page).includes(flow), 'the page names the story')
  const done = await browser.submit(page, third.url, { decision: 'link' })
  assert.match(done.url, /\/consent\?request=/)
  await traceOf(flow, (states) => states['sign-in'] === 'done')
  assert.equal((await eventOf(({ type }) => type === 'identity.linked')).correlation, flow)
})

for (const path of ['/jwks', '/token']) {
  test(`a company of which ${path} alone is down lets nobody in, is told, and the request waits`, async () => {
    // A start of its own: keys that were fetched before are good for a while.
    await company.stop()
    await company.start()
    const browser = new PlainBrowser()
    const address = await choose(browser, authorizeUrl(door.issuer, client))
    await company.hangUpAt(path)
    const answer = await browser.visit(await atCompany(address, 'grace', door.issuer))
    const { reason, back, reference } = await problemOn(answer)
    assert.deepEqual([answer.status, reason], [503, 'provider_unreachable'])
    assert.deepEqual(cookiesOf(browser), ['browser'])
    const told = await traceOf(reference ?? '', (states) => states['sign-in'] === 'refused')
    assert.deepEqual([told.stoppedAt, told.reason], ['sign-in', 'provider_unreachable'])
    await company.hangUpAt()
    await comeBack(browser, await atCompany(await choose(browser, back ?? ''), 'grace', door.issuer))
  })
}
