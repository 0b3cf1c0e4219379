import type { GrantEvidence } from '../../store/store.ts'
import type { AuthorityContext } from '../context.ts'
import { remembered } from '../remembered.ts'
import { type GrantStanding, type TokenStanding, tokenStanding } from './token-standing.ts'

const MOST_GRANTS = 20_000

/** How it stands with a token, by a grant that is remembered: for the gateway, which asks at every call. */
export function rememberedStanding(
  ctx: Pick<AuthorityContext, 'store' | 'news' | 'now'>,
): (grantId: string, issuedAt: number) => Promise<TokenStanding> {
  const { store, now } = ctx
  const standing = remembered(ctx, {
    forgets: ({ of, id }) => (of === 'grants' ? { id } : undefined),
    read: (id) => store.grants.find(id).then(standingOf),
    most: MOST_GRANTS,
  })
  return async (grantId, issuedAt) => tokenStanding(await standing(grantId), issuedAt, now())
}

function standingOf(grant: GrantEvidence | undefined): GrantStanding | undefined {
  if (grant === undefined) return undefined
  const { revokedAt, userDisabled, clientBlocked, endsAt, narrowedAt } = grant
  return { userDisabled, clientBlocked, endsAt, narrowedAt, ...(revokedAt === undefined ? {} : { revokedAt }) }
}
