import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { type Doorward, runDoorward, startDoorward, startEverything, waitFor } from './doorward.ts'
import { decide, decideInBrowser, launchChromium } from './person.ts'
import { type ClientMemory, callbackListener, memoryProvider, SDK_CLIENTS, type Tokens } from './sdk-clients.ts'

let everything: Awaited<ReturnType<typeof startEverything>>
let door: Doorward
let browser: Browser

before(async () => {
  everything = await startEverything()
  door = await startDoorward(['protect', everything.url])
  browser = await launchChromium()
})
after(async () => {
  await browser?.close()
  await door?.stop()
  await everything?.stop()
})

const tokenRequest = (path: string, form: Record<string, string>) =>
  fetch(`${door.issuer}${path}`, { method: 'POST', body: new URLSearchParams(form) })

async function refreshRotates(memory: ClientMemory): Promise<void> {
  const { information, tokens } = memory
  const form = {
    grant_type: 'refresh_token',
    refresh_token: tokens?.refresh_token ?? '',
    client_id: information?.client_id ?? '',
  }
  const response = await tokenRequest('/token', form)
  assert.equal(response.status, 200)
  const next = (await response.json()) as { refresh_token: string; access_token: string; token_type: string }
  assert.notEqual(next.refresh_token, tokens?.refresh_token)
  memory.tokens = next
}

for (const sdk of SDK_CLIENTS) {
  for (const person of ['in Chromium', 'by plain HTTP'] as const) {
    test(`${sdk.name} goes from discovery to a tool call, a refresh and a revocation, the person ${person} [mcp-2026-07-28-as1, mcp-2026-07-28-rs1, q08]`, async () => {
      const listener = await callbackListener()
      const { memory, provider } = memoryProvider(listener.redirectUrl, { client_name: `${sdk.name} ${person}` })
      try {
        await assert.rejects(sdk.connect(door.mcp, provider), /[Uu]nauthorized/)
        const url = memory.authorizeUrl?.href ?? ''
        let callback: URLSearchParams
        if (person === 'in Chromium') {
          const context = await browser.newContext()
          await decideInBrowser(context, url, door.operator)
          callback = await listener.answer
          await context.close()
        } else {
          callback = (await decide(url, door.operator)).url.searchParams
        }
        assert.equal(callback.get('iss'), door.issuer)
        assert.equal(callback.get('state'), 'state-of-the-client')
        await sdk.finish(door.mcp, provider, callback)

        const client = await sdk.connect(door.mcp, provider)
        assert.ok((await client.tools()).includes('echo'))
        assert.match(await client.call('echo', { message: 'through the door' }), /Echo: through the door/)
        await client.close()

        await refreshRotates(memory)
        const again = await sdk.connect(door.mcp, provider)
        assert.match(await again.call('get-sum', { a: 2, b: 3 }), /5/)
        await again.close()

        const revoked = await tokenRequest('/revoke', {
          token: memory.tokens?.refresh_token ?? '',
          client_id: memory.information?.client_id ?? '',
        })
        assert.equal(revoked.status, 200)
        const call = await fetch(door.mcp, {
          method: 'POST',
          headers: { authorization: `Bearer ${memory.tokens?.access_token}` },
        })
        assert.equal(call.status, 401, 'the access token stops with its grant')
        assert.match(call.headers.get('www-authenticate') ?? '', /error="invalid_token"/)
      } finally {
        listener.close()
      }
    })
  }
}

/** A token that says the same and is worth nothing, as one that has run out: the refresh token stays. */
function spoil(memory: ClientMemory): string {
  const spoiled = (memory.tokens?.access_token ?? '').replace(/\.[^.]*$/, `.${'A'.repeat(86)}`)
  memory.tokens = { ...(memory.tokens as Tokens), access_token: spoiled }
  return spoiled
}

for (const sdk of SDK_CLIENTS) {
  test(`${sdk.name} whose access token is worth nothing any more refreshes by itself, and the call goes through [mcp-2026-07-28-rs1]`, async () => {
    const { memory, provider } = memoryProvider('http://127.0.0.1:9/callback', {
      client_name: `${sdk.name} refreshing`,
    })
    await assert.rejects(sdk.connect(door.mcp, provider), /[Uu]nauthorized/)
    const callback = (await decide(memory.authorizeUrl?.href ?? '', door.operator)).url.searchParams
    await sdk.finish(door.mcp, provider, callback)
    memory.authorizeUrl = undefined
    const client = await sdk.connect(door.mcp, provider)
    assert.match(await client.call('echo', { message: 'before' }), /Echo: before/)
    for (const [message, open] of [
      ['in the middle of a session', async () => client],
      ['at its next start', () => sdk.connect(door.mcp, provider)],
    ] as const) {
      const before = memory.tokens?.refresh_token
      const spoiled = spoil(memory)
      const used = await open()
      assert.match(await used.call('echo', { message }), new RegExp(`Echo: ${message}`))
      assert.notEqual(memory.tokens?.access_token, spoiled)
      assert.notEqual(memory.tokens?.refresh_token, before, 'the refresh token was used')
      assert.equal(memory.authorizeUrl, undefined, 'nobody was asked')
      await used.close()
    }
  })
}

test('a person who denies sends the client away with access_denied, and nothing is granted', async () => {
  const { memory, provider } = memoryProvider('http://127.0.0.1:9/callback', { client_name: 'Denied' })
  await assert.rejects(SDK_CLIENTS[0]?.connect(door.mcp, provider) ?? Promise.resolve())
  const callback = await decide(memory.authorizeUrl?.href ?? '', door.operator, 'deny')
  assert.deepEqual([callback.error, callback.code, callback.iss], ['access_denied', null, door.issuer])
})

test('without a token the door says where to go: 401 with metadata and scope, and no error [mcp-2026-07-28-rs3, mcp-2026-07-28-rs4, q19, q24, mcp-2025-06-18-www-authenticate]', async () => {
  const response = await fetch(door.mcp, { method: 'POST' })
  assert.equal(response.status, 401)
  const challenge = response.headers.get('www-authenticate') ?? ''
  assert.match(challenge, /^Bearer /)
  assert.doesNotMatch(challenge, /error/)
  assert.match(challenge, /scope="mcp"/)
  assert.match(response.headers.get('access-control-expose-headers') ?? '', /WWW-Authenticate/i)
  const url = /resource_metadata="([^"]+)"/.exec(challenge)?.[1] ?? ''
  for (const address of [url, `${door.issuer}/.well-known/oauth-protected-resource`]) {
    const document = (await (await fetch(address)).json()) as Record<string, unknown>
    assert.equal(document.resource, door.mcp)
    assert.deepEqual(document.authorization_servers, [door.issuer])
    assert.deepEqual(document.scopes_supported, ['mcp'])
  }
})

test('every decision of the journey is in the event stream, and what it says can be followed [doorward-events]', async () => {
  const expected = [
    'client.registered',
    'authorization.requested',
    'sign-in.succeeded',
    'consent.given',
    'token.issued',
    'token.refreshed',
    'access.allowed',
    'access.refused',
    'grant.revoked',
    'consent.denied',
  ]
  let missing = expected
  // Events that change nothing are written a moment later.
  await waitFor(async () => {
    const { out } = await runDoorward(['events', '--json', '--limit', '500'], { folder: door.folder })
    const types = new Set(
      out
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { type: string }).type),
    )
    missing = expected.filter((type) => !types.has(type))
    return missing.length === 0
  }).catch(() => assert.fail(`not in the stream: ${missing.join(', ')}`))
})
