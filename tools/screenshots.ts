// Draws the pages for the documentation: node --conditions=doorward-source tools/screenshots.ts
// With --all FOLDER it draws every page that there is, also in its extremes, into that folder.
// With --serve it shows every page, also in its extremes, at http://127.0.0.1:PORT/ (a free one without DOORWARD_PORT).
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { launchChromium } from '../conformance/person.ts'
import { serveGallery } from './gallery-server.ts'
import { LOOKS, PICTURES } from './shown.ts'

/** Of a page that is longer the picture shows the beginning. CSS pixels. */
const MOST_HEIGHT = 2200
const LONG_LISTS: Readonly<Record<string, number>> = { errors: 900 }
/** With tables that scroll sideways in a narrower window. */
const WITH_WIDE_TABLES = ['admin-client', 'admin-grants', 'admin-person', 'admin-server']

const isOfOperators = (name: string): boolean => name.startsWith('admin-')

function widthOf(name: string): number {
  if (isOfOperators(name)) return WITH_WIDE_TABLES.includes(name) ? 1400 : 1180
  return name === 'home' ? 860 : 640
}

async function draw(folder: string, isDrawn: (picture: string) => boolean): Promise<void> {
  mkdirSync(folder, { recursive: true })
  const gallery = await serveGallery(0)
  const browser = await launchChromium()
  for (const { suffix, colorScheme, width } of LOOKS) {
    for (const wide of [true, false]) {
      // Wide pages are shown smaller than they are: they stay sharp, and their files small.
      const deviceScaleFactor = wide && width === undefined ? 1 : 1.5
      const context = await browser.newContext({ colorScheme, deviceScaleFactor, timezoneId: 'UTC' })
      const tab = await context.newPage()
      for (const name of gallery.names.filter((one) => isOfOperators(one) === wide)) {
        if (!isDrawn(`${name}${suffix}`)) continue
        await tab.setViewportSize({ width: width ?? widthOf(name), height: 240 })
        await tab.goto(`${gallery.url}${name}`)
        // No cursor blinks in a picture.
        await tab.evaluate(() => (document.activeElement as HTMLElement | null)?.blur())
        const long = await tab.evaluate(() => document.documentElement.scrollHeight)
        const height = Math.min(long, LONG_LISTS[name] ?? MOST_HEIGHT)
        const clip = { x: 0, y: 0, width: width ?? widthOf(name), height }
        await tab.screenshot({ path: `${folder}${name}${suffix}.png`, fullPage: true, clip })
      }
      await context.close()
    }
  }
  await browser.close()
  gallery.close()
}

if (process.argv.includes('--serve')) {
  process.stdout.write(`${(await serveGallery(Number(process.env.DOORWARD_PORT ?? 0))).url}\n`)
} else {
  const all = process.argv.indexOf('--all')
  const folder = process.argv[all + 1]
  if (all !== -1 && folder !== undefined) await draw(`${folder}/`, () => true)
  else {
    const images = new URL('../docs/images/', import.meta.url).pathname
    // Of pages that are no longer shown no picture is left.
    for (const file of readdirSync(images)) if (file.endsWith('.png')) rmSync(`${images}${file}`)
    await draw(images, (picture) => PICTURES.includes(picture))
  }
}
