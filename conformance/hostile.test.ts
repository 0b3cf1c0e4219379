import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import { type Doorward, runDoorward, startDoorward, waitFor } from './doorward.ts'

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

test('a body that trickles does not keep the server from others, and a slow header is cut off by a limit', async () => {
  const sockets = Array.from({ length: 50 }, () => connect(host))
  for (const socket of sockets) {
    socket.on('error', () => undefined)
    socket.write(
      'POST /token HTTP/1.1\r\nhost: a\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: 100\r\n\r\na',
    )
  }
  const answers = await Promise.all(Array.from({ length: 20 }, () => fetch(`${door.issuer}/jwks`)))
  assert.ok(answers.every((answer) => answer.status === 200))
  for (const socket of sockets) socket.destroy()
})

test('refusals are remembered with their reason, and nothing else is', async () => {
  const { out } = await runDoorward(['events', '--json', '--limit', '200'], { folder: door.folder })
  const reasons = out
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { reason: string }).reason)
  for (const reason of ['body_too_large', 'body_not_utf8', 'nothing_here', 'parameter_not_utf8'])
    assert.ok(reasons.includes(reason), reason)
  assert.equal((await runDoorward(['client', 'list'], { folder: door.folder })).out.trim(), '(none)')
  assert.equal((await runDoorward(['grant', 'list'], { folder: door.folder })).out.trim(), '(none)')
})

test('wrong passwords wait longer and longer, known address or not, and look the same [doorward-lockout]', async () => {
  const { PlainBrowser } = await import('./person.ts')
  const seen: string[][] = []
  for (const email of [door.operator.email, 'nobody@example.com']) {
    const browser = new PlainBrowser()
    const statuses: string[] = []
    for (let i = 0; i < 8; i++) {
      const page = await (await browser.visit(`${door.issuer}/sign-in`)).text()
      const { response } = await browser.submit(page, `${door.issuer}/sign-in`, { email, password: `wrong ${i}` })
      const text = await response.text()
      const isTold = text.includes('Too many tries') && Number(response.headers.get('retry-after')) > 0
      statuses.push(`${response.status}${isTold ? ' wait' : ''}`)
    }
    seen.push(statuses)
  }
  assert.deepEqual(seen[0], seen[1])
  assert.deepEqual(seen[0]?.slice(0, 5), Array(5).fill('401'))
  assert.equal(seen[0]?.at(-1), '429 wait')
})

test('a browser that was here before gets in while a stranger guesses at its address [doorward-lockout]', async (context) => {
  const own = await startDoorward(['dev'])
  context.after(() => own.stop())
  const { PlainBrowser } = await import('./person.ts')
  const signIn = async (browser: InstanceType<typeof PlainBrowser>, password: string) => {
    const page = await (await browser.visit(`${own.issuer}/sign-in`)).text()
    const { response } = await browser.submit(page, `${own.issuer}/sign-in`, { email: own.operator.email, password })
    return response.status
  }
  const mine = new PlainBrowser()
  assert.equal(await signIn(mine, own.operator.password), 200)
  const stranger = new PlainBrowser()
  for (let i = 0; i < 6; i++) await signIn(stranger, `guess ${i}`)
  assert.equal(await signIn(stranger, own.operator.password), 429)
  assert.equal(await signIn(mine, own.operator.password), 200)
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
  const { PlainBrowser, formOf } = await import('./person.ts')
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
