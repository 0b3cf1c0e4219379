import ipaddr from 'ipaddr.js'

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

/** Where a proxy on this computer or in this container may stand. */
export const TRUSTED_PROXIES: readonly string[] = ['127.0.0.0/8', '::1/128']

/**
 * The address of the caller. Behind a proxy that is trusted it is what that proxy says: the last address in
 * `X-Forwarded-For` that no trusted proxy has. What stands before that, the caller may have made up.
 */
export function callerOf(
  peer: string | undefined,
  forwarded: string | null,
  trusted: readonly string[],
): string | undefined {
  let caller = peer
  const hops = (forwarded ?? '').split(',').map((hop) => hop.trim())
  while (caller !== undefined && isAmong(caller, trusted)) {
    const before = hops.pop()
    if (before === undefined || before === '') return caller
    if (!ipaddr.isValid(before)) return caller
    caller = before
  }
  return caller
}

function isAmong(address: string, ranges: readonly string[]): boolean {
  if (!ipaddr.isValid(address)) return false
  const parsed = ipaddr.process(address)
  return ranges.some((range) => {
    const [network, bits] = ipaddr.parseCIDR(range)
    return network.kind() === parsed.kind() && parsed.match(network, bits)
  })
}
