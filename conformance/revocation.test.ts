import assert from 'node:assert/strict'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { protectResource } from '@doorward/resource'
import { freePort } from '../packages/doorward/src/testing/free-port.ts'
import { type Doorward, makeFolder, runDoorward, startDoorward, waitFor } from './doorward.ts'
import { startGuarded } from './guarded.ts'
import { decide, PlainBrowser } from './person.ts'
import { authorizeUrl, redemption, register } from './public-client.ts'

/** A person agrees that a client may use a server. */
async function agree(door: Doorward, client: string, resource: string, browser: PlainBrowser) {
  const { code } = await decide(authorizeUrl(door.issuer, client, { resource }), door.operator, 'approve', browser)
  const form = redemption(client, code)
  const response = await fetch(`${door.issuer}/token`, { method: 'POST', body: new URLSearchParams(form) })
  const { access_token: token } = (await response.json()) as { access_token: string }
  const { grant_id } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as {
    grant_id: string
  }
  return { grant: grant_id, token, call: () => call(resource, token) }
}

async function call(mcp: string, token: string): Promise<string> {
  const response = await fetch(mcp, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'read', arguments: {} } }),
  })
  await response.text()
  const error = /error="(\w+)"/.exec(response.headers.get('www-authenticate') ?? '')?.[1]
  return [response.status, error, response.headers.get('retry-after')].filter((part) => part != null).join(' ')
}

const REVOKED = '401 invalid_token'

test('what is revoked in another process ends at servers that verify by themselves, whose outages have the consequence that they chose [doorward-revocation-feed, doorward-revocation-unreachable]', {
  timeout: 120_000,
}, async () => {
  const folder = makeFolder()
  const env = { DOORWARD_PORT: String(await freePort()) }
  const issuer = `http://localhost:${env.DOORWARD_PORT}`
  const [lenient, strict] = await Promise.all([startGuarded(issuer, 'expiry'), startGuarded(issuer, 'refuse')])
  const start = () =>
    startDoorward(['dev', '--resource', lenient.mcp, '--resource', strict.mcp], { folder, env, keep: true })
  let door = await start()
  assert.equal(door.issuer, issuer)
  const run = async (...args: string[]) => {
    const { status, err } = await runDoorward(args, { folder })
    assert.equal(status, 0, err)
  }
  try {
    const browser = new PlainBrowser()
    const client = await register(issuer)
    const first = await agree(door, client, lenient.mcp, browser)
    const second = await agree(door, client, lenient.mcp, browser)
    const third = await agree(door, client, strict.mcp, browser)
    const behind = await agree(door, client, door.mcp, browser)
    const all = () => Promise.all([first, second, third, behind].map(({ call }) => call()))
    assert.deepEqual(await all(), ['200', '200', '200', '200'])

    await run('grant', 'revoke', behind.grant)
    assert.equal(await behind.call(), REVOKED, 'the gateway knows at the next call')
    await run('grant', 'revoke', first.grant)
    await waitFor(async () => (await first.call()) === REVOKED)
    assert.deepEqual(await all(), [REVOKED, '200', '200', REVOKED])

    await door.stop('SIGKILL')
    // A poll that is under way still counts; then no answer comes.
    await waitFor(async () => {
      await all().catch(() => [])
      return [lenient, strict].every(({ notices }) => notices().at(-1) === 'unreachable: feed_unreachable')
    }, 600)
    assert.equal(await first.call(), REVOKED, 'what is known stays known')
    assert.equal(await second.call(), '200')
    assert.equal(await third.call(), '503 5')

    door = await start()
    await waitFor(async () => (await third.call()) === '200')
    // What a process prints is heard in its own time, later than what it answers.
    await waitFor(async () => [lenient, strict].every(({ notices }) => notices().length === 3))
    assert.equal(await second.call(), '200')
    for (const { notices } of [lenient, strict]) {
      assert.deepEqual(notices(), ['followed: started', 'unreachable: feed_unreachable', 'followed: reachable_again'])
    }

    await run('client', 'block', client)
    await run('client', 'unblock', client)
    await waitFor(async () => (await second.call()) === REVOKED && (await third.call()) === REVOKED)
  } finally {
    await door.stop()
    const ends = await Promise.all([lenient.stop(), strict.stop()])
    rmSync(folder, { recursive: true, force: true })
    assert.deepEqual(ends, [
      { status: 0, signal: null },
      { status: 0, signal: null },
    ])
  }
})

test('the second question that a follower asks after a revocation has it, and it asks each second [doorward-revocation-feed]', {
  timeout: 60_000,
}, async () => {
  const folder = makeFolder()
  const env = { DOORWARD_PORT: String(await freePort()) }
  const issuer = `http://localhost:${env.DOORWARD_PORT}`
  const beside = await startGuarded(issuer, 'expiry')
  const door = await startDoorward(['dev', '--resource', beside.mcp], { folder, env, keep: true })
  /** When each question began, in milliseconds. */
  const asked: number[] = []
  /** Further questions have to wait. */
  let allowed = Number.POSITIVE_INFINITY
  const guard = protectResource({
    resource: beside.mcp,
    authorizationServers: [issuer],
    fetch: async (url, init) => {
      if (String(url) !== `${issuer}/revoked-grants`) return fetch(url, init)
      asked.push(performance.now())
      if (asked.length > allowed) await waitFor(async () => asked.length <= allowed)
      return fetch(url, init)
    },
  })
  try {
    const browser = new PlainBrowser()
    const client = await register(issuer)
    const agreed = []
    for (let i = 0; i < 4; i++) agreed.push(await agree(door, client, beside.mcp, browser))
    // Each at once after the one before was told, when what is published has been looked up just now.
    for (const { grant, token } of agreed) {
      const isIn = () =>
        guard.verify(`Bearer ${token}`).then(
          () => true,
          ({ reason }) => reason !== 'grant_revoked',
        )
      assert.equal(await isIn(), true)
      assert.equal((await runDoorward(['grant', 'revoke', grant], { folder })).status, 0)
      allowed = asked.length + 2
      await waitFor(async () => !(await isIn()) || asked.length > allowed)
      assert.equal(await isIn(), false, 'two questions were answered')
      allowed = Number.POSITIVE_INFINITY
    }
    // A machine that is busy makes some of the pauses longer, and none shorter.
    const pauses = asked.slice(1).map((at, i) => at - (asked[i] ?? 0))
    assert.ok(Math.min(...pauses) < 1_750, `each pause was longer: ${pauses.map(Math.round).join(', ')}`)
  } finally {
    guard.close()
    await Promise.all([door.stop(), beside.stop()])
    rmSync(folder, { recursive: true, force: true })
  }
})

test('an operator who publishes nothing has no feed, and no metadata that names one', async () => {
  const resources = [{ name: 'Elsewhere', resource: 'https://mcp.example/mcp' }]
  for (const publish of [true, false]) {
    const folder = makeFolder()
    writeFileSync(join(folder, 'doorward.config.json'), JSON.stringify({ resources, revocation: { publish } }))
    const door = await startDoorward(['serve'], { folder })
    const metadata = await (await fetch(`${door.issuer}/.well-known/oauth-authorization-server`)).json()
    const uri = (metadata as Record<string, unknown>).doorward_revoked_grants_uri
    assert.equal(uri, publish ? `${door.issuer}/revoked-grants` : undefined)
    const feed = await fetch(`${door.issuer}/revoked-grants`)
    assert.equal(feed.status, publish ? 200 : 404)
    if (publish) {
      const again = { headers: { 'if-none-match': feed.headers.get('etag') ?? '' } }
      // The next step of five seconds may begin in between.
      await waitFor(async () => {
        const asked = await fetch(`${door.issuer}/revoked-grants`, again)
        again.headers['if-none-match'] = asked.headers.get('etag') ?? ''
        return asked.status === 304 && (await asked.text()) === ''
      })
      assert.equal((await fetch(`${door.issuer}/revoked-grants`, { method: 'POST' })).status, 405)
    }
    await door.stop()
  }
})
