import type { AuditEvent } from '@doorward/core/kernel/audit'
import type { Rate } from '@doorward/core/kernel/token-bucket'
import type { AuthorityContext, Visit } from '../context.ts'
import { takeToken } from '../limits.ts'

// Anybody can ask as often as they like; a trace needs to know that somebody did, and not how often.
const RATE_OF_NETWORK: Rate = { burst: 5, perSecond: 1 / 60 }
const RATE_OF_ALL: Rate = { burst: 200, perSecond: 2 }

/** Tells of something that is no decision: for each network a few times, then once a minute, and of all networks only so many. */
export function tellSighting(
  ctx: Pick<AuthorityContext, 'audit' | 'now' | 'sightings'>,
  visit: Visit,
  event: AuditEvent,
): void {
  const now = ctx.now()
  const what = String(event.detail?.document ?? event.client ?? event.type)
  if (takeToken(ctx.sightings, `${event.type} ${what} ${visit.network}`, now, RATE_OF_NETWORK) > 0) return
  if (takeToken(ctx.sightings, 'all', now, RATE_OF_ALL) > 0) return
  ctx.audit({ ...event, ...visit })
}

/** Somebody read what describes a server: of a protected resource (RFC 9728) or of this one (RFC 8414). */
export function tellMetadataRead(
  ctx: Pick<AuthorityContext, 'audit' | 'now' | 'sightings'>,
  visit: Visit,
  document: 'resource' | 'server',
  resource?: string,
): void {
  tellSighting(ctx, visit, {
    type: 'metadata.read',
    outcome: 'allowed',
    reason: 'found',
    resource,
    detail: { document },
  })
}

/** Passes on the metadata of a protected resource, once it is told that somebody read it. */
export function tellingRead(
  ctx: Parameters<typeof tellMetadataRead>[0],
  visit: Visit,
  resource: string,
  response: Response,
): Response {
  tellMetadataRead(ctx, visit, 'resource', resource)
  return response
}
