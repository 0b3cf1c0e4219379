import { request } from 'node:http'
import { isIP, type Socket } from 'node:net'
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
    const credentials = proxy.username === '' ? undefined : `${proxy.username}:${proxy.password}`
    const asked = request({
      host: proxy.hostname,
      port: proxy.port || 80,
      method: 'CONNECT',
      path: target,
      headers: {
        host: target,
        ...(credentials === undefined
          ? {}
          : { 'proxy-authorization': `Basic ${Buffer.from(decodeURIComponent(credentials)).toString('base64')}` }),
      },
    })
    let isSettled = false
    const open: { destroy: () => void }[] = [asked]
    const settle = (error: Error | null, socket: Socket | null) => {
      if (isSettled) return
      isSettled = true
      signal.removeEventListener('abort', giveUp)
      if (error !== null) for (const end of open) end.destroy()
      if (error !== null || socket === null) done(error ?? new Error('no socket'), null)
      else done(null, socket)
    }
    const fail = (words: string) => settle(new OutboundError('connection_failed', words, true), null)
    const giveUp = () => settle(new OutboundError('too_slow', 'It did not answer in time', true), null)
    signal.addEventListener('abort', giveUp, { once: true })
    // `on` and not `once`: a socket may fail again after it was given up, and nobody else listens then.
    asked.on('error', () => fail('The egress proxy cannot be reached'))
    asked.on('response', () => fail('The egress proxy answered without opening a tunnel'))
    asked.on('connect', (response, socket: Socket) => {
      open.push(socket)
      socket.on('error', () => fail('The egress proxy broke the tunnel off'))
      if (isSettled) return void socket.destroy()
      if (response.statusCode !== 200) return fail(`The egress proxy refused with status ${response.statusCode}`)
      if (url.protocol === 'http:') return settle(null, socket)
      // RFC 6066 §3: an address is no server name.
      const name =
        isIP(url.hostname.replace(/^\[|\]$/g, '')) === 0 ? { servername: url.hostname } : { host: url.hostname }
      const secure = connectTls({ ...trust, socket, ...name, ALPNProtocols: ['http/1.1'] })
      open.push(secure)
      secure.on('error', (error) => settle(error, null))
      secure.on('secureConnect', () => settle(null, secure))
    })
    asked.end()
  }
}

async function wellKnown(): Promise<readonly string[]> {
  const { rootCertificates } = await import('node:tls')
  return rootCertificates
}
