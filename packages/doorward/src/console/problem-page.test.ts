import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { readable, sealedIn, type Visitor, visitor } from '../testing/visitor.ts'
import { makeWorld, type World } from '../testing/world.ts'
import { consoleRoutes } from './routes.ts'

const ISSUER = 'https://door.example/tenant'

let world: World
let ada: Visitor
beforeEach(async () => {
  world = await makeWorld({ issuer: ISSUER })
  ada = await visitor(world, consoleRoutes(world.ctx, []), { user: world.user })
})
afterEach(() => world.close())

/** Where a form stands, where it is sent, what with, and the page that is opened anew. */
const FORMS: readonly (readonly [at: string, path: string, sent: Record<string, string>, page: string])[] = [
  ['/account', '/account', { decision: 'disconnect-all' }, '/account'],
  ['/account/sign-in', '/account/sign-in', { action: 'end-others' }, '/account/sign-in'],
  ['/account/clients', '/account/clients', { name: 'Mine', redirect_uris: 'https://a.example/' }, '/account/clients'],
  ['/device', '/device', { user_code: 'BCDF-GHJK' }, '/device'],
  ['/admin/people', '/admin/people/add', { email: 'eve@x.example' }, '/admin/people'],
  ['/sign-in', '/sign-in', { email: 'ada@x.example', password: 'x' }, '/sign-in'],
  ['/', '/sign-out', {}, '/'],
]
const sealedAt = async (at: string) => sealedIn(await ada.get(`/tenant${at}`))

for (const [at, path, sent, page] of FORMS) {
  test(`what is sent to ${path} by a page that was open for an hour does nothing; it says so and leads to the page anew [doorward-csrf]`, async () => {
    const request = await sealedAt(at)
    world.wait(3601)
    const events = world.events.length
    const { status, html } = await ada.post(`/tenant${path}`, { request, ...sent })
    assert.equal(status, 400)
    assert.deepEqual(
      world.events.slice(events).map(({ type, reason }) => [type, reason]),
      [['request.refused', 'form_expired']],
    )
    assert.match(readable(html), /This page was open for too long\. .*Open the page anew, and send it again\./)
    assert.ok(html.includes(`<a href="${ISSUER}${page}">Open the page anew</a>`))
    assert.doesNotMatch(html, /another browser|for this browser|your application/)
  })
}

test('a connection that was ended in another tab is refused by a page that leads to those that are there', async () => {
  const request = await sealedAt('/account')
  const { status, html } = await ada.post('/tenant/account', { request, decision: 'disconnect', id: 'gone' })
  assert.equal(status, 404)
  assert.ok(html.includes(`<a href="${ISSUER}/account">Open the page anew</a>`))
})

test('a sign-in page that is loaded again after an hour leads on to where it did', async () => {
  const { location } = await (await visitor(world, consoleRoutes(world.ctx, []), { name: ada.name })).get(
    '/tenant/account',
  )
  world.wait(3601)
  const page = await ada.get(location.slice('https://door.example'.length))
  assert.equal(page.status, 200)
  const { value = '' } = /name="account" value="(?<value>[^"]+)"/.exec(page.html)?.groups ?? {}
  const sent = { request: sealedIn(page), account: value, decision: 'choose' }
  assert.equal((await ada.post('/tenant/sign-in/account', sent)).location, `${ISSUER}/account`)
})

test('an operator whose page was open overnight, and whose session ended, signs in and finds the form again [doorward-console-forms]', async () => {
  const request = await sealedAt('/admin/people')
  await world.ctx.store.sessions.closeOthers(world.user.id, '')
  world.wait(12 * 3600)
  const { status, location } = await ada.post('/tenant/admin/people/add', { request, email: 'eve@x.example' })
  assert.equal(status, 303)
  assert.match(location, /\/sign-in\?request=/)
})

const GONE: readonly (readonly [path: string, status: number, page: string])[] = [
  ['/admin/clients/block', 404, '/admin/clients'],
  ['/admin/clients/remove', 404, '/admin/clients'],
  ['/admin/grants/revoke', 404, '/admin/grants'],
  ['/admin/people/sign-out', 404, '/admin/people'],
  ['/admin/invites/revoke', 404, '/admin/invites'],
  ['/admin/rules/remove', 404, '/admin/rules'],
]
for (const [path, status, page] of GONE) {
  test(`${path} of what another operator took away meanwhile leads back to what there is`, async () => {
    const request = await sealedAt('/admin')
    const answer = await ada.post(`/tenant${path}`, { request, id: 'gone', sure: 'yes' })
    assert.equal(answer.status, status)
    assert.ok(answer.html.includes(`<a href="${ISSUER}${page}">Open the page anew</a>`))
  })
}
