import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { grantMark } from '@doorward/core/token/revoked-grants'
import { type JWTPayload, jwtVerify } from 'jose'
import { ISSUER, MCP, makeWorld, VISIT, type World } from '../testing/world.ts'
import { serverMetadata } from './discovery.ts'
import { MOST_LISTED, revokedGrantsEndpoint } from './revoked-grants.ts'

const URI = `${ISSUER}/revoked-grants`

async function world(context: TestContext, changes = {}): Promise<World> {
  const made = await makeWorld(changes)
  context.after(made.close)
  return made
}

/** The endpoint, and a way to say that what it holds is too old. */
function endpoint({ ctx }: World) {
  let looks = 0
  let forget = () => {}
  const answer = revokedGrantsEndpoint((callBack) => {
    looks++
    forget = callBack
  })
  return {
    ask: (tag?: string) =>
      answer(ctx, new Request(URI, tag === undefined ? {} : { headers: { 'if-none-match': tag } }), VISIT),
    age: () => forget(),
    looks: () => looks,
  }
}

async function open({ ctx, user }: World, id: string): Promise<string> {
  const openedAt = ctx.now()
  const times = { openedAt, codeExpiresAt: openedAt + 60 }
  await ctx.store.grants.open({ id, userId: user.id, clientId: 'dwc', resource: MCP, scope: 'notes:read', ...times })
  return id
}

async function read({ ctx }: World, response: Response): Promise<JWTPayload> {
  assert.equal(response.status, 200)
  const { payload, protectedHeader } = await jwtVerify(
    await response.text(),
    ({ kid }) => ctx.keyring.publicKey(kid ?? '') ?? Promise.reject(new Error('unknown key')),
    { currentDate: new Date(ctx.now() * 1000) },
  )
  assert.equal(protectedHeader.typ, 'revoked-grants+jwt')
  return payload
}

test('the feed is found through metadata, signed, short-lived, and tells of a grant only what its holders know [doorward-revocation-feed]', async (context) => {
  const made = await world(context)
  assert.equal(serverMetadata(made.ctx).doorward_revoked_grants_uri, URI)
  const id = await open(made, 'a'.repeat(32))
  await made.ctx.store.grants.revoke(id, { now: made.ctx.now(), reason: 'operator_revoked' })
  await open(made, 'b'.repeat(32))
  const response = await made.send('GET', '/revoked-grants')
  assert.equal(response.headers.get('content-type'), 'application/revoked-grants+jwt')
  const now = made.ctx.now()
  assert.deepEqual(await read(made, response), { iss: ISSUER, iat: now, exp: now + 30, grants: [grantMark(id)] })
})

test('a grant stays in the feed for as long as the longest token may live and clocks may differ, and no longer [doorward-revocation-feed]', async (context) => {
  const made = await world(context)
  const { ask, age } = endpoint(made)
  const id = await open(made, 'a'.repeat(32))
  await made.ctx.store.grants.revoke(id, { now: made.ctx.now(), reason: 'operator_revoked' })
  made.wait(2400)
  assert.deepEqual((await read(made, await ask())).grants, [grantMark(id)])
  // It is made anew every five seconds.
  made.wait(5)
  age()
  assert.deepEqual((await read(made, await ask())).grants, [])
})

test('a grant that was narrowed is listed with its moment, and among those that ended for followers that know no better [doorward-narrowing]', async (context) => {
  const made = await world(context)
  const { ask, age } = endpoint(made)
  const [less, ended] = [await open(made, 'a'.repeat(32)), await open(made, 'b'.repeat(32))]
  const { grants } = made.ctx.store
  await grants.revoke(ended, { now: made.ctx.now(), reason: 'operator_revoked' })
  await grants.narrow(less, { now: made.ctx.now(), scope: '', voidsTokens: true })
  const first = await ask()
  const told = await read(made, first)
  assert.deepEqual(told.narrowed, { [grantMark(less)]: made.ctx.now() + 1 })
  assert.deepEqual(new Set(told.grants as string[]), new Set([grantMark(less), grantMark(ended)]))
  age()
  await grants.narrow(less, { now: made.ctx.now(), endsAt: made.ctx.now() + 30, voidsTokens: true })
  const second = await ask(first.headers.get('etag') ?? '')
  assert.deepEqual((await read(made, second)).narrowed, { [grantMark(less)]: made.ctx.now() + 2 })
  age()
  await grants.revoke(less, { now: made.ctx.now(), reason: 'operator_revoked' })
  assert.equal((await read(made, await ask())).narrowed, undefined)
})

test('where more were narrowed than there is room for, tokens of before the oldest that is left out are void [doorward-narrowing]', async (context) => {
  const made = await world(context)
  const { ctx } = made
  const most = Math.floor(MOST_LISTED / 3)
  const voided = Array.from({ length: most + 5 }, (_, i) => ({
    id: i.toString(16).padStart(32, '0'),
    at: ctx.now() - i,
    isNarrowed: true,
  }))
  Object.assign(ctx, { store: { ...ctx.store, grants: { ...ctx.store.grants, voidedSince: async () => voided } } })
  const response = await endpoint(made).ask()
  const size = (await response.clone().text()).length
  assert.ok(size < 250_000, `${size} bytes`)
  const told = await read(made, response)
  assert.equal((told.grants as string[]).length, most)
  assert.equal(told.tokens_not_before, ctx.now() - most + 1)
})

test('a hundred followers cost one look at the store, and nothing but headers while nothing changes', async (context) => {
  const made = await world(context)
  const { ask, age, looks } = endpoint(made)
  const answers = await Promise.all(Array.from({ length: 100 }, () => ask()))
  assert.equal(looks(), 1)
  const tags = new Set(answers.map((answer) => answer.headers.get('etag') ?? ''))
  assert.equal(tags.size, 1)
  const [tag = ''] = tags
  for (const named of [tag, `W/${tag}`, `"other", ${tag}`]) {
    const answer = await ask(named)
    assert.deepEqual([answer.status, await answer.text(), answer.headers.get('etag')], [304, '', tag])
  }
  age()
  assert.equal((await ask(tag)).status, 304)
  // Another process on the same database says the same.
  assert.equal((await endpoint(made).ask(tag)).status, 304)
  // Signed anew before it ends.
  made.wait(5)
  age()
  assert.equal((await ask(tag)).status, 200)
  const id = await open(made, 'a'.repeat(32))
  await made.ctx.store.grants.revoke(id, { now: made.ctx.now(), reason: 'operator_revoked' })
  const renewed = await ask(tag)
  age()
  const changed = await ask(renewed.headers.get('etag') ?? '')
  assert.deepEqual((await read(made, changed)).grants, [grantMark(id)])
})

test('where more grants ended than can be listed, every token of before has to be renewed [doorward-revocation-feed]', async (context) => {
  const made = await world(context)
  const { ask } = endpoint(made)
  const start = made.ctx.now()
  const ids = Array.from({ length: MOST_LISTED + 2 }, (_, i) => i.toString(16).padStart(32, '0'))
  for (const [i, id] of ids.entries()) {
    await open(made, id)
    await made.ctx.store.grants.revoke(id, { now: start + Math.min(i, 2), reason: 'operator_revoked' })
  }
  made.wait(10)
  const response = await ask()
  assert.ok(Number((await response.clone().text()).length) < 262_144)
  const { grants, tokens_not_before } = await read(made, response)
  assert.equal((grants as string[]).length, MOST_LISTED)
  // Two are left out: those of the first and the second moment.
  assert.equal(tokens_not_before, start + 2)
})

test('an operator who publishes nothing has no feed, and says nothing of one', async (context) => {
  const made = await world(context, { publishRevokedGrants: false })
  assert.equal('doorward_revoked_grants_uri' in serverMetadata(made.ctx), false)
  assert.equal((await made.send('GET', '/revoked-grants')).status, 404)
})

test('a feed that could not be looked up once is looked up again when it may be', async (context) => {
  const made = await world(context)
  let isAway = true
  const { voidedSince } = made.ctx.store.grants
  const store = {
    ...made.ctx.store,
    grants: {
      ...made.ctx.store.grants,
      voidedSince: (...all: Parameters<typeof voidedSince>) =>
        isAway ? Promise.reject(new Error('away')) : voidedSince(...all),
    },
  }
  const { ask, age } = endpoint({ ...made, ctx: { ...made.ctx, store } })
  await assert.rejects(ask(), /away/)
  isAway = false
  age()
  assert.equal((await ask()).status, 200)
})
