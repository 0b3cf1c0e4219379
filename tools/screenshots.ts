// Draws the pages for the documentation: node --conditions=doorward-source tools/screenshots.ts
// With --serve it shows every page, also in its extremes, at http://127.0.0.1:PORT/ (a free one without DOORWARD_PORT).
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { launchChromium } from '../conformance/person.ts'
import { html } from '../packages/doorward/src/console/html.ts'
import { page } from '../packages/doorward/src/console/layout.ts'
import { formActionFor, send } from '../packages/doorward/src/console/send.ts'
import { wordsFor } from '../packages/doorward/src/console/words/words.ts'
import { CURSOR, gallery as pagesIn } from './gallery.ts'

const WORDS = wordsFor({ headers: new Headers() })

/** The pages with the very headers of the product. What a form sends comes back as text, or goes to the application. */
async function gallery(port: number) {
  const list = page({
    words: WORDS,
    title: 'Gallery',
    main: html`<h1>Gallery</h1><ul>${Object.keys(pagesIn(WORDS)).map((name) => html`<li><a href="/${name}">${name}</a></li>`)}</ul>`,
  })
  const server = createServer(async (request, response) => {
    const name = (request.url ?? '/').slice(1)
    if (request.method === 'POST') {
      const body = (await request.toArray()).join('')
      const toApplication = name === 'to-application'
      response.writeHead(toApplication ? 303 : 200, {
        'content-type': 'text/plain',
        ...(toApplication ? { location: `${CURSOR.shown}/cb?code=1` } : {}),
      })
      return response.end(body)
    }
    const shown =
      name === ''
        ? list
        : pagesIn(wordsFor({ headers: new Headers({ 'accept-language': request.headers['accept-language'] ?? '' }) }))[
            name
          ]
    if (shown === undefined) return response.writeHead(404).end()
    const formAction = name === 'consent-private-use' ? formActionFor({ ...CURSOR, uri: CURSOR.shown }) : "'self'"
    const sent = send(shown, { formAction })
    response.writeHead(sent.status, [...sent.headers].flat()).end(await sent.text())
  })
  await once(server.listen(port, '127.0.0.1'), 'listening')
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, close: () => server.close() }
}

const LOOKS = [
  ['', 'light', 640],
  ['-dark', 'dark', 640],
  ['-phone', 'light', 390],
] as const

const WIDE: Record<string, number> = { home: 860, 'admin-overview': 1180, 'admin-trace': 1180, 'admin-approvals': 1180 }

async function draw(): Promise<void> {
  const folder = new URL('../docs/images/', import.meta.url).pathname
  mkdirSync(folder, { recursive: true })
  const { url, close } = await gallery(0)
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
  process.stdout.write(`${(await gallery(Number(process.env.DOORWARD_PORT ?? 0))).url}\n`)
} else await draw()
