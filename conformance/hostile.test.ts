import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { type Doorward, runDoorward, startDoorward, waitFor } from './doorward.ts'
import { formOf, PlainBrowser } from './person.ts'

let door: Doorward
let host: { host: string; port: number }
before(async () => {
  door = await startDoorward(['dev'])
  host = { host: '127.0.0.1', port: Number(new URL(door.issuer).port) }
})
after(() => door?.stop())

/** Sends bytes as they are and returns everything that comes back until the other side closes. */
async function raw(bytes: string | Buffer): Promise<string> {
  const socket = connect(host)
  let answer = ''
  socket.on('data', (chunk) => {
    answer += chunk.toString('latin1')
  })
  socket.on('error', () => undefined)
  socket.write(bytes)
  await once(socket, 'close')
  return answer
}

const CLOSE = 'connection: close\r\n'
const ATTACKS: readonly [string, string | Buffer, RegExp][] = [
  ['what is not HTTP', 'HELLO\r\n\r\n', /^HTTP\/1\.1 400 .*"error":"invalid_request"/s],
  [
    'headers beyond 16 KiB',
    `GET / HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`,
    /^HTTP\/1\.1 431 .*"error":"invalid_request"/s,
  ],
  [
    'more headers than a hundred, each of them small',
    `GET / HTTP/1.1\r\nhost: a\r\n${'x: y\r\n'.repeat(150)}\r\n`,
    /^HTTP\/1\.1 431 .*more than 100 headers, or they are larger than 16 KiB/s,
  ],
  ['a request without a host', `GET / HTTP/1.1\r\n${CLOSE}\r\n`, /^HTTP\/1\.1 400 .*"error":"invalid_request"/s],
  [
    'two content lengths',
    `POST /token HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab`,
    /^HTTP\/1\.1 400/,
  ],
  [
    'a length and chunks together',
    `POST /token HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    /^HTTP\/1\.1 400/,
  ],
  [
    'a body larger than it may be',
    `POST /token HTTP/1.1\r\nhost: a\r\n${CLOSE}content-type: application/x-www-form-urlencoded\r\ncontent-length: 70000\r\n\r\n${'a'.repeat(70_000)}`,
    /^HTTP\/1\.1 413 .*"error":"invalid_request"/s,
  ],
  [
    'chunks without end',
    `POST /token HTTP/1.1\r\nhost: a\r\n${CLOSE}content-type: application/x-www-form-urlencoded\r\ntransfer-encoding: chunked\r\n\r\n${`${(30_000).toString(16)}\r\n${'a'.repeat(30_000)}\r\n`.repeat(3)}0\r\n\r\n`,
    /^HTTP\/1\.1 413/,
  ],
  [
    'raw bytes that are not UTF-8',
    Buffer.concat([
      Buffer.from(
        `POST /register HTTP/1.1\r\nhost: a\r\n${CLOSE}content-type: application/json\r\ncontent-length: 20\r\n\r\n{"client_name":"`,
      ),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('"}'),
    ]),
    /^HTTP\/1\.1 400 .*not valid UTF-8/s,
  ],
  ['an unknown method', `BREW /token HTTP/1.1\r\nhost: a\r\n\r\n`, /^HTTP\/1\.1 400/],
  ['a target that is no path', `GET http://[::1 HTTP/1.1\r\nhost: a\r\n${CLOSE}\r\n`, /^HTTP\/1\.1 4\d\d/],
  ['dots in a path', `GET /../../etc/passwd HTTP/1.1\r\nhost: a\r\n${CLOSE}\r\n`, /^HTTP\/1\.1 404/],
  ['a NUL in a query', `GET /authorize?client_id=%00 HTTP/1.1\r\nhost: a\r\n${CLOSE}\r\n`, /^HTTP\/1\.1 400/],
  [
    'markup in a query',
    `GET /authorize?client_id=%3Cscript%3Ealert(1)%3C/script%3E HTTP/1.1\r\nhost: a\r\naccept: text/html\r\n${CLOSE}\r\n`,
    /^HTTP\/1\.1 400 (?!.*<script>alert)/s,
  ],
  [
    'a header split in a redirect',
    `GET /authorize?client_id=a%0d%0aset-cookie:x=y HTTP/1.1\r\nhost: a\r\n${CLOSE}\r\n`,
    /^HTTP\/1\.1 400 (?!.*\nset-cookie: ?x)/is,
  ],
]
for (const [title, bytes, answer] of ATTACKS) {
  test(`${title}: an error in the standard's words, no stack trace, and the server lives`, async () => {
    const got = await raw(bytes)
    assert.match(got, answer)
    assert.doesNotMatch(got, /\n\s+at |node:internal|\.ts:\d/)
    assert.equal((await fetch(`${door.issuer}/healthz`)).status, 200)
  })
}

test('bodies and headers that trickle do not keep the server from others', async () => {
  const sockets = Array.from({ length: 50 }, () => connect(host))
  const header = 'POST /token HTTP/1.1\r\nhost: a\r\ncontent-type: application/x-www-form-urlencoded\r\n'
  for (const [i, socket] of sockets.entries()) {
    socket.on('error', () => undefined)
    socket.write(i % 2 === 0 ? header : `${header}content-length: 100\r\n\r\na`)
  }
  const answers = await Promise.all(Array.from({ length: 20 }, () => fetch(`${door.issuer}/jwks`)))
  assert.ok(answers.every((answer) => answer.status === 200))
  for (const socket of sockets) socket.destroy()
})

const CHUNKED = 'transfer-encoding: chunked\r\n\r\n5\r\na=b&c\r\n'
const FORM_TYPE = 'content-type: application/x-www-form-urlencoded\r\n'
const JSON_TYPE = 'content-type: application/json\r\n'
const CUT_OFF = [
  `POST /token HTTP/1.1\r\nhost: a\r\n${FORM_TYPE}`,
  `POST /register HTTP/1.1\r\nhost: a\r\n${JSON_TYPE}`,
  `POST /revoke HTTP/1.1\r\nhost: a\r\n${FORM_TYPE}`,
  `POST /sign-in HTTP/1.1\r\nhost: a\r\n${FORM_TYPE}`,
]

test('who hangs up in the middle of a body leaves a refusal and no failure of ours, at whatever address [doorward-body-cut-off]', async () => {
  const cutOff = async () => (await events()).filter(({ reason }) => reason === 'body_incomplete')
  for (const [i, head] of CUT_OFF.entries()) {
    const socket = connect(host)
    socket.on('error', () => undefined)
    await new Promise<void>((resolve) => void socket.write(head + CHUNKED, () => resolve()))
    // The endpoint is in the middle of it once another caller, who came later, is answered.
    assert.equal((await fetch(`${door.issuer}/jwks`)).status, 200)
    socket.destroy()
    await waitFor(async () => (await cutOff()).length > i)
  }
  const seen = await events()
  assert.deepEqual((await cutOff()).map(({ type }) => type).sort(), [
    'client.refused',
    'request.refused',
    'revocation.refused',
    'token.refused',
  ])
  assert.deepEqual(
    seen.filter(({ type, reason }) => type === 'server.failed' || reason === 'unexpected_error'),
    [],
  )
})

interface Event {
  readonly type: string
  readonly reason: string
  readonly network?: string
}

async function events(): Promise<Event[]> {
  const { out } = await runDoorward(['events', '--json', '--limit', '500'], { folder: door.folder })
  return out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Event)
}

test('refusals are remembered with their reason, and nothing else is [doorward-unread-told]', async () => {
  const seen = await events()
  const reasons = seen.map(({ reason }) => reason)
  for (const reason of ['body_too_large', 'body_not_utf8', 'nothing_here', 'parameter_not_utf8'])
    assert.ok(reasons.includes(reason), reason)
  // Of what could not be read as HTTP one is told of each reason, however many came from here.
  for (const reason of ['http_malformed', 'http_headers_too_large', 'http_path']) {
    const told = seen.filter((event) => event.reason === reason)
    assert.deepEqual(
      told.map(({ type, network }) => [type, network]),
      [['request.refused', '127.0.0.0/24']],
      reason,
    )
  }
  assert.equal((await runDoorward(['client', 'list'], { folder: door.folder })).out.trim(), '(none)')
  assert.equal((await runDoorward(['grant', 'list'], { folder: door.folder })).out.trim(), '(none)')
})

/** More than there are before a wait that is longer than any machine takes to try again. */
const MOST_GUESSES = 30

/** One try to sign in; how many seconds it is told to wait before the next, if at all. */
async function tried(
  { issuer }: Doorward,
  browser: PlainBrowser,
  email: string,
  password: string,
): Promise<{ status: number; wait: number }> {
  const page = await (await browser.visit(`${issuer}/sign-in`)).text()
  const { response } = await browser.submit(page, `${issuer}/sign-in`, { email, password })
  const isTold = (await response.text()).includes('Too many tries')
  return { status: response.status, wait: isTold ? Number(response.headers.get('retry-after')) : 0 }
}

test('wrong passwords wait longer and longer, known address or not, and look the same [doorward-lockout]', async () => {
  const seen: string[][] = []
  for (const email of [door.operator.email, 'nobody@example.com']) {
    const browser = new PlainBrowser()
    const said: string[] = []
    for (let i = 0; i < MOST_GUESSES && said.at(-1) !== '429 wait'; i++) {
      const { status, wait } = await tried(door, browser, email, `wrong ${i}`)
      said.push(`${status}${wait > 0 ? ' wait' : ''}`)
    }
    assert.deepEqual(said.slice(0, 5), Array(5).fill('401'))
    // How many there are of each depends on how fast this machine guesses: where a wait was over by then, the guess counts.
    seen.push(said.filter((one, i) => one !== said[i - 1]))
  }
  assert.deepEqual(seen, Array(2).fill(['401', '429 wait']))
})

test('a browser that was here before gets in while a stranger guesses at its address [doorward-lockout]', async (context) => {
  const own = await startDoorward(['dev'])
  context.after(() => own.stop())
  const { email, password } = own.operator
  const mine = new PlainBrowser()
  assert.equal((await tried(own, mine, email, password)).status, 200)
  const stranger = new PlainBrowser()
  // Until there is longer to wait than another try takes here; what is told is rounded up. Each wait is twice as long as the one before.
  for (let guesses = 0, isLong = false; !isLong; guesses++) {
    assert.ok(guesses < MOST_GUESSES, 'a stranger guesses on and on')
    const began = performance.now()
    const { wait } = await tried(own, stranger, email, `guess ${guesses}`)
    isLong = (wait - 1) * 1000 > 2 * (performance.now() - began)
    if (!isLong) await setTimeout(wait * 1000)
  }
  assert.equal((await tried(own, stranger, email, password)).status, 429)
  assert.equal((await tried(own, mine, email, password)).status, 200)
})

test('callers behind a proxy on this computer are told apart, and nobody else is believed', async (context) => {
  const own = await startDoorward(['dev'])
  context.after(() => own.stop())
  const events = async () => (await runDoorward(['events', '--json', '--limit', '50'], { folder: own.folder })).out
  await fetch(`${own.issuer}/nothing-a`, { headers: { 'x-forwarded-for': '198.51.100.9, 203.0.113.7' } })
  await waitFor(async () => (await events()).includes('203.0.113.0/24'))
  assert.ok(!(await events()).includes('198.51.100.0/24'))
})

test('a form from another site or another browser does nothing [doorward-csrf, rfc6749-10.12-csrf]', async () => {
  const mine = new PlainBrowser()
  const theirs = new PlainBrowser()
  const page = await (await mine.visit(`${door.issuer}/sign-in`)).text()
  await theirs.visit(`${door.issuer}/sign-in`)
  const { hidden } = formOf(page)
  for (const fields of [{ ...hidden }, {}]) {
    const response = await theirs.visit(`${door.issuer}/sign-in`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ ...fields, ...door.operator }),
    })
    assert.equal(response.status, 400)
    assert.ok(![...theirs.cookies.keys()].some((name) => name.endsWith('session')))
  }
})
