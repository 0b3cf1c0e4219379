import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { Resolver } from 'node:dns/promises'
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { after, afterEach, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { OutboundError, type OutboundReason } from '@doorward/core/kernel/outbound'
import { certificateMaker } from '@doorward/core/testing/certificates'
import { guardedFetch, type OutboundSettings } from './guarded-fetch.ts'

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

const maker = certificateMaker()
let certificate: { key: string; cert: string; ca: string }
before(async () => {
  const authority = maker.makeAuthority('Doorward test')
  const { key, cert } = maker.makeServer('localhost', authority)
  certificate = { key, cert, ca: authority.cert }
})
after(() => maker.remove())

async function listening(server: Server | ReturnType<typeof createTcpServer>): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(() => {
    server.close()
    if ('closeAllConnections' in server) server.closeAllConnections()
  })
  return (server.address() as AddressInfo).port
}

const serve = (listener: RequestListener) => listening(createServer(listener))
const door = (settings: Partial<OutboundSettings> = {}) =>
  guardedFetch({ allowLoopback: true, userAgent: 'doorward/test', deadlineMilliseconds: 2000, ...settings })
const wanted = (url: string) => ({ url, accept: 'application/json', mostBytes: 1000 })

const refusesWith = (reason: OutboundReason) => (error: unknown) => {
  assert.ok(error instanceof OutboundError)
  assert.equal(error.reason, reason, error.message)
  return true
}

test('what comes back is handed on as it came, asked for by name, without redirects and without compression', async () => {
  const seen: Record<string, unknown>[] = []
  const port = await serve((request, response) => {
    seen.push(request.headers)
    response
      .writeHead(302, { location: 'http://127.0.0.1:1/', 'content-type': 'Application/JSON; charset=utf-8' })
      .end('{}')
  })
  const fetched = await door()(wanted(`http://localhost:${port}/client.json`))
  assert.deepEqual(
    [fetched.status, fetched.type, Buffer.from(fetched.body).toString()],
    [302, 'application/json', '{}'],
  )
  assert.equal(fetched.header('location'), 'http://127.0.0.1:1/')
  assert.equal(seen.length, 1)
  assert.deepEqual(
    [seen[0]?.['accept-encoding'], seen[0]?.['user-agent'], seen[0]?.cookie],
    ['identity', 'doorward/test', undefined],
  )
})

const REFUSED: readonly (readonly [string, string, OutboundReason])[] = [
  ['http', 'http://app.example/c', 'address_not_https'],
  ['a file', 'file:///etc/passwd', 'address_not_https'],
  ['credentials', 'https://a:b@app.example/c', 'address_malformed'],
  ['nonsense', 'nonsense', 'address_malformed'],
  ['a port of another service', 'https://app.example:22/c', 'address_port'],
  ['loopback', 'https://127.0.0.2/c', 'address_special_use'],
  ['loopback in short', 'https://127.1.1/c', 'address_special_use'],
  ['loopback in hexadecimal', 'https://0x7f000002/c', 'address_special_use'],
  ['loopback in decimal', 'https://2130706434/c', 'address_special_use'],
  ['loopback in octal', 'https://0177.0.0.2/c', 'address_special_use'],
  ['loopback in circled digits', 'https://①②⑦.⓪.⓪.②/c', 'address_special_use'],
  ['a cloud that tells its secrets', 'https://169.254.169.254/latest', 'address_special_use'],
  ['a mapped address', 'https://[::ffff:7f00:1]/c', 'address_special_use'],
  ['NAT64', 'https://[64:ff9b::7f00:1]/c', 'address_special_use'],
  ['6to4', 'https://[2002:7f00:1::]/c', 'address_special_use'],
  ['unspecified', 'https://0.0.0.0/c', 'address_special_use'],
  ['a name with a dot at its end', 'https://localhost./c', 'address_special_use'],
  ['a name of this network', 'https://intranet/c', 'address_special_use'],
  ['a name below localhost', 'https://x.localhost/c', 'address_special_use'],
]
for (const [title, url, reason] of REFUSED) {
  test(`${title} is not fetched [cimd-ssrf, q17, doorward-outbound-special-use, mcp-2026-07-28-as13, mcp-2026-07-28-as14, mcp-2026-07-28-as17]`, async () => {
    await assert.rejects(door()(wanted(url)), refusesWith(reason))
  })
}

test('this computer is fetched from in development only, and by its plain names [cimd-loopback]', async () => {
  let asked = 0
  const port = await serve((_, response) => {
    asked++
    response.end('{}')
  })
  for (const host of ['localhost', '127.0.0.1']) {
    await assert.rejects(
      door({ allowLoopback: false })(wanted(`http://${host}:${port}/`)),
      refusesWith('address_not_https'),
    )
    await assert.rejects(
      door({ allowLoopback: false })(wanted(`https://${host}:${port}/`)),
      refusesWith('address_special_use'),
    )
  }
  assert.equal(asked, 0)
  assert.equal((await door()(wanted(`http://127.0.0.1:${port}/`))).status, 200)
})

/** A real name server on this computer; each question gets the next list of addresses. */
async function nameServer(answers: readonly (readonly string[])[]) {
  const socket = createSocket('udp4')
  let asked = 0
  socket.on('message', (question, from) => {
    const end = question.indexOf(0, 12) + 5
    const isA = question.readUInt16BE(end - 4) === 1
    const addresses = isA ? (answers[Math.min(asked++, answers.length - 1)] ?? []) : []
    const header = Buffer.from(question.subarray(0, 12))
    header.writeUInt16BE(0x8180, 2)
    header.writeUInt16BE(addresses.length, 6)
    header.writeUInt32BE(0, 8)
    const records = addresses.map((address) =>
      Buffer.from([0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...address.split('.').map(Number)]),
    )
    socket.send(Buffer.concat([header, question.subarray(12, end), ...records]), from.port, from.address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  closing.push(() => socket.close())
  const resolver = new Resolver({ timeout: 1000, tries: 1 })
  resolver.setServers([`127.0.0.1:${socket.address().port}`])
  return { resolve: (name: string) => resolver.resolve4(name), asked: () => asked }
}

test('a name that leads to a private address is not fetched, even where another of its addresses is public [cimd-ssrf, q17]', async () => {
  for (const answer of [['127.0.0.1'], ['10.0.0.1'], ['93.184.216.34', '127.0.0.1'], ['169.254.169.254', '1.1.1.1']]) {
    const { resolve } = await nameServer([answer])
    await assert.rejects(door({ resolve })(wanted('https://app.example/c')), refusesWith('address_special_use'))
  }
})

test('a name whose answer changes leads to the address that was judged, or nowhere: it is asked for once [cimd-rebinding, q17]', async () => {
  let connections = 0
  const tcp = createTcpServer((socket) => {
    connections++
    socket.destroy()
  })
  const port = await listening(tcp)
  // First a public address that nobody can reach from here (or that does not answer), then this computer.
  const { resolve, asked } = await nameServer([['7.7.7.7'], ['127.0.0.1']])
  const isJudged = (error: unknown) =>
    error instanceof OutboundError && ['connection_failed', 'too_slow', 'tls_failed'].includes(error.reason)
  await assert.rejects(
    door({ resolve, deadlineMilliseconds: 700 })(wanted(`https://rebind.example:${port}/c`)),
    isJudged,
  )
  assert.deepEqual([asked(), connections], [1, 0])
  await assert.rejects(
    door({ resolve })(wanted(`https://rebind.example:${port}/c`)),
    refusesWith('address_special_use'),
  )
  assert.equal(connections, 0)
})

test('a name without an address is an outage, which passes', async () => {
  const { resolve } = await nameServer([[]])
  await assert.rejects(door({ resolve })(wanted('https://nowhere.example/c')), (error: OutboundError) => {
    assert.deepEqual([error.reason, error.isOutage], ['name_unresolved', true])
    return true
  })
})

const HOSTILE: readonly (readonly [string, RequestListener, OutboundReason])[] = [
  [
    'says that it is huge',
    (_, response) => void response.writeHead(200, { 'content-length': '1000000' }).write('x'),
    'too_large',
  ],
  [
    'never ends',
    (_, response) => {
      const timer = setInterval(() => response.write('x'.repeat(100)), 1)
      response.on('close', () => clearInterval(timer))
    },
    'too_large',
  ],
  [
    'is compressed',
    (_, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('x'.repeat(100_000))),
    'encoded',
  ],
  [
    'has headers without end',
    (_, response) => void response.writeHead(200, { 'x-long': 'x'.repeat(20_000) }).end(),
    'too_large',
  ],
  ['hangs up', (_, response) => void response.socket?.destroy(), 'connection_failed'],
]
for (const [title, listener, reason] of HOSTILE) {
  test(`a server that ${title} is left: ${reason} [cimd-size, q15]`, async () => {
    const port = await serve(listener)
    await assert.rejects(door()(wanted(`http://localhost:${port}/`)), refusesWith(reason))
  })
}

for (const [title, listener] of [
  ['never answers', () => undefined],
  ['answers a byte at a time', (_, response) => void response.writeHead(200).write('{')],
] as readonly (readonly [string, RequestListener])[]) {
  test(`a server that ${title} is left when its time is over [q15]`, async () => {
    const port = await serve(listener)
    await assert.rejects(
      door({ deadlineMilliseconds: 100 })(wanted(`http://localhost:${port}/`)),
      refusesWith('too_slow'),
    )
  })
}

test('a certificate has to be good and for the name that was asked for', async () => {
  const { key, cert, ca } = certificate
  const port = await listening(createSecureServer({ key, cert }, (_, response) => void response.end('{}')))
  await assert.rejects(door()(wanted(`https://localhost:${port}/`)), refusesWith('tls_failed'))
  assert.equal((await door({ ca })(wanted(`https://localhost:${port}/`))).status, 200)
  await assert.rejects(door({ ca })(wanted(`https://127.0.0.1:${port}/`)), refusesWith('tls_failed'))
})

test('one host is asked a few times at once, not more, and again when those are done', async () => {
  const waiting: (() => void)[] = []
  const { promise: full, resolve: isFull } = Promise.withResolvers<void>()
  const port = await serve((_, response) => {
    waiting.push(() => response.end('{}'))
    if (waiting.length === 4) isFull()
  })
  const fetchIt = door()
  const four = Array.from({ length: 4 }, () => fetchIt(wanted(`http://localhost:${port}/`)))
  await full
  await assert.rejects(fetchIt(wanted(`http://localhost:${port}/`)), refusesWith('too_many_at_once'))
  for (const answer of waiting) answer()
  assert.deepEqual(
    (await Promise.all(four)).map(({ status }) => status),
    [200, 200, 200, 200],
  )
})

for (const [title, url] of [
  ['a name', 'https://outside.example/c'],
  ['an address', 'https://8.8.8.8/c'],
] as const) {
  test(`a tunnel to ${title} that says nothing is given up in time, fails nobody else, and takes nothing down`, async () => {
    const held: import('node:net').Socket[] = []
    const proxy = createServer()
    proxy.on('connect', (_, socket) => {
      held.push(socket as import('node:net').Socket)
      socket.on('error', () => undefined)
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
    })
    const port = await listening(proxy)
    const { resolve } = await nameServer([['7.7.7.7']])
    const through = door({
      proxy: new URL(`http://127.0.0.1:${port}`),
      resolve,
      allowLoopback: false,
      deadlineMilliseconds: 150,
    })
    const started = await Promise.allSettled(
      Array.from({ length: 4 }, (_, i) => through({ ...wanted(url), onBehalfOf: `n${i}` })),
    )
    assert.ok(
      started.every(
        (outcome) => outcome.status === 'rejected' && (outcome.reason as OutboundError).reason === 'too_slow',
      ),
    )
    for (const socket of held) socket.destroy()
    await assert.rejects(through(wanted(url)), (error: OutboundError) => error.reason !== 'too_many_at_once')
  })
}

test('a handshake that never ends is left when its time is over', async () => {
  const port = await listening(createTcpServer((socket) => void socket.on('error', () => undefined)))
  await assert.rejects(
    door({ deadlineMilliseconds: 100 })(wanted(`https://localhost:${port}/`)),
    refusesWith('too_slow'),
  )
})

test('the wishes of one network do not take the place of all others', async () => {
  const port = await serve(() => undefined)
  const fetchIt = door({ deadlineMilliseconds: 300 })
  const hosts = ['localhost', '127.0.0.1']
  const wish = (i: number, onBehalfOf: string) => fetchIt({ ...wanted(`http://${hosts[i % 2]}:${port}/`), onBehalfOf })
  const four = Promise.allSettled(Array.from({ length: 4 }, (_, i) => wish(i, 'eve')))
  await assert.rejects(wish(0, 'eve'), refusesWith('too_many_at_once'))
  await assert.rejects(wish(0, 'ada'), refusesWith('too_slow'))
  await four
})

test('an egress proxy is asked for a tunnel to the name; TLS stays between us and the server', async () => {
  const { key, cert, ca } = certificate
  const target = await listening(
    createSecureServer({ key, cert }, (_, response) => void response.end('{"through":"proxy"}')),
  )
  const asked: (string | undefined)[] = []
  const proxy = createServer()
  proxy.on('connect', async (request, socket, head) => {
    asked.push(request.url, request.headers['proxy-authorization'])
    const { connect } = await import('node:net')
    const upstream = connect(target, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      if (head.length > 0) upstream.write(head)
      upstream.pipe(socket).pipe(upstream)
    })
    for (const end of [socket, upstream]) end.on('error', () => undefined)
  })
  const port = await listening(proxy)
  const through = { proxy: new URL(`http://user:pass@127.0.0.1:${port}`), ca }
  const fetched = await door(through)(wanted(`https://localhost:${target}/c`))
  assert.equal(Buffer.from(fetched.body).toString(), '{"through":"proxy"}')
  assert.deepEqual(asked, [`localhost:${target}`, `Basic ${btoa('user:pass')}`])
  const { resolve } = await nameServer([[], ['10.0.0.1']])
  const outside = door({ ...through, resolve, allowLoopback: false })
  // The tunnel ends at our own server, whose certificate is for another name.
  await assert.rejects(outside(wanted('https://outside.example/c')), refusesWith('tls_failed'))
  assert.equal(asked.at(-2), 'outside.example:443', 'a name that nobody knows here is the proxy’s to resolve')
  await assert.rejects(outside(wanted('https://inside.example/c')), refusesWith('address_special_use'))
  await assert.rejects(outside(wanted('https://10.0.0.1/c')), refusesWith('address_special_use'))
  assert.equal(asked.length, 4)
})
