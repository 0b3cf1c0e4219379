import ipaddr from 'ipaddr.js'

const GLOBAL_UNICAST = ipaddr.parseCIDR('2000::/3') as [ipaddr.IPv6, number]
/** RFC 9637, documentation; the library does not know it yet. */
const DOCUMENTATION = ipaddr.parseCIDR('3fff::/20') as [ipaddr.IPv6, number]

/**
 * Whether an address is one of the public internet. Everything special (RFC 6890) is not: private, loopback, link-local,
 * shared, multicast, reserved, and every IPv6 form that carries an IPv4 address (mapped, compatible, NAT64, 6to4, Teredo).
 */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false
  const address = ipaddr.parse(text)
  if (address.range() !== 'unicast') return false
  if (address.kind() === 'ipv4') return true
  const six = address as ipaddr.IPv6
  // Default deny: what is not allocated for global unicast is nothing that a stranger could live at.
  return six.zoneId === undefined && six.match(GLOBAL_UNICAST) && !six.match(DOCUMENTATION)
}

export function isLoopbackAddress(text: string): boolean {
  return ipaddr.isValid(text) && ipaddr.parse(text).range() === 'loopback'
}
