import type { OfferedTool } from './read-tools.ts'

/** Scopes for the tools of a server, for its operator to accept: what a config file says of a resource. */
export interface ScopeProposal {
  readonly scopes: Readonly<
    Record<
      string,
      { readonly description: string; readonly access: 'read' | 'write'; readonly includes?: readonly string[] }
    >
  >
  readonly defaultScopes: readonly string[]
  readonly tools: Readonly<Record<string, readonly string[]>>
}

export interface JudgedTool {
  readonly name: string
  /** Undefined for a name that no mapping can hold: such a tool stays one that nobody named. */
  readonly scope: string | undefined
  /** What the server says of it, in a few words. */
  readonly said: string
}

// From harmless to not. Each contains the ones above it.
const LEVELS = [
  { scope: 'tools:read', access: 'read', words: (name: string) => `Use the tools of ${name} that only read` },
  {
    scope: 'tools:write',
    access: 'write',
    words: (name: string) => `Use the tools of ${name} that add or change things`,
  },
  {
    scope: 'tools:destructive',
    access: 'write',
    words: (name: string) => `Use the tools of ${name} that may overwrite or delete things`,
  },
] as const

const LONGEST_NAME = 200
/** `*` stands for all other tools, and the others are no names to a config file. */
const UNNAMEABLE = ['*', '__proto__', 'prototype', 'constructor']

/** Each tool by the hints of its server, the strictest where it stands twice. Pure. */
export function judgeTools(tools: readonly OfferedTool[]): JudgedTool[] {
  const strictest = new Map<string, { level: number; said: string }>()
  for (const { name, annotations } of tools) {
    const level = levelOf(annotations)
    if (level >= (strictest.get(name)?.level ?? 0)) strictest.set(name, { level, said: sayingOf(annotations) })
  }
  return [...strictest].map(([name, { level, said }]) => {
    const isNameable = name.length <= LONGEST_NAME && !UNNAMEABLE.includes(name)
    return { name, said, scope: isNameable ? LEVELS[level]?.scope : undefined }
  })
}

/** The scopes that these tools need, each containing the ones below it, and the least of them to begin with. */
export function proposeScopes(server: string, tools: readonly JudgedTool[]): ScopeProposal {
  const used = LEVELS.filter(({ scope }) => tools.some((tool) => tool.scope === scope))
  return {
    scopes: Object.fromEntries(
      used.map(({ scope, access, words }, i) => {
        const below = used[i - 1]?.scope
        return [scope, { description: words(server), access, ...(below === undefined ? {} : { includes: [below] }) }]
      }),
    ),
    defaultScopes: used.slice(0, 1).map(({ scope }) => scope),
    tools: Object.fromEntries(tools.flatMap(({ name, scope }) => (scope === undefined ? [] : [[name, [scope]]]))),
  }
}

/**
 * MCP, tool annotations: a hint that is missing says the worst, so a tool changes things and destroys unless it is said not to.
 * One that is said to only read and to destroy is taken at the worse word.
 */
function levelOf({ readOnlyHint, destructiveHint }: OfferedTool['annotations']): 0 | 1 | 2 {
  if (readOnlyHint === true) return destructiveHint === true ? 2 : 0
  return destructiveHint === false ? 1 : 2
}

function sayingOf(annotations: OfferedTool['annotations']): string {
  const { readOnlyHint, destructiveHint, idempotentHint, openWorldHint } = annotations
  const said = [
    readOnlyHint === true && 'only reads',
    readOnlyHint === false && 'changes things',
    destructiveHint === true && 'may destroy',
    destructiveHint === false && readOnlyHint !== true && 'does not destroy',
    idempotentHint === true && 'may be repeated',
    openWorldHint === true && 'reaches other systems',
  ].filter((words) => words !== false)
  return said.length === 0 ? 'nothing' : said.join(', ')
}
