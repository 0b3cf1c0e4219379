import { OAuthError } from '@doorward/core/oauth/error'
import type { AuthorityContext, Visit } from '../context.ts'
import type { GrantRequest, Hearing } from './grants/grant.ts'
import { refuseReplayed } from './grants/rules.ts'
import { unheardCalls } from './unheard-calls.ts'

/** A code of some kind, good once, and what is said where it is not. */
export interface Redeemed {
  /** The correlation of the flow that it belongs to. */
  readonly flow: string
  /** The reason that stands in the event of its tokens. */
  readonly redeemed: string
  readonly reused: () => OAuthError
  readonly expired: () => OAuthError
}

/**
 * Uses up the code of a grant, in one step with the proof that came with it. Used again, it ends the grant (OAuth 2.1 §4.1.3).
 * @throws OAuthError
 */
export async function redeemGrant(
  ctx: AuthorityContext,
  visit: Visit,
  { client, now, shown }: GrantRequest,
  grantId: string,
  { judge, agreed }: Hearing,
  { flow, redeemed, reused, expired }: Redeemed,
): Promise<void> {
  const verdict = await ctx.store.grants.redeem(
    grantId,
    {
      now,
      expiresAt: now + ctx.lifetimes.grantIdle,
      judge,
      once: shown?.sender.once,
      network: visit.network,
    },
    (outcome) => {
      const { userId: actor, resource } = agreed()?.grant ?? {}
      const base = { ...visit, actor, client: client.id, resource, grant: grantId, detail: { flow } }
      if (outcome === 'redeemed') {
        const detail = { flow, ...unheardCalls(ctx, resource) }
        return { type: 'token.issued', outcome: 'allowed', reason: redeemed, ...base, detail }
      }
      if (outcome === 'reused') return { type: 'token.reused', outcome: 'refused', reason: reused().reason, ...base }
      return undefined
    },
  )
  switch (verdict) {
    case 'redeemed':
    case 'refused':
      return
    case 'replayed':
      return refuseReplayed()
    case 'reused':
      throw reused()
    case 'revoked':
      throw new OAuthError('invalid_grant', 'The grant is revoked', 'grant_revoked')
    case 'expired':
    case 'unknown':
      throw expired()
    default:
      verdict satisfies never
  }
}
