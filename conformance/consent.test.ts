import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { type Doorward, makeFolder, runDoorward, startDoorward } from './doorward.ts'
import { launchChromium } from './person.ts'

const VERIFIER = 'v'.repeat(64)
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url')
const ADA = { email: 'ada@example.com', password: 'a password of some length' }
const EVE = { email: 'eve@example.com', password: 'another password, also long' }
/** Nobody listens here: the application is on another machine. */
const LOOPBACK = 'http://127.0.0.1:9/callback'
const ELSEWHERE = 'https://notes-app.example/callback'
const BOTH = 'notes:read notes:write'

let door: Doorward
let browser: Browser

before(async () => {
  const folder = makeFolder()
  const config = {
    resources: [
      {
        name: 'Acme Notes',
        path: '/mcp',
        upstream: 'http://127.0.0.1:9/mcp',
        scopes: {
          'notes:read': { description: 'Notizen lesen', access: 'read' },
          'notes:write': { description: 'Notizen schreiben', access: 'write', includes: ['notes:read'] },
        },
        tools: { list: ['notes:read'], add: ['notes:write'], '*': ['notes:write'] },
      },
    ],
    clients: [
      { id: 'terminal', name: 'Terminal', redirectUris: [LOOPBACK], authentication: 'none' },
      { id: 'app', name: 'App', redirectUris: [ELSEWHERE], authentication: 'none' },
      { id: 'editor', name: 'Editor', redirectUris: ['cursor://anysphere.cursor-mcp/cb'], authentication: 'none' },
    ],
  }
  writeFileSync(join(folder, 'doorward.config.json'), JSON.stringify(config))
  door = await startDoorward(['serve'], { folder })
  for (const { email, password } of [ADA, EVE])
    await runDoorward(['user', 'add', email, '--password-stdin'], { folder, input: password })
  browser = await launchChromium()
})
after(async () => {
  await browser?.close()
  await door?.stop()
})

function authorize(client_id: string, redirect_uri: string, scope = BOTH): string {
  const query = {
    response_type: 'code',
    client_id,
    redirect_uri,
    scope,
    state: 's',
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
  }
  return `${door.issuer}/authorize?${new URLSearchParams(query)}`
}

async function open(options: BrowserContextOptions = {}) {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  const violations: string[] = []
  page.on('console', (message) => {
    if (/Content Security Policy|Refused to/i.test(message.text())) violations.push(message.text())
  })
  await page.route('https://notes-app.example/**', (route) =>
    route.fulfill({ contentType: 'text/html', body: '<h1>Arrived</h1>' }),
  )
  return { page, violations, close: () => context.close() }
}

async function signIn(page: Page, url: string, person = ADA): Promise<void> {
  await page.goto(url)
  await page.fill('input[name=email]', person.email)
  await page.fill('input[name=password]', person.password)
  await page.locator('input[name=password]').press('Enter')
  await page.waitForSelector('button[value=approve]')
}

async function redeem(client_id: string, at: string): Promise<{ status: number; scope?: string }> {
  const url = new URL(at)
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    client_id,
    code: url.searchParams.get('code') ?? '',
    code_verifier: VERIFIER,
    redirect_uri: `${url.origin}${url.pathname}`,
  })
  const response = await fetch(`${door.issuer}/token`, { method: 'POST', body })
  return { status: response.status, scope: ((await response.json()) as { scope?: string }).scope ?? '' }
}

const inspect = async (page: Page, name: string) => {
  const { violations } = await new AxeBuilder({ page }).analyze()
  assert.deepEqual(
    violations.map(({ id, nodes }) => `${name}: ${id}: ${nodes[0]?.html}`),
    [],
  )
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  assert.ok(wider <= 0, `${name} scrolls sideways by ${wider}`)
}

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? 'with script' : 'without script'
  test(`reading is ticked beforehand and writing is not; what is ticked is granted, ${how} [doorward-narrowed]`, async () => {
    const { page, violations, close } = await open({ javaScriptEnabled })
    await signIn(page, authorize('app', ELSEWHERE))
    const read = page.getByRole('checkbox', { name: /Notizen lesen/ })
    const write = page.getByRole('checkbox', { name: /Notizen schreiben.*Changes/ })
    assert.deepEqual([await read.isChecked(), await write.isChecked()], [true, false])
    await read.uncheck()
    await page.click('button[value=approve]')
    await page.getByRole('alert').getByText('Nothing is ticked').waitFor()
    await page.selectOption('select[name=days]', '7')
    await page.click('button[value=approve]')
    await page.getByText('Arrived').waitFor()
    const first = page.url()
    await page.goBack()
    await write.check()
    await page.click('button[value=approve]')
    await page.getByText('Arrived').waitFor()
    assert.equal((await redeem('app', page.url())).scope, 'notes:read', 'the first answer stands')
    assert.equal((await redeem('app', first)).status, 400)
    assert.deepEqual(violations, [])
    await close()
  })

  test(`for an application on another machine the answer is shown, good once and only there, ${how} [doorward-answer-by-hand]`, async () => {
    const { page, violations, close } = await open({ javaScriptEnabled })
    await signIn(page, authorize('terminal', LOOPBACK))
    assert.equal(await page.locator('button[value=show]').isVisible(), false, 'it is no button beside the others')
    await page.getByText('My application runs on another machine').click()
    await page.getByText(/is after your account/).waitFor()
    await page.click('button[value=show]')
    await page.getByRole('heading', { level: 1, name: 'Carry the answer over' }).waitFor()
    await page.waitForLoadState()
    assert.equal(page.url(), `${door.issuer}/consent`)
    const [answer = '', command = ''] = await page.locator('pre').allInnerTexts()
    assert.ok(answer.startsWith(`${LOOPBACK}?code=dwa_`), answer)
    assert.equal(command, `curl '${answer}'`)
    assert.equal(new URL(answer).searchParams.get('state'), 's')
    assert.equal((await redeem('terminal', answer)).scope, 'notes:read')
    assert.equal((await redeem('terminal', answer)).status, 400)
    assert.deepEqual(violations, [])
    await close()
  })
}

test('no other answer can be shown: the button is not there, and the form of it is refused [doorward-answer-by-hand]', async () => {
  const { page, close } = await open()
  await signIn(page, authorize('app', ELSEWHERE))
  assert.equal(await page.locator('button[value=show]').count(), 0)
  await page.locator('button[value=approve]').evaluate((button: HTMLButtonElement) => {
    button.value = 'show'
  })
  await page.click('button[value=show]')
  await page.getByText('answer_not_by_hand').waitFor()
  assert.ok(!(await page.content()).includes('dwa_'))
  await close()
})

test('another account is one link away, leads back to the same question, and the one of before is one press away', async () => {
  const { page, close } = await open()
  await signIn(page, authorize('app', ELSEWHERE))
  await page.getByRole('link', { name: 'Use another account' }).click()
  await page.fill('input[name=email]', EVE.email)
  await page.fill('input[name=password]', EVE.password)
  await page.locator('input[name=password]').press('Enter')
  await page.getByRole('heading', { name: 'Allow access to Acme Notes?' }).waitFor()
  await page.getByText(EVE.email).waitFor()
  // Who was here before is one press away.
  await page.getByRole('button', { name: ADA.email }).waitFor()
  await page.click('button[value=approve]')
  await page.getByText('Arrived').waitFor()
  await close()
})

test('without script, who answers to an application is told beforehand when this page may be closed [q31]', async () => {
  const { page, close } = await open({ javaScriptEnabled: false })
  await signIn(page, authorize('editor', 'cursor://anysphere.cursor-mcp/cb'))
  await page.getByText('Once you are there, you may close this page.').waitFor()
  await close()
})

const LANGUAGES = [
  [
    'de-AT',
    'de',
    'Anmelden',
    'Zugriff auf Acme Notes erlauben?',
    'Erlauben',
    'Diese Verbindung kann nicht zustande kommen',
  ],
  [
    'fr-FR',
    'fr',
    'Se connecter',
    'Autoriser l’accès à Acme Notes ?',
    'Autoriser',
    'Cette connexion ne peut pas aboutir',
  ],
] as const
for (const [locale, lang, signInWord, heading, allow, problem] of LANGUAGES) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`a browser in ${locale} goes the whole way in its language, on a phone in the ${colorScheme} [doorward-words]`, async () => {
      const { page, violations, close } = await open({ locale, colorScheme, viewport: { width: 320, height: 640 } })
      await page.goto(`${door.issuer}/authorize?client_id=nobody`)
      await page.getByRole('heading', { level: 1, name: problem }).waitFor()
      assert.match(await page.locator('main [lang=en]').innerText(), /nobody/)
      await inspect(page, 'problem')
      await page.goto(authorize('terminal', LOOPBACK))
      await page.getByRole('heading', { level: 1, name: signInWord }).waitFor()
      assert.equal(await page.locator('html').getAttribute('lang'), lang)
      await inspect(page, 'sign-in')
      await page.fill('input[name=email]', ADA.email)
      await page.fill('input[name=password]', ADA.password)
      await page.getByRole('button', { name: signInWord, exact: true }).click()
      await page.getByRole('heading', { level: 1, name: heading }).waitFor()
      await page.locator('summary').last().click()
      await inspect(page, 'consent')
      await page.getByRole('button', { name: allow, exact: true }).waitFor()
      await page.click('button[value=show]')
      await page.locator('pre').first().waitFor()
      await inspect(page, 'answer')
      assert.doesNotMatch(await page.locator('body').innerText(), /\b(the|you|your|with)\b/)
      assert.deepEqual(violations, [])
      await close()
    })
  }
}
