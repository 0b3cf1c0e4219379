import { lookup, Resolver } from 'node:dns/promises'
import { isIP } from 'node:net'
import { type Fetched, type FetchStranger, OutboundError, type Wanted } from '@doorward/core/kernel/outbound'
import { readAtMost } from '@doorward/core/kernel/read-at-most'
import type { Client, Dispatcher } from 'undici'
import { isLoopbackAddress, isPublicAddress } from './address.ts'
import { connectorTo } from './connect.ts'

export interface OutboundSettings {
  /** For development only: `http` and `https` at `localhost`, `127.0.0.1` and `[::1]` may be fetched. */
  readonly allowLoopback: boolean
  /** An HTTP proxy that all of it leaves through. */
  readonly proxy?: URL | undefined
  /** Says who is asking. */
  readonly userAgent: string
  /** Every address of a name; the name servers of the system where left out. */
  readonly resolve?: (name: string) => Promise<readonly string[]>
  /** Certificates (PEM) to trust besides the well-known ones. */
  readonly ca?: string
  readonly deadlineMilliseconds?: number
  /** Requests under way to one host. */
  readonly mostAtOnePlace?: number
}

const DEADLINE_MILLISECONDS = 5000
const RESOLVE_MILLISECONDS = 1500
const MOST_AT_ONCE = 32
/** One host, or one network that wishes for something. */
const MOST_AT_ONE_PLACE = 4
const MOST_HEADER_BYTES = 16 * 1024
/** Has a dot inside and none at its end, and is none of the names that never leave a network (RFC 6761, RFC 6762, RFC 8375). */
const PUBLIC_NAME = /^(?!.*\.(localhost|local|internal|home\.arpa|onion|invalid|test)$)[^.].*\.[^.]+$/
const LOOPBACK_NAMES = new Set(['localhost', '127.0.0.1', '[::1]'])

/** Of this computer's own names. */
const ownAddresses = async (name: string): Promise<string[]> =>
  (await lookup(name, { all: true, verbatim: true })).map(({ address }) => address)

/**
 * Of a stranger's name. Asked of the name servers directly: the system's resolver would hold a thread for as long as the
 * stranger's name server likes, and passwords are hashed on those threads.
 */
async function everyAddress(name: string): Promise<string[]> {
  const resolver = new Resolver({ timeout: RESOLVE_MILLISECONDS, tries: 2 })
  const found = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)])
  return found.flatMap((outcome) => (outcome.status === 'fulfilled' ? outcome.value : []))
}

/**
 * Opens the guarded door. A name is resolved once, each of its addresses is judged, and the connection goes to one of those
 * very addresses; nothing is resolved again and no redirect is followed, so no later answer can lead elsewhere.
 */
export function guardedFetch(settings: OutboundSettings): FetchStranger {
  const mostAtOnePlace = settings.mostAtOnePlace ?? MOST_AT_ONE_PLACE
  const underWay = new Map<string, number>()
  let total = 0

  return async (wanted) => {
    const url = judgeUrl(wanted.url, settings.allowLoopback)
    const places = [`host ${url.hostname}`, `behalf ${wanted.onBehalfOf ?? ''}`]
    if (total >= MOST_AT_ONCE || places.some((place) => (underWay.get(place) ?? 0) >= mostAtOnePlace)) {
      throw new OutboundError('too_many_at_once', 'Too many addresses are being fetched right now', true)
    }
    total++
    for (const place of places) underWay.set(place, (underWay.get(place) ?? 0) + 1)
    try {
      return await fetchOnce(url, wanted, settings)
    } finally {
      total--
      for (const place of places) {
        const left = (underWay.get(place) ?? 1) - 1
        if (left === 0) underWay.delete(place)
        else underWay.set(place, left)
      }
    }
  }
}

/** What can be said of an address before anything leaves the machine. */
function judgeUrl(text: string, allowLoopback: boolean): URL {
  const url = URL.parse(text)
  if (url === null || url.username !== '' || url.password !== '') refuse('address_malformed', 'It is no plain address')
  const isLocal = LOOPBACK_NAMES.has(url.hostname)
  if (isLocal && allowLoopback && (url.protocol === 'http:' || url.protocol === 'https:')) return url
  if (url.protocol !== 'https:') refuse('address_not_https', 'Only https is fetched')
  // Other services listen below 1024; none of them should hear from us what a stranger says.
  if (url.port !== '' && Number(url.port) < 1024) refuse('address_port', `Port ${url.port} is not fetched`)
  const literal = url.hostname.replace(/^\[|\]$/g, '')
  if (isIP(literal) !== 0 ? !isPublicAddress(literal) : !PUBLIC_NAME.test(url.hostname)) {
    refuse('address_special_use', `${url.hostname} is not on the public internet`)
  }
  return url
}

async function fetchOnce(url: URL, wanted: Wanted, settings: OutboundSettings): Promise<Fetched> {
  const signal = AbortSignal.timeout(settings.deadlineMilliseconds ?? DEADLINE_MILLISECONDS)
  const addresses = await inTime(addressesOf(url, settings), signal)
  const { Client } = await import('undici')
  const client = new Client(url.origin, {
    connect: await connectorTo(url, addresses, settings, signal),
    maxHeaderSize: MOST_HEADER_BYTES,
    pipelining: 1,
  })
  try {
    // Not every step listens to the signal by itself: connecting and the TLS handshake do not.
    return await inTime(exchange(client, url, wanted, settings.userAgent, signal), signal)
  } catch (error) {
    throw asOutboundError(error, signal)
  } finally {
    // Not awaited: a server that never says goodbye keeps nobody waiting.
    void client.destroy().catch(() => undefined)
  }
}

async function addressesOf(url: URL, settings: OutboundSettings): Promise<readonly string[]> {
  const literal = url.hostname.replace(/^\[|\]$/g, '')
  if (isIP(literal) !== 0) return [literal]
  const isLocal = LOOPBACK_NAMES.has(url.hostname)
  const resolve = isLocal ? ownAddresses : (settings.resolve ?? everyAddress)
  let addresses: readonly string[]
  try {
    addresses = await resolve(url.hostname)
  } catch {
    addresses = []
  }
  // Behind a proxy names of the outside may be unknown here; then the proxy resolves them (decision 0013).
  if (addresses.length === 0 && settings.proxy !== undefined) return []
  if (addresses.length === 0) throw new OutboundError('name_unresolved', `${url.hostname} has no address`, true)
  // One bad address among good ones is a trick, or a mistake of the kind that a trick would use.
  if (!addresses.every(isLocal ? isLoopbackAddress : isPublicAddress)) {
    refuse('address_special_use', `${url.hostname} leads to an address that is not on the public internet`)
  }
  return addresses
}

async function exchange(
  client: Client,
  url: URL,
  wanted: Wanted,
  userAgent: string,
  signal: AbortSignal,
): Promise<Fetched> {
  const { statusCode, headers, body } = await client.request({
    method: wanted.post === undefined ? 'GET' : 'POST',
    path: url.pathname + url.search,
    headers: {
      ...wanted.headers,
      accept: wanted.accept,
      'accept-encoding': 'identity',
      'user-agent': userAgent,
      ...(wanted.post === undefined ? {} : { 'content-type': wanted.post.type }),
    },
    ...(wanted.post === undefined ? {} : { body: wanted.post.body }),
    signal,
  })
  const header = (name: string) => single(headers, name)
  // A small answer that unfolds into a huge one is not asked for.
  if (header('content-encoding') !== undefined && header('content-encoding') !== 'identity') {
    refuse('encoded', 'It answers in a content coding that was not asked for')
  }
  if (Number(header('content-length') ?? 0) > wanted.mostBytes) tooLarge(wanted)
  const whole = (await readAtMost(body as AsyncIterable<Uint8Array>, wanted.mostBytes)) ?? tooLarge(wanted)
  const type = header('content-type')?.split(';')[0]?.trim().toLowerCase() ?? ''
  return { status: statusCode, type, header, body: whole }
}

function single(headers: Dispatcher.ResponseData['headers'], name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value.join(', ') : value
}

function inTime<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) reject(new OutboundError('too_slow', 'It did not answer in time', true))
    signal.addEventListener('abort', () => reject(new OutboundError('too_slow', 'It did not answer in time', true)), {
      once: true,
    })
    work.then(resolve, reject)
  })
}

function asOutboundError(error: unknown, signal: AbortSignal): OutboundError {
  if (error instanceof OutboundError) return error
  if (signal.aborted) return new OutboundError('too_slow', 'It did not answer in time', true)
  const code = String((error as { code?: unknown }).code ?? '')
  if (/^(CERT_|ERR_TLS|ERR_SSL|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|EPROTO)|CERT/.test(code)) {
    return new OutboundError('tls_failed', `Its TLS certificate or handshake is not good (${code})`, true)
  }
  if (code === 'UND_ERR_HEADERS_OVERFLOW') return new OutboundError('too_large', 'Its headers are too large', false)
  if (/TIMEOUT/.test(code)) return new OutboundError('too_slow', 'It did not answer in time', true)
  return new OutboundError('connection_failed', `It cannot be reached (${code || 'connection closed'})`, true)
}

function tooLarge(wanted: Wanted): never {
  return refuse('too_large', `It is larger than ${wanted.mostBytes} bytes`)
}

function refuse(reason: OutboundError['reason'], description: string): never {
  throw new OutboundError(reason, description, false)
}
