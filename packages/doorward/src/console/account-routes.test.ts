import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { readable, visitor } from '../testing/visitor.ts'
import { makeWorld, type World } from '../testing/world.ts'
import { consoleRoutes } from './routes.ts'
import { LANGUAGES } from './words/words.ts'

const PATH = '/account/clients'

let world: World
beforeEach(async () => {
  world = await makeWorld()
})
afterEach(() => world.close())

async function person(language = 'en') {
  const ada = await visitor(world, consoleRoutes(world.ctx, []), { user: world.user, language })
  const request = /name="request" value="([^"]+)"/.exec((await ada.get(PATH)).html)?.[1] ?? assert.fail('no form')
  return (form: Record<string, string>) => ada.post(PATH, { request, decision: 'add', ...form })
}

const WRONG = [
  ['redirect', 'client-added redirect_uris', { name: 'Mine', redirect_uris: 'http://elsewhere.example/cb' }],
  ['redirect', 'client-added redirect_uris', { name: 'Mine', redirect_uris: '' }],
  ['name', 'client-added name', { name: 'x'.repeat(121), redirect_uris: 'https://a.example/cb' }],
] as const
for (const { lang, adminForms } of LANGUAGES) {
  for (const [id, hint, form] of WRONG) {
    test(`who types a ${id} of their own application that will not do is told what to type, in ${lang}, there and with all that was typed [doorward-own-clients]`, async () => {
      const send = await person(lang)
      const { status, html } = await send({ ...form, secret: 'yes' })
      assert.equal(status, 400)
      const said = /<div class="note bad" role="alert" id="problem">(.*?)<\/div>/s.exec(html)?.[1] ?? ''
      assert.ok(said.includes(`<a href="#${id}">`))
      assert.ok(readable(said).includes(readable(adminForms.fields[hint])), readable(said))
      const marked = [...html.matchAll(/<(?:input|textarea)[^>]* id="(\w+)"[^>]* aria-invalid="true" autofocus/g)]
      assert.deepEqual(
        marked.map(([, field]) => field),
        [id],
      )
      for (const typed of Object.values(form)) assert.ok(html.includes(typed))
      assert.match(html, /name="secret" value="yes" checked/)
    })
  }
}

test('each of several applications is removed by a button that names it', async () => {
  const send = await person()
  await send({ name: 'One', redirect_uris: 'https://a.example/cb' })
  const { html } = await send({ name: 'Two', redirect_uris: 'https://a.example/cb' })
  const names = [...html.matchAll(/value="remove" aria-label="([^"]+)"/g)].map(([, name]) => name)
  assert.deepEqual(names.toSorted(), ['Remove: One', 'Remove: Two'])
})
