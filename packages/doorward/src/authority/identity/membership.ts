import type { AuditEvent } from '@doorward/core/kernel/audit'
import type { Describe, Govern, GroupsVerdict, StoredGrant } from '../../store/store.ts'
import type { AuthorityContext } from '../context.ts'
import { scopeWithinGroups } from './group-rules.ts'

export interface GroupChange {
  readonly userId: string
  /** Whose word it is: an identity provider's, or where it is undefined an operator's. */
  readonly provider: string | undefined
  readonly names: readonly string[]
  /** What an operator saw before; where it is not so any more, nothing is changed. */
  readonly before?: readonly string[] | undefined
  /** Who or what brought it about, for the event. */
  readonly reason: 'operator_asked' | 'provider_said' | 'person_unlinked'
  readonly by?: Pick<AuditEvent, 'actor' | 'correlation' | 'network'> | undefined
}

const MOST_GROUPS = 200
const LONGEST_GROUP = 128

/**
 * The one way in which a person's groups change. In the same step their grants lose what the groups no longer give, or end;
 * that is in force at the next call.
 * @throws Error with a sentence where a name will not do.
 */
export async function changeGroups(
  ctx: Pick<AuthorityContext, 'store' | 'now' | 'groupRules' | 'resources'>,
  { userId, provider, names, before, reason, by }: GroupChange,
): Promise<GroupsVerdict> {
  const said = groupsChange(ctx, { userId, provider, names, reason, by })
  return ctx.store.users.setGroups(userId, provider, names, said.describe, said.govern, before)
}

/**
 * How a change of somebody's groups is told, and what it does to their grants.
 * @throws Error with a sentence where a name will not do.
 */
export function groupsChange(
  ctx: Pick<AuthorityContext, 'now' | 'groupRules' | 'resources'>,
  { userId, provider, names, reason, by = { actor: userId } }: Omit<GroupChange, 'before'>,
): { readonly describe: Describe<GroupsVerdict>; readonly govern: Govern } {
  const bad = names.find((name) => !isGroupName(name, provider === undefined))
  if (bad !== undefined) throw new Error(`'${bad.slice(0, 40)}' cannot be the name of a group here.`)
  if (names.length > MOST_GROUPS) throw new Error(`A person is in ${MOST_GROUPS} groups at most.`)
  const base = { outcome: 'allowed', reason, ...by } as const
  const detail = { person: userId, provider: provider ?? 'operator', groups: names.join(' ') }
  return {
    describe: (verdict) => (verdict === 'changed' ? { ...base, type: 'user.groups.changed', detail } : undefined),
    govern: {
      now: ctx.now(),
      reason: 'groups_changed',
      scopeOf: (grant, groups) => scopeWithinGroups(ctx, grant, groups),
      describe: (grant, scope) => ({ ...base, ...lossOf(grant, scope), reason: 'groups_changed' }),
    },
  }
}

/** Plain text without control characters; only a provider's own names have a slash, and `*` is everybody. */
export function isGroupName(name: string, isOperators: boolean): boolean {
  if (name === '' || name.length > LONGEST_GROUP || name === '*' || name.trim() !== name) return false
  return !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(name) && !(isOperators && name.includes('/'))
}

function lossOf(grant: StoredGrant, scope: string | undefined): Pick<AuditEvent, 'type'> & Partial<AuditEvent> {
  const type = scope === undefined || grant.kind !== undefined ? 'grant.revoked' : 'grant.narrowed'
  const detail = { person: grant.userId, from: grant.scope, to: scope ?? '' }
  return { type, client: grant.clientId, resource: grant.resource, grant: grant.id, detail }
}
