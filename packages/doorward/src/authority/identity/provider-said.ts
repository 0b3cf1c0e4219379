import type { AuthorityContext, Visit } from '../context.ts'
import { type CleanGroups, cleanGroups } from './claims.ts'
import type { Arrival } from './connectors/connector.ts'
import { changeGroups, isGroupName } from './membership.ts'
import type { Provider } from './settings.ts'

// What an identity provider says of a person when they come: groups, and whether they govern.

/** The names that can be kept, and how many were left out. */
export function groupsOf(arrival: Arrival): CleanGroups {
  const { names, dropped } = cleanGroups(arrival.groups)
  const kept = names.filter((name) => isGroupName(name, false))
  return { names: kept, dropped: dropped + names.length - kept.length }
}

/** What was said before and is not asked for any more does not count any longer. */
export async function takeGroups(
  ctx: AuthorityContext,
  visit: Visit,
  provider: Provider,
  userId: string,
  { names }: CleanGroups,
): Promise<void> {
  const said = {
    ...visit,
    outcome: 'allowed',
    actor: userId,
    detail: { provider: provider.id, groups: names.length },
  } as const
  await changeGroups(ctx, {
    userId,
    provider: provider.id,
    names,
    reason: 'provider_said',
    by: { ...visit, actor: userId },
  })
  const { operatorsGroup } = provider
  const isOperator = operatorsGroup !== undefined && names.includes(operatorsGroup)
  await ctx.store.users.setOperatorBy(userId, provider.id, isOperator, () => ({
    type: 'user.role.changed',
    reason: isOperator ? 'operator' : 'person',
    ...said,
  }))
}

/**
 * Whether the person unlinked the account meanwhile, in another tab. What it said of them went with it then, and came back with what was
 * taken from it here: it goes again, as nobody would be left to take it away.
 */
export async function isUnlinked(
  ctx: AuthorityContext,
  visit: Visit,
  provider: Provider,
  { subject }: Arrival,
  userId: string,
): Promise<boolean> {
  const left = await ctx.store.identities.ofUser(userId)
  if (left.some((identity) => identity.provider === provider.id && identity.subject === subject)) return false
  const stillSpeaks = left.some((identity) => identity.provider === provider.id)
  if (!stillSpeaks) await takeGroups(ctx, visit, provider, userId, { names: [], dropped: 0 })
  return true
}
