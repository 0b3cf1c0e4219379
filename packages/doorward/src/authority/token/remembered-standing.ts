import { keepNewest } from '@doorward/core/kernel/bounded'
import type { GrantEvidence } from '../../store/store.ts'
import type { AuthorityContext } from '../context.ts'
import { type GrantStanding, type TokenStanding, tokenStanding } from './token-standing.ts'

interface Read {
  readonly at: number
  readonly of: Promise<GrantStanding | undefined>
}

const MOST_GRANTS = 20_000
/** What somebody changed with SQL of their own is told to nobody. */
const MOST_SECONDS = 30

/**
 * How it stands with a token, by a grant that was read once and is known until it changes: for whoever asks at every call. A change made
 * here counts from the next call on; one of another process as soon as it is heard of, and where nothing can be heard, each call reads.
 */
export function rememberedStanding({
  store,
  news,
  now,
}: Pick<AuthorityContext, 'store' | 'news' | 'now'>): (grantId: string, issuedAt: number) => Promise<TokenStanding> {
  const known = new Map<string, Read>()
  store.changes.follow(({ of, id }) => {
    if (of === 'everything' || (of === 'grants' && id === undefined)) known.clear()
    else if (of === 'grants' && id !== undefined) known.delete(id)
  })
  return async (grantId, issuedAt) => {
    if (!news.isComplete()) return tokenStanding(await store.grants.find(grantId), issuedAt, now())
    const before = known.get(grantId)
    const read = before !== undefined && Math.abs(now() - before.at) < MOST_SECONDS ? before : begin(grantId)
    return tokenStanding(await read.of, issuedAt, now())
  }

  /** Kept from its beginning on: a change that comes while it is under way takes it out again. */
  function begin(grantId: string): Read {
    const read = { at: now(), of: store.grants.find(grantId).then(standingOf) }
    keepNewest(known, grantId, read, MOST_GRANTS)
    const forget = () => {
      if (known.get(grantId) === read) known.delete(grantId)
    }
    // One that is not there may come to be, and nobody tells of it.
    read.of.then((standing) => standing ?? forget(), forget)
    return read
  }
}

function standingOf(grant: GrantEvidence | undefined): GrantStanding | undefined {
  if (grant === undefined) return undefined
  const { revokedAt, userDisabled, clientBlocked, endsAt, narrowedAt } = grant
  return { userDisabled, clientBlocked, endsAt, narrowedAt, ...(revokedAt === undefined ? {} : { revokedAt }) }
}
