import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { protectResource, Refusal } from './resource.ts'
import {
  answer,
  makeKey,
  NOW,
  RESOURCE,
  signToken,
  startIssuer,
  type TestIssuer,
  type TestKey,
} from './testing/issuer.ts'

const first = await makeKey('first')
const second = await makeKey('second')
const METADATA = '/.well-known/oauth-authorization-server'

interface World {
  readonly login: TestIssuer
  /** Presents a token; answers 200 or the status of the refusal. */
  readonly present: (key: TestKey) => Promise<number>
  readonly pass: (seconds: number) => void
  readonly fetches: () => number
}

async function world(context: TestContext, path = ''): Promise<World> {
  const login = await startIssuer(path)
  context.after(login.close)
  login.keys = [first.jwk]
  let now = NOW
  const guard = protectResource({ resource: RESOURCE, authorizationServers: [login.issuer], now: () => now })
  return {
    login,
    present: async (key) => {
      const token = await signToken(key, login.issuer, { claims: { exp: now + 300 } })
      try {
        await guard.verify(`Bearer ${token}`)
        return 200
      } catch (error) {
        assert.ok(error instanceof Refusal, String(error))
        return error.status
      }
    },
    pass: (seconds) => {
      now += seconds
    },
    fetches: () => login.visits.filter((path) => path === '/keys').length,
  }
}

test('fetches keys once for a hundred requests at the same time', async (context) => {
  const { login, present } = await world(context)
  assert.deepEqual(new Set(await Promise.all(Array.from({ length: 100 }, () => present(first)))), new Set([200]))
  assert.deepEqual(login.visits, [METADATA, '/keys'])
})

test('finds the metadata of an issuer with a path wherever it is', async (context) => {
  const { login, present } = await world(context, '/tenant')
  const document = { issuer: login.issuer, jwks_uri: `${new URL(login.issuer).origin}/keys` }
  login.instead.set('/.well-known/oauth-authorization-server/tenant', (_, response) => answer(response, 404, {}))
  login.instead.set('/.well-known/openid-configuration/tenant', (_, response) => response.end('<!doctype html>'))
  login.instead.set('/tenant/.well-known/openid-configuration', (_, response) => answer(response, 200, document))
  assert.equal(await present(first), 200)
  assert.deepEqual(login.visits, [
    '/.well-known/oauth-authorization-server/tenant',
    '/.well-known/openid-configuration/tenant',
    '/tenant/.well-known/openid-configuration',
    '/keys',
  ])
})

test('follows a rotation with the first token of the new key, and drops the old key', async (context) => {
  const { login, present, fetches } = await world(context)
  assert.equal(await present(first), 200)
  login.keys = [second.jwk]
  assert.deepEqual(new Set(await Promise.all(Array.from({ length: 50 }, () => present(second)))), new Set([200]))
  assert.equal(fetches(), 2)
  assert.equal(await present(first), 401)
})

test('searches for keys that nobody has at most twice a minute', async (context) => {
  const { present, pass, fetches } = await world(context)
  assert.equal(await present(first), 200)
  for (let i = 0; i < 20; i++) assert.equal(await present({ ...second, kid: `made-up-${i}` }), 401)
  assert.equal(fetches(), 2)
  pass(29)
  assert.equal(await present(second), 401)
  assert.equal(fetches(), 2)
  pass(1)
  assert.equal(await present(second), 401)
  assert.equal(fetches(), 3)
})

test('a search that failed is made again as soon as the refusal said, and not after the pause of one that found nothing [doorward-key-rotation]', async (context) => {
  const { login, present, pass, fetches } = await world(context)
  assert.equal(await present(first), 200)
  login.keys = [second.jwk]
  login.instead.set('/keys', (request) => request.destroy())
  assert.equal(await present(second), 503)
  const tries = fetches()
  pass(4)
  assert.equal(await present(second), 503)
  assert.equal(fetches(), tries)
  login.instead.clear()
  pass(1)
  assert.equal(await present(second), 200)
  // What nobody has is searched for as seldom as ever.
  for (let i = 0; i < 20; i++) assert.equal(await present({ ...first, kid: `made-up-${i}` }), 401)
  assert.equal(fetches(), tries + 1)
})

test('looks again after ten minutes, so that a withdrawn key does not live on', async (context) => {
  const { login, present, pass } = await world(context)
  assert.equal(await present(first), 200)
  login.keys = [second.jwk]
  pass(599)
  assert.equal(await present(first), 200)
  pass(1)
  assert.equal(await present(first), 401)
})

test('goes on with the keys at hand while the issuer is away, for a day', async (context) => {
  const { login, present, pass } = await world(context)
  assert.equal(await present(first), 200)
  await login.close()
  pass(601)
  assert.equal(await present(first), 200)
  assert.equal(await present(second), 503, 'the key may exist, so the token is not to blame')
  pass(85_000)
  assert.equal(await present(first), 200)
  pass(1_000)
  assert.equal(await present(first), 503)
})

test('says "later" and not "unauthorized" when no key could ever be fetched', async (context) => {
  const login = await startIssuer()
  await login.close()
  const guard = protectResource({ resource: RESOURCE, authorizationServers: [login.issuer], now: () => NOW })
  const token = await signToken(first, login.issuer)
  const error = await guard.verify(`Bearer ${token}`).catch((thrown: unknown) => thrown)
  assert.ok(error instanceof Refusal)
  assert.equal(error.code, 'temporarily_unavailable')
  const response = guard.challenge(error)
  assert.equal(response.status, 503)
  assert.equal(response.headers.get('retry-after'), '5')
  assert.equal(response.headers.get('www-authenticate'), null)
  context.diagnostic(await response.text())
})

test('does not knock again within five seconds of a failure, and recovers after', async (context) => {
  const { login, present, pass } = await world(context)
  login.instead.set('/keys', (_, response) => answer(response, 500, {}))
  assert.equal(await present(first), 503)
  const visits = login.visits.length
  assert.equal(await present(first), 503)
  assert.equal(login.visits.length, visits)
  login.instead.clear()
  pass(5)
  assert.equal(await present(first), 200)
})

const unusable: [string, (login: TestIssuer) => void][] = [
  [
    'metadata of another issuer',
    ({ instead, issuer }) => {
      const document = { issuer: `${issuer}/`, jwks_uri: `${issuer}/keys` }
      instead.set(METADATA, (_, response) => answer(response, 200, document))
    },
  ],
  [
    'metadata without keys',
    ({ instead, issuer }) => instead.set(METADATA, (_, response) => answer(response, 200, { issuer })),
  ],
  ['a jwks_uri of a file', ({ instead, issuer }) => withKeysAt(instead, issuer, 'file:///etc/keys.json')],
  ['a jwks_uri that is no URL', ({ instead, issuer }) => withKeysAt(instead, issuer, 'keys')],
  ['a key set that is a list', ({ instead }) => instead.set('/keys', (_, response) => answer(response, 200, []))],
  [
    'a key set of strings',
    ({ instead }) => instead.set('/keys', (_, response) => answer(response, 200, { keys: ['a'] })),
  ],
  ['a key set in HTML', ({ instead }) => instead.set('/keys', (_, response) => response.end('<html>'))],
  [
    'a key set behind a redirect',
    ({ instead }) => instead.set('/keys', (_, response) => response.writeHead(302, { location: '/other' }).end()),
  ],
  [
    'an endless key set',
    ({ instead }) =>
      instead.set('/keys', (_, response) => {
        response.on('drain', write)
        function write() {
          while (!response.destroyed && response.write(' '.repeat(65_536)));
        }
        write()
      }),
  ],
  ['a cut connection', ({ instead }) => instead.set('/keys', (request) => request.destroy())],
]

function withKeysAt(instead: TestIssuer['instead'], issuer: string, jwksUri: string): void {
  instead.set(METADATA, (_, response) => answer(response, 200, { issuer, jwks_uri: jwksUri }))
}

for (const [name, spoil] of unusable) {
  test(`takes no keys from ${name}`, async (context) => {
    const { login, present } = await world(context)
    spoil(login)
    assert.equal(await present(first), 503)
  })

  test(`keeps its keys through ${name}`, async (context) => {
    const { login, present, pass } = await world(context)
    assert.equal(await present(first), 200)
    spoil(login)
    pass(601)
    assert.equal(await present(first), 200)
  })
}

test('gives up on an issuer that never answers, even where fetch does not mind its signal', async (context) => {
  const { login, present } = await world(context)
  login.instead.set('/keys', () => undefined)
  const issuer = 'https://login.example'
  const deaf = protectResource({
    resource: RESOURCE,
    authorizationServers: [issuer],
    now: () => NOW,
    fetch: () => new Promise(() => undefined),
  })
  const started = performance.now()
  const token = await signToken(first, issuer)
  const [status] = await Promise.all([present(first), assert.rejects(deaf.verify(`Bearer ${token}`), { status: 503 })])
  assert.equal(status, 503)
  assert.ok(performance.now() - started < 9_000)
})

test('never takes the keys of an https issuer over http', async () => {
  const issuer = 'https://login.example'
  const asked: string[] = []
  const guard = protectResource({
    resource: RESOURCE,
    authorizationServers: [issuer],
    now: () => NOW,
    fetch: async (url) => {
      asked.push(url)
      return Response.json({ issuer, jwks_uri: 'http://login.example/keys', keys: [first.jwk] })
    },
  })
  await assert.rejects(guard.verify(`Bearer ${await signToken(first, issuer)}`), { status: 503 })
  assert.ok(asked.every((url) => url.startsWith('https:')))
})
