import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { afterEach, beforeEach, test } from 'node:test'
import type { AuthorityContext, StoredUser } from '../authority/context.ts'
import type { Provider } from '../authority/identity/settings.ts'
import { sealedIn, type Visitor, visitor } from '../testing/visitor.ts'
import { ISSUER, makeWorld, VISIT, type World } from '../testing/world.ts'
import { formToken, ownFormToken } from './form-token.ts'
import { askPerson, consoleRoutes, personRoutes } from './routes.ts'

const OKTA: Provider = {
  id: 'okta',
  name: 'Okta',
  kind: 'oidc',
  issuer: 'https://okta.example',
  clientId: 'doorward',
  clientSecret: createSecretKey(Buffer.from('a secret')),
  authentication: 'client_secret_basic',
  scopes: ['openid', 'email'],
  domains: [],
  newPeople: 'nobody',
}
const BOB: StoredUser = {
  id: 'dwu_bob',
  email: 'bob@x.example',
  password: 'x',
  operator: true,
  groups: [],
  createdAt: 0,
}

const open = () => makeWorld({ askPerson, signIn: { providers: [OKTA] } })
let world: World
beforeEach(async () => {
  world = await open()
  await world.ctx.store.users.add(BOB)
  Object.assign(world.ctx, { fetchProvider: () => assert.fail('nothing is fetched in this test') })
})
afterEach(() => world.close())

interface Row {
  /** What a person fills in or presses; everything but the token. */
  readonly fields: Readonly<Record<string, string>>
  /** What the page of this person gives to its form, in this browser. */
  readonly token: (who: Visitor, user: StoredUser) => Promise<string> | string
  /** For who is on the way to sign in, the page belongs to nobody yet. */
  readonly isOf: 'person' | 'browser'
}

const own = (fields: Readonly<Record<string, string>>): Row => ({
  fields,
  token: (who, user) => ownFormToken(world.ctx, who.name, user),
  isOf: 'person',
})
const onTheWay = (fields: Readonly<Record<string, string>>): Row => ({
  fields,
  token: (who) => formToken(world.ctx, who.name),
  isOf: 'browser',
})

/** Every form of a page for people, as somebody would send it. */
const ROWS: Readonly<Record<string, Row>> = {
  '/account': own({ decision: 'disconnect-all' }),
  '/account/clients': own({ decision: 'add', name: 'Mine', redirect_uris: 'https://a.example/cb' }),
  '/account/sign-in': own({ action: 'end-others' }),
  // Looked up and taken once by a value of its own, and only from who has proved both accounts in this browser.
  '/account/link': { ...onTheWay({ link: 'x', decision: 'link' }) },
  '/device': own({ user_code: 'BCDF-GHJK' }),
  '/sign-out': own({}),
  '/sign-in': onTheWay({ email: 'ada@example.com', password: 'x' }),
  '/sign-in/account': onTheWay({ account: 'x', decision: 'choose' }),
  '/sign-in/passkey': onTheWay({ passkey: 'x', response: '{}' }),
  '/sign-in/okta/start': onTheWay({}),
  '/consent': {
    fields: { decision: 'approve' },
    isOf: 'person',
    token: async (who) => {
      const { client_id } = await world.register()
      const asked = await world.ask(client_id, {}, { cookie: who.cookie() })
      return sealedIn({ html: await asked.text() })
    },
  },
}

const FOREIGN = ['form_foreign', 'pending_foreign', 'parameter_missing']
const OF_ANOTHER = ['form_of_another_account', 'consent_of_another_account']
const READS = new Set(['find', 'byId', 'byEmail', 'list', 'look', 'held', 'ofUser'])

/** The same server, whose store tells of each verb that is more than looking. */
function watched(written: string[]): AuthorityContext {
  const part = (name: string, verbs: object) =>
    new Proxy(verbs, {
      get: (target, verb) => {
        const value = Reflect.get(target, verb)
        if (typeof value === 'function' && !READS.has(String(verb))) written.push(`${name}.${String(verb)}`)
        return value
      },
    })
  const store = new Proxy(world.ctx.store, {
    get: (target, name) => {
      const value = Reflect.get(target, name)
      return typeof value === 'object' && value !== null ? part(String(name), value) : value
    },
  })
  return { ...world.ctx, store }
}

const enumerated = await open()
const POSTS = Object.keys(personRoutes(enumerated.ctx, [])).flatMap((route) =>
  route.startsWith('POST ') ? [route.slice('POST '.length)] : [],
)
await enumerated.close()

test('every form of a page for people stands in the table of what is refused [doorward-csrf]', () => {
  assert.deepEqual(Object.keys(ROWS).toSorted(), POSTS.toSorted())
})

for (const path of POSTS) {
  const row = ROWS[path] ?? own({})
  const ways: readonly (readonly [string, readonly string[], (mine: Visitor) => Promise<string | undefined>])[] = [
    ['no token', FOREIGN, async () => undefined],
    ['a made-up token', FOREIGN, async () => 'A'.repeat(200)],
    [
      'a token of another browser of the same person',
      FOREIGN,
      async () => row.token(await visitor(world, consoleRoutes(world.ctx, []), { user: world.user }), world.user),
    ],
    ...(row.isOf === 'browser'
      ? []
      : ([
          [
            'a token of this browser for another account',
            OF_ANOTHER,
            async ({ name }: Visitor) =>
              row.token(await visitor(world, consoleRoutes(world.ctx, []), { user: BOB, name }), BOB),
          ],
        ] as const)),
  ]
  for (const [what, reasons, tokenOf] of ways) {
    test(`POST ${path} with ${what} is refused, told, and changes nothing [doorward-csrf]`, async () => {
      const written: string[] = []
      const mine = await visitor(world, consoleRoutes(watched(written), []), { user: world.user })
      const request = await tokenOf(mine)
      const before = world.events.length
      const { status } = await mine.post(path, { ...row.fields, ...(request === undefined ? {} : { request }) })
      assert.ok(status === 400 || status === 403, `${status}`)
      assert.deepEqual(
        world.events.slice(before).map(({ type, outcome }) => [type, outcome]),
        [['request.refused', 'refused']],
      )
      const told = world.events.at(-1)?.reason ?? ''
      assert.ok(reasons.includes(told), told)
      assert.deepEqual(written, [])
    })
  }

  test(`POST ${path} with the token of its page is judged by what it says`, async () => {
    const written: string[] = []
    const mine = await visitor(world, consoleRoutes(watched(written), []), { user: world.user })
    const request = await row.token(mine, world.user)
    const before = world.events.length
    await mine
      .post(path, { ...row.fields, request })
      .catch((error) => assert.match(String(error), /nothing is fetched/))
    const reasons = world.events.slice(before).map(({ reason }) => reason ?? '')
    assert.ok(!reasons.some((reason) => [...FOREIGN, ...OF_ANOTHER].includes(reason)), reasons.join())
    if (row.isOf === 'person') assert.notDeepEqual(written, [])
  })
}

test('where a client looks for metadata and there is none, it is told in JSON that a page of another origin can read, whoever asks for a page [q19, q23]', async () => {
  const pages = consoleRoutes(world.ctx, [])
  const ask = (path: string, accept: string) =>
    pages(new Request(`${ISSUER}${path}`, { headers: { accept } }), path, VISIT)
  const paths = [
    '/.well-known/nothing',
    '/.well-known/oauth-authorization-server/mcp',
    '/mcp/.well-known/openid-configuration',
  ]
  for (const path of paths) {
    for (const accept of [
      'text/html',
      'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8',
      'application/json',
      'image/png',
    ]) {
      const { status, headers } = await ask(path, accept)
      assert.deepEqual(
        [status, headers.get('content-type'), headers.get('access-control-allow-origin')],
        [404, 'application/json', '*'],
        `${path} for ${accept}`,
      )
    }
  }
  const page = await ask('/nothing?/.well-known/', 'text/html')
  assert.deepEqual([page.status, page.headers.get('content-type')], [404, 'text/html; charset=utf-8'])
  const elsewhere = await ask('/nothing', 'application/json')
  assert.deepEqual([elsewhere.status, elsewhere.headers.get('access-control-allow-origin')], [404, null])
})
