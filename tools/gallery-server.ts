import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { html } from '../packages/doorward/src/console/html.ts'
import { page } from '../packages/doorward/src/console/layout.ts'
import { formActionFor, send } from '../packages/doorward/src/console/send.ts'
import { wordsFor } from '../packages/doorward/src/console/words/words.ts'
import { CURSOR, gallery as pagesIn } from './gallery.ts'

const WORDS = wordsFor({ headers: new Headers() })

/** The pages with the very headers of the product. What a form sends comes back as text, or goes to the application. */
export async function serveGallery(
  port: number,
): Promise<{ url: string; names: readonly string[]; close: () => void }> {
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
  const { port: taken } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${taken}/`, names: Object.keys(pagesIn(WORDS)), close: () => void server.close() }
}
