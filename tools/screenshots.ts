// Draws the pages for the documentation: node --conditions=doorward-source tools/screenshots.ts
// With --all FOLDER it draws every page that there is, also in its extremes, into that folder.
// With --serve it shows every page, also in its extremes, at http://127.0.0.1:PORT/ (a free one without DOORWARD_PORT).
import { mkdirSync } from 'node:fs'
import { launchChromium } from '../conformance/person.ts'
import { serveGallery } from './gallery-server.ts'

const LOOKS = [
  ['', 'light', 640],
  ['-dark', 'dark', 640],
  ['-phone', 'light', 390],
] as const

const widthOf = (name: string): number => (name.startsWith('admin-') ? 1180 : name === 'home' ? 860 : 640)

/** The pages that the documents show. */
const SHOWN = [
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
]

/** @param names all where it is undefined */
async function draw(folder: string, names: readonly string[] | undefined): Promise<void> {
  mkdirSync(folder, { recursive: true })
  const gallery = await serveGallery(0)
  const browser = await launchChromium()
  for (const [suffix, colorScheme, narrow] of LOOKS) {
    const context = await browser.newContext({ colorScheme, deviceScaleFactor: 1.5 })
    const tab = await context.newPage()
    for (const name of names ?? gallery.names) {
      await tab.setViewportSize({ width: narrow === 640 ? widthOf(name) : narrow, height: 480 })
      await tab.goto(`${gallery.url}${name}`)
      // No cursor blinks in a picture.
      await tab.evaluate(() => (document.activeElement as HTMLElement | null)?.blur())
      await tab.screenshot({ path: `${folder}${name}${suffix}.png`, fullPage: true })
    }
    await context.close()
  }
  await browser.close()
  gallery.close()
}

if (process.argv.includes('--serve')) {
  process.stdout.write(`${(await serveGallery(Number(process.env.DOORWARD_PORT ?? 0))).url}\n`)
} else {
  const all = process.argv.indexOf('--all')
  const folder = process.argv[all + 1]
  if (all !== -1 && folder !== undefined) await draw(`${folder}/`, undefined)
  else await draw(new URL('../docs/images/', import.meta.url).pathname, SHOWN)
}
