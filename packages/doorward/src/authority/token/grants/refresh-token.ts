import type { AuditEvent, EventType } from '@doorward/core/kernel/audit'
import { narrowAuthorizationDetails } from '@doorward/core/oauth/authorization-details'
import { OAuthError, quoted } from '@doorward/core/oauth/error'
import type { Reason } from '@doorward/core/oauth/reasons'
import { formatScope, parseScope } from '@doorward/core/oauth/scope'
import type { Rotation, Use } from '../../../store/store.ts'
import type { AuthorityContext, Visit } from '../../context.ts'
import { signInClaims } from '../../identity/session.ts'
import { type RefreshToken, readRefreshToken } from '../refresh-token.ts'
import { type Grant, type GrantRequest, type GrantType, grantType } from './grant.ts'
import { detailsLeft, refuseReplayed, requireLive, requireSameResource, requireScope, requireSender } from './rules.ts'

const grant: Grant<RefreshToken> = {
  type: 'refresh_token',

  read: (ctx, { form }) =>
    readRefreshToken(ctx.keys.refreshToken, form.require('refresh_token')) ??
    refuse('The refresh token was not issued here', 'refresh_token_foreign'),

  judge: (ctx, { client, form, now, sender, keepsRefreshToken }, { generation }, grant) => {
    if (grant.clientId !== client.id) {
      refuse('The refresh token was issued to another client', 'refresh_token_of_another_client')
    }
    requireLive(grant, now)
    requireSender(grant, client, sender)
    requireSameResource(form, grant)
    const left = requireScope(ctx, client, grant)
    const isLess = grant.narrowedAt !== undefined || left !== grant.scope
    return {
      grantId: grant.id,
      userId: grant.userId,
      clientId: client.id,
      resource: grant.resource,
      scope: narrowScope(left, form.get('scope'), isLess),
      authorizationDetails: narrowAuthorizationDetails(detailsLeft(ctx, grant), form.get('authorization_details')),
      generation: keepsRefreshToken ? generation : generation + 1,
      signIn: signInClaims(grant.authentication),
      sender,
      notAfter: grant.endsAt,
      notBefore: grant.narrowedAt,
      holds: left === grant.scope ? undefined : left,
    }
  },

  spend: async (ctx, visit, { client, now, shown, keepsRefreshToken }, { grantId, generation }, { judge, agreed }) => {
    const describe = (verdict: Rotation | Use): AuditEvent | undefined => {
      const type = EVENT_OF[verdict]
      const known = agreed()
      if (type === undefined || known === undefined) return undefined
      const { grant, authorization } = known
      const { holds } = authorization
      return {
        type,
        outcome: verdict === 'reused' || verdict === 'ahead' ? 'refused' : 'allowed',
        reason: `refresh_token_${verdict}`,
        ...visit,
        actor: grant.userId,
        client: client.id,
        resource: grant.resource,
        grant: grantId,
        detail: { generation, ...(holds === undefined ? {} : { from: grant.scope, to: holds }) },
      }
    }
    const at = {
      now,
      expiresAt: now + ctx.lifetimes.grantIdle,
      judge,
      once: shown?.sender.once,
      network: visit.network,
    }
    const windowSeconds = ctx.lifetimes.refreshRepeat
    const verdict = keepsRefreshToken
      ? await ctx.store.grants.use(grantId, generation, at, describe)
      : await ctx.store.grants.rotate(grantId, generation, { ...at, windowSeconds }, describe)
    switch (verdict) {
      case 'rotated':
      case 'used': // The key that it is bound to is worth more than a new token each time.
      case 'repeated': // The same successor as before: parallel processes of one client all stay signed in (Q32).
      case 'refused':
        return
      case 'replayed':
        return refuseReplayed()
      case 'reused':
        return refuse('The refresh token was used before; the grant is revoked', 'refresh_token_reused')
      case 'ahead':
        return refuse('The refresh token is newer than the database; the grant is revoked', 'refresh_token_ahead')
      case 'revoked':
        return refuse('The grant is revoked; ask the person again', 'grant_revoked')
      case 'expired':
        return refuse('The grant has expired; ask the person again', 'grant_expired')
      case 'unknown':
        return refuse('The grant has ended', 'grant_unknown')
      default:
        return verdict satisfies never
    }
  },
}

const EVENT_OF: Partial<Record<Rotation | Use, EventType>> = {
  rotated: 'token.refreshed',
  used: 'token.refreshed',
  repeated: 'token.repeated',
  reused: 'token.reused',
  ahead: 'grant.revoked',
}

const refresh = grantType(grant)

export const refreshToken: GrantType = {
  ...refresh,
  run: async (ctx, visit, request, mint) => {
    try {
      return await refresh.run(ctx, visit, request, mint)
    } catch (error) {
      if (error instanceof OAuthError && error.reason === 'groups_left') await endForGroups(ctx, visit, request)
      throw error
    }
  },
}

/** What the config says of groups may have changed since they did: then a grant ends where that is found out. */
async function endForGroups(ctx: AuthorityContext, visit: Visit, { client, form, now }: GrantRequest): Promise<void> {
  const id = readRefreshToken(ctx.keys.refreshToken, form.require('refresh_token'))?.grantId ?? ''
  await ctx.store.grants.revoke(id, { now, reason: 'groups_changed' }, () => ({
    type: 'grant.revoked',
    outcome: 'allowed',
    reason: 'groups_changed',
    ...visit,
    client: client.id,
    grant: id,
  }))
}

/**
 * RFC 6749 §6: a refresh may ask for less than was granted, never for more.
 * @param isLess the grant held more before: who still asks for that gets what is left
 */
export function narrowScope(granted: string, requested: string | undefined, isLess = false): string {
  const asked = parseScope(requested)
  if (asked.length === 0) return granted
  const had = parseScope(granted)
  const left = asked.filter((scope) => had.includes(scope))
  if (isLess && left.length > 0) return formatScope(left)
  const wider = asked.find((scope) => !had.includes(scope))
  if (wider !== undefined) {
    throw new OAuthError('invalid_scope', `Scope ${quoted(wider)} was not granted`, 'scope_widened')
  }
  return formatScope(asked)
}

function refuse(description: string, reason: Reason): never {
  throw new OAuthError('invalid_grant', description, reason)
}
