import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Hono, type HonoRequest } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { RESOURCE } from '../testing/issuer.ts'
import { notesGuard } from '../testing/notes-guard.ts'
import { type AuthInfo, protect, serveMetadata } from './hono.ts'

const { guard, token } = await notesGuard()
const call = JSON.stringify({ method: 'tools/call', params: { name: 'add_note' } })

interface Env {
  Variables: { auth: AuthInfo }
}

const arrangements: [string, Hono<Env>][] = [
  ['alone', new Hono<Env>().use(protect(guard))],
  ['on its path', new Hono<Env>().use(serveMetadata(guard)).use('/mcp', protect(guard))],
  [
    'after a body was parsed',
    new Hono<Env>()
      .use(async (c, next) => {
        if (c.req.method === 'POST') await c.req.json()
        await next()
      })
      .use(protect(guard)),
  ],
]

const parsers: [string, (request: HonoRequest) => Promise<unknown>, string][] = [
  ['text that is no JSON', (request) => request.text(), '{nonsense'],
  ['nothing', (request) => request.text(), ''],
  ['a form', (request) => request.parseBody(), 'a=b'],
]
for (const [name, parse, body] of parsers) {
  test(`${name} calls no tool, whether it was read before the guard or not`, async () => {
    for (const isRead of [false, true]) {
      const app = new Hono()
      app.use(async (c, next) => {
        if (isRead) await parse(c.req)
        await next()
      })
      app.use(protect(guard)).all('/mcp', (c) => c.text('in'))
      const authorization = `Bearer ${await token('notes:read')}`
      const headers = { authorization, 'content-type': 'application/x-www-form-urlencoded' }
      const response = await app.request(RESOURCE, { method: 'POST', body, headers })
      assert.equal(await response.text(), 'in', isRead ? 'read' : 'unread')
    }
  })
}

test('any origin may read an answer, a mistake too, unless the handler or what came before decided otherwise', async () => {
  const own = { 'access-control-allow-origin': 'https://notes.example' }
  const app = new Hono()
  app.use('/before', async (c, next) => {
    c.header('access-control-allow-origin', 'https://notes.example')
    await next()
  })
  app.use(protect(guard))
  app.get('/before', (c) => c.text('in'))
  app.get('/own', (c) => c.text('in', 200, own))
  app.get('/response', () => new Response('in', { headers: own }))
  app.get('/redirect', () => Response.redirect('https://notes.example/elsewhere'))
  app.get('/mistake', () => {
    throw new HTTPException(418)
  })
  const headers = { authorization: `Bearer ${await token('notes:read')}` }
  const answers = async (path: string) => {
    const answer = await app.request(new URL(path, RESOURCE).href, { headers })
    return [answer.status, answer.headers.get('access-control-allow-origin')]
  }
  for (const path of ['/before', '/own', '/response'])
    assert.deepEqual(await answers(path), [200, 'https://notes.example'], path)
  assert.deepEqual(await answers('/redirect'), [302, '*'])
  assert.deepEqual(await answers('/mistake'), [418, '*'])
  assert.deepEqual(await answers('/nothing'), [404, '*'])
})

for (const [name, app] of arrangements) {
  test(`guards a Hono application ${name}`, async () => {
    app.all('/mcp', async (c) =>
      c.text(`${c.get('auth').clientId} ${c.req.method === 'POST' ? JSON.stringify(await c.req.json()) : ''}`),
    )
    const post = async (scope: string) =>
      app.request(RESOURCE, {
        method: 'POST',
        body: call,
        headers: { authorization: `Bearer ${await token(scope)}` },
      })
    assert.equal((await app.request(RESOURCE)).status, 401)
    const refused = await post('notes:read')
    assert.equal(refused.status, 403)
    assert.match(refused.headers.get('www-authenticate') ?? '', /scope="notes:write"/)
    const response = await post('notes:write')
    assert.equal(await response.text(), `editor ${call}`)
    assert.equal(response.headers.get('access-control-allow-origin'), '*')
    const metadata = await app.request(guard.metadataUrl)
    assert.equal(((await metadata.json()) as { resource: string }).resource, RESOURCE)
  })
}
