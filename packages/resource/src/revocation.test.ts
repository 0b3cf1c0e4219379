import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { grantMark } from '@doorward/core/token/revoked-grants'
import { createLocalJWKSet } from 'jose'
import { protectResource, Refusal, type RevocationNotice, type RevocationOptions } from './resource.ts'
import { followRevocations } from './revocation.ts'
import {
  answer,
  makeKey,
  NOW,
  RESOURCE,
  signFeed,
  signToken,
  startIssuer,
  type TokenOptions,
} from './testing/issuer.ts'

const key = await makeKey('first')
const other = await makeKey('other')
const METADATA = '/.well-known/oauth-authorization-server'
const FEED = '/revoked-grants'

/** An authorization server with a feed, as far as it is seen from outside, a clock, and what is told of them. */
async function world(context: TestContext) {
  const login = await startIssuer()
  context.after(login.close)
  login.keys = [key.jwk]
  let now = NOW
  const notices: RevocationNotice[] = []
  const metadata = { issuer: login.issuer, jwks_uri: `${login.issuer}/keys` }
  const publish = (extra: object) =>
    login.instead.set(METADATA, (_, response) => answer(response, 200, { ...metadata, ...extra }))
  publish({ doorward_revoked_grants_uri: `${login.issuer}${FEED}` })
  /** From now on the feed is this text, told with its tag. */
  const serve = (text: string, tag = `"${Buffer.from(text).toString('base64url').slice(-20)}"`) => {
    login.instead.set(FEED, (request, response) => {
      if (request.headers['if-none-match'] === tag) response.writeHead(304, { etag: tag }).end()
      else response.writeHead(200, { etag: tag }).end(text)
    })
  }
  const say = async (grants: readonly string[], { claims = {}, header = {} }: TokenOptions = {}, by = key) => {
    const text = await signFeed(by, login.issuer, {
      claims: { iat: now, exp: now + 30, grants: grants.map(grantMark), ...claims },
      header,
    })
    serve(text)
    return text
  }
  return {
    login,
    notices,
    publish,
    serve,
    say,
    fail: () => login.instead.set(FEED, (_, response) => answer(response, 503, {})),
    pass: (seconds: number) => {
      now += seconds
    },
    visits: (path: string) => login.visits.filter((visited) => visited === path).length,
    follower: (whenUnreachable: 'expiry' | 'refuse' = 'expiry') => {
      const follower = followRevocations(login.issuer, {
        fetch: globalThis.fetch,
        now: () => now,
        keys: createLocalJWKSet({ keys: [key.jwk] }),
        algorithms: ['ES256'],
        toleranceSeconds: 10,
        whenUnreachable,
        onNotice: (notice) => void notices.push(notice),
      })
      context.after(follower.close)
      return follower
    },
    guard: (revocation: RevocationOptions = {}) => {
      const guard = protectResource({
        resource: RESOURCE,
        authorizationServers: [login.issuer],
        now: () => now,
        revocation: { onNotice: (notice) => void notices.push(notice), ...revocation },
      })
      context.after(guard.close)
      return async (grant: string | undefined, claims = {}): Promise<string> => {
        const all = { exp: now + 300, iat: now, ...(grant === undefined ? {} : { grant_id: grant }), ...claims }
        try {
          await guard.verify(`Bearer ${await signToken(key, login.issuer, { claims: all })}`)
          return 'let in'
        } catch (error) {
          assert.ok(error instanceof Refusal, String(error))
          return `${error.status} ${error.code} ${error.reason} ${error.retryAfterSeconds ?? ''}`.trim()
        }
      }
    },
  }
}

const states = (notices: readonly RevocationNotice[]) => notices.map(({ state, reason }) => `${state}: ${reason}`)

test('a token of a revoked grant is refused from the first request on, others are let in [doorward-revocation-feed]', async (context) => {
  const { say, guard, notices } = await world(context)
  await say(['ended'])
  const present = guard()
  assert.equal(await present('ended'), '401 invalid_token grant_revoked')
  assert.equal(await present('another'), 'let in')
  assert.equal(await present(undefined), 'let in')
  assert.deepEqual(states(notices), ['followed: started'])
})

test('of a grant that was narrowed, tokens of before have to be renewed, and those of after are let in [doorward-narrowing]', async (context) => {
  const { say, guard } = await world(context)
  const claims = { narrowed: { [grantMark('less')]: NOW } }
  await say(['less', 'ended'], { claims })
  const present = guard()
  const read = (grant: string, iat: number) => present(grant, { iat })
  assert.equal(await read('less', NOW - 1), '401 invalid_token token_outdated')
  assert.equal(await read('less', NOW), 'let in')
  assert.equal(await present('less', { iat: undefined }), '401 invalid_token token_outdated')
  assert.equal(await read('ended', NOW + 5), '401 invalid_token grant_revoked')
  assert.equal(await read('another', NOW - 1), 'let in')
})

test('of two feeds of one moment the later narrowing counts, and what ended has ended [doorward-narrowing]', async (context) => {
  const { say, follower } = await world(context)
  const { poll, standing } = follower()
  const told = (grants: readonly string[], narrowed: Record<string, number>) =>
    say(grants, {
      claims: { narrowed: Object.fromEntries(Object.entries(narrowed).map(([id, at]) => [grantMark(id), at])) },
    })
  await told(['a', 'b'], { a: NOW - 5, b: NOW - 5 })
  await poll()
  await told(['a', 'b'], { a: NOW - 9 })
  await poll()
  assert.deepEqual(await Promise.all([standing('a', NOW - 6), standing('a', NOW - 5)]), ['outdated', 'live'])
  assert.equal(await standing('b', NOW), 'revoked')
})

test('a grant that is revoked while it is used is refused as soon as the feed says so, without a request of ours per request', async (context) => {
  const { say, guard, pass, visits } = await world(context)
  await say([])
  const present = guard()
  for (let i = 0; i < 50; i++) assert.equal(await present('mine'), 'let in')
  assert.ok(visits(FEED) < 10, String(visits(FEED)))
  await say(['mine'])
  pass(6)
  assert.equal(await present('mine'), '401 invalid_token grant_revoked')
})

test('a feed that is signed with a new key makes the guard fetch the keys: of one that was taken back no token is good any more [doorward-key-rotation]', async (context) => {
  const { say, guard, pass, login } = await world(context)
  await say([])
  const present = guard()
  assert.equal(await present('mine'), 'let in')
  // `doorward key rotate --now`: the leaked key is gone, and what is published is signed with the other.
  login.keys = [other.jwk]
  await say([], {}, other)
  pass(6)
  await present('mine')
  assert.equal(await present('mine'), '401 invalid_token unknown_key')
})

test('where too many ended to be listed, tokens of before are to be renewed and newer ones are good', async (context) => {
  const { say, guard } = await world(context)
  await say(['ended'], { claims: { tokens_not_before: NOW - 5 } })
  const present = guard()
  assert.equal(await present('mine', { iat: NOW - 6 }), '401 invalid_token token_outdated')
  assert.equal(await present('mine', { iat: undefined }), '401 invalid_token token_outdated')
  assert.equal(await present('mine', { iat: NOW - 5 }), 'let in')
  assert.equal(await present('ended', { iat: NOW }), '401 invalid_token grant_revoked')
})

const consequences: [RevocationOptions['whenUnreachable'], string, RegExp][] = [
  [undefined, 'let in', /are good until they end/],
  ['expiry', 'let in', /are good until they end/],
  ['refuse', '503 temporarily_unavailable revocation_unknown 5', /are refused with 503/],
]
for (const [whenUnreachable, consequence, sentence] of consequences) {
  test(`while the feed cannot be had (${whenUnreachable ?? 'left out'}): ${consequence}, told once, and over when it is back [doorward-revocation-unreachable]`, async (context) => {
    const { say, guard, pass, notices, fail } = await world(context)
    await say(['ended'])
    const present = guard(whenUnreachable === undefined ? {} : { whenUnreachable })
    assert.equal(await present('mine'), 'let in')
    fail()
    // A restart is no outage.
    pass(5)
    assert.equal(await present('mine'), 'let in')
    pass(1)
    assert.equal(await present('mine'), consequence)
    assert.equal(await present('mine'), consequence)
    assert.equal(await present('ended'), '401 invalid_token grant_revoked', 'what is known stays known')
    assert.deepEqual(states(notices), ['followed: started', 'unreachable: feed_unreachable'])
    assert.match(notices[1]?.message ?? '', sentence)
    await say(['ended', 'mine'])
    // After a rest it is asked for at once; otherwise within a second.
    pass(61)
    await say(['ended', 'mine'])
    await settled(() => present('mine'), '401 invalid_token grant_revoked')
    assert.equal(await present('another'), 'let in')
    assert.deepEqual(states(notices).slice(2), ['followed: reachable_again'])
  })
}

/** Asks until the background has done its part. */
async function settled(ask: () => Promise<string>, expected: string): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if ((await ask()) === expected) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  assert.equal(await ask(), expected)
}

test('a feed that was never had is no different from one that is lost [doorward-revocation-unreachable]', async (context) => {
  const { fail, guard, notices } = await world(context)
  fail()
  assert.equal(await guard()('mine'), 'let in')
  assert.equal(await guard({ whenUnreachable: 'refuse' })('mine'), '503 temporarily_unavailable revocation_unknown 5')
  assert.deepEqual(states(notices), ['unreachable: feed_unreachable', 'unreachable: feed_unreachable'])
})

test('a guard that is to follow nothing asks for nothing but keys', async (context) => {
  const { say, guard, login } = await world(context)
  await say(['ended'])
  assert.equal(await guard({ follow: 'off' })('ended'), 'let in')
  assert.deepEqual(login.visits, [METADATA, '/keys'])
})

type Made = Awaited<ReturnType<typeof world>>
const bad: [string, (made: Made) => unknown, string][] = [
  ['signed by another key', ({ say }) => say([], {}, { ...other, kid: key.kid }), 'feed_wrong_signature'],
  ['signed by a key that is not published', ({ say }) => say([], {}, other), 'feed_wrong_signature'],
  [
    'not signed',
    ({ serve, login }) => {
      const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
      const claims = { iss: login.issuer, iat: NOW + 6, exp: NOW + 36, grants: [] }
      serve(`${part({ alg: 'none', typ: 'revoked-grants+jwt' })}.${part(claims)}.`)
    },
    'feed_wrong_signature',
  ],
  ['an access token', ({ say }) => say([], { header: { typ: 'at+jwt' } }), 'feed_wrong_type'],
  ['of no type', ({ say }) => say([], { header: { typ: undefined } }), 'feed_wrong_type'],
  ['of another issuer', ({ say }) => say([], { claims: { iss: 'https://other.example' } }), 'feed_foreign_issuer'],
  ['expired', ({ say }) => say([], { claims: { iat: NOW, exp: NOW - 5 } }), 'feed_expired'],
  ['from the future', ({ say }) => say([], { claims: { iat: NOW + 60, exp: NOW + 90 } }), 'feed_from_the_future'],
  ['older than what is known', ({ say }) => say([], { claims: { iat: NOW - 5 } }), 'feed_older'],
  ['without a time', ({ say }) => say([], { claims: { iat: undefined } }), 'feed_malformed'],
  ['without an end', ({ say }) => say([], { claims: { exp: undefined } }), 'feed_malformed'],
  ['without grants', ({ say }) => say([], { claims: { grants: undefined } }), 'feed_malformed'],
  [
    'of a narrowing at no time',
    ({ say }) => say(['a'], { claims: { narrowed: { [grantMark('a')]: 'now' } } }),
    'feed_malformed',
  ],
  ['of a narrowing of no mark', ({ say }) => say([], { claims: { narrowed: { a: NOW } } }), 'feed_malformed'],
  ['of narrowings that are a list', ({ say }) => say([], { claims: { narrowed: [] } }), 'feed_malformed'],
  ['of things that are no marks', ({ say }) => say([], { claims: { grants: ['x'.repeat(23)] } }), 'feed_malformed'],
  ['with a bound that is none', ({ say }) => say([], { claims: { tokens_not_before: '5' } }), 'feed_malformed'],
  ['no JWT', ({ serve }) => serve('<!doctype html>'), 'feed_malformed'],
  ['longer than anybody reads', ({ say }) => say([], { claims: { more: 'x'.repeat(300_000) } }), 'feed_too_large'],
  ['gone', ({ login }) => login.instead.delete(FEED), 'feed_absent'],
  [
    'somewhere else by redirect',
    ({ login }) => login.instead.set(FEED, (_, to) => to.writeHead(302, { location: '/keys' }).end()),
    'feed_absent',
  ],
  ['cut off', ({ login }) => login.instead.set(FEED, (request) => request.socket.destroy()), 'feed_unreachable'],
]
for (const [what, publish, reason] of bad) {
  test(`a feed that is ${what} raises nothing, and is as good as none [doorward-revocation-forged]`, async (context) => {
    const made = await world(context)
    await made.say(['ended'])
    const follower = made.follower()
    assert.equal(await follower.standing('ended', NOW), 'revoked')
    assert.equal(await follower.standing('mine', NOW), 'live')
    await publish(made)
    made.pass(6)
    await follower.poll()
    assert.deepEqual(states(made.notices), ['followed: started', `unreachable: ${reason}`])
    assert.equal(await follower.standing('ended', NOW), 'revoked')
    assert.equal(await follower.standing('mine', NOW), 'unknown')
  })
}

test('of two feeds of one moment, as two processes may tell them, neither takes anything back', async (context) => {
  const { say, follower, notices } = await world(context)
  const { poll, standing } = follower()
  for (const grants of [['first'], ['second'], []]) {
    await say(grants)
    await poll()
  }
  assert.equal(await standing('first', NOW), 'revoked')
  assert.equal(await standing('second', NOW), 'revoked')
  assert.deepEqual(states(notices), ['followed: started'])
})

test('"not changed" is believed only as long as what was signed', async (context) => {
  const { say, follower, pass, notices, visits } = await world(context)
  await say([])
  const { poll, standing } = follower()
  await poll()
  for (let i = 0; i < 39; i++) {
    pass(1)
    await poll()
    assert.equal(await standing('mine', NOW), 'live')
  }
  assert.equal(visits(METADATA), 1)
  pass(7)
  await poll()
  assert.deepEqual(states(notices), ['followed: started', 'unreachable: feed_expired'])
})

for (const minutes of [5, -5]) {
  test(`where a feed cannot be taken because a clock is ${minutes} minutes off, the notice leads to the clocks [doorward-revocation-unreachable]`, async (context) => {
    const { say, guard, notices } = await world(context)
    const iat = NOW - minutes * 60
    await say([], { claims: { iat, exp: iat + 30 } })
    assert.equal(await guard()('mine'), 'let in')
    assert.equal(notices.length, 1)
    assert.match(notices[0]?.message ?? '', / Compare the clock of that server with the one here\.$/)
  })
}

test('an authorization server without a feed is asked once, and its tokens are good until they end', async (context) => {
  const { publish, guard, notices, visits, pass, say, login } = await world(context)
  publish({})
  const present = guard({ whenUnreachable: 'refuse' })
  for (let i = 0; i < 5; i++) assert.equal(await present('mine'), 'let in')
  assert.deepEqual(states(notices), ['absent: not_published'])
  // Once for the keys, once for the feed, once to see that there is a document at all.
  assert.equal(visits(METADATA), 3)
  // Silence does not make one.
  login.instead.set(METADATA, (_, response) => answer(response, 503, {}))
  pass(601)
  assert.equal(await present('mine'), 'let in')
  pass(601)
  publish({ doorward_revoked_grants_uri: `${login.issuer}${FEED}` })
  await say(['mine'])
  assert.equal(await present('mine'), '401 invalid_token grant_revoked')
  assert.deepEqual(states(notices), ['absent: not_published', 'followed: started'])
})

test('where one address of the metadata is down, another that lists no feed does not say that there is none [doorward-revocation-unreachable]', async (context) => {
  const { guard, notices, pass, login } = await world(context)
  login.instead.set(METADATA, (_, response) => answer(response, 503, {}))
  const bare = { issuer: login.issuer, jwks_uri: `${login.issuer}/keys` }
  login.instead.set('/.well-known/openid-configuration', (_, response) => answer(response, 200, bare))
  const present = guard({ whenUnreachable: 'refuse' })
  await present('mine')
  pass(7)
  assert.match(await present('mine'), /^503 /)
  assert.deepEqual(
    states(notices).filter((state) => state.startsWith('absent')),
    [],
  )
})

test('a token that names no grant, or a guard that has its keys, makes nobody ask for a feed', async (context) => {
  const { guard, login, visits, say } = await world(context)
  await say([])
  assert.equal(await guard({ whenUnreachable: 'refuse' })(undefined), 'let in')
  const own = protectResource({
    resource: RESOURCE,
    authorizationServers: [login.issuer],
    keys: () => createLocalJWKSet({ keys: [key.jwk] }),
    now: () => NOW,
  })
  await own.verify(`Bearer ${await signToken(key, login.issuer, { claims: { grant_id: 'mine' } })}`)
  assert.equal(visits(FEED), 0)
  assert.equal(visits(METADATA), 1)
})

test('the feed of an https issuer never comes over http', async () => {
  const notices: RevocationNotice[] = []
  const { standing, close } = followRevocations('https://login.example', {
    fetch: async (url) => {
      assert.ok(url.startsWith('https://login.example/.well-known/'), url)
      return Response.json({
        issuer: 'https://login.example',
        doorward_revoked_grants_uri: 'http://login.example/feed',
      })
    },
    now: () => NOW,
    keys: createLocalJWKSet({ keys: [key.jwk] }),
    algorithms: ['ES256'],
    toleranceSeconds: 10,
    whenUnreachable: 'refuse',
    onNotice: (notice) => void notices.push(notice),
  })
  assert.equal(await standing('mine', NOW), 'unknown')
  assert.deepEqual(states(notices), ['unreachable: feed_malformed'])
  close()
})

test('closing ends a poll that is under way without a notice, and a later question begins anew', async (context) => {
  const { login, say, follower, notices } = await world(context)
  const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>()
  login.instead.set(FEED, () => arrive())
  const { standing, close } = follower()
  const waiting = standing('mine', NOW)
  await arrived
  close()
  assert.equal(await waiting, 'unknown')
  assert.deepEqual(notices, [])
  await say(['mine'])
  assert.equal(await standing('mine', NOW), 'revoked')
})

test('a log that fails does not end the following', async (context) => {
  const { say, guard } = await world(context)
  await say(['mine'])
  const onNotice = () => {
    throw new Error('disk full')
  }
  assert.equal(await guard({ onNotice })('mine'), '401 invalid_token grant_revoked')
})

const mistakes: [string, unknown, RegExp][] = [
  ['a follow that is none', { follow: 'yes' }, /revocation\.follow: 'yes' is neither auto nor off/],
  ['a consequence that is none', { whenUnreachable: 'panic' }, /'panic' is neither expiry nor refuse/],
  ['a consequence where nothing is followed', { follow: 'off', whenUnreachable: 'refuse' }, /no feed is followed here/],
  ['a notice that is no function', { onNotice: 'log' }, /onNotice: not a function/],
  ['an option that is none', { unreachable: 'refuse' }, /'unreachable' is none of/],
]
for (const [what, revocation, sentence] of mistakes) {
  test(`${what} is told at the start`, () => {
    const options = { resource: RESOURCE, authorizationServers: ['https://login.example'] }
    assert.throws(() => protectResource({ ...options, revocation: revocation as RevocationOptions }), sentence)
  })
}

test('a consequence for a guard that has its keys, and so follows nothing, is told at the start', () => {
  const options = {
    resource: RESOURCE,
    authorizationServers: ['https://login.example'],
    keys: () => createLocalJWKSet({ keys: [key.jwk] }),
  }
  assert.throws(() => protectResource({ ...options, revocation: { whenUnreachable: 'refuse' } }), /no feed is followed/)
  protectResource({ ...options, revocation: { follow: 'auto', whenUnreachable: 'refuse' } }).close()
})
