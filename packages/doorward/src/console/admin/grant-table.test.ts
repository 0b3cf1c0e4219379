import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { rowsIn, visitor } from '../../testing/visitor.ts'
import { CALLBACK, MCP, makeWorld, type World } from '../../testing/world.ts'
import { consoleRoutes } from '../routes.ts'

let world: World
beforeEach(async () => {
  world = await makeWorld()
})
afterEach(() => world.close())

type NewGrant = Parameters<World['ctx']['store']['grants']['open']>[0]

const DAY = 86_400
const NETWORK = '198.51.100.0/24'

/** A connection that was used `usedAfter` seconds after it was opened, by its code alone. */
async function connect(changes: Partial<NewGrant> = {}, usedAfter: number | 'never' = 0) {
  const { store, now, lifetimes } = world.ctx
  const grant: NewGrant = {
    id: 'dwg_one',
    userId: world.user.id,
    clientId: 'dwo_editor',
    resource: MCP,
    scope: 'notes:read',
    openedAt: now(),
    codeExpiresAt: now() + 600,
    ...changes,
  }
  const metadata = { redirect_uris: [CALLBACK], client_name: 'Editor' }
  await store.clients.put({ id: grant.clientId, assurance: 'operator', metadata, createdAt: 0, secretsNotBefore: 0 })
  await store.grants.open(grant)
  if (usedAfter === 'never') return
  world.wait(usedAfter)
  await store.grants.redeem(grant.id, { now: now(), expiresAt: now() + lifetimes.grantIdle, network: NETWORK })
}

async function rows(query = '') {
  const ada = await visitor(world, consoleRoutes(world.ctx, []), { user: world.user })
  return rowsIn((await ada.get(`/admin/grants${query}`)).html)
}

const dayOf = (seconds: number) =>
  new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeZone: 'UTC' }).format(new Date(seconds * 1000))

test('an application that never refreshed was used when it fetched its first token, and from where', async () => {
  await connect({}, 300)
  const used = world.ctx.now()
  world.wait(2 * DAY)
  const [row] = await rows()
  assert.equal(row?.Client, 'Editor')
  assert.ok((row?.['Last used'] ?? '').startsWith(dayOf(used)))
  assert.match(row?.['Last used'] ?? '', /UTC from 198\.51\.100\.0\/24$/)
})

test('one whose code nobody fetched was never used', async () => {
  await connect({}, 'never')
  const [row] = await rows('?all=yes')
  assert.equal(row?.['Last used'], 'never')
})

test('a connection that is refreshed shows the refresh', async () => {
  const { store, now, lifetimes } = world.ctx
  await connect()
  world.wait(3 * DAY)
  const rotation = { now: now(), windowSeconds: 30, expiresAt: now() + lifetimes.grantIdle, network: '192.0.2.0/24' }
  assert.equal(await store.grants.rotate('dwg_one', 1, rotation), 'rotated')
  const [row] = await rows()
  assert.ok((row?.['Last used'] ?? '').startsWith(dayOf(now())))
  assert.match(row?.['Last used'] ?? '', /from 192\.0\.2\.0\/24$/)
})

test('the end is the one that was set, else the day on which it ends unused, else the day on which it was ended', async () => {
  const { store, now, lifetimes } = world.ctx
  await connect({ id: 'dwg_a', clientId: 'dwo_a', endsAt: now() + 30 * DAY })
  await connect({ id: 'dwg_b', clientId: 'dwo_b' })
  await connect({ id: 'dwg_c', clientId: 'dwo_c' })
  world.wait(DAY)
  await store.grants.revoke('dwg_c', { now: now(), reason: 'operator_revoked' })
  const began = now() - DAY
  for (const [client, end, isOpen] of [
    ['dwo_a', began + 30 * DAY, false],
    ['dwo_b', began + lifetimes.grantIdle, true],
    ['dwo_c', now(), false],
  ] as const) {
    const [row] = await rows(`?all=yes&client=${client}`)
    assert.ok(row?.Ends?.startsWith(dayOf(end)), `${client}: ${row?.Ends}`)
    assert.equal(row?.Ends?.endsWith('unless it is used'), isOpen, client)
  }
})

for (const [senderKey, words] of [
  ['thumbprint-of-a-key', 'Live bound to a key'],
  ['x5t#S256:of-a-certificate', 'Live bound to a certificate'],
  ['', 'Live'],
] as const) {
  test(`a connection whose tokens are bound to ${senderKey || 'nothing'} says so`, async () => {
    await connect(senderKey === '' ? {} : { senderKey })
    const [row] = await rows()
    assert.equal(row?.State, words)
  })
}

test('of what an application holds by itself no use is claimed that nobody remembers', async () => {
  const { client_id, client_secret } = await world.operatorsClient({ grant_types: ['client_credentials'] })
  const form = { grant_type: 'client_credentials', client_id, client_secret, scope: 'notes:read', resource: MCP }
  assert.equal((await world.post('/token', form)).status, 200)
  const [row] = await rows()
  assert.equal(row?.['Last used'], 'not remembered')
})

test('the pages of a client and of a person lead on to those connections that they have no room for', async () => {
  const most = 50
  for (let i = 0; i < most + 2; i++) await connect({ id: `dwg_${String(i).padStart(3, '0')}` })
  const ada = await visitor(world, consoleRoutes(world.ctx, []), { user: world.user })
  for (const path of ['/admin/clients/one?id=dwo_editor', `/admin/people/one?id=${world.user.id}`]) {
    const { html } = await ada.get(path)
    const [, next = ''] = /href="([^"]+)">Next</.exec(html) ?? []
    const rest = await ada.get(next.replaceAll('&amp;', '&'))
    assert.deepEqual([rowsIn(html).length, rowsIn(rest.html).length], [most, 2], path)
  }
})
