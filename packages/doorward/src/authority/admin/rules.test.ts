import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { CALLBACK, makeWorld, VERIFIER, VISIT, type World } from '../../testing/world.ts'
import { act, type InputOf } from './act.ts'
import type { ActionName } from './actions/index.ts'
import { ADMIN_SCOPE } from './permissions.ts'

const DAY = 86_400

let world: World
beforeEach(async () => {
  world = await makeWorld()
})
afterEach(() => world.close())

const run = <Name extends ActionName>(name: Name, input: InputOf<Name>) =>
  act(world.ctx, VISIT, { id: 'dwu_ada', permissions: [ADMIN_SCOPE] }, name, input)

async function connected(clientId: string): Promise<Record<string, string>> {
  const code = await world.agree(clientId)
  const form = { grant_type: 'authorization_code', code, code_verifier: VERIFIER, client_id: clientId }
  return (await (await world.post('/token', form)).json()) as Record<string, string>
}

const refresh = (clientId: string, token: string | undefined) =>
  world.post('/token', { grant_type: 'refresh_token', refresh_token: token ?? '', client_id: clientId })

test('a deny counts from the next decision on and ends what it means; a removed one opens nothing again [doorward-runtime-rules]', async () => {
  const { client_id } = await world.register({ client_name: 'Mail' })
  const tokens = await connected(client_id)
  assert.equal((await refresh(client_id, tokens.refresh_token)).status, 200)
  const rule = { effect: 'deny', rule: { redirectHost: 'client.example' } } as const
  const preview = await run('rules.preview', rule)
  assert.equal((await world.ctx.store.rules.list()).length, 0)
  const added = await run('rules.add', { ...rule, note: 'phishing' })
  assert.deepEqual([preview.endedGrants, added.ended], [1, 1])
  const asked = await world.ask(client_id)
  assert.deepEqual([asked.status, world.events.at(-1)?.type], [403, 'policy.refused'])
  assert.equal(world.events.at(-1)?.detail?.rule, 'deny redirectHost client.example')
  assert.notEqual((await refresh(client_id, tokens.refresh_token)).status, 200)
  const [grant] = (await run('grants.list', { all: true, client: client_id })).grants
  assert.equal(grant?.revokedReason, 'rule_denies')
  await run('rules.remove', { id: added.id })
  assert.equal((await world.ask(client_id)).status, 303)
  assert.notEqual((await refresh(client_id, tokens.refresh_token)).status, 200)
})

test('a person who agrees while the rule is being added connects nothing [doorward-runtime-rules]', async () => {
  const { client_id } = await world.register()
  const code = await world.agree(client_id)
  await run('rules.add', { effect: 'deny', rule: { clientId: client_id } })
  const form = { grant_type: 'authorization_code', code, code_verifier: VERIFIER, client_id }
  assert.notEqual((await world.post('/token', form)).status, 200)
})

test('deny beats allow, of the config file and of operators alike [doorward-deny-beats-allow, doorward-runtime-rules]', async () => {
  const { client_id } = await world.register()
  const verdict = async () => (await world.ask(client_id)).status
  await run('rules.add', { effect: 'allow', rule: { clientId: client_id } })
  assert.equal(await verdict(), 303)
  await run('rules.add', { effect: 'deny', rule: { clientId: client_id } })
  assert.equal(await verdict(), 403)
  const listed = (await run('rules.list', {})).rules.map(({ effect, rule }) => [effect, rule])
  assert.deepEqual(
    listed.toSorted(([a], [b]) => String(a).localeCompare(String(b))),
    [
      ['allow', { clientId: client_id }],
      ['deny', { clientId: client_id }],
    ],
  )
})

test('a domain that an operator denies is not fetched from any more [doorward-deny-before-fetch, doorward-runtime-rules]', async () => {
  await run('rules.add', { effect: 'deny', rule: { domain: '*.evil.example' } })
  const fetched: string[] = []
  Object.assign(world.ctx, {
    fetchStranger: ({ url }: { url: string }) => {
      fetched.push(url)
      throw new Error('not here')
    },
  })
  assert.equal((await world.ask('https://app.evil.example/client.json')).status, 403)
  assert.deepEqual(fetched, [])
  await world.ask('https://app.other.example/client.json')
  assert.deepEqual(fetched, ['https://app.other.example/client.json'])
})

test('a preview says of who is known and who came what then comes to pass [doorward-runtime-rules]', async () => {
  const mail = await world.register({ client_name: 'Mail' })
  const local = await world.register({ client_name: 'Local', redirect_uris: ['http://127.0.0.1/cb'] })
  await world.ask(mail.client_id)
  const stranger = 'https://app.client.example/client.json'
  await world.ctx.store.events.append([
    ...world.events.filter(({ type }) => type === 'authorization.requested'),
    { type: 'authorization.refused', outcome: 'refused', reason: 'document_gone', client: stranger },
  ])
  const denied = await run('rules.preview', { effect: 'deny', rule: { redirectHost: 'client.example' } })
  assert.deepEqual(
    denied.changes.map(({ client, name, before, after, attempts }) => [
      client,
      name,
      before.verdict,
      after.verdict,
      attempts,
    ]),
    [[mail.client_id, 'Mail', 'ask', 'refuse', 1]],
  )
  assert.deepEqual([denied.clients, denied.attempts, denied.changedAttempts], [3, 2, 1])
  const domain = await run('rules.preview', { effect: 'deny', rule: { domain: '*.client.example' } })
  assert.deepEqual(
    domain.changes.map(({ client }) => client),
    [stranger],
  )
  const allowed = await run('rules.preview', { effect: 'allow', rule: { clientId: local.client_id } })
  assert.deepEqual(
    allowed.changes.map(({ client, before, after }) => [client, before.verdict, after.verdict]),
    [[local.client_id, 'ask', 'allow']],
  )
})

test('a preview counts who came in the last week, and nobody who came before [doorward-runtime-rules]', async () => {
  const { client_id } = await world.register({ client_name: 'Mail' })
  const rule = { effect: 'deny', rule: { redirectHost: 'client.example' } } as const
  const stranger = 'https://app.client.example/client.json'
  const come = () =>
    world.ctx.store.events.append([
      { type: 'authorization.requested', outcome: 'allowed', reason: 'asked', client: client_id },
      { type: 'authorization.refused', outcome: 'refused', reason: 'document_gone', client: stranger },
    ])
  const seen = async () => {
    const { since, clients, attempts, changedAttempts, changes } = await run('rules.preview', rule)
    assert.equal(since, (world.ctx.now() - 7 * DAY) * 1000)
    return { clients, attempts, changedAttempts, ofMail: changes.map((change) => change.attempts) }
  }
  await come()
  assert.deepEqual(await seen(), { clients: 2, attempts: 2, changedAttempts: 1, ofMail: [1] })
  world.wait(6 * DAY)
  await come()
  assert.deepEqual(await seen(), { clients: 2, attempts: 4, changedAttempts: 2, ofMail: [2] })
  // Eight days after the first, two after the second.
  world.wait(2 * DAY)
  assert.deepEqual(await seen(), { clients: 2, attempts: 2, changedAttempts: 1, ofMail: [1] })
  world.wait(6 * DAY)
  assert.deepEqual(await seen(), { clients: 1, attempts: 0, changedAttempts: 0, ofMail: [0] })
})

test('a preview keeps nobody else waiting, however many applications there are [doorward-runtime-rules]', async () => {
  const metadata = { redirect_uris: [CALLBACK] }
  const put = (_: unknown, i: number) =>
    world.ctx.store.clients.put({ id: `dwc_${i}`, assurance: 'claimed', metadata, createdAt: 0, secretsNotBefore: 0 })
  await Promise.all(Array.from({ length: 1000 }, put))
  let others = 0
  let isOver = false
  const next = () => {
    others++
    if (!isOver) setImmediate(next)
  }
  setImmediate(next)
  const seen = await run('rules.preview', { effect: 'deny', rule: { redirectHost: new URL(CALLBACK).hostname } })
  isOver = true
  assert.equal(seen.changedClients, 1000)
  assert.ok(others >= 5, `${others} others were answered meanwhile`)
})
