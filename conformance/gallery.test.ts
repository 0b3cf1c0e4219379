// Every page that there is, in its extremes too, with the very headers of the product.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, BrowserContextOptions } from 'playwright-core'
import { serveGallery } from '../tools/gallery-server.ts'
import { launchChromium } from './person.ts'

let gallery: Awaited<ReturnType<typeof serveGallery>>
let browser: Browser
before(async () => {
  gallery = await serveGallery(0)
  browser = await launchChromium()
})
after(async () => {
  await browser?.close()
  gallery?.close()
})

const LOOKS: readonly [string, BrowserContextOptions][] = [
  ['in light, in English', { colorScheme: 'light', viewport: { width: 1280, height: 900 }, locale: 'en-GB' }],
  [
    'in the dark, on a phone, in German',
    { colorScheme: 'dark', viewport: { width: 320, height: 640 }, locale: 'de-DE' },
  ],
  [
    'without script, on a phone, in French',
    { colorScheme: 'light', viewport: { width: 320, height: 640 }, locale: 'fr-FR', javaScriptEnabled: false },
  ],
]

for (const [look, options] of LOOKS) {
  test(`every page of the gallery ${look} has no violation of axe-core or of its own policy, and does not scroll sideways`, {
    timeout: 300_000,
  }, async () => {
    const context = await browser.newContext(options)
    const page = await context.newPage()
    const problems: string[] = []
    let name = ''
    page.on('console', (message) => {
      if (/Content Security Policy|Refused to/i.test(message.text())) problems.push(`${name}: ${message.text()}`)
    })
    assert.ok(gallery.names.length > 40)
    for (name of gallery.names) {
      await page.goto(`${gallery.url}${name}`)
      // Without script nothing can be run in the page; what a reader sees is the same markup.
      if (options.javaScriptEnabled !== false) {
        const { violations } = await new AxeBuilder({ page }).analyze()
        problems.push(...violations.map(({ id, nodes }) => `${name}: ${id} ${nodes[0]?.html}`))
        const wide = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        )
        if (wide > 0) problems.push(`${name}: ${wide} px wider than the window`)
      } else if ((await page.locator('h1').count()) !== 1 || !(await page.locator('h1').isVisible())) {
        problems.push(`${name}: has no heading to be seen`)
      }
    }
    assert.deepEqual(problems, [])
    await context.close()
  })
}
