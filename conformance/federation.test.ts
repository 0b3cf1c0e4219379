import assert from 'node:assert/strict'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { freePort } from '../packages/doorward/src/testing/free-port.ts'
import * as there from './at-company.ts'
import { type Doorward, makeFolder, runDoorward, startDoorward, waitFor } from './doorward.ts'
import { PlainBrowser } from './person.ts'

// People of a company sign in at its own identity provider, which has never heard of Doorward.

const PASSWORD = 'correct horse battery'
let door: Doorward
let port = 0
let company: there.Company
let callback = ''

before(async () => {
  port = await freePort()
  const own = await freePort()
  const issuer = `http://localhost:${own}`
  callback = `${issuer}/sign-in/company/callback`
  company = there.companyAt(port, callback)
  const folder = makeFolder()
  const config = {
    issuer,
    port: own,
    resources: [{ name: 'Notes', resource: 'https://notes.example/mcp' }],
    signIn: {
      providers: [
        {
          id: 'company',
          name: 'Company',
          issuer: `http://localhost:${port}`,
          clientId: 'doorward',
          clientSecretVariable: 'COMPANY_SECRET',
          scopes: ['email', 'groups'],
          groupsClaim: 'groups',
          operatorsGroup: 'admins',
          domains: ['corp.example'],
        },
      ],
    },
  }
  writeFileSync(join(folder, 'doorward.config.json'), JSON.stringify(config))
  door = await startDoorward(['serve'], {
    folder,
    env: { COMPANY_SECRET: 'a secret of the company', DOORWARD_PORT: String(own) },
    keep: true,
  })
  for (const email of ['old@corp.example', 'ada@home.example']) {
    const added = await runDoorward(['user', 'add', email, '--password-stdin', '--database', door.database], {
      folder: door.folder,
      input: PASSWORD,
    })
    assert.equal(added.status, 0, added.err)
  }
  await company.start()
})
beforeEach(() => company.say({}))
after(async () => {
  await company?.stop()
  await door?.stop()
  if (door !== undefined) rmSync(door.folder, { recursive: true, force: true })
})

const choose = (browser: PlainBrowser) => there.choose(browser, `${door.issuer}/sign-in`)
const atCompany = (address: string, login: string) => there.atCompany(address, login, door.issuer)

async function signIn(login: string, browser = new PlainBrowser()): Promise<PlainBrowser> {
  const { response, url } = await browser.follow(await atCompany(await choose(browser), login))
  assert.equal(url, `${door.issuer}/`)
  assert.match(await response.text(), new RegExp(`${login}@corp\\.example`))
  return browser
}

async function people(): Promise<{ email: string; operator: boolean; groups?: string[] }[]> {
  const { out, err } = await runDoorward(['user', 'list', '--json', '--database', door.database], {
    folder: door.folder,
  })
  assert.notEqual(out, '', err)
  return out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { email: string; operator: boolean })
}
const personOf = async (email: string) => (await people()).find((person) => person.email === email)

async function reasons(): Promise<string[]> {
  const { out } = await runDoorward(['events', '--json', '--limit', '40', '--database', door.database], {
    folder: door.folder,
  })
  return out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { type: string; reason: string }).reason)
}

async function refusedFor(browser: PlainBrowser, address: string, reason: string): Promise<void> {
  const before = new Map(browser.cookies)
  const response = await browser.visit(address)
  const html = await response.text()
  assert.equal(/errors\/([a-z_]+)"/.exec(html)?.[1], reason, String(response.status))
  assert.deepEqual(browser.cookies, before)
  // Refusals are written a moment later.
  await waitFor(async () => (await reasons()).includes(reason))
}

test('somebody of the company signs in, is a person here, and is the same one the next time', async () => {
  await signIn('grace')
  const first = await people()
  await signIn('grace')
  assert.deepEqual(await people(), first)
})

test('groups and role are what the company says at each sign-in [doorward-provider-groups]', async () => {
  await company.say({ hedy: { groups: ['admins', 'staff'] } })
  await signIn('hedy')
  assert.equal((await personOf('hedy@corp.example'))?.operator, true)
  await company.say({ hedy: { groups: ['staff'] } })
  await signIn('hedy')
  assert.equal((await personOf('hedy@corp.example'))?.operator, false)
})

test('typing an address of the company leads there, and a password for it is wrong like any other', async () => {
  const browser = new PlainBrowser()
  const { response, url } = await browser.follow(`${door.issuer}/sign-in`)
  const page = await response.text()
  assert.doesNotMatch(page, /name="password"/)
  const led = await browser.submit(page, url, { email: 'Grace@Corp.Example' })
  assert.ok(there.onTo(led.response).startsWith(`http://localhost:${port}/auth?`))
  const answers = []
  for (const email of ['old@corp.example', 'nobody@corp.example', 'ada@home.example', 'nobody@home.example']) {
    const other = new PlainBrowser()
    const start = await other.follow(`${door.issuer}/sign-in`)
    const wrong = { email, password: email === 'ada@home.example' ? 'wrong' : PASSWORD }
    const answer = await other.submit(await start.response.text(), start.url, wrong)
    const html = await answer.response.text()
    answers.push([answer.response.status, /role="alert"[^>]*>.*?<span>(.*?)<\/span>/.exec(html)?.[1]])
  }
  assert.equal(new Set(answers.map(String)).size, 1, JSON.stringify(answers))
})

test('an answer is good once, and only in the browser that asked: no replay, no login CSRF [doorward-provider-state]', async () => {
  const browser = new PlainBrowser()
  const back = await atCompany(await choose(browser), 'grace')
  await refusedFor(new PlainBrowser(), back, 'sign_in_state')
  const victim = new PlainBrowser()
  await victim.follow(`${door.issuer}/sign-in`)
  await refusedFor(victim, await atCompany(await choose(new PlainBrowser()), 'mallory'), 'sign_in_state')
  const again = await atCompany(await choose(browser), 'grace')
  assert.equal((await browser.visit(again)).status, 303)
  await refusedFor(browser, again, 'sign_in_state')
})

test('an answer in the name of another issuer, or of none, is refused before its code is used', async () => {
  for (const iss of ['https://evil.example', undefined]) {
    const browser = new PlainBrowser()
    const back = new URL(await atCompany(await choose(browser), 'grace'))
    if (iss === undefined) back.searchParams.delete('iss')
    else back.searchParams.set('iss', iss)
    await refusedFor(browser, back.href, 'provider_wrong_issuer')
  }
})

test('what the company refuses, or somebody declines there, is told', async () => {
  for (const [error, reason] of [
    ['access_denied', 'provider_declined'],
    ['server_error', 'provider_refused'],
  ] as const) {
    const browser = new PlainBrowser()
    const state = new URL(await choose(browser)).searchParams.get('state') ?? ''
    const iss = `http://localhost:${port}`
    await refusedFor(browser, `${callback}?${new URLSearchParams({ state, error, iss })}`, reason)
  }
})

test('a new signing key is found, and an outage is told and over when it is over', async () => {
  await signIn('grace')
  const browser = new PlainBrowser()
  const address = await choose(browser)
  await company.stop()
  const state = new URL(address).searchParams.get('state') ?? ''
  const iss = `http://localhost:${port}`
  await refusedFor(browser, `${callback}?${new URLSearchParams({ state, code: 'c', iss })}`, 'provider_unreachable')
  await company.start()
  await signIn('grace')
})

test('an unknown account with a known address is linked only after both were proved in one browser, and a yes [doorward-link-both]', async () => {
  const browser = new PlainBrowser()
  await company.say({ lovelace: { email: 'ada@home.example' } })
  const asked = await browser.follow(await atCompany(await choose(browser), 'lovelace'))
  // Not signed in: the sign-in page comes first.
  const page = await asked.response.text()
  assert.ok(page.includes('name="email"'), asked.url)
  const second = await browser.submit(page, asked.url, { email: 'ada@home.example' })
  const third = await browser.submit(await second.response.text(), second.url, {
    email: 'ada@home.example',
    password: PASSWORD,
  })
  assert.match(third.url, /\/account\/link\?/)
  const before = await runDoorward(['events', '--json', '--limit', '5', '--database', door.database], {
    folder: door.folder,
  })
  assert.doesNotMatch(before.out, /identity\.linked/)
  const done = await browser.submit(await third.response.text(), third.url, { decision: 'link' })
  assert.equal(done.url, `${door.issuer}/`)
  const fresh = new PlainBrowser()
  const home = await fresh.follow(await atCompany(await choose(fresh), 'lovelace'))
  assert.match(await home.response.text(), /ada@home\.example/)
})

test('whoever was added by the command line before, comes in by the company once an operator gives up the password', async () => {
  const user = (...words: string[]) =>
    runDoorward(['user', ...words, '--database', door.database], { folder: door.folder })
  const browser = new PlainBrowser()
  await refusedFor(browser, await atCompany(await choose(browser), 'old'), 'only_a_password')
  const opened = await user('password', 'old@corp.example', '--none')
  assert.match(opened.out, /old@corp\.example has no password\.\n.*sign in at Company/)
  await signIn('old')
  const added = await user('add', 'boss@corp.example', '--operator')
  assert.match(added.out, /as operator\.\nThey sign in at Company/)
  assert.doesNotMatch(added.out, /Password:/)
  await signIn('boss')
  assert.equal((await personOf('boss@corp.example'))?.operator, true)
})

const UNUSABLE: readonly (readonly [string, Record<string, unknown>, string])[] = [
  ['says that the address is not verified', { email_verified: false }, 'email_unverified'],
  ['says no address', { email: null, email_verified: null }, 'email_unverified'],
]
for (const [what, claims, reason] of UNUSABLE) {
  test(`a company that ${what} brings in nobody new`, async () => {
    await company.say({ eve: claims })
    const browser = new PlainBrowser()
    await refusedFor(browser, await atCompany(await choose(browser), 'eve'), reason)
    assert.equal(await personOf('eve@corp.example'), undefined)
  })
}

test('hostile groups are cut to what can be kept and seen [doorward-provider-groups]', async () => {
  const groups = [
    `${'x'.repeat(5000)}`,
    'ad\u202emins',
    '/staff',
    7,
    null,
    ...Array.from({ length: 500 }, (_, i) => `g${i}`),
  ]
  await company.say({ oscar: { groups } })
  await signIn('oscar')
  const kept = (await personOf('oscar@corp.example'))?.groups ?? assert.fail('no groups are listed')
  assert.ok(kept.includes('company//staff') && !kept.includes('company/admins'))
  assert.ok(kept.length <= 200 && kept.every((name) => name.startsWith('company/') && name.length <= 140))
})

test('a provider that is taken out of the config takes its groups and operators with it, and a start says so [doorward-provider-groups]', async () => {
  await company.say({ hedy: { groups: ['admins', 'staff'] } })
  await signIn('hedy')
  assert.equal((await personOf('hedy@corp.example'))?.operator, true)
  await door.stop()
  const file = join(door.folder, 'doorward.config.json')
  const { signIn: _gone, ...config } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
  const groups = { 'company/staff': { scopes: ['*'] } }
  writeFileSync(file, JSON.stringify({ ...config, groups }))
  door = await startDoorward(['serve'], { folder: door.folder, keep: true })
  for (const told of [/company\/staff gives nothing to anybody/, /hedy@corp\.example is no operator any more/])
    await waitFor(async () => told.test(door.said())).catch(() => assert.match(door.said(), told))
  assert.equal((await personOf('hedy@corp.example'))?.operator, false)
  assert.equal((await personOf('boss@corp.example'))?.operator, true, 'made by hand')
  await waitFor(async () => (await reasons()).includes('provider_gone'))
})
