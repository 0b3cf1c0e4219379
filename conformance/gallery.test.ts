// Every page that there is, in its extremes too, with the very headers of the product.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
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
    timeout: 900_000,
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
        // WCAG 2.2, 2.5.8, which axe leaves off.
        const { violations } = await new AxeBuilder({ page })
          .options({ rules: { 'target-size': { enabled: true } } })
          .analyze()
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

// WCAG 2.2, 1.4.4, 1.4.10 and 1.4.12.
const SPACED = '* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }'
const LARGE: readonly (readonly [string, readonly string[], string])[] = [
  ['with letters twice as large', ['--blink-settings=defaultFontSize=32'], ''],
  ['with room between its letters and words', [], `${SPACED} p { margin-bottom: 2em !important }`],
]
for (const [look, started, style] of LARGE) {
  test(`every page of the gallery on a phone, ${look}, does not scroll sideways, and no words stand one letter a line`, {
    timeout: 900_000,
  }, async () => {
    const large = await launchChromium(...started)
    const context = await large.newContext({
      viewport: { width: 320, height: 640 },
      locale: 'de-DE',
      timezoneId: 'Europe/Berlin',
      bypassCSP: true,
    })
    const page = await context.newPage()
    const problems: string[] = []
    for (const name of gallery.names) {
      await page.goto(`${gallery.url}${name}`)
      if (style !== '') await page.addStyleTag({ content: style })
      const wide = await page.evaluate(() => {
        for (const details of document.querySelectorAll('details')) details.open = true
        return document.documentElement.scrollWidth - document.documentElement.clientWidth
      })
      if (wide > 0) problems.push(`${name}: ${wide} px wider than the window`)
      problems.push(...(await tooThin(page)).map((text) => `${name}: ${text}`))
    }
    await large.close()
    assert.deepEqual(problems, [])
  })
}

test('printed, no page of the gallery is cut at its side: paper does not scroll', { timeout: 300_000 }, async () => {
  // A4 within the margins of a browser, at 96 dots an inch; a browser draws what is wider smaller.
  const context = await browser.newContext({ viewport: { width: 718, height: 1050 } })
  const page = await context.newPage()
  await page.emulateMedia({ media: 'print' })
  const problems: string[] = []
  for (const name of gallery.names) {
    await page.goto(`${gallery.url}${name}`)
    const cut = await page.evaluate(() =>
      [...document.querySelectorAll('main, main *')].flatMap((element) =>
        ['auto', 'scroll'].includes(getComputedStyle(element).overflowX) && element.scrollWidth > element.clientWidth
          ? [`${element.className} shows ${element.clientWidth} px of ${element.scrollWidth}`]
          : [],
      ),
    )
    problems.push(...cut.map((what) => `${name}: ${what}`))
  }
  await context.close()
  assert.deepEqual(problems, [])
})

/** Words that stand in a column in which hardly a letter has room beside another. Tables scroll by themselves. */
function tooThin(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('main *, header *, footer *')].flatMap((element) => {
      const words = [...element.childNodes].map((node) => (node.nodeType === Node.TEXT_NODE ? node.textContent : ''))
      const text = words.join('').trim()
      if (text.length < 5 || !element.checkVisibility() || element.closest('.scroll, svg') !== null) return []
      let column = element
      while (getComputedStyle(column).display === 'inline' && column.parentElement !== null)
        column = column.parentElement
      const letters = column.clientWidth / Number.parseFloat(getComputedStyle(element).fontSize)
      return letters < 2 ? [`${letters} letters wide: ${text.slice(0, 40)}`] : []
    }),
  )
}

/** What carries a colour with a meaning. */
const COLOURED = '.state, .badge, .note, .kind, .count, .answer, .steps > li, .good, .warn, .bad'

/** Backgrounds go with the colours: what is set apart by one needs an edge then. */
function withoutEdge(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('.state, .badge, .note, .kind, .count, .answer')].flatMap((element) =>
      Number.parseFloat(getComputedStyle(element).borderTopWidth) > 0 ? [] : [`no edge: ${element.outerHTML}`],
    ),
  )
}

/** What on a page says something by its colour alone: without words that can be seen, or with the words of another colour. */
function colourAlone(page: Page): Promise<string[]> {
  return page.evaluate((selector) => {
    for (const details of document.querySelectorAll('details')) details.open = true
    const hasSize = ({ width, height }: DOMRect) => width > 1 && height > 1
    const wordsOf = (element: Element): string => {
      const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT)
      let words = ''
      for (let text = texts.nextNode(); text !== null; text = texts.nextNode()) {
        const range = document.createRange()
        range.selectNodeContents(text)
        if (hasSize(range.getBoundingClientRect())) words += text.textContent ?? ''
      }
      for (const icon of element.querySelectorAll('svg, img, [role=img]')) {
        const name = icon.getAttribute('aria-label') ?? icon.getAttribute('alt') ?? ''
        if (icon.closest('[aria-hidden=true]') === null && hasSize(icon.getBoundingClientRect())) words += name
      }
      return words.trim()
    }
    const moods = new Map<string, string>()
    return [...document.querySelectorAll(selector)].flatMap((element) => {
      if (!element.checkVisibility()) return []
      const words = wordsOf(element)
      const shown = element.outerHTML.slice(0, 120)
      if (!/[\p{L}\p{N}]/u.test(words)) return [`no words: ${shown}`]
      const mood = ['good', 'warn', 'bad'].find((name) => element.classList.contains(name)) ?? 'none'
      const same = moods.get(words) ?? mood
      moods.set(words, mood)
      return same === mood ? [] : [`${same} and ${mood} in the same words: ${shown}`]
    })
  }, COLOURED)
}

const BY_COLOUR: readonly (readonly [string, string])[] = [
  ['a pill without a word', '<span class="state bad"></span>'],
  ['a pill with an icon that nobody is told of', '<span class="badge good"><svg aria-hidden="true"></svg></span>'],
  ['a note with words that cannot be seen', '<div class="note warn"><span hidden>Careful</span></div>'],
  ['a pill with a dot', '<span class="state good">●</span>'],
  ['two pills of one word', '<span class="state good">Key</span> <span class="state bad">Key</span>'],
]
test('what a page says, it says without its colours too: every page is readable in the colours of who sees few', {
  timeout: 900_000,
}, async () => {
  const context = await browser.newContext({ forcedColors: 'active', locale: 'en-GB' })
  const page = await context.newPage()
  for (const [title, markup] of BY_COLOUR) {
    await page.setContent(`<main>${markup}</main>`)
    assert.equal((await colourAlone(page)).length, 1, title)
  }
  for (const markup of [
    '<span class="state bad">Refused</span>',
    '<span class="badge good"><svg role="img" aria-label="Checked"></svg></span>',
  ]) {
    await page.setContent(`<main>${markup}</main>`)
    assert.deepEqual(await colourAlone(page), [])
  }
  const problems: string[] = []
  const seen = new Set<string>()
  for (const name of gallery.names) {
    await page.goto(`${gallery.url}${name}`)
    const found = [...(await colourAlone(page)), ...(await withoutEdge(page))]
    problems.push(...found.map((problem) => `${name}: ${problem.slice(0, 200)}`))
    const { violations } = await new AxeBuilder({ page }).withRules('color-contrast').analyze()
    problems.push(...violations.map(({ id, nodes }) => `${name}: ${id} ${nodes[0]?.html}`))
    for (const one of COLOURED.split(', ')) if ((await page.locator(one).count()) > 0) seen.add(one)
  }
  assert.deepEqual(problems, [])
  assert.deepEqual([...seen].sort(), COLOURED.split(', ').sort(), 'each of them stands on some page')
  await context.close()
})
