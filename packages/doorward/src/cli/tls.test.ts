import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { connect as connectTcp } from 'node:net'
import { join } from 'node:path'
import { after, afterEach, mock, test } from 'node:test'
import { connect, type TLSSocket } from 'node:tls'
import { certificateMaker, type Pair } from '@doorward/core/testing/certificates'
import { type Listener, listen } from './listen.ts'
import { UsageError } from './problem.ts'
import { run } from './run.ts'
import { followTls, readTls } from './tls.ts'

const maker = certificateMaker()
after(() => maker.remove())
const authority = maker.makeAuthority('Doorward test')
const server = maker.makeServer('localhost', authority)
const client = maker.make({ subject: '/CN=client' })

const listeners: Listener[] = []
afterEach(async () => {
  mock.timers.reset()
  for (const listener of listeners.splice(0)) await listener.close()
})

async function serve(asksForCertificates: boolean): Promise<Listener> {
  const listener = await listen(
    async (request, { certificate }) => {
      const der = certificate?.()
      return Response.json({ url: request.url, seen: der && Buffer.from(der).toString('base64') })
    },
    { host: '127.0.0.1', port: 0, tls: { cert: server.cert, key: server.key, asksForCertificates } },
  )
  listeners.push(listener)
  return listener
}

async function visit({ port }: Listener, pair?: Pair): Promise<{ url: string; seen?: string }> {
  const options = { host: 'localhost', port, ca: authority.cert, agent: false, family: 4 }
  const asked = httpsRequest({ ...options, ...(pair && { cert: pair.cert, key: pair.key }) }).end()
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  return JSON.parse(Buffer.concat(await response.toArray()).toString('utf8')) as { url: string; seen?: string }
}

test('where certificates are asked for, the one that a caller shows is seen, and who has none is served as well [rfc8705-2.2]', async () => {
  const listener = await serve(true)
  const { url, seen } = await visit(listener, client)
  assert.match(url, /^https:\/\/localhost/)
  assert.equal(seen, client.der.toString('base64'))
  assert.equal((await visit(listener)).seen, undefined)
})

test('where browsers come, nobody is asked for a certificate, and none is seen [rfc8705-5]', async () => {
  const listener = await serve(false)
  assert.equal((await visit(listener, client)).seen, undefined)
  const socket = connect({ host: '127.0.0.1', port: listener.port, ca: authority.cert, servername: 'localhost' })
  await once(socket, 'secureConnect')
  assert.equal((socket.getCertificate() as { subject?: unknown }).subject, undefined)
  socket.destroy()
})

test('a connection that is resumed has the certificate that the first one showed [rfc8705-3]', async () => {
  const listener = await serve(true)
  const options = { host: '127.0.0.1', port: listener.port, servername: 'localhost', ca: authority.cert }
  const first = connect({ ...options, cert: client.cert, key: client.key, maxVersion: 'TLSv1.2' })
  const [session] = (await once(first, 'session')) as [Buffer]
  first.destroy()
  const second = connect({ ...options, session, maxVersion: 'TLSv1.2' })
  await once(second, 'secureConnect')
  assert.equal(second.isSessionReused(), true)
  second.write('GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n')
  const text = Buffer.concat(await second.toArray()).toString('utf8')
  assert.ok(text.includes(client.der.toString('base64')), text)
})

test('what does not speak TLS, or breaks off while it does, is closed, and the next caller is served', async () => {
  const listener = await serve(true)
  const hello = Buffer.from('16030100c2010000be0303', 'hex')
  for (const bytes of [Buffer.from('GET / HTTP/1.1\r\nhost: a\r\n\r\n'), Buffer.alloc(100, 0xff), hello]) {
    const socket = connectTcp(listener.port, '127.0.0.1')
    await once(socket, 'connect')
    socket.on('error', () => undefined)
    socket.write(bytes)
    if (bytes === hello) socket.resetAndDestroy()
    else socket.resume()
    await once(socket, 'close')
    assert.equal((await visit(listener, client)).seen, client.der.toString('base64'))
  }
})

test('nothing before TLS 1.2 is spoken [rfc8705-7.3]', async () => {
  const { port } = await serve(true)
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const
  const socket: TLSSocket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...old })
  await assert.rejects(once(socket, 'secureConnect'))
})

test('a renewed certificate is served within a minute, and one that is half written does no harm', async () => {
  const files = { certificate: join(server.certFile, '..', 'live.pem'), key: join(server.certFile, '..', 'live.key') }
  const put = (pair: Pick<Pair, 'cert' | 'key'>) => {
    writeFileSync(files.certificate, pair.cert)
    writeFileSync(files.key, pair.key)
  }
  put(server)
  const listener = await serve(false)
  mock.timers.enable({ apis: ['setInterval'] })
  const events: string[] = []
  const unfollow = followTls(files, [listener], ({ reason }) => void events.push(reason))
  const served = async () => {
    const socket = connect({ host: '127.0.0.1', port: listener.port, ca: authority.cert, servername: 'localhost' })
    await once(socket, 'secureConnect')
    const { raw } = socket.getPeerX509Certificate() ?? assert.fail('no certificate')
    socket.destroy()
    return raw.toString('base64')
  }
  put({ cert: server.cert.slice(0, 100), key: server.key })
  mock.timers.tick(60_000)
  assert.deepEqual(events, ['certificate_not_renewed'])
  assert.equal(await served(), server.der.toString('base64'))
  const renewed = maker.makeServer('localhost', authority)
  put(renewed)
  mock.timers.tick(60_000)
  assert.equal(await served(), renewed.der.toString('base64'))
  unfollow()
})

const ISSUERS: readonly (readonly [string, string | undefined])[] = [
  ['https://door.example', 'max-age=31536000'],
  ['https://door.example/tenant', 'max-age=31536000'],
  ['https://door.example:8443', undefined],
]
for (const [issuer, expected] of ISSUERS) {
  test(`where TLS ends here, ${expected === undefined ? 'a host of several ports is left alone' : 'browsers come by it for a year'}: ${issuer} [doorward-strict-transport]`, async () => {
    const anyPort = { host: '127.0.0.1', port: 0 }
    const running = await run(
      anyPort,
      async (port, mtlsPort) => {
        ports.push(port, mtlsPort ?? 0)
        return { issuer, database: ':memory:', secret: randomBytes(32), resources: [] }
      },
      { files: { certificate: server.certFile, key: server.keyFile }, mtls: anyPort },
    )
    const [port = 0, mtlsPort = 0] = ports.splice(0)
    const answerOf = async (at: number, bytes: string) => {
      const socket = connect({ host: '127.0.0.1', port: at, ca: authority.cert, servername: 'localhost' })
      await once(socket, 'secureConnect')
      socket.write(bytes)
      return Buffer.concat(await socket.toArray()).toString('latin1')
    }
    for (const path of ['/', '/healthz', '/jwks', '/.well-known/nothing', '/authorize', '/sign-in']) {
      const asked = `GET ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`
      assert.equal(strictTransportOf(await answerOf(port, asked)), expected, path)
      assert.equal(
        strictTransportOf(await answerOf(mtlsPort, asked)),
        undefined,
        `${path} where certificates are asked for`,
      )
    }
    assert.equal(strictTransportOf(await answerOf(port, 'NOT HTTP\r\n\r\n')), expected)
    await running.close()
  })
}
const ports: number[] = []

function strictTransportOf(answer: string): string | undefined {
  assert.match(answer, /^HTTP\/1\.1 \d{3} /)
  return /^strict-transport-security: (.*)\r$/im.exec(answer)?.[1]
}

test('a certificate and a key that do not belong together are told at the start', () => {
  const both = { certificate: server.certFile, key: client.keyFile }
  assert.throws(() => readTls(both), UsageError)
  assert.throws(() => readTls({ ...both, key: `${client.keyFile}.missing` }), UsageError)
})
