import { request } from 'node:http'
import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { OutboundError } from '@doorward/core/kernel/outbound'
import type { buildConnector } from 'undici'

interface Route {
  readonly proxy?: URL
  readonly ca?: string
}

type Connector = buildConnector.connector

/** Connects to addresses that were judged before. The name serves for TLS only, whose certificate has to be for it. */
export async function connectorTo(
  url: URL,
  addresses: readonly string[],
  { proxy, ca }: Route,
  signal: AbortSignal,
): Promise<Connector> {
  const trust = ca === undefined ? {} : { ca: [...(await wellKnown()), ca] }
  if (proxy !== undefined) return throughProxy(proxy, url, trust, signal)
  const { buildConnector } = await import('undici')
  const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
  return buildConnector({
    ...trust,
    lookup: (_name, options, done) => {
      if (options.all) done(null, found)
      else done(null, found[0]?.address ?? '', found[0]?.family)
    },
  })
}

/** RFC 9110 §9.3.6. The proxy resolves the name itself, so what it may connect to is its own rule to keep. */
function throughProxy(proxy: URL, url: URL, trust: object, signal: AbortSignal): Connector {
  return (_options, done) => {
    const target = `${url.hostname}:${url.port || (url.protocol === 'https:' ? 443 : 80)}`
    const fail = (words: string) => done(new OutboundError('connection_failed', words, true), null)
    const credentials = proxy.username === '' ? undefined : `${proxy.username}:${proxy.password}`
    const asked = request({
      host: proxy.hostname,
      port: proxy.port || 80,
      method: 'CONNECT',
      path: target,
      signal,
      headers: {
        host: target,
        ...(credentials === undefined
          ? {}
          : { 'proxy-authorization': `Basic ${Buffer.from(decodeURIComponent(credentials)).toString('base64')}` }),
      },
    })
    asked.once('error', () => fail('The egress proxy cannot be reached'))
    asked.once('response', () => fail('The egress proxy answered without opening a tunnel'))
    asked.once('connect', (response, socket: Socket) => {
      if (response.statusCode !== 200) {
        socket.destroy()
        return fail(`The egress proxy refused with status ${response.statusCode}`)
      }
      if (url.protocol === 'http:') return done(null, socket)
      const secure = connectTls({ ...trust, socket, servername: url.hostname, ALPNProtocols: ['http/1.1'] })
      secure.once('secureConnect', () => done(null, secure))
      secure.once('error', (error) => done(error, null))
    })
    asked.end()
  }
}

async function wellKnown(): Promise<readonly string[]> {
  const { rootCertificates } = await import('node:tls')
  return rootCertificates
}
