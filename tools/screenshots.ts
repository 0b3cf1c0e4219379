// Draws the pages for the documentation: node --conditions=doorward-source tools/screenshots.ts
// With --serve it shows every page, also in its extremes, at http://127.0.0.1:PORT/ (a free one without DOORWARD_PORT).
import { mkdirSync } from 'node:fs'
import { launchChromium } from '../conformance/person.ts'
import { serveGallery } from './gallery-server.ts'

const LOOKS = [
  ['', 'light', 640],
  ['-dark', 'dark', 640],
  ['-phone', 'light', 390],
] as const

const WIDE: Record<string, number> = { home: 860, 'admin-overview': 1180, 'admin-trace': 1180, 'admin-approvals': 1180 }

async function draw(): Promise<void> {
  const folder = new URL('../docs/images/', import.meta.url).pathname
  mkdirSync(folder, { recursive: true })
  const { url, close } = await serveGallery(0)
  const browser = await launchChromium()
  for (const [suffix, colorScheme, narrow] of LOOKS) {
    const context = await browser.newContext({ colorScheme, deviceScaleFactor: 1.5 })
    const tab = await context.newPage()
    for (const name of [
      'sign-in',
      'consent',
      'consent-more',
      'consent-pick',
      'answer',
      'consent-details',
      'device',
      'consent-device',
      'approval-waiting',
      'problem',
      'home',
      'connections',
      'own-sign-in',
      'sign-in-ways',
      'link-account',
      'admin-overview',
      'admin-trace',
      'admin-approvals',
    ]) {
      await tab.setViewportSize({ width: narrow === 640 ? (WIDE[name] ?? 640) : narrow, height: 480 })
      await tab.goto(`${url}${name}`)
      // No cursor blinks in a picture.
      await tab.evaluate(() => (document.activeElement as HTMLElement | null)?.blur())
      await tab.screenshot({ path: `${folder}${name}${suffix}.png`, fullPage: true })
    }
    await context.close()
  }
  await browser.close()
  close()
}

if (process.argv.includes('--serve')) {
  process.stdout.write(`${(await serveGallery(Number(process.env.DOORWARD_PORT ?? 0))).url}\n`)
} else await draw()
