import type { AuditEvent } from '@doorward/core/kernel/audit'
import { expandScopes, formatScope, parseScope } from '@doorward/core/oauth/scope'
import type { NewGrant, StoredUser } from '../../store/store.ts'
import { type AuthorityContext, hierarchyOf, OFFLINE_ACCESS } from '../context.ts'

/** The request that it belongs to. */
type Story = Pick<AuditEvent, 'correlation' | 'network'>

/**
 * The same person said yes to the same request again: they went back, or had it in two tabs. The first answer stands, and gives nothing
 * that the later one leaves out, nor for longer: who has just unticked something would have given it otherwise, and be told nothing.
 */
export async function keepToLess(ctx: AuthorityContext, story: Story, again: NewGrant): Promise<void> {
  const now = ctx.now()
  const { id, userId: of } = again
  const first = await ctx.store.grants.find(id)
  if (first === undefined || first.userId !== of || first.revokedAt !== undefined || first.expiresAt <= now) return
  const resources = [...ctx.resources, ctx.admin].filter(({ uri }) => uri === again.resource)
  const said = expandScopes(parseScope(again.scope), hierarchyOf(resources))
  const held = parseScope(first.scope)
  const kept = held.filter((scope) => said.has(scope))
  const endsAt = Math.min(first.endsAt ?? Number.POSITIVE_INFINITY, again.endsAt ?? Number.POSITIVE_INFINITY)
  const isSooner = endsAt < (first.endsAt ?? Number.POSITIVE_INFINITY)
  if (kept.length === held.length && !isSooner) return
  if (!kept.some((scope) => scope !== OFFLINE_ACCESS)) return takeBack(ctx, story, again)
  const scope = formatScope(kept)
  const to = { now, of, scope, ...(isSooner ? { endsAt } : {}), voidsTokens: first.generation > 0 }
  const verdict = await ctx.store.grants.narrow(id, to, (outcome) =>
    outcome === 'narrowed'
      ? {
          ...eventOf(story, again),
          type: 'grant.narrowed',
          reason: 'person_asked',
          detail: { from: first.scope, to: scope, ...(isSooner ? { ends: endsAt } : {}) },
        }
      : undefined,
  )
  // Another tab was faster and left less: looked at anew, until there is nothing left that this answer leaves out.
  if (verdict === 'wider') await keepToLess(ctx, story, again)
}

/** A no, or a yes to something else, after a yes to the same request: nothing of that stays, redeemed or not. */
export async function takeBack(
  ctx: AuthorityContext,
  story: Story,
  given: Pick<NewGrant, 'id' | 'clientId' | 'resource'> & { readonly userId: StoredUser['id'] },
): Promise<void> {
  // Most of what is denied was never allowed, and is not worth a write.
  if ((await ctx.store.grants.find(given.id)) === undefined) return
  await ctx.store.grants.revoke(given.id, { now: ctx.now(), reason: 'person_disconnected', of: given.userId }, () => ({
    ...eventOf(story, given),
    type: 'grant.revoked',
    reason: 'person_disconnected',
  }))
}

function eventOf(
  { correlation, network }: Story,
  { id, userId, clientId, resource }: Pick<NewGrant, 'id' | 'userId' | 'clientId' | 'resource'>,
) {
  return { correlation, network, outcome: 'allowed', actor: userId, client: clientId, resource, grant: id } as const
}
