import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { readable, sealedIn, visitor } from '../testing/visitor.ts'
import { CALLBACK, ISSUER, MCP, makeWorld, VISIT, type World } from '../testing/world.ts'
import { MOST_AT_ONCE } from './portion.ts'
import { consoleRoutes } from './routes.ts'

type Grants = World['ctx']['store']['grants']
type NewGrant = Parameters<Grants['open']>[0]
type Client = Parameters<World['ctx']['store']['clients']['put']>[0]

const DAY = 86_400
const ELSEWHERE = '198.51.100.0/24'
const ID = 'dwo_editor'

let world: World
beforeEach(async () => {
  world = await makeWorld()
})
afterEach(() => world.close())

interface Used {
  readonly at?: number
  readonly network?: string
}

/** A connection of Ada's, agreed to where `VISIT` comes from, and used when and where it says. */
async function connect(client: Partial<Client>, grant: Partial<NewGrant>, used: Used = {}): Promise<void> {
  const { store, now, lifetimes } = world.ctx
  const metadata = { redirect_uris: [CALLBACK], client_name: 'Editor' }
  const known: Client = { id: ID, assurance: 'operator', metadata, createdAt: 0, secretsNotBefore: 0, ...client }
  await store.clients.put(known)
  const openedAt = now()
  const agreed = { userId: world.user.id, clientId: known.id, resource: MCP, scope: 'notes:read', openedAt }
  const at = used.at ?? openedAt
  const opened = { id: 'dwg_one', ...agreed, codeExpiresAt: at + 60, network: VISIT.network, ...grant }
  await store.grants.open(opened)
  const network = used.network ?? VISIT.network
  await store.grants.redeem(opened.id, { now: at, expiresAt: at + lifetimes.grantIdle, network })
}

/** The cards of the page, as they are read: what is known, the name, and the facts by their titles. */
async function cards(language = 'en', path = '/account') {
  const ada = await visitor(world, consoleRoutes(world.ctx, []), { user: world.user, language })
  const { html } = await ada.get(path)
  return [...html.matchAll(/<section class="card".*?<\/section>/gs)].map(([card]) => {
    const text = (pattern: RegExp) => readable(pattern.exec(card)?.[1] ?? '').trim()
    const facts = [...card.matchAll(/<dt>(.*?)<\/dt><dd>(.*?)<\/dd>/gs)].map(([, title = '', fact = '']) => [
      title,
      readable(fact).trim(),
    ])
    return {
      known: text(/<p class="badge[^"]*">(.*?)<\/p>/s),
      name: text(/<h2[^>]*>(.*?)<\/h2>/s),
      warning: text(/<div class="note warn">(.*?)<\/div>/s),
      facts: Object.fromEntries(facts) as Record<string, string>,
    }
  })
}
const card = async (language?: string) => (await cards(language))[0] ?? assert.fail('there is no connection')
const shown = (seconds: number) =>
  new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' })
    .format(new Date(seconds * 1000))
    .replace(/\s+/g, ' ')

const KNOWN: readonly (readonly [Partial<Client>, string, string])[] = [
  [{ assurance: 'operator' }, 'Registered by your operator', 'An application that your operator registered (“Editor”)'],
  [{ assurance: 'user', owner: 'dwu_ada' }, 'Registered by you', 'An application that you registered (“Editor”)'],
  [{ assurance: 'domain', id: 'https://app.example/client.json' }, 'From app.example', '“Editor” of app.example'],
  [{ assurance: 'statement', vouchedBy: 'vouch.example' }, 'Vouched for by vouch.example', '“Editor” of vouch.example'],
  [{ assurance: 'invited' }, 'Invited, not verified', 'An unverified application that calls itself “Editor”'],
  [{ assurance: 'claimed' }, 'Unverified application', 'An unverified application that calls itself “Editor”'],
]
for (const [client, known, name] of KNOWN) {
  test(`a person sees of an application that is known by ${client.assurance}: ${known}`, async () => {
    await connect(client, {})
    const seen = await card()
    assert.equal(seen.known, known)
    assert.equal(seen.name, name)
  })
}

test('of many connections a page shows some, the latest used first, and leads on to the others [doorward-connections]', async () => {
  const numbers = Array.from({ length: MOST_AT_ONCE + 3 }, (_, i) => i)
  for (const i of numbers) {
    const metadata = { redirect_uris: [CALLBACK], client_name: `Editor ${i}` }
    await connect({ id: `dwo_${i}`, metadata }, { id: `dwg_${i}` }, { at: world.ctx.now() + i })
  }
  const [first, second] = [await cards('en', '/account'), await cards('en', `/account?from=${MOST_AT_ONCE}`)]
  assert.equal(first.length, MOST_AT_ONCE)
  const seen = [...first, ...second].map(({ name }) => /Editor \d+/.exec(name)?.[0])
  assert.deepEqual(
    seen,
    numbers.toReversed().map((i) => `Editor ${i}`),
  )
  const ada = await visitor(world, consoleRoutes(world.ctx, []), { user: world.user })
  const { html } = await ada.get('/account')
  assert.match(html, new RegExp(`href="${world.ctx.issuer}/account\\?from=${MOST_AT_ONCE}">Older<`))
  // Of what is on another page there is something to disconnect, too.
  assert.match((await ada.get(`/account?from=${MOST_AT_ONCE}`)).html, /value="disconnect-all"/)
})

test('a name that looks like that of a well-known client is warned of, also after it was agreed to', async () => {
  await connect({ assurance: 'claimed', metadata: { redirect_uris: [CALLBACK], client_name: 'Claude' } }, {})
  assert.match((await card()).warning, /The name looks like that of Claude/)
})

test('a connection says which server, what it may in words, when it began, when and where it was last used', async () => {
  const openedAt = world.ctx.now()
  await connect({}, { scope: 'notes:read notes:write offline_access' }, { at: openedAt + 3 * DAY, network: ELSEWHERE })
  world.wait(5 * DAY)
  const { facts } = await card()
  assert.deepEqual(facts, {
    'MCP server': `Notes ${MCP}`,
    'It may': 'Read your notes notes:read Write notes notes:write',
    Connected: `${shown(openedAt)} UTC from ${VISIT.network}, like this browser`,
    'Last used': `${shown(openedAt + 3 * DAY)} UTC from ${ELSEWHERE}`,
    'Its tokens': 'work for whoever has them, for a few minutes each.',
    Ends: `When you disconnect it, or after ${world.ctx.lifetimes.grantIdle / DAY} days without use.`,
  })
})

for (const [senderKey, words] of [
  ['thumbprint-of-a-key', 'are worth nothing without its key.'],
  ['x5t#S256:of-a-certificate', 'are worth nothing without its certificate.'],
] as const) {
  test(`a connection whose tokens are bound to ${senderKey} says: they ${words}`, async () => {
    await connect({}, { senderKey })
    assert.equal((await card()).facts['Its tokens'], words)
  })
}

test('an end that was set is the end that is shown, and the last day stands in its field', async () => {
  const endsAt = world.ctx.now() + 30 * DAY
  await connect({}, { endsAt })
  assert.equal((await card()).facts.Ends, `${shown(endsAt)} UTC`)
})

test('a scope that the server no longer explains is named as it is, and a server that is no longer served by its address', async () => {
  await connect({}, { resource: 'https://gone.example/mcp', scope: 'old:scope' })
  const { facts } = await card()
  assert.match(facts['MCP server'] ?? '', /https:\/\/gone\.example\/mcp$/)
  assert.match(facts['It may'] ?? '', /old:scope/)
})

test('the latest used stands first; what others agreed to, what ended and what nobody fetched is not there', async () => {
  const { store, now } = world.ctx
  const at = now()
  for (const [id, later] of [
    ['a', 1],
    ['b', 3],
    ['c', 2],
  ] as const)
    await connect(
      { id: `dwo_${id}`, metadata: { redirect_uris: [CALLBACK], client_name: id } },
      { id: `dwg_${id}` },
      { at: at + later },
    )
  await connect({ id: 'dwo_d' }, { id: 'dwg_d' })
  await store.grants.revoke('dwg_d', { now: at, reason: 'person_disconnected' })
  await connect({ id: 'dwo_e' }, { id: 'dwg_e', userId: 'dwu_somebody_else' })
  await store.grants.open({
    id: 'dwg_f',
    userId: world.user.id,
    clientId: ID,
    resource: MCP,
    scope: 'notes:read',
    openedAt: at,
    codeExpiresAt: at + 60,
  })
  assert.deepEqual(
    (await cards()).map(({ name }) => /“(\w)”/.exec(name)?.[1]),
    ['b', 'c', 'a'],
  )
})

for (const [language, facts] of [
  ['de', ['MCP-Server', 'Zuletzt benutzt', 'wie dieser Browser']],
  ['fr', ['Serveur MCP', 'Dernière utilisation', 'comme ce navigateur']],
] as const) {
  test(`the same is said in ${language}`, async () => {
    await connect({}, {})
    const said = JSON.stringify(await card(language))
    for (const word of facts) assert.ok(said.includes(word), `${word}: ${said}`)
  })
}

test('each change of a person is done by its form, told on the page after it, and an event of theirs', async () => {
  const { store, now } = world.ctx
  const ada = await visitor(world, consoleRoutes(world.ctx, []), { user: world.user })
  await connect({}, { scope: 'notes:read notes:write' })
  const press = async (form: Readonly<Record<string, string>>) => {
    const { location } = await ada.post('/account', { request: sealedIn(await ada.get('/account')), ...form })
    assert.equal(location, `${ISSUER}/account?done=${form.decision}`)
    assert.match((await ada.get(location)).html, /role="status"/)
    const [event] = (await store.events.list({ limit: 100 })).slice(-1)
    return [event?.type, event?.actor, event?.reason]
  }
  const grant = async () => (await store.grants.find('dwg_one')) ?? assert.fail('there is no grant')
  const id = 'dwg_one'
  assert.deepEqual(await press({ id, decision: 'narrow', 'keep notes:read': 'yes' }), [
    'grant.narrowed',
    world.user.id,
    'person_asked',
  ])
  assert.equal((await grant()).scope, 'notes:read')
  const day = new Date((now() + 10 * DAY) * 1000).toISOString().slice(0, 10)
  await press({ id, decision: 'end', ends: day })
  assert.equal((await grant()).endsAt, Date.parse(`${day}T00:00:00Z`) / 1000 + DAY)
  assert.deepEqual(await press({ id, decision: 'disconnect' }), ['grant.revoked', world.user.id, 'person_disconnected'])
  assert.notEqual((await grant()).revokedAt, undefined)
})
