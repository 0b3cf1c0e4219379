// Draws the pages of a running `doorward dev` for the documentation: node --conditions=doorward-source tools/screenshots.ts
import { createHash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { startDoorward } from '../conformance/doorward.ts'
import { launchChromium } from '../conformance/person.ts'

const FOLDER = new URL('../docs/images/', import.meta.url).pathname
mkdirSync(FOLDER, { recursive: true })

const door = await startDoorward(['dev'], { env: { DOORWARD_PORT: '8421' } })
const browser = await launchChromium()
try {
  const redirect = 'http://127.0.0.1:33418/callback'
  const registration = await fetch(`${door.issuer}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ redirect_uris: [redirect], client_name: 'Claude Code', token_endpoint_auth_method: 'none' }),
  })
  const { client_id } = (await registration.json()) as { client_id: string }
  const code_challenge = createHash('sha256').update('x'.repeat(64)).digest('base64url')
  const query = {
    response_type: 'code',
    client_id,
    redirect_uri: redirect,
    code_challenge,
    code_challenge_method: 'S256',
  }
  const authorize = `${door.issuer}/authorize?${new URLSearchParams(query)}`

  for (const [suffix, colorScheme, width] of [
    ['', 'light', 720],
    ['-dark', 'dark', 720],
    ['-phone', 'light', 390],
  ] as const) {
    const context = await browser.newContext({ colorScheme, viewport: { width, height: 700 }, deviceScaleFactor: 1.5 })
    const page = await context.newPage()
    const shoot = (name: string) => page.screenshot({ path: `${FOLDER}${name}${suffix}.png`, fullPage: true })
    await page.goto(authorize)
    await shoot('sign-in')
    await page.fill('input[name=email]', door.operator.email)
    await page.fill('input[name=password]', door.operator.password)
    await page.locator('input[name=password]').press('Enter')
    await page.waitForSelector('button[value=approve]')
    await shoot('consent')
    await page.goto(`${door.issuer}/authorize?client_id=stale`)
    await shoot('problem')
    await page.goto(`${door.issuer}/`)
    await shoot('home')
    await context.close()
  }
} finally {
  await browser.close()
  await door.stop()
}
