import type { AuditEvent } from '@doorward/core/kernel/audit'
import { OAuthError } from '@doorward/core/oauth/error'
import type { Reason } from '@doorward/core/oauth/reasons'
import { formatScope, parseScope } from '@doorward/core/oauth/scope'
import type { NarrowTo, StoredClient, StoredGrant, StoredUser } from '../store/store.ts'
import { type AuthorityContext, OFFLINE_ACCESS, type Visit } from './context.ts'

/** What a person allowed, and to whom. */
export interface Connection {
  readonly grant: StoredGrant
  readonly client: StoredClient
}

/** Everything that may act for this person now, the latest used first. */
export async function connectionsOf(ctx: AuthorityContext, user: StoredUser): Promise<readonly Connection[]> {
  const grants = await ctx.store.grants.list({ userId: user.id, live: true, now: ctx.now() })
  const agreed = grants.filter(({ kind }) => kind === undefined)
  const clients = await Promise.all([...new Set(agreed.map(({ clientId }) => clientId))].map(ctx.store.clients.find))
  const known = new Map(clients.flatMap((client) => (client === undefined ? [] : [[client.id, client]])))
  return agreed
    .flatMap((grant) => {
      const client = known.get(grant.clientId)
      return client === undefined ? [] : [{ grant, client }]
    })
    .sort((a, b) => lastUse(b.grant) - lastUse(a.grant))
}

export function lastUse({ usedAt, rotatedAt, openedAt }: StoredGrant): number {
  return Math.max(usedAt ?? 0, rotatedAt ?? 0, openedAt)
}

/**
 * Leaves a connection only some of its scopes. To stay connected is no permission and stays.
 * @throws OAuthError where it is not one of theirs, or nothing would be left.
 */
export async function narrowConnection(
  ctx: AuthorityContext,
  visit: Visit,
  user: StoredUser,
  id: string,
  isKept: (scope: string) => boolean,
): Promise<void> {
  const held = parseScope((await ownGrant(ctx, user, id)).scope)
  const kept = held.filter((scope) => scope === OFFLINE_ACCESS || isKept(scope))
  if (!kept.some((scope) => scope !== OFFLINE_ACCESS))
    refuse('Leave at least one permission, or disconnect', 'connection_wish')
  await limit(ctx, visit, user, id, { scope: formatScope(kept), voidsTokens: true })
}

/**
 * Sets the end of a connection, or takes it away again.
 * @throws OAuthError where it is not one of theirs, or the end has passed.
 */
export async function endConnectionAt(
  ctx: AuthorityContext,
  visit: Visit,
  user: StoredUser,
  id: string,
  endsAt: number | undefined,
): Promise<void> {
  const now = ctx.now()
  await ownGrant(ctx, user, id)
  if (endsAt !== undefined && endsAt <= now) refuse('An end has to lie ahead', 'connection_wish')
  const { accessToken, boundAccessToken } = ctx.lifetimes
  // Tokens that would outlive it are void, so that clients get some that do not.
  const voidsTokens = endsAt !== undefined && endsAt < now + Math.max(accessToken, boundAccessToken)
  await limit(ctx, visit, user, id, { endsAt: endsAt ?? null, voidsTokens })
}

/** @throws OAuthError where it is not one of theirs. */
export async function disconnect(ctx: AuthorityContext, visit: Visit, user: StoredUser, id: string): Promise<void> {
  const grant = await ownGrant(ctx, user, id)
  await ctx.store.grants.revoke(id, { now: ctx.now(), reason: 'person_disconnected', of: user.id }, () => ({
    ...eventOf(visit, grant),
    type: 'grant.revoked',
    reason: 'person_disconnected',
  }))
}

export async function disconnectAll(ctx: AuthorityContext, visit: Visit, user: StoredUser): Promise<number> {
  return ctx.store.grants.revokeAll(user.id, { now: ctx.now(), reason: 'person_disconnected' }, (grant) => ({
    ...eventOf(visit, grant),
    type: 'grant.revoked',
    reason: 'person_disconnected',
  }))
}

async function limit(
  ctx: AuthorityContext,
  visit: Visit,
  user: StoredUser,
  id: string,
  to: Pick<NarrowTo, 'scope' | 'endsAt' | 'voidsTokens'>,
): Promise<void> {
  const grant = await ownGrant(ctx, user, id)
  const verdict = await ctx.store.grants.narrow(id, { ...to, now: ctx.now(), of: user.id }, (outcome) =>
    outcome === 'narrowed'
      ? {
          ...eventOf(visit, grant),
          type: 'grant.narrowed',
          reason: 'person_asked',
          detail: {
            from: grant.scope,
            ...(to.scope === undefined ? {} : { to: to.scope }),
            ...(to.endsAt === undefined ? {} : { ends: to.endsAt ?? 0 }),
          },
        }
      : undefined,
  )
  switch (verdict) {
    case 'narrowed':
    case 'same':
      return
    case 'wider': // Somebody else was first, and left less.
      return refuse('The connection changed meanwhile; look again', 'connection_wish')
    case 'ended':
    case 'unknown':
      return unknown()
    default:
      return verdict satisfies never
  }
}

/** Of somebody else's it is said what is said of one that never was. */
async function ownGrant(ctx: AuthorityContext, user: StoredUser, id: string): Promise<StoredGrant> {
  const grant = await ctx.store.grants.find(id)
  if (grant === undefined || grant.userId !== user.id || grant.kind !== undefined || grant.revokedAt !== undefined)
    return unknown()
  return grant
}

function eventOf(visit: Visit, grant: StoredGrant): Omit<AuditEvent, 'type' | 'reason'> {
  const { userId: actor, clientId: client, resource, id } = grant
  return { ...visit, outcome: 'allowed', actor, client, resource, grant: id }
}

function unknown(): never {
  throw new OAuthError('invalid_request', 'There is no such connection of yours', 'connection_unknown', { status: 404 })
}

function refuse(description: string, reason: Reason): never {
  throw new OAuthError('invalid_request', description, reason)
}
