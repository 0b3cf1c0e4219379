import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, test } from 'node:test'
import { sha256 } from '@doorward/core/kernel/digest'
import { OAuthError } from '@doorward/core/oauth/error'
import { makeWorld, VISIT, type World } from '../../../testing/world.ts'
import { comeBack, leaveFor } from '../federation.ts'
import type { Provider } from '../settings.ts'

// A server that answers as GitHub does, as far as it is asked.

interface Account {
  readonly id: unknown
  readonly login: string
  readonly emails: readonly { email: string; primary: boolean; verified: boolean }[]
  readonly teams?: readonly { slug: string; organization: { login: string } }[]
}

const SECRET = 'a secret of the app'
const BROWSER = 'b'.repeat(32)
const FROM = { browser: 'Firefox, Linux', replaces: undefined }
const ADA: Account = { id: 42, login: 'ada', emails: [{ email: 'Ada@GitHub.example', primary: true, verified: true }] }

let world: World
let server: Server
let provider: Provider
let account: Account
let challenge = ''
/** What stands where, page by page, besides. */
let lists: Readonly<Record<string, { readonly body: unknown; readonly link?: string }>>
let asked: { path: string; authorization: string | undefined }[]

beforeEach(async () => {
  account = ADA
  asked = []
  lists = {}
  server = createServer(async (request, response) => {
    const { pathname: path, search } = new URL(request.url ?? '', 'http://localhost')
    asked.push({ path, authorization: request.headers.authorization })
    response.setHeader('content-type', 'application/json; charset=utf-8')
    const listed = lists[path + search]
    if (listed?.link !== undefined) response.setHeader('link', listed.link)
    const answer = listed?.body ?? (await answerOf(path, request))
    response.statusCode = answer === undefined ? 404 : 200
    response.end(JSON.stringify(answer ?? { message: 'Not Found' }))
  }).listen(0, 'localhost')
  await once(server, 'listening')
  provider = {
    id: 'github',
    name: 'GitHub',
    kind: 'github',
    issuer: `http://localhost:${(server.address() as AddressInfo).port}`,
    clientId: 'app',
    clientSecret: createSecretKey(Buffer.from(SECRET)),
    authentication: 'client_secret_post',
    scopes: ['user:email', 'read:org'],
    operatorsGroup: 'acme:admins',
    domains: [],
    newPeople: 'everybody',
  }
  world = await makeWorld({ development: true, signIn: { providers: [provider] } })
})
afterEach(async () => {
  server.close()
  await world.close()
})

async function answerOf(path: string, request: IncomingMessage): Promise<unknown> {
  if (path === '/login/oauth/access_token') {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const form = new URLSearchParams(Buffer.concat(chunks).toString('utf8'))
    const isRight = form.get('client_secret') === SECRET && form.get('code') === 'a code'
    // As GitHub does: a refusal has status 200.
    if (!isRight || sha256(form.get('code_verifier') ?? '') !== challenge) return { error: 'bad_verification_code' }
    return { access_token: 'gho_secret', token_type: 'bearer' }
  }
  if (path === '/api/v3/user') return { id: account.id, login: account.login }
  if (path === '/api/v3/user/emails') return account.emails
  if (path === '/api/v3/user/orgs') return [{ login: 'acme' }]
  if (path === '/api/v3/user/teams') return account.teams ?? []
  return undefined
}

async function signIn(code = 'a code', error?: string, isFresh = false) {
  const url = await leaveFor(world.ctx, VISIT, provider, { browser: BROWSER, request: 'sealed', isFresh })
  challenge = url.searchParams.get('code_challenge') ?? ''
  const state = url.searchParams.get('state') ?? ''
  const back = new URLSearchParams(error === undefined ? { state, code } : { state, error })
  return comeBack(world.ctx, VISIT, provider, back, BROWSER, FROM)
}

async function reasonOf(attempt: Promise<unknown>): Promise<string> {
  const error = await attempt.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  return error instanceof OAuthError ? error.reason : `no refusal: ${String(error)}`
}

test('an account of GitHub is known by its number, whoever has its login name later', async () => {
  const first = await signIn()
  assert.ok(first.verdict === 'signed-in')
  assert.equal(first.user.email, 'ada@github.example')
  account = { ...ADA, login: 'countess' }
  const again = await signIn()
  assert.ok(again.verdict === 'signed-in')
  assert.equal(again.user.id, first.user.id)
  account = { ...ADA, id: 43, emails: [{ email: 'other@github.example', primary: true, verified: true }] }
  const stranger = await signIn()
  assert.ok(stranger.verdict === 'signed-in')
  assert.notEqual(stranger.user.id, first.user.id)
})

test('organizations and teams are groups, and a team makes operators as long as somebody is in it', async () => {
  account = { ...ADA, teams: [{ slug: 'admins', organization: { login: 'acme' } }] }
  const first = await signIn()
  assert.ok(first.verdict === 'signed-in')
  assert.deepEqual(first.user.groups, ['github/acme', 'github/acme:admins'])
  assert.equal(first.user.operator, true)
  account = ADA
  const later = await signIn()
  assert.ok(later.verdict === 'signed-in')
  assert.deepEqual([later.user.groups, later.user.operator], [['github/acme'], false])
})

test('the token of GitHub goes to GitHub alone, and is kept nowhere', async () => {
  const answer = await signIn()
  assert.deepEqual(
    asked.map(({ path, authorization }) => [path, authorization]),
    [
      ['/login/oauth/access_token', undefined],
      ['/api/v3/user', 'Bearer gho_secret'],
      ['/api/v3/user/emails', 'Bearer gho_secret'],
      ['/api/v3/user/orgs', 'Bearer gho_secret'],
      ['/api/v3/user/teams', 'Bearer gho_secret'],
    ],
  )
  assert.doesNotMatch(JSON.stringify([answer, await world.ctx.store.events.list({ limit: 100 })]), /gho_secret/)
})

const REFUSED: readonly (readonly [string, Partial<Account>, string])[] = [
  [
    'whose primary address is not verified',
    { emails: [{ email: 'a@b.example', primary: true, verified: false }] },
    'email_unverified',
  ],
  [
    'whose verified address is not the primary one',
    { emails: [{ email: 'a@b.example', primary: false, verified: true }] },
    'email_unverified',
  ],
  ['without an address', { emails: [] }, 'email_unverified'],
  ['whose number is none', { id: '42' }, 'provider_answer'],
]
for (const [what, change, reason] of REFUSED) {
  test(`an account ${what} brings in nobody`, async () => {
    account = { ...ADA, ...change }
    assert.equal(await reasonOf(signIn()), reason)
    assert.equal((await world.ctx.store.users.list()).length, 1)
  })
}

test('what GitHub refuses or somebody declines there is told apart', async () => {
  assert.equal(await reasonOf(signIn('another code')), 'provider_refused')
  assert.equal(await reasonOf(signIn('', 'access_denied')), 'provider_declined')
  server.close()
  server.closeAllConnections()
  assert.equal(await reasonOf(signIn()), 'provider_unreachable')
})

test('the address of somebody who is here is asked about, and theirs only with a yes [doorward-link-both]', async () => {
  account = { ...ADA, emails: [{ email: world.user.email, primary: true, verified: true }] }
  assert.equal((await signIn()).verdict, 'proposed')
  assert.deepEqual(await world.ctx.store.identities.ofUser(world.user.id), [])
})

test('GitHub is not believed about addresses that sign in elsewhere', async () => {
  const okta: Provider = { ...provider, id: 'okta', kind: 'oidc', domains: ['github.example'] }
  Object.assign(world.ctx, { signIn: { password: true, providers: [provider, okta] } })
  assert.equal(await reasonOf(signIn()), 'domain_of_another_provider')
})

test('somebody whom nobody added comes in only where that is allowed', async () => {
  provider = { ...provider, newPeople: 'nobody' }
  assert.equal(await reasonOf(signIn()), 'person_not_admitted')
})

test('who was not asked to sign in anew there has signed in nobody knows when [doorward-fresh-sign-in]', async () => {
  const whenOf = async (isFresh: boolean) => {
    const answer = await signIn('a code', undefined, isFresh)
    assert.ok(answer.verdict === 'signed-in')
    const found = await world.ctx.store.sessions.find(sha256(answer.session), world.ctx.now())
    return found?.session.authentication.at
  }
  assert.deepEqual([await whenOf(false), await whenOf(true)], [0, world.ctx.now()])
})

const FIRST = '/api/v3/user/orgs?per_page=100'
const FIRST_TEAMS = '/api/v3/user/teams?per_page=100'
const api = () => `${provider.issuer}/api/v3`

test('organizations and teams are read to the end of their lists [doorward-provider-groups]', async () => {
  const team = (slug: string) => ({ slug, organization: { login: 'acme' } })
  lists = {
    [FIRST]: {
      body: [{ login: 'acme' }],
      link: `<${api()}/user/orgs?page=1>; rel="prev", <${api()}/user/orgs?per_page=100&page=2>; rel="next"`,
    },
    [`${FIRST}&page=2`]: { body: [{ login: 'beta' }, null], link: `<${api()}/user/orgs?page=1>; rel="first"` },
    [FIRST_TEAMS]: { body: [team('staff')], link: `<${api()}/user/7/teams?page=2>; rel="next"` },
    '/api/v3/user/7/teams?page=2': { body: [team('admins')] },
  }
  const answer = await signIn()
  assert.ok(answer.verdict === 'signed-in')
  assert.deepEqual(answer.user.groups, ['github/acme', 'github/acme:admins', 'github/acme:staff', 'github/beta'])
  assert.equal(answer.user.operator, true)
})

test('a list that does not end takes nothing away and gives nothing, and is not read for ever [doorward-provider-groups]', async () => {
  account = { ...ADA, teams: [{ slug: 'admins', organization: { login: 'acme' } }] }
  const first = await signIn()
  assert.ok(first.verdict === 'signed-in')
  asked = []
  lists = { [FIRST]: { body: [{ login: 'acme' }], link: `<${api()}/user/orgs?per_page=100>; rel="next"` } }
  assert.equal(await reasonOf(signIn()), 'groups_overage')
  assert.equal(asked.filter(({ path }) => path === '/api/v3/user/orgs').length, 10)
  const kept = await world.ctx.store.users.byId(first.user.id)
  assert.deepEqual([kept?.groups, kept?.operator], [['github/acme', 'github/acme:admins'], true])
})

for (const elsewhere of [
  'https://evil.example/user/orgs',
  'http://localhost:1/api/v3/user/orgs',
  '/api/v3/user/orgs',
]) {
  test(`the token of GitHub is not carried to a next page at ${elsewhere}`, async () => {
    lists = { [FIRST]: { body: [], link: `<${elsewhere}>; rel="next"` } }
    assert.equal(await reasonOf(signIn()), 'provider_answer')
    assert.equal(asked.at(-1)?.path, '/api/v3/user/orgs')
  })
}

for (const list of [{ message: 'no list' }, 'acme', 7]) {
  test(`organizations that are ${JSON.stringify(list)} bring in nobody`, async () => {
    lists = { [FIRST]: { body: list } }
    assert.equal(await reasonOf(signIn()), 'provider_answer')
  })
}

test('nobody passes GitHub unseen where a new sign-in is wanted: it lets them choose the account [doorward-fresh-sign-in]', async () => {
  const promptOf = async (wanted: { isFresh?: boolean; maxAge?: number }) =>
    (await leaveFor(world.ctx, VISIT, provider, { browser: BROWSER, request: 'sealed', ...wanted })).searchParams.get(
      'prompt',
    )
  assert.deepEqual(
    [await promptOf({}), await promptOf({ isFresh: true }), await promptOf({ maxAge: 60 })],
    [null, 'select_account', 'select_account'],
  )
})
