import { expandScopes, formatScope, parseScope } from '@doorward/core/oauth/scope'
import type { StoredGrant } from '../../store/store.ts'
import { type AuthorityContext, hierarchyOf, OFFLINE_ACCESS, type ResourceSettings } from '../context.ts'

/** Everybody, whatever groups they are in. */
export const EVERYBODY = '*'

/** What the members of a group may have at a resource. */
export interface GroupRule {
  readonly group: string
  readonly scopes: readonly string[]
}

/** By resource. One that stands here is for whom its rules name and for nobody else; every other is for everybody. */
export type GroupRules = ReadonlyMap<string, readonly GroupRule[]>

type Rules = Pick<AuthorityContext, 'groupRules' | 'resources'>

/** Whether somebody in these groups may have a scope of a resource. */
export function groupRule(
  { groupRules }: Pick<AuthorityContext, 'groupRules'>,
  resource: ResourceSettings,
  groups: readonly string[],
): (scope: string) => boolean {
  const rules = groupRules.get(resource.uri)
  if (rules === undefined) return () => true
  const mine = rules
    .filter(({ group }) => group === EVERYBODY || groups.includes(group))
    .flatMap(({ scopes }) => scopes)
  const most = expandScopes(mine, hierarchyOf([resource]))
  return (scope) => scope === OFFLINE_ACCESS || most.has(scope)
}

/**
 * What is left of some scopes of a resource for somebody in these groups; undefined where that is nothing. Of a scope that they
 * may not have, what it contains and they may have is left.
 */
export function withinGroups(
  ctx: Rules,
  uri: string,
  scopes: readonly string[],
  groups: readonly string[],
): readonly string[] | undefined {
  if (!ctx.groupRules.has(uri)) return scopes
  const resource = ctx.resources.find((known) => known.uri === uri)
  if (resource === undefined) return scopes
  const mayHave = groupRule(ctx, resource, groups)
  const hierarchy = hierarchyOf([resource])
  const kept = scopes.flatMap((scope) =>
    mayHave(scope) ? [scope] : [...expandScopes([scope], hierarchy)].filter(mayHave),
  )
  return kept.some((scope) => scope !== OFFLINE_ACCESS) ? [...new Set(kept)] : undefined
}

/** The scope that a grant may hold on; undefined where it ends. Programs that act for themselves are in no group and need none. */
export function scopeWithinGroups(
  ctx: Rules,
  grant: Pick<StoredGrant, 'userId' | 'resource' | 'scope'>,
  groups: readonly string[],
): string | undefined {
  if (!ctx.groupRules.has(grant.resource) || !isPerson(grant.userId)) return grant.scope
  const held = parseScope(grant.scope)
  const kept = withinGroups(ctx, grant.resource, held, groups)
  if (kept === undefined) return undefined
  return held.every((scope) => kept.includes(scope)) ? grant.scope : formatScope(kept)
}

/** A person here (`dwu_`), or one of whom an identity provider has said something (`dwx_`); no client is called like that. */
export function isPerson(subject: string): boolean {
  return /^dw[ux]_/.test(subject)
}
