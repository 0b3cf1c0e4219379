import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { AxeBuilder } from '@axe-core/playwright'
import * as oauth from 'oauth4webapi'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { openFile } from './database-file.ts'
import { type Doorward, runDoorward, startDoorward, waitFor } from './doorward.ts'
import { formOf, launchChromium, PlainBrowser } from './person.ts'

const insecure = { [oauth.allowInsecureRequests]: true } as const
const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code'

let door: Doorward
let browser: Browser
let server: oauth.AuthorizationServer
let client: oauth.Client

before(async () => {
  door = await startDoorward(['dev'])
  browser = await launchChromium()
  const issuer = new URL(door.issuer)
  server = await oauth.processDiscoveryResponse(
    issuer,
    await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure }),
  )
  const registered = await oauth.dynamicClientRegistrationRequest(
    server,
    { client_name: 'Headless agent', grant_types: [DEVICE_GRANT], token_endpoint_auth_method: 'none' } as never,
    insecure,
  )
  client = await oauth.processDynamicClientRegistrationResponse(registered)
})
after(async () => {
  await browser?.close()
  await door?.stop()
})

async function ask(): Promise<oauth.DeviceAuthorizationResponse> {
  const response = await oauth.deviceAuthorizationRequest(
    server,
    client,
    oauth.None(),
    { resource: door.mcp },
    insecure,
  )
  return oauth.processDeviceAuthorizationResponse(server, client, response)
}
/** The answer of one poll: tokens, or the error code. */
async function poll(deviceCode: string): Promise<oauth.TokenEndpointResponse | string> {
  try {
    const response = await oauth.deviceCodeGrantRequest(server, client, oauth.None(), deviceCode, insecure)
    return await oauth.processDeviceCodeResponse(server, client, response)
  } catch (error) {
    if (error instanceof oauth.ResponseBodyError) return error.error
    throw error
  }
}
/** As a device does: again and again, slower where it is told so. */
async function wait(deviceCode: string, interval: number): Promise<oauth.TokenEndpointResponse | string> {
  let seconds = interval
  for (;;) {
    const answer = await poll(deviceCode)
    if (answer === 'slow_down') seconds += 5
    if (answer !== 'authorization_pending' && answer !== 'slow_down') return answer
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
  }
}
async function worksAtTheServer(answer: oauth.TokenEndpointResponse | string): Promise<void> {
  assert.ok(typeof answer !== 'string', String(answer))
  assert.ok(answer.refresh_token !== undefined)
  const response = await fetch(door.mcp, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${answer.access_token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
  })
  assert.notEqual(response.status, 401)
  const refreshed = await oauth.refreshTokenGrantRequest(server, client, oauth.None(), answer.refresh_token, insecure)
  assert.ok((await oauth.processRefreshTokenResponse(server, client, refreshed)).access_token.length > 0)
}
async function open(options: BrowserContextOptions = {}) {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  const violations: string[] = []
  page.on('console', (message) => {
    if (/Content Security Policy|Refused to/i.test(message.text())) violations.push(message.text())
  })
  return { page, violations, close: () => context.close() }
}
async function signIn(page: Page): Promise<void> {
  await page.fill('input[name=email]', door.operator.email)
  await page.fill('input[name=password]', door.operator.password)
  await page.locator('input[name=password]').press('Enter')
  await page.waitForSelector('input[name=user_code]')
}

test('a program without a browser gets its tokens by polling, once a person typed its code by keyboard alone [rfc8628-3.3, rfc8628-3.4]', async () => {
  const device = await ask()
  const waiting = wait(device.device_code, device.interval ?? 5)
  const { page, violations, close } = await open()
  await page.goto(device.verification_uri)
  const focusOn = (id: string) => page.waitForFunction((wanted) => document.activeElement?.id === wanted, id)
  const tabTo = async (text: string) => {
    for (let i = 0; i < 12; i++) {
      await page.keyboard.press('Tab')
      if ((await page.evaluate(() => document.activeElement?.textContent)) === text) return
    }
    throw new Error(`no way to ${text}`)
  }
  await focusOn('email')
  await page.keyboard.type(door.operator.email)
  await page.keyboard.press('Tab')
  await page.keyboard.type(door.operator.password)
  await page.keyboard.press('Enter')
  await focusOn('code')
  await page.keyboard.type(device.user_code.toLowerCase().replace('-', ' '))
  await tabTo('Continue')
  await page.keyboard.press('Enter')
  await page.waitForSelector('button[value=approve]')
  await page.waitForLoadState()
  assert.ok((await page.locator('main').innerText()).includes(device.user_code))
  await tabTo('Allow')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Return to your device' }).waitFor()
  await worksAtTheServer(await waiting)
  assert.deepEqual(violations, [])
  await close()
})

test('a link with the code needs one look and two clicks, also where a browser runs no script [rfc8628-3.3.1]', async () => {
  const device = await ask()
  const { page, close } = await open({ javaScriptEnabled: false })
  await page.goto(device.verification_uri_complete ?? '')
  await signIn(page)
  assert.equal(await page.inputValue('input[name=user_code]'), device.user_code)
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByText(device.user_code, { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Allow' }).click()
  await page.getByRole('heading', { name: 'Return to your device' }).waitFor()
  await worksAtTheServer(await wait(device.device_code, 5))
  await close()
})

test('who denies is told so, and so is the device; the whole story stands under one reference [rfc8628-3.5-errors]', async () => {
  const device = await ask()
  const person = new PlainBrowser()
  let { response, url } = await person.follow(device.verification_uri_complete ?? '')
  ;({ response, url } = await person.submit(await response.text(), url, { ...door.operator }))
  ;({ response, url } = await person.submit(await response.text(), url, { user_code: device.user_code }))
  const question = await response.text()
  assert.ok(formOf(question).action.endsWith('/consent'))
  ;({ response, url } = await person.submit(question, url, { decision: 'deny' }))
  assert.ok(url.endsWith('/device/denied'))
  assert.ok((await response.text()).includes('The device gets no access'))
  assert.equal(await poll(device.device_code), 'access_denied')
  const reference = /Reference <span class="address">([0-9A-Z]{10})</.exec(question)?.[1] ?? ''
  await waitFor(async () => {
    const { out } = await runDoorward(['events', '--ref', reference, '--json'], { folder: door.folder })
    const types = out
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { type: string }).type)
    return ['device.requested', 'device.code.entered', 'consent.denied'].every((type) => types.includes(type))
  })
})

const LOOKS: readonly [string, BrowserContextOptions][] = [
  ['in light', { colorScheme: 'light', viewport: { width: 1280, height: 900 } }],
  ['in dark', { colorScheme: 'dark', viewport: { width: 1280, height: 900 } }],
  ['on a phone', { colorScheme: 'light', viewport: { width: 320, height: 640 } }],
  ['on a phone in the dark', { colorScheme: 'dark', viewport: { width: 320, height: 640 } }],
]
for (const [look, options] of LOOKS) {
  test(`the pages of a device ${look} have no violation of axe-core or of their own policy, and do not scroll sideways`, async () => {
    const { page, violations, close } = await open(options)
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
    await page.goto(`${door.issuer}/device`)
    await signIn(page)
    await inspect('device')
    await page.fill('input[name=user_code]', 'nothing')
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByRole('alert').waitFor()
    await inspect('device, wrong')
    const { user_code } = await ask()
    await page.fill('input[name=user_code]', user_code)
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.waitForSelector('button[value=deny]')
    await inspect('device, consent')
    await page.getByRole('button', { name: 'Deny' }).click()
    await page.getByText('The device gets no access').waitFor()
    await inspect('device, denied')
    await page.goto(`${door.issuer}/device/approved`)
    await inspect('device, approved')
    assert.deepEqual(violations, [])
    await close()
  })
}

test('a stolen database holds neither the code of a device nor what it asked [doorward-no-stored-secret, doorward-device-minimal]', async () => {
  const device = await ask()
  const database = openFile(join(door.folder, door.database), { readOnly: true })
  const rows = database.prepare('SELECT * FROM devices').all()
  database.close()
  assert.ok(rows.length > 0)
  const text = JSON.stringify(rows)
  for (const secret of [device.device_code, device.user_code, client.client_id, door.mcp]) {
    assert.ok(!text.includes(secret), 'it lies in the database')
  }
})

test('an operator registers a program for devices on the command line', async () => {
  const added = await runDoorward(['client', 'add', '--grant', 'device_code', '--name', 'Build agent', '--json'], {
    folder: door.folder,
  })
  const own = JSON.parse(added.out) as { client_id: string; grant_types: string[]; redirect_uris: string[] }
  assert.deepEqual([own.grant_types, own.redirect_uris], [['refresh_token', DEVICE_GRANT], []])
  const response = await oauth.deviceAuthorizationRequest(
    server,
    { client_id: own.client_id },
    oauth.None(),
    {},
    insecure,
  )
  assert.equal(response.status, 200)
})
