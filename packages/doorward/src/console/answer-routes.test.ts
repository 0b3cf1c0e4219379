import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { BROWSER, cookieName, SESSION } from '../authority/cookies.ts'
import { changeGroups } from '../authority/identity/membership.ts'
import { openSession } from '../authority/identity/session.ts'
import { MCP, makeWorld, VISIT, type World } from '../testing/world.ts'
import { consoleRoutes, type Pages } from './routes.ts'

// What was on the page, and nothing else, is what somebody agreed to.

const NAME = 'b'.repeat(32)
const SCOPES = {
  'notes:read': { description: 'Read', access: 'read' },
  'notes:write': { description: 'Write', access: 'write', includes: ['notes:read'] },
  'notes:tag': { description: 'Tag' },
} as const
const GROUPS = new Map([
  [
    MCP,
    [
      { group: 'readers', scopes: ['notes:read'] },
      { group: 'writers', scopes: ['notes:write'] },
      { group: 'taggers', scopes: ['notes:tag'] },
    ],
  ],
])

let world: World
let pages: Pages
let cookie = ''
beforeEach(async () => {
  world = await makeWorld({ resource: { scopes: SCOPES }, groupRules: GROUPS })
  pages = consoleRoutes(world.ctx, [])
  const authentication = { at: world.ctx.now(), method: 'password', amr: [] }
  const session = await openSession(world.ctx, VISIT, world.user, authentication, { reason: 'password' })
  cookie = `${cookieName(world.ctx, BROWSER)}=${NAME}; ${cookieName(world.ctx, SESSION)}=${session}`
})
afterEach(() => world.close())

const are = (...names: string[]) =>
  changeGroups(world.ctx, { userId: world.user.id, provider: undefined, names, reason: 'operator_asked' })

async function visit(path: string, form?: Record<string, string>) {
  const request = new Request(new URL(path, world.ctx.issuer), {
    method: form === undefined ? 'GET' : 'POST',
    headers: { cookie, accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded' },
    ...(form === undefined ? {} : { body: new URLSearchParams(form).toString() }),
  })
  const response = await pages(request, new URL(request.url).pathname, VISIT)
  return { status: response.status, location: response.headers.get('location') ?? '', html: await response.text() }
}

/** The page, with what has to come back with its form. */
async function question(scope: string) {
  const { client_id } = await world.register()
  const answer = await world.ask(client_id, { scope }, { cookie })
  const { html } = await visit(answer.headers.get('location') ?? '')
  return { html, request: /name="request" value="([^"]+)"/.exec(html)?.[1] ?? assert.fail(html) }
}
const granted = async () => (await world.ctx.store.grants.list()).map(({ scope }) => scope)

test('a box of what the groups leave of a scope counts like any other [doorward-narrowed]', async () => {
  await are('readers', 'taggers')
  const { html, request } = await question('notes:write notes:tag')
  assert.match(html, /name="scope\.notes:read"/)
  await visit('/consent', { request, decision: 'approve', 'scope.notes:read': 'yes' })
  assert.deepEqual(await granted(), ['notes:read notes:tag'])
})

test('what was not on the page is not granted, whatever somebody’s groups give since [doorward-narrowed]', async () => {
  await are('readers')
  const { request } = await question('notes:read notes:tag')
  await are('readers', 'taggers')
  await visit('/consent', { request, decision: 'approve', 'scope.notes:read': 'yes' })
  assert.deepEqual(await granted(), ['notes:read'])
})

test('a box that was left empty stays empty, also where the groups leave nothing else since [doorward-narrowed]', async () => {
  await are('writers', 'taggers')
  const { html, request } = await question('notes:write notes:tag')
  assert.match(html, /name="scope\.notes:write"/)
  await are('writers')
  const { status } = await visit('/consent', { request, decision: 'approve' })
  assert.equal(status, 403)
  assert.deepEqual(await granted(), [])
})
