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
