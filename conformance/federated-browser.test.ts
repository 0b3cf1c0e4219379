import assert from 'node:assert/strict'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, type TestContext, test } from 'node:test'
import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, Page } from 'playwright-core'
import { freePort } from '../packages/doorward/src/testing/free-port.ts'
import { type Company, companyAt } from './at-company.ts'
import { type Doorward, makeFolder, runDoorward, startDoorward } from './doorward.ts'
import { launchChromium } from './person.ts'
import { authorizeUrl, register } from './public-client.ts'
import { callbackListener } from './sdk-clients.ts'

// The way through a company at another site, in a real browser: what it makes of our headers and cookies when it comes from there.

const PASSWORD = 'correct horse battery'
let door: Doorward
let company: Company
let browser: Browser

before(async () => {
  const own = await freePort()
  const issuer = `http://localhost:${own}`
  company = companyAt(await freePort(), `${issuer}/sign-in/company/callback`, '127.0.0.1')
  const provider = {
    id: 'company',
    name: 'Company',
    issuer: company.issuer,
    clientId: 'doorward',
    clientSecretVariable: 'COMPANY_SECRET',
    scopes: ['email'],
    domains: ['corp.example'],
  }
  const config = {
    port: own,
    resources: [{ name: 'Notes', resource: 'https://notes.example/mcp' }],
    policy: { preset: 'zero-touch' },
    signIn: { providers: [provider] },
  }
  const folder = makeFolder()
  writeFileSync(join(folder, 'doorward.config.json'), JSON.stringify(config))
  const env = { COMPANY_SECRET: 'a secret of the company', DOORWARD_PORT: String(own) }
  door = await startDoorward(['serve'], { folder, env, keep: true })
  const added = await runDoorward(
    ['user', 'add', 'ada@home.example', '--password-stdin', '--database', door.database],
    { folder, input: PASSWORD },
  )
  assert.equal(added.status, 0, added.err)
  await company.start()
  await company.say({ lovelace: { email: 'ada@home.example' } })
  browser = await launchChromium()
})
after(async () => {
  await browser?.close()
  await company?.stop()
  await door?.stop()
  if (door !== undefined) rmSync(door.folder, { recursive: true, force: true })
})

/** A page, and what the policies of our own pages stopped on the way. */
async function open(javaScriptEnabled: boolean): Promise<{ page: Page; stopped: string[] }> {
  const page = await (await browser.newContext({ javaScriptEnabled })).newPage()
  const stopped: string[] = []
  const isOurs = (url: string) => url.startsWith(door.issuer)
  page.on('console', (message) => {
    const isStopped = /^stopped |Content Security Policy|Refused to/i.test(message.text())
    if (isStopped && isOurs(page.url())) stopped.push(`${page.url()}: ${message.text()}`)
  })
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      console.error(`stopped ${event.effectiveDirective} ${event.blockedURI}`)
    })
  })
  return { page, stopped }
}

/** From our sign-in page to the company's, by itself, and through it. */
async function throughCompany(page: Page, login: string): Promise<void> {
  await page.click('form[action$="/sign-in/company/start"] button')
  await page.waitForURL(`${company.issuer}/**`)
  await atTheCompany(page, login)
  await page.waitForURL(`${door.issuer}/**`)
}

/** Its two pages have one button each, which does another thing on the other. */
async function atTheCompany(page: Page, login: string): Promise<void> {
  await page.fill('input[name=login]', login)
  await page.fill('input[name=password]', 'any')
  await page.click('form:has(input[name=login]) button[type=submit]')
  // What the company asks about us.
  await page.click('form:has(input[name=prompt][value=consent]) button[type=submit]')
}

async function asked(t: TestContext, name: string) {
  const listener = await callbackListener()
  t.after(() => listener.close())
  const client = await register(door.issuer, { client_name: name, redirect_uris: [listener.redirectUrl] })
  return { listener, url: authorizeUrl(door.issuer, client, { redirect_uri: listener.redirectUrl }) }
}

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? 'with script' : 'without script'

  test(`a browser goes on to a company at another site by itself and comes back to the question of the application, ${how} [doorward-provider-consent]`, async (t) => {
    const { listener, url } = await asked(t, `Reader ${how}`)
    const { page, stopped } = await open(javaScriptEnabled)
    await page.goto(url)
    await throughCompany(page, 'grace')
    await page.waitForURL(/\/consent\?request=/)
    assert.match((await page.textContent('main')) ?? '', new RegExp(`Reader ${how}`))
    assert.match((await page.textContent('main')) ?? '', /grace@corp\.example/)
    await page.click('button[name=decision][value=approve]')
    assert.ok((await listener.answer).get('code')?.startsWith('dwa_'))
    assert.deepEqual(stopped, [])
    await page.context().close()
  })
}

test('an address that somebody here has is asked about on a page of ours, and the application waits until it is answered [doorward-link-both]', async (t) => {
  const { listener, url } = await asked(t, 'Waiting')
  const { page, stopped } = await open(true)
  await page.goto(url)
  await throughCompany(page, 'lovelace')
  await page.waitForURL(/\/sign-in\?request=/)
  await page.fill('input[name=email]', 'ada@home.example')
  await page.locator('input[name=email]').press('Enter')
  await page.fill('input[name=password]', PASSWORD)
  await page.locator('input[name=password]').press('Enter')
  await page.waitForURL(/\/account\/link\?link=/)
  assert.deepEqual((await new AxeBuilder({ page }).analyze()).violations, [])
  await page.click('button[name=decision][value=link]')
  await page.waitForURL(/\/consent\?request=/)
  assert.match((await page.textContent('main')) ?? '', /Waiting[\s\S]*ada@home\.example/)
  await page.click('button[name=decision][value=approve]')
  assert.ok((await listener.answer).has('code'))
  assert.deepEqual(stopped, [])
  await page.context().close()
})

test('a problem on the way back is a page that leads to the same question', async (t) => {
  const { url } = await asked(t, 'Again')
  const { page, stopped } = await open(true)
  await page.goto(url)
  await page.click('form[action$="/sign-in/company/start"] button')
  await page.waitForURL(`${company.issuer}/**`)
  await company.hangUpAt('/token')
  await atTheCompany(page, 'grace')
  await page.waitForURL(/\/sign-in\/company\/callback/)
  await company.hangUpAt()
  await page.click('main a[href*="/sign-in?request="]')
  await page.click('form[action$="/sign-in/company/start"] button')
  // The company remembers who it is.
  await page.waitForURL(/\/consent\?request=/)
  assert.match((await page.textContent('main')) ?? '', /Again[\s\S]*grace@corp\.example/)
  assert.deepEqual(stopped, [])
  await page.context().close()
})
