import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { AxeBuilder } from '@axe-core/playwright'
import { toNodeHandler } from '@modelcontextprotocol/node'
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { freePort } from '../packages/doorward/src/testing/free-port.ts'
import { type Doorward, makeFolder, runDoorward, startDoorward, waitFor } from './doorward.ts'
import { startGuarded } from './guarded.ts'
import { type Credentials, decide, formOf, launchChromium, PlainBrowser } from './person.ts'
import { callbackListener, memoryProvider, SDK_CLIENTS, type SdkClient } from './sdk-clients.ts'

// What somebody allowed, from their own page: less of it, until a day, none of it; and what their groups make of it.

const ADA = { email: 'ada@example.com', password: 'correct horse battery' }
const BOB = { email: 'bob@example.com', password: 'another horse battery' }
const folder = makeFolder()
let behind: Server
let guarded: Awaited<ReturnType<typeof startGuarded>>
let door: Doorward
let mcp: string
let browser: Browser

before(async () => {
  const handler = createMcpHandler(() => {
    const server = new McpServer({ name: 'unmodified', version: '1.0.0' })
    const says = (text: string) => () => ({ content: [{ type: 'text' as const, text }] })
    server.registerTool('list_notes', {}, says('Milk, bread'))
    server.registerTool('add_note', {}, says('Noted.'))
    return server
  })
  behind = createServer(toNodeHandler(handler)).listen(0, '127.0.0.1')
  await once(behind, 'listening')
  const upstream = `http://127.0.0.1:${(behind.address() as AddressInfo).port}/mcp`
  const port = await freePort()
  const issuer = `http://localhost:${port}`
  guarded = await startGuarded(issuer, 'expiry')
  const config = {
    port,
    database: 'account.sqlite',
    resources: [
      {
        name: 'Notes',
        path: '/mcp',
        upstream,
        scopes: { 'notes:read': 'Read your notes', 'notes:write': 'Write notes', 'notes:wipe': 'Wipe all notes' },
        defaultScopes: ['notes:read', 'notes:write'],
        tools: { list_notes: ['notes:read'], add_note: ['notes:write'] },
      },
      { name: 'Ledger', resource: guarded.mcp, scopes: { notes: 'Read the ledger' } },
    ],
    groups: {
      staff: { resources: [guarded.mcp], scopes: ['notes'] },
      '*': { resources: ['/mcp'], scopes: ['notes:read', 'notes:write'] },
    },
  }
  writeFileSync(join(folder, 'doorward.config.json'), JSON.stringify(config))
  door = await startDoorward(['serve'], { folder, env: { DOORWARD_PORT: String(port) }, keep: true })
  mcp = `${issuer}/mcp`
  for (const { email, password } of [ADA, BOB])
    await run(['user', 'add', email, '--operator', '--password-stdin'], `${password}\n`)
  browser = await launchChromium()
})
after(async () => {
  await browser?.close()
  await door?.stop()
  await guarded?.stop()
  behind?.close().closeAllConnections()
  rmSync(folder, { recursive: true, force: true })
})

async function run(args: readonly string[], input?: string): Promise<string> {
  const { status, out, err } = await runDoorward(args, { folder, ...(input === undefined ? {} : { input }) })
  assert.equal(status, 0, err)
  return out
}

async function open(options: BrowserContextOptions = {}, person: Credentials = ADA) {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  const violations: string[] = []
  page.on('console', (message) => {
    if (/Content Security Policy|Refused to/i.test(message.text())) violations.push(message.text())
  })
  await page.goto(`${door.issuer}/account`)
  await page.fill('input[name=email]', person.email)
  await page.fill('input[name=password]', person.password)
  await page.locator('input[name=password]').press('Enter')
  // Where one wanted to go before anybody asked who one is.
  await page.waitForURL(`${door.issuer}/account`)
  return {
    page,
    close: async () => {
      await context.close()
      assert.deepEqual(violations, [])
    },
  }
}

/** A client of one of the SDKs that this person has allowed all that it asks for. */
async function connected(sdk: SdkClient, name: string, person: Credentials = ADA) {
  const listener = await callbackListener()
  const { memory, provider } = memoryProvider(listener.redirectUrl, { client_name: name })
  await assert.rejects(sdk.connect(mcp, provider))
  const { url } = await decide(memory.authorizeUrl?.href ?? '', person)
  await sdk.finish(mcp, provider, url.searchParams)
  await listener.close()
  return { memory, client: await sdk.connect(mcp, provider) }
}

/** What the gateway says to a token, without a client that mends it. */
async function call(resource: string, token: string, tool: string): Promise<string> {
  const response = await fetch(resource, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: tool, arguments: {} } }),
  })
  await response.text()
  const error = /error="(\w+)"/.exec(response.headers.get('www-authenticate') ?? '')?.[1]
  return [response.status, error].filter((part) => part !== undefined).join(' ')
}

/** A client that registers and asks, without an SDK. */
async function asked(more: Record<string, string>) {
  const redirect = 'http://127.0.0.1:4201/cb'
  const registered = await fetch(`${door.issuer}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ redirect_uris: [redirect], token_endpoint_auth_method: 'none' }),
  })
  const { client_id } = (await registered.json()) as { client_id: string }
  const verifier = 'v'.repeat(64)
  const challenge = createHash('sha256').update(verifier).digest('base64url')
  const pkce = { code_challenge: challenge, code_challenge_method: 'S256' }
  const query = new URLSearchParams({ response_type: 'code', client_id, redirect_uri: redirect, ...pkce, ...more })
  const token = async (form: Record<string, string>) => {
    const body = new URLSearchParams({ ...form, client_id })
    const response = await fetch(`${door.issuer}/token`, { method: 'POST', body })
    return (await response.json()) as { access_token: string; refresh_token: string; scope: string; error?: string }
  }
  return {
    url: `${door.issuer}/authorize?${query}`,
    token,
    redeem: (code: string | null) =>
      token({ grant_type: 'authorization_code', code: code ?? '', code_verifier: verifier }),
  }
}

const cardOf = (page: Page, name: string) => page.getByRole('region', { name: new RegExp(name) })

for (const sdk of SDK_CLIENTS) {
  test(`${sdk.name}: what the person takes back is refused at the next call; the client refreshes to what is left, and ends with the connection [doorward-connections, doorward-narrowing]`, async () => {
    const name = `Editor ${sdk.name.replace(/\W/g, '')}`
    const { memory, client } = await connected(sdk, name)
    assert.match(await client.call('add_note', {}), /Noted/)
    const old = memory.tokens?.access_token ?? ''

    // No script is needed for any of it.
    const { page, close } = await open({ javaScriptEnabled: false })
    const card = cardOf(page, name)
    await card.getByText('Less access, or an end').click()
    await card.getByLabel('Write notes').uncheck()
    await card.getByRole('button', { name: 'Leave only what is ticked' }).click()
    await page.getByRole('status').getByText('It may do less now.').waitFor()
    assert.equal(await cardOf(page, name).getByText('notes:write').count(), 0)

    assert.equal(await call(mcp, old, 'list_notes'), '401 invalid_token')
    assert.match(await client.call('list_notes', {}), /Milk/)
    const fresh = memory.tokens?.access_token ?? ''
    assert.notEqual(fresh, old)
    assert.equal(memory.tokens?.scope?.replace(' offline_access', ''), 'notes:read')
    assert.equal(await call(mcp, fresh, 'list_notes'), '200')
    assert.equal(await call(mcp, fresh, 'add_note'), '403 insufficient_scope')

    await cardOf(page, name).getByRole('button', { name: 'Disconnect' }).click()
    await page.getByRole('status').getByText('It is disconnected.').waitFor()
    assert.equal(await cardOf(page, name).count(), 0)
    assert.equal(await call(mcp, fresh, 'list_notes'), '401 invalid_token')
    await assert.rejects(client.call('list_notes', {}))
    await client.close()
    await close()
  })
}

test('an end date is set and taken away again, and the command line shows and narrows the same [doorward-grant-end]', async () => {
  const { memory, client } = await connected(SDK_CLIENTS.at(-1) as SdkClient, 'Calendar')
  const { page, close } = await open({ javaScriptEnabled: false })
  const set = async (day: string) => {
    const card = cardOf(page, 'Calendar')
    await card.getByText('Less access, or an end').click()
    await card.getByLabel('Last day').fill(day)
    await card.getByRole('button', { name: 'Set the end' }).click()
    await page.getByRole('status').getByText('The end is set.').waitFor()
  }
  await set('2040-12-31')
  assert.match(await cardOf(page, 'Calendar').innerText(), /Jan 1, 2041/)
  const [id, entry] = (await run(['grant', 'list', '--user', ADA.email, '--json']))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { id: string; endsAt?: number })
    .filter(({ endsAt }) => endsAt !== undefined)
    .flatMap((grant) => [grant.id, grant.endsAt])
  assert.equal(entry, Date.parse('2041-01-01T00:00:00Z') / 1000)
  assert.match(await run(['grant', 'list']), /2041-01-01/)
  await set('')
  // The page of before says that the end is set, too.
  await cardOf(page, 'Calendar')
    .getByText(/after 30 days without use/)
    .waitFor()

  await run(['grant', 'narrow', String(id), '--scope', 'notes:read'])
  assert.equal(await call(mcp, memory.tokens?.access_token ?? '', 'list_notes'), '401 invalid_token')
  const wider = await runDoorward(['grant', 'narrow', String(id), '--scope', 'notes:write'], { folder })
  assert.deepEqual([wider.status, wider.out], [1, ''])
  assert.match(wider.err, /does not hold 'notes:write'/)
  await client.close()
  await close()
})

/** What a page says of its times, of which it has some. */
const timesOn = async (page: Page) => {
  const times = await page.locator('time').evaluateAll((all) =>
    all.map((time) => {
      const { dateTime, title, innerText } = time as HTMLTimeElement
      return { dateTime, title: title.replace(/\s/g, ' '), text: innerText.replace(/\s/g, ' ') }
    }),
  )
  assert.ok(times.length > 0, page.url())
  return times
}
const IN_NEW_YORK = [
  ['en-US', 'Dec 31, 2040, 7:00 PM EST', 'EST', 'Jan 1, 2041, 12:00 AM UTC'],
  ['de-DE', '31.12.2040, 19:00 GMT-5', 'GMT-5', '01.01.2041, 00:00 UTC'],
  ['fr-FR', '31 déc. 2040, 19:00 UTC−5', 'UTC−5', '1 janv. 2041, 00:00 UTC'],
] as const

test('times are those of whoever reads them and name their zone, with UTC beside them; without script they are UTC and say so', async () => {
  const zoe = { email: 'zoe@example.com', password: 'correct horse battery' }
  await run(['user', 'add', zoe.email, '--operator', '--password-stdin'], `${zoe.password}\n`)
  const { url, redeem } = await asked({ scope: 'notes:read', resource: mcp })
  await redeem((await decide(url, zoe)).code)
  const plain = await open({ timezoneId: 'America/New_York', locale: 'en-US', javaScriptEnabled: false }, zoe)
  await plain.page.locator('summary').first().click()
  await plain.page.getByLabel('Last day').fill('2040-12-31')
  await plain.page.getByRole('button', { name: 'Set the end' }).click()
  const told = await timesOn(plain.page)
  assert.ok(told.some(({ text }) => text === 'Jan 1, 2041, 12:00 AM UTC'))
  for (const { text, title } of told) assert.ok(text.endsWith(' UTC') && title === '', text)
  await plain.close()
  for (const [locale, local, zone, utc] of IN_NEW_YORK) {
    const { page, close } = await open({ timezoneId: 'America/New_York', locale }, zoe)
    const times = await timesOn(page)
    const end = times.find(({ dateTime }) => dateTime === '2041-01-01T00:00:00.000Z')
    assert.deepEqual([end?.text, end?.title], [local, utc])
    // A day that somebody chooses ends at midnight there, wherever they are.
    const field = page.locator('input[type=date]').first()
    const about = await field.getAttribute('aria-describedby')
    assert.match((await page.locator(`#${about}`).textContent()) ?? '', /\(UTC\)/)
    for (const path of ['/account', '/admin/grants', '/admin/events']) {
      await page.goto(`${door.issuer}${path}`)
      for (const { text, title } of await timesOn(page))
        assert.ok(title.endsWith(' UTC') && text.endsWith(` ${zone}`), text)
    }
    await close()
  }
})

test('somebody else’s connection is neither shown nor ended, and a form from elsewhere does nothing [doorward-connections]', async () => {
  const { memory, client } = await connected(SDK_CLIENTS.at(-1) as SdkClient, 'Private editor')
  const token = memory.tokens?.access_token ?? ''
  const { grant_id: id } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
  const bob = new PlainBrowser()
  const signIn = await bob.follow(`${door.issuer}/account`)
  const own = await bob.submit(await signIn.response.text(), signIn.url, BOB)
  assert.equal(own.url, `${door.issuer}/account`)
  const page = await own.response.text()
  assert.doesNotMatch(page, /Private editor/)
  const { hidden } = formOf(await (await bob.follow(`${door.issuer}/account/clients`)).response.text())
  const post = async (fields: Record<string, string>) => {
    const { response } = await bob.follow(`${door.issuer}/account`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(fields),
    })
    return [response.status, /code>(\w+)</.exec(await response.text())?.[1] ?? '']
  }
  for (const decision of ['disconnect', 'end'])
    assert.equal((await post({ ...hidden, id, decision }))[0], 404, decision)
  assert.equal((await post({ ...hidden, id, decision: 'narrow', 'keep notes:read': 'yes' }))[0], 404)
  assert.equal((await post({ request: 'made up', id, decision: 'disconnect-all' }))[0], 400)
  assert.equal((await post({ ...hidden, decision: 'disconnect-all' }))[0], 200)
  assert.equal(await call(mcp, token, 'list_notes'), '200')
  await client.close()
})

test('who leaves a group is refused within two seconds where the feed is followed, and is not let in anew [doorward-groups]', async () => {
  const groups = (names: string) => run(['user', 'groups', ADA.email, '--set', names, '--json'])
  assert.deepEqual((JSON.parse(await groups('staff')) as { groups: string[] }).groups, ['staff'])
  const { url, redeem, token } = await asked({ resource: guarded.mcp })
  const tokens = await redeem((await decide(url, ADA)).code)
  assert.equal(await call(guarded.mcp, tokens.access_token, 'read'), '200')
  await groups('')
  await waitFor(async () => (await call(guarded.mcp, tokens.access_token, 'read')) === '401 invalid_token', 40)
  const { error } = await token({ grant_type: 'refresh_token', refresh_token: tokens.refresh_token })
  assert.equal(error, 'invalid_grant')
  await assert.rejects(decide(url, ADA), /403 .*groups/s)
})

test('a scope that the groups of a person do not give is shown as such, and not granted [doorward-groups]', async () => {
  const { url, redeem } = await asked({ resource: mcp, scope: 'notes:read notes:wipe' })
  const plain = new PlainBrowser()
  const signIn = await plain.follow(url)
  const consent = await plain.submit(await signIn.response.text(), signIn.url, ADA)
  const [may = '', not = ''] = (await consent.response.text()).split('Not for you')
  assert.match(may, /Read your notes/)
  assert.doesNotMatch(may, /Wipe all notes/)
  assert.match(not, /Wipe all notes.*Your groups do not give you this/s)
  const { code } = await decide(url, ADA, 'approve', plain)
  assert.equal((await redeem(code)).scope, 'notes:read')
})

const LOOKS: readonly [string, BrowserContextOptions][] = [
  ['in light', { colorScheme: 'light', viewport: { width: 1280, height: 900 } }],
  ['in dark', { colorScheme: 'dark', viewport: { width: 1280, height: 900 } }],
  ['on a phone', { colorScheme: 'light', viewport: { width: 320, height: 640 } }],
  ['on a phone in the dark', { colorScheme: 'dark', viewport: { width: 320, height: 640 } }],
  ['in German on a phone', { locale: 'de-DE', viewport: { width: 320, height: 640 } }],
  ['in French', { locale: 'fr-FR', viewport: { width: 900, height: 640 } }],
]
for (const [look, options] of LOOKS) {
  test(`the account ${look} has no violation of axe-core or of its own policy, and does not scroll sideways [doorward-connections]`, async () => {
    const sdk = SDK_CLIENTS.at(-1) as SdkClient
    const clients = [await connected(sdk, `First ${look}`), await connected(sdk, `Second ${look}`)]
    const { page, close } = await open(options)
    const inspect = async (name: string) => {
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
    await inspect('folded')
    for (const part of await page.locator('summary').all()) await part.click()
    await inspect('unfolded')
    await page.locator('button[value=disconnect-all]').click()
    await page.getByRole('status').waitFor()
    assert.equal(await page.getByRole('region').count(), 0)
    await inspect('empty')
    await page.locator('nav a[href$="/account/clients"]').click()
    await page.waitForURL(`${door.issuer}/account/clients`)
    await inspect('own applications')
    for (const { client } of clients) await client.close()
    await close()
  })
}

test('the start page leads to the connections, and one is disconnected by keyboard alone [doorward-connections]', async () => {
  const { client } = await connected(SDK_CLIENTS.at(-1) as SdkClient, 'Typed away')
  const { page, close } = await open()
  await page.goto(`${door.issuer}/`)
  await page.getByRole('link', { name: 'Your account' }).click()
  await page.waitForURL(`${door.issuer}/account`)
  const focused = () =>
    page.evaluate(() => {
      const element = document.activeElement as HTMLButtonElement | null
      return `${element?.value} ${element?.closest('section')?.textContent?.includes('Typed away')}`
    })
  for (let i = 0; i < 60 && (await focused()) !== 'disconnect true'; i++) await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.getByRole('status').getByText('It is disconnected.').waitFor()
  assert.equal(await cardOf(page, 'Typed away').count(), 0)
  await client.close()
  await close()
})

for (const javaScriptEnabled of [true, false]) {
  test(`two people at one browser change between their accounts with one press${javaScriptEnabled ? '' : ', without script'} [doorward-accounts-apart]`, async () => {
    const { page, close } = await open({ javaScriptEnabled })
    await page.goto(`${door.issuer}/sign-in`)
    await page.fill('input[name=email]', BOB.email)
    await page.fill('input[name=password]', BOB.password)
    await page.click('form:has(input[name=password]) button')
    await page.waitForURL(`${door.issuer}/`)
    const listener = await callbackListener()
    const sdk = SDK_CLIENTS[0] as SdkClient
    const { memory, provider } = memoryProvider(listener.redirectUrl, { client_name: 'Two people' })
    await assert.rejects(sdk.connect(mcp, provider))
    await page.goto(memory.authorizeUrl?.href ?? '')
    const account = page.locator('.facts > div', { has: page.locator('button[value=choose]') })
    assert.match((await account.textContent()) ?? '', /bob@example\.com.*Use ada@example\.com instead/)
    await account.locator('button').click()
    await account.filter({ hasText: /ada@example\.com.*Use bob@example\.com instead/ }).waitFor()
    if (javaScriptEnabled) {
      assert.equal(await page.evaluate('document.cookie'), '')
      const { violations } = await new AxeBuilder({ page }).analyze()
      assert.deepEqual(violations, [])
    }
    await page.click('button[value=approve]')
    await page.waitForURL((url) => url.searchParams.has('code'))
    await listener.close()
    // Whose connection it is, is who was chosen.
    let last: (type: string) => string | undefined = () => undefined
    // That somebody was chosen changes nothing in the database, and such events are written a moment later.
    await waitFor(async () => {
      const told = (await run(['events', '--json', '--limit', '40'])).trim().split('\n')
      const events = told.map((line) => JSON.parse(line) as { type: string; actor?: string })
      last = (type) => events.filter((event) => event.type === type).at(-1)?.actor
      return last('consent.given') === last('session.chosen')
    })
    assert.notEqual(last('consent.given'), last('sign-in.succeeded'))
    await page.goto(`${door.issuer}/sign-in`)
    if (javaScriptEnabled) assert.deepEqual((await new AxeBuilder({ page }).analyze()).violations, [])
    await page.click('.accounts li:first-child button[value=sign-out]')
    await page.waitForLoadState()
    assert.deepEqual(await page.locator('.accounts button[value=choose]').allTextContents(), [BOB.email])
    await page.click('button[value=choose]')
    await page.waitForURL(`${door.issuer}/`)
    assert.match((await page.textContent('header')) ?? '', /bob@example\.com/)
    await close()
  })
}
