import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer as createHttps } from 'node:https'
import { createServer, type Server, type Socket } from 'node:net'
import { after, afterEach, before, test } from 'node:test'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { type CertificateMaker, certificateMaker, type Pair } from '@doorward/core/testing/certificates'
import { freePort } from '../testing/free-port.ts'
import { connectionFailure } from './connection-failure.ts'
import { GatewayProblem } from './problem.ts'
import { readTools } from './read-tools.ts'
import { closeServers, door, errorOf, ok, PING, upstream } from './testing/door.ts'

let maker: CertificateMaker
let trusted: Pair
const usual = getCACertificates('default')
before(() => {
  maker = certificateMaker()
  trusted = maker.makeAuthority('Trusted')
  setDefaultCACertificates([...usual, trusted.cert])
})
after(() => {
  setDefaultCACertificates(usual)
  maker.remove()
})

const open: { readonly server: Server; readonly sockets: Set<Socket> }[] = []
afterEach(() => {
  closeServers()
  for (const { server, sockets } of open.splice(0)) {
    server.close()
    for (const socket of sockets) socket.destroy()
  }
})

async function portOf(server: Server): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => void sockets.add(socket.on('error', () => undefined)))
  open.push({ server, sockets })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return (server.address() as { port: number }).port
}

const overTls = ({ key, cert }: Pair) => portOf(createHttps({ key, cert }, ok))
const saying = (bytes: string) =>
  portOf(createServer((socket) => void socket.once('data', () => socket.write(Buffer.from(bytes, 'latin1')))))
const selfSigned = () => maker.make({ subject: '/CN=localhost', extensions: 'subjectAltName=DNS:localhost' })

/** How the server behind is addressed and what answers there, what the client is told, and the code in the event. */
const BEHIND: readonly (readonly [string, () => Promise<string>, string, RegExp, RegExp])[] = [
  [
    'shows a certificate that it signed itself',
    async () => `https://localhost:${await overTls(selfSigned())}`,
    'upstream_untrusted',
    /has a certificate that is not trusted here \(DEPTH_ZERO_SELF_SIGNED_CERT\);.* in NODE_EXTRA_CA_CERTS/,
    /^DEPTH_ZERO_SELF_SIGNED_CERT$/,
  ],
  [
    'shows a certificate of a CA that nobody knows',
    async () => `https://localhost:${await overTls(maker.makeServer('localhost', maker.makeAuthority('Unknown')))}`,
    'upstream_untrusted',
    /not trusted here \(UNABLE_TO_VERIFY_LEAF_SIGNATURE\)/,
    /^UNABLE_TO_VERIFY_LEAF_SIGNATURE$/,
  ],
  [
    'shows a certificate for another name',
    async () => `https://localhost:${await overTls(maker.makeServer('elsewhere.example', trusted))}`,
    'upstream_untrusted',
    /for another name \(ERR_TLS_CERT_ALTNAME_INVALID\)/,
    /^ERR_TLS_CERT_ALTNAME_INVALID$/,
  ],
  [
    'speaks http where https was said',
    async () => (await upstream(ok)).origin.replace('http:', 'https:'),
    'upstream_wrong_scheme',
    /does not speak https \(ERR_SSL_\w+\); give its address with http /,
    /^ERR_SSL_/,
  ],
  [
    'answers http with an alert of TLS',
    async () => `http://127.0.0.1:${await saying('\x15\x03\x01\x00\x02\x02\x46')}`,
    'upstream_wrong_scheme',
    /speaks https and not http; give its address with https/,
    /^(HPE_\w+|HTTPParserError)$/,
  ],
  [
    'hangs up on http, since it wants https',
    async () => `http://127.0.0.1:${await overTls(selfSigned())}`,
    'upstream_down',
    /closed the connection without an answer;.* whether it wants http or https/,
    /^(UND_ERR_SOCKET|ECONNRESET)$/,
  ],
  [
    'cannot agree on TLS',
    async () => `https://127.0.0.1:${await saying('\x15\x03\x03\x00\x02\x02\x28')}`,
    'upstream_tls_failed',
    /cannot agree on TLS \([\w/]+\); look at its log/,
    /^(ERR_SSL_[\w/]+|EPROTO)$/,
  ],
  [
    'has a name that nobody has',
    async () => 'http://nosuch.invalid',
    'upstream_unknown_name',
    /has a name that does not resolve here \((ENOTFOUND|EAI_AGAIN)\); check its address/,
    /^(ENOTFOUND|EAI_AGAIN)$/,
  ],
  [
    'is no server of HTTP',
    async () => `http://127.0.0.1:${await saying('SSH-2.0-OpenSSH_9.2\r\n')}`,
    'upstream_nonsense',
    /something that is not HTTP \(\w+\)/,
    /^(HPE_\w+|HTTPParserError)$/,
  ],
  [
    'is not running',
    async () => `http://127.0.0.1:${await freePort()}`,
    'upstream_down',
    /is down; start it, then try again/,
    /^ECONNREFUSED$/,
  ],
  [
    'is not running, at a name of several addresses',
    async () => `http://localhost:${await freePort()}`,
    'upstream_down',
    /is down; start it, then try again/,
    /^ECONNREFUSED$/,
  ],
]
for (const [title, address, reason, said, code] of BEHIND) {
  test(`a server behind that ${title} is told for just that, with its code in the event and no address on the wire [doorward-upstream-errors]`, async () => {
    const url = new URL('/mcp', await address())
    const { ask, events } = door(url, { limits: { connectMilliseconds: 60_000 } })
    const response = await ask({ body: PING })
    assert.equal(response.status, 502)
    const { message } = (await errorOf(response)).error
    assert.match(message, said)
    assert.ok(message.endsWith(` [${reason}] (ref GATEWAY000)`), message)
    assert.doesNotMatch(message, /127\.0|localhost|invalid\b|::1/)
    const [event] = events
    assert.deepEqual([events.length, event?.type, event?.reason], [1, 'upstream.failed', reason])
    assert.match(String(event?.detail?.code), code)
    assert.notEqual(event?.detail?.message, '')
    if (event?.detail?.code === 'ECONNREFUSED') assert.match(String(event.detail.message), new RegExp(`:${url.port}`))
    // Whoever proposes scopes for it reads the same.
    await assert.rejects(
      readTools(url, AbortSignal.timeout(60_000)),
      (error) => error instanceof GatewayProblem && error.reason === reason && said.test(`${error.message} `),
    )
  })
}

test('a server behind with a certificate of a CA that this machine trusts is visited [doorward-upstream-errors]', async () => {
  const port = await overTls(maker.makeServer('localhost', trusted))
  const response = await door(new URL(`https://localhost:${port}/mcp`)).ask({ body: PING })
  assert.equal(response.status, 200)
})

const CODES: readonly (readonly [string | undefined, number, string])[] = [
  ['UND_ERR_CONNECT_TIMEOUT', 504, 'upstream_unreachable'],
  ['ETIMEDOUT', 504, 'upstream_unreachable'],
  ['EHOSTUNREACH', 502, 'upstream_unreachable'],
  ['ENETUNREACH', 502, 'upstream_unreachable'],
  ['UND_ERR_HEADERS_TIMEOUT', 504, 'upstream_slow'],
  ['CERT_HAS_EXPIRED', 502, 'upstream_untrusted'],
  ['CERT_SIGNATURE_FAILURE', 502, 'upstream_untrusted'],
  ['EPIPE', 502, 'upstream_down'],
  [undefined, 502, 'upstream_down'],
]
for (const [code, status, reason] of CODES) {
  test(`a visit that ends with ${code ?? 'no code'} is ${status} ${reason} [doorward-upstream-errors]`, () => {
    const failure = connectionFailure(Object.assign(new Error('x'), code === undefined ? {} : { code }))
    assert.deepEqual([failure.status, failure.reason, failure.code], [status, reason, code])
  })
}
