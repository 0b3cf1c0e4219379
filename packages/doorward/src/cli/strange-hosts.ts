import type { AuditEvent } from '@doorward/core/kernel/audit'
import type { Visit } from '../authority/context.ts'

const MOST = 20
const LONGEST = 255
const MEMORY_SECONDS = 3600

/**
 * Tells, once an hour for each and of twenty at most, of requests that name another host than those that are ours. The issuer is
 * the one public address; who calls it otherwise shows that a proxy or a link is wrong (quirk Q22).
 * @param origins those that are ours, the issuer's first
 * @param now in seconds
 */
export function strangeHosts(
  origins: readonly URL[],
  audit: (event: AuditEvent) => void,
  now: () => number,
): (request: Request, visit: Visit) => void {
  const own = new Set(origins.flatMap(namesOf))
  const seen = new Set<string>()
  let begun = now()
  return (request, visit) => {
    const given = request.headers.get('host')
    if (given === null || own.has(given)) return
    // What strangers made up once does not hide forever what is really wrong later.
    if (now() - begun >= MEMORY_SECONDS) {
      seen.clear()
      begun = now()
    }
    if (seen.size >= MOST) return
    // Names are compared without case (RFC 9110 §4.2.3), and what is remembered and told is bounded.
    const host = given.toLowerCase().slice(0, LONGEST)
    if (own.has(host) || seen.has(host)) return
    seen.add(host)
    audit({
      type: 'host.differs',
      outcome: 'allowed',
      reason: 'answered_by_the_issuer',
      ...visit,
      detail: { host, issuer: origins[0]?.origin ?? '' },
    })
  }
}

const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'https:': '443', 'http:': '80' }

/** With and without the port, where it is the one that goes without saying. */
function namesOf({ host, port, protocol }: URL): string[] {
  return port === '' ? [host, `${host}:${DEFAULT_PORTS[protocol]}`] : [host]
}
