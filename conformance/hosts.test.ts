// Whatever a request says of where it came to, every answer is that of the one issuer.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { CHALLENGE, VERIFIER } from '../packages/doorward/src/testing/world.ts'
import { type Doorward, runDoorward, startDoorward, waitFor } from './doorward.ts'
import { decide } from './person.ts'

/** Stands in everything that a hostile caller writes, and in nothing of ours: long enough that nothing sealed or random has it by chance. */
const MARK = 'evilstranger'

let door: Doorward
let port: number
let client: string
before(async () => {
  door = await startDoorward(['dev'])
  port = Number(new URL(door.issuer).port)
  const response = await fetch(`${door.issuer}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ redirect_uris: ['http://127.0.0.1:4300/cb'], token_endpoint_auth_method: 'none' }),
  })
  client = ((await response.json()) as { client_id: string }).client_id
})
after(() => door?.stop())

const FORM = 'application/x-www-form-urlencoded'
const JSON_TYPE = 'application/json'
/** Method, path, and the body with its type: everything that answers with an address, a page, a cookie or a challenge. */
const REQUESTS: readonly (() => readonly [string, string, string?, string?])[] = [
  () => ['GET', '/'],
  () => ['GET', '/.well-known/oauth-authorization-server'],
  () => ['GET', '/.well-known/openid-configuration'],
  () => ['GET', '/.well-known/oauth-protected-resource/mcp'],
  () => ['GET', '/.well-known/nothing'],
  () => ['GET', '/jwks'],
  () => [
    'GET',
    `/authorize?response_type=code&client_id=${client}&redirect_uri=http%3A%2F%2F127.0.0.1%3A4300%2Fcb&code_challenge=${'c'.repeat(43)}&code_challenge_method=S256`,
  ],
  () => ['GET', '/authorize?response_type=code'],
  () => ['GET', '/sign-in'],
  () => ['GET', '/account'],
  () => ['GET', '/admin'],
  () => ['GET', '/device'],
  () => ['GET', '/errors'],
  () => ['GET', '/healthz'],
  () => ['GET', '/readyz'],
  () => ['POST', '/token', 'grant_type=refresh_token&refresh_token=x', FORM],
  () => ['POST', '/par', `client_id=${client}`, FORM],
  () => ['POST', '/device_authorization', `client_id=${client}`, FORM],
  () => ['POST', '/register', '{"redirect_uris":["https://a.example/cb"]}', JSON_TYPE],
  () => ['POST', '/mcp', '{"jsonrpc":"2.0","id":1,"method":"ping"}', JSON_TYPE],
  () => ['GET', '/admin/api/users'],
  () => ['GET', '/nothing/here'],
]

const label = fc.stringMatching(/^[a-z0-9-]{0,12}$/)
const hosts = fc.oneof(
  label.map((start) => `${start}${MARK}.example`),
  fc.nat(65_535).map((number) => `${MARK}.example:${number}`),
  fc.string({ maxLength: 20, unit: 'binary-ascii' }).map((text) => `${MARK}${text.replaceAll(/[\r\n\0]/g, '')}`),
  fc.constantFrom(
    `${MARK}.example/path`,
    `${MARK}.example?x=`,
    `user@${MARK}.example`,
    `localhost.${MARK}.example`,
    `"><script>${MARK}`,
    `[::1%25${MARK}]`,
    `${MARK}.EXAMPLE.`,
    `xn--${MARK}-9ta.example`,
  ),
)
const HEADERS = [
  'x-forwarded-host',
  'x-forwarded-server',
  'x-forwarded-prefix',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-forwarded-for',
  'x-host',
  'x-original-url',
  'x-original-host',
  'x-rewrite-url',
  'forwarded',
  'via',
] as const
const forwarded = fc.array(fc.tuple(fc.constantFrom(...HEADERS), hosts), { maxLength: 4 })

test('a flow that is carried from one host to another ends at the issuer of its start [q30]', async () => {
  const hops: string[] = []
  const plainFetch = globalThis.fetch
  // Each request of the browser names another host than the one before, and none of them ours.
  globalThis.fetch = (input, init) => {
    hops.push(String(input))
    return fetchAs(`hop-${hops.length}.${MARK}.example`, new Request(input, init))
  }
  const redirect = 'http://127.0.0.1:4300/cb'
  const question = {
    response_type: 'code',
    client_id: client,
    redirect_uri: redirect,
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
  }
  const url = `${door.issuer}/authorize?${new URLSearchParams(question)}`
  const { iss, code } = await decide(url, door.operator).finally(() => {
    globalThis.fetch = plainFetch
  })
  assert.ok(hops.length >= 4, hops.join())
  assert.equal(iss, door.issuer)
  const form = {
    grant_type: 'authorization_code',
    code: code ?? '',
    code_verifier: VERIFIER,
    client_id: client,
    redirect_uri: redirect,
  }
  const response = await fetch(`${door.issuer}/token`, { method: 'POST', body: new URLSearchParams(form) })
  const { access_token } = (await response.json()) as { access_token: string }
  const claims = JSON.parse(Buffer.from(access_token.split('.')[1] ?? '', 'base64url').toString()) as { iss: string }
  assert.equal(claims.iss, door.issuer)
  await waitFor(async () => (await doorwardEvents()).includes(`hop-1.${MARK}.example`))
})

test('no answer, redirect, document, page or cookie shows the host that a request names, and none goes there [q22]', {
  timeout: 600_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...REQUESTS),
      hosts,
      forwarded,
      fc.boolean(),
      async (request, host, more, isAbsolute) => {
        const [method, path, body = '', type] = request()
        const target = isAbsolute ? `http://${MARK}.example${path}` : path
        const lines = [
          `${method} ${target} HTTP/1.1`,
          `host: ${host}`,
          ...more.map(([name, value]) => `${name}: ${name === 'forwarded' ? `host="${value}"` : value}`),
          ...(type === undefined ? [] : [`content-type: ${type}`, `content-length: ${body.length}`]),
          'accept: text/html, application/json',
          'connection: close',
        ]
        const answer = await raw(`${lines.join('\r\n')}\r\n\r\n${body}`)
        assert.match(answer, /^HTTP\/1\.1 \d{3} /)
        assert.ok(!answer.toLowerCase().includes(MARK), answer)
      },
    ),
    { numRuns: 300 },
  )
})

test('the same documents come whatever host is named, and it is told once of each, and of a few only [q22]', async () => {
  const document = async (host: string) =>
    (await raw(`GET /.well-known/oauth-authorization-server HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`))
      .split('\r\n\r\n')
      .at(-1)
  assert.equal(await document(`once.${MARK}.example`), await document(new URL(door.issuer).host))
  for (let i = 0; i < 60; i++) await document(`${i}.${MARK}.example`)
  const listed = async () => {
    const { out } = await runDoorward(
      ['events', '--type', 'host.differs', '--limit', '500', '--json', '--database', door.database],
      { folder: door.folder },
    )
    return out.trim().split('\n')
  }
  await waitFor(async () => (await listed()).length >= 20)
  assert.equal((await listed()).length, 20)
})

/** The `fetch` of Node sends the host of the address, whatever it is told. */
async function fetchAs(host: string, asked: Request): Promise<Response> {
  const { method, url, headers } = asked
  const request = httpRequest(url, { method, headers: { ...Object.fromEntries(headers), host }, agent: false })
  request.end(Buffer.from(await asked.arrayBuffer()))
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  const pairs = Object.entries(response.headersDistinct).flatMap(([name, values = []]) =>
    values.map((value): [string, string] => [name, value]),
  )
  return new Response(Buffer.concat(await response.toArray()), { status: response.statusCode ?? 0, headers: pairs })
}

async function doorwardEvents(): Promise<string> {
  return (await runDoorward(['events', '--type', 'host.differs', '--limit', '500'], { folder: door.folder })).out
}

async function raw(bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  let answer = ''
  socket.setEncoding('utf8').on('data', (text: string) => {
    answer += text
  })
  socket.on('error', () => undefined)
  socket.write(bytes)
  await once(socket, 'close')
  return answer
}
