import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import type { AuditEvent } from '@doorward/core/kernel/audit'
import type { Action } from '../../authority/admin/actions/action.ts'
import { ACTIONS } from '../../authority/admin/actions/index.ts'
import { readable, rowsIn, type Visitor, visitor } from '../../testing/visitor.ts'
import { ISSUER, MCP, makeWorld, type World } from '../../testing/world.ts'
import { consoleRoutes } from '../routes.ts'

const DAY = 86_400_000
const SCOPES = {
  'notes:read': { description: 'Read your notes', tools: ['list_notes', 'read_note'] },
  'notes:write': { description: 'Change and delete notes', includes: ['notes:read'] },
} as const

let world: World
let ada: Visitor
beforeEach(async () => {
  world = await makeWorld({
    resource: { scopes: SCOPES, senderConstraint: 'required' },
    registration: {
      statementIssuers: [
        { issuer: 'https://vouch.example', softwareIds: ['editor-1', 'editor-2'] },
        { domain: '*.vendor.example' },
      ],
    },
  })
  ada = await visitor(world, consoleRoutes(world.ctx, []), { user: world.user })
})
afterEach(() => world.close())

const page = async (path: string) => {
  const { status, html } = await ada.get(`/admin${path}`)
  assert.equal(status, 200)
  return html
}

interface Seen {
  readonly title: string
  readonly total: string
  /** The label of each line, as it is told to who does not see it. */
  readonly labels: readonly string[]
  /** By day: what stands in the table of figures. */
  readonly days: readonly Readonly<Record<string, string>>[]
  readonly bars: number
}

/** The charts of the overview, as they are read. */
async function charts(): Promise<readonly Seen[]> {
  return [...(await page('')).matchAll(/<figure class="panel">(.*?)<\/figure>/gs)].map(([, figure = '']) => ({
    title: readable(/<figcaption>(.*?)(<span|<\/figcaption>)/s.exec(figure)?.[1] ?? '').trim(),
    total: readable(/<figcaption>.*?<span[^>]*>(.*?)<\/span>/s.exec(figure)?.[1] ?? '').trim(),
    labels: [...figure.matchAll(/<svg[^>]*role="img" aria-label="([^"]+)"/g)].map(([, label = '']) => label),
    days: rowsIn(figure),
    bars: [...figure.matchAll(/<rect[^>]* height="([\d.]+)"/g)].filter(([, height]) => Number(height) > 0).length,
  }))
}

const event = (daysAgo: number, type: AuditEvent['type'], reason = 'test') => ({
  type,
  reason,
  outcome: type.endsWith('refused') ? ('refused' as const) : ('allowed' as const),
  at: world.ctx.now() * 1000 - daysAgo * DAY,
})
const dayName = (daysAgo: number) =>
  new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', timeZone: 'UTC' }).format(
    new Date(world.ctx.now() * 1000 - daysAgo * DAY),
  )

test('the overview draws registrations, consents and refusals of two weeks, each as bars and as figures', async () => {
  await world.ctx.store.events.append([
    event(0, 'client.registered'),
    event(0, 'client.registered'),
    event(3, 'client.added'),
    event(20, 'client.registered'),
    event(1, 'consent.given'),
    event(2, 'consent.denied'),
    event(2, 'grant.revoked'),
    event(5, 'token.refused', 'code_expired'),
    event(5, 'token.refused', 'code_expired'),
    event(6, 'authorization.refused', 'client_unknown'),
    // Everybody is told so who has just come.
    event(6, 'access.refused', 'no_credentials'),
  ])
  const [registrations, consents, refusals, ...more] = await charts()
  assert.equal(more.length, 0)
  const counted = ({ days }: Seen, column: string) =>
    days.flatMap(({ Day: day = '', [column]: count = '' }) => (count === '0' ? [] : [[day, count]]))
  assert.ok(registrations && consents && refusals)
  assert.deepEqual([registrations.title, registrations.total], ['New registrations each day', '3 in 14 days'])
  assert.equal(registrations.days.length, 14)
  assert.deepEqual(counted(registrations, 'Count'), [
    [dayName(3), '1'],
    [dayName(0), '2'],
  ])
  assert.equal(registrations.bars, 2)
  assert.deepEqual(registrations.labels, ['new registrations: 3 in 14 days, most in a day: 2'])
  assert.deepEqual([consents.title, consents.total], ['Consents given each day', '1 in 14 days'])
  assert.deepEqual(counted(consents, 'Count'), [[dayName(1), '1']])
  assert.deepEqual([refusals.title, refusals.total], ['Refusals by reason, each day', '3 in 14 days'])
  assert.deepEqual(counted(refusals, 'code_expired'), [[dayName(5), '2']])
  assert.deepEqual(counted(refusals, 'client_unknown'), [[dayName(6), '1']])
  assert.deepEqual(refusals.labels, [
    'code_expired: 2 in 14 days, most in a day: 2',
    'client_unknown: 1 in 14 days, most in a day: 1',
  ])
  const tiles = [...(await page('')).matchAll(/<a class="tile"[^>]*>(.*?)<\/a>/gs)].map(([, tile = '']) =>
    readable(tile).trim(),
  )
  for (const tile of ['3 new registrations', '1 consent given', '3 refusals']) assert.ok(tiles.includes(tile), tile)
})

test('where nothing happened the overview says so, and draws nothing', async () => {
  for (const { days, bars } of await charts()) assert.deepEqual([days.length, bars], [0, 0])
  assert.equal((await page('')).split('Nothing in these days.').length, 4)
})

const EVENTS: readonly AuditEvent[] = [
  { type: 'consent.given', outcome: 'allowed', reason: 'person_agreed', client: 'dwc_a', actor: 'dwu_bob' },
  { type: 'consent.denied', outcome: 'refused', reason: 'person_declined', client: 'dwc_a', actor: 'dwu_eve' },
  { type: 'token.refused', outcome: 'refused', reason: 'code_expired', client: 'dwc_b', correlation: 'AAAAAAAAAA' },
  { type: 'token.issued', outcome: 'allowed', reason: 'code', client: 'dwc_b', correlation: 'BBBBBBBBBB' },
  {
    type: 'user.disabled',
    outcome: 'allowed',
    reason: 'operator_asked',
    actor: 'dwu_ada',
    detail: { person: 'dwu_bob' },
  },
]
const FILTERS: readonly (readonly [string, readonly string[]])[] = [
  ['', ['user.disabled', 'token.issued', 'token.refused', 'consent.denied', 'consent.given']],
  ['type=token.issued', ['token.issued']],
  ['outcome=refused', ['token.refused', 'consent.denied']],
  ['outcome=allowed', ['user.disabled', 'token.issued', 'consent.given']],
  ['reason=code_expired', ['token.refused']],
  ['client=dwc_a', ['consent.denied', 'consent.given']],
  // Who acted, and who was acted upon.
  ['person=dwu_bob', ['user.disabled', 'consent.given']],
  ['correlation=BBBBBBBBBB', ['token.issued']],
  ['client=dwc_b&outcome=refused', ['token.refused']],
  ['type=consent.given&person=dwu_eve', []],
  ['outcome=sideways', ['user.disabled', 'token.issued', 'token.refused', 'consent.denied', 'consent.given']],
]
// The key of the server was made before.
const typesIn = (html: string) => rowsIn(html).map(({ 'What and why': what = '' }) => what.split(' ')[0])
for (const [query, types] of FILTERS) {
  test(`the events with ${query === '' ? 'no filter' : query} are ${types.join(', ') || 'none, and the page says so'}`, async () => {
    await world.ctx.store.events.append(EVENTS)
    const html = await page(`/events?${query}`)
    assert.deepEqual(
      typesIn(html).filter((type) => type !== 'key.added'),
      types,
    )
    // What was asked for stands in the form again.
    for (const [name, value] of new URLSearchParams(query))
      if (name !== 'outcome')
        assert.ok(html.includes(`name="${name}" maxlength="300" spellcheck="false" value="${value}"`), name)
  })
}

test('what does not fit on a page of events is found on the next, with the same filter', async () => {
  await world.ctx.store.events.append(Array.from({ length: 60 }, () => EVENTS[0] as AuditEvent))
  await world.ctx.store.events.append(EVENTS.slice(1))
  const first = await page('/events?client=dwc_a&outcome=allowed')
  assert.equal(rowsIn(first).length, 50)
  const older = /<a href="([^"]*before=\d+[^"]*)"/.exec(first)?.[1]?.replaceAll('&amp;', '&') ?? assert.fail(first)
  const second = await page(older.slice(`${ISSUER}/admin`.length))
  assert.deepEqual(
    typesIn(second),
    Array.from({ length: 10 }, () => 'consent.given'),
  )
  assert.ok(!second.includes('before='))
})

test('the server page says what the config says: scopes in words, what is by default, the policy, whose statements are believed', async () => {
  const html = await page('/server')
  const text = readable(html)
  assert.ok(text.includes(`Notes ${MCP}`))
  assert.ok(text.includes('Its tokens have to be bound to a key.'))
  assert.deepEqual(
    rowsIn(html).map((row) => [row.Scope, row['What it means'], row['Tools that it opens']]),
    [
      ['notes:read given where nothing is asked for', 'Read your notes', 'list_notes read_note'],
      ['notes:write', 'Change and delete notes', ''],
    ],
  )
  assert.ok(text.includes('The preset is guarded.'))
  const verdicts = [...html.matchAll(/<dt>([^<]+)<\/dt><dd><span class="state \w+">([^<]+)</g)].map(
    ([, who, verdict]) => [who, verdict],
  )
  assert.equal(verdicts.length, 6)
  const { byAssurance } = world.ctx.policy
  const words = { allow: 'may ask people at once', ask: 'waits until an operator admits it', refuse: 'is refused' }
  assert.deepEqual(
    verdicts.map(([, verdict]) => verdict).toSorted(),
    Object.values(byAssurance)
      .map((verdict) => words[verdict])
      .toSorted(),
  )
  const issuers = rowsIn(html.slice(html.indexOf('id="issuers"')))
  assert.deepEqual(
    issuers.map((row) => [row.Issuer, row.For]),
    [
      ['https://vouch.example', 'editor-1 editor-2'],
      ['*.vendor.example', 'any software'],
    ],
  )
})

test('the server page lists every key by what it does now, and none of what it signs with', async () => {
  await world.ctx.keyring.rotate({ now: false, by: {} })
  const html = await page('/server')
  const keys = await world.ctx.store.keys.list()
  const rows = rowsIn(html.slice(html.indexOf('id="keys"')))
  assert.deepEqual(
    rows.map((row) => [row.Key, row.Algorithm, row.Use]),
    [
      [keys[0]?.kid, 'ES256', 'Signs now'],
      [keys[1]?.kid, 'ES256', 'Signs next'],
    ],
  )
  for (const { sealedPrivateKey } of keys) assert.ok(!html.includes(sealedPrivateKey.slice(0, 20)))
})

test('the page of what waits leads on to those applications that it has no room for [doorward-approval]', async () => {
  const most = 50
  for (let i = 0; i < most + 2; i++) {
    const { client_id } = await world.register({ client_name: `Editor ${i}` })
    const client = (await world.ctx.store.clients.find(client_id)) ?? assert.fail('there is no client')
    await world.ctx.store.clients.ask(client, { now: world.ctx.now(), by: world.user.id })
  }
  const html = await page('/approvals')
  assert.equal(html.match(/<article/g)?.length, most)
  const [, next = ''] = /href="([^"]+)">Next</.exec(html) ?? []
  assert.equal(rowsIn((await ada.get(next.replaceAll('&amp;', '&'))).html).length, 2)
})

// Decision 0033.
test('what the config file says is changed there: no page and no call of the administration writes it', async () => {
  const settings = Object.entries(ACTIONS as Readonly<Record<string, Action>>).filter(([name]) =>
    /^(issuers|resources|policy)\./.test(name),
  )
  assert.deepEqual(settings.map(([name]) => name).sort(), ['issuers.list', 'policy.show', 'resources.list'])
  for (const [name, { method }] of settings) assert.equal(method, 'GET', name)
  const forms = [...(await page('/server')).matchAll(/<form[^>]* method="post" action="([^"]+)"/g)].map(
    ([, to = '']) => to,
  )
  assert.deepEqual(
    forms.map((to) => to.slice(ISSUER.length)),
    ['/sign-out', '/admin/keys/rotate', '/admin/keys/replace'],
  )
})
