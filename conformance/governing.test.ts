import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, Page } from 'playwright-core'
import { openFile } from './database-file.ts'
import { type Doorward, runDoorward, startDoorward } from './doorward.ts'
import { launchChromium } from './person.ts'

// An operator in a browser: what was typed is not lost, whether it was wrong or the sign-in too old.

const BOB = 'bob@acme.example'
let door: Doorward
let browser: Browser

before(async () => {
  door = await startDoorward(['dev'])
  browser = await launchChromium()
  const added = await runDoorward(['user', 'add', BOB], { folder: door.folder })
  assert.equal(added.status, 0, added.err)
})
after(async () => {
  await browser?.close()
  await door?.stop()
})

async function signIn(page: Page, path: string): Promise<void> {
  await page.goto(`${door.issuer}${path}`)
  await answer(page)
  await page.waitForURL(`${door.issuer}${path}`)
}

async function answer(page: Page): Promise<void> {
  await page.fill('input[name=email]', door.operator.email)
  await page.fill('input[name=password]', door.operator.password)
  await page.locator('input[name=password]').press('Enter')
}

/** As if every sign-in had been an hour earlier. */
function growOld(): void {
  const database = openFile(join(door.folder, door.database))
  database.exec('UPDATE sessions SET authenticated_at = authenticated_at - 3600')
  database.close()
}

const people = async () => {
  const { out } = await runDoorward(['user', 'list', '--json'], { folder: door.folder })
  const lines = out.trim().split('\n')
  return lines.map((line) => JSON.parse(line) as { email: string; groups: string[] })
}

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? '' : ', without script'

  test(`a wrong field is marked, named on top and in focus, and what was typed is still there${how} [doorward-console-forms]`, async () => {
    const context = await browser.newContext({ javaScriptEnabled, locale: 'de-DE' })
    const page = await context.newPage()
    await signIn(page, '/admin/people')
    await page.click('summary')
    await page.fill('#email', BOB)
    await page.check('#operator')
    await page.click('details button')
    // The page of before has the field, too.
    await page.locator('#email[aria-invalid]').waitFor()
    await page.waitForLoadState()
    const field = page.locator('#email')
    assert.equal(await field.inputValue(), BOB)
    assert.equal(await page.isChecked('#operator'), true)
    assert.equal(await field.getAttribute('aria-invalid'), 'true')
    const described = await field.getAttribute('aria-describedby')
    const summary = page.locator(`#${described}`)
    assert.match((await summary.textContent()) ?? '', /Eine Person mit dieser Adresse gibt es schon\./)
    assert.equal(await summary.locator('[lang=en]').textContent(), `${BOB} is there already`)
    assert.equal(await page.locator(':focus').getAttribute('id'), 'email')
    if (javaScriptEnabled) assert.deepEqual((await new AxeBuilder({ page }).analyze()).violations, [])
    await page.fill('#email', `eve${how.length}@acme.example`)
    await page.click('details button')
    await page.locator('h1', { hasText: /hinzugefügt/ }).waitFor()
    await context.close()
  })

  test(`after an old sign-in an operator signs in again and finds the form as it was${how} [doorward-fresh-sign-in]`, async () => {
    const context = await browser.newContext({ javaScriptEnabled })
    const page = await context.newPage()
    await signIn(page, `/admin/people/one?id=${BOB}`)
    const groups = ['ops', `board of ${how.length}`]
    await page.fill('#groups', groups.join('\n'))
    growOld()
    await page.click('form:has(#groups) button')
    await page
      .locator('main')
      .getByText(/needs a sign-in that is not older/)
      .first()
      .waitFor()
    await answer(page)
    await page.waitForURL(/\/admin\/again\?/)
    assert.match((await page.textContent('[role=status]')) ?? '', /signed in again/)
    assert.equal(await page.inputValue('#groups'), groups.join('\n'))
    if (javaScriptEnabled) assert.deepEqual((await new AxeBuilder({ page }).analyze()).violations, [])
    const before = (await people()).find(({ email }) => email === BOB)?.groups
    assert.notDeepEqual(before, [...groups].sort())
    await page.click('form:has(#groups) button')
    await page.waitForURL(/done=person-groups/)
    const now = (await people()).find(({ email }) => email === BOB)?.groups
    assert.deepEqual(now, [...groups].sort())
    await context.close()
  })
}
