import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Doorward, startDoorward } from './doorward.ts'
import { decide, PlainBrowser } from './person.ts'
import { authorizeUrl, redemption, register } from './public-client.ts'
import { memoryProvider, SDK_CLIENTS } from './sdk-clients.ts'

let door: Doorward
before(async () => {
  door = await startDoorward(['dev'])
})
after(() => door?.stop())

for (const sdk of SDK_CLIENTS) {
  test(`${sdk.name} uses the demo server with every scope, and is told precisely what a narrower token lacks [mcp-2026-07-28-rs18, mcp-2026-07-28-rs20, mcp-2026-07-28-rs22]`, async () => {
    const { memory, provider } = memoryProvider('http://127.0.0.1:9/callback', { client_name: sdk.name })
    await assert.rejects(sdk.connect(door.mcp, provider))
    await sdk.finish(
      door.mcp,
      provider,
      (await decide(memory.authorizeUrl?.href ?? '', door.operator)).url.searchParams,
    )
    const client = await sdk.connect(door.mcp, provider)
    assert.deepEqual((await client.tools()).sort(), ['guest-book-read', 'guest-book-write', 'knock'])
    assert.match(await client.call('knock', { name: sdk.name }), /kettle/)
    await client.call('guest-book-write', { name: sdk.name, text: 'thank you' })
    assert.match(await client.call('guest-book-read', {}), /thank you/)
    await client.close()

    const narrow = await fetch(`${door.issuer}/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'refresh_token',
        refresh_token: memory.tokens?.refresh_token ?? '',
        client_id: memory.information?.client_id ?? '',
        scope: 'guestbook:read',
      }),
    })
    const { access_token } = (await narrow.json()) as { access_token: string }
    const call = (name: string) =>
      fetch(door.mcp, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${access_token}`,
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
        },
        body: JSON.stringify({
          jsonrpc: '2.0',
          id: 1,
          method: 'tools/call',
          params: { name, arguments: { name: 'x', text: 'y' } },
        }),
      })
    const refused = await call('guest-book-write')
    assert.equal(refused.status, 403)
    const challenge = refused.headers.get('www-authenticate') ?? ''
    assert.match(challenge, /error="insufficient_scope"/)
    assert.match(challenge, /scope="guestbook:write guestbook:read"/)
    assert.match(challenge, /resource_metadata="/)
    assert.equal((await call('guest-book-read')).status, 200)
  })
}

test('the consent page says which tools each scope opens and for how long, and the token keeps to it', async () => {
  const client = await register(door.issuer)
  const browser = new PlainBrowser()
  const asked = authorizeUrl(door.issuer, client)
  const signIn = await browser.follow(asked)
  const { response } = await browser.submit(await signIn.response.text(), signIn.url, { ...door.operator })
  const html = await response.text()
  const told = (term: string) => {
    const [, fact = ''] =
      new RegExp(`<dt>(?:<label[^>]*>)?${term}(?:</label>)?</dt><dd>([\\s\\S]*?)</dd>`).exec(html) ?? []
    return fact.replaceAll(/<\/(?:li|option|select)>|<span class="line/g, '\n$&').replaceAll(/<[^>]*>/g, '')
  }
  const lines = (term: string) =>
    told(term)
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '')
  assert.deepEqual(lines('It may'), [
    'Knock at the door and be greeted',
    'door:knock opens knock',
    'Read the guest book',
    'guestbook:read opens guest-book-read',
    'Write in the guest book',
    'guestbook:write opens guest-book-read, guest-book-write',
  ])
  assert.deepEqual(lines('For how long'), [
    'Until you disconnect it',
    '1 day',
    '7 days',
    '30 days',
    '90 days',
    'It also ends after 30 days without use. Each token lasts 10 minutes.',
  ])
  const { code } = await decide(asked, door.operator, 'approve', browser)
  const body = new URLSearchParams(redemption(client, code))
  const issued = (await (await fetch(`${door.issuer}/token`, { method: 'POST', body })).json()) as {
    expires_in: number
    scope: string
  }
  assert.equal(issued.expires_in, 10 * 60)
  assert.deepEqual(issued.scope.split(' ').sort(), ['door:knock', 'guestbook:read', 'guestbook:write'])
})
