import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, test } from 'node:test'
import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { type Doorward, runDoorward, startDoorward } from './doorward.ts'
import { launchChromium } from './person.ts'

const CHALLENGE = createHash('sha256').update('b'.repeat(64)).digest('base64url')
const HOSTILE = `${'X'.repeat(60)}<img src=x onerror=alert(1)>\u202e${'Y'.repeat(30)}`

let door: Doorward
let browser: Browser
let urls: Record<string, string>

async function register(metadata: object): Promise<string> {
  const response = await fetch(`${door.issuer}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token_endpoint_auth_method: 'none', ...metadata }),
  })
  return ((await response.json()) as { client_id: string }).client_id
}

function authorize(client_id: string, redirect_uri: string): string {
  const query = {
    response_type: 'code',
    client_id,
    redirect_uri,
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
  }
  return `${door.issuer}/authorize?${new URLSearchParams(query)}`
}

before(async () => {
  door = await startDoorward(['dev'])
  browser = await launchChromium()
  const loopback = 'http://127.0.0.1:33418/cb'
  const cursor = 'cursor://anysphere.cursor-mcp/oauth/callback'
  const added = await runDoorward(
    ['client', 'add', '--redirect', 'https://c.example/cb', '--name', 'Trusted', '--json'],
    { folder: door.folder },
  )
  urls = {
    consent: authorize(await register({ redirect_uris: [loopback], client_name: 'Some editor' }), loopback),
    'consent for a private scheme': authorize(await register({ redirect_uris: [cursor] }), cursor),
    'consent for a registered client': authorize(
      (JSON.parse(added.out) as { client_id: string }).client_id,
      'https://c.example/cb',
    ),
    'consent for a hostile name': authorize(
      await register({ redirect_uris: [loopback], client_name: HOSTILE }),
      loopback,
    ),
  }
})
after(async () => {
  await browser?.close()
  await door?.stop()
})

async function open(
  options: BrowserContextOptions = {},
): Promise<{ page: Page; violations: string[]; close: () => Promise<void> }> {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  const violations: string[] = []
  page.on('console', (message) => {
    if (/Content Security Policy|Refused to/i.test(message.text())) violations.push(message.text())
  })
  return { page, violations, close: () => context.close() }
}

async function signIn(page: Page): Promise<void> {
  await page.goto(`${door.issuer}/sign-in`)
  await page.fill('input[name=email]', door.operator.email)
  await page.fill('input[name=password]', door.operator.password)
  await page.locator('input[name=password]').press('Enter')
  await page.waitForURL(`${door.issuer}/`)
}

const LOOKS: readonly [string, BrowserContextOptions][] = [
  ['in light', { colorScheme: 'light', viewport: { width: 1280, height: 900 } }],
  ['in dark', { colorScheme: 'dark', viewport: { width: 1280, height: 900 } }],
  ['on a phone', { colorScheme: 'light', viewport: { width: 320, height: 640 } }],
  ['on a phone in the dark', { colorScheme: 'dark', viewport: { width: 320, height: 640 } }],
]

for (const [look, options] of LOOKS) {
  test(`every page ${look} has no violation of axe-core or of its own policy, and does not scroll sideways`, async () => {
    const { page, violations, close } = await open(options)
    const inspect = async (name: string) => {
      // axe runs its own script past the page's policy; what it finds is what counts.
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
    await page.goto(`${door.issuer}/sign-in`)
    await inspect('sign-in')
    await page.fill('input[name=email]', 'nobody@example.com')
    await page.fill('input[name=password]', 'wrong')
    await page.locator('input[name=password]').press('Enter')
    await page.getByRole('alert').waitFor()
    await inspect('sign-in refused')
    await page.goto(urls.consent ?? '')
    await inspect('sign-in on the way')
    await page.goto(`${door.issuer}/authorize?client_id=nobody`)
    await inspect('problem')
    await page.getByRole('link', { name: 'client_unknown' }).click()
    await page.waitForURL(`${door.issuer}/errors/client_unknown`)
    assert.equal(await page.locator('main strong').innerText(), 'What helps:')
    await inspect('reason')
    await page.goto(`${door.issuer}/errors`)
    await inspect('errors')
    await signIn(page)
    await inspect('home')
    for (const [name, url] of Object.entries(urls)) {
      await page.goto(url)
      await page.waitForSelector('button[name=decision][value=approve]')
      await inspect(name)
    }
    assert.deepEqual(violations, [])
    await close()
  })
}

test('sign-in and consent go by keyboard alone', async () => {
  const { page, close } = await open()
  await page.route('https://c.example/**', (route) =>
    route.fulfill({ contentType: 'text/html', body: '<h1>Arrived</h1>' }),
  )
  await page.goto(urls['consent for a registered client'] ?? '')
  // The page puts the focus there itself; typing starts when it has.
  await page.waitForFunction(() => document.activeElement?.id === 'email')
  await page.keyboard.type(door.operator.email)
  await page.keyboard.press('Tab')
  await page.keyboard.type(door.operator.password)
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.waitForSelector('button[value=approve]')
  for (
    let i = 0;
    i < 10 && (await page.evaluate(() => (document.activeElement as HTMLButtonElement | null)?.value)) !== 'approve';
    i++
  ) {
    await page.keyboard.press('Tab')
  }
  await page.keyboard.press('Enter')
  await page.getByText('Arrived').waitFor()
  await close()
})

test('a hostile name cannot become markup, turn the text around or push the facts out of sight [rfc6749-10.14-injection]', async () => {
  const { page, close } = await open({ viewport: { width: 360, height: 740 } })
  await signIn(page)
  await page.goto(urls['consent for a hostile name'] ?? '')
  assert.equal(await page.locator('main img').count(), 0)
  const text = await page.locator('main').innerText()
  assert.ok(!text.includes('\u202e'))
  assert.ok(text.indexOf('Unverified application') < text.indexOf('XXXX'))
  const box = await page.getByText('This computer', { exact: true }).boundingBox()
  assert.ok(box !== null && box.y < 740, 'where the answer goes is below the first screen')
  await close()
})

test('each page stays under 30 kB', async () => {
  for (const url of [`${door.issuer}/`, `${door.issuer}/sign-in`, `${door.issuer}/authorize?client_id=x`]) {
    const response = await fetch(url, { headers: { accept: 'text/html' } })
    assert.ok((await response.text()).length < 30_000, url)
  }
})
