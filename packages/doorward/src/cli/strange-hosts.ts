import type { AuditEvent } from '@doorward/core/kernel/audit'
import type { Visit } from '../authority/context.ts'

const MOST = 20

/**
 * Tells, once for each, of requests that name another host than those that are ours. The issuer is the one public address; who
 * calls it otherwise shows that a proxy or a link is wrong (quirk Q22).
 */
export function strangeHosts(
  own: readonly string[],
  audit: (event: AuditEvent) => void,
): (request: Request, visit: Visit) => void {
  const seen = new Set<string>()
  return (request, visit) => {
    const host = request.headers.get('host')
    if (host === null || own.includes(host) || seen.has(host) || seen.size >= MOST) return
    seen.add(host)
    audit({
      type: 'host.differs',
      outcome: 'allowed',
      reason: 'answered_by_the_issuer',
      ...visit,
      detail: { host, issuer: own[0] ?? '' },
    })
  }
}
