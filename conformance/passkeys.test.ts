import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core'
import { type Doorward, runDoorward, startDoorward, waitFor } from './doorward.ts'
import { launchChromium } from './person.ts'

// A real browser with an authenticator that is not there: the browser's own, as its developer tools offer it.

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

interface Device {
  readonly context: BrowserContext
  readonly page: Page
  readonly devtools: CDPSession
  readonly authenticatorId: string
  readonly violations: string[]
}

/** @param isOffered whether the browser offers passkeys in fields; the simulated person takes each offer at once */
async function device(isUserVerified = true, isOffered = false): Promise<Device> {
  const context = await browser.newContext()
  if (!isOffered) await context.addInitScript('PublicKeyCredential.isConditionalMediationAvailable = async () => false')
  const page = await context.newPage()
  const violations: string[] = []
  page.on('console', (message) => {
    if (/Content Security Policy|Refused to/i.test(message.text())) violations.push(message.text())
  })
  const devtools = await context.newCDPSession(page)
  await devtools.send('WebAuthn.enable')
  const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified,
      automaticPresenceSimulation: true,
    },
  })
  return { context, page, devtools, authenticatorId, violations }
}

async function withPassword(page: Page): Promise<void> {
  await page.fill('input[name=email]', door.operator.email)
  await page.fill('input[name=password]', door.operator.password)
  await page.locator('input[name=password]').press('Enter')
}

async function addPasskey({ page }: Device, name: string): Promise<void> {
  await page.goto(`${door.issuer}/account/sign-in`)
  await withPassword(page)
  await page.waitForURL(`${door.issuer}/account/sign-in`)
  await page.getByLabel('Name of the new passkey').fill(name)
  await page.getByRole('button', { name: 'Add a passkey' }).click()
  await page.getByText(name, { exact: true }).first().waitFor()
}

async function leave({ context }: Device): Promise<void> {
  await context.clearCookies()
}

async function withPasskey({ page }: Device): Promise<void> {
  await page.goto(`${door.issuer}/sign-in`)
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
}

/** Until an event says it: what changes nothing is written a moment later. */
async function isTold(reason: string): Promise<void> {
  await waitFor(async () => {
    const { out } = await runDoorward(['events', '--json', '--limit', '30', '--database', door.database], {
      folder: door.folder,
    })
    return out.includes(`"reason":"${reason}"`)
  }, 20).catch(() => assert.fail(`no event says ${reason}`))
}

test('a person adds a passkey, signs in with it alone, and finds it on their page', async () => {
  const laptop = await device()
  await addPasskey(laptop, 'Laptop')
  const { violations: found } = await new AxeBuilder({ page: laptop.page }).analyze()
  assert.deepEqual(
    found.map(({ id }) => id),
    [],
  )
  await leave(laptop)
  await withPasskey(laptop)
  await laptop.page.waitForURL(`${door.issuer}/`)
  await laptop.page.getByText(door.operator.email).waitFor()
  await laptop.page.goto(`${door.issuer}/account/sign-in`)
  await laptop.page.getByText('with a passkey').first().waitFor()
  await laptop.page.getByRole('button', { name: 'Remove Laptop' }).click()
  await laptop.page.getByText('None yet.').waitFor()
  await leave(laptop)
  await withPasskey(laptop)
  await laptop.page.locator('[role=alert]:visible', { hasText: 'did not work' }).waitFor()
  assert.deepEqual(laptop.violations, [])
  await laptop.context.close()
})

test('where the browser offers passkeys in the field for the address, taking the offer signs in', async () => {
  const own = await device(true, true)
  await addPasskey(own, 'From the field')
  await leave(own)
  const { page } = own
  await page.goto(`${door.issuer}/sign-in`)
  await page.waitForURL(`${door.issuer}/`)
  assert.match((await page.textContent('header')) ?? '', new RegExp(door.operator.email))
  const { out } = await runDoorward(['events', '--json', '--limit', '5'], { folder: door.folder })
  const last = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; reason: string })
  assert.equal(last.findLast(({ type }) => type === 'sign-in.succeeded')?.reason, 'passkey')
  assert.deepEqual(own.violations, [])
  await own.context.close()
})

test('an answer of a passkey is good once, and in no other browser [doorward-passkey-once]', async () => {
  const phone = await device()
  await addPasskey(phone, 'Phone')
  await leave(phone)
  let body = ''
  await phone.page.route('**/sign-in/passkey', (route) => {
    body = route.request().postData() ?? ''
    return route.continue()
  })
  await withPasskey(phone)
  await phone.page.waitForURL(`${door.issuer}/`)
  const cookies = (await phone.context.cookies()).filter(({ name }) => name.endsWith('-browser'))
  const send = async (cookie: string) => {
    const response = await fetch(`${door.issuer}/sign-in/passkey`, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': 'application/x-www-form-urlencoded', cookie },
      body,
    })
    return [response.status, response.headers.getSetCookie().some((line) => line.includes('session'))]
  }
  assert.deepEqual(await send(cookies.map(({ name, value }) => `${name}=${value}`).join('; ')), [401, false])
  await isTold('passkey_challenge')
  assert.deepEqual(await send(`${cookies[0]?.name}=${'x'.repeat(32)}`), [400, false])
  await phone.context.close()
})

test('a passkey that does not check who is there is not taken', async () => {
  const key = await device()
  await addPasskey(key, 'Key')
  await leave(key)
  await key.devtools.send('WebAuthn.setUserVerified', { authenticatorId: key.authenticatorId, isUserVerified: false })
  await withPasskey(key)
  await key.page.locator('[role=alert]:visible', { hasText: 'did not work' }).waitFor()
  assert.equal(new URL(key.page.url()).pathname, '/sign-in')
  await key.context.close()
})

test('a copy of a passkey whose count falls behind is refused, and said so in the events [doorward-passkey-once]', async () => {
  const first = await device()
  await addPasskey(first, 'Copied')
  const { credentials } = await first.devtools.send('WebAuthn.getCredentials', {
    authenticatorId: first.authenticatorId,
  })
  const [credential] = credentials
  assert.ok(credential)
  await leave(first)
  for (let i = 0; i < 2; i++) {
    await withPasskey(first)
    await first.page.waitForURL(`${door.issuer}/`)
    await leave(first)
  }
  const copy = await device()
  await copy.devtools.send('WebAuthn.addCredential', { authenticatorId: copy.authenticatorId, credential })
  await withPasskey(copy)
  await copy.page.locator('[role=alert]:visible', { hasText: 'did not work' }).waitFor()
  await isTold('passkey_copied')
  await first.context.close()
  await copy.context.close()
})

test('without a script the page offers what works without one', async () => {
  const context = await browser.newContext({ javaScriptEnabled: false })
  const page = await context.newPage()
  await page.goto(`${door.issuer}/account/sign-in`)
  assert.equal(await page.getByRole('button', { name: 'Sign in with a passkey' }).count(), 0)
  await withPassword(page)
  await page.waitForURL(`${door.issuer}/account/sign-in`)
  await page.getByText('This browser').waitFor()
  await page.getByText('needs JavaScript').waitFor()
  await context.close()
})
