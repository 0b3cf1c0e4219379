import assert from 'node:assert/strict'
import { mock, type TestContext, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { type Guard, protectResource, type Refusal, type RefusalListener } from './resource.ts'
import { makeKey, NOW, RESOURCE, signToken, startIssuer, type TestIssuer, type TokenOptions } from './testing/issuer.ts'

const key = await makeKey('now')

interface Heard {
  readonly reason: string
  readonly method: string | undefined
  readonly path: string | undefined
}

async function world(context: TestContext, onRefusal?: RefusalListener) {
  const login = await startIssuer('')
  context.after(login.close)
  login.keys = [key.jwk]
  const heard: Heard[] = []
  const guard = protectResource({
    resource: RESOURCE,
    authorizationServers: [login.issuer],
    tools: { add_note: ['notes:write'] },
    now: () => NOW,
    onRefusal: onRefusal ?? (({ reason }, request) => void heard.push({ reason, ...request } as Heard)),
  })
  const token = await signToken(key, login.issuer, { claims: { exp: NOW + 300, scope: 'notes:read' } })
  return { guard, heard, authorization: `Bearer ${token}` }
}

const CALL = { method: 'tools/call', params: { name: 'add_note' } }
const at = (authorization?: string) =>
  new Request(`${RESOURCE}?access_token=secret`, {
    method: 'POST',
    ...(authorization === undefined ? {} : { headers: { authorization } }),
  })
const PATH = new URL(RESOURCE).pathname

type Act = (guard: Guard, authorization: string) => unknown
const ACTS: readonly (readonly [string, Act, Heard])[] = [
  ['admit, of a stranger', (guard) => guard.admit(at()), { reason: 'no_credentials', method: 'POST', path: PATH }],
  [
    'admit, of a token that lacks a scope',
    (guard, authorization) => guard.admit(at(authorization), CALL),
    { reason: 'missing_scope', method: 'POST', path: PATH },
  ],
  ['check', (guard) => guard.check(at('Bearer nonsense')), { reason: 'malformed', method: 'POST', path: PATH }],
  ['verify', (guard) => guard.verify('Bearer nonsense'), { reason: 'malformed', method: undefined, path: undefined }],
  [
    'demand',
    async (guard, authorization) => guard.demand(await guard.verify(authorization), ['notes:write']),
    { reason: 'missing_scope', method: undefined, path: undefined },
  ],
]
for (const [name, act, told] of ACTS) {
  test(`whom ${name} turns away is told once, with the reason and never the query`, async (context) => {
    const { guard, heard, authorization } = await world(context)
    await Promise.resolve()
      .then(() => act(guard, authorization))
      .catch(() => undefined)
    assert.deepEqual(heard, [told])
  })
}

test('of who comes in, and of who asks for the metadata, nothing is told', async (context) => {
  const { guard, heard, authorization } = await world(context)
  assert.ok('scopes' in (await guard.admit(at(authorization), { method: 'ping' })))
  await guard.admit(new Request(guard.metadataUrl))
  assert.deepEqual(heard, [])
})

const MISTAKES: readonly (readonly [string, RefusalListener])[] = [
  [
    'throws',
    () => {
      throw new Error('disk full', { cause: 'ENOSPC' })
    },
  ],
  ['rejects', (async () => Promise.reject(new Error('disk full', { cause: 'ENOSPC' }))) as RefusalListener],
]
for (const [name, listener] of MISTAKES) {
  test(`a listener that ${name} changes no answer`, async (context) => {
    const said = context.mock.method(console, 'warn', () => undefined)
    const { guard } = await world(context, listener)
    const answer = await guard.admit(at())
    assert.equal((answer as Response).status, 401)
    await setImmediate()
    assert.deepEqual(said.mock.calls[0]?.arguments, ['onRefusal failed: disk full: ENOSPC'])
  })
}

test('where nobody listens, an authorization server that is down is said with its cause, once a minute, and of strangers nothing', async (context) => {
  const said = context.mock.method(console, 'warn', () => undefined)
  const login = await startIssuer('')
  const authorization = `Bearer ${await signToken(key, login.issuer, { claims: { exp: NOW + 300 } })}`
  await login.close()
  let now = NOW
  const guard = protectResource({ resource: RESOURCE, authorizationServers: [login.issuer], now: () => now })
  await guard.admit(at())
  assert.equal(said.mock.callCount(), 0)
  for (let i = 0; i < 3; i++) assert.equal(((await guard.admit(at(authorization))) as Response).status, 503)
  assert.equal(said.mock.callCount(), 1)
  const text = String(said.mock.calls[0]?.arguments[0])
  assert.ok(text.startsWith(`Clients are turned away [issuer_unreachable]. The keys of the authorization server`), text)
  assert.match(text, new RegExp(`The keys of ${login.issuer} could not be fetched: .*ECONNREFUSED`))
  now += 60
  await guard.admit(at(authorization))
  assert.equal(said.mock.callCount(), 2)
})

test('the cause of an outage goes to whoever listens, and not on the wire', async () => {
  const login = await startIssuer('')
  const authorization = `Bearer ${await signToken(key, login.issuer, { claims: { exp: NOW + 300 } })}`
  await login.close()
  const heard = mock.fn((_: Refusal) => undefined)
  const options = { resource: RESOURCE, authorizationServers: [login.issuer], now: () => NOW, onRefusal: heard }
  const answer = (await protectResource(options).admit(at(authorization))) as Response
  assert.match(String(heard.mock.calls[0]?.arguments[0].cause), /could not be fetched/)
  assert.doesNotMatch(`${await answer.text()}${JSON.stringify([...answer.headers])}`, /ECONNREFUSED|could not be/)
})

test('an issuer that calls itself otherwise is said so, letter by letter', async (context) => {
  const said = context.mock.method(console, 'warn', () => undefined)
  const login = await startIssuer('')
  context.after(login.close)
  login.keys = [key.jwk]
  const issuer = `${login.issuer}/`
  const authorization = `Bearer ${await signToken(key, issuer, { claims: { exp: NOW + 300 } })}`
  const guard = protectResource({ resource: RESOURCE, authorizationServers: [issuer], now: () => NOW })
  assert.equal(((await guard.admit(at(authorization))) as Response).status, 503)
  assert.ok(String(said.mock.calls[0]?.arguments[0]).includes(`is of the issuer '${login.issuer}'`))
})

// A setting that is wrong by a letter: what the token says, what the guard was told, and what is said of the two.
type Setting = Readonly<Record<'iss' | 'aud' | 'typ', string>>
const WRONG_SETTINGS: readonly (readonly [string, (issuer: string) => Partial<Setting>, (issuer: string) => string])[] =
  [
    [
      'foreign_issuer',
      (issuer) => ({ iss: `${issuer}/` }),
      (issuer) => `It is of '${issuer}/', and authorizationServers has '${issuer}'`,
    ],
    ['foreign_audience', () => ({ aud: `${RESOURCE}/` }), () => `It is for '${RESOURCE}/', and this is '${RESOURCE}'`],
    [
      'wrong_type',
      () => ({ typ: 'JWT' }),
      () => "Its typ is 'JWT'; where the authorization server marks all so, set acceptPlainJwt",
    ],
  ]
for (const [reason, wrong, told] of WRONG_SETTINGS) {
  test(`what is compared for ${reason} is said letter by letter until a token was good, and not on the wire [doorward-errors-explained]`, async (context) => {
    const said = context.mock.method(console, 'warn', () => undefined)
    const login = await startIssuer('')
    context.after(login.close)
    login.keys = [key.jwk]
    const { typ = 'at+jwt', ...claims } = wrong(login.issuer)
    const sign = async (options: TokenOptions) => `Bearer ${await signToken(key, login.issuer, options)}`
    const bad = await sign({ claims, header: { typ } })
    let now = NOW
    const guard = protectResource({
      resource: RESOURCE,
      authorizationServers: [login.issuer],
      revocation: { follow: 'off' },
      now: () => now,
    })
    for (let i = 0; i < 3; i++) {
      const answer = (await guard.admit(at(bad))) as Response
      assert.equal(answer.status, 401)
      assert.ok(!`${await answer.text()}${JSON.stringify([...answer.headers])}`.includes(told(login.issuer)))
    }
    assert.equal(said.mock.callCount(), 1)
    const text = String(said.mock.calls[0]?.arguments[0])
    assert.ok(text.startsWith(`Clients are turned away [${reason}]. `) && text.endsWith(told(login.issuer)), text)

    assert.ok('scopes' in (await guard.admit(at(await sign({})))))
    now += 60
    await guard.admit(at(bad))
    assert.equal(said.mock.callCount(), 1)
  })
}

const ELSEWHERE: Parameters<TestIssuer['instead']['set']>[1] = (_, response) => {
  response.writeHead(302, { location: '/other' }).end()
}
const ABSENT: readonly (readonly [string, string, RegExp])[] = [
  [
    'whose metadata lead elsewhere',
    '/.well-known/oauth-authorization-server',
    /nothing at http\S+\/oauth-authorization-server \(it redirects, which is not followed\); nothing at http\S+\/openid-configuration \(it answered 404\)/,
  ],
  ['whose keys lead elsewhere', '/keys', /No key set at http\S+\/keys \(it redirects, which is not followed\)/],
]
for (const [whose, path, told] of ABSENT) {
  test(`an issuer ${whose} is told by what it did at which address`, async (context) => {
    const said = context.mock.method(console, 'warn', () => undefined)
    const login = await startIssuer('')
    context.after(login.close)
    login.instead.set(path, ELSEWHERE)
    const authorization = `Bearer ${await signToken(key, login.issuer)}`
    const guard = protectResource({ resource: RESOURCE, authorizationServers: [login.issuer], now: () => NOW })
    assert.equal(((await guard.admit(at(authorization))) as Response).status, 503)
    assert.match(String(said.mock.calls.at(-1)?.arguments[0]), told)
  })
}

test('a key of the issuer that no library takes is said where nobody listens [doorward-errors-explained]', async (context) => {
  const said = context.mock.method(console, 'warn', () => undefined)
  const login = await startIssuer('')
  context.after(login.close)
  login.keys = [{ ...key.jwk, x: 'AA', y: 'AA' }]
  const authorization = `Bearer ${await signToken(key, login.issuer)}`
  const settings = { resource: RESOURCE, authorizationServers: [login.issuer], now: () => NOW }
  const guard = protectResource({ ...settings, revocation: { follow: 'off' } })
  assert.equal(((await guard.admit(at(authorization))) as Response).status, 401)
  assert.match(String(said.mock.calls[0]?.arguments[0]), /^Clients are turned away \[no_usable_key\]\. /)
})

test('of a token that a stranger wrote the log gets one line, and no more of it than a settings file has [doorward-errors-explained]', async (context) => {
  const said = context.mock.method(console, 'warn', () => undefined)
  const guard = protectResource({ resource: RESOURCE, authorizationServers: ['https://login.example'] })
  const issuers = [`https://a.example\n${'x'.repeat(9000)}`, ['a', 'b', 'c', 'd', 'e', 'f'], undefined, { a: 1 }]
  for (const iss of issuers)
    await guard.admit(at(`Bearer ${await signToken(key, '', { claims: { iss: iss as never } })}`))
  const [text = ''] = said.mock.calls.map(({ arguments: [first] }) => String(first))
  assert.equal(said.mock.callCount(), 1)
  assert.ok(text.length < 500 && !text.includes('\n'), text)
})

test('a token that is not good yet says for how long, by the clock here [doorward-errors-explained]', async (context) => {
  const { guard } = await world(context)
  const login = guard.metadata.authorization_servers?.[0] ?? ''
  const early = await signToken(key, login, { claims: { nbf: NOW + 300, exp: NOW + 900 } })
  const answer = (await guard.admit(at(`Bearer ${early}`))) as Response
  assert.match(await answer.text(), /not good for another 300 seconds, by the clock here\. \[claim_nbf_check_failed\]/)
})
