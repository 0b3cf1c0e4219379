import type { GrantEvidence } from '../../store/store.ts'

/** `outdated`: its grant was narrowed since, and the client gets another by refreshing. */
export type TokenStanding = 'live' | 'revoked' | 'outdated'

/** What of a grant decides. */
export type GrantStanding = Pick<
  GrantEvidence,
  'revokedAt' | 'userDisabled' | 'clientBlocked' | 'endsAt' | 'narrowedAt'
>

/** Whether a token of a grant is still worth something, by all that can have become of the grant since it was issued. */
export function tokenStanding(grant: GrantStanding | undefined, issuedAt: number, now: number): TokenStanding {
  if (grant === undefined || grant.revokedAt !== undefined || grant.userDisabled || grant.clientBlocked)
    return 'revoked'
  if (grant.endsAt !== undefined && grant.endsAt <= now) return 'revoked'
  return issuedAt < (grant.narrowedAt ?? 0) ? 'outdated' : 'live'
}
