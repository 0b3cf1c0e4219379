import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { freePort } from '../packages/doorward/src/testing/free-port.ts'
import { type Doorward, runDoorward, startDoorward, waitFor } from './doorward.ts'
import { launchChromium } from './person.ts'
import { callbackListener } from './sdk-clients.ts'

const CHALLENGE = createHash('sha256').update('b'.repeat(64)).digest('base64url')

let door: Doorward
let browser: Browser
before(async () => {
  door = await startDoorward(['dev'])
  browser = await launchChromium()
})
after(async () => {
  await browser?.close()
  await door?.stop()
})

async function authorizeUrl(redirect: string): Promise<string> {
  const added = await runDoorward(['client', 'add', '--redirect', redirect, '--json'], { folder: door.folder })
  const { client_id } = JSON.parse(added.out) as { client_id: string }
  const query = {
    response_type: 'code',
    client_id,
    redirect_uri: redirect,
    state: 's',
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
  }
  return `${door.issuer}/authorize?${new URLSearchParams(query)}`
}

/** A page that fails the test where the content security policy stopped something. */
async function openPage(
  options: Parameters<Browser['newPage']>[0] = {},
): Promise<{ page: Page; violations: string[] }> {
  const page = await browser.newPage(options)
  const violations: string[] = []
  page.on('console', (message) => {
    if (/Content Security Policy|Refused to/i.test(message.text())) violations.push(message.text())
  })
  return { page, violations }
}

async function signIn(page: Page, url: string, { email, password } = door.operator): Promise<void> {
  await page.goto(url)
  await page.fill('input[name=email]', email)
  await page.fill('input[name=password]', password)
  await page.locator('input[name=password]').press('Enter')
  await page.waitForSelector('button[name=decision][value=approve]')
}

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? 'with script' : 'without script'

  test(`agreeing leads to a loopback client, ${how} [q26]`, async () => {
    const listener = await callbackListener()
    const { page, violations } = await openPage({ javaScriptEnabled })
    await signIn(page, await authorizeUrl(listener.redirectUrl))
    await page.click('button[name=decision][value=approve]')
    const answer = await listener.answer
    assert.ok(answer.get('code'))
    await page.getByText('Connected').first().waitFor()
    assert.deepEqual(violations, [])
    await page.close()
    listener.close()
  })

  test(`agreeing leads to an https client, and on to where its callback redirects, ${how} [q26]`, async () => {
    const { page, violations } = await openPage({ javaScriptEnabled })
    await page.route('https://client.example/**', (route) =>
      route.fulfill({ status: 302, headers: { location: 'https://elsewhere.example/done' } }),
    )
    await page.route('https://elsewhere.example/**', (route) =>
      route.fulfill({ contentType: 'text/html', body: '<h1>Arrived</h1>' }),
    )
    await signIn(page, await authorizeUrl('https://client.example/callback'))
    await page.click('button[name=decision][value=approve]')
    await page.getByText('Arrived').waitFor()
    assert.deepEqual(violations, [])
    await page.close()
  })

  test(`agreeing hands the answer to the application of a private scheme, ${how} [q26, q31, rfc9700-4.12-303]`, async () => {
    const { page, violations } = await openPage({ javaScriptEnabled })
    const url = await authorizeUrl('cursor://anysphere.cursor-mcp/oauth/callback')
    await signIn(page, url)
    const answer = page.waitForResponse(
      (response) => response.url() === `${door.issuer}/consent` && response.request().method() === 'POST',
    )
    await page.click('button[name=decision][value=approve]')
    const response = await answer
    assert.equal(response.status(), 303)
    assert.match(response.headers().location ?? '', /^cursor:\/\/anysphere\.cursor-mcp\/oauth\/callback\?code=dwa_/)
    if (javaScriptEnabled)
      await page
        .getByText(/return to/i)
        .first()
        .waitFor()
    assert.deepEqual(violations, [])
    await page.close()
  })
}

test('a browser with two accounts is told where the answer went as well [q31]', async () => {
  const bob = { email: 'bob@example.com', password: 'correct horse battery staple' }
  const words = ['user', 'add', bob.email, '--password-stdin']
  const added = await runDoorward(words, { folder: door.folder, input: bob.password })
  assert.equal(added.status, 0, added.err)
  const { page, violations } = await openPage()
  const url = await authorizeUrl('cursor://anysphere.cursor-mcp/oauth/callback')
  await signIn(page, url)
  const another = await page.getByRole('link', { name: 'Use another account' }).getAttribute('href')
  await signIn(page, another ?? '', bob)
  await page.getByRole('button', { name: `Use ${door.operator.email} instead` }).waitFor()
  await page.click('button[name=decision][value=approve]')
  await page.getByRole('heading', { level: 1, name: 'You can return to cursor now' }).waitFor()
  assert.deepEqual(violations, [])
  await page.close()
})

const grants = async () =>
  (await runDoorward(['grant', 'list', '--all', '--json'], { folder: door.folder })).out.trim().split('\n').length
const ON_THE_WAY: readonly (readonly [string, (page: Page, url: string) => Promise<unknown>])[] = [
  ['who had to sign in', signIn],
  [
    'who was signed in and was asked at once',
    async (page, url) => {
      await signIn(page, url)
      await page.goto(url)
      await page.waitForURL(/\/consent\?request=/)
    },
  ],
]
for (const [who, come] of ON_THE_WAY) {
  test(`Back and a second click of somebody ${who} open no second grant, and answer again [q27]`, async () => {
    const { page, violations } = await openPage()
    let calls = 0
    await page.route('https://again.example/**', (route) => {
      calls++
      return route.fulfill({ contentType: 'text/html', body: '<h1>Arrived</h1>' })
    })
    await come(page, await authorizeUrl('https://again.example/callback'))
    const before = await grants()
    await page.click('button[name=decision][value=approve]')
    await page.getByText('Arrived').waitFor()
    await page.goBack()
    await page.click('button[name=decision][value=approve]')
    await page.getByText('Arrived').waitFor()
    assert.equal(calls, 2)
    assert.match(page.url(), /[?&]code=dwa_.*state=s/)
    assert.equal((await grants()) - before, 1)
    assert.deepEqual(violations, [])
    await page.close()
  })
}

// Of two clicks at once a browser sends one answer or both; both at once are tried in console/answer-routes.test.ts.
for (const javaScriptEnabled of [true, false]) {
  test(`a double click on Allow, ${javaScriptEnabled ? 'with' : 'without'} script, opens one grant, and the code that arrives is good [q27]`, async () => {
    const { page, violations } = await openPage({ javaScriptEnabled })
    const codes: string[] = []
    await page.route('https://twice.example/**', (route) => {
      codes.push(new URL(route.request().url()).searchParams.get('code') ?? '')
      return route.fulfill({ contentType: 'text/html', body: '<h1>Arrived</h1>' })
    })
    const url = await authorizeUrl('https://twice.example/callback')
    await signIn(page, url)
    await page.dblclick('button[name=decision][value=approve]')
    await page.getByText('Arrived').waitFor()
    const clientId = new URL(url).searchParams.get('client_id') ?? ''
    const grants = (await runDoorward(['grant', 'list', '--all', '--json'], { folder: door.folder })).out
      .split('\n')
      .filter((line) => line.includes(clientId))
    assert.equal(grants.length, 1)
    const redeemed = await fetch(`${door.issuer}/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        client_id: clientId,
        code: codes.at(-1) ?? '',
        code_verifier: 'b'.repeat(64),
        redirect_uri: 'https://twice.example/callback',
      }),
    })
    assert.equal(redeemed.status, 200, await redeemed.text())
    assert.deepEqual(violations, [])
    await page.close()
  })
}

test('no other site can frame the pages, keep them or read where one came from [mcp-2026-07-28-gw3, oauth21-7-clickjacking, rfc9700-4.16-clickjacking]', async () => {
  const response = await fetch(`${door.issuer}/sign-in`)
  const { headers } = response
  assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'.*frame-ancestors 'none'/)
  assert.deepEqual(
    [
      headers.get('x-frame-options'),
      headers.get('cache-control'),
      headers.get('referrer-policy'),
      headers.get('x-content-type-options'),
    ],
    ['DENY', 'no-store', 'no-referrer', 'nosniff'],
  )
})

test('one public address rules every document, whatever host a request names, and the difference is told [q22, q21, q30, rfc9207-2-issuer]', async () => {
  const port = await freePort()
  const own = await startDoorward(['dev'], {
    env: { DOORWARD_ISSUER: 'https://door.example', DOORWARD_PORT: String(port) },
  })
  const at = (path: string, init?: RequestInit) =>
    fetch(`http://127.0.0.1:${port}${path}`, { redirect: 'manual', ...init })
  const issuer = 'https://door.example'
  assert.equal(
    ((await (await at('/.well-known/oauth-authorization-server')).json()) as { issuer: string }).issuer,
    issuer,
  )
  assert.equal(
    ((await (await at('/.well-known/oauth-protected-resource/mcp')).json()) as { resource: string }).resource,
    `${issuer}/mcp`,
  )
  assert.match(
    (await at('/mcp', { method: 'POST' })).headers.get('www-authenticate') ?? '',
    /resource_metadata="https:\/\/door\.example\//,
  )
  const added = await runDoorward(['client', 'add', '--redirect', 'https://c.example/cb', '--json'], {
    folder: own.folder,
  })
  const { client_id } = JSON.parse(added.out) as { client_id: string }
  const refused = await at(`/authorize?client_id=${client_id}&response_type=token`)
  assert.equal(new URL(refused.headers.get('location') ?? '').searchParams.get('iss'), issuer)
  await waitFor(async () =>
    /host\.differs .*host="127\.0\.0\.1:\d+"/.test((await runDoorward(['events'], { folder: own.folder })).out),
  )
  await own.stop()
})

test('the consent page says what is known before what is claimed, and where the answer goes [mcp-2026-07-28-as20, mcp-2026-07-28-as18]', async () => {
  const { page } = await openPage()
  const registration = await fetch(`${door.issuer}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      redirect_uris: ['http://127.0.0.1:1/cb'],
      client_name: 'Claude <b>Desktop</b>',
      token_endpoint_auth_method: 'none',
    }),
  })
  const { client_id } = (await registration.json()) as { client_id: string }
  const query = {
    response_type: 'code',
    client_id,
    redirect_uri: 'http://127.0.0.1:7777/cb',
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
  }
  await signIn(page, `${door.issuer}/authorize?${new URLSearchParams(query)}`)
  const text = await page.locator('body').innerText()
  const known = text.search(/unverified/i)
  const claimed = text.indexOf('Claude <b>Desktop</b>')
  assert.ok(known >= 0 && claimed > known, text)
  for (const fact of [/127\.0\.0\.1:7777/, /this computer/i, /Doorward demo/, /operator@localhost/])
    assert.match(text, fact)
  await page.close()
})
