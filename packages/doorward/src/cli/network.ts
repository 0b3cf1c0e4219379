import ipaddr from 'ipaddr.js'
import { UsageError } from './problem.ts'

const MOST_REMEMBERED = 1000
const remembered = new Map<string, string>()

/** The network prefix of an address: enough to see where a storm comes from, too little to follow a person. */
export function networkOf(address: string | undefined): string {
  if (address === undefined) return 'unknown'
  const known = remembered.get(address)
  if (known !== undefined) return known
  if (remembered.size >= MOST_REMEMBERED) remembered.clear()
  const network = prefixOf(address)
  remembered.set(address, network)
  return network
}

function prefixOf(address: string): string {
  if (!ipaddr.isValid(address)) return 'unknown'
  const parsed = ipaddr.process(address)
  const bytes = parsed.toByteArray()
  if (parsed.kind() === 'ipv4') return `${bytes.slice(0, 3).join('.')}.0/24`
  return `${ipaddr.fromByteArray([...bytes.slice(0, 6), ...new Array<number>(10).fill(0)]).toString()}/48`
}

/** Networks in CIDR notation, read once. */
export type Networks = readonly (readonly [ipaddr.IPv4 | ipaddr.IPv6, number])[]

/** @throws UsageError naming what is no network. */
export function readNetworks(ranges: readonly string[]): Networks {
  return ranges.map((range) => {
    if (!ipaddr.isValidCIDR(range))
      throw new UsageError(`'${range}' in trustedProxies is no network; one is like 10.0.0.0/8.`)
    return ipaddr.parseCIDR(range)
  })
}

/** Where a proxy on this computer or in this container may stand. */
export const TRUSTED_PROXIES = readNetworks(['127.0.0.0/8', '::1/128'])

/** Whose word counts: proxies in these networks; or so many, wherever they are. */
export type Proxies = Networks | number

/** @throws UsageError naming what is no network. */
export function readProxies(given: readonly string[] | number | undefined): Proxies {
  if (given === undefined) return TRUSTED_PROXIES
  return typeof given === 'number' ? given : readNetworks(given)
}

/**
 * The address of the caller. Behind proxies that are trusted it is what they say: the last address in `X-Forwarded-For` that no
 * trusted proxy has; or, where their number is known, the one that the outermost of them has seen. What stands before that, the
 * caller may have made up.
 */
export function callerOf(peer: string | undefined, forwarded: string | null, trusted: Proxies): string | undefined {
  if (forwarded === null) return peer // Who speaks for nobody else is the caller, trusted or not.
  let caller = peer
  const hops = forwarded.split(',').map(withoutPort)
  for (let passed = 0; caller !== undefined; passed++) {
    if (typeof trusted === 'number' ? passed >= trusted : !isAmong(caller, trusted)) return caller
    const before = hops.pop()
    if (before === undefined || !ipaddr.isValid(before)) return caller
    caller = before
  }
  return caller
}

/** Some balancers write the port as well. */
function withoutPort(hop: string): string {
  const [, bracketed, plain] = /^\s*(?:\[([0-9a-fA-F:.]+)\](?::\d+)?|(\d+\.\d+\.\d+\.\d+):\d+)\s*$/.exec(hop) ?? []
  return bracketed ?? plain ?? hop.trim()
}

/** Whether an address lies in one of these networks. */
export function isAmong(address: string | undefined, networks: Networks): boolean {
  if (address === undefined || !ipaddr.isValid(address)) return false
  const parsed = ipaddr.process(address)
  return networks.some(([network, bits]) => network.kind() === parsed.kind() && parsed.match(network, bits))
}
