import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { type Doorward, runDoorward, startDoorward, waitFor } from './doorward.ts'
import { decide, launchChromium, PlainBrowser } from './person.ts'

const VERIFIER = 'v'.repeat(64)
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url')
const CALLBACK = 'http://127.0.0.1:33418/cb'
const BOB = { email: 'bob@acme.example', password: 'correct horse battery' }
const HOSTILE = `"><img src=x onerror=alert(1)>${'X'.repeat(90)}`
const MOST_BYTES = 30_000

let door: Doorward
let browser: Browser
let clients: Record<'good' | 'waiting' | 'hostile', string>
let reference: string

async function register(metadata: object): Promise<string> {
  const response = await fetch(`${door.issuer}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token_endpoint_auth_method: 'none', redirect_uris: [CALLBACK], ...metadata }),
  })
  return ((await response.json()) as { client_id: string }).client_id
}

function authorizeUrl(client_id: string, redirect_uri = CALLBACK): string {
  const query = { response_type: 'code', client_id, redirect_uri, state: 's', code_challenge: CHALLENGE }
  return `${door.issuer}/authorize?${new URLSearchParams({ ...query, code_challenge_method: 'S256' })}`
}

before(async () => {
  door = await startDoorward(['dev'])
  browser = await launchChromium()
  await runDoorward(['user', 'add', BOB.email, '--password-stdin'], { folder: door.folder, input: BOB.password })
  const elsewhere = 'https://claude-login.example/cb'
  clients = {
    good: await register({ client_name: 'Some editor' }),
    waiting: await register({ client_name: 'Claude', redirect_uris: [elsewhere] }),
    hostile: await register({ client_name: HOSTILE }),
  }
  const { code } = await decide(authorizeUrl(clients.good), door.operator)
  const form = { grant_type: 'authorization_code', code: code ?? '', code_verifier: VERIFIER, client_id: clients.good }
  await fetch(`${door.issuer}/token`, { method: 'POST', body: new URLSearchParams(form) })
  const { url } = await decide(authorizeUrl(clients.hostile), door.operator, 'deny')
  reference = /ref ([0-9A-Z]{10})/.exec(url.searchParams.get('error_description') ?? '')?.[1] ?? ''
  // Bob asks for an operator.
  const plain = new PlainBrowser()
  let at = await plain.follow(authorizeUrl(clients.waiting, elsewhere))
  at = await plain.submit(await at.response.text(), at.url, BOB)
  await plain.submit(await at.response.text(), at.url, { decision: 'ask' })
})
after(async () => {
  await browser?.close()
  await door?.stop()
})

function paths(): Record<string, string> {
  return {
    overview: '',
    attempts: '/traces',
    'an attempt': `/trace/${reference}`,
    'no attempt': '/trace/NOTHING000',
    approvals: '/approvals',
    clients: '/clients',
    'a client': `/clients/one?id=${clients.good}`,
    'a hostile client': `/clients/one?id=${clients.hostile}`,
    rules: `/rules?effect=deny&kind=clientId&value=${clients.good}`,
    connections: '/grants?all=yes',
    people: '/people',
    'a person': `/people/one?id=${BOB.email}`,
    invites: '/invites',
    server: '/server',
    events: '/events',
  }
}

async function open(
  options: BrowserContextOptions = {},
): Promise<{ context: BrowserContext; page: Page; violations: string[] }> {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  const violations: string[] = []
  page.on('console', (message) => {
    if (/Content Security Policy|Refused to/i.test(message.text())) violations.push(message.text())
  })
  page.on('dialog', (dialog) => {
    violations.push(`a dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  return { context, page, violations }
}

async function signIn(page: Page, person: { email: string; password: string } = door.operator): Promise<void> {
  await page.goto(`${door.issuer}/admin`)
  await page.fill('input[name=email]', person.email)
  await page.fill('input[name=password]', person.password)
  await page.locator('input[name=password]').press('Enter')
  await page.waitForURL(`${door.issuer}/admin`)
}

const LOOKS: readonly [string, BrowserContextOptions][] = [
  ['in light', { colorScheme: 'light', viewport: { width: 1280, height: 900 } }],
  ['in dark, in German', { colorScheme: 'dark', viewport: { width: 1280, height: 900 }, locale: 'de-DE' }],
  ['on a phone, in French', { colorScheme: 'light', viewport: { width: 320, height: 640 }, locale: 'fr-FR' }],
  ['on a phone in the dark', { colorScheme: 'dark', viewport: { width: 320, height: 640 } }],
]
for (const [look, options] of LOOKS) {
  test(`every page of the console ${look} has no violation of axe-core or of its own policy, and does not scroll sideways`, async () => {
    const { context, page, violations } = await open(options)
    await signIn(page)
    for (const [name, path] of Object.entries(paths())) {
      await page.goto(`${door.issuer}/admin${path}`)
      for (const details of await page.locator('main details').all()) {
        await details.evaluate((element) => element.setAttribute('open', ''))
      }
      const { violations: found } = await new AxeBuilder({ page }).analyze()
      assert.deepEqual(
        found.map(({ id, nodes }) => `${name}: ${id}: ${nodes[0]?.html}`),
        [],
      )
      const wider = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      )
      assert.ok(wider <= 0, `${name} scrolls sideways by ${wider}`)
    }
    assert.deepEqual(violations, [])
    await context.close()
  })
}

test('each page of the console stays under 30 kB compressed', async () => {
  const { context, page } = await open()
  await signIn(page)
  for (const [name, path] of Object.entries(paths())) {
    const response = await page.goto(`${door.issuer}/admin${path}`)
    const size = gzipSync((await response?.body()) ?? '').length
    assert.ok(size > 0 && size < MOST_BYTES, `${name}: ${size}`)
  }
  await context.close()
})

test('by keyboard alone and without any script an operator finds who waits, blocks it after being asked, and sees that it is so', async () => {
  const { context, page } = await open({ javaScriptEnabled: false })
  await page.goto(`${door.issuer}/admin/approvals`)
  await page.keyboard.press('Tab')
  const reach = async (name: RegExp) => {
    for (let i = 0; i < 60; i++) {
      const focused = page.locator(':focus')
      if ((await focused.count()) > 0 && name.test(await focused.evaluate((element) => element.outerHTML))) return
      await page.keyboard.press('Tab')
    }
    assert.fail(`${name} cannot be reached`)
  }
  await reach(/name="?email/)
  await page.keyboard.type(door.operator.email)
  await reach(/name="?password/)
  await page.keyboard.type(door.operator.password)
  await page.keyboard.press('Enter')
  await page.waitForURL(`${door.issuer}/admin/approvals`)
  await page.keyboard.press('Tab')
  await reach(/<button class="danger"[^>]*>Block/)
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Block this application?' }).waitFor()
  await reach(/<button class="danger"[^>]*>Block it/)
  await page.keyboard.press('Enter')
  await page.getByRole('status').waitFor()
  await page.waitForLoadState()
  assert.match(await page.getByRole('status').innerText(), /is blocked/)
  assert.match(await page.locator('main').innerText(), /Nothing waits for you/)
  await context.close()
})

test('the skip link leads past the sections, and the current one is said to be it', async () => {
  const { context, page } = await open()
  await signIn(page)
  assert.equal(await page.locator('nav [aria-current=page]').innerText(), 'Overview')
  await page.locator('.skip').focus()
  await page.keyboard.press('Enter')
  await page.waitForURL(/#main$/)
  await context.close()
})

/** Another site, with a page of its making. */
async function impostor(body: string): Promise<{ url: string; server: Server }> {
  const server = createServer((_, response) =>
    response.writeHead(200, { 'content-type': 'text/html' }).end(`<!doctype html><title>x</title>${body}`),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.2', resolve))
  return { url: `http://127.0.0.2:${(server.address() as AddressInfo).port}/`, server }
}

test('another site drives nothing: its forms do nothing, and no page of the console is shown in its frames [doorward-console-forms]', async () => {
  const { context, page } = await open()
  await signIn(page)
  const form = `<form method="post" action="${door.issuer}/admin/clients/block"><input name="id" value="${clients.good}"><input name="sure" value="yes"><input name="request" value="x"><button>Win a prize</button></form>`
  const posts = await impostor(form)
  await page.goto(posts.url)
  await page.click('button')
  await page.waitForURL(`${door.issuer}/admin/clients/block`)
  const { out } = await runDoorward(['client', 'show', clients.good, '--json'], { folder: door.folder })
  assert.doesNotMatch(out, /blockedAt/)
  const frames = await impostor(`<iframe src="${door.issuer}/admin/approvals"></iframe>`)
  await page.goto(frames.url)
  const shown = await page
    .frames()[1]
    ?.evaluate(() => document.body?.innerText ?? '')
    .catch(() => '')
  assert.doesNotMatch(shown ?? '', /Waiting for you|Approvals/)
  posts.server.close()
  frames.server.close()
  await context.close()
})

test('a person who is no operator gets one and the same answer everywhere [doorward-console-default-deny]', async () => {
  const { context, page } = await open()
  await page.goto(`${door.issuer}/sign-in`)
  await page.fill('input[name=email]', BOB.email)
  await page.fill('input[name=password]', BOB.password)
  await page.locator('input[name=password]').press('Enter')
  await page.waitForURL(`${door.issuer}/`)
  for (const path of ['', '/clients', `/trace/${reference}`, '/nothing/is/here']) {
    const response = await page.goto(`${door.issuer}/admin${path}`)
    assert.equal(response?.status(), 403, path)
    assert.match(await page.locator('main').innerText(), /admin_not_an_operator/)
    assert.equal(await page.locator('nav').count(), 0)
  }
  await context.close()
})

test('a double click adds one person, whose password is shown, and changes a password, and says so [doorward-console-forms]', async () => {
  const { context, page, violations } = await open()
  await signIn(page)
  await page.goto(`${door.issuer}/admin/people`)
  await page
    .locator('details', { has: page.locator('form[action$="/people/add"]') })
    .locator('summary')
    .click()
  await page.fill('form[action$="/people/add"] input[name=email]', 'carol@example.com')
  await page.locator('form[action$="/people/add"] button').dblclick({ delay: 10 })
  await page.waitForURL(`${door.issuer}/admin/people/add`)
  await page.waitForLoadState()
  assert.match(await page.locator('main').innerText(), /shown this once/)
  const carol = { email: 'carol@example.com', password: 'a password of hers' }
  const given = ['user', 'password', carol.email, '--password-stdin']
  assert.equal((await runDoorward(given, { folder: door.folder, input: `${carol.password}\n` })).status, 0)
  const hers = await open()
  await hers.page.goto(`${door.issuer}/account/sign-in`)
  await hers.page.fill('input[name=email]', carol.email)
  await hers.page.fill('input[name=password]', carol.password)
  await hers.page.locator('input[name=password]').press('Enter')
  await hers.page.fill('#old', carol.password)
  await hers.page.fill('#new', 'another one of hers')
  await hers.page.getByRole('button', { name: 'Change the password' }).dblclick({ delay: 10 })
  await hers.page.getByText('The password is changed').waitFor()
  assert.deepEqual([violations, hers.violations], [[], []])
  await hers.context.close()
  await context.close()
})

test('from an error page an operator goes to its story in one click', async () => {
  const { context, page } = await open()
  await signIn(page)
  await page.goto(authorizeUrl(clients.good, 'https://elsewhere.example/cb'))
  await page.getByRole('link', { name: 'See what happened' }).click()
  await page.waitForURL(/\/admin\/trace\/[0-9A-Z]{10}$/)
  // The event is written within a moment.
  await waitFor(async () => {
    if ((await page.getByText('It stopped here').count()) > 0) return true
    await page.reload()
    return false
  })
  assert.match(await page.locator('h1').innerText(), /Why “Some editor” could not connect/)
  assert.match(await page.locator('.answer').innerText(), /Authorization request[\s\S]*redirect_uri_not_registered/)
  await context.close()
})
