import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, test } from 'node:test'
import { type Doorward, runDoorward, startDoorward, waitFor } from './doorward.ts'
import { firstCall } from './first-call.ts'
import { decide, PlainBrowser } from './person.ts'

const VERIFIER = 'v'.repeat(64)
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url')
const CALLBACK = 'http://127.0.0.1:33418/cb'

let door: Doorward
before(async () => {
  door = await startDoorward(['dev'])
})
after(() => door?.stop())

interface Told {
  readonly attempt?: {
    readonly outcome: string
    readonly stoppedAt?: string
    readonly reason?: string
    readonly ended?: string
    readonly client?: string
    readonly steps: readonly { readonly step: string; readonly state: string }[]
  }
}

/** The story behind a reference, from the process that only has the database. */
async function traceOf(reference: string): Promise<NonNullable<Told['attempt']>> {
  let told: Told = {}
  // Events that change nothing are written within a moment.
  await waitFor(async () => {
    const { out } = await runDoorward(['trace', reference, '--json'], { folder: door.folder })
    told = JSON.parse(out) as Told
    return told.attempt !== undefined && told.attempt.outcome !== 'running'
  }, 20)
  return told.attempt as NonNullable<Told['attempt']>
}

function referenceIn(text: string): string {
  return /ref ([0-9A-Z]{10})/.exec(text)?.[1] ?? assert.fail(`no reference in ${text.slice(0, 300)}`)
}

/** What every client does first: a call, two documents, a registration. */
async function begin(name: string): Promise<string> {
  await fetch(door.mcp, { method: 'POST' })
  await fetch(new URL('/.well-known/oauth-protected-resource/mcp', door.issuer))
  await fetch(`${door.issuer}/.well-known/oauth-authorization-server`)
  const response = await fetch(`${door.issuer}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token_endpoint_auth_method: 'none', client_name: name, redirect_uris: [CALLBACK] }),
  })
  return ((await response.json()) as { client_id: string }).client_id
}

function authorizeUrl(client_id: string, change: Record<string, string | undefined> = {}): string {
  const query: Record<string, string | undefined> = {
    response_type: 'code',
    client_id,
    redirect_uri: CALLBACK,
    state: 's',
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
    ...change,
  }
  const set = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return `${door.issuer}/authorize?${new URLSearchParams(set)}`
}

async function redeem(client_id: string, code: string | null, change: Record<string, string> = {}) {
  const form = { grant_type: 'authorization_code', code: code ?? '', code_verifier: VERIFIER, client_id, ...change }
  const response = await fetch(`${door.issuer}/token`, { method: 'POST', body: new URLSearchParams(form) })
  return (await response.json()) as { access_token?: string; refresh_token?: string; error_description?: string }
}

const call = (token: string | undefined): Promise<Response> => firstCall(door.mcp, token)

test('a connection that works is told from the first 401 to the first call [doorward-trace]', async () => {
  const client = await begin('Good')
  const { code } = await decide(authorizeUrl(client), door.operator)
  const { access_token } = await redeem(client, code)
  assert.equal((await call(access_token)).status, 200)
  let requested: { readonly type: string; readonly client?: string; readonly correlation: string } | undefined
  await waitFor(async () => {
    const { out } = await runDoorward(['events', '--json', '--limit', '50'], { folder: door.folder })
    requested = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as NonNullable<typeof requested>)
      .find((event) => event.type === 'authorization.requested' && event.client === client)
    return requested !== undefined
  }, 20)
  let told = await traceOf(requested?.correlation ?? '')
  await waitFor(async () => {
    told = await traceOf(requested?.correlation ?? '')
    return told.outcome === 'connected'
  }, 20)
  assert.deepEqual(
    told.steps.map(({ state }) => state),
    told.steps.map(() => 'done'),
  )
})

test('a redirect to an address that is not registered stops at the request, and the page names the reference [doorward-trace, q14]', async () => {
  const client = await begin('Wrong redirect')
  const page = await new PlainBrowser().visit(authorizeUrl(client, { redirect_uri: 'https://elsewhere.example/cb' }))
  const reference = /<pre[^>]*><bdi[^>]*>([0-9A-Z]{10})</.exec(await page.text())?.[1] ?? ''
  const told = await traceOf(reference)
  assert.deepEqual(
    [told.outcome, told.stoppedAt, told.reason, told.client],
    ['refused', 'authorize', 'redirect_uri_not_registered', client],
  )
  const states = Object.fromEntries(told.steps.map(({ step, state }) => [step, state]))
  assert.equal(states.registration, 'done')
  assert.equal(states.consent, 'not-reached')
})

test('a client without PKCE stops at the request [doorward-trace]', async () => {
  const client = await begin('No PKCE')
  const url = authorizeUrl(client, { code_challenge: undefined, code_challenge_method: undefined })
  const page = await new PlainBrowser().visit(url)
  const told = await traceOf(referenceIn(decodeURIComponent((page.headers.get('location') ?? '').replaceAll('+', ' '))))
  assert.deepEqual([told.outcome, told.stoppedAt], ['refused', 'authorize'])
  assert.match(told.reason ?? '', /^(pkce|code_challenge)/)
})

test('a person who says no stops it at the consent [doorward-trace]', async () => {
  const client = await begin('Denied')
  const { url } = await decide(authorizeUrl(client), door.operator, 'deny')
  const told = await traceOf(referenceIn(url.searchParams.get('error_description') ?? ''))
  assert.deepEqual([told.outcome, told.stoppedAt, told.reason], ['refused', 'consent', 'person_declined'])
})

test('a blocked client stops at the request [doorward-trace]', async () => {
  const client = await begin('Blocked')
  await runDoorward(['client', 'block', client], { folder: door.folder })
  const page = await new PlainBrowser().visit(authorizeUrl(client))
  const reference = /<pre[^>]*><bdi[^>]*>([0-9A-Z]{10})</.exec(await page.text())?.[1] ?? ''
  const told = await traceOf(reference)
  assert.deepEqual(
    [told.outcome, told.stoppedAt, told.reason, told.client],
    ['refused', 'authorize', 'client_blocked', client],
  )
})

test('a verifier that does not fit stops at the token, and the flow before it is joined [doorward-trace]', async () => {
  const client = await begin('Wrong verifier')
  const { code } = await decide(authorizeUrl(client), door.operator)
  const refused = await redeem(client, code, { code_verifier: 'w'.repeat(64) })
  const told = await traceOf(referenceIn(refused.error_description ?? ''))
  assert.deepEqual([told.outcome, told.stoppedAt, told.reason], ['refused', 'token', 'pkce_mismatch'])
  const states = Object.fromEntries(told.steps.map(({ step, state }) => [step, state]))
  assert.deepEqual([states.authorize, states['sign-in'], states.consent], ['done', 'done', 'done'])
})

test('a token request for another resource stops at the token [doorward-trace, q25]', async () => {
  const client = await begin('Wrong resource')
  const { code } = await decide(authorizeUrl(client), door.operator)
  const refused = await redeem(client, code, { resource: 'https://other.example/mcp' })
  const told = await traceOf(referenceIn(refused.error_description ?? ''))
  assert.deepEqual([told.outcome, told.stoppedAt], ['refused', 'token'])
})

test('a token of another issue stops at the first call: the challenge carries the reference [doorward-trace]', async () => {
  const client = await begin('Bad token')
  const { code } = await decide(authorizeUrl(client), door.operator)
  await redeem(client, code)
  const refused = await call('nonsense')
  assert.equal(refused.status, 401)
  const told = await traceOf(referenceIn(refused.headers.get('www-authenticate') ?? ''))
  assert.deepEqual([told.outcome, told.stoppedAt, told.client], ['refused', 'call', client])
})

test('doorward trace tells the same in words, with the cause and what helps', async () => {
  const client = await begin('In words')
  const { code } = await decide(authorizeUrl(client), door.operator)
  const refused = await redeem(client, code, { code_verifier: 'w'.repeat(64) })
  const reference = referenceIn(refused.error_description ?? '')
  await traceOf(reference)
  const { out } = await runDoorward(['trace', reference], { folder: door.folder })
  assert.match(out, /^Refused at: Token/)
  assert.match(out, /Likely cause: .*code_verifier/)
  assert.match(out, /What helps: /)
  assert.match((await runDoorward(['trace'], { folder: door.folder })).out, /Refused .*Token/)
  const none = await runDoorward(['trace', 'NOTHING000'], { folder: door.folder })
  assert.deepEqual([none.status, /Nothing is remembered/.test(none.err)], [1, true])
})

/** A connection that works, with a second flow of the same client that was left at the sign-in. */
async function connected(name: string) {
  const client = await begin(name)
  const { code } = await decide(authorizeUrl(client, { scope: 'door:knock offline_access' }), door.operator)
  const { access_token, refresh_token } = await redeem(client, code)
  assert.equal((await call(access_token)).status, 200)
  await new PlainBrowser().visit(authorizeUrl(client))
  return { client, access_token, refresh_token: refresh_token ?? assert.fail('no refresh token') }
}

test('a call that is refused since a code was used twice leads to the code, by its reference and in the list [doorward-trace]', async () => {
  const client = await begin('Twice')
  const { code } = await decide(authorizeUrl(client), door.operator)
  const { access_token } = await redeem(client, code)
  await redeem(client, code)
  const reference = referenceIn((await call(access_token)).headers.get('www-authenticate') ?? '')
  const told = await traceOf(reference)
  assert.deepEqual(
    [told.outcome, told.stoppedAt, told.reason, told.ended],
    ['refused', 'call', 'grant_revoked', 'code_reused'],
  )
  const { out } = await runDoorward(['trace', reference], { folder: door.folder })
  assert.match(out, /^Refused at: First call\nLikely cause: The code was used before/)
  assert.match((await runDoorward(['trace'], { folder: door.folder })).out, /First call +code_reused +/)
})

test('a call that is refused after the connection worked is what its reference tells of first, with whose it was [doorward-trace]', async () => {
  const { client, access_token } = await connected('Blocked later')
  await runDoorward(['client', 'block', client], { folder: door.folder })
  const reference = referenceIn((await call(access_token)).headers.get('www-authenticate') ?? '')
  const told = await traceOf(reference)
  assert.deepEqual([told.outcome, told.client], ['connected', client])
  const { out } = await runDoorward(['trace', reference], { folder: door.folder })
  const [first, cause] = out.split('\n')
  assert.match(first ?? '', new RegExp(`was refused \\(${reference}\\)`))
  assert.match(cause ?? '', /^Likely cause: An operator blocked the client/)
})

test('a refresh that is refused belongs to the connection that it was of, and not to a flow that is open beside it [doorward-trace]', async () => {
  const { client, refresh_token } = await connected('Revoked later')
  await runDoorward(['client', 'block', client], { folder: door.folder })
  await runDoorward(['client', 'unblock', client], { folder: door.folder })
  const form = { grant_type: 'refresh_token', refresh_token, client_id: client }
  const response = await fetch(`${door.issuer}/token`, { method: 'POST', body: new URLSearchParams(form) })
  const { error_description = '' } = (await response.json()) as { error_description?: string }
  const told = await traceOf(referenceIn(error_description))
  const states = Object.fromEntries(told.steps.map(({ step, state }) => [step, state]))
  assert.deepEqual([states['sign-in'], states.consent, states.call], ['done', 'done', 'done'])
})

test('what belongs to one request is told in words where one asks for it, with its cause', async () => {
  const response = await fetch(`${door.issuer}/introspect`, {
    method: 'POST',
    body: new URLSearchParams({ token: 'x' }),
  })
  const reference = referenceIn(await response.text())
  await waitFor(async () => (await runDoorward(['trace', reference], { folder: door.folder })).status === 0, 20)
  const { out } = await runDoorward(['trace', reference], { folder: door.folder })
  assert.match(out, new RegExp(reference))
  assert.match(out, /Likely cause: /)
})

test('who looks for a kind of event that there is not is told which there are', async () => {
  const { err } = await runDoorward(['events', '--type', 'consent.givn'], { folder: door.folder })
  assert.match(err, /No event is called 'consent\.givn' in this version\. There are consent\.given, consent\.denied\./)
  const { err: known } = await runDoorward(['events', '--type', 'consent.given'], { folder: door.folder })
  assert.doesNotMatch(known, /No event is called/)
  const { err: strange } = await runDoorward(['events', '--type', 'no.such'], { folder: door.folder })
  assert.match(strange, /No event is called 'no\.such' in this version\. They begin with client, document, /)
})

test('who looks for what nobody did is told where it was looked for', async () => {
  const { out, err } = await runDoorward(['events', '--type', 'no.such'], { folder: door.folder })
  assert.deepEqual([out, /Nothing like that is remembered in .*dev\.sqlite/.test(err)], ['', true])
  const nothing = await runDoorward(['trace', 'NOTHING000'], { folder: door.folder })
  assert.match(nothing.err, /in .*dev\.sqlite; compare each letter/)
})
