import { missingScopes, parseScope, type ScopeHierarchy } from '@doorward/core/oauth/scope'
import type { StoredUser } from '../../store/store.ts'
import { type AuthorityContext, hierarchyOf, OFFLINE_ACCESS } from '../context.ts'
import { groupRule } from '../identity/group-rules.ts'
import { scopeRule } from './checks/scope.ts'
import { forPerson } from './for-person.ts'
import type { Interaction } from './interaction.ts'

/** A request for more than the same person allowed the same application at the same MCP server before. */
export interface StepUp {
  /** Asked for now and not held yet, in the order in which it was asked. */
  readonly added: readonly string[]
  /** Held before. It stays, whether the request repeats it or not (decision 0016). */
  readonly kept: readonly string[]
}

/** Undefined where nothing is held, or nothing new is asked: then a request is what it says and no more. */
export function stepUp(
  asked: readonly string[],
  held: readonly string[],
  hierarchy: ScopeHierarchy,
): StepUp | undefined {
  if (held.length === 0 || !isMore(asked, held, hierarchy)) return undefined
  const added = missingScopes(asked, held, hierarchy)
  return { added, kept: [...new Set([...held, ...asked.filter((scope) => !added.includes(scope))])] }
}

/** To stay connected is no permission: who asks for that alone asks for nothing more. */
function isMore(asked: readonly string[], held: readonly string[], hierarchy: ScopeHierarchy): boolean {
  return missingScopes(asked, held, hierarchy).some((scope) => scope !== OFFLINE_ACCESS)
}

/** The same for a request of this person, by what their live grants hold. A device is another place: nothing of elsewhere goes there. */
export async function stepUpOf(
  ctx: AuthorityContext,
  interaction: Interaction,
  user: StoredUser,
): Promise<StepUp | undefined> {
  if (interaction.pending.device !== undefined) return undefined
  const hierarchy = hierarchyOf([interaction.resource])
  const { scopes } = interaction
  // Whoever comes again mostly asks for what a few of their grants hold, and then no others have to be read.
  if (!isMore(scopes, await heldScopes(ctx, interaction, user, 'few'), hierarchy)) return undefined
  return stepUp(scopes, await heldScopes(ctx, interaction, user, 'newest'), hierarchy)
}

/**
 * What a grant of this request holds: what was asked for, and what the page said would stay, as far as it is still held. What
 * was revoked since does not come back.
 */
export async function scopesToGrant(
  ctx: AuthorityContext,
  interaction: Interaction,
  user: StoredUser,
): Promise<readonly string[]> {
  const { pending } = interaction
  const { scopes } = forPerson(ctx, interaction, user)
  const kept = pending.kept ?? []
  if (kept.length === 0) return scopes
  const held = await heldScopes(ctx, interaction, user, 'newest')
  return [...new Set([...scopes, ...kept.filter((scope) => held.includes(scope))])]
}

/** As far as it is still offered here, and would still be granted to this client. */
async function heldScopes(
  ctx: AuthorityContext,
  { client, resource, pending }: Interaction,
  user: StoredUser,
  grants: 'few' | 'newest',
): Promise<readonly string[]> {
  const held = await ctx.store.grants.held({
    userId: user.id,
    clientId: client.id,
    resource: resource.uri,
    except: pending.grantId,
    now: ctx.now(),
    grants,
  })
  const ofTheClient = scopeRule(client, [resource], ctx.policy)
  const ofTheirGroups = groupRule(ctx, resource, user.groups)
  const mayHave = (scope: string) => ofTheClient(scope) && ofTheirGroups(scope)
  return [...new Set(held.flatMap(parseScope))].filter(
    (scope) => scope === OFFLINE_ACCESS || (Object.hasOwn(resource.scopes, scope) && mayHave(scope)),
  )
}
