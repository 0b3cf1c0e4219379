import type { AuditEvent } from '@doorward/core/kernel/audit'
import type { Reason } from '@doorward/core/oauth/reasons'
import { networkOf } from './network.ts'

/** Networks, of each reason. */
const MOST = 20
const MEMORY_SECONDS = 3600

/**
 * Tells, once an hour for each reason and network, and of twenty networks at most, of requests that could not be read as HTTP. Nobody has
 * to know anything to send one, so a flood of them must not wash other events away.
 * @param now in seconds
 */
export function unreadRequests(
  audit: (event: AuditEvent) => void,
  now: () => number,
): (reason: Reason, remoteAddress: string | undefined) => void {
  const seen = new Map<Reason, Set<string>>()
  let begun = now()
  return (reason, remoteAddress) => {
    // What strangers sent once does not hide forever what is really wrong later.
    if (now() - begun >= MEMORY_SECONDS) {
      seen.clear()
      begun = now()
    }
    const networks = seen.get(reason) ?? new Set()
    seen.set(reason, networks)
    const network = networkOf(remoteAddress)
    if (networks.size >= MOST || networks.has(network)) return
    networks.add(network)
    audit({ type: 'request.refused', outcome: 'refused', reason, network })
  }
}
