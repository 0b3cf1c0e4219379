import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { sha256 } from '@doorward/core/kernel/digest'
import { BROWSER, cookieName, SESSION } from '../authority/cookies.ts'
import { openSession } from '../authority/identity/session.ts'
import { makePublisher } from '../testing/publisher.ts'
import { CHANGED_ELSEWHERE } from '../testing/unaware.ts'
import { makeWorld, VISIT, type World } from '../testing/world.ts'
import { askPerson, consoleRoutes } from './routes.ts'

// How long an answer waits for the document of an application is up to that application.

const NAME = 'b'.repeat(32)

let world: World
let publisher: Awaited<ReturnType<typeof makePublisher>>
beforeEach(async () => {
  world = await makeWorld({ development: true, askPerson })
  publisher = await makePublisher()
})
afterEach(async () => {
  publisher.close()
  await world.close()
})

const [, , , denied] = CHANGED_ELSEWHERE
const TO_SIGN_IN = 303
const MEANWHILE: readonly (readonly [string, number, (id: string, session: string) => Promise<unknown>])[] = [
  ['signed out', TO_SIGN_IN, (_id, session) => world.ctx.store.sessions.close(sha256(session))],
  ['was disabled', TO_SIGN_IN, () => world.ctx.store.users.disable(world.user.id, world.ctx.now())],
  ['was denied the application by a rule', 403, async (id) => denied?.[1](world.ctx, id)],
]
for (const [title, told, change] of MEANWHILE) {
  test(`somebody who ${title} while the document of the application kept their answer waiting has given nothing [doorward-answer-anew]`, async () => {
    const authentication = { at: world.ctx.now(), method: 'password', amr: [] }
    const session = await openSession(world.ctx, VISIT, world.user, authentication, { reason: 'password' })
    const cookie = `${cookieName(world.ctx, BROWSER)}=${NAME}; ${cookieName(world.ctx, SESSION)}=${session}`
    const ask = async (path: string, body?: URLSearchParams) => {
      const method = body === undefined ? 'GET' : 'POST'
      const headers = { cookie, 'content-type': 'application/x-www-form-urlencoded' }
      const request = new Request(new URL(path, world.ctx.issuer), { method, headers, body: body?.toString() ?? null })
      return consoleRoutes(world.ctx, [])(request, new URL(request.url).pathname, VISIT)
    }
    const id = publisher.document({}, { 'cache-control': 'no-store' })
    const page = await world.ask(id, {}, { cookie })
    const request = /name="request" value="([^"]+)"/.exec(await page.text())?.[1] ?? assert.fail('there is no form')
    // What was read of the document counts for a minute.
    world.wait(61)
    const { fetchStranger } = world.ctx
    const begun = Promise.withResolvers<void>()
    const held = Promise.withResolvers<void>()
    const slow: typeof fetchStranger = async (...asked) => {
      begun.resolve()
      await held.promise
      return fetchStranger(...asked)
    }
    Object.assign(world.ctx, { fetchStranger: slow })
    const answered = ask('/consent', new URLSearchParams({ request, decision: 'approve' }))
    await begun.promise
    await change(id, String(session))
    held.resolve()
    const { status, headers } = await answered
    assert.equal(status, told)
    if (told === TO_SIGN_IN) assert.match(headers.get('location') ?? '', /\/sign-in\?request=/)
    assert.deepEqual(await world.ctx.store.grants.list(), [])
  })
}
