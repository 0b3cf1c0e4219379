import { expandScopes, missingScopes, type ScopeHierarchy } from '@doorward/core/oauth/scope'

/** MCP tool name to the scopes that a call of it needs. `'*'` stands for every tool that is not named. */
export type ToolScopes = Readonly<Record<string, readonly string[]>>

const EVERY_OTHER = '*'

/** The scopes of every `tools/call` in a JSON-RPC message or batch, each once, in their order. */
export function scopesOfCalls(body: unknown, tools: ToolScopes, unnamed: readonly string[] = []): string[] {
  const needed = new Set<string>()
  for (const message of Array.isArray(body) ? body : [body]) {
    for (const scope of scopesOfCall(message, tools, unnamed)) needed.add(scope)
  }
  return [...needed]
}

function scopesOfCall(message: unknown, tools: ToolScopes, unnamed: readonly string[]): readonly string[] {
  if (!isObject(message) || message.method !== 'tools/call') return []
  const name = isObject(message.params) ? message.params.name : undefined
  // Not a name at all: whoever reads it more generously than we do must not find an open door.
  return typeof name === 'string' ? scopesOfTool(name, tools, unnamed) : Object.values(tools).flat()
}

function scopesOfTool(name: string, tools: ToolScopes, unnamed: readonly string[]): readonly string[] {
  return name !== EVERY_OTHER && Object.hasOwn(tools, name) ? (tools[name] ?? []) : unnamed
}

/**
 * What a tool needs that is not named: what `'*'` says, else what every request needs anyway, else everything. One that was
 * forgotten must not be open to whoever holds any token.
 */
export function scopesOfUnnamed(tools: ToolScopes, required: readonly string[]): readonly string[] {
  if (Object.hasOwn(tools, EVERY_OTHER)) return tools[EVERY_OTHER] ?? []
  return required.length > 0 ? [] : [...new Set(Object.values(tools).flat())]
}

/** Those of `tools` that a holder of `granted` may call now: for a `tools/list` result that shows no locked doors. */
export function callableTools<Tool extends { readonly name: string }>(
  offered: readonly Tool[],
  granted: Iterable<string>,
  tools: ToolScopes,
  hierarchy: ScopeHierarchy = {},
  unnamed: readonly string[] = [],
): Tool[] {
  const scopes = expandScopes(granted, hierarchy)
  return offered.filter(({ name }) => missingScopes(scopesOfTool(name, tools, unnamed), scopes).length === 0)
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
