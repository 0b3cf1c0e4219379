import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Doorward, startDoorward } from './doorward.ts'
import { decide } from './person.ts'
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
