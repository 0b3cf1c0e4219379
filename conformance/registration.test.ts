import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { type Doorward, makeFolder, runDoorward, startDoorward, startEverything, waitFor } from './doorward.ts'
import { launchChromium } from './person.ts'
import { callbackListener } from './sdk-clients.ts'

const CHALLENGE = createHash('sha256').update('b'.repeat(64)).digest('base64url')
const PASSWORD = 'a password of some length'
const VENDOR = 'https://vendor.example'
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })

let everything: Awaited<ReturnType<typeof startEverything>>
let door: Doorward
let browser: Browser
before(async () => {
  everything = await startEverything()
  const folder = makeFolder()
  const config = {
    resources: [{ name: 'Notes', path: '/mcp', upstream: everything.url }],
    policy: { preset: 'guarded', deny: [{ redirectHost: 'evil.example' }], neverScopes: {} },
    registration: { statementIssuers: [{ issuer: VENDOR, jwks: { keys: [publicKey.export({ format: 'jwk' })] } }] },
    clients: [{ id: 'from-the-file', name: 'From the file', redirectUris: ['https://app.example/cb'] }],
  }
  writeFileSync(join(folder, 'doorward.config.json'), JSON.stringify(config))
  door = await startDoorward(['serve'], { folder })
  for (const [email, ...rest] of [['ada@example.com', '--operator'], ['bob@example.com']] as [string, ...string[]][]) {
    const added = await runDoorward(['user', 'add', email, '--password-stdin', ...rest], { folder, input: PASSWORD })
    assert.equal(added.status, 0, added.err)
  }
  browser = await launchChromium()
})
after(async () => {
  await browser?.close()
  await door?.stop()
  await everything?.stop()
})

const run = (...args: string[]) => runDoorward(args, { folder: door.folder })
const register = async (body: Record<string, unknown>, token?: string) => {
  const response = await fetch(`${door.issuer}/register`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ token_endpoint_auth_method: 'none', ...body }),
  })
  return { status: response.status, body: (await response.json()) as Record<string, string> }
}
const authorizeUrl = (client_id: string, redirect_uri: string) =>
  `${door.issuer}/authorize?${new URLSearchParams({ response_type: 'code', client_id, redirect_uri, state: 's', code_challenge: CHALLENGE, code_challenge_method: 'S256' })}`

async function openAs(
  email: string,
  url: string,
  javaScriptEnabled = true,
): Promise<{ page: Page; violations: string[] }> {
  const page = await (await browser.newContext({ javaScriptEnabled })).newPage()
  const violations: string[] = []
  page.on('console', (message) => {
    if (/Content Security Policy|Refused to/i.test(message.text())) violations.push(message.text())
  })
  await page.goto(url)
  await page.fill('input[name=email]', email)
  await page.fill('input[name=password]', PASSWORD)
  await page.locator('input[name=password]').press('Enter')
  await page.waitForURL(/\/(consent|account)/)
  return { page, violations }
}

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? 'by itself' : 'by hand, without script'
  test(`an application that nobody vouches for waits for an operator, and the same tab goes on ${how} [doorward-approval]`, async () => {
    const listener = await callbackListener()
    const { body } = await register({ client_name: `Stranger ${how}`, redirect_uris: [listener.redirectUrl] })
    const { page, violations } = await openAs(
      'bob@example.com',
      authorizeUrl(body.client_id ?? '', listener.redirectUrl),
      javaScriptEnabled,
    )
    assert.match(await page.content(), /An operator has to agree first/)
    assert.equal(await page.locator('button[value=approve]').count(), 0)
    await page.click('button[value=ask]')
    await page.waitForSelector('text=Not answered yet')
    const listed = await run('client', 'list')
    assert.match(listed.out, /waits for you/)
    const approved = await run('client', 'approve', body.client_id ?? '')
    assert.equal(approved.status, 0, approved.err)
    if (!javaScriptEnabled) await page.click('text=Look again')
    await page.click('button[value=approve]')
    const answer = await listener.answer
    assert.match(answer.get('code') ?? '', /^dwa_/)
    assert.deepEqual(violations, [])
    const events = await run('events', '--json', '--limit', '200')
    const told = events.out.split('\n').filter((line) => line.includes(body.client_id ?? '-'))
    for (const type of ['client.registered', 'client.asked', 'client.approved', 'consent.given']) {
      assert.ok(
        told.some((line) => line.includes(`"${type}"`)),
        type,
      )
    }
    assert.ok(told.some((line) => line.includes('"rule":"guarded: claimed"')))
    listener.close()
    await page.context().close()
  })
}

test('the no of somebody who would have to wait for an operator reaches the application [q26, doorward-approval]', async () => {
  const listener = await callbackListener()
  const { body } = await register({ client_name: 'Declined', redirect_uris: [listener.redirectUrl] })
  const url = authorizeUrl(body.client_id ?? '', listener.redirectUrl)
  const { page, violations } = await openAs('bob@example.com', url)
  await page.goto(url)
  await page.click('button[value=deny]')
  const answer = await listener.answer
  assert.equal(answer.get('error'), 'access_denied')
  assert.deepEqual(violations, [])
  listener.close()
  await page.context().close()
})

test('an operator is asked as part of their own consent, which admits it for everybody [doorward-approval]', async () => {
  const listener = await callbackListener()
  const { body } = await register({ client_name: 'Stranger of an operator', redirect_uris: [listener.redirectUrl] })
  const url = authorizeUrl(body.client_id ?? '', listener.redirectUrl)
  const { page } = await openAs('ada@example.com', url)
  assert.match(await page.content(), /allowing it also admits this application for everybody/)
  await page.click('button[value=approve]')
  await listener.answer
  const other = await openAs('bob@example.com', url)
  assert.equal(await other.page.locator('button[value=approve]').count(), 1)
  listener.close()
})

test('an answer without an operator is refused, whatever form it comes in', async () => {
  const { body } = await register({ client_name: 'Pushy', redirect_uris: ['http://127.0.0.1:1/cb'] })
  const { page } = await openAs('bob@example.com', authorizeUrl(body.client_id ?? '', 'http://127.0.0.1:1/cb'))
  await page.evaluate(() => {
    const button = document.querySelector('button[value=ask]') as HTMLButtonElement
    button.value = 'approve'
    button.click()
  })
  await page.waitForSelector('text=This did not work')
  assert.match(await page.content(), /An operator has to admit this application first/)
})

test('who is denied is told so as a person and never answered, and the rule stands in the events [doorward-deny-beats-allow]', async () => {
  const { body } = await register({ client_name: 'Evil', redirect_uris: ['https://evil.example/cb'] })
  const response = await fetch(authorizeUrl(body.client_id ?? '', 'https://evil.example/cb'), {
    redirect: 'manual',
    headers: { accept: 'text/html' },
  })
  assert.deepEqual([response.status, response.headers.get('location')], [403, null])
  const page = await response.text()
  assert.ok(!page.includes('deny redirectHost'), 'the rule is for the operator')
  // What changes nothing is written a moment later.
  const told = /"policy\.refused".*"rule":"deny redirectHost evil\.example"/
  await waitFor(async () => told.test((await run('events', '--json', '--limit', '20')).out), 20)
})

test('a look-alike name is called one on the consent page, and a document shows its domain before its name [doorward-impersonation, cimd-consent]', async () => {
  const { body } = await register({ client_name: 'Cl\u0430ude', redirect_uris: ['https://claude-login.example/cb'] })
  const { page } = await openAs(
    'ada@example.com',
    authorizeUrl(body.client_id ?? '', 'https://claude-login.example/cb'),
  )
  assert.match((await page.textContent('main')) ?? '', /The name looks like that of\s+Claude/)
  const own = await startDoorward(['dev'])
  const server = createServer((_, response) => {
    const origin = `http://localhost:${(server.address() as AddressInfo).port}`
    const document = {
      client_id: `${origin}/client.json`,
      client_name: 'Local App',
      redirect_uris: ['http://127.0.0.1/cb'],
    }
    response.setHeader('content-type', 'application/json').end(JSON.stringify(document))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const host = `localhost:${(server.address() as AddressInfo).port}`
  const tab = await (await browser.newContext()).newPage()
  await tab.goto(authorizeUrl(`http://${host}/client.json`, 'http://127.0.0.1:5/cb').replace(door.issuer, own.issuer))
  await tab.fill('input[name=email]', own.operator.email)
  await tab.fill('input[name=password]', own.operator.password)
  await tab.locator('input[name=password]').press('Enter')
  await tab.waitForSelector('button[value=approve]')
  const text = (await tab.textContent('main')) ?? ''
  assert.ok(text.indexOf(`From ${host}`) !== -1 && text.indexOf(`From ${host}`) < text.indexOf('Local App'), text)
  server.close().closeAllConnections()
  await own.stop()
})

test('an invite is made, used, bounded, listed and revoked by the command line [rfc7591-3-initial-access-token]', async () => {
  const made = await run('invite', 'create', '--uses', '2', '--host', 'app.example', '--note', 'for Bob', '--json')
  assert.equal(made.status, 0, made.err)
  const { token, id } = JSON.parse(made.out) as { token: string; id: string }
  assert.equal(
    (await register({ redirect_uris: ['https://other.example/cb'] }, token)).body.error,
    'invalid_redirect_uri',
  )
  const good = await register({ redirect_uris: ['https://app.example/cb'] }, token)
  assert.equal(good.status, 201)
  assert.match((await run('invite', 'list')).out, /for Bob\s+1 of 2\s+app\.example/)
  assert.equal((await run('invite', 'revoke', id)).status, 0)
  assert.equal((await run('invite', 'revoke', id)).status, 1)
  assert.equal((await register({ redirect_uris: ['https://app.example/cb'] }, token)).status, 401)
  assert.equal((await run('invite', 'create', '--uses', 'many')).status, 2)
})

test('a vendor signs a statement with the command line, and a server that trusts it takes it [rfc7591-2.3]', async () => {
  const key = join(door.folder, 'vendor.pem')
  const metadata = join(door.folder, 'notes.json')
  writeFileSync(key, privateKey.export({ format: 'pem', type: 'pkcs8' }))
  writeFileSync(
    metadata,
    JSON.stringify({ software_id: 'notes', client_name: 'Vendor Notes', redirect_uris: ['https://vendor.example/cb'] }),
  )
  const signed = await run('statement', 'sign', '--key', key, '--issuer', VENDOR, '--metadata', metadata)
  assert.equal(signed.status, 0, signed.err)
  const { status, body } = await register({
    software_statement: signed.out.trim(),
    client_name: 'Something else',
    redirect_uris: ['https://app.example/cb'],
  })
  assert.deepEqual([status, body.client_name], [201, 'Vendor Notes'])
  const { page } = await openAs('bob@example.com', authorizeUrl(body.client_id ?? '', 'https://vendor.example/cb'))
  assert.match((await page.textContent('main')) ?? '', /Vouched for by https:\/\/vendor\.example/)
  const broken = join(door.folder, 'broken.jwk')
  writeFileSync(broken, '{"kty": "EC", ')
  for (const [file, words] of [
    [metadata, /not a private key/],
    [broken, /broken\.jwk' is not valid JSON/],
  ] as const) {
    const refused = await run('statement', 'sign', '--key', file, '--issuer', VENDOR, '--metadata', metadata)
    assert.equal(refused.status, 2)
    assert.match(refused.err, words)
  }
})

test('a client from the config file is an operator’s, and a person registers one for themselves [doorward-own-clients]', async () => {
  const shown = JSON.parse((await run('client', 'show', 'from-the-file', '--json')).out) as { assurance: string }
  assert.equal(shown.assurance, 'operator')
  const { page, violations } = await openAs('bob@example.com', `${door.issuer}/account/clients`)
  await page.fill('input[name=name]', 'My script')
  await page.fill('textarea[name=redirect_uris]', 'javascript:alert(1)')
  await page.click('button[value=add]')
  await page.waitForSelector('[role=alert]')
  await page.fill('textarea[name=redirect_uris]', 'http://localhost:3118/callback')
  await page.check('input[name=secret]')
  await page.click('button[value=add]')
  await page.waitForSelector('text=Paste this into your client')
  const id = /dwp_[\w-]+/.exec(await page.content())?.[0] ?? ''
  const secret = async () => /dws_[\w-]+/.exec(await page.content())?.[0]
  // A browser sends the form again where the page is loaded again.
  const first = await secret()
  assert.ok(first)
  await page.reload()
  await page.waitForSelector('[role=alert]')
  assert.equal(await secret(), undefined)
  assert.equal(await page.locator('details').count(), 1)
  await page.click('summary')
  await page.click('button[value=secret]')
  await page.waitForSelector('text=in the place of the old secret')
  assert.notEqual((await secret()) ?? first, first)
  const bob = await openAs('bob@example.com', authorizeUrl(id, 'http://localhost:3118/callback'))
  assert.match((await bob.page.textContent('main')) ?? '', /Registered by you/)
  const ada = await openAs('ada@example.com', authorizeUrl(id, 'http://localhost:3118/callback'))
  assert.match((await ada.page.textContent('main')) ?? '', /for their own use/)
  assert.deepEqual(violations, [])
})
