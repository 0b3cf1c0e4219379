import { expandScopes, missingScopes, type ScopeHierarchy } from '@doorward/core/oauth/scope'

/** MCP tool name to the scopes that a call of it needs. */
export type ToolScopes = Readonly<Record<string, readonly string[]>>

/** The scopes of every `tools/call` in a JSON-RPC message or batch, each once, in their order. */
export function scopesOfCalls(body: unknown, tools: ToolScopes): string[] {
  const needed = new Set<string>()
  for (const message of Array.isArray(body) ? body : [body]) {
    for (const scope of scopesOfCall(message, tools)) needed.add(scope)
  }
  return [...needed]
}

function scopesOfCall(message: unknown, tools: ToolScopes): readonly string[] {
  if (!isObject(message) || message.method !== 'tools/call') return []
  const name = isObject(message.params) ? message.params.name : undefined
  // Not a name at all: whoever reads it more generously than we do must not find an open door.
  if (typeof name !== 'string') return Object.values(tools).flat()
  return Object.hasOwn(tools, name) ? (tools[name] ?? []) : []
}

/** Those of `tools` that a holder of `granted` may call now: for a `tools/list` result that shows no locked doors. */
export function callableTools<Tool extends { readonly name: string }>(
  offered: readonly Tool[],
  granted: Iterable<string>,
  tools: ToolScopes,
  hierarchy: ScopeHierarchy = {},
): Tool[] {
  const scopes = expandScopes(granted, hierarchy)
  return offered.filter(
    ({ name }) => !Object.hasOwn(tools, name) || missingScopes(tools[name] ?? [], scopes).length === 0,
  )
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
