import { expandScopes } from '@doorward/core/oauth/scope'
import { DEV_DATABASE } from '../database.ts'
import { describedResource } from '../described-resource.ts'
import { development } from '../development.ts'
import { environmentWords } from '../environment-words.ts'
import type { AddCommand } from './command.ts'

export const dev: AddCommand = (program, terminal) => {
  program
    .command('dev')
    .description('Authorization server, gateway and a demo MCP server on one loopback port.')
    .option('--json', 'print one line of JSON once ready')
    .option('--resource <mcp-url...>', 'MCP servers of yours that verify tokens themselves (@doorward/resource)')
    .addHelpText('after', environmentWords(DEV_DATABASE))
    .action(async (options: { json?: boolean; resource?: string[] }) => {
      const others = await Promise.all((options.resource ?? []).map(describedResource))
      const { demoServer, DEMO_SCOPES, DEMO_TOOLS } = await import('../../demo/demo-server.ts')
      await development(terminal, {
        name: 'doorward-demo',
        title: 'is open, with a demo MCP server behind it.',
        json: options.json === true,
        behind: 'the demo server',
        others,
        resource: () => ({
          name: 'Doorward demo',
          upstream: demoServer({ now: () => Date.now() }),
          scopes: withTools(DEMO_SCOPES, DEMO_TOOLS),
          defaultScopes: Object.keys(DEMO_SCOPES),
          tools: DEMO_TOOLS,
        }),
      })
    })
}

/** Each scope with the tools that it opens, by itself or by what it contains, for the consent page. */
export function withTools<Scope extends { readonly description: string; readonly includes?: readonly string[] }>(
  scopes: Readonly<Record<string, Scope>>,
  tools: Readonly<Record<string, readonly string[]>>,
) {
  const hierarchy = Object.fromEntries(Object.entries(scopes).map(([name, { includes = [] }]) => [name, includes]))
  return Object.fromEntries(
    Object.entries(scopes).map(([name, scope]) => {
      const opens = expandScopes([name], hierarchy)
      const named = Object.keys(tools).filter(
        (tool) => tool !== '*' && tools[tool]?.some((needed) => opens.has(needed)),
      )
      return [name, { ...scope, tools: named }]
    }),
  )
}
