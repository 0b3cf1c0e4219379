import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { afterEach, beforeEach, test } from 'node:test'
import { sha256 } from '@doorward/core/kernel/digest'
import { OutboundError } from '@doorward/core/kernel/outbound'
import { BROWSER, cookieName, SESSION } from '../authority/cookies.ts'
import { openSession } from '../authority/identity/session.ts'
import type { Provider } from '../authority/identity/settings.ts'
import { makeWorld, VISIT, type World } from '../testing/world.ts'
import { consoleRoutes } from './routes.ts'

const PROVIDER: Provider = {
  id: 'github',
  name: 'GitHub',
  kind: 'github',
  issuer: 'https://github.example',
  clientId: 'app',
  clientSecret: createSecretKey(Buffer.from('a secret')),
  authentication: 'client_secret_post',
  scopes: [],
  domains: [],
  newPeople: 'everybody',
}

let world: World
let session = ''
let asked = 0
beforeEach(async () => {
  asked = 0
  world = await makeWorld({ signIn: { providers: [PROVIDER] } })
  const fetchProvider: World['ctx']['fetchProvider'] = async () => {
    asked++
    throw new OutboundError('connection_failed', 'nobody is there', true)
  }
  Object.assign(world.ctx, { fetchProvider })
  const authentication = { at: world.ctx.now(), method: 'password', amr: [] }
  session = (await openSession(world.ctx, VISIT, world.user, authentication, { reason: 'password' })) ?? ''
})
afterEach(() => world.close())

async function visit(correlation: string, path: string, form?: Record<string, string>) {
  const cookie = `${cookieName(world.ctx, BROWSER)}=${'b'.repeat(32)}; ${cookieName(world.ctx, SESSION)}=${session}`
  const request = new Request(new URL(path, world.ctx.issuer), {
    method: form === undefined ? 'GET' : 'POST',
    headers: { cookie, accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded' },
    ...(form === undefined ? {} : { body: new URLSearchParams(form).toString() }),
  })
  const response = await consoleRoutes(world.ctx, [])(request, new URL(request.url).pathname, { ...VISIT, correlation })
  const html = await response.text()
  return {
    status: response.status,
    refresh: response.headers.get('refresh') ?? '',
    cookies: response.headers.getSetCookie(),
    back: /href="([^"]*\/sign-in(?:\?[^"]*)?)"/.exec(html)?.[1],
  }
}

const CHANGES: readonly (readonly [string, (client: string) => Promise<unknown>, string, boolean])[] = [
  ['waited longer than ten minutes in all', async () => world.wait(301), 'pending_expired', false],
  [
    'comes from a client that was removed',
    (client) => world.ctx.store.clients.remove(client, world.ctx.now()),
    'client_unknown',
    false,
  ],
  ['is good, of a provider that is down', async () => undefined, 'provider_unreachable', true],
]
for (const [what, change, reason, isGood] of CHANGES) {
  test(`who comes back to a request that ${what} is told in its story, and is signed in as before [doorward-trace]`, async () => {
    const { client_id } = await world.register()
    const cookie = `${cookieName(world.ctx, BROWSER)}=${'b'.repeat(32)}`
    const answer = await world.ask(client_id, {}, { cookie })
    const request = new URL(answer.headers.get('location') ?? '').searchParams.get('request') ?? ''
    world.wait(300)
    const { refresh } = await visit('AT START', '/sign-in/github/start', { request })
    const state = new URL(refresh.replace('0; url=', '')).searchParams.get('state') ?? ''
    await change(client_id)
    const back = await visit('AT RETURN', `/sign-in/github/callback?${new URLSearchParams({ state, code: 'c' })}`)
    const told = world.events.findLast(({ type }) => type === 'sign-in.refused')
    assert.deepEqual([told?.reason, told?.correlation], [reason, VISIT.correlation])
    // The code of who cannot go on is not used, and leads to no other session.
    assert.deepEqual([asked > 0, back.cookies], [isGood, []])
    assert.ok((await world.ctx.store.sessions.find(sha256(session), world.ctx.now())) !== undefined)
    assert.equal(back.back, `${world.ctx.issuer}/sign-in${isGood ? `?request=${request}` : ''}`)
  })
}
