import { OAuthError, quoted } from '@doorward/core/oauth/error'
import { expandScopes, formatScope, isScopeToken, parseScope } from '@doorward/core/oauth/scope'
import type { StoredClient } from '../../../store/store.ts'
import { hierarchyOf, OFFLINE_ACCESS, type ResourceSettings } from '../../context.ts'
import type { Policy } from '../../registration/policies/policy.ts'
import type { Check } from './check.ts'

/**
 * RFC 6749 §3.3: what is not known here is left out, and a request that asks for nothing known gets the documented
 * default (quirks Q03, Q28). The token response always says what was granted.
 */
export const scope: Check = ({ form, client, resources, admin, policy }, { resource }) => {
  const asked = parseScope(form.get('scope'))
  const malformed = asked.find((token) => !isScopeToken(token))
  if (malformed !== undefined) {
    throw new OAuthError('invalid_scope', `Scope ${quoted(malformed)} is malformed`, 'scope_malformed')
  }
  const candidates =
    resource === undefined ? resources : [...resources, admin].filter((candidate) => candidate.uri === resource)
  const known = asked.filter((token) => candidates.some((candidate) => Object.hasOwn(candidate.scopes, token)))
  const wanted = known.length > 0 ? known : [...new Set(candidates.flatMap((candidate) => candidate.defaultScopes))]
  const granted = wanted.filter(scopeRule(client, candidates, policy))
  if (wanted.length > 0 && granted.length === 0) {
    const bound = boundScopes(client)
    const never = neverScopesOf(client, policy)
    const allowed = bound === undefined ? 'others' : bound.filter((token) => !never.includes(token)).join(' ')
    throw new OAuthError(
      'invalid_scope',
      `None of the scopes ${wanted.join(' ')} is allowed for this client; allowed: ${allowed}`,
      'scope_not_allowed',
    )
  }
  return { scope: formatScope(asked.includes(OFFLINE_ACCESS) ? [...granted, OFFLINE_ACCESS] : granted) }
}

/** Whether a client may be granted a scope at all: what an operator bound it to, and what its kind never gets. */
export function scopeRule(
  client: StoredClient,
  resources: readonly ResourceSettings[],
  policy: Policy,
): (scope: string) => boolean {
  const ofItsKind = kindRule(client, resources, policy)
  const bound = boundScopes(client)
  if (bound === undefined) return ofItsKind
  const hierarchy = hierarchyOf(resources)
  const most = expandScopes(bound, hierarchy)
  return (token) => ofItsKind(token) && [...expandScopes([token], hierarchy)].every((scope) => most.has(scope))
}

/** Whether clients that are known in this way may be granted a scope. It opens what it contains, so it is judged by all of that. */
export function kindRule(
  client: StoredClient,
  resources: readonly ResourceSettings[],
  policy: Policy,
): (scope: string) => boolean {
  const never = neverScopesOf(client, policy)
  if (never.length === 0) return () => true
  const hierarchy = hierarchyOf(resources)
  return (token) => [...expandScopes([token], hierarchy)].every((scope) => !never.includes(scope))
}

function neverScopesOf({ assurance }: StoredClient, { neverScopes }: Policy): readonly string[] {
  return neverScopes[assurance] ?? []
}

/**
 * The scopes that somebody else allowed this client, when it was registered. What a client named itself binds nobody: it
 * asks for more later, as MCP clients do when a tool needs it.
 */
function boundScopes({ assurance, metadata }: StoredClient): readonly string[] | undefined {
  const named = parseScope(typeof metadata.scope === 'string' ? metadata.scope : undefined)
  return assurance === 'claimed' || assurance === 'domain' || named.length === 0 ? undefined : named
}
