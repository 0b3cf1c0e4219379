/** scope-token of RFC 6749 §3.3: printable ASCII without space, `"` and `\`. */
const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]+$/

/** Scope name to the scopes that it contains, for instance `{ 'files:write': ['files:read'] }`. */
export type ScopeHierarchy = Readonly<Record<string, readonly string[]>>

export function isScopeToken(text: string): boolean {
  return SCOPE_TOKEN.test(text)
}

/** The tokens of a scope string, each once, in their order. Surplus spaces are forgiven (quirk Q28: `scope=+offline_access`). */
export function parseScope(scope: string | undefined): string[] {
  if (scope === undefined) return []
  return [...new Set(scope.split(/[ \t\r\n]+/).filter((token) => token !== ''))]
}

export function formatScope(scopes: Iterable<string>): string {
  return [...scopes].join(' ')
}

/** The granted scopes with everything that they contain, however deep. A cycle in the hierarchy does no harm. */
export function expandScopes(granted: Iterable<string>, hierarchy: ScopeHierarchy = {}): Set<string> {
  const all = new Set<string>()
  const waiting = [...granted]
  while (waiting.length > 0) {
    const scope = waiting.pop() as string
    if (all.has(scope)) continue
    all.add(scope)
    if (Object.hasOwn(hierarchy, scope)) waiting.push(...(hierarchy[scope] ?? []))
  }
  return all
}

/** What is needed and not granted, hierarchy considered (MCP 2026-07-28, step-up: RS22). */
export function missingScopes(
  needed: readonly string[],
  granted: Iterable<string>,
  hierarchy: ScopeHierarchy = {},
): string[] {
  const all = expandScopes(granted, hierarchy)
  return needed.filter((scope) => !all.has(scope))
}
