import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { readable, sealedIn, visitor } from '../testing/visitor.ts'
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

const secretIn = (html: string) => /dws_[\w-]+/.exec(html)?.[0]

test('a new secret is given out by the row of an application that has one, once: a page that is loaded again gives no other [doorward-secret-renewed]', async () => {
  const ada = await visitor(world, consoleRoutes(world.ctx, []), { user: world.user })
  const request = sealedIn(await ada.get(PATH))
  const add = { request, decision: 'add', redirect_uris: 'https://a.example/cb' }
  await ada.post(PATH, { ...add, name: 'Without' })
  const made = { ...add, name: 'With', secret: 'yes' }
  const { html } = await ada.post(PATH, made)
  const first = secretIn(html)
  assert.ok(first)
  const again = await ada.post(PATH, made)
  assert.deepEqual([again.status, secretIn(again.html)], [400, undefined])
  assert.match(readable(again.html), /sent before; see whether what was wanted is there/)
  assert.equal((await world.ctx.store.clients.list({ owner: world.user.id })).length, 2)

  const rows = [...html.matchAll(/<summary aria-label="([^"]+)">.*?name="id" value="([^"]+)"/gs)]
  assert.deepEqual(
    rows.map(([, name]) => name),
    ['New secret: With'],
  )
  const renew = { request: sealedIn({ html }), decision: 'secret', id: rows[0]?.[2] ?? '' }
  const renewed = await ada.post(PATH, renew)
  assert.equal(renewed.status, 200)
  const second = secretIn(renewed.html)
  assert.ok(second)
  assert.notEqual(second, first)
  const stored = await world.ctx.store.clients.find(renew.id)
  const repeated = await ada.post(PATH, renew)
  assert.deepEqual([repeated.status, secretIn(repeated.html)], [409, undefined])
  assert.match(repeated.html, /form_repeated/)
  assert.deepEqual(await world.ctx.store.clients.find(renew.id), stored)
  const anew = await ada.post(PATH, { ...renew, request: sealedIn(renewed) })
  assert.notEqual(secretIn(anew.html) ?? second, second)
})

test('of a blocked application nobody is offered a new secret, and a form with another wish does nothing', async () => {
  const ada = await visitor(world, consoleRoutes(world.ctx, []), { user: world.user })
  const request = sealedIn(await ada.get(PATH))
  await ada.post(PATH, { request, decision: 'add', name: 'Mine', redirect_uris: 'https://a.example/cb', secret: 'yes' })
  const [client] = await world.ctx.store.clients.list({ owner: world.user.id })
  const { status, html } = await ada.post(PATH, { request, decision: 'renew', id: client?.id ?? '' })
  assert.deepEqual([status, html.includes('decision_unknown'), secretIn(html)], [400, true, undefined])
  await world.ctx.store.clients.block(client?.id ?? '', world.ctx.now())
  assert.equal((await ada.get(PATH)).html.includes('value="secret"'), false)
})
